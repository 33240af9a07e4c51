//! `frieze queries`: what is asked, and what that brings.

use serde_json::Value;

use crate::support::corpus::corpus;
use crate::support::{
    Answer, Press, Scripted, SiteTest, TestSandbox, article, assert_report, nobody, one_of_each,
    repository,
};

/// A definition of every kind, in two languages, with secrets.
fn newspaper() -> SiteTest {
    let mut site = one_of_each()
        .file(
            "site.toml",
            "base_url = \"https://press.example\"\n\n[languages.en]\nroot = \"/content/dam/press/en\"\n\
             [languages.fr]\nroot = \"/content/dam/press/fr\"\n\n[aem]\n\
             publish = \"https://publish.example\"\nconfiguration = \"press\"\n\n\
             [aem.auth]\nkind = \"token\"\ntoken = \"${TOKEN}\"\n\n\
             [aem.headers.publish]\nX-AEM-Edge-Key = \"${EDGE_KEY}\"\n",
        )
        .file(
            "content-queries/articles.toml",
            "persisted = \"articles\"\npaging = \"offset\"\npage_size = 20\nfreshness = \"10m\"\n\
             variables = { locale = \"{{ lang.locale }}\", tags = [\"a\", \"b\"], top = 3 }\n\n\
             [pages]\nroute = \"/articles/{{ item.slug }}/\"\ntemplate = \"article.html\"\n\
             when = \"item.price > 0\"\n\n\
             [[lists]]\nroute = \"/\"\ntemplate = \"home.html\"\nsort = \"price desc, title\"\nper_page = 10\n",
        )
        .file(
            "content-queries/authors.toml",
            "persisted = \"shared/author-by-name\"\npaging = \"none\"\noptional = true\n[for_each]\n\
             query = \"articles\"\nvariables = { name = \"{{ parent.author }}\" }\n",
        )
        .file(
            "content-queries/issues.toml",
            "persisted = \"issues\"\npaging = \"cursor\"\n\
             partition = { variable = \"season\", values = [\"spring\", \"autumn\"] }\n",
        )
        .file("content-queries/latest.toml", "document = \"latest.graphql\"\nlanguages = [\"fr\"]\n")
        .file(
            "content-queries/latest.graphql",
            "query ($after: String) {\n  articlePaginated(after: $after) { edges { node { _path } } }\n}\n",
        );
    site.set("TOKEN", "correct-horse");
    site.set("EDGE_KEY", "battery-staple");
    site
}

#[test]
fn the_list_is_in_the_order_of_asking() {
    let run = newspaper().run(&["queries", "list"]).good();
    insta::assert_snapshot!(run.stdout());
    assert_report!(run);
}

#[test]
fn the_list_can_be_read_by_programs() {
    let run = newspaper().run(&["queries", "list", "--format", "json"]);
    let list: Value = serde_json::from_str(run.good().stdout()).unwrap();
    assert_eq!(list["requests"]["at_least"], 5);
    assert_eq!(list["requests"]["exact"], false);
    let queries = list["queries"].as_array().unwrap();
    let names: Vec<&str> = queries
        .iter()
        .map(|q| q["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["articles", "issues", "latest", "authors"]);
    assert_eq!(queries[0]["languages"], serde_json::json!(["en", "fr"]));
    assert_eq!(
        queries[1]["partition"],
        serde_json::json!({ "variable": "season", "values": ["spring", "autumn"] })
    );
    assert_eq!(queries[3]["for_each"], "articles");
}

#[test]
fn a_definition_is_shown_without_its_secrets() {
    let site = newspaper();
    for name in ["articles", "authors", "issues", "latest"] {
        let run = site.run(&["queries", "show", name]).good();
        run.never_says("correct-horse");
        run.never_says("battery-staple");
        insta::assert_snapshot!(format!("shown_{name}"), run.stdout());
    }
}

#[test]
fn a_mistyped_name() {
    let site = newspaper();
    for command in ["show", "run"] {
        let run = site.run(&["queries", command, "artikles"]).code(2);
        assert!(run.stdout().is_empty());
        assert!(
            run.stderr().contains("did you mean `articles`?"),
            "{}",
            run.stderr()
        );
    }
    let run = site.run(&["queries", "show", "zzz"]).code(2);
    assert_report!(run);
    let run = site.run(&["queries"]).code(2);
    assert!(
        run.stderr().contains("Usage: frieze queries"),
        "{}",
        run.stderr()
    );
}

/// The items that a run printed.
fn printed(stdout: &str) -> Vec<Value> {
    serde_json::from_str(stdout).unwrap()
}

#[test]
fn items_are_printed_as_they_came() {
    let press = Press::standing();
    let run = press.site.run(&["queries", "run", "articles"]).good();
    let lines: Vec<&str> = run.stdout().lines().collect();
    assert_eq!(lines.len(), 5, "an item to a line: {}", run.stdout());
    assert_eq!(lines[1], format!("{},", article("one")));
    assert_eq!(printed(run.stdout()).len(), 3);
    assert_eq!(
        run.stderr(),
        "fetched 1 answer\n3 items of `articles` with 1 request\n"
    );
    let quiet = press.site.run(&["queries", "run", "articles", "-q"]).good();
    assert_eq!((quiet.stdout(), quiet.stderr()), (run.stdout(), ""));
    let raw = press
        .site
        .run(&["queries", "run", "articles", "--raw"])
        .good();
    let answer: Value = serde_json::from_str(raw.stdout()).unwrap();
    assert_eq!(answer["data"]["articleList"]["items"][2]["slug"], "three");
    press.assert_untouched();
}

#[test]
fn variables_and_limits_change_what_is_asked() {
    let aem = TestSandbox::of(repository(&corpus(30, 0)));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let define = |query: &str, rest: &str| {
        site.write(
            "content-queries/articles.toml",
            &format!("persisted = \"{query}\"\n{rest}"),
        );
    };
    let run = |arguments: &[&str]| {
        let before = aem.requests().len();
        let all = [&["queries", "run", "articles"], arguments].concat();
        let items = printed(site.run(&all).good().stdout()).len();
        (items, aem.requests().len() - before)
    };
    define("articles", "paging = \"offset\"\npage_size = 10\n");
    assert_eq!(run(&["--limit", "4"]), (4, 1));
    assert_eq!(run(&["--limit", "25"]), (25, 3));
    assert_eq!(run(&[]).0, 30);
    define(
        "articles-by-cursor",
        "paging = \"cursor\"\npage_size = 10\n",
    );
    assert_eq!(run(&["--limit", "4"]), (4, 1));
    assert_eq!(run(&["--limit", "15"]), (15, 2));
    assert_eq!(run(&[]), (30, 3));
    define(
        "articles-by-author",
        "paging = \"none\"\nvariables = { author = \"nobody\" }\n",
    );
    assert_eq!(run(&[]), (0, 1));
    let (adas, _) = run(&["--var", "author=ada"]);
    assert!((1..30).contains(&adas), "{adas}");
}

#[test]
fn what_follows_another_query_is_asked_for_its_items() {
    let aem = TestSandbox::of(repository(&corpus(30, 0)));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    site.write(
        "content-queries/whole.toml",
        "persisted = \"article-by-path\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
         variables = { path = \"{{ parent._path }}\" }\n",
    );
    let run = site
        .run(&["queries", "run", "whole", "--limit", "2"])
        .good();
    assert_eq!(printed(run.stdout()).len(), 2);
    // The articles, and two of them one by one.
    assert_eq!(aem.requests().len(), 3);
    let path = corpus(30, 0)[7].path.clone();
    let given = format!("path={path}");
    let run = site
        .run(&["queries", "run", "whole", "--var", &given])
        .good();
    assert_eq!(printed(run.stdout())[0]["_path"], path);
    assert_eq!(aem.requests().len(), 4, "nothing is followed");
}

#[test]
fn the_last_build_tells_how_much_there_is() {
    let aem = TestSandbox::of(repository(&corpus(25, 0)));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    site.replace(
        "content-queries/articles.toml",
        "\"articles\"",
        "\"articles-by-cursor\"",
    );
    site.replace(
        "content-queries/articles.toml",
        "\"none\"",
        "\"cursor\"\npage_size = 10",
    );
    site.write(
        "content-queries/whole.toml",
        "persisted = \"article-by-path\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
         variables = { path = \"{{ parent._path }}\" }\n",
    );
    let said = |run: &crate::support::Run| run.stderr().lines().next().unwrap().to_owned();
    assert_eq!(
        said(&site.build().good()),
        "fetching 2 queries: 1 answer or more"
    );
    // A build with nothing to do would not fetch.
    site.write("templates/article.html", "{{ item.title }}\n");
    // Three pages of articles, and each of them once more.
    assert_eq!(
        said(&site.build().good()),
        "fetching 2 queries: about 28 answers"
    );
    let list = site.run(&["queries", "list"]).good();
    assert!(
        list.stdout().contains("2 queries: about 28 requests"),
        "{}",
        list.stdout()
    );
}

#[test]
fn a_language_can_be_chosen() {
    let aem = Scripted::start(|request| {
        let language = if request.path.contains("fr") {
            "fr"
        } else {
            "en"
        };
        let item = article("one").replace("/en/", &format!("/{language}/"));
        Answer::items(&[item])
    });
    let mut site = newspaper();
    site.aem(&aem.origin());
    site.replace("site.toml", "https://publish.example", "${AEM}");
    site.replace("content-queries/articles.toml", "\"offset\"", "\"none\"");
    site.replace("content-queries/articles.toml", "page_size = 20\n", "");
    let run = |arguments: &[&str]| {
        let all = [&["queries", "run", "articles"], arguments].concat();
        site.run(&all)
    };
    let paths = |arguments: &[&str]| -> Vec<String> {
        let items = printed(run(arguments).good().stdout());
        items.iter().map(|item| item["_path"].to_string()).collect()
    };
    assert_eq!(paths(&[]).len(), 2);
    assert_eq!(
        paths(&["--lang", "fr"]),
        ["\"/content/dam/press/fr/articles/one\""]
    );
    let wrong = run(&["--lang", "de"]).code(2);
    assert_report!(wrong);
}

#[test]
fn failures_have_the_usual_codes() {
    let press = Press::standing();
    let run = |code| press.site.run(&["queries", "run", "articles"]).code(code);
    press.answers(
        Answer::json(
            r#"{"errors":[{"errorType":"PersistenceError","message":"Could not find Persisted Query"}]}"#,
        )
        .status(404),
    );
    assert_eq!(run(1).stdout(), "");
    press.answers(Answer::page(404));
    assert_eq!(run(3).stdout(), "");
    let mut site = one_of_each();
    let (origin, _taken) = nobody();
    site.aem(&origin);
    assert_report!(site.run(&["queries", "run", "articles"]).code(3));
    let wrong = site.run(&["queries", "run", "articles", "--var", "a", "--var", "=b"]);
    assert_report!(wrong.code(2));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let press = Press::standing();
    let many: Vec<String> = (0..5_000).map(|n| article(&format!("a{n}"))).collect();
    press.answers(Answer::items(&many));
    for arguments in [&["queries", "run", "articles"][..], &["queries", "list"]] {
        let mut child = press.site.start(arguments);
        drop(child.stdout());
        child.wait().good();
    }
}

#[test]
fn what_a_terminal_would_obey_is_not_printed() {
    let press = Press::standing();
    let evil = article("one").replace("About", "\u{9b}31m\u{202e}About");
    press.answers(Answer::items(&[evil]));
    let run = press.site.run(&["queries", "run", "articles"]).good();
    run.never_says("\u{9b}");
    let title = printed(run.stdout())[0]["title"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(title, "\u{9b}31m\u{202e}About one");
}
