//! The page at `/`: what is served, and a way to try it.
//!
//! One document without any request to elsewhere; the script only spares leaving the page. AEM answers `/` with a
//! redirect, if at all, so that nothing of AEM is hidden. Source: aem-protocol.md, sections 1.3, 2.2 and 15.

mod html;
pub(super) mod sample;

use super::graphiql;
use super::options::{GraphqlStatus, Options};
use super::reply::Reply;
use crate::execute::Engine;
use crate::problem::Problem;
use crate::repository::{Fragment, Model};
use axum::http::{StatusCode, header};
use html::{count, escape, list};
use sample::{StoredQuery, Variable, endpoint_path, execute_path};
use std::collections::{BTreeMap, BTreeSet};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'self'";
/// More problems than this are only counted.
const SHOWN_PROBLEMS: usize = 200;

/// Whether a path is the page's.
pub(super) fn owns(path: &str) -> bool {
    path == "/"
}

/// The page.
pub(super) fn page(engine: &Engine, options: &Options) -> Reply {
    let tier = options.tier.name();
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>AEM sandbox: {tier}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<a class=\"skip\" href=\"#content\">Skip to content</a>\n{header}<main id=\"content\">\n\
         {problems}{configurations}{answers}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        header = banner(engine, options),
        problems = problems(&engine.problems),
        configurations = configurations(engine, options),
        answers = answers(options),
    );
    Reply::text(StatusCode::OK, "text/html;charset=utf-8", &body)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
}

/// Title, tier and counts.
fn banner(engine: &Engine, options: &Options) -> String {
    let repository = &engine.repository;
    let mut counts = vec![
        (repository.models.len(), "model"),
        (repository.fragments.len(), "fragment"),
        (repository.assets.len(), "asset"),
        (repository.tags.len(), "tag"),
        (repository.queries.len(), "stored query"),
    ];
    if !repository.pages.is_empty() {
        counts.push((repository.pages.len(), "page"));
    }
    let counts = list(counts, |(number, what)| {
        let what = html::plural(number, what);
        format!("<li><b>{number}</b> {what}</li>\n")
    });
    let links = if graphiql::AVAILABLE {
        format!(
            "<a class=\"button\" href=\"{}\">GraphiQL</a>\n",
            graphiql::PATH
        )
    } else {
        String::new()
    };
    format!(
        "<header>\n<div class=\"title\">\n<h1>AEM sandbox <span class=\"tier {tier}\">{tier}</span></h1>\n{links}</div>\n\
         <p>An AEM-compatible server over the content package with {folders}.</p>\n<ul class=\"counts\">\n{counts}</ul>\n</header>\n",
        tier = options.tier.name(),
        folders = folders(&repository.fragments),
    )
}

/// The folders right below `/content/dam` that hold the fragments.
fn folders(fragments: &[Fragment]) -> String {
    let folders: BTreeSet<&str> = fragments
        .iter()
        .filter_map(|fragment| {
            let rest = fragment.path.strip_prefix("/content/dam/")?;
            Some(&fragment.path[..fragment.path.len() - rest.len() + rest.find('/')?])
        })
        .collect();
    let shown: Vec<String> = folders
        .iter()
        .take(4)
        .map(|folder| format!("<code>{}</code>", escape(folder)))
        .collect();
    match (shown.len(), folders.len()) {
        (0, _) => "no fragments".to_owned(),
        (shown_count, all) if shown_count < all => {
            format!(
                "{} and {} more folders",
                shown.join(", "),
                all - shown_count
            )
        }
        _ => shown.join(", "),
    }
}

fn problems(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let shown = list(&problems[..problems.len().min(SHOWN_PROBLEMS)], |problem| {
        let position = problem
            .position
            .map(|at| format!(":{at}"))
            .unwrap_or_default();
        let file = problem.file.display().to_string();
        format!(
            "<li><code title=\"{}\">{}{position}</code><span>{}</span></li>\n",
            escape(&file),
            html::breakable(in_package(&file)),
            html::words(&problem.message)
        )
    });
    let rest = match problems.len().saturating_sub(SHOWN_PROBLEMS) {
        0 => String::new(),
        rest => format!("<p>… and {rest} more.</p>\n"),
    };
    format!(
        "<section class=\"problems\" aria-labelledby=\"problems\">\n<h2 id=\"problems\">{} in the package</h2>\n\
         <ul>\n{shown}</ul>\n{rest}</section>\n",
        count(problems.len(), "problem")
    )
}

/// A file from its package on: what is above is the same for all of them.
fn in_package(file: &str) -> &str {
    let Some(root) = file.rfind("/jcr_root/") else {
        return file;
    };
    let package = file[..root].rfind('/').map_or(0, |slash| slash + 1);
    &file[package..]
}

/// Every Sites configuration that has a model, a stored query or an endpoint.
fn configurations(engine: &Engine, options: &Options) -> String {
    let repository = &engine.repository;
    let mut models: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, model) in repository.models.iter().enumerate() {
        models.entry(&model.configuration).or_default().push(number);
    }
    let mut queries: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for ((configuration, name), text) in &repository.queries {
        let own = queries.entry(configuration).or_default();
        own.push((name, text));
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
             <input name=\"{0}\" value=\"{}\" autocomplete=\"off\" spellcheck=\"false\"{required}></label>\n",
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

/// The switches that change what an answer is.
fn answers(options: &Options) -> String {
    let open = |open: bool| {
        if open {
            "open"
        } else {
            "answered with 404, as by AEM’s Dispatcher"
        }
    };
    let dispatcher = options.behind_dispatcher();
    let delivery = match (options.image_delivery, cfg!(feature = "images")) {
        (false, _) => "off, as on AEM 6.5 and the local SDK",
        (true, true) => "resized and re-encoded",
        (true, false) => "the nearest stored rendition",
    };
    let status = match options.graphql_status {
        GraphqlStatus::Always200 => "200",
        GraphqlStatus::OverHttp => "400 or 500, as GraphQL over HTTP says",
    };
    let credentials = if dispatcher {
        "none asked for"
    } else {
        "asked for on every request"
    };
    let rows = [
        ("Credentials", credentials),
        (
            "Ad hoc queries",
            open(!dispatcher || options.adhoc_on_publish),
        ),
        (
            "List of stored queries",
            open(!dispatcher || options.list_on_publish),
        ),
        ("Images (_dynamicUrl)", delivery),
        ("Status of GraphQL errors", status),
    ];
    let rows = list(rows, |(what, how)| {
        format!("<div><dt>{what}</dt><dd>{how}</dd></div>\n")
    });
    format!(
        "<section aria-labelledby=\"answers\">\n<h2 id=\"answers\">How it answers</h2>\n<dl>\n{rows}</dl>\n</section>\n"
    )
}
