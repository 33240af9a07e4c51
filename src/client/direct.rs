//! A host asked as it is: without a memory of earlier builds.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::AemHost;
use crate::aem::{AssetFile, Failure, Refusal};
use crate::secret::Secret;
use crate::source::{
    Answer, AssetBody, Cause, Conditions, Reply, Request, Source, SourceError, Upstream, Usage,
};

/// Every answer is AEM's own of this moment, or that of its CDN.
pub struct Direct {
    host: AemHost,
    conditions: Conditions,
}

impl Direct {
    /// Asks this host; past the CDN with something in the address that no cache has seen.
    #[must_use]
    pub fn new(host: AemHost, bypass: Option<Arc<str>>) -> Self {
        Self {
            host,
            conditions: Conditions {
                bypass,
                ..Conditions::default()
            },
        }
    }
}

/// What was sent. Nothing was said that could be "not modified".
fn sent<T>(reply: Reply<T>, request: impl FnOnce() -> String) -> Result<T, SourceError> {
    match reply {
        Reply::Sent { content, .. } => Ok(content),
        Reply::NotModified { .. } => Err(SourceError {
            request: request().into(),
            cause: Cause::Failure(Failure::Refused(Box::new(Refusal::bare(304)))),
        }),
    }
}

impl Source for Direct {
    fn usage(&self) -> Usage {
        self.host.usage()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.host.tokens()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            let reply = self.host.ask(request, &self.conditions).await?;
            let envelope = sent(reply, || self.host.describe(request))?;
            Ok(Answer::new(envelope))
        })
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(async move {
            let reply = self.host.download(path, file, &self.conditions).await?;
            sent(reply, || format!("GET {}", path.request_path()))
        })
    }
}
