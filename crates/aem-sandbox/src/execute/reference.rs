//! References: assets, pages and fragments behind a stored path, and the list in `_references`.
//!
//! Source: aem-protocol.md, sections 4.6 and 4.7.

use super::context::{Context, Row, Scope};
use super::fragment::{Ancestor, FragmentObject};
use super::transform::dynamic_url;
use super::values::as_text;
use crate::repository::{Asset, AssetKind, Property, Target};
use crate::rich_text;
use crate::schema::TypeKind;
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What a stored reference stands for; `None` when nothing is there.
pub(super) fn resolve<'a>(
    cx: &'a Context<'a>,
    scope: &Rc<Scope>,
    reference: &str,
    ancestors: Option<&Rc<Ancestor>>,
) -> Option<ResolvedValue<'a>> {
    match cx.repository.target(reference) {
        Some(Target::Fragment(number)) => {
            FragmentObject::below(cx, scope, number, ancestors).map(ResolvedValue::object)
        }
        Some(Target::Asset(number)) => {
            let asset = &cx.repository.assets[number];
            Some(ResolvedValue::object(AssetObject {
                cx,
                scope: Rc::clone(scope),
                asset,
            }))
        }
        // Pages are often in another package than the fragments, so a page that is not here is taken to be there.
        None => {
            let is_page =
                reference.starts_with("/content/") && !reference.starts_with("/content/dam/");
            is_page.then(|| {
                ResolvedValue::object(PageObject {
                    cx,
                    path: reference.to_owned(),
                })
            })
        }
    }
}

/// What the rich text of the delivered fragments refers to, each target once, in document order.
pub(super) fn inline_references<'a>(
    cx: &'a Context<'a>,
    scope: &Rc<Scope>,
    model_type: usize,
    rows: &[Row],
) -> Vec<ResolvedValue<'a>> {
    let fields = &cx.schema.types[model_type].fields;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for row in rows {
        for field in fields
            .iter()
            .filter(|field| field.kind == TypeKind::MultiLine)
        {
            let values = cx.variation(*row).values[field.index]
                .as_ref()
                .map_or(&[][..], Property::values);
            for html in values.iter().filter_map(as_text) {
                for path in rich_text::references(&html) {
                    if seen.contains(&path) {
                        continue;
                    }
                    found.extend(resolve(cx, scope, &path, None));
                    seen.insert(path);
                }
            }
        }
    }
    found
}

/// `ImageRef`, `DocumentRef`, `MultimediaRef`, `ArchiveRef`.
struct AssetObject<'a> {
    cx: &'a Context<'a>,
    scope: Rc<Scope>,
    asset: &'a Asset,
}

impl ObjectValue for AssetObject<'_> {
    fn type_name(&self) -> &str {
        match self.asset.kind() {
            AssetKind::Image => "ImageRef",
            AssetKind::Document => "DocumentRef",
            AssetKind::Multimedia => "MultimediaRef",
            AssetKind::Archive => "ArchiveRef",
        }
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let asset = self.asset;
        let integer = |value: Option<i64>| value.map_or(ResolvedValue::null(), ResolvedValue::leaf);
        Ok(match info.field_name() {
            "_path" => ResolvedValue::leaf(asset.path.as_str()),
            "_id" => ResolvedValue::leaf(asset.id.as_str()),
            "_authorUrl" => {
                ResolvedValue::leaf(format!("{}{}", self.cx.settings.author_url, asset.path))
            }
            "_publishUrl" => {
                ResolvedValue::leaf(format!("{}{}", self.cx.settings.publish_url, asset.path))
            }
            "_dynamicUrl" if self.cx.settings.image_delivery => {
                ResolvedValue::leaf(dynamic_url(asset, self.scope.transform.as_ref()))
            }
            "_dynamicUrl" | "_dmS7Url" => ResolvedValue::null(),
            "_smartCrops" => ResolvedValue::list([]),
            "type" => ResolvedValue::leaf(match asset.kind() {
                AssetKind::Image => "image",
                AssetKind::Document => "document",
                AssetKind::Multimedia => "multimedia",
                AssetKind::Archive => "archive",
            }),
            "mimeType" | "format" => ResolvedValue::leaf(asset.mime.as_str()),
            "width" => integer(asset.width),
            "height" => integer(asset.height),
            "size" => integer(asset.size),
            "author" => match &asset.author {
                Some(author) => ResolvedValue::leaf(author.as_str()),
                None => ResolvedValue::null(),
            },
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `PageRef`
struct PageObject<'a> {
    cx: &'a Context<'a>,
    path: String,
}

impl ObjectValue for PageObject<'_> {
    fn type_name(&self) -> &str {
        "PageRef"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let url = |host: &str| ResolvedValue::leaf(format!("{host}{}.html", self.path));
        Ok(match info.field_name() {
            "_path" => ResolvedValue::leaf(self.path.as_str()),
            "_authorUrl" => url(&self.cx.settings.author_url),
            "_publishUrl" => url(&self.cx.settings.publish_url),
            "type" => ResolvedValue::leaf("page"),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
