//! What an item is classified by: the values of a taxonomy's `by`, as terms.

use tera::Value;
use tera::value::Key;

use crate::value::is_blank;

/// A term as `by` gives it: a value, or a map with its `name` and perhaps `title` and `slug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) slug: Option<String>,
}

/// The terms of one item: none where the value is null, absent or empty.
///
/// # Errors
/// What is wrong with a value.
pub(super) fn read(value: &Value) -> Result<Vec<Given>, String> {
    let mut terms: Vec<Given> = Vec::new();
    let list = value.as_array();
    for value in list.unwrap_or(std::slice::from_ref(value)) {
        let Some(term) = one(value)? else { continue };
        if !terms.iter().any(|known| known.name == term.name) {
            terms.push(term);
        }
    }
    Ok(terms)
}

fn one(value: &Value) -> Result<Option<Given>, String> {
    if is_blank(value) {
        return Ok(None);
    }
    let Some(members) = value.as_map() else {
        let plain = |name| Given {
            name,
            title: None,
            slug: None,
        };
        return text(value).map(|name| Some(plain(name)));
    };
    let member = |name: &str| {
        let value = members.get(&Key::Str(name));
        let value = value.filter(|value| !is_blank(value));
        value.map(text).transpose()
    };
    let Some(name) = member("name")? else {
        return Err("it gives a map without a `name`".to_owned());
    };
    Ok(Some(Given {
        name,
        title: member("title")?,
        slug: member("slug")?,
    }))
}

fn text(value: &Value) -> Result<String, String> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None if value.is_map() || value.is_array() => Err(format!(
            "a term is a text, a number or a map with a `name`, not a {} in a list",
            value.name()
        )),
        None => Ok(value.to_string()),
    }
}

impl Given {
    /// What the term is called where nobody has given it a title: the last part of a tag's id, else its
    /// name.
    pub(super) fn default_title(&self) -> &str {
        match tag_path(&self.name) {
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => &self.name,
        }
    }

    /// The term in URLs: the slug it was given, or one of its name. A tag's id goes without namespace.
    pub(super) fn default_slug(&self) -> String {
        match (&self.slug, tag_path(&self.name)) {
            (Some(slug), _) => slug.clone(),
            (None, Some(path)) => slug::slugify(path),
            (None, None) => slug::slugify(&self.name),
        }
    }
}

/// The path of an AEM tag's id, `namespace:path` (`aem-protocol.md`, section 14.3).
fn tag_path(name: &str) -> Option<&str> {
    let (namespace, path) = name.split_once(':')?;
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_tag = namespace.starts_with(|c: char| c.is_ascii_alphabetic())
        && namespace.chars().all(fine)
        && !path.contains(char::is_whitespace)
        && !path.is_empty();
    is_tag.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;

    fn names(json: &str) -> Result<Vec<String>, String> {
        let terms = read(&from_json(json.as_bytes()).unwrap())?;
        Ok(terms.into_iter().map(|term| term.name).collect())
    }

    #[test]
    fn values_lists_and_maps_are_terms() {
        let ok = |names: &[&str]| Ok(names.iter().map(|n| (*n).to_owned()).collect());
        assert_eq!(names(r#""spring""#), ok(&["spring"]));
        assert_eq!(names(r#"["b","a","b",null,"", " "]"#), ok(&["b", "a"]));
        assert_eq!(names("2026"), ok(&["2026"]));
        assert_eq!(names("true"), ok(&["true"]));
        assert_eq!(names("null"), ok(&[]));
        assert_eq!(names("[]"), ok(&[]));
        assert_eq!(names(r#"[{"name":"a","title":"A"}]"#), ok(&["a"]));
        assert!(names(r#"[{"title":"A"}]"#).is_err());
        assert!(names(r#"[["a"]]"#).is_err());
    }

    #[test]
    fn tags_are_called_by_their_last_part() {
        let given = |name: &str| Given {
            name: name.to_owned(),
            title: None,
            slug: None,
        };
        let tag = given("larch:region/high-crest");
        assert_eq!(tag.default_title(), "high-crest");
        assert_eq!(tag.default_slug(), "region-high-crest");
        for name in ["10:30 h", "10:30", "a: b", "a b:c", "x:"] {
            assert_eq!(given(name).default_title(), name);
        }
        assert_eq!(given("Été à vélo").default_slug(), "ete-a-velo");
    }
}
