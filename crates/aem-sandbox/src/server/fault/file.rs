//! Faults in a file: JSON, TOML, or one to a line.
//!
//! ```toml
//! faults = ["429:3;retry-after=2@/graphql/*", "reset;p=0.1"]
//! ```

use super::{Fault, FaultError};
use crate::server::Shared;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// A file of faults that is read again when it has changed.
#[derive(Debug)]
pub(in crate::server) struct FaultsFile {
    file: PathBuf,
    read: Mutex<Option<Stamp>>,
}

/// What an edit changes: time and size; `None` where there is no file.
type Stamp = (SystemTime, u64);

impl FaultsFile {
    /// The faults of a file, and the file for looking again.
    pub(in crate::server) fn open(file: &Path) -> Result<(Self, Vec<Fault>), FaultError> {
        let own = Self {
            file: file.to_owned(),
            read: Mutex::new(stamp(file)),
        };
        let faults = read(file).map_err(|error| error.in_file(file))?;
        Ok((own, faults))
    }

    /// The faults of the file, if it is another one than at the last look.
    fn changed(&self) -> Option<Result<Vec<Fault>, FaultError>> {
        let mut read_at = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.file);
        if *read_at == now {
            return None;
        }
        *read_at = now;
        Some(read(&self.file))
    }
}

impl Shared {
    /// Looks whether the file of faults has changed, and takes over what is in it.
    pub(in crate::server) fn reread_faults(&self) {
        let Some(file) = &self.faults_file else {
            return;
        };
        let problems = match file.changed() {
            None => return,
            Some(Ok(more)) => {
                let own = self.options.faults.iter().cloned();
                self.faults.set(own.chain(more).collect());
                Vec::new()
            }
            Some(Err(error)) => error.problems(&file.file),
        };
        self.live.faults_read(problems);
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Reads the faults of a file; the format follows the extension.
fn read(file: &Path) -> Result<Vec<Fault>, FaultError> {
    let text = fs::read_to_string(file)
        .map_err(|error| FaultError::whole(format!("cannot be read: {error}")))?;
    let value = match file.extension().and_then(|e| e.to_str()) {
        Some("json") => {
            serde_json::from_str(&text).map_err(|error| FaultError::whole(error.to_string()))?
        }
        Some("toml") => toml::from_str(&text)
            .map_err(|error| FaultError::whole(error.to_string().trim_end()))?,
        _ => Value::String(text),
    };
    faults(&value)
}

/// Faults in a list, in the member `faults` of an object, or in the lines of a text.
pub(super) fn faults(value: &Value) -> Result<Vec<Fault>, FaultError> {
    let faults: Vec<_> = match value {
        Value::String(text) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::parse)
            .collect(),
        Value::Object(members) => {
            return match members.get("faults") {
                Some(faults) if faults.is_array() => self::faults(faults),
                _ => Err(FaultError::whole("an object needs a list `faults`")),
            };
        }
        Value::Array(list) => list.iter().map(fault).collect(),
        _ => {
            let reason = "faults are a list of strings, or an object with such a list `faults`";
            return Err(FaultError::whole(reason));
        }
    };
    gather(faults)
}

fn fault(value: &Value) -> Result<Fault, FaultError> {
    match value {
        Value::String(text) => text.parse(),
        other => Err(FaultError::of(
            &other.to_string(),
            "a fault is written as a string",
        )),
    }
}

/// All faults, or all that is wrong with them.
fn gather(faults: Vec<Result<Fault, FaultError>>) -> Result<Vec<Fault>, FaultError> {
    let mut good = Vec::new();
    let mut bad: Option<FaultError> = None;
    for fault in faults {
        match (fault, &mut bad) {
            (Ok(fault), _) => good.push(fault),
            (Err(error), Some(bad)) => bad.add(error),
            (Err(error), none) => *none = Some(error),
        }
    }
    match bad {
        None => Ok(good),
        Some(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_is_read() {
        let expected: Vec<Fault> = vec!["503".parse().unwrap(), "reset@/x".parse().unwrap()];
        let toml: Value = toml::from_str("faults = ['503', 'reset@/x']").unwrap();
        for value in [
            json!(["503", "reset@/x"]),
            toml,
            json!("# two\n503\n\n  reset@/x\n"),
        ] {
            assert_eq!(faults(&value), Ok(expected.clone()), "{value}");
        }
        for (wrong, expected) in [
            (json!([503]), "fault `503`: a fault is written as a string"),
            (json!({}), "an object needs a list `faults`"),
            (
                json!(5),
                "faults are a list of strings, or an object with such a list `faults`",
            ),
            (
                json!("999\n503\n200"),
                "fault `999`: `999` is not a status from 300 to 599\n\
                 fault `200`: `200` is not a status from 300 to 599",
            ),
        ] {
            assert_eq!(faults(&wrong).unwrap_err().to_string(), expected);
        }
    }
}
