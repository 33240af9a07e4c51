//! Values that templates and definitions see under the same names: `lang` and `site`.
//!
//! Part of the contract in `docs/templates.md`.

use tera::{Map, Value};

use crate::config::{Config, LangId};
use crate::value::from_serde;

/// `lang`: code, locale, prefix, dir, name, title, url, permalink.
#[must_use]
pub fn language(config: &Config, id: LangId) -> Value {
    let language = config.languages.get(id);
    let home = config.languages.route(id, "/");
    map([
        ("code", Value::from(language.code.as_str())),
        ("locale", Value::from(language.locale.as_str())),
        ("prefix", Value::from(language.prefix.as_str())),
        ("dir", Value::from(language.direction.as_str())),
        ("name", Value::from(language.name.as_str())),
        (
            "title",
            Value::from(language.title.as_deref().unwrap_or(&config.title)),
        ),
        ("url", Value::from(config.base_url.url(&home))),
        ("permalink", Value::from(config.base_url.permalink(&home))),
    ])
}

/// `site`: its title, base URL, languages, environment and extra values.
#[must_use]
pub fn site(config: &Config) -> Value {
    let languages: Vec<Value> = config
        .languages
        .iter()
        .map(|(id, _)| language(config, id))
        .collect();
    map([
        ("title", Value::from(config.title.as_str())),
        ("base_url", Value::from(config.base_url.as_text())),
        ("languages", Value::from(languages)),
        (
            "environment",
            config
                .environment
                .as_deref()
                .map_or_else(Value::none, Value::from),
        ),
        ("extra", from_serde(&config.extra)),
    ])
}

/// A map value from its members.
#[must_use]
pub fn map<const N: usize>(members: [(&'static str, Value); N]) -> Value {
    let mut map = Map::default();
    for (name, value) in members {
        map.insert(name.into(), value);
    }
    Value::from(map)
}
