//! The manifest: what Frieze made in an output folder, one file a line, in the order of paths.
//!
//! It marks the folder as ours and says which files may be replaced or removed. It is JSON, the same
//! bytes for the same site: no clock and no path of the machine. It is never believed about contents;
//! those are compared.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::io::{self, Write};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;
use serde::Deserialize;

use crate::artifact::{ArtifactKind, OutputPath, OutputPathError, Provenance};

/// How many lines a thread makes.
const PIECE: usize = 256;

/// How many lines are in memory at once.
const AT_ONCE: usize = 16 * PIECE;

/// The version this Frieze reads and writes.
const VERSION: u64 = 1;

/// What the manifest says about one file.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it is.
    pub(super) path: OutputPath,
    /// Of its content.
    pub(super) hash: blake3::Hash,
    /// In bytes.
    pub(super) size: u64,
    /// The part it plays.
    pub(super) kind: ArtifactKind,
    /// Where it came from.
    pub(super) provenance: Provenance,
}

/// What a manifest that was read says about one file, as far as a later build asks. Whoever relies on the
/// content looks at the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Where it is.
    pub(super) path: OutputPath,
    /// Of its content.
    pub(super) hash: blake3::Hash,
    /// In bytes.
    pub(super) size: u64,
}

/// How a line begins, up to the path.
const PATH: &str = "{\"path\":\"";
/// What stands before each other text of a line; the last three only where there is one.
const HASH: &str = ",\"hash\":\"";
const KIND: &str = ",\"kind\":\"";
const DEFINITION: &str = ",\"definition\":\"";
const ITEM: &str = ",\"item\":\"";
const TEMPLATE: &str = ",\"template\":\"";
/// What stands before the size.
const SIZE: &str = ",\"size\":";

/// What stands before the files.
fn head() -> String {
    format!("{{\"version\":{VERSION},\"files\":[")
}

/// What stands after them.
const END: &str = "\n]}\n";

/// Writes a manifest, and tells its hash. The rows must be sorted by path.
pub(super) fn write<T: Sync>(
    files: &[T],
    row: impl Fn(&T) -> &Row + Sync,
    out: &mut impl Write,
) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut write = |bytes: &[u8]| {
        hasher.update(bytes);
        out.write_all(bytes)
    };
    write(head().as_bytes())?;
    // The comma before the first line.
    let mut skip = 1;
    for files in files.chunks(AT_ONCE) {
        let pieces = files.par_chunks(PIECE).map(|files| lines(files, &row));
        for piece in pieces.collect::<io::Result<Vec<_>>>()? {
            write(&piece[skip..])?;
            skip = 0;
        }
    }
    write(END.as_bytes())?;
    Ok(hasher.finalize())
}

/// The lines of some files, each after the comma that ends the line before.
fn lines<T>(files: &[T], row: impl Fn(&T) -> &Row) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for row in files.iter().map(row) {
        out.extend_from_slice(b",\n");
        put(&mut out, PATH, row.path.as_str())?;
        out.extend_from_slice(HASH.as_bytes());
        out.extend(row.hash.as_bytes().iter().flat_map(|byte| hex(*byte)));
        write!(out, "\"{SIZE}{}", row.size)?;
        put(&mut out, KIND, row.kind.as_str())?;
        let Provenance {
            definition,
            item,
            template,
        } = &row.provenance;
        for (start, text) in [(DEFINITION, definition), (ITEM, item), (TEMPLATE, template)] {
            if let Some(text) = text {
                put(&mut out, start, text)?;
            }
        }
        out.push(b'}');
    }
    Ok(out)
}

/// Writes a text and its end.
fn put(out: &mut Vec<u8>, start: &str, text: &str) -> io::Result<()> {
    out.extend_from_slice(start.as_bytes());
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.pop();
        serde_json::to_writer(out, text)?;
    }
    Ok(())
}

/// The two digits of a byte.
fn hex(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)])
}

/// What is wrong with a manifest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    /// Cut off, or never ours.
    #[error("{0}")]
    Json(String),
    /// Written by another Frieze.
    #[error("it has version {0}, and this Frieze knows version {VERSION}")]
    Version(u64),
    /// A path that could not have been written.
    #[error("it lists {0:?}, which is not a path Frieze writes: {1}")]
    Path(String, OutputPathError),
    /// Not in order, or twice.
    #[error("it lists `{0}` out of order")]
    Order(OutputPath),
    /// No hash of ours.
    #[error("it lists `{0}` with a hash that is none")]
    Hash(OutputPath),
    /// A link, a folder.
    #[error("it is not a regular file")]
    NotAFile,
}

#[derive(Deserialize)]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
struct Files<'a> {
    #[serde(borrow)]
    files: Vec<File<'a>>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    hash: Cow<'a, str>,
    size: u64,
}

/// The files a manifest lists, sorted. Each path is checked again: a manifest changed by hand must not lead
/// to a removal outside the folder.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Listed>, Damage> {
    parse_own(bytes).map_or_else(|| parse_any(bytes), Ok)
}

/// The files of a manifest that looks as Frieze writes it, line by line. Of any other, what is wrong with it takes
/// longer to say.
fn parse_own(bytes: &[u8]) -> Option<Vec<Listed>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines = text.strip_prefix(&head())?.strip_suffix(END)?;
    let lines = lines.strip_prefix('\n')?.par_lines();
    let files: Vec<Listed> = lines.map(parse_line).collect::<Option<_>>()?;
    files.is_sorted_by(|a, b| a.path < b.path).then_some(files)
}

/// A line as [`lines`] writes it.
fn parse_line(line: &str) -> Option<Listed> {
    let (path, rest) = text(line, PATH)?;
    let (hash, rest) = text(rest, HASH)?;
    let rest = rest.strip_prefix(SIZE)?;
    let (size, rest) = rest.split_at_checked(rest.bytes().position(|b| b == b',')?)?;
    let (_, mut rest) = text(rest, KIND)?;
    for start in [DEFINITION, ITEM, TEMPLATE] {
        if rest.starts_with(start) {
            (_, rest) = text(rest, start)?;
        }
    }
    if !matches!(rest, "}" | "},") {
        return None;
    }
    Some(Listed {
        path: OutputPath::parse(path).ok()?,
        hash: blake3::Hash::from_hex(hash).ok()?,
        size: size.parse().ok()?,
    })
}

/// The text that a line goes on with after this, if it has no escapes, and what follows it.
fn text<'l>(line: &'l str, start: &str) -> Option<(&'l str, &'l str)> {
    let rest = line.strip_prefix(start)?;
    let end = rest.bytes().position(|b| b == b'"' || b == b'\\')?;
    let (text, rest) = rest.split_at_checked(end)?;
    Some((text, rest.strip_prefix('"')?))
}

fn parse_any(bytes: &[u8]) -> Result<Vec<Listed>, Damage> {
    let damaged = |error: serde_json::Error| Damage::Json(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.version != VERSION {
        return Err(Damage::Version(head.version));
    }
    let files: Files<'_> = serde_json::from_slice(bytes).map_err(damaged)?;
    let mut listed: Vec<Listed> = Vec::with_capacity(files.files.len());
    for File { path, hash, size } in files.files {
        let path = OutputPath::parse(&path).map_err(|e| Damage::Path(path.into_owned(), e))?;
        if listed.last().is_some_and(|last| last.path >= path) {
            return Err(Damage::Order(path));
        }
        let hash =
            blake3::Hash::from_hex(hash.as_bytes()).map_err(|_| Damage::Hash(path.clone()))?;
        listed.push(Listed { path, hash, size });
    }
    Ok(listed)
}

/// The numbers of files by their paths. A build asks for each of them.
#[derive(Debug)]
pub(super) struct ByPath {
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl ByPath {
    pub(super) fn of(files: &[Listed]) -> Self {
        let hasher = RandomState::default();
        let mut numbers = HashTable::with_capacity(files.len());
        for number in (0_u32..).take(files.len()) {
            let hash = |number: &u32| hasher.hash_one(files[*number as usize].path.as_str());
            numbers.insert_unique(hash(&number), number, hash);
        }
        Self { numbers, hasher }
    }

    pub(super) fn find(&self, files: &[Listed], path: &str) -> Option<usize> {
        let is_it = |number: &u32| files[*number as usize].path.as_str() == path;
        let found = self.numbers.find(self.hasher.hash_one(path), is_it);
        found.map(|number| *number as usize)
    }
}

/// The place of a path among files that are sorted by it.
pub(super) fn find(files: &[Listed], path: &str) -> Option<usize> {
    files
        .binary_search_by(|file| file.path.as_str().cmp(path))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, item: Option<&str>) -> Row {
        Row {
            path: OutputPath::parse(path).unwrap(),
            hash: blake3::hash(path.as_bytes()),
            size: path.len() as u64,
            kind: ArtifactKind::Page,
            provenance: Provenance {
                definition: Some("walks".into()),
                item: item.map(Into::into),
                template: None,
            },
        }
    }

    fn written(rows: &[Row]) -> String {
        let mut out = Vec::new();
        write(rows, |row| row, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let rows = [
            row("a/été \u{1f600}.html", Some("/content/dam/\"x\"\n\\")),
            row("b", None),
        ];
        let text = written(&rows);
        let listed = rows.iter().map(|row| Listed {
            path: row.path.clone(),
            hash: row.hash,
            size: row.size,
        });
        assert_eq!(parse(text.as_bytes()), Ok(listed.collect()));
        assert_eq!(text.lines().count(), 4, "one file a line:\n{text}");
        assert!(text.starts_with("{\"version\":1,"));
        let digest = write(&rows, |row| row, &mut io::sink()).unwrap();
        assert_eq!(digest, blake3::hash(text.as_bytes()));
        assert_eq!(parse(written(&[]).as_bytes()), Ok(vec![]));
    }

    #[test]
    fn is_json_of_one_form() {
        let mut last = row("b\u{e9}", None);
        last.kind = ArtifactKind::Static;
        last.provenance.definition = None;
        last.provenance.template = Some("\u{1}\t/".into());
        insta::assert_snapshot!(written(&[row("a", Some("/x/\"y\\")), last]), @r#"
        {"version":1,"files":[
        {"path":"a","hash":"17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f","size":1,"kind":"page","definition":"walks","item":"/x/\"y\\"},
        {"path":"bé","hash":"cdc1bb13e0bb1ec6d1edb347d2e6addde3b5de1a1a3bc09a7b506c8130223476","size":3,"kind":"static","template":"\u0001\t/"}
        ]}
        "#);
    }

    #[test]
    fn reads_its_own_as_any_other() {
        let mut paths: Vec<String> = (0..5_000).map(|n| format!("a/{n}.html")).collect();
        paths.sort_unstable();
        let rows: Vec<Row> = paths.iter().map(|path| row(path, Some("x"))).collect();
        let own = written(&rows);
        assert_eq!(parse_own(own.as_bytes()), parse_any(own.as_bytes()).ok());
        assert_eq!(own.lines().count(), 5_002);
        let own = written(&[row("a", None), row("b\u{e9}", Some("x"))]);
        assert!(parse_own(own.as_bytes()).is_some());
        for at in 0..own.len() {
            for byte in *b"\"\\,:{}[]/.b7\n \x80" {
                let mut other = own.clone().into_bytes();
                other[at] = byte;
                if let (Some(fast), Ok(slow)) = (parse_own(&other), parse_any(&other)) {
                    assert_eq!(fast, slow, "{at}: {byte}");
                }
            }
        }
    }

    #[test]
    fn every_cut_is_damage() {
        let text = written(&[row("a", None), row("b", Some("x"))]);
        for end in 0..text.trim_end().len() {
            assert!(
                matches!(parse(&text.as_bytes()[..end]), Err(Damage::Json(_))),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn refuses_what_could_do_harm() {
        let with = |files: &[(&str, &str)]| {
            let lines = files.iter().map(|(path, hash)| {
                serde_json::json!({ "path": path, "hash": hash, "size": 1 }).to_string()
            });
            let lines: Vec<String> = lines.collect();
            parse(format!("{{\"version\":1,\"files\":[{}]}}", lines.join(",")).as_bytes())
        };
        let hash = &*blake3::hash(b"x").to_hex();
        assert!(with(&[("a", hash), ("b", hash)]).is_ok());
        for path in ["../x", "/etc/passwd", ".frieze-manifest"] {
            let found = with(&[(path, hash)]);
            assert!(matches!(found, Err(Damage::Path(..))), "{path}");
        }
        for twice in [["b", "a"], ["a", "a"]] {
            let found = with(&twice.map(|path| (path, hash)));
            assert!(matches!(found, Err(Damage::Order(_))), "{twice:?}");
        }
        for hash in ["", &hash[1..], "zz"] {
            let found = with(&[("a", hash)]);
            assert!(matches!(found, Err(Damage::Hash(_))), "{hash}");
        }
        assert_eq!(
            parse(br#"{"version":2,"anything":[]}"#),
            Err(Damage::Version(2))
        );
    }
}
