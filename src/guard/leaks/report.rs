//! What was found, said once for all the pages that have it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::artifact::{Artifact, ArtifactKind, OutputPath, Provenance};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};

/// How much is shown before and after a leak, in bytes.
const AROUND: usize = 48;

/// How many different places are listed.
const LISTED: usize = 5;

/// How many different texts are told apart; what more there is is counted only.
const KEPT: usize = 10_000;

/// What must not be published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leak {
    /// A secret, by its place in the list.
    Secret(usize),
    /// The author host.
    Author(String),
    /// Another host of AEM.
    Host(String),
    /// A link that only AEM answers.
    Link(String),
}

/// One leak in one file.
pub(super) struct Sighting {
    leak: Leak,
    /// Line and column, and what stands around it; of a file that is no text neither says anything.
    seen: Option<(usize, usize, String)>,
}

impl Sighting {
    /// A leak in a text, with what stands around it but for what is masked.
    pub(super) fn in_text(
        leak: Leak,
        bytes: &[u8],
        found: &Range<usize>,
        masked: &[Range<usize>],
    ) -> Self {
        let before = &bytes[..found.start];
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
        let around = found.start.saturating_sub(AROUND)..(found.end + AROUND).min(bytes.len());
        let excerpt = visible(bytes, &around, masked);
        Self {
            leak,
            seen: Some((line, column, excerpt)),
        }
    }

    /// A leak in anything else.
    pub(super) fn elsewhere(leak: Leak) -> Self {
        Self { leak, seen: None }
    }
}

/// A piece of a text on one line, without what is masked. `masked` is in order.
pub(super) fn visible(bytes: &[u8], piece: &Range<usize>, masked: &[Range<usize>]) -> String {
    let mut text = Vec::new();
    let mut at = piece.start;
    for range in masked {
        if range.end > at && range.start < piece.end {
            text.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
            text.extend_from_slice("…".as_bytes());
            at = range.end;
        }
    }
    text.extend_from_slice(bytes.get(at..piece.end).unwrap_or_default());
    let text = String::from_utf8_lossy(&text);
    // A character that was cut.
    let text = text.trim_matches(char::REPLACEMENT_CHARACTER);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What leaks are told together by: what it is, and what made the files that have it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    rank: u8,
    secret: Option<usize>,
    made_by: Option<Arc<str>>,
}

/// The first place of one text.
struct Place {
    path: OutputPath,
    seen: Option<(usize, usize, String)>,
    kind: ArtifactKind,
    provenance: Provenance,
}

#[derive(Default)]
struct Found {
    files: BTreeSet<OutputPath>,
    texts: BTreeMap<Leak, Place>,
}

/// Everything found so far.
#[derive(Default)]
pub(super) struct Report(BTreeMap<Group, Found>);

impl Report {
    /// Adds what was found in one artifact.
    pub(super) fn add(&mut self, artifact: &Artifact, found: Vec<Sighting>) {
        let provenance = &artifact.provenance;
        for sighting in found {
            let (rank, secret) = match sighting.leak {
                Leak::Secret(which) => (0, Some(which)),
                Leak::Author(_) => (1, None),
                Leak::Host(_) => (2, None),
                Leak::Link(_) => (3, None),
            };
            let group = Group {
                rank,
                secret,
                made_by: provenance.template.clone().or(provenance.item.clone()),
            };
            let place = Place {
                path: artifact.path.clone(),
                seen: sighting.seen,
                kind: artifact.kind,
                provenance: provenance.clone(),
            };
            let group = self.0.entry(group).or_default();
            group.files.insert(artifact.path.clone());
            // The first place counts, in whatever order pages are rendered.
            let full = group.texts.len() >= KEPT;
            match group.texts.entry(sighting.leak) {
                Entry::Occupied(mut known) if place.order() < known.get().order() => {
                    known.insert(place);
                }
                Entry::Vacant(new) if !full => {
                    new.insert(place);
                }
                Entry::Occupied(_) | Entry::Vacant(_) => {}
            }
        }
    }

    /// What stops the build; nothing when nothing was found.
    pub(super) fn diagnostics(&self, names: &[String]) -> Diagnostics {
        self.0
            .values()
            .filter_map(|found| found.tell(names))
            .collect()
    }
}

impl Place {
    fn order(&self) -> (&OutputPath, Option<(usize, usize)>) {
        let seen = self.seen.as_ref();
        (&self.path, seen.map(|(line, column, _)| (*line, *column)))
    }

    /// What the file was made of.
    fn origin(&self) -> String {
        let Provenance {
            definition,
            item,
            template,
        } = &self.provenance;
        let item = item.as_deref();
        match (self.kind, definition, template) {
            (ArtifactKind::Page, Some(definition), Some(template)) => {
                let item = item.map(|item| format!(" from {item}")).unwrap_or_default();
                format!("`templates/{template}` made it{item}, of the definition `{definition}`")
            }
            (ArtifactKind::Page, _, _) => {
                let template = template.as_deref().unwrap_or_default();
                format!("`templates/{template}` made it")
            }
            (ArtifactKind::Static | ArtifactKind::Asset, _, _) => {
                format!("it is a copy of {}", item.unwrap_or("a file"))
            }
        }
    }
}

impl Found {
    fn tell(&self, names: &[String]) -> Option<Diagnostic> {
        let mut places: Vec<(&Leak, &Place)> = self.texts.iter().collect();
        places.sort_by(|(_, a), (_, b)| a.order().cmp(&b.order()));
        let (leak, first) = *places.first()?;
        let mut diagnostic = Diagnostic::error(Kind::Guard, message(leak, names));
        let path = first.path.as_str();
        diagnostic = match &first.seen {
            Some((line, column, excerpt)) => diagnostic
                .at(Location::position(path, *line, *column))
                .note(format!("it reads: {excerpt}")),
            None => diagnostic.at(Location::file(path)),
        };
        diagnostic = diagnostic.note(first.origin());
        for (leak, place) in places.iter().skip(1).take(LISTED - 1) {
            if let (Some(text), Some((line, column, _))) = (text(leak), &place.seen) {
                let path = &place.path;
                diagnostic = diagnostic.note(format!("also `{text}` at {path}:{line}:{column}"));
            }
        }
        let more = places.len().saturating_sub(LISTED);
        if more > 0 {
            diagnostic = diagnostic.note(format!("and {more} other ones"));
        }
        match self.files.len() {
            1 => {}
            files => diagnostic = diagnostic.note(format!("all in all in {files} files")),
        }
        Some(
            help(leak, first.kind)
                .iter()
                .fold(diagnostic, |diagnostic, help| diagnostic.help(*help)),
        )
    }
}

/// What may be shown of it.
fn text(leak: &Leak) -> Option<&str> {
    match leak {
        Leak::Secret(_) => None,
        Leak::Author(text) | Leak::Host(text) | Leak::Link(text) => Some(text),
    }
}

fn message(leak: &Leak, names: &[String]) -> String {
    match leak {
        Leak::Secret(which) => {
            let name = names.get(*which).map_or("a secret", String::as_str);
            format!("a credential would be published: {name}")
        }
        Leak::Author(host) => format!("AEM's author host would be published: `{host}`"),
        Leak::Host(host) => format!("a host of AEM would be published: `{host}`"),
        Leak::Link(link) => format!("a link into AEM's repository would be published: `{link}`"),
    }
}

fn help(leak: &Leak, kind: ArtifactKind) -> &'static [&'static str] {
    match (leak, kind) {
        (Leak::Secret(_), _) => &[
            "find out how it came there and take it out",
            "whoever may read that place has seen it: get a new one",
        ],
        (_, ArtifactKind::Static | ArtifactKind::Asset) => &["change it in that file"],
        (Leak::Author(_) | Leak::Host(_), ArtifactKind::Page) => &[
            "where it is a link: `url(path=…)` gives the page of a fragment, `asset(src=…)` the copy of a file",
            "where it is a text: change it in AEM or in the template",
        ],
        (Leak::Link(_), ArtifactKind::Page) => {
            &["`asset(src=…)` gives the copy of a file, `url(path=…)` the page of a fragment"]
        }
    }
}
