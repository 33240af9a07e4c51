//! Everything but rendering: content fetched and judged, every address known, what needs no template made.
//!
//! A build goes on from here and renders all pages; a preview renders those that somebody looks at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Inputs, Reuse, Run, Warnings, stoppable};
use crate::artifact::Artifact;
use crate::asset::{AssetPlan, Statics};
use crate::cache;
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, Severity, Warned};
use crate::fetch::plan::Plan;
use crate::fetch::{self, Account, Deadline, Means};
use crate::generate;
use crate::guard::{self, Judgement, Measure};
use crate::query::QuerySet;
use crate::reach::{Reaches, Selection};
use crate::render::{
    self, Backlinks, Findings, Menus, Preview, QueryCache, Reads, Site, Templates,
};
use crate::route::{self, RouteTable};
use crate::store::known::KnownItems;
use crate::store::{SpoolBodies, Store};
use crate::trace::pages::{Earlier, Recording};
use crate::trace::{self, Traces};
use crate::value::{Digest, digest};

/// What a site is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aim {
    /// An output folder.
    #[default]
    Output,
    /// Somebody who works on it and looks at some of its pages.
    Preview,
}

/// A site of which nothing is rendered yet.
pub struct Ready {
    /// Its templates, which belong to this site from now on.
    pub templates: Templates,
    /// Everything they can see.
    pub site: Arc<Site>,
    /// Files that follow from the routes.
    pub generated: Vec<Artifact>,
    /// Its content.
    pub content: Arc<Content>,
    /// What the guard says.
    pub(super) judgement: Judgement,
}

/// Content as it came, indexed.
pub struct Content {
    store: Arc<Store>,
    /// What was kept of it.
    selection: Selection,
    account: Arc<Account>,
    /// Of the questions and of what decides how answers are taken.
    asked: Digest,
}

impl Content {
    /// What asking for it has cost, and what came.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Whether the same content is what these definitions ask for.
    fn fits(&self, config: &Config, queries: &QuerySet) -> bool {
        self.asked == asked(config, queries)
    }
}

/// Tells definitions apart, and what of the configuration decides which content they give.
fn asked(config: &Config, queries: &QuerySet) -> Digest {
    let Config { aem, languages, .. } = config;
    digest(format!("{:?}", (aem, languages, queries)).as_bytes())
}

/// The same site with other content, for one look at it: nothing is fetched, judged or generated.
///
/// # Errors
/// What planning finds: addresses that cannot be made, or are those of other pages; menus that lead nowhere.
pub fn with_store(
    site: &Site,
    templates: &Templates,
    store: Store,
) -> Result<Preview, Diagnostics> {
    let templates = templates.again()?;
    let Site {
        config,
        queries,
        strings,
        local,
        ..
    } = site;
    let has_error_page = templates.has(route::ERROR_TEMPLATE);
    let routes = route::plan(config, queries, strings, &store, local, has_error_page)?;
    let site = Arc::new(Site {
        config: Arc::clone(config),
        queries: Arc::clone(queries),
        strings: Arc::clone(strings),
        local: Arc::clone(local),
        reaches: Arc::clone(&site.reaches),
        selection: site.selection.clone(),
        statics: Arc::clone(&site.statics),
        store: Arc::new(store),
        routes,
        reads: Reads::new(Some(Recording::in_memory()), None),
        assets: AssetPlan::default(),
        query_cache: QueryCache::default(),
        menus: Menus::default(),
        backlinks: Backlinks::default(),
        findings: Findings::default(),
        times: None,
    });
    render::connect(&templates, &site)?;
    Ok(Preview::new(templates, site))
}

impl Run<'_> {
    /// Makes everything but pages, with content that is known to be as it was, or content that is asked for now.
    ///
    /// What was kept is not taken where the definitions ask for something else.
    ///
    /// # Errors
    /// Everything the first stage that failed has found, with the warnings of those before it.
    pub fn ready(
        &self,
        inputs: Inputs,
        kept: Option<&Arc<Content>>,
    ) -> Result<Warned<Ready>, Diagnostics> {
        let deadline = Deadline::after(inputs.config.fetch.deadline);
        let mut found = Diagnostics::new();
        match self.make_ready(inputs, kept, deadline, &mut found) {
            Ok(ready) => found.finish(ready),
            Err(errors) => {
                found.extend(errors);
                Err(found)
            }
        }
    }

    pub(super) fn make_ready(
        &self,
        inputs: Inputs,
        kept: Option<&Arc<Content>>,
        deadline: Deadline,
        found: &mut Diagnostics,
    ) -> Result<Ready, Diagnostics> {
        let record = self.record;
        let kept = kept.filter(|content| content.fits(&inputs.config, &inputs.queries));
        let (content, judgement) = match kept {
            Some(content) => (Arc::clone(content), Judgement::default()),
            None => self.fetch(&inputs, deadline, found)?,
        };
        if self.settings.warnings == Warnings::Deny && !found.is_empty() {
            return Err(std::mem::take(found).denied());
        }
        let Inputs {
            config,
            queries,
            templates,
            statics,
            strings,
            local,
        } = inputs;
        let store = Arc::clone(&content.store);
        let has_error_page = templates.has(route::ERROR_TEMPLATE);
        let plan = || route::plan(&config, &queries, &strings, &store, &local, has_error_page);
        let reads = self.written_reads(&config);
        // What the build before has read takes as long to open as some routes to plan.
        let open = || reads.as_ref().and_then(WrittenReads::open);
        let (routes, earlier) = rayon::join(|| record.time("plan", plan), open);
        let routes = routes?;
        let generated = generate::redirects(&config, &queries, &store, &local, &routes);
        let occupied = occupied(&routes, &generated, &statics);
        if occupied.has_errors() {
            return Err(occupied);
        }
        let site = Arc::new(Site {
            reaches: self.reaches(&templates),
            selection: content.selection.clone(),
            reads: self.reads(reads.as_ref(), earlier),
            times: record.templates().cloned(),
            config,
            queries,
            strings: Arc::new(strings),
            store,
            local,
            routes,
            statics: Arc::new(statics),
            assets: AssetPlan::default(),
            query_cache: QueryCache::default(),
            menus: Menus::default(),
            backlinks: Backlinks::default(),
            findings: Findings::default(),
        });
        render::connect(&templates, &site)?;
        Ok(Ready {
            templates,
            site,
            generated,
            content,
            judgement,
        })
    }

    /// Asks for all content, and judges it.
    fn fetch(
        &self,
        inputs: &Inputs,
        deadline: Deadline,
        found: &mut Diagnostics,
    ) -> Result<(Arc<Content>, Judgement), Diagnostics> {
        let (config, queries) = (&inputs.config, &inputs.queries);
        let account = &self.record.account;
        let plan = Plan::of(config, queries);
        let plan = plan.informed(config, queries, account.origin(), &self.settings.history);
        let selection = self.selection(inputs);
        let bodies = Arc::new(SpoolBodies::new(&config.cache));
        let known = self.known_items(config, &bodies);
        let means = Means {
            source: self.source,
            selection: &selection,
            bodies,
            known: known.as_ref(),
            progress: self.progress,
            account,
            deadline,
            shortage: self.shortage(),
        };
        let answers = fetch::run(config, queries, &plan, means);
        let fetch = || self.runtime.block_on(stoppable(self.interrupt, answers));
        let store = self.record.time("fetch", fetch);
        let mut judgement = self.judge(config, queries, &account.measures());
        let mut guarded = std::mem::take(&mut judgement.found);
        if self.shortage() == Severity::Warning {
            found.extend(guarded.lowered());
            guarded = Diagnostics::new();
        }
        let store = both(store, guarded)?.into_value(found);
        let content = Content {
            store: Arc::new(store),
            selection,
            account: Arc::clone(account),
            asked: asked(config, queries),
        };
        Ok((Arc::new(content), judgement))
    }

    /// What content means that is less than it should be: it must not be published, and may be looked at.
    fn shortage(&self) -> Severity {
        match self.settings.aim {
            Aim::Output => Severity::Error,
            Aim::Preview => Severity::Warning,
        }
    }

    /// What is kept of content. In a preview a template may reach more of it soon.
    fn selection(&self, inputs: &Inputs) -> Selection {
        let (queries, reaches) = (&inputs.queries, inputs.templates.reaches());
        match (self.settings.reuse, self.settings.aim) {
            (Reuse::Nothing, _) => Selection::whole(queries),
            (Reuse::Same, Aim::Output) => Selection::of(queries, reaches),
            (Reuse::Same, Aim::Preview) => Selection::of(queries, reaches).with_whole_items(),
        }
    }

    /// What earlier builds have found in items, for this program. A preview keeps more of them than builds do, so it has
    /// files of its own.
    fn known_items(&self, config: &Config, bodies: &Arc<SpoolBodies>) -> Option<KnownItems> {
        let aim = match (self.settings.reuse, self.settings.aim) {
            (Reuse::Nothing, _) => return None,
            (Reuse::Same, Aim::Output) => "",
            (Reuse::Same, Aim::Preview) => "preview",
        };
        let program = trace::this_program()?;
        // A cache of its own may move with the site. One for several has a place for each.
        let is_own = config.cache.starts_with(&config.root);
        let root = if is_own { Path::new("") } else { &config.root };
        let origin = config.aem.origin.name(&config.root);
        let site = format!("{} {origin} {} {aim}", root.display(), config.aem.tier);
        let (site, bodies) = (digest(site.as_bytes()), Arc::clone(bodies));
        let folder = config.cache.join(cache::ITEMS);
        Some(KnownItems::at(&folder, site, program, bodies))
    }

    fn reaches(&self, templates: &Templates) -> Arc<Reaches> {
        match self.settings.reuse {
            Reuse::Same => Arc::clone(templates.reaches()),
            Reuse::Nothing => Arc::new(Reaches::whole()),
        }
    }

    /// Where it is written down what pages read, if it is.
    fn written_reads(&self, config: &Config) -> Option<WrittenReads> {
        match (self.settings.reuse, self.settings.aim) {
            (Reuse::Nothing, _) | (Reuse::Same, Aim::Preview) => None,
            (Reuse::Same, Aim::Output) => Some(WrittenReads {
                file: Traces::of(&config.cache, &config.output).pages(),
                environment: trace::environment(config)?,
            }),
        }
    }

    /// What the pages of the build before have read, and where to write down what those of this one read.
    fn reads(&self, written: Option<&WrittenReads>, earlier: Option<Earlier>) -> Reads {
        match (self.settings.reuse, self.settings.aim) {
            (Reuse::Nothing, _) => Reads::default(),
            (Reuse::Same, Aim::Preview) => Reads::new(Some(Recording::in_memory()), None),
            (Reuse::Same, Aim::Output) => {
                let start = |at: &WrittenReads| Recording::start(&at.file, &at.environment);
                // A folder that cannot be written is a warning of the cache's.
                Reads::new(written.and_then(|at| start(at).ok()), earlier)
            }
        }
    }

    /// Holds what was answered against earlier builds.
    pub(super) fn judge(
        &self,
        config: &Config,
        queries: &QuerySet,
        measures: &[Measure],
    ) -> Judgement {
        let policy = guard::Policy {
            config,
            queries,
            accepted: &self.settings.accept_shrink,
        };
        guard::judge(&policy, measures, &self.settings.history)
    }
}

/// What builds into the same folder write down of their pages' reads.
struct WrittenReads {
    file: PathBuf,
    /// What they have to have in common.
    environment: Digest,
}

impl WrittenReads {
    /// What the build before has written down.
    fn open(&self) -> Option<Earlier> {
        Earlier::open(&self.file, &self.environment)
    }
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
