//! The explorer: what the preview knows of the site, as JSON and as pages to look at.
//!
//! [`answer`] takes a path below `/_frieze/` and a query string to an [`Answer`]; it has no part in HTTP. Everything but
//! the [`ui`] is a function of one [`Moment`]. Answers are bounded: lists come in [windows](parameters::Window), and of an item no more is
//! told than a person can look at ([`tree`]). The page of the explorer asks for the same JSON as tests and scripts do.

mod found;
mod items;
mod page;
mod parameters;
mod queries;
mod renders;
mod routes;
mod site;
mod tree;
mod ui;

use bytes::Bytes;
use serde_json::{Value, json};

pub use found::problems;

use super::Moment;
use parameters::Parameters;

/// Where the explorer is.
pub const PREFIX: &str = "/_frieze/";

/// An answer of the explorer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code of HTTP.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refused {
    /// There is no such thing.
    Unknown(String),
    /// The question cannot be understood.
    Wrong(String),
    /// There is no site so far.
    NotYet,
}

/// Answers a question: a decoded path of the preview that begins with [`PREFIX`], and what follows its `?`. Takes as long
/// as rendering a page may: not for async threads.
#[must_use]
pub fn answer(moment: &Moment, path: &str, query: &str) -> Answer {
    let path = path.strip_prefix(PREFIX).unwrap_or(path);
    if let Some(file) = ui::file(path) {
        return file;
    }
    let parameters = Parameters::read(query);
    let told = match path.strip_prefix("api/") {
        Some(name) => tell(moment, name, &parameters),
        None => Err(Refused::Unknown(format!("there is no `{PREFIX}{path}`"))),
    };
    match told {
        Ok(value) => json_answer(200, &value),
        Err(refused) => refused.answer(),
    }
}

/// What is told about a subject.
fn tell(moment: &Moment, name: &str, parameters: &Parameters) -> Result<Value, Refused> {
    let known = || moment.site.as_deref().ok_or(Refused::NotYet);
    match name {
        "site" => Ok(site::tell(moment)),
        "problems" => Ok(found::tell(moment)),
        "queries" => queries::all(known()?),
        "queries/query" => queries::one(known()?, parameters),
        "queries/items" => items::some(known()?, parameters),
        "queries/item" => items::one(known()?, parameters),
        "routes" => routes::tell(known()?, parameters),
        "page" => page::tell(known()?, parameters),
        "renders" => Ok(renders::tell(known()?)),
        _ => Err(Refused::Unknown(format!(
            "there is no `{PREFIX}api/{name}`; there are site, problems, queries, queries/query, queries/items, \
             queries/item, routes, page and renders"
        ))),
    }
}

impl Refused {
    fn answer(self) -> Answer {
        let (status, why) = match self {
            Self::Unknown(why) => (404, why),
            Self::Wrong(why) => (400, why),
            Self::NotYet => (503, "the site has not been made so far".to_owned()),
        };
        json_answer(status, &json!({ "error": why }))
    }
}

fn json_answer(status: u16, value: &Value) -> Answer {
    Answer {
        status,
        content_type: "application/json",
        body: Bytes::from(value.to_string()),
    }
}

/// Milliseconds, to a hundredth.
fn milliseconds(time: std::time::Duration) -> Value {
    Value::from((time.as_secs_f64() * 100_000.0).round() / 100.0)
}

#[cfg(test)]
mod tests;
