//! What a preview shows is what a build writes, whatever changes; and only what a change reaches is rendered again.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use frieze::diag::Diagnostics;
use frieze::output::MemorySink;
use frieze::pipeline::{Ready, Reuse, Settings};
use frieze::route::PageId;
use frieze::serve::{Shown, Snapshot};
use tokio::runtime::Runtime;

use super::precise::CASES;
use super::{SEED, Walk, edits, index, number};
use crate::support::corpus::Random;
use crate::support::{TestSandbox, looked};

/// Steps of plain `cargo test`.
const STEPS: u64 = 80;

/// Bytes by their places in the output.
type Files = BTreeMap<String, Vec<u8>>;

/// Whether the content of the last site is still the content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Same,
    Other,
}

/// A site somebody looks at.
struct Looked {
    walk: Walk,
    runtime: Runtime,
    /// A server with the content of the last edit.
    aem: TestSandbox,
    snapshot: Arc<Snapshot>,
}

impl Looked {
    fn new(seed: u64) -> Self {
        let walk = Walk::new(seed, 0);
        let aem = TestSandbox::of_package(&walk.site.path("package"));
        let runtime = Runtime::new().unwrap();
        let ready = ready(&walk, &aem, &runtime, None).unwrap();
        Self {
            snapshot: Arc::new(Snapshot::first(ready)),
            walk,
            runtime,
            aem,
        }
    }

    /// Writes the files of the world as they are now.
    fn publish(&mut self) -> Content {
        let before = package(&self.walk.files);
        self.walk.publish();
        if package(&self.walk.files) == before {
            return Content::Same;
        }
        self.aem = TestSandbox::of_package(&self.walk.site.path("package"));
        Content::Other
    }

    /// The site after this one; the errors that are in the way of it.
    fn go_on(&mut self, content: Content) -> Result<(), Diagnostics> {
        let before = (content == Content::Same).then_some(&*self.snapshot);
        let ready = ready(&self.walk, &self.aem, &self.runtime, before)?;
        self.snapshot = Arc::new(self.snapshot.successor(ready));
        Ok(())
    }

    /// What a build from nothing writes.
    fn built(&self) -> Result<Files, Diagnostics> {
        let inputs = looked::inputs(&self.walk.site, None)?;
        let sink = MemorySink::new();
        let site = sink.site();
        let settings = Settings {
            reuse: Reuse::Nothing,
            ..Settings::default()
        };
        looked::run(
            inputs,
            &self.aem,
            (&self.runtime, &settings),
            |run, inputs| run.build(inputs, Box::new(sink)),
        )?;
        let files = site.files();
        let files = files.iter();
        Ok(files
            .map(|(path, (bytes, _))| (path.to_string(), bytes.clone()))
            .collect())
    }

    fn pages(&self) -> Vec<(PageId, String)> {
        let pages = self.snapshot.site().routes.iter();
        pages
            .map(|(id, page)| (id, page.output.to_string()))
            .collect()
    }

    /// The pages that were rendered for the site that is shown.
    fn rendered(&self) -> usize {
        self.snapshot.site().reads.rendered()
    }
}

fn package(files: &Files) -> Files {
    let content = files.iter();
    let content = content.filter(|(path, _)| path.starts_with("package/"));
    content
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect()
}

fn ready(
    walk: &Walk,
    aem: &TestSandbox,
    runtime: &Runtime,
    before: Option<&Snapshot>,
) -> Result<Ready, Diagnostics> {
    let asked = aem.requests().len();
    let ready = looked::ready(&walk.site, aem, runtime, before)?;
    let is_same = before.is_some_and(|before| Arc::ptr_eq(before.content(), &ready.content));
    assert_eq!(
        is_same,
        aem.requests().len() == asked,
        "what is known is not asked for"
    );
    Ok(ready)
}

/// A page without what assets fill into it: fingerprints in addresses, and whole elements of pictures.
fn bare(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let mut bare = String::new();
    for (at, part) in page.split('<').enumerate() {
        if at > 0 {
            bare.push('<');
        }
        let is_picture = part.starts_with("img ") || part.starts_with("source ");
        match part.split_once('>').filter(|_| is_picture) {
            Some((_, rest)) => bare.push_str(rest),
            None => bare.push_str(part),
        }
    }
    let mut parts = bare.split("/assets/");
    let mut without = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('.').unwrap();
        without.extend(["/assets/", name, ".*", &rest[16..]]);
    }
    without
}

#[test]
fn whatever_changes_a_preview_shows_what_a_build_writes() {
    let seed = number("FRIEZE_SEED", SEED);
    let steps = number("FRIEZE_STEPS", STEPS);
    let mut looked = Looked::new(seed);
    let mut random = Random::new(seed);
    let (mut good, mut kept) = (0, 0);
    // An edit that broke the site may have been one of content.
    let mut content = Content::Same;
    for step in 0..steps {
        let name = edits::any(&mut looked.walk.world, &mut random);
        if looked.publish() == Content::Other {
            content = Content::Other;
        }
        let built = looked.built();
        if let Err(errors) = looked.go_on(content) {
            let expected = built.map(|_| ()).unwrap_err().to_string();
            assert_eq!(errors.to_string(), expected, "{name}");
            continue;
        }
        content = Content::Same;
        // Whoever looks does not look at everything.
        let mut problems = Diagnostics::new();
        for (page, path) in looked.pages() {
            if random.below(3) == 0 && step + 1 < steps {
                continue;
            }
            let shown = looked.snapshot.page(page);
            problems.extend((*shown.problems).clone());
            if let Ok(files) = &built {
                let told = || format!("{path} after {step} steps, the last: {name}, {seed}");
                assert_eq!(bare(&shown.body), bare(&files[&path]), "{}", told());
                kept += u64::from(shown.rendered_for != looked.snapshot.number());
            }
        }
        good += u64::from(built.is_ok());
        if step + 1 == steps {
            let failed = built.err().map(|errors| errors.to_string());
            assert_eq!(
                problems.has_errors(),
                failed.is_some(),
                "{problems}\n{failed:?}"
            );
        }
    }
    println!("{good} of {steps} steps with FRIEZE_SEED={seed}, {kept} pages taken over");
    assert!(good * 10 >= steps * 7 && kept > steps * 10, "{good} {kept}");
}

#[test]
fn only_what_a_change_reaches_is_rendered_again() {
    let mut looked = Looked::new(SEED);
    let look = |looked: &Looked| {
        let pages = looked.pages();
        let shown = pages.iter().map(|(page, path)| {
            let shown = looked.snapshot.page(*page);
            (path.clone(), shown.body.clone())
        });
        shown.collect::<HashMap<_, _>>()
    };
    let mut before = look(&looked);
    let mut problems = Vec::new();
    for (name, edit, most) in CASES {
        edit(&mut looked.walk.world);
        let content = looked.publish();
        looked.go_on(content).unwrap();
        assert_eq!(looked.rendered(), 0, "{name}: nobody has asked for a page");
        let now = look(&looked);
        let rendered = looked.rendered();
        let other = now
            .iter()
            .filter(|(path, body)| before.get(*path) != Some(*body));
        let other = other.count();
        println!("{name}: {rendered} rendered, {other} other, {most} at most");
        // A build finds out at once that nothing has changed; here the Markdown page is rendered each time.
        let most = (*most).max(1);
        if rendered as u64 > most || rendered < other {
            problems.push(format!(
                "{name}: {rendered} rendered, {other} other, {most} at most"
            ));
        }
        before = now;
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_page_that_many_ask_for_is_rendered_once() {
    let looked = Looked::new(SEED);
    let (page, _) = looked.pages()[0];
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| looked.snapshot.page(page));
        }
    });
    assert_eq!(looked.rendered(), 1);
}

/// What somebody saw of a page, by the number of the site and the page's file.
type Seen = HashMap<(u64, String), Arc<Shown>>;

#[test]
fn many_look_while_sites_come_and_go() {
    const SITES: u64 = 12;
    let mut looked = Looked::new(SEED + 1);
    let now = Mutex::new(Arc::clone(&looked.snapshot));
    let is_over = AtomicBool::new(false);
    let mut seen: Vec<Seen> = Vec::new();
    let mut sites = BTreeMap::new();
    std::thread::scope(|scope| {
        let look = |seed| {
            let (now, is_over) = (&now, &is_over);
            scope.spawn(move || {
                let (mut random, mut seen) = (Random::new(seed), Seen::new());
                while !is_over.load(Ordering::Relaxed) {
                    let snapshot = Arc::clone(&now.lock().unwrap());
                    // A visit of some pages; a later site may come meanwhile.
                    let pages: Vec<_> = snapshot.site().routes.iter().collect();
                    for _ in 0..10 {
                        let (id, page) = pages[index(&mut random, pages.len())];
                        let visit = (snapshot.number(), page.output.to_string());
                        let shown = snapshot.page(id);
                        seen.entry(visit).or_insert(shown);
                    }
                }
                seen
            })
        };
        let people: Vec<_> = (0..6).map(look).collect();
        let mut random = Random::new(SEED);
        let mut content = Content::Same;
        sites.insert(looked.snapshot.number(), fresh(&looked));
        for _ in 0..SITES {
            edits::any(&mut looked.walk.world, &mut random);
            if looked.publish() == Content::Other {
                content = Content::Other;
            }
            if looked.go_on(content).is_ok() {
                content = Content::Same;
                *now.lock().unwrap() = Arc::clone(&looked.snapshot);
                sites.insert(looked.snapshot.number(), fresh(&looked));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        seen.extend(people.into_iter().map(|one| one.join().unwrap()));
    });
    assert!(sites.len() > 5);
    for ((number, path), shown) in seen.into_iter().flatten() {
        if shown.problems.has_errors() {
            continue;
        }
        let site = &sites[&number];
        let (page, _) = site
            .site()
            .routes
            .iter()
            .find(|(_, page)| page.output.as_str() == path)
            .unwrap();
        let expected = site.page(page);
        assert_eq!(
            steady(&shown.body),
            steady(&expected.body),
            "{path} of site {number}"
        );
    }
}

/// A page without what it says about files of `static/`: those are read when somebody asks, and may be others by then.
fn steady(page: &[u8]) -> String {
    let page = bare(page);
    let lines = page
        .lines()
        .filter(|line| !line.contains("rel=\"stylesheet\""));
    lines.collect::<Vec<_>>().join("\n")
}

/// The same site, as if it were the first.
fn fresh(looked: &Looked) -> Snapshot {
    let ready = ready(
        &looked.walk,
        &looked.aem,
        &looked.runtime,
        Some(&looked.snapshot),
    );
    Snapshot::first(ready.unwrap())
}
