//! Builds on bad days: each fault of [`table`], as often as it says, against a build by the real binary.
//!
//! Whatever happens, a build ends: with the bytes of a build without faults, or with the exit code and the
//! words of the table, and then the site that stands is what it was, byte for byte. One that hangs is
//! killed and has failed.
//!
//! Plain `cargo test` tries some of the cells, others each time. `FRIEZE_FAULTS=all` tries all,
//! `FRIEZE_FAULTS=TEXT` those whose name has the text in it.

mod table;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use aem_sandbox::Options;
use tempfile::TempDir;

use crate::support::corpus::Random;
use crate::support::{Answer, Door, Login, Scripted, SiteTest, TestSandbox, copy, seed, workspace};
use table::{ELSEWHERE, Outcome, REFUSED, Row};

/// Which cells are tried.
const VARIABLE: &str = "FRIEZE_FAULTS";

/// Of all cells, one in so many is tried unless all are asked for.
const ONE_IN: u64 = 6;

/// Cells tried at once: they mostly wait.
const AT_ONCE: usize = 10;

/// Every build ends within this time, on a machine that is busy with the others.
const IN_TIME: Duration = Duration::from_secs(30);

/// No build on a bad day asks more often.
const MOST_REQUESTS: usize = 120;

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Often {
    Once,
    EveryThird,
    Always,
}

impl Often {
    const ALL: [Self; 3] = [Self::Once, Self::EveryThird, Self::Always];

    /// A fault that strikes so often the requests of a pattern.
    fn spell(self, fault: &str, pattern: &str) -> String {
        let (effect, details) = fault.split_once(';').unwrap_or((fault, ""));
        match self {
            Self::Once => format!("{effect}:1;{details}@{pattern}"),
            Self::EveryThird => format!("ok:2,{effect};repeat;{details}@{pattern}"),
            Self::Always => format!("{fault}@{pattern}"),
        }
    }

    /// Every third request can be the same one again and again, by bad luck.
    fn fetch(self, concurrency: usize) -> String {
        let retries = if self == Self::Always { 2 } else { 10 };
        format!(
            "\n[fetch]\nretries = {retries}\nretry_budget = 100\nconcurrency = {concurrency}\nconnect_timeout = \"2s\"\n\
             read_timeout = \"1s\"\ntotal_timeout = \"2s\"\nmax_response = \"256KiB\"\n"
        )
    }
}

/// What the build knows of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    /// The site that stands, and no answers.
    Cold,
    /// All answers: it asks whether they are still right.
    Warm,
}

/// A build that is tried.
#[derive(Clone, Copy)]
struct Cell {
    row: &'static Row,
    often: Often,
    memory: Memory,
    /// Which requests are struck.
    pattern: &'static str,
    login: Login,
}

impl Cell {
    fn name(&self) -> String {
        let fault = self.row.fault;
        let (often, memory, login) = (self.often, self.memory, self.login);
        format!("{fault} {often:?} {} {memory:?} {login:?}", self.pattern)
    }

    fn outcome(&self) -> Outcome {
        match self.often {
            Often::Once => self.row.once,
            Often::EveryThird => self.row.third,
            Often::Always => self.row.always,
        }
    }
}

/// All cells there are.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |rows: &'static [Row], pattern, logins: &[Login]| {
        for row in rows {
            for often in Often::ALL {
                for memory in [Memory::Cold, Memory::Warm] {
                    cells.extend(logins.iter().map(|&login| Cell {
                        row,
                        often,
                        memory,
                        pattern,
                        login,
                    }));
                }
            }
        }
    };
    add(table::QUERIES, "/graphql/*", &[Login::None]);
    add(table::WALKS, "/graphql/*/walks*", &[Login::None]);
    add(table::STORIES, "/graphql/*/stories*", &[Login::None]);
    add(table::ASSETS, "/content/dam/*", &[Login::None]);
    add(table::TOKENS, "/ims/*", &Login::EXCHANGED);
    add(table::RENEWABLE, "/graphql/*", &Login::EXCHANGED);
    add(table::FIXED, "/graphql/*", &[Login::Basic, Login::Token]);
    cells.retain(|cell| !matches!(cell.outcome(), Outcome::Untried(_)));
    // The cache of one address is of no use at another.
    cells.retain(|cell| cell.row.fault != REFUSED || cell.memory == Memory::Cold);
    cells
}

/// Those that this run tries.
fn chosen() -> Vec<Cell> {
    let mut cells = cells();
    match std::env::var(VARIABLE) {
        Ok(all) if all == "all" => {}
        Ok(text) => cells.retain(|cell| cell.name().contains(&text)),
        Err(_) => {
            let mut random = Random::new(seed("the fault matrix"));
            cells.retain(|_| random.below(ONE_IN) == 0);
        }
    }
    cells
}

#[test]
fn every_bad_day_ends_as_the_table_says() {
    let cells = chosen();
    assert!(!cells.is_empty(), "no cell is called so");
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tried = catch_unwind(AssertUnwindSafe(|| attempt(cell)));
                    if let Err(panic) = tried {
                        failed.lock().unwrap().push((cell.name(), message(&*panic)));
                    }
                }
            });
        }
    });
    let count = cells.len();
    println!(
        "{count} of {} cells in {:?}",
        self::cells().len(),
        start.elapsed()
    );
    let failed = failed.into_inner().unwrap();
    for (name, why) in &failed {
        println!("--- {VARIABLE}=\"{name}\"\n{why}\n");
    }
    let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
    assert!(failed.is_empty(), "{} of {count}: {names:#?}", failed.len());
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

/// Builds on one bad day, over a site that stands.
fn attempt(cell: &Cell) {
    let elsewhere = Scripted::always(Answer::page(200));
    let aem = Aem::of(cell);
    let mut site = SiteTest::copy_of("valley");
    cell.login.add_to(&mut site, &aem.origin);
    site.aem(&aem.origin);
    // One at a time where tokens end: that no request meets two ends in a row is then no luck.
    let concurrency = if cell.login == Login::None { 4 } else { 1 };
    site.append("site.toml", &cell.often.fetch(concurrency));
    if cell.login != Login::None {
        site.set("TIER", "author");
    }
    match cell.memory {
        Memory::Cold => site.copy(standing().path(), "public"),
        Memory::Warm => drop(site.build().good()),
    }
    aem.begin(cell, &elsewhere.origin());
    let (before, asked) = (site.output(), aem.sandbox.requests().len());
    site.set("EDITION", "2");
    let run = site.start(&["build"]).wait_within(IN_TIME);
    let (code, words) = match cell.outcome() {
        Outcome::Recovers => {
            run.good();
            assert_eq!(site.output().bytes(), *expected(), "other bytes");
            return;
        }
        Outcome::Content(words) => (1, words),
        Outcome::Remote(words) => (3, words),
        Outcome::Guard(words) => (4, words),
        Outcome::Untried(why) => unreachable!("{why}"),
    };
    let run = run.code(code);
    for word in words {
        let said = run.stderr();
        assert!(said.contains(word), "no `{word}` in {said}");
    }
    assert_eq!(site.output(), before, "the site that stands was touched");
    assert!(!site.path("public/.frieze-staging").exists(), "left behind");
    let asked = aem.sandbox.requests().len() - asked;
    assert!(asked <= MOST_REQUESTS, "{asked} requests");
    assert!(elsewhere.requests().is_empty(), "asked elsewhere");
}

/// Who answers in a cell.
struct Aem {
    sandbox: TestSandbox,
    origin: String,
    _door: Option<Door>,
}

impl Aem {
    /// All is well.
    fn of(cell: &Cell) -> Self {
        let sandbox = sandbox(cell.login.options(Duration::from_secs(3_600)));
        let mut door = (cell.row.fault == REFUSED).then(Door::closed);
        if let (Some(door), Often::Once) = (&mut door, cell.often) {
            door.open_after(Duration::from_millis(400), sandbox.address());
        }
        let origin = door.as_ref().map(Door::origin);
        Self {
            origin: origin.unwrap_or_else(|| sandbox.origin()),
            sandbox,
            _door: door,
        }
    }

    /// The bad day begins.
    fn begin(&self, cell: &Cell, elsewhere: &str) {
        if cell.row.fault != REFUSED {
            let fault = cell.row.fault.replace(ELSEWHERE, elsewhere);
            let fault = cell.often.spell(&fault, cell.pattern);
            self.sandbox.set_faults(&[&fault]);
        }
    }
}

fn sandbox(options: Options) -> TestSandbox {
    TestSandbox::with(&workspace().join("sandbox"), options)
}

/// A folder with the output of a good build of the first edition.
fn standing() -> &'static TempDir {
    static STANDING: OnceLock<TempDir> = OnceLock::new();
    STANDING.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let site = good_build("1");
        copy(&site.path("public"), folder.path());
        folder
    })
}

/// What a good build of the second edition makes.
fn expected() -> &'static BTreeMap<String, blake3::Hash> {
    static EXPECTED: OnceLock<BTreeMap<String, blake3::Hash>> = OnceLock::new();
    EXPECTED.get_or_init(|| good_build("2").output().bytes())
}

fn good_build(edition: &str) -> SiteTest {
    let aem = sandbox(Options::default());
    let mut site = SiteTest::copy_of("valley").env("EDITION", edition);
    site.aem(&aem.origin());
    site.build().good();
    site
}
