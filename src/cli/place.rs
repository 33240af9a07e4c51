//! Folders that commands write into, held against those that a site is made from.

use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::pipeline::Inputs;

/// Refuses a folder that would become part of the site, as `what` says. What is kept there may not be meant
/// for visitors.
pub(super) fn outside_inputs(
    what: &str,
    folder: &Path,
    inputs: &Inputs,
) -> Result<(), Diagnostics> {
    let (place, cache) = (real(folder), &inputs.config.cache);
    let mut paths = inputs.paths();
    // The cache is among them: no output may lie there.
    if let Some(at) = paths.iter().rposition(|path| path == cache) {
        paths.remove(at);
    }
    let Some(input) = paths.iter().find(|input| place.starts_with(real(input))) else {
        return Ok(());
    };
    let root = &inputs.config.root;
    let shown = |path: &Path| {
        path.strip_prefix(root)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let message = format!(
        "the {what} `{}` lies inside `{}`, one of the site's inputs",
        shown(folder),
        shown(input)
    );
    Err(Diagnostic::error(Kind::Config, message)
        .note("what is in it would be read as part of the site")
        .help("name a folder outside of what the site is made from")
        .into())
}

/// Where a path really is, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let found = absolute.ancestors().find_map(|above| {
        let below = absolute.strip_prefix(above).ok()?;
        Some(above.canonicalize().ok()?.join(below))
    });
    found.unwrap_or(absolute)
}
