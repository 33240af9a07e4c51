//! What is wrong with the content, told with the place where it is.
//!
//! Loading never stops at a broken file: it leaves the node out, goes on, and keeps a [`Problem`]. Only a folder that
//! cannot be read at all is an error.

use std::fmt;
use std::path::PathBuf;

/// Line and column in a text file, both counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from one.
    pub line: u32,
    /// Column, from one.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One thing in the package that could not be used as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the repository path where content did not come from a file.
    pub file: PathBuf,
    /// Where in the file, when it is known.
    pub position: Option<Position>,
    /// What is wrong and what was done about it.
    pub message: String,
}

impl Problem {
    /// A problem of a whole file.
    pub(crate) fn new(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            position: None,
            message: message.into(),
        }
    }

    /// A problem at a place in a file.
    pub(crate) fn at(
        file: impl Into<PathBuf>,
        position: Position,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            position: Some(position),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        write!(f, ": {}", self.message)
    }
}
