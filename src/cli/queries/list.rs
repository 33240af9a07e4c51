//! `frieze queries list`.

use serde_json::{Value, json};

use crate::cli::args::Format;
use crate::cli::site::Site;
use crate::cli::ui::Ui;
use crate::diag::Diagnostics;
use crate::fetch::plan::{Asked, Plan, Planned};
use crate::fetch::words;
use crate::guard::History;
use crate::progress::Total;
use crate::query::Freshness;

pub(super) fn run(site: &Site, format: Format, ui: &Ui) -> Result<(), Diagnostics> {
    let (config, queries) = (&site.config, &site.queries);
    // What cannot be read is as good as missing: it is for an estimate only.
    let (history, _) = History::load(&config.cache, "");
    let origin = config.aem.origin.name(&config.root);
    let plan = Plan::of(config, queries).informed(config, queries, &origin, &history);
    match format {
        Format::Text => text(site, &plan, ui),
        Format::Json => ui.data(&format!("{:#}\n", json(site, &plan))),
    }
    site.warn(ui);
    Ok(())
}

/// A table, in the order in which the queries are asked.
fn text(site: &Site, plan: &Plan, ui: &Ui) {
    let head = ["NAME", "ASKS", "HOW OFTEN", "PAGING", "FRESHNESS", "MAKES"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(plan.steps().flatten().map(|planned| row(site, planned)));
    for line in aligned(&rows) {
        ui.result(&line);
    }
    let queries = match plan.len() {
        1 => "1 query".to_owned(),
        number => format!("{number} queries"),
    };
    let requests = words::requests(plan.requests(), plan.expected());
    ui.result("");
    ui.result(&format!(
        "{queries}: {requests} to {}",
        words::host(&site.config)
    ));
}

fn row(site: &Site, planned: &Planned) -> [String; 6] {
    let query = site.queries.get(planned.query);
    [
        query.name.to_string(),
        words::asks(query),
        words::asked(planned, &site.config, &site.queries),
        words::paging(query),
        words::freshness(query.freshness),
        words::makes(query),
    ]
}

/// Columns as wide as their widest cell.
fn aligned(rows: &[[String; 6]]) -> Vec<String> {
    let length = |text: &str| text.chars().count();
    let mut widths = [0; 6];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = length(cell).max(*width);
        }
    }
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(widths);
        let padded = cells.map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn json(site: &Site, plan: &Plan) -> Value {
    let queries = plan.steps().flatten().map(|planned| one(site, planned));
    json!({
        "tier": site.config.aem.tier.name(),
        "requests": total(plan.requests(), plan.expected()),
        "queries": queries.collect::<Vec<_>>(),
    })
}

fn one(site: &Site, planned: &Planned) -> Value {
    let query = site.queries.get(planned.query);
    let codes = |languages: &[_]| -> Vec<&str> {
        let code = |id| site.config.languages.get(id).code.as_str();
        languages.iter().copied().map(code).collect()
    };
    let (languages, for_each) = match &planned.asked {
        Asked::Once(_) => (None, None),
        Asked::InEach(languages) => (Some(codes(languages)), None),
        Asked::ForEach { query, languages } => (
            languages.as_deref().map(codes),
            Some(&*site.queries.get(*query).name),
        ),
    };
    let pages = query.pages.as_ref();
    let (lists, taxonomies) = (query.lists.iter(), query.taxonomies.iter());
    json!({
        "name": &*query.name,
        "file": &*query.file,
        "kind": words::kind(&query.ask),
        "asks": words::asks(query),
        "languages": languages,
        "for_each": for_each,
        "partition": query.partition.as_ref().map(|parts| json!({
            "variable": parts.variable,
            "values": parts.values,
        })),
        "requests": total(planned.requests, planned.expected),
        "paging": words::mode(query.paging.mode),
        "page_size": query.paging.page_size,
        "freshness": match query.freshness {
            Freshness::For(age) => json!({ "seconds": age.as_secs() }),
            other => json!(words::freshness(other)),
        },
        "optional": query.optional,
        "min_items": query.min_items,
        "pages": pages.map(|pages| json!({
            "route": pages.route.source(),
            "template": &*pages.template,
        })),
        "lists": lists.map(|list| json!({
            "route": list.route.source(),
            "template": &*list.template,
            "per_page": list.arrangement.per_page,
        })).collect::<Vec<_>>(),
        "taxonomies": taxonomies.map(|taxonomy| &*taxonomy.name).collect::<Vec<_>>(),
    })
}

fn total(total: Total, expected: Option<u64>) -> Value {
    json!({
        "at_least": total.at_least(),
        "exact": matches!(total, Total::Exactly(_)),
        "expected": expected,
    })
}
