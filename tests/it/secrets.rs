//! Nobody sees a secret: not in what is printed, not in a file, whatever goes wrong and whoever echoes it.
//!
//! The search itself is in [`SiteTest`]: every run of a site that has secrets is searched for them, in all
//! tests. Here are the runs in which they would come to light.

use std::time::Duration;

use crate::support::{Answer, Login, Request, Scripted, SiteTest, article, one_of_each};

/// What the identity service gives.
const TOKEN: &str = "ims.t0ken-of/the+identity~service==";

/// A server's answers that repeat what they were sent: a header or a form.
type Echo = fn(&str) -> Answer;

/// Every part of an answer that finds its way into a message.
const ECHOES: [(&str, Echo); 15] = [
    ("401", |it| {
        Answer::of("text/html", page(it))
            .status(401)
            .header("WWW-Authenticate", &ascii(it))
    }),
    ("403", |it| {
        Answer::of("text/html", page(it))
            .status(403)
            .header("Server", &ascii(it))
    }),
    ("404", |it| Answer::of("text/html", page(it)).status(404)),
    ("405", |it| {
        Answer::of("text/plain", it)
            .status(405)
            .header("Allow", &ascii(it))
    }),
    ("503", |it| {
        Answer::of("text/plain", it)
            .status(503)
            .header("Retry-After", &ascii(it))
    }),
    ("500 as JSON", |it| Answer::json(errors(it)).status(500)),
    ("400 as problem", |it| {
        let body = serde_json::json!({ "title": it, "status": 400, "detail": it });
        Answer::of("application/problem+json", body.to_string()).status(400)
    }),
    ("a page", |it| Answer::of("text/html", page(it))),
    ("a text", |it| Answer::of("text/plain", it)),
    ("a media type", |it| {
        Answer::of(&format!("text/{}", ascii(it)), "x")
    }),
    ("errors", |it| Answer::json(errors(it))),
    ("half of JSON", |it| {
        Answer::json(format!("{{\"data\":{}", serde_json::json!(it)))
    }),
    ("other JSON", |it| {
        Answer::json(serde_json::json!(it).to_string())
    }),
    ("a redirect", |it| {
        Answer::page(302).header(
            "Location",
            &format!("https://a:{0}@b.example/{0}?x={0}#{0}", ascii(it)),
        )
    }),
    ("another redirect", |it| {
        Answer::page(302).header("Location", &format!("/login/{}", ascii(it)))
    }),
];

/// HTML as careful servers write it.
fn page(it: &str) -> String {
    let it = it
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    format!("<html><title>{it}</title><p>{it}</p></html>")
}

fn errors(it: &str) -> String {
    let message = format!("you sent {it}");
    serde_json::json!({ "errors": [{ "message": message, "path": [it], "details": it }] })
        .to_string()
}

/// What can stand in a header.
fn ascii(it: &str) -> String {
    it.chars()
        .filter(|c| c.is_ascii() && !c.is_control())
        .collect()
}

/// Everything a request brings along.
fn credentials(request: &Request) -> String {
    let headers = ["authorization", "x-aem-edge-key", "proxy-authorization"];
    let headers = headers.iter().filter_map(|name| request.header(name));
    let mut all: Vec<&str> = headers.collect();
    all.push(&request.body);
    all.join(" and ")
}

fn token(_: &Request) -> Answer {
    Answer::json(format!(
        r#"{{"access_token":"{TOKEN}","expires_in":3600000}}"#
    ))
}

fn content(request: &Request) -> Answer {
    if request.path.starts_with("/content/dam/") {
        Answer::of("image/jpeg", "pixels")
    } else {
        Answer::items(&[article("one")])
    }
}

/// A site with a query and a picture that logs in.
fn site(login: Login, aem: &Scripted, ims: &Scripted) -> SiteTest {
    let mut site = one_of_each();
    let template = "<img src=\"{{ asset(src='/content/dam/press/picture.jpg') }}\">\n";
    site.write("templates/article.html", template);
    site.aem(&aem.origin());
    login.add_to(&mut site, &ims.origin());
    site.guard("the token", TOKEN);
    site
}

#[test]
fn an_aem_that_repeats_what_it_is_sent() {
    for login in Login::ALL {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let site = site(login, &aem, &ims);
        site.run(&["build", "--verbose"]).good();
        for (name, echo) in ECHOES {
            for path in ["/graphql/", "/content/dam/"] {
                // Whether a text is a picture nobody can tell here: what is written is searched later on.
                if path == "/content/dam/" && ["a text", "a media type"].contains(&name) {
                    continue;
                }
                aem.now(move |request| {
                    if request.path.starts_with(path) {
                        echo(&credentials(request))
                    } else {
                        content(request)
                    }
                });
                let arguments = ["build", "--verbose", "--refresh", "-o", "other"];
                site.run(&arguments).failed();
            }
        }
    }
}

#[test]
fn an_identity_service_that_repeats_what_it_is_sent() {
    for login in Login::EXCHANGED {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let site = site(login, &aem, &ims);
        for (name, echo) in ECHOES {
            ims.now(move |request| echo(&credentials(request)));
            site.run(&["build", "--verbose"]).code(3);
            assert!(aem.requests().is_empty(), "{name}");
        }
        for member in ["error", "error_description"] {
            ims.now(move |request| {
                let body = serde_json::json!({ member: credentials(request) });
                Answer::json(body.to_string()).status(400)
            });
            site.run(&["build", "--verbose"]).code(3);
        }
    }
}

#[test]
fn a_proxy_that_asks_for_its_password() {
    let proxy = Scripted::always(Answer::page(407));
    for login in Login::ALL {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let mut site = site(login, &aem, &ims);
        let proxied = "retries = 0\nproxy = \"${PROXY}\"\n";
        site.replace("site.toml", "retries = 0\n", proxied);
        site.guard("the proxy's password", "pr0xy/pass&word");
        let host = proxy.origin().replace("http://", "");
        let address = format!("http://user:pr0xy%2Fpass%26word@{host}");
        site.set("PROXY", &address);
        for (_, echo) in ECHOES {
            proxy.now(move |request| echo(&credentials(request)));
            site.run(&["build", "--verbose"]).failed();
        }
        assert!(aem.requests().is_empty() && ims.requests().is_empty());
        site.set("PROXY", &format!("{address}:nonsense"));
        site.run(&["build", "--verbose"]).code(2);
        drop(site);
    }
    let carried = proxy.requests();
    let carried = carried
        .iter()
        .filter(|r| r.header("proxy-authorization").is_some());
    assert!(carried.count() > 10, "the password was never sent");
}

#[test]
fn credentials_that_cannot_be_used() {
    let (aem, ims) = (Scripted::start(content), Scripted::start(token));
    for login in Login::ALL {
        let site = site(login, &aem, &ims);
        let good = site.read("site.toml");
        // Spelt wrong, of the wrong kind, cut short.
        for (old, new) in [
            ("password =", "pasword ="),
            ("token =", "tokn ="),
            ("client_secret =", "client_secrt ="),
            ("kind = \"basic\"", "kind = \"token\""),
            ("kind = \"token\"", "kind = \"service-credentials\""),
            ("kind = \"oauth\"", "kind = \"basic\""),
            ("user = \"editor\"", "user = \"ed:itor\""),
            ("token = \"${TOKEN}\"", "json = \"${TOKEN}\""),
            ("token = \"${TOKEN}\"", "token = \"two words ${TOKEN}\""),
            ("token = \"${TOKEN}\"", "token = \"Bearer ${TOKEN}\""),
            ("client_id = \"", "client_id = \"ü\\n${CLIENT_SECRET}"),
            ("ims = \"http://", "ims = \"http://a:${CLIENT_SECRET}@"),
            ("ims = \"http://", "ims = \"${CLIENT_SECRET}"),
            ("X-AEM-Edge-Key =", "\"X AEM Edge Key\" ="),
            ("X-AEM-Edge-Key = \"", "X-AEM-Edge-Key = \"\\n"),
        ] {
            if good.contains(old) {
                println!("{new} for {old}");
                site.write("site.toml", &good.replace(old, new));
                site.run(&["build", "--verbose"]).code(2);
            }
        }
    }
    assert!(aem.requests().is_empty());
}

#[test]
fn a_credentials_file_that_cannot_be_used() {
    let (aem, ims) = (Scripted::start(content), Scripted::start(token));
    let mut site = site(Login::ServiceCredentials, &aem, &ims);
    let good = site.read("credentials.json");
    let key = good.find("MII").unwrap();
    for wrong in [
        good[..good.len() / 2].to_owned(),
        good.replace("privateKey", "privatKey"),
        good.replace("RSA PRIVATE", "PRIVATE"),
        format!("{}!{}", &good[..key], &good[key + 1..]),
        format!("{}{}", &good[..key], &good[key + 64..]),
        good.replace("\"imsEndpoint\":\"http://", "\"imsEndpoint\":\"http://x y/"),
        format!("[{good}]"),
        String::new(),
    ] {
        assert_ne!(wrong, good);
        site.write("credentials.json", &wrong);
        site.run(&["build", "--verbose"]).code(2);
    }
    // The credentials themselves where their file was to be named.
    site.set("WHOLE", &good);
    site.replace("site.toml", "credentials.json", "${WHOLE}");
    site.run(&["build", "--verbose"]).code(2);
    assert!(aem.requests().is_empty() && ims.requests().is_empty());
}

#[test]
fn a_build_that_is_killed_leaves_none() {
    for login in Login::ALL {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let site = site(login, &aem, &ims);
        for path in ["/graphql/", "/content/dam/"] {
            aem.now(move |request| {
                if request.path.starts_with(path) {
                    Answer::never()
                } else {
                    content(request)
                }
            });
            let asked = aem.requests().len();
            let build = site.start(&["build", "--verbose"]);
            let picture = usize::from(path != "/graphql/");
            aem.wait_for_requests(asked + 1 + picture);
            std::thread::sleep(Duration::from_millis(5));
            let _ = build.kill();
            site.assert_no_secret_on_disk();
        }
    }
}
