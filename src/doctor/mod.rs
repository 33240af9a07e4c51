//! Looks at the way to AEM, piece by piece: what is well, what is not, why, and what to do about it.
//!
//! [`examine`] goes from the outside in: the host, who we are to it, each query, and what its answers say
//! about caches, paths and pictures. A check that makes no sense any more is skipped, and says why. What
//! it finds is a list of [`Check`]s and the [`Deployment`] that the site needs; [`Examination::text`] and
//! [`Examination::json`] write it down. Nothing here asks twice: what AEM does once is what it does.

mod answers;
mod check;
mod clock;
mod deployment;
mod host;
mod identity;
mod images;
mod json;
mod paths;
mod probing;
mod queries;
mod text;

use url::Url;

pub use check::{Check, Group, Outcome};
pub use deployment::{Deployment, Needs};
pub use text::Style;

use crate::client::AemHost;
use crate::config::{Aem, Auth, Config};
use crate::diag::Diagnostics;
use crate::query::QuerySet;

use check::Sheet;
use probing::Probing;

/// Whose way to AEM is looked at.
pub struct Patient<'a> {
    /// The site's configuration.
    pub config: &'a Config,
    /// Its definitions, or what is wrong with them.
    pub queries: Result<&'a QuerySet, &'a Diagnostics>,
    /// The host, or the sandbox that stands in for it.
    pub origin: &'a Url,
}

/// What was found.
pub struct Examination {
    /// In the order in which it was looked at.
    pub checks: Vec<Check>,
    /// What each tier needs.
    pub deployment: Deployment,
}

impl Examination {
    /// Everything that has to be mended.
    #[must_use]
    pub fn failures(&self) -> Diagnostics {
        let failures = self.checks.iter().filter_map(|check| match &check.outcome {
            Outcome::Failure(diagnostic) => Some((**diagnostic).clone()),
            Outcome::Good(_) | Outcome::Warning(_) | Outcome::Skipped(_) => None,
        });
        failures.collect()
    }
}

/// Looks at everything.
pub async fn examine(patient: &Patient<'_>) -> Examination {
    let mut sheet = Sheet::default();
    definitions(patient, &mut sheet);
    walk(patient, &mut sheet).await;
    Examination {
        checks: sheet.finish(),
        deployment: Deployment::of(patient.config, patient.queries.ok()),
    }
}

/// What is wrong with the site itself.
fn definitions(patient: &Patient<'_>, sheet: &mut Sheet) {
    match patient.queries {
        Ok(queries) => {
            let text = match queries.len() {
                1 => "1 query".to_owned(),
                number => format!("{number} queries"),
            };
            sheet.good(Group::Site, "definitions", text);
            for warning in crate::fetch::plan::warnings(patient.config, queries).iter() {
                sheet.found(Group::Site, "definitions", warning.clone());
            }
        }
        Err(found) => {
            for diagnostic in found.iter() {
                sheet.found(Group::Site, "definitions", diagnostic.clone());
            }
        }
    }
}

/// From the outside in, as far as there is a way.
async fn walk(patient: &Patient<'_>, sheet: &mut Sheet) {
    let config = patient.config;
    let is_over = identity::is_over(&config.aem.auth);
    // The host can be looked at without a token that is no good.
    let aem = Aem {
        auth: if is_over {
            Auth::None
        } else {
            config.aem.auth.clone()
        },
        ..config.aem.clone()
    };
    let aem_host = match AemHost::new(patient.origin, &aem, &config.fetch) {
        // That a token ends soon is told of where it is looked at.
        Ok(host) => host.value,
        Err(diagnostic) => {
            sheet.found(Group::Host, "client", diagnostic);
            sheet.skip_rest("there is no way to ask");
            return;
        }
    };
    let probing = Probing::new(&aem_host);
    if !host::connects(patient, &aem_host, sheet).await {
        sheet.skip_rest("there is no connection");
        return;
    }
    if !identity::check(&config.aem, &aem_host, sheet).await {
        host::answers(patient, None, sheet).await;
        sheet.skip_rest("there is nothing to say who we are with");
        return;
    }
    let answers = host::answers(patient, Some(&probing), sheet).await;
    clock::check(config, &probing, sheet);
    if !answers {
        sheet.skip_rest("the host does not answer as AEM does");
        return;
    }
    let Ok(site) = patient.queries else {
        sheet.skip_rest("the definitions have mistakes");
        return;
    };
    queries::check(config, site, &probing, sheet).await;
    answers::check(config, &probing, sheet);
    paths::check(&probing, sheet).await;
    images::check(config, &probing, sheet).await;
}
