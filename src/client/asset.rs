//! Downloads of assets, straight to a file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_ENCODING};
use tokio::io::AsyncWriteExt;

use super::attempt::{Attempt, asked_to_wait};
use super::authorizer::Authorization;
use super::body::{Unpacker, garbled, packing};
use super::{AemHost, Sent, UNSEEN, conditional, head, header};
use crate::aem::{AssetFile, Failure, Impostor};
use crate::source::{AssetBody, Cause, Conditions, Delivery, Reply, SourceError, Validators};

impl AemHost {
    pub(super) async fn asset(
        &self,
        path: &AssetFile,
        file: &Path,
        conditions: &Conditions,
    ) -> Result<Reply<AssetBody>, SourceError> {
        let mut url = format!("{}{}", path.origin().unwrap_or(&self.origin), path.target());
        if let Some(unseen) = &conditions.bypass {
            let sign = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{sign}{UNSEEN}={unseen}");
        }
        let url = &url;
        let once = |authorization| -> BoxFuture<'_, _> {
            Box::pin(self.asset_once(url, path, file, &conditions.unless, authorization))
        };
        self.persist(once).await.map_err(|cause| SourceError {
            request: Arc::from(format!("GET {url}")),
            cause,
        })
    }

    /// One attempt at an asset.
    async fn asset_once(
        &self,
        url: &str,
        path: &AssetFile,
        file: &Path,
        unless: &Validators,
        authorization: Authorization,
    ) -> Result<Reply<AssetBody>, Attempt> {
        let client = match path.origin() {
            None => self.transport.client(),
            Some(_) => self.transport.to_others(),
        };
        let request = client.get(url).header(ACCEPT, path.accept());
        let request = conditional::ask(request, unless);
        let mut sent = match path.origin() {
            None => self.send(request, &authorization).await?,
            Some(_) => self.send_to_others(request).await?,
        };
        if let Some(age) = conditional::not_modified(&sent.response, unless) {
            self.unchanged.fetch_add(1, Ordering::Relaxed);
            return Ok(Reply::NotModified { age });
        }
        let (validators, age) = conditional::read(&sent.response);
        let retry_after = asked_to_wait(&sent.response);
        let failure = match sent.response.status().as_u16() {
            200 => {
                let content = self.save(&mut sent, path, file).await?;
                return Ok(Reply::Sent {
                    content,
                    validators,
                    age,
                });
            }
            404 => Failure::Blocked,
            300..=303 | 305..400 => {
                let head = self.mask.answer(head(&sent.response));
                Failure::Redirected(head.location.unwrap_or_default())
            }
            _ => Failure::refused(&self.mask.answer(self.read(sent).await?)),
        };
        Err(Attempt {
            cause: Cause::Failure(failure),
            retry_after,
        })
    }

    /// Writes the body to a file; a later attempt begins it anew.
    async fn save(
        &self,
        sent: &mut Sent,
        path: &AssetFile,
        file: &Path,
    ) -> Result<AssetBody, Cause> {
        let content_type = head(&sent.response).content_type;
        let packing = packing(sent.response.headers());
        let unknown = header(&sent.response, &CONTENT_ENCODING).filter(|_| packing.is_none());
        let unknown = unknown.map(|unknown| Impostor::Packed(self.mask.text(&unknown)));
        refuse(unknown.or_else(|| Impostor::of(path.file_name(), content_type.as_deref(), None)))?;
        let disk = |error: std::io::Error| Cause::Disk(error.to_string());
        // At once, and not by another thread: that could make the file after its folder was given up.
        let output = std::fs::File::create(file).map_err(disk)?;
        let mut output = tokio::fs::File::from_std(output);
        let mut hasher = blake3::Hasher::new();
        let mut size = 0_u64;
        let mut unpacker = Unpacker::of(packing);
        let mut piece = Bytes::new();
        let mut is_over = false;
        while !is_over {
            if piece.is_empty() {
                piece = match self.chunk(sent).await? {
                    Some(piece) => piece,
                    None => {
                        is_over = true;
                        Bytes::new()
                    }
                };
            }
            let unpacked = if is_over {
                unpacker.end()
            } else {
                unpacker.next(&mut piece)
            };
            let unpacked = unpacked.map_err(|error| Cause::BrokeOff(garbled(&error)))?;
            size += unpacked.len() as u64;
            if size > self.limits.max_response {
                return Err(Cause::TooLarge(self.limits.max_response));
            }
            hasher.update(&unpacked);
            output.write_all(&unpacked).await.map_err(disk)?;
        }
        output.flush().await.map_err(disk)?;
        self.received.fetch_add(size, Ordering::Relaxed);
        refuse(Impostor::of(
            path.file_name(),
            content_type.as_deref(),
            Some(size),
        ))?;
        Ok(AssetBody {
            hash: hasher.finalize().to_hex().to_string(),
            size,
            content_type,
            delivery: Delivery::New,
        })
    }
}

/// Something on the way has made what came in the place of an asset, as it does with queries.
fn refuse(impostor: Option<Impostor>) -> Result<(), Cause> {
    match impostor {
        None => Ok(()),
        Some(impostor) => Err(Cause::Failure(Failure::NotAsset(impostor))),
    }
}
