//! Whether a build brought far less than those before it.

use std::collections::BTreeSet;

use super::history::{History, Past};
use super::measure::{Key, Measure, Share};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::query::{Ask, Query, QuerySet};

/// How many items must be missing, or have lost a field, before the guard says a word. One of three people
/// who leaves, or the subtitle that somebody clears on the only home page, is an edit and no accident.
const FEWEST: u64 = 2;

/// How many fields are listed one by one.
const LISTED: usize = 8;

/// How a build is judged.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The configuration with `[guard]`.
    pub config: &'a Config,
    /// The definitions.
    pub queries: &'a QuerySet,
    /// `--accept-shrink`: definitions of which less may come this time.
    pub accepted: &'a [String],
}

/// What the guard says.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What stops the build.
    pub found: Diagnostics,
    /// What would have, and was accepted.
    pub let_through: BTreeSet<Key>,
    /// What to say about what was accepted, a line each.
    pub remarks: Vec<String>,
}

/// Holds what a build brought against what earlier ones did.
#[must_use]
pub fn judge(policy: &Policy<'_>, measures: &[Measure], history: &History) -> Judgement {
    let mut judgement = Judgement::default();
    for measure in measures {
        let Some(id) = policy.queries.find(&measure.key.query) else {
            continue;
        };
        let query = policy.queries.get(id);
        let past = history.of(&measure.key);
        let found: Vec<Diagnostic> = [
            shrunk(policy, query, measure, past),
            emptied(policy, query, measure, past),
        ]
        .into_iter()
        .flatten()
        .collect();
        if found.is_empty() {
            continue;
        }
        if policy.accepted.iter().any(|name| **name == *query.name) {
            judgement.let_through.insert(measure.key.clone());
            let lines = found.iter().map(|d| format!("let through: {}", d.message));
            judgement.remarks.extend(lines);
        } else {
            found.into_iter().for_each(|d| judgement.found.push(d));
        }
    }
    for name in policy.accepted {
        if !judgement.let_through.iter().any(|key| key.query == *name) {
            let line = format!("`--accept-shrink {name}` had nothing to let through");
            judgement.remarks.push(line);
        }
    }
    judgement
}

/// Fewer items than the share of the highest count that must come.
fn shrunk(
    policy: &Policy<'_>,
    query: &Query,
    measure: &Measure,
    past: &[Past],
) -> Option<Diagnostic> {
    // Reported where it was found; here it would be said twice.
    if measure.items < query.min_items {
        return None;
    }
    // Of equal ones the latest: that is when it was still right.
    let highest = past.iter().max_by_key(|past| past.items)?;
    let ratio = policy.config.guard.min_items_ratio;
    let least = ratio * highest.items as f64;
    // Whole items decide, not the last bit of a float.
    let enough = measure.items as f64 + 1e-6 >= least;
    let edited = measure.items > 0 && measure.items + FEWEST > highest.items;
    if enough || edited {
        return None;
    }
    let language = language(policy, measure);
    let (items, before) = (plural(measure.items, "item"), highest.items);
    let message = format!(
        "the query `{}` brought {items}{language}, down from {before}",
        query.name
    );
    let needed = (least.ceil() as u64).min(before.saturating_sub(1)).max(1);
    Some(
        Diagnostic::error(Kind::Guard, message)
            .at(query.location())
            .note(format!(
                "{before} came in the build of {}, the highest of the last {}; fewer than {needed} stop a build",
                highest.built,
                plural(past.len() as u64, "build"),
            ))
            .note("publishing would leave a hollow site; the output stays as it was")
            .note("AEM leaves out without a word what is not published or may not be read (a folder, a model, a locale)")
            .help(accept(query))
            .help(format!("a build must bring {ratio} of the highest count: `min_items_ratio` in `[guard]`")),
    )
}

/// Fields that are empty in many more of the items than before.
fn emptied(
    policy: &Policy<'_>,
    query: &Query,
    measure: &Measure,
    past: &[Past],
) -> Option<Diagnostic> {
    let rise = policy.config.guard.null_share_rise;
    let mut fields = measure.fields.clone();
    if matches!(query.ask, Ask::OpenApi(_)) {
        // A field that has no value in any fragment has not come at all.
        let all = Share {
            empty: measure.items,
            of: measure.items,
        };
        for name in past.iter().flat_map(|past| past.fields.keys()) {
            fields.entry(name.clone()).or_insert(all);
        }
    }
    let lines: Vec<String> = fields
        .iter()
        .filter_map(|(name, share)| {
            let (before, built) = emptiest(past, name)?;
            let more = share.empty as f64 - before.value() * share.of as f64;
            let jumped = share.value() - before.value() > rise && more >= FEWEST as f64;
            let before = match before.empty {
                0 => "it was in none before".to_owned(),
                empty => format!("the most before was {empty} of {} ({built})", before.of),
            };
            jumped.then(|| {
                format!(
                    "`{name}` is empty in {} of {} items; {before}",
                    share.empty, share.of
                )
            })
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let fields = match lines.len() {
        1 => "a field".to_owned(),
        n => format!("{n} fields"),
    };
    let message = format!(
        "{fields} of the query `{}`{} came empty far more often than before",
        query.name,
        language(policy, measure),
    );
    let mut diagnostic = Diagnostic::error(Kind::Guard, message).at(query.location());
    for line in lines.iter().take(LISTED) {
        diagnostic = diagnostic.note(line);
    }
    if let Some(more @ 1..) = lines.len().checked_sub(LISTED) {
        diagnostic = diagnostic.note(format!("and {more} more"));
    }
    Some(
        diagnostic
            .note("AEM answers null for what it could not read, such as a reference to something that is not published")
            .help(accept(query))
            .help(format!("the share may rise by {rise}: `null_share_rise` in `[guard]`")),
    )
}

/// The highest share of empty ones that a field ever had, and when. `None` for a field nobody has seen.
fn emptiest<'p>(past: &'p [Past], name: &str) -> Option<(Share, &'p str)> {
    let shares = past.iter().filter_map(|past| {
        let share = past.fields.get(name)?;
        Some((*share, past.built.as_str()))
    });
    shares.max_by(|(a, _), (b, _)| a.value().total_cmp(&b.value()))
}

fn accept(query: &Query) -> String {
    format!(
        "if that is right, build once with `--accept-shrink {}`; later builds are held against what this one brings",
        query.name
    )
}

/// ` in the language …`, where there are several.
fn language(policy: &Policy<'_>, measure: &Measure) -> String {
    if policy.config.languages.iter().nth(1).is_none() {
        return String::new();
    }
    format!(" in the language `{}`", measure.key.language)
}

fn plural(count: u64, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}
