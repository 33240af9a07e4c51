//! What can be typed, and what is printed where.

use crate::support::{Answer, Press, SiteTest, articles, assert_report, one_of_each};

#[test]
fn help_is_a_result() {
    let site = SiteTest::new();
    for arguments in [
        &["--help"][..],
        &["build", "--help"],
        &["help", "build"],
        &["--version"],
    ] {
        let run = site.run(arguments).good();
        assert!(!run.stdout().is_empty() && run.stderr().is_empty());
    }
    let version = site.run(&["-V"]).good();
    assert_eq!(
        version.stdout(),
        format!("frieze {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_mistyped_command_line() {
    let site = one_of_each();
    for arguments in [
        &[][..],
        &["bild"],
        &["build", "--output"],
        &["build", "--jobs", "0"],
        &["build", "--tier", "stage"],
        &["build", "--quiet", "--verbose"],
        &["build", "--deny", "errors"],
    ] {
        let run = site.run(arguments).code(2);
        assert!(run.stdout().is_empty(), "{arguments:?}");
        assert!(!run.stderr().is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_summary_is_a_result_and_progress_is_not() {
    let press = Press::standing();
    let again = press.site.build().good();
    assert_eq!(
        again.counts(),
        "1 query (1 request), 3 items, 3 pages (0 rendered), 0 assets"
    );
    assert_eq!(again.stderr(), "checked 1 answer\n");
    press.answers(Answer::items(&articles(&["one", "two"])));
    let run = press.site.build().good();
    assert_eq!(
        run.counts(),
        "1 query (1 request), 2 items, 2 pages (0 rendered), 0 assets"
    );
    assert_eq!(run.stdout().lines().count(), 2);
    assert_eq!(
        run.stderr(),
        "fetching 1 query: 1 answer\nfetched 1 answer\nrendered 0 pages\ndownloaded 0 assets\n"
    );
}

#[test]
fn quiet_prints_errors_only() {
    let press = Press::standing();
    let run = press.site.run(&["-q", "build"]).good();
    assert_eq!((run.stdout(), run.stderr()), ("", ""));
    press.answers(Answer::json(r#"{"data":null}"#));
    let run = press.site.run(&["build", "-q"]).code(1);
    assert_eq!(run.stdout(), "");
    assert!(run.stderr().starts_with("error: "), "{}", run.stderr());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let press = Press::standing();
    for arguments in [&["build", "--verbose"][..], &["--help"]] {
        let mut child = press.site.start(arguments);
        drop(child.stdout());
        child.wait().good();
    }
    press.assert_untouched();
}

#[test]
fn colours_can_be_asked_for() {
    let site = SiteTest::new();
    let plain = site.run(&["build"]).code(2);
    plain.never_says("\u{1b}[");
    let coloured = site.run(&["build", "--color", "always"]).code(2);
    assert!(coloured.stderr().contains("\u{1b}["));
}

#[test]
fn the_address_can_be_named() {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "{{ page.url }} {{ page.permalink }}\n",
    );
    let arguments = ["build", "-u", "https://next.example/preview/"];
    press.site.run(&arguments).good();
    assert_eq!(
        press.site.page("articles/one/index.html"),
        "/preview/articles/one/ https://next.example/preview/articles/one/\n"
    );
    let run = press.site.run(&["build", "-u", "next.example"]).code(2);
    assert_report!(run);
}

/// A site with a base and two environments.
fn with_environments() -> Press {
    let press = Press::standing();
    let configuration = press.site.read("site.toml")
        + "\n[extra]\nribbon = \"none\"\n\n[environments.staging.extra]\nribbon = \"staging\"\n";
    press.site.write("site.toml", &configuration);
    press.site.write(
        "templates/article.html",
        "{{ site.extra.ribbon }} {{ site.environment or 'default' }}\n",
    );
    press
}

#[test]
fn an_environment_is_laid_over_the_rest() {
    let mut press = with_environments();
    let page = |press: &Press| press.site.page("articles/one/index.html");
    press.site.run(&["build", "--env", "staging"]).good();
    assert_eq!(page(&press), "staging staging\n");
    press.site.build().good();
    assert_eq!(page(&press), "none default\n");
    press.site.set("FRIEZE_ENV", "staging");
    press.site.build().good();
    assert_eq!(page(&press), "staging staging\n");
}

#[test]
fn a_variable_of_another_environment_may_be_unset() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml")
        + "\n[environments.preview.aem]\ntier = \"preview\"\npreview = \"${PREVIEW}\"\n\
           [environments.preview.fetch]\nread_timeout = \"${PATIENCE}\"\n";
    press.site.write("site.toml", &configuration);
    press.site.build().good();
}

#[test]
fn an_unknown_environment() {
    let press = with_environments();
    let run = press.site.run(&["build", "--env", "stagin"]).code(2);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn warnings_can_be_denied() {
    let press = Press::standing();
    press.site.replace(
        "content-queries/articles.toml",
        "paging",
        "optional = true\nmin_items = 0\npaging",
    );
    press.answers(
        Answer::json(
            r#"{"errors":[{"errorType":"PersistenceError","message":"Could not find Persisted Query"}]}"#,
        )
        .status(404),
    );
    let denied = press.site.run(&["build", "--deny", "warnings"]).code(1);
    press.assert_untouched();
    let allowed = press.site.build().good();
    assert!(
        allowed.stderr().contains("warning: "),
        "{}",
        allowed.stderr()
    );
    assert_eq!(press.site.output().len(), 0);
    let quiet = press.site.run(&["build", "-q"]).good();
    assert_eq!(quiet.stderr(), "");
    assert_report!(denied);
}

#[test]
fn secrets_are_not_printed() {
    const SECRET: &str = "correct-horse-battery";
    let mut press = Press::standing();
    press.site.guard("EDGE_KEY", SECRET);
    let site = &press.site;
    site.write(".env", &format!("EDGE_KEY={SECRET}\n"));
    let good = site.read("site.toml");
    // In use, and nothing is wrong.
    site.write(
        "site.toml",
        &format!("{good}\n[extra]\nkey = \"${{EDGE_KEY}}\"\n"),
    );
    site.run(&["build", "--verbose"]).good();
    // Where it cannot be.
    let cases = [
        "publish = \"https://user:${EDGE_KEY}@aem.example\"",
        "publish = \"https://aem.example/${EDGE_KEY}\"",
        "publish = \"${EDGE_KEY}\"",
    ];
    for wrong in cases {
        site.write("site.toml", &good.replace("publish = \"${AEM}\"", wrong));
        site.run(&["build", "--verbose"]).code(2);
    }
    // In a line that cannot be read.
    site.write("site.toml", &good);
    site.write(".env", &format!("A=b\nEDGE KEY {SECRET} '\n"));
    let run = site.build().code(2);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn variables_come_from_a_file_beside_the_configuration() {
    let press = Press::standing();
    press
        .site
        .write(".env", "TITLE=\"from the file\"\nAEM=http://127.0.0.1:9\n");
    press.site.replace(
        "site.toml",
        "title = \"Press\"",
        "title = \"${TITLE}, ${OTHER:-a default}\"",
    );
    press
        .site
        .write("templates/article.html", "{{ site.title }}\n");
    // `AEM` is set in the environment as well, which wins.
    press.site.build().good();
    assert_eq!(
        press.site.page("articles/one/index.html"),
        "from the file, a default\n"
    );
}

#[test]
fn free_values_may_come_from_variables_too() {
    let press = Press::standing();
    press.site.write(".env", "RIBBON=beta\n");
    let configuration = press.site.read("site.toml")
        + "\n[extra]\nribbon = \"${RIBBON}\"\nlist = [\"${OTHER:-gamma}\"]\n";
    press.site.write("site.toml", &configuration);
    press.site.write(
        "templates/article.html",
        "{{ site.extra.ribbon }} {{ site.extra.list[0] }}\n",
    );
    press.site.build().good();
    assert_eq!(press.site.page("articles/one/index.html"), "beta gamma\n");
}

#[test]
#[cfg(feature = "sandbox")]
fn the_sandbox_says_where_it_is_and_what_it_serves() {
    use std::io::BufRead as _;

    let site = SiteTest::example();
    let mut sandbox = site.start(&["sandbox", "sandbox", "--port", "0"]);
    let (line, rest) = sandbox.first_line();
    assert!(line.contains("on http://127.0.0.1:"), "{line}");
    let mut lines = rest.lines().map(Result::unwrap);
    let totals = lines.next().unwrap();
    let queries = totals.rsplit(", ").next().unwrap();
    let queries: usize = queries.split(' ').next().unwrap().parse().unwrap();
    let definitions = std::fs::read_dir(site.path("content-queries")).unwrap();
    assert_eq!(queries, definitions.count(), "{totals}");
    for line in lines.take(queries) {
        assert!(line.starts_with("  /graphql/execute.json/larch/"), "{line}");
    }
}

#[test]
#[cfg(feature = "sandbox")]
fn a_sandbox_without_a_package() {
    let site = SiteTest::new().file("empty/readme.txt", "no content");
    let run = site.run(&["sandbox", "empty", "--port", "0"]).code(2);
    assert_report!(run);
}

#[test]
#[cfg(not(feature = "sandbox"))]
fn a_sandbox_that_was_left_out() {
    let site = SiteTest::example();
    let run = site.build().code(2);
    assert!(
        run.stderr().contains("`--features sandbox`"),
        "{}",
        run.stderr()
    );
    site.run(&["sandbox", "sandbox"]).code(2);
}

#[test]
#[cfg(feature = "sandbox")]
fn a_file_of_faults_with_mistakes() {
    let site = SiteTest::example().file("faults.txt", "# mine\nteapot\n503\n429;p=2\n");
    let arguments = [
        "sandbox",
        "sandbox",
        "--port",
        "0",
        "--faults-file",
        "faults.txt",
    ];
    assert_report!(site.run(&arguments).code(2));
}
