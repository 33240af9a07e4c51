//! The root object and the wrappers around fragments: `ByPath`, `ById`, `List`, `Paginated`.
//!
//! Source: aem-protocol.md, sections 4.2, 4.9 and 5.2.

use super::context::{Context, Row, Scope};
use super::fragment::FragmentObject;
use super::reference;
use super::select::{self, Page, text};
use super::transform::AssetTransform;
use crate::schema::{Root, RootKind};
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use std::rc::Rc;

/// `QueryType`.
pub(super) struct QueryObject<'a> {
    pub(super) cx: &'a Context<'a>,
}

impl ObjectValue for QueryObject<'_> {
    fn type_name(&self) -> &str {
        "QueryType"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let Some(root) = self.cx.schema.root(info.field_name()) else {
            return Ok(ResolvedValue::null());
        };
        let arguments = info.arguments();
        let types =
            |suffix: &str| format!("{}{suffix}", self.cx.schema.types[root.model_type].name);
        let wrapper = |suffix: &str| Wrapper {
            cx: self.cx,
            type_name: types(suffix),
            scope: scope(arguments),
            model_type: root.model_type,
        };
        let rows = match root.kind {
            RootKind::ByPath | RootKind::ById => {
                let row = self.single(root, arguments).map_err(error)?;
                return Ok(ResolvedValue::object(ItemObject {
                    wrapper: wrapper("Result"),
                    row,
                }));
            }
            RootKind::List => select::list(self.cx, root.model_type, arguments),
            RootKind::Paginated => {
                let page = select::page(self.cx, root.model_type, arguments).map_err(error)?;
                return Ok(ResolvedValue::object(ConnectionObject {
                    wrapper: wrapper("Connection"),
                    edge_type: types("Edge"),
                    page,
                }));
            }
        };
        Ok(ResolvedValue::object(ItemsObject {
            wrapper: wrapper("Results"),
            rows: rows.map_err(error)?,
        }))
    }
}

impl QueryObject<'_> {
    fn single(&self, root: Root, arguments: &JsonMap) -> Result<Row, String> {
        let (name, found) = match root.kind {
            RootKind::ById => (
                "Id",
                text(arguments, "_id").and_then(|id| self.cx.repository.fragment_with_id(id)),
            ),
            _ => (
                "Path",
                text(arguments, "_path").and_then(|path| self.cx.repository.fragment_at(path)),
            ),
        };
        let model = self.cx.schema.types[root.model_type].model;
        found
            .filter(|number| self.cx.repository.fragments[*number].model == model)
            .map(|number| self.cx.row(number, text(arguments, "variation")))
            .ok_or_else(|| {
                let asked = text(arguments, "_path")
                    .or_else(|| text(arguments, "_id"))
                    .unwrap_or_default();
                format!("{name}: '{asked}': no resource available")
            })
    }
}

fn scope(arguments: &JsonMap) -> Rc<Scope> {
    Rc::new(Scope {
        variation: text(arguments, "variation").map(str::to_owned),
        transform: arguments
            .get("_assetTransform")
            .and_then(JsonValue::as_object)
            .map(AssetTransform::read),
    })
}

fn error(message: String) -> FieldError {
    FieldError { message }
}

/// What the three wrappers share.
struct Wrapper<'a> {
    cx: &'a Context<'a>,
    type_name: String,
    scope: Rc<Scope>,
    model_type: usize,
}

impl<'a> Wrapper<'a> {
    fn fragment(&self, row: Row) -> ResolvedValue<'a> {
        ResolvedValue::object(FragmentObject::new(
            self.cx,
            Rc::clone(&self.scope),
            self.model_type,
            row,
        ))
    }

    fn references(&self, rows: &[Row]) -> ResolvedValue<'a> {
        ResolvedValue::list(reference::inline_references(
            self.cx,
            &self.scope,
            self.model_type,
            rows,
        ))
    }
}

struct ItemObject<'a> {
    wrapper: Wrapper<'a>,
    row: Row,
}

impl ObjectValue for ItemObject<'_> {
    fn type_name(&self) -> &str {
        &self.wrapper.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "item" => Ok(self.wrapper.fragment(self.row)),
            "_references" => Ok(self.wrapper.references(&[self.row])),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct ItemsObject<'a> {
    wrapper: Wrapper<'a>,
    rows: Vec<Row>,
}

impl ObjectValue for ItemsObject<'_> {
    fn type_name(&self) -> &str {
        &self.wrapper.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "items" => Ok(ResolvedValue::list(
                self.rows.iter().map(|row| self.wrapper.fragment(*row)),
            )),
            "_references" => Ok(self.wrapper.references(&self.rows)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct ConnectionObject<'a> {
    wrapper: Wrapper<'a>,
    edge_type: String,
    page: Page,
}

impl ObjectValue for ConnectionObject<'_> {
    fn type_name(&self) -> &str {
        &self.wrapper.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "edges" => {
                let edge = |(cursor, row): &'a (String, Row)| {
                    ResolvedValue::object(EdgeObject {
                        wrapper: &self.wrapper,
                        type_name: &self.edge_type,
                        cursor,
                        row: *row,
                    })
                };
                Ok(ResolvedValue::list(self.page.edges.iter().map(edge)))
            }
            "pageInfo" => Ok(ResolvedValue::object(PageInfoObject(&self.page))),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct EdgeObject<'a> {
    wrapper: &'a Wrapper<'a>,
    type_name: &'a str,
    cursor: &'a str,
    row: Row,
}

impl ObjectValue for EdgeObject<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "cursor" => Ok(ResolvedValue::leaf(self.cursor)),
            "node" => Ok(self.wrapper.fragment(self.row)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct PageInfoObject<'a>(&'a Page);

impl ObjectValue for PageInfoObject<'_> {
    fn type_name(&self) -> &str {
        "PageInfo"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let cursor = |edge: Option<&(String, Row)>| match edge {
            Some((cursor, _)) => ResolvedValue::leaf(cursor.as_str()),
            None => ResolvedValue::null(),
        };
        Ok(match info.field_name() {
            "startCursor" => cursor(self.0.edges.first()),
            "endCursor" => cursor(self.0.edges.last()),
            "hasNextPage" => ResolvedValue::leaf(self.0.has_next),
            "hasPreviousPage" => ResolvedValue::leaf(self.0.has_previous),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
