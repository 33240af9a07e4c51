//! A site as a browser sees it: pages, files, and what becomes of them.

use super::client::Preview;
use crate::support::{Answer, Scripted, SiteTest, articles, one_of_each};

/// The press, with a page for what is not there and a style sheet.
fn press(aem: &Scripted) -> SiteTest {
    let mut site = one_of_each()
        .file(
            "templates/article.html",
            "<!doctype html><link rel=\"stylesheet\" href=\"{{ asset(src=\"a.css\") }}\"><body>\
             <h1>{{ item.title }}</h1></body>",
        )
        .file(
            "templates/404.html",
            "<html><body>Not here: press</body></html>",
        )
        .file("static/a.css", "h1 { color: red }")
        .file("static/b.js", "1;");
    site.aem(&aem.origin());
    site
}

fn aem() -> Scripted {
    Scripted::always(Answer::items(&articles(&["one", "two"])))
}

/// The preview of a site that is there.
fn ready(site: &SiteTest) -> Preview {
    let preview = Preview::of(site);
    preview.until("/articles/one/", |reply| reply.status == 200);
    preview
}

#[test]
fn pages_and_files_are_where_a_build_puts_them() {
    let aem = aem();
    let site = press(&aem);
    let preview = ready(&site);
    let page = preview.get("/articles/one/");
    assert!(
        page.body
            .contains("<h1>About one</h1><script type=\"module\"")
    );
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let css = preview.get("/a.css");
    assert_eq!((css.status, &*css.body), (200, "h1 { color: red }"));
    assert_eq!(css.header("content-type"), Some("text/css; charset=utf-8"));
    let without = preview.get("/articles/one");
    assert_eq!(
        (without.status, without.header("location")),
        (302, Some("/articles/one/"))
    );
    let missing = preview.get("/nothing/");
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("Not here: press") && missing.body.contains("<script"));
    for path in [
        "/site.toml",
        "/templates/article.html",
        "/static/a.css",
        "/.frieze/",
    ] {
        assert_eq!(preview.get(path).status, 404, "{path}");
    }
    assert!(site.output().is_empty(), "nothing is written");
}

#[test]
fn an_edit_reaches_the_pages_that_depend_on_it() {
    let aem = aem();
    let site = press(&aem);
    let preview = ready(&site);
    let page = preview.get("/articles/one/");
    let mut open: Vec<_> = (0..20)
        .map(|_| preview.events("/articles/one/", page.version()))
        .collect();
    for events in &mut open {
        assert_eq!(events.next().0, "fine");
    }
    site.replace("templates/article.html", "<h1>", "<h1>News: ");
    for events in &mut open {
        events.next_of("change");
    }
    let changed = preview.get("/articles/one/");
    assert!(changed.body.contains("News: About one"));
    // A mistake leaves the page as it is, and is told to everybody.
    site.replace("templates/article.html", "item.title", "item.titel");
    for events in &mut open {
        let problems = events.next_of("problems");
        assert!(problems.contains("templates/article.html"), "{problems}");
    }
    assert_eq!(preview.get("/articles/one/").body, changed.body);
    site.replace("templates/article.html", "item.titel", "item.title");
    for events in &mut open {
        events.next_of("fine");
    }
}

#[cfg(unix)]
#[test]
fn the_terminal_tells_of_pages_that_somebody_looks_at() {
    let aem = aem();
    let site = press(&aem);
    let mut preview = ready(&site);
    let page = preview.get("/articles/one/");
    let mut events = preview.events("/articles/one/", page.version());
    assert_eq!(events.next().0, "fine");
    site.replace("templates/article.html", "item.title", "item.titel");
    events.next_of("problems");
    // The same mistake on another page.
    assert_eq!(preview.get("/articles/two/").status, 500);
    preview.child.interrupt();
    let run = preview.child.wait().good();
    let told = run.stderr().matches("`titel` is not defined").count();
    assert_eq!(told, 1, "{}", run.stderr());
}

#[test]
fn a_style_sheet_is_exchanged() {
    let aem = aem();
    let site = press(&aem);
    let preview = ready(&site);
    let page = preview.get("/articles/one/");
    let mut events = preview.events("/articles/one/", page.version());
    assert_eq!(events.next().0, "fine");
    site.write("static/a.css", "h1 { color: rebeccapurple }");
    loop {
        let (name, data) = events.next();
        assert_ne!(name, "change", "{data}");
        if name == "style" {
            assert!(data.contains("/a."), "{data}");
            break;
        }
    }
    site.write("static/b.js", "22;");
    events.next_of("change");
}

#[test]
fn content_is_asked_for_again_when_aem_says_so() {
    let aem = aem();
    let site = press(&aem);
    let preview = ready(&site);
    assert_eq!(preview.get("/articles/three/").status, 404);
    let three = Answer::items(&articles(&["one", "two", "three"]));
    aem.now(move |_| three.clone());
    let event = r#"{"type":"aem.sites.contentFragment.published","id":"x","data":{"path":"/content/dam/press/en/articles/three"}}"#;
    let length = event.len();
    let heard = preview.say(format!(
        "POST /_frieze/events/aem HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{event}",
        preview.host
    ));
    assert_eq!(heard.status, 200);
    preview.until("/articles/three/", |reply| reply.status == 200);
}

#[test]
fn a_site_below_a_path_stays_there() {
    let aem = aem();
    let site = press(&aem);
    site.replace(
        "site.toml",
        "https://press.example",
        "https://press.example/docs",
    );
    let preview = Preview::of(&site);
    preview.until("/docs/articles/one/", |reply| reply.status == 200);
    assert_eq!(preview.get("/").header("location"), Some("/docs/"));
    assert_eq!(preview.get("/articles/one/").status, 404);
    assert_eq!(preview.get("/docs/a.css").status, 200);
    let without = preview.get("/docs/articles/one");
    assert_eq!(without.header("location"), Some("/docs/articles/one/"));
}

#[test]
fn the_path_of_a_site_may_have_any_letters() {
    let aem = aem();
    let site = press(&aem);
    let base = "https://press.example/café 1";
    site.replace("site.toml", "https://press.example", base);
    let preview = Preview::of(&site);
    let page = "/caf%C3%A9%201/articles/one/";
    preview.until(page, |reply| reply.status == 200);
    assert_eq!(preview.get("/").header("location"), Some("/caf%C3%A9%201/"));
}

#[test]
fn a_page_that_never_comes_out_keeps_nobody_from_the_next() {
    let aem = aem();
    let site = press(&aem).file("templates/loop.html", "{# in time #}");
    site.replace(
        "templates/article.html",
        "<h1>",
        "{% include \"loop.html\" %}<h1>",
    );
    let preview = ready(&site);
    let page = preview.get("/articles/one/");
    let mut events = preview.events("/articles/one/", page.version());
    assert_eq!(events.next().0, "fine");
    let missing = preview.get("/nothing/");
    let mut other = preview.events("/nothing/", missing.version());
    assert_eq!(other.next().0, "fine");
    let (first, last) = ("{% for a in range(end=99999) %}", "{% endfor %}");
    let endless = format!("{}{}", first.repeat(3), last.repeat(3));
    site.write("templates/loop.html", &endless);
    // The site that comes of this has the endless page.
    site.write("static/b.js", "22;");
    other.next_of("change");
    site.write("templates/loop.html", "mended");
    events.next_of("change");
    assert!(preview.get("/articles/one/").body.contains("mended"));
}

#[test]
fn without_aem_the_last_build_of_a_site_below_a_path_is_shown_there() {
    let aem = aem();
    let mut site = press(&aem);
    site.replace(
        "site.toml",
        "https://press.example",
        "https://press.example/docs",
    );
    site.build().good();
    let nobody = crate::support::nobody();
    site.aem(&nobody.0);
    std::fs::remove_dir_all(site.path(".frieze")).unwrap();
    let preview = Preview::of(&site);
    preview.until("/docs/articles/one/", |reply| reply.status == 200);
    assert_eq!(preview.get("/").header("location"), Some("/docs/"));
    assert_eq!(preview.get("/articles/one/").status, 404);
    let without = preview.get("/docs/articles/one");
    assert_eq!(without.header("location"), Some("/docs/articles/one/"));
}

#[test]
fn without_aem_the_last_build_is_shown() {
    let aem = aem();
    let mut site = press(&aem);
    site.build().good();
    std::fs::write(site.path("public/own.txt"), "not ours").unwrap();
    let nobody = crate::support::nobody();
    site.aem(&nobody.0);
    std::fs::remove_dir_all(site.path(".frieze")).unwrap();
    let preview = Preview::of(&site);
    let page = preview.until("/articles/one/", |reply| reply.status == 200);
    assert!(page.body.contains("About one") && page.body.contains("data-version"));
    let problems = preview
        .events("/articles/one/", page.version())
        .next_of("problems");
    assert!(
        problems.contains("[aem]") || problems.contains("cannot be reached"),
        "{problems}"
    );
    let without = preview.get("/articles/two");
    assert_eq!(without.header("location"), Some("/articles/two/"));
    assert_eq!(preview.get("/a.css").status, 200);
    for path in [
        "/own.txt",
        "/.frieze-manifest",
        "/%2e%2e/site.toml",
        "/nothing",
    ] {
        assert!(preview.get(path).status >= 400, "{path}");
    }
}
