//! What a site needs of each tier (`aem-protocol.md`, sections 1.2 and 1.3).

use std::collections::BTreeSet;

use crate::aem::{Tier, ad_hoc_path, document};
use crate::config::{Config, Origin, Service};
use crate::query::{Ask, Query, QuerySet};

/// What every tier needs.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Publish, preview, author.
    pub tiers: Vec<Needs>,
}

/// What one tier needs.
#[derive(Clone, Debug)]
pub struct Needs {
    /// Which.
    pub tier: Tier,
    /// Whether it is the one that is asked.
    pub asked: bool,
    /// Its host, where the configuration names one.
    pub host: Option<String>,
    /// The kind of its credentials.
    pub auth: String,
    /// Rules of the Dispatcher's filter, as they are written there; none where no Dispatcher is.
    pub filters: Vec<String>,
    /// Whether the rules could be told from the definitions.
    pub knows_queries: bool,
    /// What else somebody has to see to.
    pub others: Vec<String>,
}

impl Deployment {
    /// What a site needs; of queries that cannot be read nothing is known.
    #[must_use]
    pub fn of(config: &Config, queries: Option<&QuerySet>) -> Self {
        let services = config.aem.services.iter();
        Self {
            tiers: services
                .map(|service| needs(config, queries, service))
                .collect(),
        }
    }
}

fn needs(config: &Config, queries: Option<&QuerySet>, service: &Service) -> Needs {
    let tier = service.tier;
    let mut others = Vec::new();
    if !service.headers.is_empty() {
        others.push(format!("headers: {}", service.headers.join(", ")));
    }
    if tier != Tier::Author {
        others.push("images: common extensions are let through by the default rules; `.webp` and `.avif` below /content/dam are not".to_owned());
    }
    let mut asked = queries.into_iter().flat_map(QuerySet::iter);
    if asked.any(|(_, query)| matches!(query.ask, Ask::OpenApi(_))) {
        others.push(match tier {
            Tier::Author => "REST delivery of fragments: not there".to_owned(),
            _ => "REST delivery of fragments: Adobe Support switches it on".to_owned(),
        });
    }
    if tier == Tier::Preview {
        others.push(
            "IP allow list: blocks everybody until it lets the machines through that build"
                .to_owned(),
        );
    }
    let mut hosts = config.aem.hosts.iter();
    let host = hosts.find(|(named, _)| *named == tier);
    let host = host.map(|(_, url)| url.origin().ascii_serialization());
    Needs {
        tier,
        asked: tier == config.aem.tier,
        host: match &config.aem.origin {
            Origin::Sandbox(_) if tier == config.aem.tier => {
                Some("the sandbox plays it".to_owned())
            }
            _ => host,
        },
        auth: auth(tier, service.auth),
        filters: match tier {
            Tier::Author => Vec::new(),
            Tier::Publish | Tier::Preview => filters(queries),
        },
        knows_queries: queries.is_some() || tier == Tier::Author,
        others,
    }
}

fn auth(tier: Tier, kind: &str) -> String {
    match (tier, kind) {
        (Tier::Author, "none") => "required: add `[aem.auth.author]`".to_owned(),
        (_, "none") => "none; for content that is not for everybody, `[aem.auth]`".to_owned(),
        (_, kind) => kind.to_owned(),
    }
}

/// Each rule once, stored queries first.
fn filters(queries: Option<&QuerySet>) -> Vec<String> {
    let Some(queries) = queries else {
        return Vec::new();
    };
    let asked: BTreeSet<(u8, String)> = queries
        .iter()
        .filter_map(|(_, query)| rule(query))
        .collect();
    let number =
        |(place, (_, rule)): (usize, &(u8, String))| format!("/0{} {{ {rule} }}", 100 + place);
    asked.iter().enumerate().map(number).collect()
}

/// The rule that lets a query through, with its place among the others.
fn rule(query: &Query) -> Option<(u8, String)> {
    let allow =
        |method: &str, url: &str| format!("/type \"allow\" /method \"{method}\" /url \"{url}\"");
    match &query.ask {
        Ask::Persisted(_) => Some((0, allow("GET", "/graphql/execute.json/*"))),
        Ask::AdHoc { configuration, .. } => Some((1, allow("POST", &ad_hoc_path(configuration)))),
        // Adobe switches it on; no rule opens it.
        Ask::OpenApi(_) => None,
        Ask::Json => {
            let written = query.variables.source(document::PATH).map(str::to_owned);
            let path = written.or_else(|| constant(query))?;
            Some((2, allow("GET", &document_url(&path))))
        }
    }
}

/// The pattern for a document's path. What is filled in is not known before.
fn document_url(path: &str) -> String {
    match path.split_once("{{") {
        None => path.to_owned(),
        Some((before, rest)) => {
            let after = rest.rsplit_once("}}").map_or("", |(_, after)| after);
            format!("{before}*{after}")
        }
    }
}

/// A path that is written out.
fn constant(query: &Query) -> Option<String> {
    let (_, json) = query
        .variables
        .iter()
        .find(|(name, _)| *name == document::PATH)?;
    serde_json::from_str(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::document_url;

    #[test]
    fn what_is_filled_in_is_anything() {
        for (path, expected) in [
            ("/content/a.json", "/content/a.json"),
            (
                "/content/{{ lang.locale }}/a.model.json",
                "/content/*/a.model.json",
            ),
            ("/content/{{ a }}/b/{{ c }}.json", "/content/*.json"),
        ] {
            assert_eq!(document_url(path), expected);
        }
    }
}
