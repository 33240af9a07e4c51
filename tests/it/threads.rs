//! How many threads there are makes no difference to anything.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Answer, Scripted, SiteTest, one_of_each};

const JOBS: [&str; 2] = ["1", "5"];

const DEFINITION: &str = "persisted = \"articles\"\npaging = \"none\"\n\n\
     [pages]\nroute = \"/articles/{{ item.slug }}/\"\ntemplate = \"article.html\"\n\n\
     [[lists]]\nroute = \"/\"\ntemplate = \"list.html\"\nsort = \"rank, title desc\"\nper_page = 40\n\n\
     [[taxonomies]]\nname = \"topic\"\nby = \"item.topics\"\nroute = \"/topics/{{ term.slug }}/\"\n\
     template = \"list.html\"\nsort = \"title\"\n";

fn site(aem: &Scripted) -> SiteTest {
    let mut site = one_of_each()
        .file("content-queries/articles.toml", DEFINITION)
        .file(
            "templates/list.html",
            "{% for item in items %}{{ item.title }} {{ item.slug }}\n{% endfor %}\n",
        );
    site.aem(&aem.origin());
    site
}

/// An article that has members in common with some others only.
fn article(n: usize, kinds: usize) -> String {
    let own = n % kinds;
    let filled = if n.is_multiple_of(3) { "null" } else { "\"x\"" };
    format!(
        r#"{{"own{own}":{filled},"_path":"/content/dam/press/en/articles/a{n}","slug":"a{n}","title":"About {}","rank":{},"topics":["t{}","u{}"],"more{}":{{"html":"<p>{n}</p>","own{own}":1}},"price":null}}"#,
        n % 50,
        n % 7,
        n % 11,
        n % 13,
        n % 5,
    )
}

/// Articles, some of which come twice on their page.
fn articles(count: usize, kinds: usize) -> Vec<String> {
    let mut all: Vec<String> = (0..count).map(|n| article(n, kinds)).collect();
    for twice in (0..count).step_by(9) {
        all.push(all[twice].clone());
    }
    all
}

/// Everything that builds leave, but for times: the files of a folder, what the next build will know of items, what was
/// said, and what the guard remembers.
fn left(site: &SiteTest, jobs: &str) -> (BTreeMap<String, Vec<u8>>, Vec<Value>) {
    let mut files = BTreeMap::new();
    for folder in [format!("public-{jobs}"), format!("cache-{jobs}/items-2")] {
        let folder = site.path(&folder);
        for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(&folder).unwrap();
                let mut bytes = std::fs::read(entry.path()).unwrap();
                if path.ends_with("catalogue") {
                    forget_looks(&mut bytes);
                }
                files.insert(path.display().to_string(), bytes);
            }
        }
    }
    let json = |path: String| -> Value { serde_json::from_str(&site.read(&path)).unwrap() };
    let diagnostics = json(format!("{jobs}.json"))["diagnostics"].take();
    let mut history = json(format!("cache-{jobs}/history.json"));
    for query in history["queries"].as_array_mut().unwrap() {
        for build in query["builds"].as_array_mut().unwrap() {
            build["built"] = Value::Null;
        }
    }
    (files, vec![diagnostics, history])
}

/// Blanks what a catalogue of items says of how files of texts look to the system, which is 24 bytes after the digest and
/// the length of each, and the checksum that follows from it. Where that is stands at its end.
fn forget_looks(catalogue: &mut [u8]) {
    let (rest, checksum) = catalogue.split_at_mut(catalogue.len() - 16);
    checksum.fill(0);
    let tail = rest.last_chunk::<28>().unwrap();
    let number = |at: usize| u32::from_le_bytes(tail[at..at + 4].try_into().unwrap()) as usize;
    let (tables, items, answers, texts) = (number(0), number(8), number(12), number(16));
    assert!(texts > 0, "each build leaves texts");
    let named = &mut rest[tables + 24 * (items + answers)..];
    for file in named.chunks_mut(48).take(texts) {
        file[24..].fill(0);
    }
}

/// Builds with so many threads.
fn build(site: &SiteTest, jobs: &str) -> crate::support::Run {
    let (output, cache) = (format!("public-{jobs}"), format!("cache-{jobs}"));
    let report = format!("{jobs}.json");
    site.run(&[
        "build",
        "--jobs",
        jobs,
        "-o",
        &output,
        "--cache-dir",
        &cache,
        "--report",
        &report,
    ])
}

#[test]
fn builds_leave_the_same() {
    // More than a query's items may have names of members, and fewer.
    for kinds in [200, 20] {
        let aem = Scripted::always(Answer::page(500));
        let site = site(&aem);
        let mut items = articles(450, kinds);
        for change in ["nothing", "some", "order"] {
            match change {
                "some" => {
                    for n in (0..450).step_by(31) {
                        items[n] = article(n, kinds).replace("About", "News of");
                    }
                    items.truncate(400);
                }
                "order" => items.rotate_left(333),
                _ => {}
            }
            let answer = Answer::items(&items);
            aem.now(move |_| answer.clone());
            for jobs in JOBS {
                let _ = build(&site, jobs).good();
            }
            let [one, many] = JOBS.map(|jobs| left(&site, jobs));
            assert!(one.0.len() > 400);
            let paths = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
                files.keys().cloned().collect()
            };
            assert_eq!(
                paths(&one.0),
                paths(&many.0),
                "{kinds} kinds, {change} changed"
            );
            for (path, bytes) in &one.0 {
                assert!(
                    many.0[path] == *bytes,
                    "`{path}`, {kinds} kinds, {change} changed"
                );
            }
            assert_eq!(one.1, many.1, "{kinds} kinds, {change} changed");
        }
    }
}

#[test]
fn the_first_item_that_cannot_be_read_is_told() {
    let (open, close) = ("[".repeat(150), "]".repeat(150));
    let deep = format!(r#"{{"slug":"deep","title":{open}1{close}}}"#);
    let bad = [deep.as_str(), r#"{"slug":"half","title":"\ud800"}"#];
    for (first, then) in [(0, 1), (1, 0)] {
        let told = |places: &[(usize, &str)], jobs: &str| {
            let aem = Scripted::always(Answer::page(500));
            let site = site(&aem);
            let mut items = articles(120, 3);
            for (place, bad) in places {
                items[*place] = (*bad).to_owned();
            }
            let answer = Answer::items(&items);
            aem.now(move |_| answer.clone());
            build(&site, jobs).failed().stderr().to_owned()
        };
        let alone = told(&[(100, bad[first])], "1");
        assert_ne!(alone, told(&[(100, bad[then])], "1"));
        for jobs in JOBS {
            for place in [101, 110, 119] {
                let both = [(100, bad[first]), (place, bad[then])];
                assert_eq!(told(&both, jobs), alone);
            }
        }
    }
}
