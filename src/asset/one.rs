//! One file of AEM, when a browser asks for it.

use std::path::{Path, PathBuf};

use super::fetch::unfit;
use super::pending::{Instead, PendingFile};
use super::{image, placeholder, svg};
use crate::aem::AssetFile;
use crate::artifact::Body;
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::explain::{Subject, explain};
use crate::source::{AssetBody, Source};

/// A file that is there.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Where it lies.
    pub file: PathBuf,
    /// Its media type.
    pub media_type: String,
}

/// What a browser is told about a file of which AEM says nothing.
const UNKNOWN: &str = "application/octet-stream";

/// Downloads a file to `place`, or what is shown instead of it. It has to be what a build would take.
///
/// # Errors
/// Why it cannot be had, or cannot be part of the site.
pub async fn fetch_one(
    source: &dyn Source,
    config: &Config,
    pending: &PendingFile,
    place: &Path,
) -> Result<Shown, Diagnostics> {
    let wanted = &pending.file;
    let error = match source.asset(wanted, place).await {
        Ok(body) => return had(pending.is_picture, wanted, &body, place),
        Err(error) => error,
    };
    match &pending.instead {
        Instead::File(other, size) if error.cause.misses() => {
            let other = PendingFile {
                file: other.clone(),
                instead: Instead::area(config, *size),
                ..pending.clone()
            };
            Box::pin(fetch_one(source, config, &other, place)).await
        }
        Instead::Area(size) if error.cause.misses() => {
            let image = placeholder::image(*size).map_err(|why| unwritable(place, &why))?;
            if let Body::Bytes(bytes) = &image.body {
                std::fs::write(place, bytes).map_err(|why| unwritable(place, &why))?;
            }
            Ok(Shown {
                file: place.to_path_buf(),
                media_type: image.seen.kind.media_type().to_owned(),
            })
        }
        _ => Err(explain(&Subject::asset(&wanted.to_string()), &error, &config.aem).into()),
    }
}

fn had(
    is_picture: bool,
    wanted: &AssetFile,
    body: &AssetBody,
    place: &Path,
) -> Result<Shown, Diagnostics> {
    let sent = body.content_type.as_deref();
    let media_type = match is_picture {
        true => image::look(place).map(|seen| seen.kind.media_type().to_owned()),
        false => svg::check_file(place, sent, wanted.file_name())
            .map(|()| sent.unwrap_or(UNKNOWN).to_owned()),
    };
    let media_type = media_type.map_err(|why| unfit(wanted, &why))?;
    Ok(Shown {
        file: place.to_path_buf(),
        media_type,
    })
}

fn unwritable(place: &Path, why: &dyn std::fmt::Display) -> Diagnostics {
    let message = format!("{} cannot be written: {why}", place.display());
    Diagnostic::error(Kind::Config, message)
        .help("make room in the system's temporary folder, or point TMPDIR elsewhere")
        .into()
}
