//! Downloads of assets, straight to a file.

use std::path::Path;
use std::sync::Arc;

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use tokio::io::AsyncWriteExt;

use super::{AemSource, transport};
use crate::aem::{AssetPath, Failure};
use crate::source::{AssetBody, Cause, SourceError};

impl AemSource {
    pub(super) async fn download(
        &self,
        path: &AssetPath,
        file: &Path,
    ) -> Result<AssetBody, SourceError> {
        let url = format!("{}{}", self.origin, path.request_path());
        self.download_to(&url, file)
            .await
            .map_err(|cause| SourceError {
                request: Arc::from(format!("GET {url}")),
                cause,
            })
    }

    async fn download_to(&self, url: &str, file: &Path) -> Result<AssetBody, Cause> {
        let _slot = self.slot().await?;
        let request = self.client.get(url).header(ACCEPT, "*/*");
        let mut response = request.send().await.map_err(|error| transport(&error))?;
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let content_type = header(CONTENT_TYPE);
        match response.status().as_u16() {
            200 => {}
            404 => return Err(Cause::Failure(Failure::Blocked)),
            300..400 => {
                return Err(Cause::Failure(Failure::Redirected(
                    header(LOCATION).unwrap_or_default(),
                )));
            }
            status => return Err(Cause::Failure(Failure::Status(status))),
        }
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
        self.received
            .fetch_add(size, std::sync::atomic::Ordering::Relaxed);
        Ok(AssetBody {
            hash: hasher.finalize().to_hex().to_string(),
            size,
            content_type,
        })
    }
}
