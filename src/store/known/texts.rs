//! Files of texts, one behind the other. They are named by their digests.
//!
//! A file that the system shows as it was when it was known to be whole is not read to know it again: there may be a
//! gigabyte of texts, of which a build needs those of a few pages.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tempfile::NamedTempFile;

use super::{PARTIAL, Text};
use crate::fs::{Identity, settled};
use crate::store::BodyError;
use crate::store::positioned;
use crate::value::{Digest, Digester};

/// Bytes in memory before they are written.
const BUFFER: usize = 1 << 20;

/// A file of texts, as a catalogue names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) digest: Digest,
    pub(super) length: u64,
    /// How the file looked when it was known to be whole.
    pub(super) identity: Option<Identity>,
}

impl Named {
    pub(super) fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{:032x}", u128::from_be_bytes(self.digest)))
    }
}

/// A file of texts, if it is what it was, with what is to be said of it next time.
pub(super) fn open(folder: &Path, named: &Named) -> Option<(File, Named)> {
    let file = regular(&named.file(folder))?;
    let found = file.metadata().ok()?;
    let now = Identity::of(&found);
    let is_untouched = now.is_some() && now == named.identity && found.len() == named.length;
    if is_untouched {
        return Some((file, named.clone()));
    }
    // One that could be touched again without a new time is read once more.
    let margin = settled(SystemTime::now());
    let identity = now.filter(|now| now.is_settled(margin));
    let named = Named {
        identity,
        ..named.clone()
    };
    is_whole(&file, &named).then_some((file, named))
}

/// Whether a file has these texts.
fn is_whole(mut file: &File, named: &Named) -> bool {
    let mut digester = Digester::default();
    let wanted = usize::try_from(named.length).unwrap_or(usize::MAX);
    let mut buffer = vec![0; wanted.clamp(1, BUFFER)];
    let mut length = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                length += n as u64;
                digester.update(&buffer[..n]);
            }
            Err(_) => return false,
        }
        if length > named.length {
            return false;
        }
    }
    length == named.length && digester.finish() == named.digest
}

/// Something else in the place of a file, such as a pipe, could be read for ever.
pub(super) fn regular(file: &Path) -> Option<File> {
    file.metadata().ok()?.is_file().then_some(())?;
    File::open(file).ok()
}

/// A text of one of the files.
pub(super) fn read(files: &[Arc<File>], text: Text) -> Result<Vec<u8>, BodyError> {
    let mut json = vec![0; text.length as usize];
    let file = files.get(text.file as usize);
    let file =
        file.ok_or_else(|| BodyError::Unreadable("what was kept of it is gone".to_owned()))?;
    positioned::read(file, &mut json, text.start)
        .map_err(|error| BodyError::Unreadable(error.to_string()))?;
    Ok(json)
}

/// A new file of texts, beside its place.
pub(super) struct Texts {
    file: NamedTempFile,
    folder: PathBuf,
    digester: Digester,
    written: u64,
    /// What follows in memory.
    rest: Vec<u8>,
}

impl Texts {
    pub(super) fn start(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: partial(folder)?,
            folder: folder.to_path_buf(),
            digester: Digester::default(),
            written: 0,
            rest: Vec::new(),
        })
    }

    /// The file, for those who read it when it is finished.
    pub(super) fn reader(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }

    /// Adds a text: where it begins. When it cannot be written, it is as if it had not been added.
    pub(super) fn add(&mut self, text: &[u8]) -> io::Result<u64> {
        if self.rest.len() >= BUFFER {
            self.flush()?;
        }
        let start = self.written + self.rest.len() as u64;
        self.rest.extend_from_slice(text);
        Ok(start)
    }

    /// What is not in the file yet, and where it would begin.
    pub(super) fn rest(&self) -> (u64, &[u8]) {
        (self.written, &self.rest)
    }

    /// Writes everything.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        positioned::write(self.file.as_file(), &self.rest, self.written)?;
        self.digester.update(&self.rest);
        self.written += self.rest.len() as u64;
        self.rest.clear();
        Ok(())
    }

    /// Takes nothing more, as on a full disk.
    #[cfg(test)]
    pub(super) fn fill_disk(&mut self) {
        *self.file.as_file_mut() = File::open(self.file.path()).unwrap();
    }

    /// Puts the file, of which everything is written, in its place.
    pub(super) fn finish(self) -> io::Result<Named> {
        let named = Named {
            digest: self.digester.finish(),
            length: self.written,
            identity: None,
        };
        let file = self.file.persist(named.file(&self.folder))?;
        // Nobody else writes into a file that has just got its name.
        let identity = Identity::of(&file.metadata()?);
        Ok(Named { identity, ..named })
    }
}

/// A file that will be renamed, for its owner alone.
pub(super) fn partial(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PARTIAL).tempfile_in(folder)
}
