//! Bodies of a build: in memory as long as they are few, then in a temporary file.
//!
//! The content of a large site is larger than memory ought to be, and of most of it nobody needs the JSON before its page
//! is rendered. The file has no name (where the system cannot do that, it goes when it is closed), so that nothing stays
//! behind whatever becomes of the build. It is in the cache's folder, if there is one: the system's folder for temporary
//! files may itself be memory.

use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tera::Value;

use super::bodies::{Bodies, BodyError, BodyId, poisoned};
use super::known::Text;
use super::positioned;
use crate::value::from_json;

/// Bytes kept in memory before they are written.
const IN_MEMORY: usize = 8 << 20;

/// Bodies one behind the other. Each becomes a value anew whenever it is asked for.
pub struct SpoolBodies {
    folder: PathBuf,
    in_memory: usize,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    places: Vec<Place>,
    /// Files that somebody else writes.
    others: Vec<Arc<File>>,
    /// The beginning, up to `written`.
    file: Option<Spool>,
    written: u64,
    /// What follows it.
    rest: Vec<u8>,
}

struct Spool {
    file: File,
    folder: PathBuf,
}

/// Where a body is.
#[derive(Clone, Copy)]
struct Place {
    start: u64,
    length: u32,
    /// Which of the others; [`OWN`] where it was put here.
    file: u32,
}

thread_local! {
    /// Where the text of a body is while it becomes a value. What was there before is overwritten, not cleared.
    static JSON: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// No thread keeps the room for a text that is longer.
const LONG: usize = 1 << 20;

/// The number of what is put here.
const OWN: u32 = u32::MAX;

impl SpoolBodies {
    /// None yet. A file is made in `folder`, if that is there, or in the system's folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            in_memory: IN_MEMORY,
            state: RwLock::default(),
        }
    }

    /// Takes bodies from another file too: its number.
    pub(super) fn adopt(&self, file: &Arc<File>) -> Result<u32, BodyError> {
        let mut state = self.write()?;
        let number = u32::try_from(state.others.len()).unwrap_or(OWN);
        state.others.push(Arc::clone(file));
        Ok(number)
    }

    /// A body in a file that was adopted.
    pub(super) fn place(&self, file: u32, text: Text) -> Result<BodyId, BodyError> {
        let mut state = self.write()?;
        let id = BodyId::new(state.places.len())?;
        state.places.push(Place {
            start: text.start,
            length: text.length,
            file,
        });
        Ok(id)
    }

    /// Keeps here what a file that was adopted has no room for: what would be in it from a place on.
    pub(super) fn take_over(&self, file: u32, from: u64, rest: &[u8]) -> Result<(), BodyError> {
        let mut state = self.write()?;
        let start = self.append(&mut state, rest)?;
        let there = |place: &&mut Place| place.file == file && place.start >= from;
        for place in state.places.iter_mut().filter(there) {
            place.start = place.start - from + start;
            place.file = OWN;
        }
        Ok(())
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, State>, BodyError> {
        self.state.read().map_err(|_| poisoned())
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, State>, BodyError> {
        self.state.write().map_err(|_| poisoned())
    }

    /// Puts bytes behind the others: where they begin.
    fn append(&self, state: &mut State, bytes: &[u8]) -> Result<u64, BodyError> {
        if state.rest.len() + bytes.len() > self.in_memory && !state.rest.is_empty() {
            self.spill(state)?;
        }
        let start = state.written + state.rest.len() as u64;
        state.rest.extend_from_slice(bytes);
        Ok(start)
    }

    /// Makes room in memory.
    fn spill(&self, state: &mut State) -> Result<(), BodyError> {
        let spool = match &mut state.file {
            Some(spool) => spool,
            none => none.insert(create(&self.folder)?),
        };
        positioned::write(&spool.file, &state.rest, state.written)
            .map_err(|error| no_room(&spool.folder, &error))?;
        state.written += state.rest.len() as u64;
        state.rest.clear();
        Ok(())
    }
}

fn create(folder: &Path) -> Result<Spool, BodyError> {
    let own = folder.is_dir().then(|| tempfile::tempfile_in(folder));
    if let Some(Ok(file)) = own {
        let folder = folder.to_path_buf();
        return Ok(Spool { file, folder });
    }
    let folder = std::env::temp_dir();
    let file = tempfile::tempfile_in(&folder).map_err(|error| no_room(&folder, &error))?;
    Ok(Spool { file, folder })
}

fn no_room(folder: &Path, error: &std::io::Error) -> BodyError {
    BodyError::Disk {
        folder: folder.display().to_string(),
        why: error.to_string(),
    }
}

impl Bodies for SpoolBodies {
    fn put(&self, json: &[u8]) -> Result<BodyId, BodyError> {
        let mut state = self.write()?;
        let id = BodyId::new(state.places.len())?;
        let length = u32::try_from(json.len());
        let length = length.map_err(|_| BodyError::Unreadable("it is too long".to_owned()))?;
        let start = self.append(&mut state, json)?;
        state.places.push(Place {
            start,
            length,
            file: OWN,
        });
        Ok(id)
    }

    fn value(&self, id: BodyId) -> Result<Value, BodyError> {
        let state = self.read()?;
        let place = state.place(id)?;
        let length = place.length as usize;
        if place.file == OWN
            && let Some(at) = place.start.checked_sub(state.written)
        {
            // It was put there, so it is no longer than memory.
            let json = state.rest.get(at as usize..).unwrap_or_default();
            return Ok(from_json(json.get(..length).unwrap_or_default())?);
        }
        JSON.with_borrow_mut(|buffer| {
            if buffer.len() < length {
                buffer.resize(length, 0);
            }
            let json = &mut buffer[..length];
            let read = match (place.file, &state.file) {
                (OWN, Some(spool)) => positioned::read(&spool.file, json, place.start),
                (OWN, None) => return Err(never_kept()),
                (other, _) => {
                    let file = state.others.get(other as usize).cloned();
                    drop(state);
                    positioned::read(&*file.ok_or_else(never_kept)?, json, place.start)
                }
            };
            read.map_err(|error| BodyError::Unreadable(error.to_string()))?;
            let value = from_json(json);
            if length > LONG {
                *buffer = Vec::new();
            }
            Ok(value?)
        })
    }
}

impl State {
    fn place(&self, id: BodyId) -> Result<Place, BodyError> {
        self.places.get(id.index()).copied().ok_or_else(never_kept)
    }
}

fn never_kept() -> BodyError {
    BodyError::Unreadable("it was never kept".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(in_memory: usize) -> (tempfile::TempDir, SpoolBodies) {
        let folder = tempfile::tempdir().unwrap();
        let bodies = SpoolBodies {
            in_memory,
            ..SpoolBodies::new(folder.path())
        };
        (folder, bodies)
    }

    fn json(number: usize) -> String {
        format!(
            "{{\"number\":{number},\"text\":\"{}\"}}",
            "x".repeat(number % 50)
        )
    }

    #[test]
    fn bodies_come_back_from_wherever_they_are() {
        for in_memory in [0, 1, 100, 1_000, 1 << 20] {
            let (_folder, bodies) = small(in_memory);
            let ids: Vec<BodyId> = (0..200)
                .map(|n| bodies.put(json(n).as_bytes()).unwrap())
                .collect();
            let is_in_file = bodies.read().unwrap().file.is_some();
            assert_eq!(is_in_file, in_memory < 1 << 20);
            let check = |n: usize| {
                let expected = from_json(json(n).as_bytes()).unwrap();
                assert_eq!(bodies.value(ids[n]).unwrap(), expected, "{n}");
            };
            std::thread::scope(|scope| {
                scope.spawn(|| (0..200).for_each(check));
                scope.spawn(|| (0..200).rev().for_each(check));
            });
        }
    }

    #[test]
    fn reading_between_two_writes_changes_nothing() {
        let (_folder, bodies) = small(64);
        let ids: Vec<BodyId> = (0..100)
            .map(|n| {
                let id = bodies.put(json(n).as_bytes()).unwrap();
                let expected = from_json(json(n / 2).as_bytes()).unwrap();
                let earlier = BodyId::new(n / 2).unwrap();
                assert_eq!(bodies.value(earlier).unwrap(), expected);
                id
            })
            .collect();
        assert_eq!(ids.len(), 100);
    }

    #[test]
    fn nothing_is_left_in_the_folder() {
        let (folder, bodies) = small(0);
        bodies.put(b"{}").unwrap();
        bodies.put(b"{}").unwrap();
        let named = std::fs::read_dir(folder.path()).unwrap().count();
        assert!(named == 0 || cfg!(windows), "the file has no name");
        drop(bodies);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_made() {
        let (folder, bodies) = small(0);
        let absent = folder.path().join("absent");
        let bodies = SpoolBodies {
            folder: absent.clone(),
            ..bodies
        };
        let first = bodies.put(b"{\"a\":1}").unwrap();
        bodies.put(b"{}").unwrap();
        assert!(bodies.value(first).is_ok());
        assert!(!absent.exists());
    }

    #[test]
    fn a_disk_that_takes_nothing_is_an_error_each_time() {
        let (folder, bodies) = small(8);
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        bodies.write().unwrap().file = Some(Spool {
            // For reading only.
            file: File::open(&path).unwrap(),
            folder: folder.path().to_path_buf(),
        });
        let first = bodies.put(b"{\"a\":1}").unwrap();
        for _ in 0..2 {
            let error = bodies.put(b"{\"a\":2}").unwrap_err();
            assert!(matches!(error, BodyError::Disk { .. }), "{error}");
        }
        assert!(bodies.value(first).is_ok());
    }

    #[test]
    fn a_body_that_is_no_json_is_an_error() {
        let (_folder, bodies) = small(0);
        let id = bodies.put(b"{").unwrap();
        bodies.put(b"{}").unwrap();
        assert!(matches!(bodies.value(id), Err(BodyError::Unreadable(_))));
        let (_folder, others) = small(0);
        assert!(matches!(others.value(id), Err(BodyError::Unreadable(_))));
    }
}
