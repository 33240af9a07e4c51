//! Filters beyond Tera's own, and one in the place of Tera's, the same in configuration and in templates.

use std::collections::HashMap;

use tera::value::{Key, ValueKind};
use tera::{Error, Kwargs, Map, State, Tera, TeraResult, Value};

use crate::rich_text::RichText;

/// Registers them; must run before templates are added.
pub fn register(tera: &mut Tera) {
    tera.register_filter("group_by", group_by);
    tera.register_filter("date", tera_contrib::dates::date);
    tera.register_filter("json_encode", tera_contrib::json::json_encode);
    tera.register_filter("slug", tera_contrib::slug::slug);
    tera.register_filter("urlencode", tera_contrib::urlencode::urlencode);
    tera.register_filter("plain_text", plain_text);
}

/// The words of a rich text in any form, without markup.
fn plain_text(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    if value.is_none() {
        return Ok(Value::from(""));
    }
    let (_, text) = RichText::of_value(value).map_err(Error::message)?;
    Ok(Value::from(text.plain_text()))
}

/// Lists by what is at a path of their elements, in the order in which that first comes. Tera's own gives them in another
/// order each time.
fn group_by(list: &[Value], kwargs: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    if list.is_empty() {
        return Ok(Value::from(Map::default()));
    }
    let path = kwargs.must_get::<&str>("attribute")?;
    let mut groups: Vec<(Key<'static>, Vec<Value>)> = Vec::new();
    let mut places: HashMap<Key<'static>, usize> = HashMap::new();
    for (number, element) in list.iter().enumerate() {
        let Some(found) = element.get_from_path(path) else {
            let message = format!("the element {number} of `group_by` has nothing at `{path}`");
            return Err(Error::message(message));
        };
        if found.is_none() {
            continue;
        }
        let key = key(found).ok_or_else(|| {
            let message = format!("what the element {number} of `group_by` has at `{path}` is no text, number or boolean");
            Error::message(message)
        })?;
        let place = *places.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, group)) => group.push(element.clone()),
            None => groups.push((key, vec![element.clone()])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(key, group)| (key, Value::from(group)));
    Ok(Value::from(groups.collect::<Map>()))
}

/// What a map may have a value under.
fn key(value: &Value) -> Option<Key<'static>> {
    match value.kind() {
        ValueKind::Bool => value.as_bool().map(Key::Bool),
        ValueKind::U64 => value.as_u64().map(Key::U64),
        ValueKind::I64 => value.as_i64().map(Key::I64),
        ValueKind::U128 => value.as_u128().map(Key::U128),
        ValueKind::I128 => value.as_i128().map(Key::I128),
        ValueKind::String => value.as_str().map(|text| Key::from(text.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tera::Context;

    fn rendered(template: &str) -> String {
        let mut tera = Tera::new();
        register(&mut tera);
        tera.add_raw_template("t", template).unwrap();
        tera.render("t", &Context::new()).unwrap()
    }

    #[test]
    fn groups_come_in_the_order_of_their_first_elements() {
        let list: Vec<String> = [7, 3, 9, 1, 8, 3, 2, 7, 6, 5]
            .map(|n| format!("{{'n': {n}}}"))
            .into();
        let list = list.join(", ");
        let template = format!(
            "{{% for n, group in [{list}, {{'n': none}}] | group_by(attribute='n') %}}{{{{ n }}}}x{{{{ group | length }}}} {{% endfor %}}"
        );
        assert_eq!(rendered(&template), "7x2 3x2 9x1 1x1 8x1 2x1 6x1 5x1 ");
    }

    #[test]
    fn groups_have_texts_and_booleans_as_names() {
        let template = "{% set g = [{'a': {'b': 'z'}}, {'a': {'b': true}}, {'a': {'b': 'z'}}] | group_by(attribute='a.b') %}\
                        {{ g.z | length }} {% for name, group in g %}{{ name }} {% endfor %}";
        assert_eq!(rendered(template), "2 z true ");
        assert_eq!(rendered("{{ [] | group_by(attribute='a') | length }}"), "0");
    }
}
