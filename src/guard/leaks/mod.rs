//! What must not be published: credentials, the hosts of AEM, and links that only AEM answers.
//!
//! [`Leaks`] searches every artifact on its way to the sink. The bytes are gone through once ([`search`]), for
//! short pieces of all that is looked for ([`spelling`] says which); a hit is looked at closely: in which
//! spelling the rest stands around it, whether a host is whole ([`hosts`]), whether a mention of
//! `/content/dam/` is a link ([`links`], with [`markup`] for pages). [`report`] says the same about many
//! pages once. In files that are no text only credentials are looked for. [`Mask`] takes those out of texts
//! that are for others to read.
//!
//! A file is searched whether or not the same one is in place already: that it was published before makes a
//! leak worse, not better.

mod hosts;
mod linked;
mod links;
mod markup;
mod mask;
mod report;
mod search;
mod secrets;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::artifact::{Artifact, Body};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::fs::{FsError, at};
use crate::secret::Secret;

use hosts::{Hosts, Owner};
use linked::Linked;
use links::Format;
use markup::Page;
pub use mask::Mask;
use report::{Leak, Report, Sighting};
use search::Search;
use spelling::{Case, Needle};

/// Below which folder AEM keeps what a site must not link to as it is.
const DAM: &str = "content/dam/";

/// How much of a large file is in memory at once, unless it is a text.
const PIECE: usize = 1 << 20;

/// How far pieces overlap: more than any secret is long, in any spelling.
const OVERLAP: usize = 1 << 16;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A credential, by its place in the list.
    Secret(usize),
    /// A host of AEM.
    Host,
    /// A link that only AEM answers.
    Link,
}

/// Searches artifacts and remembers what it found.
pub struct Leaks {
    search: Search<What>,
    /// Names of the secrets.
    names: Vec<String>,
    hosts: Hosts,
    /// Where assets may be linked to.
    linked: Linked,
    /// Files of the site's own below `content/dam/`, which may be linked to.
    own: BTreeSet<String>,
    report: Mutex<Report>,
}

impl Leaks {
    /// Gets ready to search the artifacts of a site, which consists of the files `own` at least. `tokens`
    /// are those that credentials were exchanged for.
    ///
    /// # Errors
    /// When there is too much to look for.
    pub fn new<'p>(
        config: &Config,
        tokens: Vec<Secret>,
        own: impl IntoIterator<Item = &'p str>,
    ) -> Result<Self, Diagnostic> {
        let hosts = Hosts::new(&config.base_url.as_text(), &config.aem.hosts);
        let secrets = secrets::all(config, tokens);
        let link = Needle::around("/content/", "dam", "/", Case::Exact);
        let host = |needle| (What::Host, needle);
        let mut needles = vec![(What::Link, link)];
        needles.extend(hosts.needles().into_iter().map(host));
        let secret = |named: &secrets::Named| Needle::new(named.secret.expose(), Case::Exact);
        needles.extend((0..).map(What::Secret).zip(secrets.iter().map(secret)));
        let search = Search::of(needles).map_err(|error| {
            let message = format!("the output cannot be searched for leaks: {error}");
            Diagnostic::error(Kind::Config, message)
        })?;
        let own = own.into_iter().filter(|path| path.starts_with(DAM));
        Ok(Self {
            search,
            linked: Linked::of(config),
            names: secrets.into_iter().map(|named| named.name).collect(),
            hosts,
            own: own.map(str::to_owned).collect(),
            report: Mutex::default(),
        })
    }

    /// Searches an artifact; whether it may be published.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn search(&self, artifact: &Artifact) -> Result<Verdict, FsError> {
        let mut seen = Seen::default();
        match &artifact.body {
            Body::Bytes(bytes) => self.look(bytes, artifact, &mut seen),
            Body::File(path) => {
                let read = self.in_file(path, artifact, &mut seen);
                read.map_err(at("read", path))?;
            }
        }
        let verdict = seen.verdict();
        if verdict == Verdict::Leaks {
            let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
            report.add(artifact, seen.leaks);
        }
        Ok(verdict)
    }

    /// What was found so far: nothing, or what stops the build.
    #[must_use]
    pub fn found(&self) -> Diagnostics {
        let report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.diagnostics(&self.names)
    }

    /// A text is read whole. Of anything else a piece at a time: it may be a film.
    fn in_file(&self, path: &Path, artifact: &Artifact, seen: &mut Seen) -> io::Result<()> {
        let mut file = File::open(path)?;
        let mut bytes = Vec::new();
        file.by_ref().take(PIECE as u64).read_to_end(&mut bytes)?;
        if is_text(&bytes, artifact) {
            file.read_to_end(&mut bytes)?;
            self.look(&bytes, artifact, seen);
            return Ok(());
        }
        loop {
            self.look(&bytes, artifact, seen);
            bytes.drain(..bytes.len().saturating_sub(OVERLAP));
            if file.by_ref().take(PIECE as u64).read_to_end(&mut bytes)? == 0 {
                return Ok(());
            }
        }
    }

    /// Finds everything in a piece of a file that must not be there.
    fn look(&self, bytes: &[u8], artifact: &Artifact, seen: &mut Seen) {
        let hits = self.search.hits(bytes);
        if hits.is_empty() {
            return;
        }
        if !is_text(bytes, artifact) {
            let secret = |(what, _)| match what {
                What::Secret(which) => Some(Sighting::elsewhere(Leak::Secret(which))),
                What::Host | What::Link => None,
            };
            seen.leaks.extend(hits.into_iter().filter_map(secret));
            return;
        }
        let sees_link = hits.iter().any(|(what, _)| *what == What::Link);
        let is_needed = sees_link || !self.linked.is_empty();
        let page = (is_needed && is_html(artifact)).then(|| Page::read(bytes));
        let text = Text {
            bytes,
            format: page.as_ref().map_or(Format::Other, Format::Html),
            masked: masked(&hits),
        };
        for (what, range) in hits {
            match self.hit(&text, what, range) {
                Hit::Harmless => {}
                Hit::Own => seen.own = true,
                Hit::Leak(leak, range) => {
                    let sighting = Sighting::in_text(leak, bytes, &range, &text.masked);
                    seen.leaks.push(sighting);
                }
            }
        }
    }

    /// What a hit in a text is.
    fn hit(&self, text: &Text<'_>, what: What, hit: Range<usize>) -> Hit {
        match what {
            What::Secret(which) => Hit::Leak(Leak::Secret(which), hit),
            What::Host => self.host(text, &hit),
            What::Link => self.link(text, hit),
        }
    }

    fn host(&self, text: &Text<'_>, hit: &Range<usize>) -> Hit {
        let Some((whole, owner)) = self.hosts.around(text.bytes, hit) else {
            return Hit::Harmless;
        };
        let host = spelling::plain(&text.bytes[whole.clone()]).to_ascii_lowercase();
        let leak = match owner {
            Owner::Author => Leak::Author(host),
            _ if self.linked.allows(text.bytes, &whole, &text.format) => return Hit::Harmless,
            Owner::Aem | Owner::Site | Owner::Other => Leak::Host(host),
        };
        Hit::Leak(leak, whole)
    }

    fn link(&self, text: &Text<'_>, hit: Range<usize>) -> Hit {
        let bytes = text.bytes;
        if !links::is_link(bytes, &hit, &text.format, &self.hosts) {
            return Hit::Harmless;
        }
        if self.is_own(&links::target(bytes, &hit)) {
            return Hit::Own;
        }
        let link = links::extent(bytes, &hit);
        let shown = report::visible(bytes, &link, &text.masked);
        Hit::Leak(Leak::Link(shown), hit)
    }

    /// Whether the site has that file itself. The copy of a static file under a fingerprinted name becomes
    /// part of the site by being asked for, so it is known by the plain one.
    fn is_own(&self, path: &str) -> bool {
        let plain = || {
            let (rest, extension) = path.rsplit_once('.')?;
            let (stem, fingerprint) = rest.rsplit_once('.')?;
            let hex = fingerprint.len() == 16 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
            hex.then(|| format!("{stem}.{extension}"))
        };
        let folder = || format!("{}/index.html", path.trim_end_matches('/'));
        self.own.contains(path)
            || self.own.contains(&folder())
            || plain().is_some_and(|plain| self.own.contains(&plain))
    }
}

/// What a hit is when it is looked at closely.
enum Hit {
    /// Nothing.
    Harmless,
    /// A link to a file that the site has itself.
    Own,
    /// A leak, and where all of it stands.
    Leak(Leak, Range<usize>),
}

/// What was seen in an artifact.
#[derive(Default)]
struct Seen {
    leaks: Vec<Sighting>,
    /// Whether there are links to files that the site has itself.
    own: bool,
}

impl Seen {
    fn verdict(&self) -> Verdict {
        match (self.leaks.is_empty(), self.own) {
            (false, _) => Verdict::Leaks,
            (true, true) => Verdict::CleanHere,
            (true, false) => Verdict::Clean,
        }
    }
}

/// A text that is looked at closely.
struct Text<'p> {
    bytes: &'p [u8],
    format: Format<'p>,
    /// Where secrets are, in order: what stands around a leak is shown, but for them.
    masked: Vec<Range<usize>>,
}

fn masked(hits: &[(What, Range<usize>)]) -> Vec<Range<usize>> {
    let secrets = hits
        .iter()
        .filter(|(what, _)| matches!(what, What::Secret(_)));
    let mut masked: Vec<Range<usize>> = secrets.map(|(_, range)| range.clone()).collect();
    masked.sort_by_key(|range| range.start);
    masked
}

/// Whether an artifact may be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found: it may, with whatever other files.
    Clean,
    /// It may on this site, which has files that would be leaks to link to otherwise. Without them it would
    /// not be clean.
    CleanHere,
    /// Something was.
    Leaks,
}

/// Extensions of files that are texts whatever is in them.
const TEXTS: [&str; 16] = [
    "atom",
    "css",
    "csv",
    "htm",
    "html",
    "js",
    "json",
    "map",
    "md",
    "mjs",
    "rss",
    "svg",
    "txt",
    "webmanifest",
    "xhtml",
    "xml",
];

fn is_text(bytes: &[u8], artifact: &Artifact) -> bool {
    let named = has_extension(artifact, &TEXTS);
    named || (!bytes.contains(&0) && is_utf8(bytes))
}

/// Whether it is UTF-8 as far as it goes; the last character of a piece may be cut.
fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

fn is_html(artifact: &Artifact) -> bool {
    has_extension(artifact, &["html", "htm", "xhtml"])
}

fn has_extension(artifact: &Artifact, among: &[&str]) -> bool {
    let path = artifact.path.as_str();
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let is = |extension: &str| among.iter().any(|own| own.eq_ignore_ascii_case(extension));
    extension.is_some_and(is)
}
