//! The order of a build. Every stage is elsewhere; only this file knows all of them.
//!
//! [`prepare`] reads what is on disk and finds every mistake in it. [`Run::build`] asks the source, indexes
//! the answers, plans the routes, renders, fetches the assets that pages asked for, and commits. Nothing
//! is visible before the commit, and a stage that found errors is the last one.

mod guarded;
mod record;
mod shortcut;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::artifact::{Artifact, OutputPath};
use crate::asset::{self, AssetPlan, Statics};
use crate::cache;
use crate::config::{self, Config, Overrides};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, Warned};
use crate::fetch::plan::Plan;
use crate::fetch::{self, Deadline, Means};
use crate::generate;
use crate::guard::{self, History, Judgement, Leaks, Measure};
use crate::i18n::{self, Strings};
use crate::interrupt::{Interrupt, stopped};
use crate::local::{self, LocalPages};
use crate::output::{Commit, Scratch, Sink};
use crate::progress::Progress;
use crate::query::{self, QuerySet};
use crate::reach::{Reaches, Selection};
use crate::render::{self, Backlinks, Findings, Menus, QueryCache, Reads, Site, Templates};
use crate::route::{self, RouteTable};
use crate::source::{Source, Usage};
use crate::store::SpoolBodies;
use crate::store::known::KnownItems;
use crate::trace::pages::{Earlier, Recording};
use crate::trace::{self, Tracer, Traces};
use crate::value::digest;

pub use record::{Memory, Record, StageCost};

use guarded::Guarded;
use shortcut::Shortcut;

/// The folders of a site that are read.
const FOLDERS: [&str; 6] = [
    query::FOLDER,
    "templates",
    "static",
    local::FOLDER,
    "sass",
    i18n::FOLDER,
];

/// Everything on disk, read and checked.
pub struct Inputs {
    /// `site.toml`.
    pub config: Arc<Config>,
    /// `content-queries/`.
    pub queries: Arc<QuerySet>,
    /// `templates/`.
    pub templates: Templates,
    /// `static/`.
    pub statics: Statics,
    /// `i18n/`.
    pub strings: Strings,
    /// `content/`.
    pub local: Arc<LocalPages>,
}

impl Inputs {
    /// The files and folders that are read: an output folder may not be one of them.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let mut paths = folders(&self.config.root);
        paths.push(self.config.cache.clone());
        if let config::Origin::Sandbox(sandbox) = &self.config.aem.origin {
            paths.push(sandbox.package.clone());
        }
        paths
    }
}

/// The folders of the site in `root` that are read.
#[must_use]
pub fn folders(root: &Path) -> Vec<PathBuf> {
    FOLDERS.iter().map(|folder| root.join(folder)).collect()
}

/// What warnings mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warnings {
    /// They are told.
    #[default]
    Allow,
    /// They stop the build before anything is visible.
    Deny,
}

/// What a build takes over from earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Whatever would come out as it is.
    #[default]
    Same,
    /// Nothing but answers.
    Nothing,
}

/// What somebody decides about one build, beside what the site says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What warnings mean.
    pub warnings: Warnings,
    /// `--accept-shrink`: definitions of which less may come than before.
    pub accept_shrink: Vec<String>,
    /// What is taken over from earlier builds.
    pub reuse: Reuse,
    /// What earlier builds brought.
    pub history: History,
    /// When the build was started, as the history will tell it.
    pub now: String,
}

/// What a build did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Definitions asked.
    pub queries: usize,
    /// Items known.
    pub items: usize,
    /// Pages of the site.
    pub pages: usize,
    /// How many of them were rendered; the others are known to be as they are in place.
    pub rendered: usize,
    /// Assets of AEM downloaded.
    pub assets: usize,
    /// Requests sent for queries.
    pub query_requests: u64,
    /// Requests sent and bytes received, assets included.
    pub usage: Usage,
    /// What changed in the output.
    pub commit: Commit,
    /// What earlier builds brought, and this one.
    pub history: History,
    /// What is to be said about what the guard let through, a line each.
    pub remarks: Vec<String>,
    /// From the first request to the end of the commit.
    pub elapsed: Duration,
}

/// What a site asks: what can be known without its templates.
pub struct Definitions {
    /// `site.toml`.
    pub config: Arc<Config>,
    /// `content-queries/`.
    pub queries: Arc<QuerySet>,
}

/// Reads the site in `root`.
///
/// # Errors
/// Every mistake in configuration, definitions, templates, strings and static files.
pub fn prepare(root: &Path, overrides: &Overrides) -> Result<Warned<Inputs>, Diagnostics> {
    let mut found = Diagnostics::new();
    let (config, queries) = read(root, overrides, &mut found);
    let loaded = config.as_deref().map(local::load).unwrap_or_default();
    found.extend(loaded.found);
    let local = Arc::new(loaded.pages);
    let templates = keep(&mut found, Templates::load(root, &local));
    let statics = keep(&mut found, Statics::load(root));
    let strings = config
        .as_ref()
        .and_then(|config| keep(&mut found, i18n::load(config)));
    let strings = strings.map(|strings| strings.into_value(&mut found));
    if let (Some(config), Some(strings)) = (&config, &strings) {
        found.extend(render::check_menus(config, strings));
    }
    if let (Some(templates), Some(queries)) = (&templates, &queries) {
        found.extend(templates.check(queries));
        found.extend(templates.check_local(&local));
    }
    match (config, templates, statics, queries, strings) {
        (Some(config), Some(templates), Some(statics), Some(queries), Some(strings)) => found
            .finish(Inputs {
                config,
                queries,
                templates,
                statics,
                strings,
                local,
            }),
        _ => Err(found),
    }
}

/// Reads configuration and definitions only.
///
/// # Errors
/// Every mistake in them.
pub fn definitions(root: &Path, overrides: &Overrides) -> Result<Warned<Definitions>, Diagnostics> {
    let mut found = Diagnostics::new();
    match read(root, overrides, &mut found) {
        (Some(config), Some(queries)) => found.finish(Definitions { config, queries }),
        _ => Err(found),
    }
}

fn read(
    root: &Path,
    overrides: &Overrides,
    found: &mut Diagnostics,
) -> (Option<Arc<Config>>, Option<Arc<QuerySet>>) {
    let loaded = config::load(root, overrides);
    found.extend(loaded.found);
    let config = loaded.config.map(Arc::new);
    let queries = config
        .as_ref()
        .and_then(|config| keep(found, query::load(config)))
        .map(|queries| Arc::new(queries.into_value(found)));
    if let (Some(config), Some(queries)) = (&config, &queries) {
        found.extend(fetch::plan::warnings(config, queries));
    }
    (config, queries)
}

fn keep<T>(found: &mut Diagnostics, result: Result<T, Diagnostics>) -> Option<T> {
    result.map_err(|errors| found.extend(errors)).ok()
}

/// When a build began to ask.
#[derive(Clone, Copy)]
struct Began {
    at: Instant,
    /// When all answers have to be there.
    deadline: Deadline,
}

/// One build: what its stages share.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Who answers.
    pub source: &'a dyn Source,
    /// Hears how far the build has come.
    pub progress: &'a dyn Progress,
    /// A wish to stop.
    pub interrupt: &'a Interrupt,
    /// The threads for the network.
    pub runtime: &'a Runtime,
    /// What was decided about this build.
    pub settings: &'a Settings,
    /// What is known about it whatever becomes of it.
    pub record: &'a Record,
}

impl Run<'_> {
    /// Builds a site into a sink.
    ///
    /// # Errors
    /// Everything the first stage that failed has found, with the warnings of those before it; the sink is
    /// dropped without a commit.
    pub fn build(
        &self,
        inputs: Inputs,
        sink: Box<dyn Sink>,
    ) -> Result<Warned<Report>, Diagnostics> {
        let mut found = Diagnostics::new();
        match self.run(inputs, sink, &mut found) {
            Ok(report) => found.finish(report),
            Err(errors) => {
                // A warning of an earlier stage may be what explains the error of a later one.
                found.extend(errors);
                Err(found)
            }
        }
    }

    /// The whole build, by the short way if that is open.
    fn run(
        &self,
        inputs: Inputs,
        sink: Box<dyn Sink>,
        found: &mut Diagnostics,
    ) -> Result<Report, Diagnostics> {
        let began = Began {
            at: Instant::now(),
            deadline: Deadline::after(inputs.config.fetch.deadline),
        };
        let shortcut = match self.settings.reuse {
            Reuse::Same => Shortcut::find(&inputs),
            Reuse::Nothing => None,
        };
        let Some(shortcut) = shortcut else {
            return self.all(inputs, sink, found, began);
        };
        let take = || shortcut.take(self, &*sink, began);
        if self.may_stay()
            && let Some(report) = self.record.time("confirm", take)?
        {
            found.extend(self.source.warnings());
            return Ok(report);
        }
        let tracer = Tracer::new(self.source);
        let traced = Run {
            source: &tracer,
            ..*self
        };
        let report = traced.all(inputs, sink, found, began)?;
        // Warnings are to be told again.
        if found.is_empty() {
            shortcut.keep(tracer, &report, &self.record.account);
        }
        Ok(report)
    }

    /// Whether the guard needs nothing but the numbers of a site that stays as it is. Without a history it is
    /// to learn what there is, and what is accepted goes into the history.
    fn may_stay(&self) -> bool {
        let settings = self.settings;
        settings.accept_shrink.is_empty() && !settings.history.is_empty()
    }

    fn all(
        &self,
        inputs: Inputs,
        sink: Box<dyn Sink>,
        found: &mut Diagnostics,
        began: Began,
    ) -> Result<Report, Diagnostics> {
        let &Self {
            source,
            progress,
            interrupt,
            runtime,
            settings,
            record,
        } = self;
        let deny = settings.warnings == Warnings::Deny;
        let Inputs {
            config,
            queries,
            templates,
            statics,
            strings,
            local,
        } = inputs;

        let bodies = Arc::new(SpoolBodies::new(&config.cache));
        let account = &record.account;
        let plan = Plan::of(&config, &queries);
        let plan = plan.informed(&config, &queries, account.origin(), &settings.history);
        let (reaches, selection) = match settings.reuse {
            Reuse::Same => {
                let reaches = Arc::clone(templates.reaches());
                let selection = Selection::of(&queries, &reaches);
                (reaches, selection)
            }
            Reuse::Nothing => (Arc::new(Reaches::whole()), Selection::whole(&queries)),
        };
        let known = match settings.reuse {
            Reuse::Same => known_items(&config, &bodies),
            Reuse::Nothing => None,
        };
        let means = Means {
            source,
            selection: &selection,
            bodies,
            known: known.as_ref(),
            progress,
            account,
            deadline: began.deadline,
        };
        let answers = fetch::run(&config, &queries, &plan, means);
        let fetch = || runtime.block_on(stoppable(interrupt, answers));
        let store = record.time("fetch", fetch);
        let Judgement {
            found: guarded,
            let_through,
            remarks,
        } = self.judge(&config, &queries, &account.measures());
        let store = both(store, guarded)?.into_value(found);

        if deny && !found.is_empty() {
            return Err(std::mem::take(found).denied());
        }
        let query_requests = source.usage().requests;

        let has_error_page = templates.has(route::ERROR_TEMPLATE);
        let plan = || route::plan(&config, &queries, &strings, &store, &local, has_error_page);
        let routes = record.time("plan", plan)?;
        let generated = generate::redirects(&config, &queries, &store, &local, &routes);
        let occupied = occupied(&routes, &generated, &statics);
        if occupied.has_errors() {
            return Err(occupied);
        }
        let reads = match settings.reuse {
            Reuse::Same => reads(&config),
            Reuse::Nothing => Reads::default(),
        };
        let (items, pages) = (store.len(), routes.pages().len());
        let (assets, query_cache) = (AssetPlan::default(), QueryCache::default());
        let site = Arc::new(Site {
            config,
            queries,
            strings,
            reaches,
            selection,
            store,
            local,
            routes,
            statics,
            assets,
            query_cache,
            menus: Menus::default(),
            backlinks: Backlinks::default(),
            findings: Findings::default(),
            reads,
            times: record.templates().cloned(),
        });

        let own = site.routes.pages().iter().map(|page| &page.output);
        let own = own.chain(generated.iter().map(|artifact| &artifact.path));
        let own = own.chain(site.statics.outputs()).map(OutputPath::as_str);
        let leaks = Leaks::new(&site.config, source.tokens(), own)?;
        let guarded = Guarded {
            sink: &*sink,
            leaks: &leaks,
            interrupt,
        };
        let assets = guarded.judge(self.make(&templates, &site, generated, &guarded, found))?;

        if deny && !found.is_empty() {
            return Err(std::mem::take(found).denied());
        }
        interrupt.check()?;
        let commit = record.time("commit", || sink.commit())?;
        site.reads.finish();
        let mut history = settings.history.clone();
        history.add(&account.measures(), &let_through, &settings.now);
        let report = Report {
            queries: site.queries.len(),
            items,
            pages,
            rendered: site.reads.rendered(),
            assets,
            query_requests,
            usage: source.usage(),
            commit,
            history,
            remarks,
            elapsed: began.at.elapsed(),
        };
        Ok(report)
    }

    /// Renders and stages everything; how many assets of AEM there are.
    fn make(
        &self,
        templates: &Templates,
        site: &Arc<Site>,
        generated: Vec<Artifact>,
        output: &Guarded<'_>,
        found: &mut Diagnostics,
    ) -> Result<usize, Diagnostics> {
        let (source, progress) = (self.source, self.progress);
        let record = self.record;
        let render = || render::render(templates, site, output, progress);
        let deferred = record.time("render", render)?.into_value(found);
        let asked = site.assets.finish();
        let downloads = scratch(output.sink, asked.len())?;
        let staged = |artifact| output.stage(artifact).map(|_| ());
        let replacements = asset::fetch(source, &site.config, &asked, &downloads, progress, staged);
        let fetch = || {
            self.runtime
                .block_on(stoppable(self.interrupt, replacements))
        };
        let replacements = record.time("assets", fetch)?.into_value(found);
        found.extend(source.warnings());
        record.time("finish", || {
            deferred.finish((templates, site), &replacements, output)?;
            let mut files = generated.into_iter().chain(site.statics.artifacts());
            files.try_for_each(|artifact| output.stage(artifact).map(|_| ()))
        })?;
        Ok(asked.len())
    }

    /// Holds what was answered against earlier builds.
    fn judge(&self, config: &Config, queries: &QuerySet, measures: &[Measure]) -> Judgement {
        let policy = guard::Policy {
            config,
            queries,
            accepted: &self.settings.accept_shrink,
        };
        guard::judge(&policy, measures, &self.settings.history)
    }
}

/// What the pages of the build before have read, and where to write down what those of this one read.
fn reads(config: &Config) -> Reads {
    let Some(environment) = trace::environment(config) else {
        return Reads::default();
    };
    let file = Traces::of(&config.cache, &config.output).pages();
    let earlier = Earlier::open(&file, &environment);
    // A folder that cannot be written is a warning of the cache's.
    let recording = Recording::start(&file, &environment).ok();
    Reads::new(recording, earlier)
}

/// What earlier builds have found in items, for this program.
fn known_items(config: &Config, bodies: &Arc<SpoolBodies>) -> Option<KnownItems> {
    let program = trace::this_program()?;
    // A cache of its own may move with the site. One for several has a place for each.
    let is_own = config.cache.starts_with(&config.root);
    let root = if is_own { Path::new("") } else { &config.root };
    let origin = config.aem.origin.name(&config.root);
    let site = format!("{} {origin} {}", root.display(), config.aem.tier);
    let (site, bodies) = (digest(site.as_bytes()), Arc::clone(bodies));
    let folder = config.cache.join(cache::ITEMS);
    Some(KnownItems::at(&folder, site, program, bodies))
}

/// The result of a stage, with errors that were found beside it.
fn both<T>(
    result: Result<Warned<T>, Diagnostics>,
    beside: Diagnostics,
) -> Result<Warned<T>, Diagnostics> {
    let mut errors = match result {
        Ok(Warned { value, warnings }) if !beside.has_errors() => {
            return Ok(Warned { value, warnings });
        }
        Ok(Warned { warnings, .. }) => warnings,
        Err(errors) => errors,
    };
    errors.extend(beside);
    Err(errors)
}

/// Pages and generated files whose place a static file has taken: known before the first page is rendered.
fn occupied(routes: &RouteTable, generated: &[Artifact], statics: &Statics) -> Diagnostics {
    let taken = |page: &route::Page| {
        let file = statics.at(&page.output)?;
        Some(
            Diagnostic::error(
                Kind::Content,
                format!(
                    "the page `{}` and the file `{file}` have one place",
                    page.route
                ),
            )
            .at(Location::file(file))
            .help("move the file, or change the `route` of the definition"),
        )
    };
    let made = |artifact: &Artifact| {
        let file = statics.at(&artifact.path)?;
        let message = format!(
            "redirects make `{}`, where the file `{file}` goes",
            artifact.path
        );
        let help = "move the file, or change `aliases` or `formats` of `[redirects]`";
        let diagnostic = Diagnostic::error(Kind::Content, message);
        Some(diagnostic.at(Location::file(file)).help(help))
    };
    let pages = routes.pages().iter().filter_map(taken);
    pages.chain(generated.iter().filter_map(made)).collect()
}

/// Room for downloads; none is made where there are none.
fn scratch(sink: &dyn Sink, assets: usize) -> Result<Scratch, Diagnostics> {
    if assets == 0 {
        return Ok(Scratch::default());
    }
    sink.scratch()
}

/// Gives a stage up as soon as somebody wishes to stop.
async fn stoppable<T>(
    interrupt: &Interrupt,
    stage: impl Future<Output = Result<T, Diagnostics>>,
) -> Result<T, Diagnostics> {
    tokio::select! {
        result = stage => result,
        () = interrupt.wait() => Err(stopped()),
    }
}
