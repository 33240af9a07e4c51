//! Who is let in: what is looked at before a request is looked up.

use std::net::IpAddr;

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::hosts::Hosts;
use super::target::{Refused, Target};
use crate::serve::answer::Answer;

/// Where everything of the preview's own is.
pub(super) const OWN: &str = "/_frieze/";

/// The only address that is posted to: events of AEM.
pub(super) const WEBHOOK: &str = "/_frieze/events/aem";

/// Lets a request in, or says why not.
pub(super) fn enter(head: &Parts, local: IpAddr, hosts: &Hosts) -> Result<Target, Answer> {
    let host = host(head, local, hosts)?;
    let target = Target::of(&head.uri).map_err(|refused| match refused {
        Refused::Bad => say(
            StatusCode::BAD_REQUEST,
            "no address of a site looks like this",
        ),
        Refused::TooLong => say(StatusCode::URI_TOO_LONG, "the address is too long"),
    })?;
    method(&head.method, &target)?;
    if target.path.starts_with(OWN) && is_of_another_site(head, host) {
        let words = "pages of other sites cannot use what the preview tells about this one";
        return Err(say(StatusCode::FORBIDDEN, words));
    }
    Ok(target)
}

/// The `Host` of a request, which has to be one of ours.
fn host<'h>(head: &'h Parts, local: IpAddr, hosts: &Hosts) -> Result<&'h str, Answer> {
    let bad = |words: &str| say(StatusCode::BAD_REQUEST, words);
    let mut sent = head.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (sent.next(), sent.next()) else {
        return Err(bad("a request has one `Host`"));
    };
    let host = host.to_str().map_err(|_| bad("`Host` is not a name"))?;
    // A target with scheme and host, as proxies get it, says by itself whom it is for.
    let named = head.uri.authority().map(|authority| authority.as_str());
    let is_plain = head.uri.scheme_str().is_none_or(|scheme| scheme == "http");
    let ours = |host: &str| hosts.allow(host, local);
    if is_plain && ours(host) && named.is_none_or(ours) {
        return Ok(host);
    }
    // What was sent is not repeated: it may be anything.
    Err(say(
        StatusCode::FORBIDDEN,
        "the preview does not answer to this name\n\n\
         Any site could have its own name lead to this machine and would then be able to read the preview.\n\
         If the name is yours, start with `frieze serve --allow-host NAME`.",
    ))
}

fn method(method: &Method, target: &Target) -> Result<(), Answer> {
    let allowed = match (method, &*target.path) {
        (&Method::GET | &Method::HEAD, _) | (&Method::POST, WEBHOOK) => return Ok(()),
        (_, WEBHOOK) => "GET, HEAD, POST",
        _ => "GET, HEAD",
    };
    let refused = say(
        StatusCode::METHOD_NOT_ALLOWED,
        "a preview is read, not written",
    );
    Err(refused.with(header::ALLOW, HeaderValue::from_static(allowed)))
}

/// Whether a page of another site asks. Following a link, as AEM's button for previews does, is nothing that its page
/// learns from.
fn is_of_another_site(head: &Parts, host: &str) -> bool {
    if let Some(origin) = text(&head.headers, &header::ORIGIN) {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        return authority.is_none_or(|authority| !authority.eq_ignore_ascii_case(host));
    }
    let fetch = |name| text(&head.headers, &HeaderName::from_static(name));
    match fetch("sec-fetch-site") {
        None | Some("none" | "same-origin") => false,
        Some(_) => {
            let followed = fetch("sec-fetch-mode") == Some("navigate")
                && fetch("sec-fetch-dest") == Some("document");
            !followed || head.method == Method::POST
        }
    }
}

/// A header as text; one that is none is not empty, but nothing that we know.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let value = headers.get(name)?;
    Some(value.to_str().unwrap_or("?"))
}

fn say(status: StatusCode, words: &str) -> Answer {
    Answer::text(status, format!("{words}\n"))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::super::super::answer::Wanted;
    use super::*;

    /// The status of what is refused; `None` for what is let in.
    fn knock(request: &[(&str, &str)]) -> Option<u16> {
        let (method, target) = request[0];
        let mut builder = Request::builder().method(method).uri(target);
        for (name, value) in &request[1..] {
            builder = builder.header(*name, *value);
        }
        let (head, ()) = builder.body(()).unwrap().into_parts();
        let local = "127.0.0.1".parse().unwrap();
        let refused = enter(&head, local, &Hosts::default()).err()?;
        Some(refused.respond(Wanted::All).status().as_u16())
    }

    const HOST: (&str, &str) = ("host", "localhost:4000");

    #[test]
    fn who_asks_by_another_name_is_refused() {
        assert_eq!(knock(&[("GET", "/"), HOST]), None);
        assert_eq!(knock(&[("GET", "/")]), Some(400));
        assert_eq!(knock(&[("GET", "/"), HOST, HOST]), Some(400));
        let foreign = ("host", "example.com");
        assert_eq!(knock(&[("GET", "/"), foreign]), Some(403));
        assert_eq!(knock(&[("GET", "/../x"), foreign]), Some(403));
        assert_eq!(knock(&[("GET", "http://localhost:4000/"), HOST]), None);
        assert_eq!(knock(&[("GET", "http://example.com/"), HOST]), Some(403));
        assert_eq!(knock(&[("GET", "https://localhost/"), HOST]), Some(403));
        assert_eq!(knock(&[("CONNECT", "example.com:80"), HOST]), Some(403));
    }

    #[test]
    fn a_preview_is_read() {
        assert_eq!(knock(&[("HEAD", "/"), HOST]), None);
        assert_eq!(knock(&[("POST", WEBHOOK), HOST]), None);
        for request in [
            ("POST", "/"),
            ("POST", "/_frieze/"),
            ("POST", "/_frieze/events/aem/"),
            ("PUT", WEBHOOK),
            ("DELETE", "/x"),
            ("OPTIONS", "/"),
            ("PROPFIND", "/"),
        ] {
            assert_eq!(knock(&[request, HOST]), Some(405), "{request:?}");
        }
    }

    #[test]
    fn other_sites_get_nothing_of_ours() {
        let own = ("GET", "/_frieze/api/site");
        let site = |value| ("sec-fetch-site", value);
        assert_eq!(knock(&[own, HOST]), None);
        assert_eq!(knock(&[own, HOST, site("same-origin")]), None);
        assert_eq!(knock(&[own, HOST, site("none")]), None);
        assert_eq!(knock(&[own, HOST, site("same-site")]), Some(403));
        assert_eq!(knock(&[own, HOST, site("cross-site")]), Some(403));
        let origin = |value| ("origin", value);
        assert_eq!(knock(&[own, HOST, origin("http://localhost:4000")]), None);
        for foreign in ["http://localhost:3000", "https://example.com", "null"] {
            assert_eq!(knock(&[own, HOST, origin(foreign)]), Some(403), "{foreign}");
            let post = ("POST", WEBHOOK);
            assert_eq!(knock(&[post, HOST, origin(foreign)]), Some(403));
        }
        assert_eq!(knock(&[("GET", "/"), HOST, site("cross-site")]), None);
    }

    #[test]
    fn links_from_other_sites_can_be_followed() {
        let own = ("GET", "/_frieze/preview/content/dam/x?variation=y");
        let site = ("sec-fetch-site", "cross-site");
        let navigate = ("sec-fetch-mode", "navigate");
        let into = |dest| ("sec-fetch-dest", dest);
        assert_eq!(knock(&[own, HOST, site, navigate, into("document")]), None);
        let framed = [own, HOST, site, navigate, into("iframe")];
        assert_eq!(knock(&framed), Some(403));
        let posted = [("POST", WEBHOOK), HOST, site, navigate, into("document")];
        assert_eq!(knock(&posted), Some(403));
    }
}
