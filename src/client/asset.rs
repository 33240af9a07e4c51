//! Downloads of assets, straight to a file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use tokio::io::AsyncWriteExt;

use super::attempt::{Attempt, asked_to_wait};
use super::authorizer::Authorization;
use super::{AemSource, header, transport};
use crate::aem::{AssetPath, Failure};
use crate::source::{AssetBody, Cause, SourceError};

impl AemSource {
    pub(super) async fn download(
        &self,
        path: &AssetPath,
        file: &Path,
    ) -> Result<AssetBody, SourceError> {
        let url = format!("{}{}", self.origin, path.request_path());
        let url = &url;
        let once = |authorization| -> BoxFuture<'_, _> {
            Box::pin(self.download_once(url, file, authorization))
        };
        self.persist(once).await.map_err(|cause| SourceError {
            request: Arc::from(format!("GET {url}")),
            cause,
        })
    }

    /// One attempt at an asset.
    async fn download_once(
        &self,
        url: &str,
        file: &Path,
        authorization: Authorization,
    ) -> Result<AssetBody, Attempt> {
        let request = self.client.get(url).header(ACCEPT, "*/*");
        let mut response = self.send(request, &authorization).await?;
        let retry_after = asked_to_wait(&response);
        let failure = match response.status().as_u16() {
            200 => return Ok(self.save(&mut response, file).await?),
            404 => Failure::Blocked,
            300..400 => Failure::Redirected(header(&response, &LOCATION).unwrap_or_default()),
            status => Failure::Status(status),
        };
        Err(Attempt {
            cause: Cause::Failure(failure),
            retry_after,
        })
    }

    /// Writes the body to a file; a later attempt begins it anew.
    async fn save(&self, response: &mut Response, file: &Path) -> Result<AssetBody, Cause> {
        let content_type = header(response, &CONTENT_TYPE);
        let disk = |error: std::io::Error| Cause::Disk(error.to_string());
        let mut output = tokio::fs::File::create(file).await.map_err(disk)?;
        let mut hasher = blake3::Hasher::new();
        let mut size = 0_u64;
        while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
            size += chunk.len() as u64;
            if size > self.limits.max_response {
                return Err(Cause::TooLarge(self.limits.max_response));
            }
            hasher.update(&chunk);
            output.write_all(&chunk).await.map_err(disk)?;
        }
        output.flush().await.map_err(disk)?;
        self.received.fetch_add(size, Ordering::Relaxed);
        Ok(AssetBody {
            hash: hasher.finalize().to_hex().to_string(),
            size,
            content_type,
        })
    }
}
