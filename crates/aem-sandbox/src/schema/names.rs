//! GraphQL names for models and fields, with AEM's numeric suffix where two would be the same.
//!
//! Source: aem-protocol.md, section 4.2.

use std::collections::HashSet;

/// The names already given out in one scope.
#[derive(Debug, Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// A scope in which some names are reserved.
    pub(super) fn with(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The suffix (`""`, `_2`, `_3` …) that makes `name` unique, and takes it.
    pub(super) fn suffix(&mut self, name: &str) -> String {
        let mut number = 1_u32;
        loop {
            let suffix = if number == 1 {
                String::new()
            } else {
                format!("_{number}")
            };
            if self.0.insert(format!("{name}{suffix}")) {
                return suffix;
            }
            number += 1;
        }
    }
}

/// `my-dish` → `MyDish`: camel case with a capital first letter; what a name cannot hold starts a new capital.
pub(super) fn type_base(node_name: &str) -> String {
    let mut out = String::new();
    let mut capital = true;
    for c in node_name.chars() {
        if !(c.is_ascii_alphanumeric() || c == '_') {
            capital = true;
        } else if capital {
            out.push(c.to_ascii_uppercase());
            capital = false;
        } else {
            out.push(c);
        }
    }
    legal_start(out)
}

/// `MyDish` → `myDish`.
pub(super) fn query_base(type_base: &str) -> String {
    let mut chars = type_base.chars();
    match chars.next() {
        Some(first) => first.to_ascii_lowercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

/// A property name as field name: what GraphQL does not allow becomes `_`.
pub(super) fn field_name(property: &str) -> String {
    let replaced = property
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    legal_start(replaced)
}

/// A name may not begin with a digit; `__` belongs to introspection.
fn legal_start(name: String) -> String {
    let trimmed = name.trim_start_matches('_');
    if trimmed.starts_with(|c: char| c.is_ascii_digit())
        || trimmed.is_empty()
        || name.starts_with("__")
    {
        return format!("_{trimmed}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_names_become_camel_case() {
        for (node, base, query) in [
            ("recipe", "Recipe", "recipe"),
            ("my-dish", "MyDish", "myDish"),
            ("link-model", "LinkModel", "linkModel"),
            ("FAQ", "FAQ", "fAQ"),
            ("2024-news", "_2024News", "_2024News"),
            ("über uns", "BerUns", "berUns"),
            ("content_section", "Content_section", "content_section"),
        ] {
            assert_eq!(type_base(node), base, "{node}");
            assert_eq!(query_base(&type_base(node)), query, "{node}");
        }
    }

    #[test]
    fn field_names_are_legal() {
        for (property, name) in [
            ("title", "title"),
            ("sub-title", "sub_title"),
            ("1st", "_1st"),
            ("__x", "_x"),
            ("ä", "_"),
        ] {
            assert_eq!(field_name(property), name, "{property}");
        }
    }

    #[test]
    fn clashes_get_numbers() {
        let mut taken = Taken::with(&["_path"]);
        assert_eq!(taken.suffix("a"), "");
        assert_eq!(taken.suffix("a"), "_2");
        assert_eq!(taken.suffix("a"), "_3");
        assert_eq!(taken.suffix("_path"), "_2");
    }
}
