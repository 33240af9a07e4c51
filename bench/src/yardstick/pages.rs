//! What `bench/site/templates` say, as string concatenation.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use super::Listed;
use super::item::Item;

const TITLE: &str = "Bench &amp; Beyond";

/// Items of a page of the front page's list, and of a topic.
const PER_PAGE: usize = 50;
const PER_TOPIC: usize = 100;

/// Writes the page of one article; `html` is only room that is used again.
pub(super) fn article(output: &Path, item: &Item<'_>, html: &mut String) -> io::Result<()> {
    html.clear();
    let url = format!("/articles/{}/", item.slug);
    head(html, &url, |html| escape(html, &item.title));
    html.push_str("<article>\n<h1>");
    escape(html, &item.title);
    html.push_str("</h1>\n<p class=\"by\">");
    escape(html, &item.author.name);
    html.push_str(", <time datetime=\"");
    escape(html, &item.published);
    html.push_str("\">");
    escape(html, &item.published);
    html.push_str("</time></p>\n<p class=\"teaser\">");
    escape(html, &item.teaser);
    html.push_str("</p>\n");
    html.push_str(&item.body.html);
    html.push_str("\n<ul class=\"topics\">\n");
    for topic in &item.topics {
        html.push_str("<li><a href=\"/topics/");
        escape(html, topic);
        html.push_str("/\">");
        escape(html, topic);
        html.push_str("</a></li>\n");
    }
    html.push_str("</ul>\n</article>");
    tail(html, &url);
    write(output, &url, html)
}

/// Writes the front page and those after it; the items in their order.
pub(super) fn list(output: &Path, items: &[Listed]) -> io::Result<()> {
    let total = items.len().div_ceil(PER_PAGE);
    let url = |number| match number {
        1 => "/".to_owned(),
        _ => format!("/page/{number}/"),
    };
    let mut html = String::new();
    for (number, items) in (1..).zip(items.chunks(PER_PAGE)) {
        html.clear();
        head(&mut html, &url(number), |html| {
            let _ = write!(html, "Page {number} of {total}");
        });
        cards(&mut html, items.iter());
        html.push_str("\n<nav>");
        if number > 1 {
            let newer = url(number - 1);
            let _ = write!(html, "<a href=\"{newer}\" rel=\"prev\">Newer</a>");
        }
        if number < total {
            let older = url(number + 1);
            let _ = write!(html, "<a href=\"{older}\" rel=\"next\">Older</a>");
        }
        html.push_str("</nav>");
        tail(&mut html, &url(number));
        write(output, &url(number), &html)?;
    }
    Ok(())
}

/// Writes the page of one topic; its items in their order.
pub(super) fn topic(output: &Path, name: &str, items: &[&Listed]) -> io::Result<()> {
    let url = format!("/topics/{name}/");
    let mut html = String::new();
    head(&mut html, &url, |html| escape(html, name));
    html.push_str("<h1>");
    escape(&mut html, name);
    let _ = writeln!(html, ": {}</h1>", items.len());
    cards(&mut html, items.iter().copied().take(PER_TOPIC));
    tail(&mut html, &url);
    write(output, &url, &html)
}

fn cards<'a>(html: &mut String, items: impl Iterator<Item = &'a Listed>) {
    html.push_str("<ol>\n");
    for item in items {
        html.push_str("<li><a href=\"/articles/");
        escape(html, &item.slug);
        html.push_str("/\">");
        escape(html, &item.title);
        html.push_str("</a> <time datetime=\"");
        escape(html, &item.published);
        html.push_str("\">");
        escape(html, &item.published);
        html.push_str("</time><p>");
        escape(html, &item.teaser);
        html.push_str("</p></li>\n");
    }
    html.push_str("</ol>");
}

fn head(html: &mut String, url: &str, title: impl FnOnce(&mut String)) {
    html.push_str(
        "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>",
    );
    title(html);
    html.push_str(" – ");
    html.push_str(TITLE);
    html.push_str("</title>\n<link rel=\"canonical\" href=\"https://bench.example");
    html.push_str(url);
    html.push_str(
        "\">\n<link rel=\"stylesheet\" href=\"/css/site.css\">\n</head>\n<body>\n\
         <header><a href=\"/\">",
    );
    html.push_str(TITLE);
    html.push_str("</a></header>\n<main>\n");
}

fn tail(html: &mut String, url: &str) {
    html.push_str("\n</main>\n<footer><p>");
    html.push_str(TITLE);
    html.push_str(": ");
    html.push_str(url);
    html.push_str("</p></footer>\n</body>\n</html>\n");
}

fn escape(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

fn write(output: &Path, url: &str, html: &str) -> io::Result<()> {
    let folder = output.join(&url[1..]);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("index.html"), html)
}
