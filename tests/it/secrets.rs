//! Nobody sees a secret: not in what is printed, not in a file, whatever goes wrong and whoever echoes it.
//!
//! The search itself is in [`SiteTest`]: every run of a site that has secrets is searched for them, in all
//! tests. Here are the runs in which they would come to light: all commands at their loudest, with servers
//! that repeat what they are sent; [`mistakes`] has those where the credentials themselves are wrong.

mod mistakes;

use std::time::Duration;

use crate::support::{
    Answer, Login, Request, Scripted, SiteTest, TOKEN as GIVEN, article, one_of_each,
};

/// What the identity service gives.
const TOKEN: &str = "ims.t0ken-of/the+identity~service==";

/// A build that says all it can.
const LOUDLY: [&str; 4] = ["build", "--verbose", "--report", "report.json"];

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
    // With a line for each message.
    site.set("GITHUB_ACTIONS", "true");
    login.add_to(&mut site, &ims.origin());
    site.guard("the token", TOKEN);
    site
}

#[test]
fn an_aem_that_repeats_what_it_is_sent() {
    for login in Login::ALL {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let site = site(login, &aem, &ims);
        site.run(&LOUDLY).good();
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
                let arguments = [
                    "build",
                    "--verbose",
                    "--refresh",
                    "-o",
                    "other",
                    "--report",
                    "report.json",
                ];
                site.run(&arguments).failed();
            }
        }
    }
}

/// Every command that asks AEM, or shows what is known of it.
const COMMANDS: [&[&str]; 13] = [
    &LOUDLY,
    &["build", "--verbose", "--refresh", "--deny", "warnings"],
    &["build", "--verbose", "--offline", "-o", "other"],
    &["doctor", "--verbose"],
    &["doctor", "--format", "json"],
    &["queries", "list", "--format", "json"],
    &["queries", "show", "articles", "--verbose"],
    &["queries", "run", "articles", "--verbose"],
    &["queries", "run", "articles", "--raw", "--refresh"],
    &["snapshot", "save", "kept", "--refresh", "--verbose"],
    &["build", "--verbose", "--snapshot", "kept", "-o", "other"],
    &["snapshot", "diff", "kept", "kept"],
    &["cache", "info", "--verbose"],
];

/// Where a site has its secrets from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Environment,
    DotEnv,
    /// The local development token, or the service credentials.
    File,
}

#[test]
fn every_command_at_its_loudest() {
    for from in [From::Environment, From::DotEnv, From::File] {
        for login in Login::ALL {
            let (aem, ims) = (Scripted::start(content), Scripted::start(token));
            let mut site = site(login, &aem, &ims);
            match from {
                From::Environment => {}
                From::DotEnv => site.secrets_to_dotenv(),
                From::File if login == Login::Token => {
                    let token = serde_json::json!({ "accessToken": GIVEN });
                    site.write("token.json", &token.to_string());
                    site.replace("site.toml", "token = \"${TOKEN}\"", "file = \"token.json\"");
                }
                From::File => continue,
            }
            for command in COMMANDS {
                site.run(command).good();
            }
            // It was all there to be told.
            let requests = aem.requests();
            let told = |request: &Request| request.header("authorization").is_some();
            assert_eq!(requests.iter().any(told), login != Login::None, "{login:?}");
            for kept in ["public", "kept", ".frieze", "other"] {
                assert!(!site.tree(kept).is_empty(), "{kept}");
            }
            assert!(site.read("report.json").contains("articles"));
        }
    }
}

#[test]
fn every_command_while_aem_repeats_what_it_is_sent() {
    let hosts = Login::ALL.map(|login| {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let site = site(login, &aem, &ims);
        (site, aem, ims)
    });
    for (at, (name, echo)) in ECHOES.iter().enumerate() {
        for (number, command) in COMMANDS.iter().enumerate() {
            // Not all with all: each with some of the others.
            let (site, aem, _ims) = &hosts[(at + number) % hosts.len()];
            // What AEM says and is well formed is content: a guard looks for secrets in what is published.
            if command[0] == "doctor" || !["a text", "a media type"].contains(name) {
                aem.now(|request| echo(&credentials(request)));
                let _ = site.run(command);
            }
        }
    }
    for (_, aem, _) in &hosts {
        assert!(aem.requests().len() > 20, "nobody was asked");
    }
}

#[test]
fn an_identity_service_that_repeats_what_it_is_sent() {
    for login in Login::EXCHANGED {
        let (aem, ims) = (Scripted::start(content), Scripted::start(token));
        let site = site(login, &aem, &ims);
        for (name, echo) in ECHOES {
            ims.now(move |request| echo(&credentials(request)));
            site.run(&LOUDLY).code(3);
            assert!(aem.requests().is_empty(), "{name}");
        }
        for member in ["error", "error_description"] {
            ims.now(move |request| {
                let body = serde_json::json!({ member: credentials(request) });
                Answer::json(body.to_string()).status(400)
            });
            site.run(&LOUDLY).code(3);
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
        for (at, (_, echo)) in ECHOES.iter().enumerate() {
            proxy.now(|request| echo(&credentials(request)));
            site.run(&LOUDLY).failed();
            let _ = site.run(COMMANDS[at % COMMANDS.len()]);
        }
        assert!(aem.requests().is_empty() && ims.requests().is_empty());
        site.set("PROXY", &format!("{address}:nonsense"));
        site.run(&LOUDLY).code(2);
        drop(site);
    }
    let carried = proxy.requests();
    let carried = carried
        .iter()
        .filter(|r| r.header("proxy-authorization").is_some());
    assert!(carried.count() > 10, "the password was never sent");
}

#[test]
fn the_system_s_proxy_that_repeats_its_password() {
    let proxy = Scripted::always(Answer::page(407));
    let mut site = one_of_each();
    site.set("AEM", "http://press.invalid");
    site.guard("the proxy's password", "pr0xy/pass&word");
    let host = proxy.origin().replace("http://", "");
    site.set(
        "http_proxy",
        &format!("http://user:pr0xy%2Fpass%26word@{host}"),
    );
    for (_, echo) in ECHOES {
        proxy.now(move |request| echo(&credentials(request)));
        site.run(&LOUDLY).failed();
        site.run(&["doctor", "--verbose"]).failed();
    }
    let carried = proxy.requests();
    let mut carried = carried.iter().map(|r| r.header("proxy-authorization"));
    assert!(carried.all(|header| header.is_some()));
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
            let build = site.start(&LOUDLY);
            let picture = usize::from(path != "/graphql/");
            aem.wait_for_requests(asked + 1 + picture);
            std::thread::sleep(Duration::from_millis(5));
            let _ = build.kill();
            site.assert_no_secret_on_disk();
        }
    }
}
