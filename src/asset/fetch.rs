//! The asset step: everything pages asked for, each downloaded once.

use std::path::Path;
use std::sync::Arc;

use futures::stream::{self, StreamExt};

use super::{AssetRequest, Fingerprints};
use crate::artifact::{Artifact, ArtifactKind, Body, Provenance};
use crate::config::Aem;
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned};
use crate::explain::{Subject, explain, explain_stale};
use crate::progress::{Progress, Stage};
use crate::source::{Delivery, Source};

/// Downloads prepared at once; how many are really in flight is the source's to bound. As with queries, one
/// that is waited for holds back those behind it.
const AHEAD: usize = 512;

/// Failures of AEM after which the rest is not asked for: one in trouble is left alone.
const LISTED: usize = 5;

/// Downloads assets into `folder` and hands each to `done` as an artifact.
///
/// # Errors
/// Every asset that could not be had, or that is not what its name says.
pub async fn fetch(
    source: &dyn Source,
    aem: &Aem,
    requests: &[AssetRequest],
    folder: &Path,
    progress: &dyn Progress,
    mut done: impl FnMut(Artifact) -> Result<(), Diagnostics>,
) -> Result<Warned<Fingerprints>, Diagnostics> {
    progress.start(Stage::Assets, Some(requests.len() as u64));
    let mut found = Diagnostics::new();
    let mut fingerprints = Fingerprints::default();
    let mut taken = std::collections::HashSet::new();
    let mut remote = 0;
    let downloads = stream::iter(requests.iter().enumerate())
        .map(|(number, request)| async move {
            let file = folder.join(number.to_string());
            let body = source.asset(&request.path, &file).await;
            (request, file, body)
        })
        // In the order of their paths, so that reports do not depend on the network.
        .buffered(AHEAD);
    let mut downloads = std::pin::pin!(downloads);
    while let Some((request, file, body)) = downloads.next().await {
        progress.advance(Stage::Assets, 1);
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                let subject = Subject::asset(request.path.as_str());
                let problem = explain(&subject, &error, aem);
                remote += usize::from(problem.kind == Kind::Remote);
                found.push_merged(problem);
                if remote >= LISTED {
                    break;
                }
                continue;
            }
        };
        if let Delivery::Stale { age, cause } = &body.delivery {
            let subject = Subject::asset(request.path.as_str());
            found.push_merged(explain_stale(&subject, *age, (**cause).clone(), aem));
        }
        fingerprints.insert(request, &body.hash);
        let path = request.output(&body.hash).map_err(|why| {
            Diagnostic::error(
                Kind::Content,
                format!("the asset {} has no usable name: {why}", request.path),
            )
        })?;
        // Two assets with one name and one content are one file.
        if taken.insert(path.clone()) {
            let provenance = Provenance {
                item: Some(Arc::from(request.path.as_str())),
                ..Provenance::default()
            };
            done(Artifact {
                path,
                body: Body::File(file),
                kind: ArtifactKind::Asset,
                provenance,
            })?;
        }
    }
    if !found.has_errors() {
        progress.finish(Stage::Assets);
    }
    found.finish(fingerprints)
}
