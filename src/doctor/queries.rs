//! Each query, asked for a little.

use super::check::{Group, Sheet};
use super::probing::Probing;
use crate::config::Config;
use crate::diag::{Diagnostic, Kind};
use crate::fetch::plan::{Asked, Plan, Planned};
use crate::fetch::taste::{Taste, Taster};
use crate::query::{Query, QuerySet};

pub(super) async fn check(
    config: &Config,
    queries: &QuerySet,
    probing: &Probing<'_>,
    sheet: &mut Sheet,
) {
    let plan = Plan::of(config, queries);
    let mut taster = Taster::new(config, queries, probing);
    for planned in plan.steps().flatten() {
        let query = queries.get(planned.query);
        if let Some(why) = probing.stop() {
            sheet.skipped(Group::Queries, &query.name, why);
            continue;
        }
        let tastes = taster.taste(planned).await;
        sheet.requests(probing.lines());
        report(config, queries, planned, &tastes, sheet);
    }
}

fn report(
    config: &Config,
    queries: &QuerySet,
    planned: &Planned,
    tastes: &[Taste],
    sheet: &mut Sheet,
) {
    let query = queries.get(planned.query);
    if let (
        Asked::ForEach {
            query: followed, ..
        },
        [],
    ) = (&planned.asked, tastes)
    {
        let name = &queries.get(*followed).name;
        let why = format!("`{name}` brings no item that it could be asked for");
        return sheet.skipped(Group::Queries, &query.name, why);
    }
    let code = |taste: &Taste| config.languages.get(taste.language).code.clone();
    let many = tastes.len() > 1;
    let mut good = Vec::new();
    for taste in tastes {
        let subject = match many {
            true => format!("{} ({})", query.name, code(taste)),
            false => query.name.to_string(),
        };
        match &taste.items {
            Err(diagnostic) => sheet.found(Group::Queries, &subject, diagnostic.clone()),
            // Which fragments of a list are meant is known only when they have come.
            Ok(items) if items.is_empty() && query.min_items > 0 && query.model.is_none() => {
                sheet.found(Group::Queries, &subject, empty(query));
            }
            Ok(_) => good.push(taste),
        }
    }
    let Some(first) = good.first() else { return };
    let brings = |taste: &&Taste| taste.items.as_ref().is_ok_and(|items| !items.is_empty());
    let items = match good.iter().all(brings) {
        true => "items come",
        false => "answers; items need not come",
    };
    let text = match (&planned.asked, &first.asked_for) {
        (Asked::InEach(_), _) => {
            let codes: Vec<String> = good.iter().map(|taste| code(taste)).collect();
            format!("{items} in {}", codes.join(", "))
        }
        (Asked::ForEach { .. }, Some(parent)) => format!("{items} for {parent}"),
        _ => items.to_owned(),
    };
    sheet.good(Group::Queries, &query.name, text);
}

/// A build would stop at this.
fn empty(query: &Query) -> Diagnostic {
    let message = format!("{} answers without items", query.describe());
    Diagnostic::warning(Kind::Guard, message)
        .at(query.location())
        .note(format!(
            "a build stops when fewer than {} come",
            query.min_items
        ))
        .note("AEM leaves out without a word what is not published or may not be read")
        .help("publish the content; or set `min_items = 0`, if none is right")
}
