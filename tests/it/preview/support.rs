//! A preview without its server: a site, who answers, and the board.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use frieze::aem::AssetFile;
use frieze::client::AemHost;
use frieze::config::{Config, Origin};
use frieze::diag::{Diagnostics, Warned};
use frieze::progress::Silent;
use frieze::secret::Secret;
use frieze::serve::actor::{Actor, Answers, Ask, Connect, Host, Means, Settings};
use frieze::serve::{Board, Moment};
use frieze::source::{AssetBody, Conditions, Reply, Request, SourceError, Upstream, Usage};
use futures::future::BoxFuture;
use tokio::runtime::Runtime;

use crate::support::SiteTest;

/// Nothing that is waited for takes so long, unless it never comes.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// A preview that runs.
pub(super) struct Preview {
    pub(super) site: SiteTest,
    pub(super) board: Arc<Board>,
    pub(super) runtime: Arc<Runtime>,
    pub(super) asked: Asked,
    actor: Actor,
}

/// What a test makes of a site before it is shown.
#[derive(Default)]
pub(super) struct Setup {
    pub(super) poll: Option<Duration>,
    pub(super) answers: Answers,
}

impl Preview {
    /// Starts the preview of a site that names a host.
    pub(super) fn of(site: SiteTest, setup: Setup) -> Self {
        let runtime = Arc::new(Runtime::new().unwrap());
        let (board, asked) = (Arc::new(Board::default()), Asked::default());
        let settings = Settings {
            root: site.path(""),
            poll: setup.poll,
            answers: setup.answers,
            ..Settings::default()
        };
        let means = Means {
            connect: Box::new(asked.clone()),
            progress: Arc::new(Silent),
            board: Arc::clone(&board),
            runtime: Arc::clone(&runtime),
        };
        Self {
            actor: Actor::start(settings, means).unwrap(),
            site,
            board,
            runtime,
            asked,
        }
    }

    /// Waits for the first site.
    pub(super) fn ready(site: SiteTest) -> Self {
        let preview = Self::of(site, Setup::default());
        preview.site_number(1);
        preview
    }

    pub(super) fn ask(&self) -> Ask {
        self.actor.ask()
    }

    /// Waits for a moment.
    #[track_caller]
    pub(super) fn wait(&self, what: &str, is_it: impl Fn(&Moment) -> bool) -> Arc<Moment> {
        let mut moments = self.board.follow();
        let found = self.runtime.block_on(async {
            let found = moments.wait_for(|moment| is_it(moment));
            let found = tokio::time::timeout(PATIENCE, found).await.ok()?;
            found.ok().map(|moment| Arc::clone(&moment))
        });
        found.unwrap_or_else(|| {
            let now = self.board.now();
            let number = now.site.as_ref().map(|site| site.number());
            panic!(
                "waited for {what}; the site is {number:?}, working: {}, problems: {} warnings: {}",
                now.working, now.problems, now.warnings
            )
        })
    }

    /// Waits for the site of that number, with nothing to do any more. Since sites are counted, a site too many would
    /// show at the next one.
    #[track_caller]
    pub(super) fn site_number(&self, number: u64) -> Arc<Moment> {
        let moment = self.wait(&format!("site {number}"), |moment| {
            !moment.working
                && moment.problems.is_empty()
                && moment
                    .site
                    .as_ref()
                    .is_some_and(|site| site.number() >= number)
        });
        let found = moment.site.as_ref().unwrap().number();
        assert_eq!(found, number, "one edit, one site");
        moment
    }

    /// Waits until something is wrong.
    #[track_caller]
    pub(super) fn problem(&self, words: &str) -> Arc<Moment> {
        self.wait(&format!("a problem with `{words}`"), |moment| {
            !moment.working && moment.problems.to_string().contains(words)
        })
    }

    /// The title of the site that is shown.
    pub(super) fn title(&self) -> String {
        self.board
            .now()
            .site
            .as_ref()
            .unwrap()
            .site()
            .config
            .title
            .clone()
    }
}

/// The way to the configured host, which counts what is asked by whom, and can be made to fail as no host ever does.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<State>);

#[derive(Default)]
struct State {
    requests: Mutex<BTreeMap<String, usize>>,
    panics: AtomicBool,
    connected: Mutex<usize>,
}

impl Asked {
    /// What was asked since this was last called: definitions, and how many requests each.
    pub(super) fn take(&self) -> Vec<(String, usize)> {
        let requests = std::mem::take(&mut *self.0.requests.lock().unwrap());
        requests.into_iter().collect()
    }

    /// The definitions that were asked since this was last called.
    pub(super) fn names(&self) -> Vec<String> {
        self.take().into_iter().map(|(name, _)| name).collect()
    }

    /// From now on the next build panics, or does not.
    pub(super) fn panics(&self, panics: bool) {
        self.0.panics.store(panics, Ordering::SeqCst);
    }

    /// How often the way to AEM was looked for.
    pub(super) fn connected(&self) -> usize {
        *self.0.connected.lock().unwrap()
    }
}

impl Connect for Asked {
    fn connect(&mut self, config: &Config, _: &Ask) -> Result<Warned<Box<dyn Host>>, Diagnostics> {
        *self.0.connected.lock().unwrap() += 1;
        let Origin::Host(origin) = &config.aem.origin else {
            panic!("the site names a host");
        };
        let mut warnings = Diagnostics::new();
        let host = AemHost::new(origin, &config.aem, &config.fetch)?.into_value(&mut warnings);
        let host: Box<dyn Host> = Box::new(Way(host, self.clone()));
        warnings.finish(host)
    }
}

struct Way(AemHost, Asked);

impl Host for Way {
    fn upstream(&self) -> Box<dyn Upstream> {
        let Self(host, asked) = self;
        assert!(
            !asked.0.panics.load(Ordering::SeqCst),
            "a build that panics"
        );
        Box::new(Counting(host.for_another_build(), asked.clone()))
    }
}

struct Counting(AemHost, Asked);

impl Upstream for Counting {
    fn usage(&self) -> Usage {
        self.0.usage()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.0.tokens()
    }

    fn ask<'a>(
        &'a self,
        request: &'a Request,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<frieze::aem::Envelope>, SourceError>> {
        let mut requests = self.1.0.requests.lock().unwrap();
        *requests.entry(request.query.to_string()).or_default() += 1;
        drop(requests);
        self.0.ask(request, conditions)
    }

    fn download<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a std::path::Path,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<AssetBody>, SourceError>> {
        self.0.download(path, file, conditions)
    }

    fn describe(&self, request: &Request) -> String {
        self.0.describe(request)
    }
}
