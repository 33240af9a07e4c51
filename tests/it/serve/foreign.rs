//! What others have made: files that lie in a folder, and documents that somebody has put into AEM.

use super::client::Preview;
use crate::support::{Answer, Scripted, SiteTest, articles, one_of_each};

fn site(aem: &Scripted, article: &str) -> SiteTest {
    let mut site = one_of_each().file("templates/article.html", article);
    site.aem(&aem.origin());
    site
}

#[test]
fn the_page_of_a_folder_of_static_files_is_a_page() {
    let aem = Scripted::always(Answer::items(&articles(&["one"])));
    let site = site(&aem, "one").file("static/manual/index.html", "<h1>Manual</h1>");
    let preview = Preview::of(&site);
    let manual = preview.until("/manual/", |reply| reply.status == 200);
    assert_eq!(manual.body, "<h1>Manual</h1>");
    assert_eq!(
        manual.header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

/// Whoever may upload one must not be able to read, by somebody else's browser, what the author tier shows.
#[test]
fn a_document_of_aem_reads_nothing_of_the_preview() {
    let aem = Scripted::start(|request| match request.path.rsplit('.').next() {
        Some("html") => Answer::of("Text/HTML", "<script>steal()</script>"),
        Some("xml") => Answer::of("application/xml", "<x/>"),
        Some("pdf") => Answer::of("application/pdf", "%PDF"),
        _ => Answer::items(&articles(&["one"])),
    });
    let article = "{% for name in ['a.html', 'b.xml', 'c.pdf'] %}\
                   {{ asset(src='/content/dam/press/' ~ name) }} {% endfor %}";
    let site = site(&aem, article);
    let preview = Preview::of(&site);
    let page = preview.until("/articles/one/", |reply| reply.status == 200);
    let files: Vec<_> = page
        .body
        .split_whitespace()
        .map(|file| preview.get(file))
        .collect();
    let statuses: Vec<u16> = files.iter().map(|file| file.status).collect();
    assert_eq!(statuses, [200, 200, 200], "{}", page.body);
    let policies = files
        .iter()
        .map(|file| file.header("content-security-policy"));
    let apart = Some("sandbox allow-scripts");
    assert_eq!(policies.collect::<Vec<_>>(), [apart, apart, None]);
}
