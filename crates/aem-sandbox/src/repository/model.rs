//! Content Fragment Models: which fields a fragment has and what their values are.
//!
//! Source: aem-protocol.md, sections 4.1, 4.3 and 14.4.

use super::access::Publication;
use super::node::Node;

/// A Content Fragment Model.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) path: String,
    pub(crate) configuration: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) status: Status,
    pub(crate) fields: Vec<Field>,
    pub(crate) publication: Publication,
}

/// Whether a model takes part in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Enabled,
    Draft,
    /// Disabled later: no new fragments, but its types stay.
    Disabled,
}

/// One data type of a model.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The property name, as stored; not yet a GraphQL name.
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) multiple: bool,
    /// Whether the values are tag ids.
    pub(crate) tags: bool,
    /// What multi line text is when the fragment does not say.
    pub(crate) mime_type: String,
}

impl Field {
    fn new(name: &str, kind: FieldKind, multiple: bool) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            multiple,
            tags: false,
            mime_type: "text/html".to_owned(),
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// Single line text, enumerations, tags.
    Text,
    /// Multi line text: html, plaintext, markdown and json.
    MultiLine,
    /// A whole number.
    Integer,
    /// A decimal number.
    Float,
    /// True or false.
    Boolean,
    /// Date and time.
    Calendar,
    /// Date only.
    Date,
    /// Time only.
    Time,
    /// Any JSON.
    Json,
    /// A path to an asset, a page or a fragment.
    ContentReference,
    /// A path to a fragment of one of these models.
    FragmentReference(Vec<String>),
}

impl Model {
    /// An enabled model without fields, stored below the configuration's usual folder.
    pub fn new(configuration: &str, name: &str, title: &str) -> Self {
        Self {
            path: format!("/conf/{configuration}/settings/dam/cfm/models/{name}"),
            configuration: configuration.to_owned(),
            name: name.to_owned(),
            title: title.to_owned(),
            status: Status::Enabled,
            fields: Vec::new(),
            publication: Publication::default(),
        }
    }

    /// Adds a field with one value.
    #[must_use]
    pub fn with(mut self, name: &str, kind: FieldKind) -> Self {
        self.fields.push(Field::new(name, kind, false));
        self
    }

    /// Adds a field with many values.
    #[must_use]
    pub fn with_many(mut self, name: &str, kind: FieldKind) -> Self {
        self.fields.push(Field::new(name, kind, true));
        self
    }

    /// The repository path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads a model node.
    pub(super) fn read(node: &Node, path: &str, configuration: &str) -> Result<Self, String> {
        let content = node
            .child("jcr:content")
            .ok_or("the model has no `jcr:content`")?;
        let items = content
            .descendant("model/cq:dialog/content/items")
            .ok_or("the model has no `model/cq:dialog/content/items`")?;
        let status = match content.text("status") {
            Some("draft") => Status::Draft,
            Some("disabled") => Status::Disabled,
            // Older models have no status; they are enabled.
            _ => Status::Enabled,
        };
        Ok(Self {
            path: path.to_owned(),
            configuration: configuration.to_owned(),
            name: node.name.clone(),
            title: content.text("jcr:title").unwrap_or(&node.name).to_owned(),
            status,
            fields: items.children.iter().filter_map(Field::read).collect(),
            publication: Publication::read(Some(content)),
        })
    }
}

impl Field {
    /// Reads one element of a model; tab placeholders and unknown data types have no field.
    fn read(node: &Node) -> Option<Self> {
        let name = node.text("name").filter(|name| !name.is_empty())?;
        let value_type = node.text("valueType").unwrap_or_default();
        // List-ness follows the suffix alone.
        let (stored, multiple) = match value_type.strip_suffix("[]") {
            Some(stored) => (stored, true),
            None => (value_type, false),
        };
        let meta = node.text("metaType").unwrap_or_default();
        let kind = match meta {
            "text-single" | "enumeration" => FieldKind::Text,
            "tags" => FieldKind::Text,
            "text-multi" => FieldKind::MultiLine,
            "number" => match stored {
                "long" => FieldKind::Integer,
                "double" => FieldKind::Float,
                _ if node.text("typeHint") == Some("long") => FieldKind::Integer,
                _ => FieldKind::Float,
            },
            "boolean" => FieldKind::Boolean,
            "date" => date_kind(node, stored),
            "json" => FieldKind::Json,
            "tab-placeholder" => return None,
            _ if meta.starts_with("fragment-reference") => match stored {
                "string/reference" => FieldKind::ContentReference,
                "string" => FieldKind::Text,
                _ => FieldKind::FragmentReference(allowed_models(node)),
            },
            _ if meta.starts_with("reference") => FieldKind::ContentReference,
            _ => return None,
        };
        let multiple = multiple || meta == "tags";
        let mut field = Self::new(name, kind, multiple);
        field.tags = meta == "tags";
        if let Some(mime_type) = node.text("default-mime-type") {
            mime_type.clone_into(&mut field.mime_type);
        }
        Some(field)
    }
}

fn date_kind(node: &Node, stored: &str) -> FieldKind {
    match (stored, node.text("type")) {
        ("calendar/date", _) | ("", Some("date")) => FieldKind::Date,
        ("calendar/time", _) | ("", Some("time")) => FieldKind::Time,
        _ => FieldKind::Calendar,
    }
}

fn allowed_models(node: &Node) -> Vec<String> {
    let models = node.property("fragmentmodelreference");
    models
        .into_iter()
        .flat_map(|p| p.texts())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::property::Property;

    fn field(properties: &[(&str, &str)]) -> Option<(FieldKind, bool)> {
        let mut node = Node::new("1");
        node.set("name".to_owned(), "f".into());
        for (name, value) in properties {
            node.set((*name).to_owned(), Property::parse(value).unwrap());
        }
        Field::read(&node).map(|f| (f.kind, f.multiple))
    }

    #[test]
    fn data_types_are_told_apart() {
        use FieldKind::*;
        let one = |kind| Some((kind, false));
        let many = |kind| Some((kind, true));
        for (meta, value_type, expected) in [
            ("text-single", "string", one(Text)),
            ("text-single", "string[]", many(Text)),
            ("text-multi", "string/multiline", one(MultiLine)),
            ("text-multi", "string", one(MultiLine)),
            ("number", "long", one(Integer)),
            ("number", "double[]", many(Float)),
            ("boolean", "boolean", one(Boolean)),
            ("date", "calendar/datetime", one(Calendar)),
            ("date", "calendar/date", one(Date)),
            ("date", "calendar/time", one(Time)),
            ("enumeration", "string[]", many(Text)),
            ("tags", "string/tags", many(Text)),
            ("json", "string/json", one(Json)),
            ("reference", "string", one(ContentReference)),
            ("reference", "string/reference[]", many(ContentReference)),
            (
                "fragment-reference",
                "string/reference[]",
                many(ContentReference),
            ),
            ("fragment-reference", "string[]", many(Text)),
            (
                "fragment-reference",
                "string/content-fragment",
                one(FragmentReference(vec![])),
            ),
            ("tab-placeholder", "", None),
            ("something-new", "string", None),
        ] {
            let found = field(&[("metaType", meta), ("valueType", value_type)]);
            assert_eq!(found, expected, "{meta} {value_type}");
        }
    }
}
