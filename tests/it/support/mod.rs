//! What the tests have in common.
//!
//! [`SiteTest`] is a site in a temporary folder, against which the real binary is run; a [`Run`] is what
//! came of it, a [`Tree`] what is in a folder. Content comes from a [`TestSandbox`], which answers as AEM
//! would, or from a [`Scripted`] server, for answers that AEM gives on its bad days. Both listen on a free
//! port of the loopback interface and stop when dropped.

pub(crate) mod corpus;
mod door;
mod login;
#[cfg(feature = "serve")]
pub(crate) mod looked;
mod press;
mod run;
mod sandbox;
mod scripted;
mod secrets;
mod seed;
mod site;
mod tree;

pub(crate) use door::Door;
pub(crate) use login::{EDGE_KEY, Login, TOKEN};
pub(crate) use press::{Press, article, articles, one_of_each};
#[cfg(feature = "sandbox")]
pub(crate) use run::Ended;
pub(crate) use run::{Child, Run};
pub(crate) use sandbox::{TestSandbox, repository};
pub(crate) use scripted::{Answer, Request, Scripted, nobody};
pub(crate) use secrets::Secrets;
pub(crate) use seed::seed;
#[cfg(feature = "sandbox")]
pub(crate) use site::EXAMPLE;
pub(crate) use site::SiteTest;
pub(crate) use tree::Tree;

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies all files below a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// WKND's content package with recorded answers: a public AEM project, too large to be kept here. Tests
/// that need it are skipped where it is not.
pub(crate) fn wknd() -> Option<PathBuf> {
    let folder = std::env::var_os("FRIEZE_WKND")
        .map_or_else(|| workspace().join("../shared/wknd"), PathBuf::from);
    if folder.join("jcr_root").is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    println!("skipped: no WKND package at {}", folder.display());
    None
}

/// Compares the report on stderr with a snapshot.
macro_rules! assert_report {
    ($run:expr) => {
        insta::with_settings!({
            omit_expression => true,
            filters => vec![
                (r"\(os error \d+\)", "(os error)"),
                // What will be asked is said before anything can go wrong.
                (r"(?m)^fetching .*\n", ""),
                (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
            ],
        }, {
            insta::assert_snapshot!($run.stderr());
        });
    };
}

pub(crate) use assert_report;

/// The beginning of a PNG, which says how large it is.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}
