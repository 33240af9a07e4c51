//! Faults in a file: JSON, TOML, or one to a line.
//!
//! ```toml
//! faults = ["429:3;retry-after=2@/graphql/*", "reset;p=0.1"]
//! ```

use super::{Fault, FaultError};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Reads the faults of a file; the format follows the extension.
pub(in crate::server) fn read(file: &Path) -> Result<Vec<Fault>, FaultError> {
    let refuse = |reason: String| FaultError::new(&file.display().to_string(), reason);
    let text =
        fs::read_to_string(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let value = match file.extension().and_then(|e| e.to_str()) {
        Some("json") => serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?,
        Some("toml") => toml::from_str(&text).map_err(|error| refuse(error.to_string()))?,
        _ => Value::String(text),
    };
    faults(&value)
}

/// Faults in a list, in the member `faults` of an object, or in the lines of a text.
pub(super) fn faults(value: &Value) -> Result<Vec<Fault>, FaultError> {
    let texts: Vec<&str> = match value {
        Value::String(text) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect(),
        Value::Object(members) => {
            return match members.get("faults") {
                Some(faults) if faults.is_array() => self::faults(faults),
                _ => Err(FaultError::new("", "an object needs a list `faults`")),
            };
        }
        Value::Array(list) => list
            .iter()
            .map(|fault| {
                let text = fault.as_str();
                text.ok_or_else(|| {
                    FaultError::new(&fault.to_string(), "a fault is written as a string")
                })
            })
            .collect::<Result<_, _>>()?,
        other => {
            let reason = "faults are a list of strings, or an object with such a list `faults`";
            return Err(FaultError::new(&other.to_string(), reason));
        }
    };
    texts.into_iter().map(str::parse).collect()
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
        for wrong in [json!([503]), json!({}), json!(5), json!("what")] {
            assert!(faults(&wrong).is_err(), "{wrong}");
        }
    }
}
