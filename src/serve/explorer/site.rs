//! The site as a whole.

use serde_json::{Value, json};

use crate::config::{Config, Origin};
use crate::fetch::Account;
use crate::guard::Mask;
use crate::serve::{Moment, Snapshot};
use crate::source::Cost;

/// The present moment; `site` is null before the first one could be made.
pub(super) fn tell(moment: &Moment) -> Value {
    let (errors, _) = moment.problems.counts();
    let (_, warnings) = moment.warnings.counts();
    json!({
        "frieze": env!("CARGO_PKG_VERSION"),
        "moment": moment.number,
        "working": moment.working,
        "errors": errors,
        "warnings": warnings,
        "site": moment.site.as_deref().map(about),
    })
}

fn about(snapshot: &Snapshot) -> Value {
    let site = &**snapshot.site();
    let config = &site.config;
    let rendered = snapshot.rendered();
    let failed = rendered
        .iter()
        .filter(|(_, shown)| shown.problems.has_errors());
    let mut told = json!({
        "snapshot": snapshot.number(),
        "title": config.title,
        "home": config.base_url.url("/"),
        "base_url": config.base_url.as_text(),
        "environment": config.environment,
        "tier": config.aem.tier.name(),
        "origin": origin(config),
        "languages": languages(config),
        "definitions": site.queries.len(),
        "items": site.store.len(),
        "pages": site.routes.pages().len(),
        "redirects": site.routes.redirects().len(),
        "rendered": rendered.len(),
        "failed": failed.count(),
        "content": content(snapshot.account()),
    });
    Mask::of(config, Vec::new()).json(&mut told);
    told
}

/// Who answers.
fn origin(config: &Config) -> Value {
    let kind = match &config.aem.origin {
        Origin::Host(_) => "host",
        Origin::Sandbox(_) => "sandbox",
    };
    let name = config.aem.origin.name(&config.root);
    let name = name.strip_prefix("sandbox:").unwrap_or(&name);
    json!({ "kind": kind, "name": name, "auth": config.aem.auth.kind() })
}

fn languages(config: &Config) -> Value {
    let languages = config.languages.iter().map(|(id, language)| {
        json!({
            "code": language.code,
            "name": language.name,
            "home": config.base_url.url(&config.languages.route(id, "/")),
            "default": id == config.languages.default_id(),
        })
    });
    languages.collect()
}

/// What it took to get the content, and how old it was.
fn content(account: &Account) -> Value {
    let costs: Vec<_> = account
        .asked()
        .into_iter()
        .map(|asked| asked.cost)
        .collect();
    let sum = |count: fn(&Cost) -> u64| costs.iter().map(count).sum::<u64>();
    json!({
        "requests": sum(|cost| cost.requests),
        "retries": sum(|cost| cost.retries),
        "bytes": sum(|cost| cost.bytes),
        "age": costs.iter().filter_map(|cost| cost.age).max().map(|age| age.as_secs()),
        "answers": {
            "new": sum(|cost| cost.new),
            "unchanged": sum(|cost| cost.unchanged),
            "kept": sum(|cost| cost.kept),
            "stale": sum(|cost| cost.stale),
        },
    })
}
