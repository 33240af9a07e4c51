//! Assets: as answers, but in files.

use std::path::Path;

use super::{CachedSource, Known, unasked};
use crate::aem::AssetPath;
use crate::cache::{Key, Record};
use crate::source::{AssetBody, Conditions, Delivery, Reply, SourceError, Upstream, Validators};

impl CachedSource {
    pub(super) async fn fetch_asset(
        &self,
        path: &AssetPath,
        file: &Path,
    ) -> Result<AssetBody, SourceError> {
        let known = &self.known_asset(path);
        let Some(upstream) = self.upstream.as_deref() else {
            let copy = known.record.as_ref();
            let copy = copy.and_then(|record| self.copy(record, file, Delivery::Kept));
            return copy.ok_or_else(|| self.missing(path.to_string()));
        };
        match self.consult_asset(upstream, path, file, known).await {
            Ok(Reply::NotModified { .. }) => {
                self.confirmed_asset(upstream, path, file, known).await
            }
            Ok(Reply::Sent {
                content,
                validators,
                ..
            }) => Ok(self.keep_asset(known, content, validators, file, describe(path))),
            Err(error) => self.stand_in(known, error, |record, delivery| {
                self.copy(record, file, delivery)
            }),
        }
    }

    /// Whether an asset has a hash, without reading it if AEM does not send it.
    pub(super) async fn check_asset(
        &self,
        path: &AssetPath,
        hash: &str,
        file: &Path,
    ) -> Result<bool, SourceError> {
        let known = &self.known_asset(path);
        let Some(record) = known.record.as_ref().filter(|record| record.hash == hash) else {
            return Ok(false);
        };
        let Some(upstream) = self.upstream.as_deref() else {
            return Ok(true);
        };
        match self.consult_asset(upstream, path, file, known).await? {
            Reply::NotModified { .. } => {
                self.remember(&known.key, record.clone());
                Ok(true)
            }
            Reply::Sent {
                content,
                validators,
                ..
            } => {
                let kept = self.keep_asset(known, content, validators, file, describe(path));
                Ok(kept.hash == hash)
            }
        }
    }

    fn known_asset(&self, path: &AssetPath) -> Known {
        let key = Key::of_asset(&self.realm, path);
        let record = self.cache.records.find(&key);
        Known { key, record }
    }

    async fn consult_asset(
        &self,
        upstream: &dyn Upstream,
        path: &AssetPath,
        file: &Path,
        known: &Known,
    ) -> Result<Reply<AssetBody>, SourceError> {
        let unless = known.record.as_ref().map(Record::validators);
        let ask = |conditions: Conditions| async move {
            upstream.download(path, file, &conditions).await
        };
        self.recent(unless.unwrap_or_default(), ask, || describe(path))
            .await
    }

    /// AEM says that what is kept is right.
    async fn confirmed_asset(
        &self,
        upstream: &dyn Upstream,
        path: &AssetPath,
        file: &Path,
        known: &Known,
    ) -> Result<AssetBody, SourceError> {
        if let Some(record) = &known.record
            && let Some(body) = self.copy(record, file, Delivery::Unchanged)
        {
            self.remember(&known.key, record.clone());
            return Ok(body);
        }
        // The file is damaged or gone: then it is wanted after all.
        let nothing = Known {
            key: known.key,
            record: None,
        };
        match self.consult_asset(upstream, path, file, &nothing).await? {
            Reply::Sent {
                content,
                validators,
                ..
            } => Ok(self.keep_asset(known, content, validators, file, describe(path))),
            Reply::NotModified { .. } => Err(unasked(describe(path))),
        }
    }

    fn keep_asset(
        &self,
        known: &Known,
        body: AssetBody,
        validators: Validators,
        file: &Path,
        request: String,
    ) -> AssetBody {
        let prepared = self.cache.prepare();
        let kept = prepared.and_then(|()| self.cache.bodies.keep_file(&body.hash, file));
        let kind = body.content_type.clone();
        let record = Record::new(request, &body.hash, body.size, kind, validators);
        self.remember_kept(kept, &known.key, record);
        AssetBody {
            delivery: known.delivery(&body.hash),
            ..body
        }
    }

    /// An asset from what is kept.
    fn copy(&self, record: &Record, file: &Path, delivery: Delivery) -> Option<AssetBody> {
        let copied = self.cache.bodies.copy(record, file).unwrap_or(false);
        copied.then(|| AssetBody {
            hash: record.hash.clone(),
            size: record.size,
            content_type: record.content_type.clone(),
            delivery,
        })
    }
}

fn describe(path: &AssetPath) -> String {
    format!("GET {}", path.request_path())
}
