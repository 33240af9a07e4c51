//! Who is let in, and what becomes of what no browser would send.

use std::io::{Read, Write};

use super::client::Preview;
use crate::support::SiteTest;

/// A preview without a site: whoever is let in is told so.
fn preview() -> Preview {
    let site = SiteTest::new();
    Preview::of(&site)
}

#[test]
fn another_name_is_refused() {
    let preview = preview();
    let by = |host: &str| {
        preview.say(format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))
    };
    let port = preview.host.rsplit(':').next().unwrap();
    for host in [
        "localhost",
        "127.0.0.1",
        &preview.host,
        &format!("[::1]:{port}"),
    ] {
        assert_ne!(by(host).status, 403, "{host}");
    }
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "localhost.evil.example",
    ] {
        let reply = by(host);
        assert_eq!(reply.status, 403, "{host}");
        assert!(
            reply.body.contains("--allow-host") && !reply.body.contains("evil"),
            "{reply:?}"
        );
    }
    let without = preview.say("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(without.status, 400);
    let old = preview.say("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(old.status, 400);
}

#[test]
fn a_name_can_be_allowed() {
    let site = SiteTest::new();
    let preview = Preview::with(&site, &["--allow-host", "Preview.example"]);
    let by = |host: &str| {
        preview.say(format!(
            "GET /_frieze/preview.js HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))
    };
    assert_eq!(by("preview.example").status, 200);
    assert_eq!(by("other.example").status, 403);
}

#[test]
fn no_path_leads_out_of_the_site() {
    let site = SiteTest::new();
    site.write("site.toml", "title = \"not to be seen\"\n");
    let preview = Preview::of(&site);
    for target in [
        "/../site.toml",
        "/../../../../etc/passwd",
        "/%2e%2e/site.toml",
        "/%2e%2e%2fsite.toml",
        "/..%2fsite.toml",
        "/%252e%252e%252fsite.toml",
        "/..%5csite.toml",
        "/..\\site.toml",
        "/static/%00",
        "/a/./../../site.toml",
        "//etc/passwd",
        "/_frieze/../site.toml",
        "/_frieze/client/../../site.toml",
        "/_frieze/client/%2e%2e%2f%2e%2e%2fmod.rs",
        "/file:///etc/passwd",
        "/C:/windows/win.ini",
        "/site.toml",
        "/.env",
        "/%ff%fe",
        &format!("/{}", "a/".repeat(8_000)),
    ] {
        let reply = preview.get(target);
        assert!(reply.status >= 400, "{target}: {reply:?}");
        assert!(!reply.body.contains("not to be seen"), "{target}");
        assert!(!reply.body.contains("root:"), "{target}");
    }
}

#[test]
fn a_target_may_name_us_and_nobody_else() {
    let preview = preview();
    let host = preview.host.clone();
    let own = preview.get(&format!("http://{host}/_frieze/preview.js"));
    assert_eq!(own.status, 200);
    assert_eq!(preview.get("http://evil.example/").status, 403);
    assert_eq!(preview.ask("CONNECT", "evil.example:443", "").status, 403);
    assert_eq!(preview.ask("OPTIONS", "*", "").status, 400);
}

#[test]
fn a_preview_is_read_and_not_written() {
    let preview = preview();
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MKCOL",
    ] {
        for path in ["/", "/_frieze/", "/_frieze/events", "/_frieze/api/site"] {
            let reply = preview.ask(method, path, "Content-Length: 0\r\n");
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.header("allow"), Some("GET, HEAD"), "{method} {path}");
        }
    }
}

#[test]
fn head_has_the_headers_of_get() {
    let preview = preview();
    let path = "/_frieze/preview.js";
    let (get, head) = (preview.get(path), preview.ask("HEAD", path, ""));
    assert_eq!((get.status, head.status), (200, 200));
    assert!(head.body.is_empty() && !get.body.is_empty());
    for name in [
        "content-length",
        "content-type",
        "cache-control",
        "x-content-type-options",
    ] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(get.header(name), head.header(name), "{name}");
    }
    assert_eq!(
        get.header("content-length"),
        Some(&*get.body.len().to_string())
    );
}

#[test]
fn pages_of_other_sites_get_nothing() {
    let preview = preview();
    let path = "/_frieze/preview.js";
    for headers in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
        "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n",
    ] {
        let reply = preview.ask("GET", path, headers);
        assert_eq!(reply.status, 403, "{headers}");
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
    let own = format!(
        "Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n",
        preview.host
    );
    assert_eq!(preview.ask("GET", path, &own).status, 200);
}

#[test]
fn heads_are_bounded() {
    let preview = preview();
    let large = format!("X-Large: {}\r\n", "x".repeat(100_000));
    let many: String = (0..500).map(|n| format!("X-{n}: y\r\n")).collect();
    let long = format!("/{}", "x".repeat(200_000));
    for (target, headers) in [("/", &*large), ("/", &*many), (&*long, "")] {
        let reply = preview.ask("GET", target, headers);
        // A connection that is closed while somebody still talks may lose the answer on its way.
        let refused = matches!(reply.status, 0 | 400 | 414 | 431);
        assert!(refused, "{} {reply:?}", target.len());
    }
    assert_eq!(preview.get("/_frieze/preview.js").status, 200);
}

#[test]
fn what_is_no_http_is_harmless() {
    let preview = preview();
    let path = "/_frieze/preview.js";
    for noise in [
        "\r\n\r\n\r\n",
        "\0\0\0\0\0\0\0\0",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/1.1\nHost: localhost\n\n\u{7f}\u{7f}",
        "GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n",
        "POST /_frieze/events/aem HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /_frieze/events/aem HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    ] {
        let mut stream = preview.connect();
        stream.write_all(noise.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        assert!(!reply.starts_with(b"HTTP/1.1 200"), "{noise:?}");
    }
    // After a good request, on the same connection.
    let host = &preview.host;
    let good = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let reply = preview.say(format!("{good}{good}\u{1}\u{2}rubbish\r\n\r\n"));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.matches("HTTP/1.1 200").count(), 1);
    assert_eq!(reply.body.matches("HTTP/1.1 400").count(), 1);
    assert_eq!(preview.get(path).status, 200);
}

#[test]
fn who_never_ends_a_head_keeps_nobody_waiting() {
    let preview = preview();
    let mut slow: Vec<_> = (0..64).map(|_| preview.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    }
    assert_eq!(preview.get("/_frieze/preview.js").status, 200);
    // Each is given up after a while, and told so or not.
    let mut reply = Vec::new();
    let _ = slow[0].read_to_end(&mut reply);
    assert!(!reply.starts_with(b"HTTP/1.1 200"));
}
