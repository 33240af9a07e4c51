//! What was said about a build, for programs.

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Diagnostics, Severity};

/// All of them, in the order in which they were said.
pub(super) fn all(found: &Diagnostics) -> Value {
    found.iter().map(one).collect()
}

fn one(diagnostic: &Diagnostic) -> Value {
    let location = diagnostic.location.as_deref();
    let position = location.and_then(|location| location.line_and_column());
    json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "kind": diagnostic.kind.name(),
        "message": diagnostic.message,
        "file": location.map(|location| &location.file),
        "line": position.map(|(line, _)| line),
        "column": position.map(|(_, column)| column),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "repeats": diagnostic.repeats,
    })
}
