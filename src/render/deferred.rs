//! Rendered pages that wait for their assets.
//!
//! They are kept in one temporary file once they no longer fit a modest amount of memory: a site's pages
//! together can be larger than memory, and writing them one after the other costs little.

use std::io::{Read, Seek, SeekFrom, Write};

use rayon::prelude::*;
use tempfile::SpooledTempFile;

use super::Output;
use crate::artifact::{Artifact, Body};
use crate::asset::{Replacements, has_stand_in};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};

/// Bytes kept in memory before a file is used.
const IN_MEMORY: usize = 32 << 20;

/// Pages taken back at once, to be finished in parallel.
const BATCH: usize = 256;

/// Pages put aside, in the order they were rendered in.
pub struct Deferred {
    spool: SpooledTempFile,
    pages: Vec<(Artifact, usize)>,
}

impl Default for Deferred {
    fn default() -> Self {
        Self {
            spool: SpooledTempFile::new(IN_MEMORY),
            pages: Vec::new(),
        }
    }
}

impl Deferred {
    /// Puts a page aside. The artifact's own body is replaced when it is taken back.
    pub(super) fn add(&mut self, artifact: Artifact, body: &[u8]) -> Result<(), Diagnostics> {
        self.spool.write_all(body).map_err(|error| disk(&error))?;
        self.pages.push((artifact, body.len()));
        Ok(())
    }

    /// Hands all pages on, with what is known now.
    ///
    /// # Errors
    /// When pages cannot be read back or kept.
    pub fn finish(
        mut self,
        replacements: &Replacements,
        output: &dyn Output,
    ) -> Result<(), Diagnostics> {
        self.spool
            .seek(SeekFrom::Start(0))
            .map_err(|error| disk(&error))?;
        let mut pages = self.pages.into_iter();
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            for (artifact, length) in pages.by_ref().take(BATCH) {
                let mut body = vec![0; length];
                self.spool
                    .read_exact(&mut body)
                    .map_err(|error| disk(&error))?;
                batch.push((artifact, body));
            }
            if batch.is_empty() {
                return Ok(());
            }
            batch.into_par_iter().try_for_each(|(mut artifact, body)| {
                let body = replacements.apply(&body);
                if has_stand_in(&body) {
                    return Err(altered(&artifact));
                }
                artifact.body = Body::Bytes(body);
                output.page(artifact)
            })?;
        }
    }
}

/// An address that went through a filter which changed its letters.
fn altered(artifact: &Artifact) -> Diagnostics {
    let item = artifact.provenance.item.as_deref().unwrap_or("a list");
    let diagnostic = Diagnostic::error(Kind::Content, format!("`{}` holds an asset's address that was changed after `asset()` or `image()` gave it", artifact.path))
        .note("what follows from the asset's content is filled in after rendering; a filter such as `upper` makes it unrecognisable")
        .note(format!("the page shows {item}"))
        .help("print what they give as it is");
    match &artifact.provenance.template {
        Some(template) => diagnostic.at(Location::file(format!("templates/{template}"))),
        None => diagnostic,
    }
    .into()
}

fn disk(error: &std::io::Error) -> Diagnostics {
    Diagnostic::error(
        Kind::Config,
        format!("rendered pages could not be kept in a temporary file: {error}"),
    )
    .help("make room in the system's temporary folder, or point TMPDIR elsewhere")
    .into()
}
