//! The journal of a commit: every step it takes, in order, with a checksum at the end.
//!
//! A line a step; paths have no control characters, so nothing needs escaping. A journal whose
//! checksum is right was written to its end, and its steps are safe to take, and to take again from
//! the first one after an interruption at any point.

use std::num::NonZeroU32;

use crate::artifact::OutputPath;

/// The first line.
const HEADER: &str = "frieze-journal 1";

/// The word before the checksum.
const END: &str = "end ";

/// One step of a commit. Each is safe to repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Removes a file that is in the way of a staged one; only while that one is still staged, since
    /// afterwards the path may lead to the new file (where names differ in case only).
    Clear(NonZeroU32, OutputPath),
    /// Moves a staged file to its place.
    Put(NonZeroU32, OutputPath),
    /// Moves a file or a whole folder that is staged under its own path to its place, where nothing is.
    Move(OutputPath),
    /// Removes a file of an earlier build.
    Remove(OutputPath),
    /// Removes a folder if it is empty.
    Prune(OutputPath),
}

impl Op {
    /// Of what it is a step.
    pub(super) fn path(&self) -> &OutputPath {
        match self {
            Self::Clear(_, path)
            | Self::Put(_, path)
            | Self::Move(path)
            | Self::Remove(path)
            | Self::Prune(path) => path,
        }
    }

    /// The path of what comes with all that is in it, if it is a folder.
    pub(super) fn moved(&self) -> Option<&str> {
        match self {
            Self::Move(path) => Some(path.as_str()),
            _ => None,
        }
    }
}

/// What was found where a journal may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// None, or one that was not finished: its commit never was.
    Incomplete,
    /// One to be carried out.
    Complete(Vec<Op>),
    /// A finished one that this Frieze cannot read.
    Unknown,
}

/// The journal as text.
pub(super) fn encode(ops: &[Op]) -> String {
    use std::fmt::Write;
    let mut text = format!("{HEADER}\n");
    for op in ops {
        // Writing to a string does not fail.
        let _ = match op {
            Op::Clear(number, path) => writeln!(text, "clear {number} {path}"),
            Op::Put(number, path) => writeln!(text, "put {number} {path}"),
            Op::Move(path) => writeln!(text, "move {path}"),
            Op::Remove(path) => writeln!(text, "remove {path}"),
            Op::Prune(path) => writeln!(text, "prune {path}"),
        };
    }
    let hash = blake3::hash(text.as_bytes());
    text.push_str(END);
    text.push_str(&hash.to_hex());
    text.push('\n');
    text
}

/// Reads a journal, if it is whole.
pub(super) fn decode(bytes: &[u8]) -> Found {
    let Some(body) = verified(bytes) else {
        return Found::Incomplete;
    };
    let mut lines = body.lines();
    if lines.next() != Some(HEADER) {
        return Found::Unknown;
    }
    lines
        .map(op)
        .collect::<Option<Vec<_>>>()
        .map_or(Found::Unknown, Found::Complete)
}

/// What stands before the checksum, if that is right.
fn verified(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let start = text.rfind('\n')? + 1;
    let (body, last) = text.split_at(start);
    let hash = blake3::Hash::from_hex(last.strip_prefix(END)?).ok()?;
    (blake3::hash(body.as_bytes()) == hash).then_some(body)
}

fn op(line: &str) -> Option<Op> {
    let (word, rest) = line.split_once(' ')?;
    let numbered = || {
        let (number, path) = rest.split_once(' ')?;
        Some((number.parse().ok()?, OutputPath::parse(path).ok()?))
    };
    Some(match word {
        "clear" => numbered().map(|(number, path)| Op::Clear(number, path))?,
        "put" => numbered().map(|(number, path)| Op::Put(number, path))?,
        "move" => Op::Move(OutputPath::parse(rest).ok()?),
        "remove" => Op::Remove(OutputPath::parse(rest).ok()?),
        "prune" => Op::Prune(OutputPath::parse(rest).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ops() -> Vec<Op> {
        let path = |text| OutputPath::parse(text).unwrap();
        let number = |n| NonZeroU32::new(n).unwrap();
        vec![
            Op::Clear(number(7), path("a b/c.html")),
            Op::Put(number(7), path("a b")),
            Op::Move(path("new/b")),
            Op::Remove(path("é.html")),
            Op::Prune(path("x")),
        ]
    }

    #[test]
    fn reads_back_what_it_wrote() {
        assert_eq!(decode(encode(&ops()).as_bytes()), Found::Complete(ops()));
        assert_eq!(decode(encode(&[]).as_bytes()), Found::Complete(vec![]));
    }

    #[test]
    fn a_cut_or_changed_one_is_incomplete() {
        let bytes = encode(&ops()).into_bytes();
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), Found::Incomplete, "cut at {end}");
            let mut changed = bytes.clone();
            changed[end] ^= 1;
            assert_eq!(decode(&changed), Found::Incomplete, "changed at {end}");
        }
    }

    #[test]
    fn does_not_guess_what_a_later_version_means() {
        let seal = |body: &str| format!("{body}{END}{}\n", blake3::hash(body.as_bytes()).to_hex());
        for body in [
            "frieze-journal 2\n",
            "frieze-journal 1\nswap a b\n",
            "frieze-journal 1\nremove ../x\n",
        ] {
            assert_eq!(decode(seal(body).as_bytes()), Found::Unknown, "{body}");
        }
    }
}
