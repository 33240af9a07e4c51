//! The page at `/`: what is served, and a way to try it.
//!
//! One document without any request to elsewhere; the script only spares leaving the page. AEM answers `/` with a
//! redirect, if at all, so that nothing of AEM is hidden. Source: aem-protocol.md, sections 1.3, 2.2 and 15.

mod configuration;
mod html;
pub(super) mod sample;

use super::graphiql;
use super::options::{GraphqlStatus, Options};
use super::reply::Reply;
use crate::execute::Engine;
use crate::problem::Problem;
use crate::repository::Fragment;
use axum::http::{StatusCode, header};
use html::{count, escape, list};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'self'";
/// More problems than this are only counted.
const SHOWN_PROBLEMS: usize = 200;

/// What the page tells of.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    /// The content as the reader may see it.
    pub(super) engine: &'a Engine,
    /// Where it comes from; nothing when it was made in memory.
    pub(super) packages: &'a [PathBuf],
    /// Those of the last load, also of one that failed.
    pub(super) problems: &'a [Problem],
}

/// Whether a path is the page's.
pub(super) fn owns(path: &str) -> bool {
    path == "/"
}

/// The page.
pub(super) fn page(content: &Content<'_>, options: &Options) -> Reply {
    let engine = content.engine;
    let tier = options.tier.name();
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>AEM sandbox: {tier}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<a class=\"skip\" href=\"#content\">Skip to content</a>\n{header}<main id=\"content\">\n\
         {problems}{configurations}{answers}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        header = banner(content, options),
        problems = problems(content.problems),
        configurations = configuration::all(engine, options),
        answers = answers(options),
    );
    Reply::text(StatusCode::OK, "text/html;charset=utf-8", &body)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
}

/// Title, tier and counts.
fn banner(content: &Content<'_>, options: &Options) -> String {
    let repository = &content.engine.repository;
    let mut counts = vec![
        (repository.models.len(), "model"),
        (repository.fragments.len(), "fragment"),
        (repository.assets.len(), "asset"),
        (repository.tags.len(), "tag"),
        (content.engine.queries().len(), "stored query"),
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
         <p>An AEM-compatible server over {packages} with {folders}.</p>\n<ul class=\"counts\">\n{counts}</ul>\n</header>\n",
        tier = options.tier.name(),
        packages = packages(content.packages),
        folders = folders(&repository.fragments),
    )
}

/// The packages by the names of their folders or files.
fn packages(packages: &[PathBuf]) -> String {
    let names: Vec<String> = packages.iter().map(|package| name(package)).collect();
    match &names[..] {
        [] => "content made in memory".to_owned(),
        [one] => format!("the package {one}"),
        // The highest layer is what people know their content by.
        [lower @ .., highest] => format!("the package {highest} laid over {}", lower.join(", ")),
    }
}

fn name(package: &Path) -> String {
    let mut steps = package.components().filter_map(|step| match step {
        Component::Normal(step) => Some(step.to_string_lossy()),
        _ => None,
    });
    // `jcr_root` is what every package calls its content.
    let name = steps.rfind(|step| step != "jcr_root");
    let full = escape(&package.display().to_string());
    let name = name.map_or_else(|| full.clone(), |name| escape(&name));
    format!("<code title=\"{full}\">{name}</code>")
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
    let mut rows = vec![
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
        ("Fragments by OpenAPI", open(dispatcher && options.openapi)),
    ];
    if options.watch && cfg!(feature = "watch") {
        rows.push(("Edits of the package", "served as they are saved"));
    }
    let waits = [
        ("Every answer takes", Some(options.latency)),
        ("The CDN keeps answers", options.stale),
    ];
    let waits: Vec<(&str, String)> = waits
        .into_iter()
        .filter_map(|(what, time)| Some((what, time.filter(|time| !time.is_zero())?)))
        .map(|(what, time)| (what, format!("{time:?}")))
        .collect();
    rows.extend(waits.iter().map(|(what, time)| (*what, time.as_str())));
    let rows = list(rows, |(what, how)| {
        format!("<div><dt>{what}</dt><dd>{how}</dd></div>\n")
    });
    format!(
        "<section aria-labelledby=\"answers\">\n<h2 id=\"answers\">How it answers</h2>\n<dl>\n{rows}</dl>\n</section>\n"
    )
}
