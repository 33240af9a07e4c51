//! What comes over the network when things go wrong, and what is sent.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Answer, Press, Run, Scripted, article, articles, assert_report};

/// Builds a standing site that gets one bad answer.
#[track_caller]
fn bad(answer: Answer, code: i32) -> Run {
    let press = Press::standing();
    press.answers(answer);
    let run = press.site.build().code(code);
    press.assert_untouched();
    run
}

fn gzip(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(bytes).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_page_where_json_was_due() {
    assert_report!(bad(Answer::page(200), 3));
}

#[test]
fn a_blocked_request() {
    assert_report!(bad(Answer::page(404), 3));
}

#[test]
fn a_status_of_trouble() {
    for status in [401, 403, 405, 406, 421, 429, 500, 503] {
        let run = bad(Answer::page(status), 3);
        let said = run.stderr();
        assert!(said.contains(&format!("status {status}")), "{said}");
        assert!(
            said.contains("help: "),
            "{status} has its own advice: {said}"
        );
    }
}

#[test]
fn trouble_that_passes() {
    let press = Press::standing();
    press
        .site
        .replace("site.toml", "retries = 0", "retries = 1");
    let asked = press.aem.requests().len();
    let tries = AtomicUsize::new(0);
    press
        .aem
        .now(move |_| match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Answer::page(503).header("Retry-After", "0"),
            _ => Answer::items(&articles(&["one", "two", "three"])),
        });
    press.site.build().good();
    press.assert_untouched();
    assert_eq!(press.aem.requests().len(), asked + 2);
}

#[test]
fn a_body_that_breaks_off() {
    let whole = r#"{"data":{"articleList":{"items":["#;
    assert_report!(bad(Answer::json(whole).cut(), 3));
}

#[test]
fn json_that_breaks_off() {
    let whole = r#"{"data":{"articleList":{"items":["#;
    assert_report!(bad(Answer::json(whole), 3));
}

#[test]
fn an_answer_that_is_too_large() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml") + "max_response = \"1KiB\"\n";
    press.site.write("site.toml", &configuration);
    let long = article("one").replace("About", &"long ".repeat(1_000));
    press.answers(Answer::items(&[long]));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_compressed_bomb() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml") + "max_response = \"1MiB\"\n";
    press.site.write("site.toml", &configuration);
    // 256 MiB of blanks.
    let bomb = gzip(&vec![b' '; 1 << 20], 256);
    assert!(bomb.len() < 1 << 20, "{} bytes are sent", bomb.len());
    press.answers(Answer::json(bomb).header("Content-Encoding", "gzip"));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_compressed_answer() {
    let press = Press::standing();
    let body = format!(
        r#"{{"data":{{"articleList":{{"items":[{}]}}}}}}"#,
        articles(&["one", "two", "three"]).join(",")
    );
    press.answers(Answer::json(gzip(body.as_bytes(), 1)).header("Content-Encoding", "gzip"));
    press.site.build().good();
    press.assert_untouched();
}

#[test]
fn json_that_nests_too_deep() {
    let press = Press::standing();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let item = article("one").replacen('{', &format!("{{\"deep\":{deep},"), 1);
    press.answers(Answer::items(&[item]));
    // Nobody looks at it.
    press.site.build().good();
    press
        .site
        .write("templates/article.html", "{{ item.deep }}");
    let run = press.site.build().code(1);
    assert_report!(run);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Scripted::always(Answer::items(&articles(&["stolen"])));
    let press = Press::standing();
    let target = format!("{}/login", elsewhere.origin());
    press.answers(Answer::page(302).header("Location", &target));
    let run = press.site.build().code(3);
    press.assert_untouched();
    assert!(elsewhere.requests().is_empty());
    assert!(run.stderr().contains("/login"), "{}", run.stderr());
}

#[test]
fn a_redirect_to_itself_ends_at_once() {
    let press = Press::standing();
    press.answers(Answer::page(307).header("Location", "/graphql/execute.json/press/articles"));
    let asked = press.aem.requests().len();
    let run = press.site.build().code(3);
    assert_eq!(press.aem.requests().len(), asked + 1);
    assert_report!(run);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml") + "read_timeout = \"50ms\"\n";
    press.site.write("site.toml", &configuration);
    press.answers(Answer::never());
    let run = press.site.build().code(3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_fetch_has_a_deadline() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml") + "deadline = \"50ms\"\n";
    press.site.write("site.toml", &configuration);
    press.answers(Answer::never());
    let run = press.site.build().code(3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_build_makes_no_more_requests_than_allowed() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml") + "max_requests = 2\n";
    press.site.write("site.toml", &configuration);
    press.site.write(
        "content-queries/again.toml",
        "persisted = \"article\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
         variables = { path = \"{{ parent._path }}\" }\n",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    // One of the good build before.
    assert_eq!(press.aem.requests().len(), 1 + 2);
    assert!(run.stderr().contains("max_requests"), "{}", run.stderr());
}

#[test]
fn no_request_is_one_of_a_browser() {
    let press = Press::standing();
    press.site.write(
        "content-queries/posted.toml",
        "document = \"posted.graphql\"\npaging = \"none\"\n",
    );
    press.site.write(
        "content-queries/posted.graphql",
        "{ articleList { items { _path } } }",
    );
    press.site.build().good();
    let requests = press.aem.requests();
    assert!(requests.iter().any(|request| request.method == "POST"));
    for request in &requests {
        for absent in ["origin", "referer", "cookie", "authorization"] {
            assert_eq!(request.header(absent), None, "{request:?}");
        }
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("frieze/"), "{agent}");
        let encodings = request.header("accept-encoding").unwrap();
        assert!(
            encodings.contains("gzip") && encodings.contains("br"),
            "{encodings}"
        );
    }
}

#[test]
fn an_ad_hoc_query_is_posted_with_its_variables() {
    let press = Press::standing();
    press.site.write(
        "content-queries/articles.toml",
        "document = \"articles.graphql\"\npaging = \"none\"\nvariables = { tag = \"a;b & {c}\", top = 3 }\n\
         [pages]\nroute = \"/articles/{{ item.slug }}/\"\ntemplate = \"article.html\"\n",
    );
    let text = "query ($tag: String, $top: Int) { articleList { items { _path slug } } }";
    press.site.write("content-queries/articles.graphql", text);
    press.site.build().good();
    press.assert_untouched();
    let request = press.aem.requests().pop().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/content/_cq_graphql/press/endpoint.json");
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"query": text, "variables": {"tag": "a;b & {c}", "top": 3}})
    );
}

#[test]
fn a_value_that_aem_cannot_take() {
    let press = Press::standing();
    press.site.replace(
        "content-queries/articles.toml",
        "paging",
        "variables = { tag = \"a;b\" }\npaging",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}
