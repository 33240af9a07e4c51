//! Incremental equals clean: a site is changed at random, step after step, and after each it is built over what is
//! there, and from nothing. The two must be the same, byte for byte, and have the same to say.
//!
//! `FRIEZE_STEPS` says how many steps, `FRIEZE_SEED` which ones; a failure names the seed and the steps before it.

mod edits;
mod package;
mod precise;
#[cfg(feature = "serve")]
mod preview;
mod world;

use std::collections::{BTreeMap, VecDeque};

use world::{World, index};

use crate::support::corpus::Random;
use crate::support::{Run, SiteTest, Tree};

/// Steps of plain `cargo test`.
const STEPS: u64 = 300;

/// The seed of plain `cargo test`: what fails in a run of all tests has to fail again.
const SEED: u64 = 20_261_123;

/// Sites that are changed side by side.
const SITES: u64 = 2;

/// How many of the last steps a failure tells.
const TOLD: usize = 12;

/// A template that does not compile, and one that fails when it is rendered.
const BROKEN: [&str; 2] = ["{% if %}", "{{ site.nothing.at.all }}"];

/// A number from the environment.
fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is not a number"))
    })
}

#[test]
fn whatever_changes_a_build_over_the_last_one_is_a_build_from_nothing() {
    let seed = number("FRIEZE_SEED", SEED);
    let steps = number("FRIEZE_STEPS", STEPS).div_ceil(SITES);
    let walks: Vec<_> = std::thread::scope(|scope| {
        let walks: Vec<_> = (0..SITES)
            .map(|site| scope.spawn(move || Walk::new(seed, site).walk(steps)))
            .collect();
        walks
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect()
    });
    for walk in walks {
        let tally = walk.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        println!("{steps} steps with FRIEZE_SEED={seed}: {tally:?}");
        // Else this would prove little: builds that fail are equal soon.
        assert!(tally.good * 10 >= steps * 7, "{tally:?}");
    }
}

/// One site on its way.
struct Walk {
    seed: u64,
    random: Random,
    site: SiteTest,
    world: World,
    /// The files that are in place, as far as the test wrote them.
    files: BTreeMap<String, Vec<u8>>,
    /// What happened, the last last.
    told: VecDeque<String>,
    tally: Tally,
}

/// What the builds of a walk came to.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// How many went well,
    good: u64,
    /// had something to warn about,
    warned: u64,
    /// and rendered nothing.
    still: u64,
}

/// What one of the two builds came to.
struct Built {
    run: Run,
    output: Tree,
    report: serde_json::Value,
}

impl Walk {
    fn new(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed.wrapping_mul(SITES).wrapping_add(number));
        let world = World::new(&mut random);
        let mut walk = Self {
            seed,
            site: SiteTest::in_memory(),
            world,
            random,
            files: BTreeMap::new(),
            told: VecDeque::new(),
            tally: Tally::default(),
        };
        walk.publish();
        let _ = walk.build("public", ".frieze").run.good();
        walk
    }

    /// Takes so many steps.
    fn walk(mut self, steps: u64) -> Tally {
        self.compare("the beginning".to_owned());
        for _ in 0..steps {
            match self.random.below(20) {
                0 => self.compare("nothing".to_owned()),
                1 => self.meddle(),
                2 => self.lose(),
                3 => self.fail(),
                kind => {
                    let edits = if kind < 8 {
                        2 + self.random.below(4)
                    } else {
                        1
                    };
                    let names: Vec<_> = (0..edits)
                        .map(|_| edits::any(&mut self.world, &mut self.random))
                        .collect();
                    self.publish();
                    self.compare(names.join(", "));
                }
            }
        }
        self.tally
    }

    /// Writes what has another content now, and removes what is gone.
    fn publish(&mut self) {
        let files = self.world.files();
        for (path, bytes) in &files {
            if self.files.get(path) != Some(bytes) {
                self.site.write_bytes(path, bytes);
            }
        }
        for path in self.files.keys().filter(|path| !files.contains_key(*path)) {
            std::fs::remove_file(self.site.path(path)).unwrap();
        }
        self.files = files;
    }

    /// Somebody edits or removes what was built.
    fn meddle(&mut self) {
        let Some(file) = self.any_file("public", |name| name != frieze::output::MANIFEST) else {
            return;
        };
        let step = if self.random.below(2) == 0 {
            std::fs::remove_file(self.site.path(&file)).unwrap();
            "removed"
        } else {
            let mut bytes = std::fs::read(self.site.path(&file)).unwrap();
            bytes.push(b'x');
            self.site.write_bytes(&file, &bytes);
            "edited"
        };
        self.compare(format!("{step} by hand: {file}"));
    }

    /// What is remembered is lost, whole or in part.
    fn lose(&mut self) {
        // What the guard remembers is another matter: it is told when that is lost.
        let Some(file) = self.any_file(".frieze", |name| name != "history.json") else {
            return;
        };
        let path = self.site.path(&file);
        let mut bytes = std::fs::read(&path).unwrap();
        let step = match self.random.below(4) {
            0 => {
                std::fs::remove_dir_all(self.site.path(".frieze")).unwrap();
                "all that is remembered".to_owned()
            }
            1 => {
                std::fs::remove_file(&path).unwrap();
                format!("remembered no more: {file}")
            }
            2 => {
                bytes.truncate(bytes.len() / 2);
                std::fs::write(&path, bytes).unwrap();
                format!("cut in half: {file}")
            }
            _ => {
                if !bytes.is_empty() {
                    let at = index(&mut self.random, bytes.len());
                    bytes[at] ^= 1;
                }
                std::fs::write(&path, bytes).unwrap();
                format!("one bit of {file}")
            }
        };
        self.compare(step);
    }

    /// A build fails in between, and content moves on meanwhile.
    fn fail(&mut self) {
        let edit = edits::any(&mut self.world, &mut self.random);
        self.publish();
        let file = "templates/footer.html";
        let broken = BROKEN[index(&mut self.random, BROKEN.len())];
        let before = self.site.output();
        self.site.append(file, broken);
        let failed = self.build("public", ".frieze");
        let said = failed.run.stderr().to_owned();
        let _ = failed.run.failed();
        assert_eq!(before, self.site.output(), "{}\n{said}", self.tell());
        self.site.write_bytes(file, &self.files[file]);
        self.compare(format!("{edit}, and a build that failed"));
    }

    /// A random file below a folder of the site.
    fn any_file(&mut self, folder: &str, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let tree = self.site.tree(folder).bytes();
        let names: Vec<_> = tree.into_keys().filter(|name| wanted(name)).collect();
        if names.is_empty() {
            return None;
        }
        let at = index(&mut self.random, names.len());
        Some(format!("{folder}/{}", names[at]))
    }

    fn build(&self, output: &str, cache: &str) -> Built {
        let report = format!("{output}-report.json");
        let run = self.site.run(&[
            "build",
            "-o",
            output,
            "--cache-dir",
            cache,
            "--report",
            &report,
            "--metrics",
        ]);
        Built {
            output: self.site.tree(output),
            report: serde_json::from_str(&self.site.read(&report)).unwrap(),
            run,
        }
    }

    /// Builds over what is there, and from nothing.
    fn compare(&mut self, step: String) {
        self.told.push_back(step);
        if self.told.len() > TOLD {
            self.told.pop_front();
        }
        let before = self.site.output();
        let next = self.build("public", ".frieze");
        let clean = self.build("clean", "clean-cache");
        for folder in ["clean", "clean-cache"] {
            let _ = std::fs::remove_dir_all(self.site.path(folder));
        }
        for key in ["/exit_code", "/diagnostics", "/pages/total", "/assets"] {
            let (next, clean) = (next.report.pointer(key), clean.report.pointer(key));
            assert_eq!(next, clean, "{key}, {}", self.tell());
        }
        if next.report["exit_code"] == 0 {
            self.assert_same(&next.output.bytes(), &clean.output.bytes());
            self.tally.good += 1;
            self.tally.warned += u64::from(next.report["diagnostics"] != serde_json::json!([]));
            self.tally.still += u64::from(next.report["pages"]["rendered"] == 0);
        } else {
            let _ = next.run.failed();
            assert_eq!(next.output, before, "of a failed build, {}", self.tell());
        }
    }

    fn assert_same<T: PartialEq>(&self, next: &BTreeMap<String, T>, clean: &BTreeMap<String, T>) {
        let names = next.keys().chain(clean.keys());
        let mut other: Vec<_> = names
            .filter(|name| next.get(*name) != clean.get(*name))
            .collect();
        other.sort();
        other.dedup();
        assert!(other.is_empty(), "{other:?} differ, {}", self.tell());
    }

    /// How to get here again.
    fn tell(&self) -> String {
        let told: Vec<_> = self.told.iter().map(String::as_str).collect();
        format!(
            "with FRIEZE_SEED={}, after\n  {}",
            self.seed,
            told.join("\n  ")
        )
    }
}
