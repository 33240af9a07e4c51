//! Items that an earlier build has gone through are not gone through again, and nothing comes out differently for it.

use std::fs;

use serde_json::Value;

use crate::support::{Answer, Run, Scripted, SiteTest, one_of_each};

/// Items of one answer.
const PAGE: usize = 3;

const DEFINITION: &str = "persisted = \"articles\"\npaging = \"offset\"\npage_size = 3\n\n[pages]\n\
     route = \"/articles/{{ item.slug }}/\"\ntemplate = \"article.html\"\n";

/// A site over a server that answers by offset, and confirms what has not changed.
struct Desk {
    site: SiteTest,
    aem: Scripted,
}

impl Desk {
    /// Built once.
    fn new(items: &[String]) -> Self {
        let mut site = one_of_each();
        let aem = Scripted::always(Answer::page(500));
        site.aem(&aem.origin());
        site.write("content-queries/articles.toml", DEFINITION);
        let desk = Self { site, aem };
        desk.has(items);
        desk.build();
        desk
    }

    /// Has these items from now on.
    fn has(&self, items: &[String]) {
        let items = items.to_vec();
        self.aem.now(move |request| {
            let (_, offset) = request.path.split_once("offset%3D").unwrap();
            let digits: String = offset.chars().take_while(char::is_ascii_digit).collect();
            let offset: usize = digits.parse().unwrap();
            let rest = items.get(offset..).unwrap_or_default();
            let page = &rest[..rest.len().min(PAGE)];
            let body = format!(
                r#"{{"data":{{"articleList":{{"items":[{}]}}}}}}"#,
                page.join(",")
            );
            let tag = format!("\"{}\"", blake3::hash(body.as_bytes()).to_hex());
            if request.header("if-none-match") == Some(&tag) {
                return Answer::not_modified();
            }
            Answer::json(body).header("ETag", &tag)
        });
    }

    /// Builds over what is there and from nothing, which has to be the same.
    fn build(&self) -> Run {
        let run = self.site.run(&["build", "--report", "report.json"]).good();
        let clean = [
            "build",
            "-o",
            "clean",
            "--cache-dir",
            "clean-cache",
            "--report",
            "clean.json",
        ];
        let _ = self.site.run(&clean).good();
        assert_eq!(self.site.output().bytes(), self.site.tree("clean").bytes());
        let [next, clean] =
            [("report.json", ".frieze"), ("clean.json", "clean-cache")].map(|(report, cache)| {
                let json =
                    |path: &str| -> Value { serde_json::from_str(&self.site.read(path)).unwrap() };
                (
                    json(report)["diagnostics"].clone(),
                    measures(&json(&format!("{cache}/history.json"))),
                )
            });
        assert_eq!(next, clean);
        for folder in ["clean", "clean-cache"] {
            fs::remove_dir_all(self.site.path(folder)).unwrap();
        }
        run
    }

    /// Takes away the answers that are kept, but not what is known about them.
    fn forget_bodies(&self) {
        fs::remove_dir_all(self.site.path(".frieze/bodies-2")).unwrap();
    }

    /// How many answers with items in them were wanted, whether they had changed or not, while something was done.
    fn sent_by(&self, work: impl FnOnce()) -> usize {
        let before = self.aem.requests().len();
        work();
        let requests = self.aem.requests().split_off(before);
        let has_items = |path: &str| {
            ["0", "3", "6"]
                .iter()
                .any(|at| path.contains(&format!("offset%3D{at}")))
        };
        let sent = requests.iter().filter(|request| has_items(&request.path));
        sent.filter(|request| request.header("if-none-match").is_none())
            .count()
    }
}

/// What the guard remembers of the last build, without the time.
fn measures(history: &Value) -> Vec<Value> {
    let queries = history["queries"].as_array().unwrap().iter();
    let last = |query: &Value| {
        let mut last = query["builds"].as_array().unwrap().last().unwrap().clone();
        last["built"] = Value::Null;
        last
    };
    queries.map(last).collect()
}

/// An article; null where it has no price.
fn article(slug: &str, title: &str, price: Option<u32>) -> String {
    let price = price.map_or("null".to_owned(), |price| price.to_string());
    format!(
        r#"{{"_path":"/content/dam/press/en/articles/{slug}","slug":"{slug}","title":"{title}","price":{price},"note":"n{title}"}}"#
    )
}

fn many(count: u32) -> Vec<String> {
    let article = |n| article(&format!("a{n}"), &format!("t{n}"), (n % 3 > 0).then_some(n));
    (0..count).map(article).collect()
}

#[test]
fn items_move_between_answers() {
    let mut items = many(11);
    let desk = Desk::new(&items);
    items.insert(0, article("new", "new", None));
    desk.has(&items);
    assert_eq!(
        desk.build().changes(),
        "1 file written, 11 unchanged, 0 removed"
    );
    items.remove(5);
    items.swap(1, 8);
    desk.has(&items);
    assert_eq!(
        desk.build().changes(),
        "0 files written, 11 unchanged, 1 removed"
    );
    items.truncate(4);
    desk.has(&items);
    desk.build();
    desk.has(&many(20));
    desk.build();
}

#[test]
fn an_item_changes_and_changes_back() {
    let items = many(8);
    let desk = Desk::new(&items);
    let mut changed = items.clone();
    changed[4] = article("a4", "other", None);
    for items in [&changed, &items, &changed] {
        desk.has(items);
        assert_eq!(
            desk.build().changes(),
            "1 file written, 7 unchanged, 0 removed"
        );
    }
}

#[test]
fn answers_that_are_known_are_not_read() {
    let desk = Desk::new(&many(8));
    let sent = |template: &str| {
        desk.site.write("templates/article.html", template);
        desk.sent_by(|| {
            desk.site.build().good();
        })
    };
    desk.forget_bodies();
    assert_eq!(sent("{{ item.price }}: {{ item.title }}\n"), 0);
    assert_eq!(desk.site.page("articles/a1/index.html"), "1: t1\n");
    // What else is shown of them is not known: they are wanted after all.
    assert_eq!(sent("{{ item.note }}\n"), 3);
    assert_eq!(desk.site.page("articles/a1/index.html"), "nt1\n");
    desk.build();
}

#[test]
fn what_templates_show_decides_what_is_known() {
    let desk = Desk::new(&many(7));
    for template in [
        "{{ item.note }}",
        "{{ item.note }} {{ item.price }}",
        "{{ item | json_encode }}",
        "{{ item.title }}",
    ] {
        desk.site.write("templates/article.html", template);
        desk.build();
    }
    desk.site.replace(
        "content-queries/articles.toml",
        "{{ item.slug }}",
        "{{ item.title }}",
    );
    desk.build();
    desk.site
        .append("content-queries/articles.toml", "when = \"item.price\"\n");
    desk.build();
}

#[test]
fn queries_with_the_same_items_do_not_share_what_is_shown() {
    let desk = Desk::new(&many(7));
    let other = DEFINITION
        .replace("/articles/", "/notes/")
        .replace("article.html", "note.html");
    desk.site.write("content-queries/notes.toml", &other);
    desk.site.write("templates/note.html", "{{ item.note }}");
    desk.build();
    let mut items = many(7);
    items[3] = article("a3", "other", Some(1));
    desk.has(&items);
    desk.build();
    assert_eq!(desk.site.page("notes/a3/index.html"), "nother");
}

#[test]
fn items_that_are_null_are_counted_again() {
    let mut items = many(7);
    items[2] = "null".to_owned();
    let desk = Desk::new(&many(7));
    desk.site.append("content-queries/articles.toml", "");
    let definition = desk.site.read("content-queries/articles.toml");
    desk.site.write(
        "content-queries/articles.toml",
        &format!("optional = true\n{definition}"),
    );
    desk.has(&items);
    for _ in 0..2 {
        let run = desk.build();
        assert!(
            run.stderr()
                .contains("1 item of the answer to `articles` came as null"),
            "{}",
            run.stderr()
        );
        desk.site.append("templates/article.html", " ");
    }
}

#[test]
fn an_item_on_two_pages_is_content_that_moves() {
    let mut items = many(8);
    let desk = Desk::new(&items);
    items[6] = items[0].clone();
    desk.has(&items);
    let moved = |run: &Run| run.stderr().contains("/content/dam/press/en/articles/a0");
    let run = desk.site.build().code(3);
    assert!(moved(&run), "{}", run.stderr());
    // The second time, most of it is known.
    let again = desk.site.build().code(3);
    assert_eq!(again.stderr(), run.stderr());
    // Twice in one answer it is one item, if it is the same.
    let mut items = many(8);
    items[4] = items[3].clone();
    desk.has(&items);
    desk.build();
    items[4] = article("a3", "another", None);
    desk.has(&items);
    let run = desk.site.build().failed();
    assert!(run.stderr().contains("articles/a3"), "{}", run.stderr());
}

#[test]
fn what_is_known_is_not_used_to_verify() {
    let mut items = many(7);
    let desk = Desk::new(&items);
    items[3] = article("a3", "other", Some(1));
    desk.has(&items);
    let _ = desk.site.run(&["build", "--verify-incremental"]).good();
    assert_eq!(
        desk.site.page("articles/a3/index.html"),
        "<h1>other</h1>\n<p>1</p>\n"
    );
}
