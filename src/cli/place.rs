//! What commands write, held against what a site is made from and what is made of it.

use std::path::{Component, Path, PathBuf};

use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::output;
use crate::pipeline::Inputs;

/// Refuses a folder that would become part of the site, as `what` says. What is kept there may not be meant
/// for visitors.
pub(super) fn outside_inputs(
    what: &str,
    folder: &Path,
    inputs: &Inputs,
) -> Result<(), Diagnostics> {
    let root = &inputs.config.root;
    let Some(input) = enclosing(&real(folder), &read(inputs)) else {
        return Ok(());
    };
    let message = format!(
        "the {what} `{}` lies inside `{}`, one of the site's inputs",
        shown(folder, root),
        shown(&input, root)
    );
    Err(Diagnostic::error(Kind::Config, message)
        .note("what is in it would be read as part of the site")
        .help("name a folder outside of what the site is made from")
        .into())
}

/// What a site is made from and what is made of it, as far as that is known.
pub(super) struct Site<'a> {
    /// Its folder.
    pub(super) root: &'a Path,
    /// The configuration's file.
    pub(super) file: &'a Path,
    /// What is read.
    pub(super) inputs: Vec<PathBuf>,
    /// Where the site goes.
    pub(super) output: &'a Path,
}

/// Refuses a place for a report in which visitors would find it, or where it would be read.
pub(super) fn report_outside(report: &Path, site: &Site<'_>) -> Result<(), Diagnostic> {
    let place = real_file(report);
    let folder = place.parent().unwrap_or(&place);
    let is_output = |folder: &&Path| folder.join(output::MANIFEST).is_file();
    // An output folder of earlier builds is one even where no configuration says so.
    let output = enclosing(&place, &[site.output.to_path_buf()])
        .or_else(|| folder.ancestors().find(is_output).map(Path::to_path_buf));
    let (root, name) = (site.root, report.display());
    let refused = |message: String, note: &str| {
        let diagnostic = Diagnostic::error(Kind::Config, message).note(note);
        Err(diagnostic.help("name a file elsewhere with `--report FILE`"))
    };
    if let Some(output) = output {
        let output = shown(&output, root);
        return refused(
            format!("the report `{name}` lies inside the output folder `{output}`"),
            "it tells what visitors are not to know, and is not part of the site",
        );
    }
    if let Some(input) = enclosing(&place, &site.inputs) {
        let input = shown(&input, root);
        return refused(
            format!("the report `{name}` lies inside `{input}`, one of the site's inputs"),
            "it would be read as part of the site",
        );
    }
    if place == real_file(site.file) {
        return refused(
            format!("the report `{name}` is the configuration of the site"),
            "it would be overwritten",
        );
    }
    Ok(())
}

/// The files and folders that are read, but for the cache: no output may lie there, anything else may.
pub(super) fn read(inputs: &Inputs) -> Vec<PathBuf> {
    let mut paths = inputs.paths();
    if let Some(at) = paths.iter().rposition(|path| *path == inputs.config.cache) {
        paths.remove(at);
    }
    paths
}

/// The one of these folders that a real path lies in.
fn enclosing(place: &Path, folders: &[PathBuf]) -> Option<PathBuf> {
    let around = |folder: &&PathBuf| place.starts_with(real(folder));
    folders.iter().find(around).cloned()
}

fn shown(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.display().to_string()
}

/// Where a file really is, or would be written: in the place of a link, not where it leads.
fn real_file(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) => real(folder).join(name),
        _ => absolute,
    }
}

/// Where a path really is, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let found = absolute.ancestors().find_map(|above| {
        let below = absolute.strip_prefix(above).ok()?;
        Some(joined(above.canonicalize().ok()?, below))
    });
    found.unwrap_or(absolute)
}

/// A path below another, where `..` leads back: no link can be in what is not there yet.
fn joined(mut path: PathBuf, below: &Path) -> PathBuf {
    for part in below.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}
