//! `frieze queries run`.

mod echo;

use std::fmt::Write as _;
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Value;

use super::find;
use crate::aem::Variables;
use crate::cache::Policy;
use crate::cli::args::RunQuery;
use crate::cli::build::runtime;
use crate::cli::origin::Server;
use crate::cli::site::Site;
use crate::cli::ui::Ui;
use crate::client::{AemHost, Direct};
use crate::config::{Cdn, Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned, closest};
use crate::fetch::sample::{Wish, sample};
use crate::query::Query;
use crate::source::Source;

use echo::Echo;

pub(super) fn run(site: &Site, args: &RunQuery, ui: &Ui) -> Result<(), Diagnostics> {
    let (config, queries) = (&*site.config, &*site.queries);
    let id = find(queries, &args.name)?;
    let query = queries.get(id);
    let wish = Wish {
        language: language(config, args.lang.as_deref())?,
        variables: variables(&args.var)?,
        limit: args.limit,
    };
    site.warn(ui);
    ui.report(&unknown_variables(query, &wish.variables));
    let runtime = runtime()?;
    let server = Server::start(config, &runtime)?;
    let Warned {
        value: host,
        warnings,
    } = AemHost::new(&server.origin, &config.aem, &config.fetch)?;
    ui.report(&warnings);
    let bypass = args.refresh || config.fetch.cdn == Cdn::Bypass;
    let unseen = bypass.then(|| Policy::of(&config.fetch, SystemTime::now()).unseen);
    let source = Direct::new(host, unseen);
    let echo = Echo::new(&source, &query.ask);
    let sampled = runtime.block_on(sample(config, queries, &echo, ui, id, &wish));
    let Warned {
        value: items,
        warnings,
    } = sampled?;
    if args.raw {
        echo.answers().iter().for_each(|answer| {
            ui.data(&printable(answer));
            ui.data("\n");
        });
    } else {
        ui.data(&array(&items));
    }
    ui.report(&warnings);
    ui.note(&format!(
        "{} of `{}` with {}",
        count(items.len() as u64, "item"),
        query.name,
        count(source.usage().requests, "request")
    ));
    Ok(())
}

fn language(config: &Config, code: Option<&str>) -> Result<Option<LangId>, Diagnostic> {
    let Some(code) = code else { return Ok(None) };
    let languages = &config.languages;
    languages.find(code).map(Some).ok_or_else(|| {
        let codes = languages.iter().map(|(_, language)| language.code.as_str());
        let codes: Vec<&str> = codes.collect();
        let help = match closest(code, codes.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the languages are {}", codes.join(", ")),
        };
        let message = format!("`{code}` is not a language of this site");
        Diagnostic::error(Kind::Config, message).help(help)
    })
}

/// `NAME=VALUE`. A value that is JSON is that JSON, any other is a text.
fn variables(given: &[String]) -> Result<Variables, Diagnostics> {
    let mut found = Diagnostics::new();
    let mut variables = Variables::new();
    for text in given {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                let json = serde_json::from_str(value);
                variables.set(name, json.unwrap_or_else(|_| Value::from(value)));
            }
            _ => found.push(
                Diagnostic::error(Kind::Config, format!("`--var {text}` names no value"))
                    .help("write `--var NAME=VALUE`"),
            ),
        }
    }
    if found.has_errors() {
        Err(found)
    } else {
        Ok(variables)
    }
}

/// AEM ignores variables that a query does not declare, so nobody else says that one is mistyped.
fn unknown_variables(query: &Query, given: &Variables) -> Diagnostics {
    let names = &query.paging.names;
    let paging = [&names.first, &names.after, &names.offset, &names.limit].map(String::as_str);
    let own: Vec<&str> = query.variables.iter().map(|(name, _)| name).collect();
    let parts = query.partition.iter().map(|parts| parts.variable.as_str());
    let known: Vec<&str> = own.into_iter().chain(paging).chain(parts).collect();
    let mistyped = given.iter().filter_map(|(name, _)| {
        let near = closest(name, known.iter().copied()).filter(|_| !known.contains(&name))?;
        let message = format!(
            "the definition of `{}` has no variable `{name}`",
            query.name
        );
        Some(
            Diagnostic::warning(Kind::Config, message)
                .note("it is sent; AEM ignores what the query does not declare")
                .help(format!("did you mean `{near}`?")),
        )
    });
    mistyped.collect()
}

/// One JSON array with the items as they came, each on a line of its own.
fn array(items: &[Bytes]) -> String {
    let items: Vec<String> = items.iter().map(|item| printable(item)).collect();
    match items.as_slice() {
        [] => "[]\n".to_owned(),
        items => format!("[\n{}\n]\n", items.join(",\n")),
    }
}

/// JSON with nothing in it that a terminal would obey: what could be is only ever inside strings, where
/// an escape means the same.
fn printable(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let dangerous = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(dangerous) {
        return text.trim().to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.trim().chars() {
        if dangerous(c) {
            // All of them have four digits at most.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn count(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        let json = "{\"a\":\"\u{9b}31m\u{202e}ü\"}";
        let shown = printable(json.as_bytes());
        assert_eq!(shown, "{\"a\":\"\\u009b31m\\u202eü\"}");
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(value(&shown), value(json));
    }

    #[test]
    fn values_are_json_or_text() {
        let given = ["a=1", "b=true", "c=\"1\"", "d=x=y", "e={\"f\":[]}", "g="];
        let variables = variables(&given.map(str::to_owned)).unwrap();
        assert_eq!(
            variables.to_json().to_string(),
            r#"{"a":1,"b":true,"c":"1","d":"x=y","e":{"f":[]},"g":""}"#
        );
        let wrong = super::variables(&["a".to_owned(), "=b".to_owned()]).unwrap_err();
        assert_eq!(wrong.counts(), (2, 0));
    }
}
