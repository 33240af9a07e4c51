//! What a build read, and whether it would read the same again.
//!
//! A site follows from what was read for it and nothing else: the files of the site, the program, and AEM's
//! answers. A [`Trace`] is the list of these, with a hash of each, written down by a [`Tracer`] while they are
//! read and kept when the build was committed. The next build first asks for what is on the list, all at
//! once, since nobody has to wait for a cursor that is known ([`Trace::confirm`]). If nothing differs and the
//! output is what it was, the site is what would be built, and neither parsing nor rendering nor writing is
//! needed. If something differs, the build goes its ordinary way, and finds what was asked already in the
//! cache.
//!
//! When in doubt there is no trace: after a build with warnings, which should be told again; after content
//! that moved while it was paged; when another frieze wrote it.

mod inputs;
pub mod pages;
mod tracer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use inputs::{Inputs, environment, this_program};
pub use tracer::Tracer;

use crate::aem::{AssetFile, Variables};
use crate::fs;
use crate::guard::Measure;
use crate::query::{PagingMode, QuerySet};
use crate::source::{Delivery, Meter, Request, Source, SourceError};

/// The folder of the traces, one for each output folder. The number is that of their format.
const FOLDER: &str = "traces-3";

/// Requests prepared at once; how many are really in flight is the source's to bound. Few more than that: what has
/// changed is not to be asked for in vain.
const AHEAD: usize = 16;

/// What a build read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The hash of everything on this side: files, settings, program.
    pub inputs: String,
    /// The hash of the output's manifest.
    pub manifest: String,
    /// The requests and the hash of each answer.
    answers: Vec<TracedAnswer>,
    /// The hash of each asset, by its path; none of what was not there.
    assets: BTreeMap<String, String>,
    /// What the build made, to be told again.
    pub figures: Figures,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TracedAnswer {
    query: String,
    /// The language it was asked in, where it is asked in each.
    language: Option<String>,
    /// The question, as [`Ask::canonical`](crate::query::Ask::canonical) has it: a query may have several.
    ask: String,
    variables: Value,
    hash: String,
}

/// What a build made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Items known.
    pub items: usize,
    /// Pages.
    pub pages: usize,
    /// Assets of AEM.
    pub assets: usize,
    /// What was asked.
    pub asked: Vec<Asked>,
    /// What it brought.
    pub measures: Vec<Measure>,
}

/// What a definition asked for, in one language or in general.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The definition.
    pub query: String,
    /// The language.
    pub language: Option<String>,
    /// The variables, where there is one set of them.
    pub variables: Option<Value>,
}

/// An answer that is what it was, and who said so.
pub struct Confirmed {
    meter: Arc<Meter>,
    delivery: Delivery,
}

impl Confirmed {
    /// Counts it. Where something else has changed, the same is asked again, and counted then.
    pub fn count(&self) {
        self.meter.answered(&self.delivery);
    }
}

impl Trace {
    /// How many answers and assets are on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.len() + self.assets.len()
    }

    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks whether all answers are what they were: then it is who said so of each. What cannot be said counts
    /// as changed: the ordinary way meets the same and can explain it. Once something has changed, the rest is left to
    /// that way too, but for pages that it could only ask for one after the other. `asked` hears of every step, and
    /// `meter` gives the one of a definition in a language.
    pub async fn confirm(
        &self,
        queries: &QuerySet,
        source: &dyn Source,
        asked: impl Fn(),
        meter: impl Fn(&str, Option<&str>) -> Arc<Meter>,
    ) -> Option<Vec<Confirmed>> {
        let (asked, meter) = (&asked, &meter);
        let changed = &AtomicBool::new(false);
        let answers = self.answers.iter().map(|traced| async move {
            let meter = meter(&traced.query, traced.language.as_deref());
            let is_wanted = !changed.load(Ordering::Relaxed) || traced.is_ahead(queries);
            let same = match traced.request(queries, &meter).filter(|_| is_wanted) {
                Some(request) => source.confirm(&request, &traced.hash).await,
                None => Ok(None),
            };
            if let Ok(None) = same {
                changed.store(true, Ordering::Relaxed);
            }
            asked();
            same.map(|same| same.map(|delivery| Confirmed { meter, delivery }))
        });
        let mut answers = stream::iter(answers).buffer_unordered(AHEAD);
        let mut same = true;
        let mut confirmed = Vec::new();
        while let Some(result) = answers.next().await {
            match result {
                Ok(Some(one)) => confirmed.push(one),
                Ok(None) => same = false,
                // In trouble a host is not asked for everything twice.
                Err(_) => return None,
            }
        }
        same.then_some(confirmed)
    }

    /// The definitions of whose answers one is not what it was, of those that `meant` names. Of a definition that is
    /// known to be among them nothing more is asked.
    ///
    /// # Errors
    /// The first answer that cannot be had, and whose it is.
    pub async fn changed(
        &self,
        queries: &QuerySet,
        source: &dyn Source,
        meant: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<String>, (String, SourceError)> {
        let changed = &Mutex::new(BTreeSet::<String>::new());
        let known = || changed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &known;
        let meant = self.answers.iter().filter(|traced| meant(&traced.query));
        let answers = meant.map(|traced| async move {
            if known().contains(&traced.query) {
                return Ok(());
            }
            let meter = Arc::new(Meter::of(traced.language.as_deref()));
            let same = match traced.request(queries, &meter) {
                Some(request) => source.confirm(&request, &traced.hash).await,
                None => Ok(None),
            };
            match same {
                Ok(Some(_)) => {}
                Ok(None) => drop(known().insert(traced.query.clone())),
                Err(error) => return Err((traced.query.clone(), error)),
            }
            Ok(())
        });
        let mut answers = stream::iter(answers).buffer_unordered(AHEAD);
        while let Some(result) = answers.next().await {
            result?;
        }
        let changed = std::mem::take(&mut *known());
        Ok(changed)
    }

    /// Asks whether all assets are what they were. `scratch` is for files that nobody needs.
    pub async fn confirm_assets(
        &self,
        source: &dyn Source,
        scratch: &Path,
        asked: impl Fn(),
    ) -> bool {
        let asked = &asked;
        let assets = self
            .assets
            .iter()
            .enumerate()
            .map(|(at, (path, hash))| async move {
                let file = scratch.join(at.to_string());
                let same = match AssetFile::parse(path) {
                    Some(path) if hash.is_empty() => match source.asset(&path, &file).await {
                        Err(error) => Ok(error.cause.misses()),
                        Ok(_) => Ok(false),
                    },
                    Some(path) => source.confirm_asset(&path, hash, &file).await,
                    None => Ok(false),
                };
                asked();
                same.unwrap_or(false)
            });
        let mut assets = stream::iter(assets).buffer_unordered(AHEAD);
        let mut same = true;
        while let Some(one) = assets.next().await {
            same &= one;
        }
        same
    }
}

impl TracedAnswer {
    /// Whether it is had earlier when it is asked for now: a chain of cursors takes one request after the other.
    fn is_ahead(&self, queries: &QuerySet) -> bool {
        let query = queries.find(&self.query).map(|id| queries.get(id));
        let mode = query.map(|query| query.paging.mode);
        matches!(mode, Some(PagingMode::Auto | PagingMode::Cursor))
    }

    fn request(&self, queries: &QuerySet, meter: &Arc<Meter>) -> Option<Request> {
        let query = queries.get(queries.find(&self.query)?);
        let variables = self.variables.as_object()?.clone();
        Some(Request {
            query: query.name.clone(),
            ask: query.asks().find(|ask| ask.canonical() == self.ask)?,
            variables: Variables::from_iter(variables),
            freshness: query.freshness,
            optional: query.optional,
            round: 0,
            meter: Arc::clone(meter),
        })
    }
}

/// Where the trace of an output folder is kept.
#[derive(Clone, Debug)]
pub struct Traces {
    file: PathBuf,
}

impl Traces {
    /// The place for an output folder, below the cache folder.
    #[must_use]
    pub fn of(cache: &Path, output: &Path) -> Self {
        let output = std::path::absolute(output).unwrap_or_else(|_| output.to_path_buf());
        let name = blake3::hash(output.as_os_str().as_encoded_bytes()).to_hex();
        Self {
            file: cache.join(FOLDER).join(&name[..32]),
        }
    }

    /// The file of the [`pages`] of that output folder.
    #[must_use]
    pub fn pages(&self) -> PathBuf {
        self.file.with_extension("pages")
    }

    /// The trace of the last build with these inputs; `None` also when it is damaged.
    #[must_use]
    pub fn find(&self, inputs: &str) -> Option<Trace> {
        let text = std::fs::read_to_string(&self.file).ok()?;
        let (check, json) = text.split_once('\n')?;
        let intact = blake3::hash(json.as_bytes()).to_hex().as_str() == check;
        let trace: Trace = intact.then(|| serde_json::from_str(json).ok()).flatten()?;
        (trace.inputs == inputs).then_some(trace)
    }

    /// Keeps a trace in the place of an earlier one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, trace: &Trace) -> std::io::Result<()> {
        let json = serde_json::to_string(trace)?;
        let check = blake3::hash(json.as_bytes()).to_hex();
        let text = format!("{check}\n{json}");
        fs::write_whole(&self.file, text.as_bytes()).map_err(|error| error.source)
    }
}
