//! Sites configurations: their endpoint, their stored queries with a form to try each, their models.

use super::html::{self, escape, list};
use super::sample::{self, StoredQuery, Variable, endpoint_path, execute_path};
use crate::execute::Engine;
use crate::repository::Model;
use crate::server::graphiql;
use crate::server::options::Options;
use std::collections::{BTreeMap, BTreeSet};

/// Every Sites configuration that has a model, a stored query or an endpoint.
pub(super) fn all(engine: &Engine, options: &Options) -> String {
    let repository = &engine.repository;
    let mut models: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, model) in repository.models.iter().enumerate() {
        models.entry(&model.configuration).or_default().push(number);
    }
    let stored = engine.queries();
    let mut queries: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for ((configuration, name), query) in &stored {
        let own = queries.entry(configuration).or_default();
        own.push((name, &query.text));
    }
    let mut names: BTreeSet<&str> = models.keys().chain(queries.keys()).copied().collect();
    names.extend(repository.endpoints.iter().map(String::as_str));
    list(names, |name| {
        let models = models.remove(name).unwrap_or_default();
        let queries = queries.remove(name).unwrap_or_default();
        format!(
            "<section aria-labelledby=\"c-{id}\">\n<h2 id=\"c-{id}\"><code>{id}</code></h2>\n{}{}{}</section>\n",
            endpoint_links(engine, options, name),
            stored_queries(engine, name, &queries),
            model_table(engine, name, &models),
            id = escape(name),
        )
    })
}

fn endpoint_links(engine: &Engine, options: &Options, configuration: &str) -> String {
    if engine.endpoint(configuration).is_none() {
        return "<p class=\"warn\">No endpoint: its queries answer 404, as AEM’s do.</p>\n"
            .to_owned();
    }
    let path = endpoint_path(configuration, "json");
    let closed = options.behind_dispatcher() && !options.adhoc_on_publish;
    let state = if closed { " (closed on this tier)" } else { "" };
    let mut links = String::new();
    if !options.behind_dispatcher() {
        let schema = endpoint_path(configuration, "GQLschema");
        links = format!(" · <a href=\"{}\">schema</a>", escape(&schema));
    }
    if graphiql::AVAILABLE {
        let (at, encoded) = (graphiql::PATH, sample::encoded(configuration));
        links = format!("{links} · <a href=\"{at}?configuration={encoded}\">GraphiQL</a>");
    }
    format!(
        "<p class=\"endpoint\">Ad hoc queries{state}: <code>POST {}</code>{links}</p>\n",
        html::breakable(&path)
    )
}

fn stored_queries(engine: &Engine, configuration: &str, queries: &[(&str, &str)]) -> String {
    if queries.is_empty() {
        return "<p>No stored queries.</p>\n".to_owned();
    }
    let rows = list(queries, |(name, text)| {
        let mut takes = Vec::new();
        let (path, body) = match StoredQuery::read(engine, configuration, text) {
            Ok(query) => {
                let path = query.path(configuration, name);
                let form = form(&path, &execute_path(configuration, name), &query.variables);
                takes.extend(
                    query
                        .variables
                        .iter()
                        .map(|v| format!("{}: {}", v.name, v.kind)),
                );
                (path, form)
            }
            Err(messages) => {
                let messages = list(messages, |message| {
                    format!("<li>{}</li>\n", escape(&message))
                });
                let path = execute_path(configuration, name);
                let wrong = "<p class=\"warn\">It does not validate; executing it answers 500.</p>";
                (path, format!("{wrong}\n<ul>\n{messages}</ul>\n"))
            }
        };
        let graphiql = if graphiql::AVAILABLE {
            let (at, of) = (graphiql::PATH, sample::encoded(configuration));
            let query = sample::encoded(name);
            format!("<a href=\"{at}?configuration={of}&amp;query={query}\">Open in GraphiQL</a>\n")
        } else {
            String::new()
        };
        format!(
            "<li>\n<details>\n<summary>{} <small>{}</small></summary>\n{body}<details class=\"text\">\n<summary>Query text</summary>\n\
             <pre tabindex=\"0\">{}</pre>\n</details>\n{graphiql}</details>\n\
             <a class=\"try\" href=\"{}\" aria-label=\"Try {0}\">Try</a>\n</li>\n",
            escape(name),
            escape(&takes.join(", ")),
            escape(text.trim()),
            escape(&path),
        )
    });
    format!("<h3>Stored queries</h3>\n<ul class=\"queries\">\n{rows}</ul>\n")
}

/// The URL, and a field for every variable. Without the script it is a link to the answer with sample values.
fn form(path: &str, without_variables: &str, variables: &[Variable]) -> String {
    let fields = list(variables, |variable| {
        let hint = match (&variable.default, variable.required) {
            (Some(default), _) => format!("{} = {default}", variable.kind),
            (None, _) => variable.kind.clone(),
        };
        let required = if variable.required { " required" } else { "" };
        format!(
            "<label><span>{} <small>{}</small></span>\
             <input data-variable=\"{0}\" value=\"{}\" autocomplete=\"off\" spellcheck=\"false\"{required}></label>\n",
            escape(&variable.name),
            escape(&hint),
            escape(&variable.sample),
        )
    });
    format!(
        "<form data-path=\"{}\">\n{fields}<p class=\"url\"><a href=\"{path}\"><code>{path}</code></a></p>\n\
         <p class=\"actions\" hidden><button>Run</button> <button type=\"button\" class=\"copy\">Copy URL</button> \
         <output></output></p>\n<pre class=\"answer\" tabindex=\"0\" hidden></pre>\n</form>\n",
        escape(without_variables),
        path = escape(path),
    )
}

fn model_table(engine: &Engine, configuration: &str, models: &[usize]) -> String {
    if models.is_empty() {
        return String::new();
    }
    let repository = &engine.repository;
    let schema = engine
        .endpoint(configuration)
        .map(|endpoint| &endpoint.schema);
    let rows = list(models, |number| {
        let Model { title, name, .. } = &repository.models[*number];
        let fragments = repository.of_model(*number).by_path.len();
        let kind = schema.and_then(|schema| Some(&schema.types[schema.type_of(*number)?]));
        let (kind, queries) = kind.map_or_else(
            || ("not in the schema".to_owned(), String::new()),
            |kind| {
                let queries = ["List", "Paginated", "ByPath"]
                    .map(|form| format!("<code>{}{form}{}</code>", kind.query, kind.suffix));
                (format!("<code>{}</code>", kind.name), queries.join(" "))
            },
        );
        format!(
            "<tr><th scope=\"row\">{} <small>{}</small></th><td class=\"number\">{fragments}</td><td>{kind}</td><td>{queries}</td></tr>\n",
            escape(title),
            escape(name),
        )
    });
    format!(
        "<h3>Models</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Models of {}\">\n<table>\n\
         <thead><tr><th scope=\"col\">Model</th><th scope=\"col\" class=\"number\">Fragments</th>\
         <th scope=\"col\">Type</th><th scope=\"col\">Queries</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n",
        escape(configuration),
    )
}
