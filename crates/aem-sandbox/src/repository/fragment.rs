//! Content Fragments with their variations.
//!
//! Values are kept in the order of the model's fields, so that a field is found by its number.
//! Source: aem-protocol.md, section 14.5 and 4.4.

use super::access::Publication;
use super::model::{Field, FieldKind, Model};
use super::node::Node;
use super::property::{Property, Scalar};

/// A fragment.
#[derive(Debug, Clone)]
pub(crate) struct Fragment {
    pub(crate) path: String,
    pub(crate) id: String,
    /// Number of the model in the repository.
    pub(crate) model: usize,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) locale: Option<String>,
    /// `master` first, then the variations in stored order.
    pub(crate) variations: Vec<Variation>,
    /// What `_metadata` lists besides title and description.
    pub(crate) metadata: Vec<(String, Property)>,
    pub(crate) publication: Publication,
}

/// `master` or a named variation.
#[derive(Debug, Clone)]
pub(crate) struct Variation {
    pub(crate) name: String,
    pub(crate) values: Box<[Option<Property>]>,
    pub(crate) tags: Vec<String>,
    /// MIME types of multi line text, by field number, where they differ from the model's.
    pub(crate) mime_types: Vec<(usize, String)>,
}

impl Fragment {
    /// Reads a `dam:Asset` node that is a fragment.
    pub(super) fn read(node: &Node, path: &str, model: (usize, &Model)) -> Result<Self, String> {
        let content = node.child("jcr:content").ok_or("no `jcr:content`")?;
        let data = content.child("data").ok_or("no `jcr:content/data`")?;
        let metadata = content.child("metadata");
        let tags = metadata.and_then(|m| m.property("cq:tags"));
        let master = data.child("master").ok_or("no `jcr:content/data/master`")?;
        let others = data.children.iter().filter(|child| child.name != "master");
        let variations = std::iter::once(master)
            .chain(others)
            .map(|variation| Variation::read(variation, model.1, tags))
            .collect();
        let text = |name| content.text(name).unwrap_or_default().to_owned();
        Ok(Self {
            path: path.to_owned(),
            id: node
                .text("jcr:uuid")
                .map_or_else(|| derived_id(path), str::to_owned),
            model: model.0,
            title: text("jcr:title"),
            description: text("jcr:description"),
            locale: locale_of(path),
            variations,
            metadata: read_metadata(node, content, metadata),
            publication: Publication::read(Some(content)),
        })
    }

    /// When it was last changed, in milliseconds since 1970.
    pub(crate) fn modified(&self) -> Option<i64> {
        let found = self
            .metadata
            .iter()
            .find(|(name, _)| name == "cq:lastModified");
        match found {
            Some((_, Property::Single(Scalar::Date(date)))) => Some(date.instant()),
            _ => None,
        }
    }

    pub(crate) fn variation(&self, name: &str) -> Option<usize> {
        self.variations
            .iter()
            .position(|variation| variation.name == name)
    }
}

impl Variation {
    fn read(node: &Node, model: &Model, fragment_tags: Option<&Property>) -> Self {
        let values = model
            .fields
            .iter()
            .map(|field| node.property(&field.name).cloned())
            .collect();
        let tags = node.property("cq:tags").or(fragment_tags);
        let mime_type = |(number, field): (usize, &Field)| {
            let stored = node.text(&format!("{}@ContentType", field.name))?;
            (stored != field.mime_type).then(|| (number, stored.to_owned()))
        };
        let multi_line = model.fields.iter().enumerate();
        let multi_line = multi_line.filter(|(_, field)| field.kind == FieldKind::MultiLine);
        Self {
            name: node.name.clone(),
            values,
            tags: tags
                .into_iter()
                .flat_map(Property::texts)
                .map(str::to_owned)
                .collect(),
            mime_types: multi_line.filter_map(mime_type).collect(),
        }
    }
}

/// Dates first, then what the metadata node says, in stored order.
fn read_metadata(node: &Node, content: &Node, metadata: Option<&Node>) -> Vec<(String, Property)> {
    let modified = ["cq:lastModified", "jcr:lastModified", "lastFragmentSave"]
        .iter()
        .find_map(|name| date(content, name));
    let created = date(node, "jcr:created")
        .or_else(|| date(content, "jcr:created"))
        .or_else(|| modified.clone());
    let mut entries = Vec::new();
    entries.extend(created.map(|date| ("jcr:created".to_owned(), date)));
    entries.extend(modified.map(|date| ("cq:lastModified".to_owned(), date)));
    let stored = metadata.into_iter().flat_map(|node| &node.properties);
    entries.extend(
        stored
            .filter(|(name, _)| !name.starts_with("jcr:"))
            .cloned(),
    );
    entries
}

fn date(node: &Node, name: &str) -> Option<Property> {
    let property = node.property(name)?;
    matches!(property, Property::Single(Scalar::Date(_))).then(|| property.clone())
}

/// The language folder: the first segment below `/content/dam` that looks like a locale (section 12).
pub(crate) fn locale_of(path: &str) -> Option<String> {
    let below = path.strip_prefix("/content/dam/")?;
    let (folders, _name) = below.rsplit_once('/')?;
    folders
        .split('/')
        .find(|segment| is_locale(segment))
        .map(str::to_owned)
}

fn is_locale(segment: &str) -> bool {
    let (language, country) = match segment.split_once(['_', '-']) {
        Some((language, country)) => (language, Some(country)),
        None => (segment, None),
    };
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && country.is_none_or(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// A stable id in UUID form for content that was written by hand without one: 128-bit FNV-1a of the path.
pub(crate) fn derived_id(path: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in path.bytes() {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let hex = format!("{hash:032x}");
    // Version 8 and variant 1: a valid UUID of a custom kind.
    format!(
        "{}-{}-8{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_found_in_paths() {
        for (path, locale) in [
            ("/content/dam/harbor/en/recipes/chowder", Some("en")),
            ("/content/dam/harbor/en_us/x", Some("en_us")),
            ("/content/dam/harbor/de-AT/x", Some("de-AT")),
            ("/content/dam/harbor/recipes/en", None),
            ("/content/dam/x", None),
            ("/content/site/en/x", None),
        ] {
            assert_eq!(locale_of(path).as_deref(), locale, "{path}");
        }
    }

    #[test]
    fn derived_ids_are_uuids() {
        let id = derived_id("/content/dam/a");
        assert_eq!(id.len(), 36);
        assert_eq!(id, derived_id("/content/dam/a"));
        assert_ne!(id, derived_id("/content/dam/b"));
    }
}
