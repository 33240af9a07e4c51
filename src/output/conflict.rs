//! Artifacts that cannot exist together: two at one path, two whose paths differ only in case (one
//! file on many a file system), one at the folder of another.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::artifact::{ArtifactKind, OutputPath, Provenance};
use crate::diag::{Diagnostic, Diagnostics, Kind};

/// How many of several claims are named.
const NAMED: usize = 5;

/// A path that an artifact wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    /// The path.
    pub(super) path: &'a OutputPath,
    /// The part the artifact plays.
    pub(super) kind: ArtifactKind,
    /// Where it came from.
    pub(super) provenance: &'a Provenance,
}

/// Finds all conflicts among the claims.
pub(super) fn check<'a>(claims: impl Iterator<Item = Claim<'a>>) -> Diagnostics {
    let mut keyed: Vec<(Cow<'_, str>, Claim<'_>)> =
        claims.map(|claim| (key(claim.path), claim)).collect();
    keyed.sort_by(|a, b| compare(&a.0, &b.0).then_with(|| a.1.path.cmp(b.1.path)));
    let mut found = Diagnostics::new();
    let mut holder: Option<(&str, Vec<&OutputPath>, Claim<'_>)> = None;
    for group in keyed.chunk_by(|a, b| a.0 == b.0) {
        let (key, claim) = &group[0];
        if group.len() > 1 {
            found.push(several(group));
        }
        // A folder's files are sorted directly behind the folder's own name.
        match &mut holder {
            Some((at, below, _)) if is_below(key, at) => below.push(claim.path),
            _ => {
                found.extend(
                    holder
                        .take()
                        .and_then(|(_, below, claim)| folder(claim, &below))
                        .into_iter()
                        .collect(),
                );
                holder = Some((key, Vec::new(), *claim));
            }
        }
    }
    found.extend(
        holder
            .and_then(|(_, below, claim)| folder(claim, &below))
            .into_iter()
            .collect(),
    );
    found
}

/// A key that is equal for paths which some file system takes for one.
pub(super) fn key(path: &OutputPath) -> Cow<'_, str> {
    let text = path.as_str();
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    // Character by character: lower case that depends on the neighbours is no file system's.
    Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
}

/// An order of keys in which the files of a folder follow directly after the folder's name.
fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let at = a.iter().zip(b).position(|(a, b)| a != b);
    // Zero stands for `/`: no path has this character.
    let byte = |b: u8| if b == b'/' { 0 } else { b };
    match at {
        Some(at) => byte(a[at]).cmp(&byte(b[at])),
        None => a.len().cmp(&b.len()),
    }
}

fn is_below(key: &str, folder: &str) -> bool {
    key.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Several artifacts at what is, or may be, one path.
fn several(group: &[(Cow<'_, str>, Claim<'_>)]) -> Diagnostic {
    let first = group[0].1.path;
    let one_path = group.iter().all(|(_, claim)| claim.path == first);
    let message = if one_path {
        format!("{} artifacts have the path `{first}`", group.len())
    } else {
        let mut paths: Vec<String> = group
            .iter()
            .map(|(_, claim)| format!("`{}`", claim.path))
            .collect();
        paths.dedup();
        format!("the paths {} differ only in case", list(&paths))
    };
    let mut diagnostic = Diagnostic::error(Kind::Content, message);
    for (_, claim) in group.iter().take(NAMED) {
        let maker = maker(*claim);
        let note = if one_path {
            maker
        } else {
            format!("`{}`: {maker}", claim.path)
        };
        diagnostic = diagnostic.note(note);
    }
    if group.len() > NAMED {
        diagnostic = diagnostic.note(format!("and {} more", group.len() - NAMED));
    }
    if !one_path {
        diagnostic = diagnostic.note("macOS and Windows would take them for one file");
    }
    diagnostic.help("give each of them a route or name of its own")
}

/// An artifact at the folder of others.
fn folder(holder: Claim<'_>, below: &[&OutputPath]) -> Option<Diagnostic> {
    let first = below.first()?;
    let message = format!(
        "`{}` cannot be a file, since `{first}` lies below it",
        holder.path
    );
    let mut diagnostic = Diagnostic::error(Kind::Content, message);
    diagnostic = diagnostic.note(format!("`{}`: {}", holder.path, maker(holder)));
    if below.len() > 1 {
        diagnostic = diagnostic.note(format!("{} files lie below it", below.len()));
    }
    Some(diagnostic.help("end the route with `/`, or give one of them another"))
}

/// Where an artifact came from, in words.
pub(super) fn maker(claim: Claim<'_>) -> String {
    use std::fmt::Write;
    let Provenance {
        definition,
        item,
        template,
    } = claim.provenance;
    let mut text = match (claim.kind, item) {
        (ArtifactKind::Static, Some(item)) => format!("the static file `{item}`"),
        (ArtifactKind::Static, None) => "a static file".to_owned(),
        (ArtifactKind::Asset, Some(item)) => format!("the asset `{item}`"),
        (ArtifactKind::Asset, None) => "an asset".to_owned(),
        (ArtifactKind::Page, Some(item)) => format!("the page of `{item}`"),
        (ArtifactKind::Page, None) => "a page".to_owned(),
    };
    // Writing to a string does not fail.
    if let Some(definition) = definition {
        let _ = write!(text, ", definition `{definition}`");
    }
    if let Some(template) = template {
        let _ = write!(text, ", template `{template}`");
    }
    text
}

/// `a`, `b` and `c`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(paths: &[&str]) -> Vec<String> {
        let paths: Vec<OutputPath> = paths
            .iter()
            .map(|p| OutputPath::parse(p).unwrap())
            .collect();
        let provenance = Provenance::default();
        let claim = |path| Claim {
            path,
            kind: ArtifactKind::Page,
            provenance: &provenance,
        };
        check(paths.iter().map(claim))
            .iter()
            .map(|d| d.message.clone())
            .collect()
    }

    #[test]
    fn what_a_site_has_is_no_conflict() {
        let none: [String; 0] = [];
        assert_eq!(
            messages(&[
                "a", "a-b", "a.html", "ab/c", "b/a", "b/a.b", "b/aa/c", "B/x"
            ]),
            none
        );
        assert_eq!(messages(&[]), none);
    }

    #[test]
    fn finds_every_conflict_in_any_order() {
        let all = [
            "a/b/c", "x", "a", "a-b", "a/d", "X", "y/ß", "Y/ß", "z", "z", "É", "é/1",
        ];
        let expected = messages(&all);
        assert_eq!(
            expected,
            [
                "`a` cannot be a file, since `a/b/c` lies below it",
                "the paths `X` and `x` differ only in case",
                "the paths `Y/ß` and `y/ß` differ only in case",
                "2 artifacts have the path `z`",
                "`É` cannot be a file, since `é/1` lies below it",
            ]
        );
        let mut turned = all;
        for _ in 0..all.len() {
            turned.rotate_left(1);
            assert_eq!(messages(&turned), expected);
        }
    }
}
