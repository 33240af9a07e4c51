//! `--report`, `--baseline`, and what CI systems get.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Answer, Press, Run, article, assert_report, one_of_each, workspace};

/// So many articles, the first ones of an endless row.
fn articles(count: usize) -> Answer {
    let items: Vec<String> = (0..count).map(|n| article(&format!("no-{n}"))).collect();
    Answer::items(&items)
}

const BUILD: [&str; 3] = ["build", "--report", "out/report.json"];

/// The report of the last build.
#[track_caller]
fn report(press: &Press) -> Value {
    serde_json::from_str(&press.site.read("out/report.json")).unwrap()
}

/// Compares a report with a snapshot, but for times, memory and where the server listens.
macro_rules! assert_json {
    ($press:expr) => {
        let text = $press.site.read("out/report.json");
        let text = text.replace(&$press.aem.origin(), "[aem]");
        insta::with_settings!({
            omit_expression => true,
            filters => vec![
                (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
                (r#""(prepare|confirm|fetch|plan|render|assets|finish|commit|total)": \d+\.\d+"#, r#""$1": [seconds]"#),
                (r#""peak_memory": (\d+|null)"#, r#""peak_memory": [bytes]"#),
                (r#""frieze": "[^"]*""#, r#""frieze": "[version]""#),
            ],
        }, {
            insta::assert_snapshot!(text);
        });
    };
}

/// A site with the guard as it is by default.
fn guarded() -> Press {
    let press = Press::standing();
    press
        .site
        .replace("site.toml", "[guard]\nmin_items_ratio = 0\n", "");
    press
}

#[test]
fn of_a_good_build() {
    let press = Press::standing();
    press.answers(Answer::items(&["one", "two", "four"].map(article)).header("Age", "70"));
    press.site.write("public/CNAME", "press.example\n");
    press.site.run(&BUILD).good();
    assert_json!(press);
}

#[test]
fn of_a_build_with_nothing_to_do() {
    let press = guarded();
    press.site.build().good();
    press.site.run(&BUILD).good();
    let report = report(&press);
    assert_eq!(report["outcome"], "unchanged");
    assert_eq!(report["files"]["unchanged"], 3);
    assert_eq!(report["pages"]["total"], 3);
    assert_eq!(
        report["changed"],
        serde_json::json!({"written": [], "removed": []})
    );
    assert_eq!(
        report["queries"][0]["requests"], 1,
        "asked whether anything changed"
    );
}

#[test]
fn of_a_build_with_nothing_to_do_in_two_languages() {
    let press = guarded();
    let languages = "[languages.en]\nroot = \"/content/dam/press/en\"\n[languages.fr]\n\n[aem]";
    press.site.replace("site.toml", "[aem]", languages);
    let variables = "variables = { locale = \"{{ lang.locale }}\" }\nmin_items = 0\npaging";
    let definition = "content-queries/articles.toml";
    press.site.replace(definition, "paging", variables);
    let items: Vec<String> = ["one", "two"].map(article).into();
    press.aem.now(move |request| {
        let is_english = request.path.contains("locale%3Den");
        match (is_english, request.header("if-none-match")) {
            (_, Some(_)) => Answer::not_modified().header("Age", "9"),
            (true, None) => Answer::items(&items).header("ETag", "\"a\""),
            (false, None) => Answer::items::<&str>(&[]).header("ETag", "\"b\""),
        }
    });
    press.site.run(&BUILD).good();
    let long = report(&press);
    press.site.run(&BUILD).good();
    let short = report(&press);
    assert_eq!(short["pages"]["reused"], 2);
    assert_eq!(short["pages"]["rendered"], 0);
    assert_eq!(short["requests"]["not_modified"], 2);
    assert_eq!(short["guard"], long["guard"]);
    let rows = |report: &Value| report["queries"].as_array().unwrap().clone();
    for (long, short) in rows(&long).iter().zip(rows(&short)) {
        for key in ["query", "language", "variables", "items", "requests"] {
            assert_eq!(long[key], short[key], "{key}");
        }
        assert_eq!(
            (&long["age"], &short["age"]),
            (&Value::Null, &Value::from(9))
        );
        assert_eq!(
            (&long["answers"]["new"], &short["answers"]["new"]),
            (&1.into(), &0.into())
        );
        assert_eq!(short["answers"]["unchanged"], 1);
    }
    assert_eq!(rows(&short).len(), 2);
    press
        .site
        .run(&[&BUILD[..], &["--offline"]].concat())
        .good();
    let offline = report(&press);
    assert_eq!(offline["queries"][0]["answers"]["kept"], 1);
    assert_eq!(offline["queries"][0]["requests"], 0);
}

#[test]
fn of_a_build_that_a_guard_stopped() {
    let press = guarded();
    press.answers(articles(20));
    press.site.build().good();
    press.answers(articles(12));
    press.site.run(&BUILD).code(4);
    assert_json!(press);
}

#[test]
fn of_a_build_that_could_not_begin() {
    let press = Press::standing();
    press.site.replace("site.toml", "title", "titel");
    press.site.run(&BUILD).code(2);
    let report = report(&press);
    assert_eq!(report["outcome"], "failed");
    assert_eq!(report["exit_code"], 2);
    assert_eq!(report["diagnostics"][0]["file"], "site.toml");
    assert_eq!(report["diagnostics"][0]["line"], 1);
    let builds = &report["guard"]["history"]["queries"][0]["builds"];
    assert_eq!(builds.as_array().unwrap().len(), 1, "carried on");
}

#[test]
fn of_a_build_with_retries_and_languages() {
    let press = Press::standing();
    press
        .site
        .replace("site.toml", "retries = 0", "retries = 2");
    press.site.replace(
        "site.toml",
        "[aem]",
        "[languages.en]\nroot = \"/content/dam/press/en\"\n[languages.fr]\n\n[aem]",
    );
    press.site.replace(
        "content-queries/articles.toml",
        "paging",
        "variables = { locale = \"{{ lang.locale }}\" }\nmin_items = 0\npaging",
    );
    let failed = std::sync::atomic::AtomicBool::new(false);
    let items: Vec<String> = ["one", "two", "three"].map(article).into();
    press.aem.now(move |request| {
        let is_first = !failed.swap(true, std::sync::atomic::Ordering::SeqCst);
        match (is_first, request.path.contains("locale%3Den")) {
            (true, _) => Answer::page(503),
            (false, true) => Answer::items(&items),
            (false, false) => Answer::items::<&str>(&[]),
        }
    });
    press.site.run(&BUILD).good();
    let report = report(&press);
    let rows = report["queries"].as_array().unwrap();
    let summary: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {}",
                row["query"], row["language"], row["variables"], row["items"]
            )
        })
        .collect();
    assert_eq!(
        summary,
        [
            r#""articles" "en" {"locale":"en"} 3"#,
            r#""articles" "fr" {"locale":"fr"} 0"#
        ]
    );
    let sum = |key: &str| {
        rows.iter()
            .map(|row| row[key].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((sum("requests"), sum("retries")), (3, 1));
    assert_eq!(report["requests"]["sent"], 3);
    assert_eq!(report["requests"]["retries"], 1);
}

/// A report that cannot be is told of before AEM is asked.
#[track_caller]
fn refused(press: &Press, arguments: &[&str]) -> Run {
    let asked = press.aem.requests().len();
    let run = press.site.run(arguments).code(2);
    press.assert_untouched();
    assert_eq!(press.aem.requests().len(), asked, "{}", run.stderr());
    run
}

#[test]
fn a_report_that_cannot_be_written() {
    let press = Press::standing();
    press.site.write("blocked", "a file");
    std::fs::create_dir(press.site.path("folder")).unwrap();
    refused(&press, &["build", "--report", "folder"]);
    assert_report!(refused(
        &press,
        &["build", "--report", "blocked/report.json"]
    ));
    // With the mistakes of the site, once.
    press.site.replace("site.toml", "title", "titel");
    let run = refused(&press, &["build", "--report", "blocked/report.json"]);
    assert!(run.stderr().ends_with("2 errors\n"), "{}", run.stderr());
}

#[test]
fn a_report_is_no_part_of_a_site() {
    let press = Press::standing();
    press.site.run(&["build", "-o", "old"]).good();
    let places = [
        "public/report.json",
        "public/sub/report.json",
        "sub/../public/report.json",
        "old/report.json",
        "static/report.json",
        "templates/report.json",
        "site.toml",
    ];
    let mut said = String::new();
    for place in places {
        let before = std::fs::read(press.site.path(place)).ok();
        let run = refused(&press, &["build", "--report", place]);
        said.push_str(run.stderr());
        assert_eq!(std::fs::read(press.site.path(place)).ok(), before);
    }
    insta::assert_snapshot!(said);
    // Nor is that of a build which never knew its configuration.
    press.site.replace("site.toml", "title", "titel");
    for place in ["public/report.json", "static/report.json"] {
        let run = refused(&press, &["build", "--report", place]);
        assert!(run.stderr().contains("lies inside"), "{}", run.stderr());
        assert!(!press.site.path(place).exists());
    }
    // And beside the site it may lie wherever somebody likes.
    press.site.replace("site.toml", "titel", "title");
    for place in ["report.json", "a/b/report.json", ".frieze/report.json"] {
        press.site.run(&["build", "--report", place]).good();
        press.site.read(place);
    }
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_a_report_into_the_site() {
    let press = Press::standing();
    std::os::unix::fs::symlink(press.site.path("public"), press.site.path("link")).unwrap();
    refused(&press, &["build", "--report", "link/report.json"]);
    // A link in the place of the report is replaced, and what it leads to is not.
    let page = press.site.path("public/articles/one/index.html");
    std::os::unix::fs::symlink(page, press.site.path("report.json")).unwrap();
    press.site.run(&["build", "--report", "report.json"]).good();
    press.assert_untouched();
}

#[test]
fn a_baseline_stands_in_for_the_history() {
    let press = guarded();
    let build = ["build", "--report", "r.json", "--baseline", "r.json"];
    let clean = || std::fs::remove_dir_all(press.site.path(".frieze")).unwrap();
    press.answers(articles(50));
    clean();
    press.site.run(&build[..3]).good();
    clean();
    press.answers(articles(20));
    press.site.build().good();
    // A CI system that keeps nothing but the report.
    std::fs::remove_dir_all(press.site.path(".frieze")).unwrap();
    for _ in 0..3 {
        let run = press.site.run(&build).code(4);
        assert!(
            run.stderr().contains("brought 20 items, down from 50"),
            "{}",
            run.stderr()
        );
    }
    let accept = [&build[..], &["--accept-shrink", "articles"]].concat();
    press.site.run(&accept).good();
    press.site.run(&build).good();
    assert!(!press.site.path(".frieze/history.json").exists());
    press.answers(articles(2));
    press.site.run(&build).code(4);
}

#[test]
fn a_baseline_guards_what_is_in_place_too() {
    let press = guarded();
    press.answers(articles(50));
    press.site.run(&BUILD).good();
    std::fs::rename(press.site.path("out"), press.site.path("kept")).unwrap();
    std::fs::remove_dir_all(press.site.path(".frieze")).unwrap();
    press.answers(articles(20));
    press.site.build().good();
    press.site.run(&BUILD).good();
    assert_eq!(report(&press)["pages"]["reused"], 20, "the short way");
    let baseline = ["--baseline", "kept/report.json"];
    let run = press.site.run(&[&BUILD[..], &baseline].concat()).code(4);
    let message = "brought 20 items, down from 50";
    assert!(run.stderr().contains(message), "{}", run.stderr());
    assert_eq!(report(&press)["queries"][0]["items"], 20);
    let own = ["--baseline", "out/report.json", "--report", "o.json"];
    press.site.run(&[&["build"][..], &own].concat()).code(4);
}

#[test]
fn a_baseline_that_is_none() {
    let press = guarded();
    press.site.write("r.json", "{\"guard\":null}");
    let run = press.site.run(&["build", "--baseline", "r.json"]).code(2);
    assert_report!(run);
    let run = press
        .site
        .run(&["build", "--baseline", "nowhere.json"])
        .code(2);
    assert!(
        run.stderr().contains("could not read nowhere.json"),
        "{}",
        run.stderr()
    );
    // And it is not overwritten by one that would let everything through.
    let both = ["build", "--baseline", "r.json", "--report", "r.json"];
    press.site.run(&both).code(2);
    press.site.run(&both).code(2);
}

#[test]
fn no_secret_is_in_a_report_nor_in_the_history() {
    const KEY: &str = "edge-key-0123456789";
    let mut press = guarded();
    press.site.set("KEY", KEY);
    press.site.set("GITLAB_CI", "true");
    let headers = "[aem.headers.publish]\nX-AEM-Edge-Key = \"${KEY}\"\n\n[fetch]";
    press.site.replace("site.toml", "[fetch]", headers);
    let query = format!("variables = {{ key = \"{KEY}\" }}\npaging");
    press
        .site
        .replace("content-queries/articles.toml", "paging", &query);
    press.site.run(&BUILD).good();
    // AEM tells it, and a page shows it.
    press.answers(Answer::json(format!(
        "{{\"errors\":[{{\"message\":\"no {KEY}, no entry\"}}]}}"
    )));
    press.site.run(&BUILD).code(1);
    let item = article("one").replace("About", KEY);
    let refused = press.site.read("out/report.json");
    press.answers(Answer::items(&[item, article("two"), article("three")]));
    press.site.run(&BUILD).code(4);
    let leaked = press.site.read("out/report.json");
    assert!(refused.contains("no [secret], no entry"), "{refused}");
    assert!(
        leaked.contains("a credential would be published"),
        "{leaked}"
    );
    let quality = press.site.read("out/report.codequality.json");
    assert!(
        quality.contains("a credential would be published"),
        "{quality}"
    );
    let history = press.site.read(".frieze/history.json");
    for text in [refused, leaked, quality, history] {
        assert!(!text.contains(KEY), "{text}");
    }
}

/// The lines that are commands for GitHub.
fn commands(run: &Run) -> Vec<&str> {
    run.stderr()
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect()
}

#[test]
fn github_gets_annotations() {
    let site = one_of_each()
        .env("GITHUB_ACTIONS", "true")
        .env("AEM", "http://127.0.0.1:9");
    let workspace = site.path("").parent().unwrap().to_str().unwrap().to_owned();
    let name = site
        .path("")
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let site = site.env("GITHUB_WORKSPACE", &workspace);
    site.replace("site.toml", "title", "titel");
    let run = site.build().code(2);
    let [command] = commands(&run)[..] else {
        panic!("{}", run.stderr());
    };
    assert!(
        command.starts_with(&format!(
            "::error file={name}/site.toml,line=1,col=1,title=Frieze%3A configuration::unknown key `titel`"
        )),
        "{command}"
    );
    assert!(
        command.ends_with("%0Ahelp: did you mean `title`?"),
        "{command}"
    );
    assert!(run.stdout().is_empty());
    // Elsewhere nobody reads them.
    let site = one_of_each().env("AEM", "http://127.0.0.1:9");
    site.replace("site.toml", "title", "titel");
    assert_eq!(commands(&site.build().code(2)), [""; 0]);
}

/// What others wrote, with commands of GitHub in it.
const FORGED: &str = "no\\n::add-mask::e\\r\\n  ::stop-commands::x\\r::error::y ##[add-mask]e";

#[test]
fn nobody_else_gives_commands_to_github() {
    let mut press = guarded();
    press.site.set("GITHUB_ACTIONS", "true");
    let command = |line: &&str| line.trim().starts_with("::") || line.contains("##[");
    let commands = |text: &str| -> Vec<String> {
        let lines = text.split(['\n', '\r']).filter(command);
        lines.map(str::to_owned).collect()
    };
    // In a message of AEM, with and without colours.
    let refusal = format!("{{\"errors\":[{{\"message\":\"{FORGED}\"}}]}}");
    press.answers(Answer::json(refusal));
    for arguments in [&["build"][..], &["build", "--color", "always"]] {
        let run = press.site.run(arguments).code(1);
        let [annotation] = &commands(run.stderr())[..] else {
            panic!("{}", run.stderr());
        };
        assert!(annotation.starts_with("::error "), "{annotation}");
        assert!(run.stderr().contains("# #[add-mask]e"), "{}", run.stderr());
    }
    // In an item, as a result and in the names of files.
    let item = article("one").replace("About one", FORGED);
    press.answers(Answer::items(std::slice::from_ref(&item)));
    let run = press.site.run(&["queries", "run", "articles"]).good();
    assert_eq!(commands(run.stdout()), [""; 0]);
    let given: Value = serde_json::from_str(run.stdout()).unwrap();
    assert_eq!(given[0], serde_json::from_str::<Value>(&item).unwrap());
    press.site.replace(
        "site.toml",
        "[fetch]",
        "[guard]\nmin_items_ratio = 0\n\n[fetch]",
    );
    press.answers(Answer::items(&["a ##[x]b", "::c"].map(article)));
    let run = press.site.run(&["build", "-v"]);
    assert_eq!(commands(run.stdout()), [""; 0], "{}", run.stderr());
    let all = commands(run.stderr());
    assert!(
        all.iter()
            .all(|line| line.starts_with("::error ") || line.starts_with("::warning "))
    );
}

/// The keys of a report, as `docs/report.md` writes them: `queries[].items`.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    const WHOLE: [&str; 2] = ["queries[].variables", "guard.history"];
    let is_whole = WHOLE.contains(&path);
    match value {
        Value::Object(members) if !is_whole => {
            for (name, value) in members {
                let dot = if path.is_empty() { "" } else { "." };
                keys(value, &format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(items) => {
            found.insert(format!("{path}[]"));
            items
                .iter()
                .for_each(|item| keys(item, &format!("{path}[]"), found));
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_documentation_names_every_key_and_no_other() {
    let mut found = BTreeSet::new();
    let mut note = |press: &Press| keys(&report(press), "", &mut found);
    let press = guarded();
    press.site.run(&BUILD).good();
    note(&press);
    press.answers(Answer::items(&["one", "two", "four"].map(article)));
    press.site.run(&BUILD).good();
    note(&press);
    press
        .site
        .write("templates/article.html", "{{ item.title }}");
    press
        .site
        .run(&[&BUILD[..], &["--metrics"]].concat())
        .good();
    note(&press);
    press.answers(articles(0));
    press.site.run(&BUILD).code(4);
    note(&press);
    // Objects that may be null, and lists whose rows have keys of their own.
    found.retain(|key| !["pages", "assets", "files", "changed", "guard"].contains(&key.as_str()));
    let page = std::fs::read_to_string(workspace().join("docs/report.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<String> = rows
        .flat_map(|row| row.split_once(" | ").unwrap().0.split(", "))
        .map(|key| key.trim_matches('`').to_owned())
        .collect();
    assert_eq!(documented, found);
}

#[test]
fn what_a_build_took_is_told_when_it_is_asked_for() {
    let press = Press::standing();
    let names = |text: &str| -> Vec<String> {
        let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
        text.lines().filter_map(first).collect()
    };
    press
        .site
        .write("templates/article.html", "{{ item.title }}");
    let run = press
        .site
        .run(&[&BUILD[..], &["--metrics"]].concat())
        .good();
    let said = names(run.stderr());
    for name in [
        "prepare",
        "fetch",
        "plan",
        "render",
        "commit",
        "articles",
        "article.html",
    ] {
        assert!(
            said.iter().any(|own| own == name),
            "{name} in {}",
            run.stderr()
        );
    }
    let metrics = &report(&press)["metrics"];
    let query = &metrics["queries"][0];
    assert_eq!(
        (
            &query["query"],
            &query["items"],
            &query["requests"],
            query["seconds"].is_number()
        ),
        (&"articles".into(), &3.into(), &1.into(), true),
        "{metrics}"
    );
    let template = &metrics["templates"][0];
    assert_eq!(
        (&template["template"], &template["pages"]),
        (&"article.html".into(), &3.into())
    );
    let stages = metrics["stages"].as_array().unwrap();
    assert!(
        stages
            .iter()
            .all(|stage| stage["memory"].is_u64() == cfg!(target_os = "linux")),
        "{metrics}"
    );

    let run = press
        .site
        .run(&[&BUILD[..], &["--metrics"]].concat())
        .good();
    assert!(
        !names(run.stderr()).contains(&"article.html".to_owned()),
        "nothing was rendered"
    );
    assert_eq!(
        report(&press)["metrics"]["templates"],
        serde_json::json!([])
    );

    let run = press.site.run(&BUILD).good();
    assert!(
        !names(run.stderr()).contains(&"commit".to_owned()),
        "{}",
        run.stderr()
    );
    assert_eq!(report(&press)["metrics"], Value::Null);
}
