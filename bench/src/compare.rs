//! What lies in a folder, and whether it is the same as in another.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

/// The files of a folder.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Contents {
    /// How many there are; hidden ones are not counted.
    pub(crate) files: usize,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// How many were written since some moment.
    pub(crate) written: usize,
}

/// Looks at all files of a folder.
pub(crate) fn contents(dir: &Path, since: SystemTime) -> io::Result<Contents> {
    let mut contents = Contents::default();
    walk(dir, &mut |file| {
        let metadata = file.metadata()?;
        contents.files += 1;
        contents.bytes += metadata.len();
        contents.written += usize::from(metadata.modified()? >= since);
        Ok(())
    })?;
    Ok(contents)
}

/// Fails with the first difference between two folders; hidden files, such as Frieze's manifest, are not compared.
pub(crate) fn same(ours: &Path, theirs: &Path) -> io::Result<()> {
    let mut seen = BTreeSet::new();
    walk(theirs, &mut |file| {
        let name = relative(file, theirs);
        let Ok(other) = fs::read(ours.join(&name)) else {
            return differ(&name, "is missing");
        };
        if fs::read(file)? != other {
            return differ(&name, "is not what the yardstick made");
        }
        seen.insert(name);
        Ok(())
    })?;
    walk(ours, &mut |file| {
        let name = relative(file, ours);
        match seen.contains(&name) {
            true => Ok(()),
            false => differ(&name, "is not made by the yardstick"),
        }
    })
}

fn differ(name: &Path, how: &str) -> io::Result<()> {
    let message = format!("the output differs: {} {how}", name.display());
    Err(io::Error::other(message))
}

fn relative(file: &Path, dir: &Path) -> PathBuf {
    file.strip_prefix(dir).unwrap_or(file).to_owned()
}

fn walk(dir: &Path, each: &mut impl FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), each)?;
        } else {
            each(&entry.path())?;
        }
    }
    Ok(())
}
