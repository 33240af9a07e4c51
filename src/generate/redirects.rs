//! Redirects from the former addresses of pages, in every form that `[redirects]` asks for.
//!
//! A form that a server reads gets paths in the spelling that this server wants, and nothing of a route can
//! end a line, a quotation or a pattern there: whatever could is percent-encoded or escaped.

use std::fmt::Write as _;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::artifact::{Artifact, ArtifactKind, Body, Format, OutputPath, Provenance};
use crate::config::{Config, RedirectFormat};
use crate::local::LocalPages;
use crate::query::QuerySet;
use crate::route::{Redirect, Route, RouteTable, Subject};
use crate::store::Store;

/// The files of all redirects; none where there are no redirects.
#[must_use]
pub fn redirects(
    config: &Config,
    queries: &QuerySet,
    store: &Store,
    local: &LocalPages,
    routes: &RouteTable,
) -> Vec<Artifact> {
    let redirects = routes.redirects();
    let mut files = Vec::new();
    for format in &config.redirects.formats {
        let (name, text) = match format {
            RedirectFormat::Html => {
                let pages = redirects.iter().filter(|redirect| is_page(redirect));
                files.extend(pages.map(|redirect| {
                    let source = provenance(queries, store, local, redirect.subject);
                    page(config, redirect, source)
                }));
                continue;
            }
            RedirectFormat::Hosts => ("_redirects", for_hosts(config, redirects)),
            RedirectFormat::Nginx => ("redirects.nginx.conf", for_nginx(config, redirects)),
            RedirectFormat::Apache => (".htaccess", for_apache(config, redirects)),
        };
        if let (Ok(path), false) = (OutputPath::parse(name), redirects.is_empty()) {
            files.push(Artifact {
                path,
                body: Body::Bytes(text.into_bytes()),
                kind: ArtifactKind::Page,
                provenance: Provenance::default(),
            });
        }
    }
    files
}

/// Whether a page of HTML can be at the former address.
fn is_page(redirect: &Redirect) -> bool {
    Format::of(&redirect.output) == Some(Format::HTML)
}

/// A page that sends browsers on, tells search engines where the page is, and has a link for everybody
/// else.
fn page(config: &Config, redirect: &Redirect, provenance: Provenance) -> Artifact {
    let language = config.languages.get(redirect.language);
    let route = redirect.to.encoded();
    let url = escaped(&config.base_url.url(&route));
    let permalink = escaped(&config.base_url.permalink(&route));
    let text = format!(
        "<!doctype html>\n<html lang=\"{code}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{permalink}</title>\n<meta name=\"robots\" content=\"noindex\">\n\
         <link rel=\"canonical\" href=\"{permalink}\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\">\n</head>\n<body>\n\
         <p><a href=\"{url}\">{permalink}</a></p>\n</body>\n</html>\n",
        code = escaped(&language.code),
        direction = language.direction.as_str(),
    );
    Artifact {
        path: redirect.output.clone(),
        body: Body::Bytes(text.into_bytes()),
        kind: ArtifactKind::Page,
        provenance,
    }
}

/// Where the page that a redirect leads to comes from.
fn provenance(
    queries: &QuerySet,
    store: &Store,
    local: &LocalPages,
    subject: Subject,
) -> Provenance {
    match subject {
        Subject::Item(entry) => {
            let entry = store.get(entry);
            Provenance {
                definition: Some(Arc::clone(&queries.get(entry.query).name)),
                item: entry.path.as_ref().map(crate::aem::FragmentPath::shared),
                template: None,
            }
        }
        Subject::Local(id) => Provenance {
            item: Some(Arc::from(local.get(id).file.name.as_str())),
            ..Provenance::default()
        },
    }
}

/// The spellings of a former address that a visitor may use: with and without the slash of a folder.
fn spellings(route: &Route) -> impl Iterator<Item = &str> {
    let bare = route.as_str().strip_suffix('/');
    bare.into_iter()
        .chain([route.as_str()])
        .filter(|text| !text.is_empty())
}

/// A line for each spelling. A colon or an asterisk would be a pattern there.
fn for_hosts(config: &Config, redirects: &[Redirect]) -> String {
    let literal = |route: &str| {
        let url = config.base_url.url(&crate::route::encode_path(route));
        url.replace(':', "%3A").replace('*', "%2A")
    };
    let mut text = String::new();
    for redirect in redirects {
        let to = literal(redirect.to.as_str());
        for from in spellings(&redirect.from) {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{} {to} 301", literal(from));
        }
    }
    text
}

/// Locations for a `server` block. They are compared with decoded paths; a dollar in a target would begin
/// a variable.
fn for_nginx(config: &Config, redirects: &[Redirect]) -> String {
    let mut text = "# Include this in the `server` block of the site.\n".to_owned();
    for redirect in redirects {
        let to = config.base_url.url(&redirect.to.encoded());
        let to = to.replace('$', "%24").replace('"', "%22");
        for from in spellings(&redirect.from) {
            let from = decoded(&config.base_url.url(&crate::route::encode_path(from)));
            let from = from.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = writeln!(text, "location = \"{from}\" {{ return 301 \"{to}\"; }}");
        }
    }
    text
}

/// A path as a server compares it; left encoded where decoding would bring what no line can hold.
fn decoded(url: &str) -> String {
    let text = percent_decode_str(url).decode_utf8_lossy();
    if text.chars().any(char::is_control) {
        return url.to_owned();
    }
    text.into_owned()
}

/// Rules for the `.htaccess` of the site's folder, which Apache compares with the path below that folder.
/// A percent sign or dollar in a target would stand for something else.
fn for_apache(config: &Config, redirects: &[Redirect]) -> String {
    let mut text = "RewriteEngine On\n".to_owned();
    for redirect in redirects {
        let to = config.base_url.url(&redirect.to.encoded());
        let to = to.replace('%', "\\%").replace('$', "\\$");
        let from = redirect.from.as_str().trim_matches('/');
        let slash = if redirect.from.as_str().ends_with('/') {
            "/?"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "RewriteRule \"^{}{slash}$\" \"{to}\" [R=301,L,NE]",
            pattern(from)
        );
    }
    text
}

/// A text as a regular expression for itself, byte by byte.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_') {
            pattern.push(char::from(byte));
        } else {
            let _ = write!(pattern, "\\x{byte:02X}");
        }
    }
    pattern
}

fn escaped(text: &str) -> String {
    let mut buffer = Vec::with_capacity(text.len());
    // Writing to memory does not fail, and what is text stays text.
    let _ = tera::escape_html(text, &mut buffer);
    String::from_utf8(buffer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_has_a_meaning_in_a_pattern() {
        assert_eq!(pattern("a.b/(c)"), "a\\x2Eb/\\x28c\\x29");
        assert_eq!(pattern("à b"), "\\xC3\\xA0\\x20b");
    }

    #[test]
    fn a_path_is_decoded_unless_that_breaks_the_line() {
        assert_eq!(decoded("/%C3%A0%20b/"), "/à b/");
        assert_eq!(decoded("/a%0Ab/"), "/a%0Ab/");
    }
}
