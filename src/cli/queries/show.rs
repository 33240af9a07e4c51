//! `frieze queries show`.

use super::find;
use crate::cli::site::Site;
use crate::cli::ui::Ui;
use crate::config::{Auth, Origin};
use crate::diag::Diagnostics;
use crate::fetch::plan::{Asked, Plan, Planned};
use crate::fetch::{FirstRequest, first_requests, words};
use crate::query::{Arrangement, Ask, Outputs, PagingMode, Query, QueryId};

/// What stands for what must not be seen.
const MASK: &str = "••••••";

pub(super) fn run(site: &Site, name: &str, ui: &Ui) -> Result<(), Diagnostics> {
    let id = find(&site.queries, name)?;
    let query = site.queries.get(id);
    let plan = Plan::of(&site.config, &site.queries);
    let planned = plan.find(id);
    let mut page = Page::default();
    page.lines.push(format!("{} ({})", query.name, query.file));
    definition(&mut page, site, id, planned);
    made(&mut page, query);
    let mut found = Diagnostics::new();
    let asked = planned.map(|planned| &planned.asked);
    requests(&mut page, site, query, asked, &mut found);
    identity(&mut page, site);
    text(&mut page, query);
    page.lines.iter().for_each(|line| ui.result(line));
    site.warn(ui);
    if found.has_errors() {
        Err(found)
    } else {
        Ok(())
    }
}

/// Lines on their way to the screen.
#[derive(Default)]
struct Page {
    lines: Vec<String>,
}

impl Page {
    fn section(&mut self, title: &str) {
        self.lines.push(String::new());
        self.lines.push(title.to_owned());
    }

    fn fact(&mut self, name: &str, value: impl AsRef<str>) {
        self.lines.push(format!("  {name:<13}{}", value.as_ref()));
    }

    fn line(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("  {}", text.as_ref()));
    }
}

fn definition(page: &mut Page, site: &Site, id: QueryId, planned: Option<&Planned>) {
    let query = site.queries.get(id);
    page.section("asks");
    page.fact("what", query.describe());
    page.fact("host", words::host(&site.config));
    if let Some(planned) = planned {
        page.fact(
            "how often",
            words::asked(planned, &site.config, &site.queries),
        );
    }
    if let Some(parts) = &query.partition {
        let values: Vec<_> = parts.values.iter().map(ToString::to_string).collect();
        let values = values.join(", ");
        page.fact("parts", format!("{} = {values}", parts.variable));
    }
    page.fact("paging", paging(query));
    page.fact("freshness", words::freshness(query.freshness));
    if let Some(root) = &query.root {
        page.fact("root", root);
    }
    if let Some(model) = &query.model {
        page.fact("model", model.to_string());
    }
    for (name, written) in query.variables.iter() {
        page.fact("variable", format!("{name} = {written}"));
    }
    page.fact("items", items(query));
    let follow = site.queries.iter();
    let follow = follow.filter(|(_, other)| other.for_each.as_ref().is_some_and(|f| f.query == id));
    let follow: Vec<&str> = follow.map(|(_, other)| &*other.name).collect();
    if !follow.is_empty() {
        page.fact("followed by", follow.join(", "));
    }
}

fn paging(query: &Query) -> String {
    let (size, names) = (query.paging.page_size, &query.paging.names);
    match query.paging.mode {
        PagingMode::None => "none: one request".to_owned(),
        PagingMode::Cursor => format!(
            "by cursor, {size} at once (${}, ${})",
            names.first, names.after
        ),
        PagingMode::Offset => format!(
            "by offset, {size} at once (${}, ${})",
            names.offset, names.limit
        ),
        PagingMode::Auto => format!("auto: by cursor if the answer has one, {size} at once"),
    }
}

fn items(query: &Query) -> String {
    let least = match query.min_items {
        0 => "any number".to_owned(),
        number => format!("at least {number}"),
    };
    if query.optional {
        format!("{least}; optional")
    } else {
        least
    }
}

fn made(page: &mut Page, query: &Query) {
    page.section("makes");
    if let Some(pages) = &query.pages {
        page.fact(
            "pages",
            format!("{}  {}", pages.route.source(), pages.template),
        );
        formats(page, &pages.outputs);
        for alias in &pages.aliases {
            page.fact("", format!("also {}", alias.source()));
        }
        if let Some(when) = &pages.when {
            page.fact("", format!("when {}", when.source()));
        }
    }
    for list in &query.lists {
        page.fact(
            "list",
            format!("{}  {}", list.route.source(), list.template),
        );
        formats(page, &list.outputs);
        if let Some(when) = &list.when {
            page.fact("", format!("when {}", when.source()));
        }
        arranged(page, &list.arrangement);
    }
    for taxonomy in &query.taxonomies {
        page.fact(
            "taxonomy",
            format!("{} by {}", taxonomy.name, taxonomy.by.source()),
        );
        if let Some(when) = &taxonomy.when {
            page.fact("", format!("when {}", when.source()));
        }
        if let Some(terms) = &taxonomy.terms {
            page.fact("", format!("{}  {}", terms.route.source(), terms.template));
            formats(page, &terms.outputs);
            arranged(page, &terms.arrangement);
            if let Some(index) = &terms.index {
                page.fact("", format!("{}  {}", index.route.source(), index.template));
            }
        }
    }
    if query.pages.is_none() && query.lists.is_empty() && query.taxonomies.is_empty() {
        page.line("no pages: templates reach the items with `query()` and `fragment()`");
    }
}

/// What pages are besides HTML.
fn formats(page: &mut Page, outputs: &Outputs) {
    for (format, template) in outputs.iter() {
        page.fact("", format!("as {}: {template}", format.extension()));
    }
}

/// How the items of a list are shown.
fn arranged(page: &mut Page, arrangement: &Arrangement) {
    if let Some(sort) = &arrangement.sort {
        page.fact("", format!("by {}", sort.source()));
    }
    if let Some(groups) = &arrangement.group_by {
        page.fact("", format!("in groups by {}", groups.source()));
    }
    if let Some(limit) = arrangement.limit {
        page.fact("", format!("the first {limit}"));
    }
    if let Some(per_page) = arrangement.per_page {
        page.fact("", format!("{per_page} on a page"));
    }
}

/// The first request of every asking.
fn requests(
    page: &mut Page,
    site: &Site,
    query: &Query,
    asked: Option<&Asked>,
    found: &mut Diagnostics,
) {
    if let Some(Asked::ForEach {
        query: followed, ..
    }) = asked
    {
        page.section("requests");
        let name = &site.queries.get(*followed).name;
        let parts = match query.partition {
            Some(_) => ", in every part",
            None => "",
        };
        page.line(format!(
            "one for each item of `{name}`, which is `parent` above{parts};"
        ));
        page.line(format!("`frieze queries run {}` makes them", query.name));
        return;
    }
    page.section(match query.paging.mode {
        PagingMode::None => "requests",
        _ => "requests, the first of each",
    });
    for first in first_requests(&site.config, query, asked) {
        match first {
            Ok(first) => request(page, site, &first),
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    if query.gets_each() {
        page.line("and one for each fragment that is found, by its id");
    }
}

fn request(page: &mut Page, site: &Site, FirstRequest { variables, sent }: &FirstRequest) {
    let origin = match &site.config.aem.origin {
        Origin::Host(url) => url.origin().ascii_serialization(),
        // It has a port of its own in every build.
        Origin::Sandbox(_) => String::new(),
    };
    page.line(format!("{} {origin}{}", sent.method(), sent.path));
    if sent.body.is_some() {
        page.line(format!("  variables {}", variables.to_json()));
    }
}

/// What says who we are, without saying it here.
fn identity(page: &mut Page, site: &Site) {
    let aem = &site.config.aem;
    if matches!(aem.auth, Auth::None) && aem.headers.is_empty() {
        return;
    }
    page.section("sent with them");
    let kind = aem.auth.kind();
    match &aem.auth {
        Auth::None => {}
        Auth::Basic { user, .. } => {
            page.line(format!("Authorization: Basic {MASK} (the user `{user}`)"));
        }
        Auth::Token(_) | Auth::ServiceCredentials(_) => {
            page.line(format!("Authorization: Bearer {MASK} ({kind})"));
        }
        Auth::OAuth(oauth) => {
            page.line(format!("Authorization: Bearer {MASK} ({kind})"));
            page.line(format!("X-Api-Key: {}", oauth.client_id));
        }
    }
    for (name, _) in &aem.headers {
        page.line(format!("{name}: {MASK}"));
    }
}

/// The text of a query that is sent with every request.
fn text(page: &mut Page, query: &Query) {
    let Ask::AdHoc { document, .. } = &query.ask else {
        return;
    };
    page.section("text");
    document.trim_end().lines().for_each(|line| page.line(line));
}
