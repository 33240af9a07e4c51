//! Counting, remembering and judging, without a build around them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::aem::Variables;
use crate::config::{Config, Overrides, parse_site};
use crate::query::QuerySet;
use crate::table::SourceFile;
use crate::value::survey;

const ORIGIN: &str = "https://publish.example";

struct Site {
    config: Config,
    queries: QuerySet,
    _dir: tempfile::TempDir,
}

fn site(guard: &str) -> Site {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    let query =
        "document = \"q.graphql\"\n[pages]\nroute = \"/{{ item.slug }}/\"\ntemplate = \"x.html\"\n";
    std::fs::write(folder.join("articles.toml"), query).unwrap();
    std::fs::write(
        folder.join("q.graphql"),
        "{ articleList { items { slug } } }",
    )
    .unwrap();
    std::fs::write(folder.join("links.toml"), "persisted = \"links\"\n").unwrap();
    let fragments = "openapi = { path = \"/content/dam/x\" }\n";
    std::fs::write(folder.join("recipes.toml"), fragments).unwrap();
    let text = format!(
        "base_url = \"https://a.example\"\n[languages.en]\n[languages.fr]\n[aem]\nconfiguration = \"x\"\n\
         publish = \"https://user.example:8443\"\n{guard}"
    );
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None)
        .unwrap_or_else(|report| panic!("{report}"))
        .value;
    let queries = crate::query::load(&config).unwrap_or_else(|report| panic!("{report}"));
    Site {
        config,
        queries: queries.value,
        _dir: dir,
    }
}

impl Site {
    fn key(&self, query: &str) -> Key {
        let query = self.queries.get(self.queries.find(query).unwrap());
        let language = self.config.languages.default_id();
        Key::new(&self.config, ORIGIN, query, language, &Variables::new())
    }

    fn measure(&self, query: &str, items: u64, fields: &[(&str, u64, u64)]) -> Measure {
        let share =
            |(name, empty, of): &(&str, u64, u64)| ((*name).to_owned(), Share::from((*empty, *of)));
        Measure {
            key: self.key(query),
            items,
            fields: fields.iter().map(share).collect(),
        }
    }

    fn judge(&self, measure: &Measure, history: &History, accepted: &[&str]) -> Judgement {
        let accepted: Vec<String> = accepted.iter().map(|&name| name.to_owned()).collect();
        let policy = Policy {
            config: &self.config,
            queries: &self.queries,
            accepted: &accepted,
        };
        judge(&policy, std::slice::from_ref(measure), history)
    }

    /// A history of builds that brought so many articles, one a day.
    fn history(&self, counts: &[u64]) -> History {
        let mut history = History::default();
        for (day, &count) in (1..).zip(counts) {
            add(&mut history, &self.measure("articles", count, &[]), day);
        }
        history
    }
}

fn add(history: &mut History, measure: &Measure, day: u64) {
    let built = format!("2026-08-{day:02}T06:00:00Z");
    history.add(std::slice::from_ref(measure), &BTreeSet::new(), &built);
}

#[test]
fn members_are_counted_item_by_item() {
    let site = site("");
    let mut members = Members::default();
    let mut tally = Tally::default();
    let items = [
        r#"{"_path":"/a","title":"A","main":{"html":null,"json":null},"author":null,"tags":[]}"#,
        r#"{"_path":"/b","title":"","main":{"html":"<p>","json":[1]},"author":{"name":"Ada"},"tags":["x"]}"#,
        // Of another model, in another order.
        r#"{"title":"C","kind":"note","_path":"/c"}"#,
    ];
    for item in items {
        let mut listener = members.listen();
        survey(item.as_bytes(), Some(&["title"]), &mut listener).unwrap();
        tally.add(&listener.marks());
    }
    let measure = tally.measure(site.key("articles"), &members);
    assert_eq!(measure.items, 3);
    let fields: BTreeMap<&str, (u64, u64)> = measure
        .fields
        .iter()
        .map(|(name, share)| (name.as_str(), (*share).into()))
        .collect();
    let expected = [
        ("_path", (0, 3)),
        ("author", (1, 2)),
        ("author.name", (0, 1)),
        ("kind", (0, 1)),
        ("main", (0, 2)),
        ("main.html", (1, 2)),
        ("main.json", (1, 2)),
        ("tags", (1, 2)),
        ("title", (1, 3)),
    ];
    assert_eq!(fields, expected.into_iter().collect());
}

#[test]
fn a_fragment_has_no_fields_without_values() {
    let site = site("");
    let measure = |items: &[&str]| {
        let mut members = Members::default();
        let mut tally = Tally::default();
        for item in items {
            let mut listener = members.listen();
            survey(item.as_bytes(), Some(&["title"]), &mut listener).unwrap();
            tally.add(&listener.marks());
        }
        tally.measure(site.key("recipes"), &members).of_fragments()
    };
    let whole = r#"{"path":"/a","title":"","fields":{"chef":"x","body":{"mimeType":"text/html","value":"y"}},"references":{"x":{}}}"#;
    let before = measure(&[whole; 4]);
    let fields: Vec<(&str, (u64, u64))> = before
        .fields
        .iter()
        .map(|(name, share)| (name.as_str(), (*share).into()))
        .collect();
    assert_eq!(fields, [("fields.body", (0, 4)), ("fields.chef", (0, 4))]);
    let mut history = History::default();
    add(&mut history, &before, 1);
    let bare = r#"{"path":"/a","title":"","fields":{"body":{"mimeType":"text/html"}}}"#;
    let judgement = site.judge(&measure(&[bare; 4]), &history, &[]);
    insta::assert_snapshot!(judgement.found);
    let judgement = site.judge(&measure(&[whole, whole, whole, bare]), &history, &[]);
    assert!(judgement.found.is_empty());
}

#[test]
fn objects_with_data_for_keys_do_not_fill_the_memory() {
    let mut members = Members::default();
    for n in 0..10_000 {
        let item = format!("{{\"k{n}\":null}}");
        survey(item.as_bytes(), Some(&[]), &mut members.listen()).unwrap();
    }
    assert_eq!(members.names().count(), 256);
}

#[test]
fn a_key_holds_no_text_of_the_question() {
    let site = site("");
    let query = site.queries.get(site.queries.find("articles").unwrap());
    let language = site.config.languages.default_id();
    let mut variables = Variables::new();
    variables.set("key", "hunter2hunter2".into());
    let key = Key::new(&site.config, ORIGIN, query, language, &variables);
    assert_eq!(key.language, "en");
    let text = format!("{key:?}");
    assert!(
        !text.contains("hunter2") && !text.contains("articleList"),
        "{text}"
    );
    assert_ne!(
        key,
        site.key("articles"),
        "other variables are another question"
    );
}

#[test]
fn fewer_than_the_share_of_the_highest_stop() {
    let site = site("");
    let stops = |past: &[u64], now: u64| {
        let measure = site.measure("articles", now, &[]);
        let judgement = site.judge(&measure, &site.history(past), &[]);
        judgement.found.has_errors()
    };
    assert!(stops(&[500], 12));
    assert!(stops(&[500, 410], 340), "the highest counts, not the last");
    assert!(!stops(&[500], 410));
    assert!(!stops(&[500], 400), "exactly the share is enough");
    assert!(stops(&[500], 399));
    assert!(!stops(&[5, 5], 4));
    assert!(!stops(&[3], 2), "a single item is an edit");
    assert!(stops(&[3], 1));
    assert!(!stops(&[], 0), "without history `min_items` decides");
    assert!(!stops(&[500], 0), "so it does when there are none at all");
    assert!(!stops(&[0, 0], 7));
    // Ten builds are remembered.
    assert!(!stops(&[500, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], 9));
    assert!(stops(&[9, 500, 9, 9, 9, 9, 9, 9, 9, 9, 9], 9));
}

#[test]
fn what_makes_no_pages_may_not_vanish_either() {
    let site = site("");
    let mut history = History::default();
    add(&mut history, &site.measure("links", 1, &[]), 1);
    let judgement = site.judge(&site.measure("links", 0, &[]), &history, &[]);
    assert!(judgement.found.has_errors());
}

#[test]
fn ratios_switch_it_off() {
    let site = site("[guard]\nmin_items_ratio = 0\nnull_share_rise = 1\n");
    let mut history = History::default();
    add(
        &mut history,
        &site.measure("articles", 500, &[("a", 0, 500)]),
        1,
    );
    let now = site.measure("articles", 1, &[("a", 1, 1)]);
    assert!(site.judge(&now, &history, &[]).found.is_empty());
    let now = site.measure("articles", 500, &[("a", 500, 500)]);
    assert!(site.judge(&now, &history, &[]).found.is_empty());
}

#[test]
fn the_messages() {
    let site = site("");
    let mut history = site.history(&[480, 500, 498]);
    let fields = [("author", 3, 498), ("title", 0, 498), ("tags", 200, 498)];
    add(&mut history, &site.measure("articles", 498, &fields), 4);
    let fields = [
        ("author", 12, 12),
        ("title", 9, 12),
        ("tags", 10, 12),
        ("new", 12, 12),
    ];
    let judgement = site.judge(&site.measure("articles", 12, &fields), &history, &[]);
    insta::assert_snapshot!(judgement.found);
}

#[test]
fn a_jump_is_judged_by_the_share() {
    let site = site("");
    let stops = |before: (u64, u64), now: (u64, u64)| {
        let mut history = History::default();
        let measure = |(empty, of)| site.measure("articles", 500, &[("author", empty, of)]);
        add(&mut history, &measure(before), 1);
        site.judge(&measure(now), &history, &[]).found.has_errors()
    };
    assert!(stops((0, 500), (251, 500)));
    assert!(!stops((0, 500), (250, 500)), "exactly the rise is allowed");
    assert!(!stops((150, 500), (400, 500)));
    assert!(stops((150, 500), (401, 500)));
    assert!(!stops((0, 1), (1, 1)), "a single item is no trend");
    assert!(stops((0, 2), (2, 2)));
    assert!(!stops((500, 500), (0, 500)), "more is never wrong");
}

#[test]
fn what_is_accepted_is_the_new_level() {
    let site = site("");
    let mut history = site.history(&[500, 500]);
    let now = site.measure("articles", 12, &[]);
    let judgement = site.judge(&now, &history, &["articles", "links"]);
    assert!(judgement.found.is_empty());
    insta::assert_snapshot!(judgement.remarks.join("\n"));
    history.add(std::slice::from_ref(&now), &judgement.let_through, "later");
    assert_eq!(history.of(&now.key).len(), 1);
    assert!(site.judge(&now, &history, &[]).found.is_empty());
    // What shrinks from there is held against it.
    let less = site.measure("articles", 9, &[]);
    assert!(site.judge(&less, &history, &[]).found.has_errors());
}

#[test]
fn a_history_survives_its_file() {
    let site = site("");
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("new/.frieze");
    assert_eq!(History::load(&folder, "x"), (History::default(), None));
    let mut history = site.history(&[500]);
    add(
        &mut history,
        &site.measure("articles", 498, &[("main.html", 3, 498)]),
        2,
    );
    history.save(&folder).unwrap();
    assert_eq!(History::load(&folder, "x"), (history.clone(), None));
    let left = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 1, "nothing is left beside it");
    // A report carries it too.
    let report = dir.path().join("report.json");
    let json = serde_json::json!({"format": 1, "guard": {"history": history.to_json()}});
    std::fs::write(&report, json.to_string()).unwrap();
    assert_eq!(History::of_report(&report).unwrap(), history);
}

#[test]
fn a_damaged_history_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let load = |text: &[u8]| {
        std::fs::write(dir.path().join(FILE), text).unwrap();
        let (history, problem) = History::load(dir.path(), ".frieze/history.json");
        assert_eq!(history, History::default());
        problem.unwrap()
    };
    let good = r#"{"format":1,"queries":[]}"#;
    for wrong in [
        &good.as_bytes()[..20],
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        br#"{"format":1,"queries":[7]}"#,
    ] {
        let problem = load(wrong);
        assert_eq!(problem.severity, crate::diag::Severity::Warning);
    }
    let other = load(br#"{"format":2,"counts":{}}"#);
    insta::assert_snapshot!(crate::diag::Diagnostics::from(other));
}

#[test]
fn a_report_without_a_history_is_no_baseline() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.json");
    let mut messages = vec![
        History::of_report(Path::new("/nowhere/report.json"))
            .is_err()
            .to_string(),
    ];
    for text in [
        "{}",
        r#"{"guard":null}"#,
        "[1]",
        "{",
        r#"{"guard":{"history":{"format":9,"queries":[]}}}"#,
    ] {
        std::fs::write(&file, text).unwrap();
        messages.push(History::of_report(&file).unwrap_err().to_string());
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn what_nobody_asks_any_more_is_forgotten_some_day() {
    let site = site("");
    let mut history = History::default();
    for n in 0..2_100_u64 {
        let mut measure = site.measure("articles", n, &[]);
        measure.key.variables = format!("{n:05}");
        history.add(&[measure], &BTreeSet::new(), &format!("{n:05}"));
    }
    let kept = history.to_json();
    let kept = kept["queries"].as_array().unwrap();
    assert_eq!(kept.len(), 2_000);
    assert_eq!(kept[0]["builds"][0]["built"], "00100");
}
