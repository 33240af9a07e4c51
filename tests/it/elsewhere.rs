//! Who hears what: credentials go to the one host they are for, and nobody is told that we are a browser.

use crate::support::{Answer, EDGE_KEY, Login, Request, Scripted, SiteTest, article, one_of_each};

/// What the identity service gives.
const TOKEN: &str = "ims.t0ken-of/the+identity~service==";

const TIERS: [&str; 3] = ["publish", "preview", "author"];

/// Where AEM has each kind of answer.
const ANSWERS: [&str; 5] = [
    "/graphql/execute.json/",
    "/content/_cq_graphql/",
    "/content/press/",
    "/adobe/",
    "/content/dam/",
];

/// A site that asks in every way there is, its AEM and its identity service.
struct Stage {
    site: SiteTest,
    aem: Scripted,
    ims: Scripted,
}

impl Stage {
    fn of(login: Login) -> Self {
        let (aem, ims) = (Scripted::start(aem), Scripted::start(ims));
        let mut site = one_of_each();
        site.replace(
            "site.toml",
            "publish = \"${AEM}\"",
            "publish = \"${AEM}\"\npreview = \"${AEM}\"\nauthor = \"${AEM}\"",
        );
        site.write(
            "content-queries/posted.toml",
            "document = \"articles.graphql\"\npaging = \"none\"\n",
        );
        site.write(
            "content-queries/articles.graphql",
            "{ articleList { items { _path slug title } } }\n",
        );
        site.write(
            "content-queries/model.toml",
            "json = \"/content/press/en.model.json\"\n",
        );
        let fragments =
            "page_size = 20\n\n[openapi]\nmodel = \"article\"\npath = \"/content/dam/press/en\"\n";
        site.write("content-queries/fragments.toml", fragments);
        let template = "<img src=\"{{ asset(src='/content/dam/press/picture.jpg') }}\">\n";
        site.write("templates/article.html", template);
        site.aem(&aem.origin());
        login.add_to(&mut site, &ims.origin());
        for tier in TIERS {
            let table = format!("[aem.headers.{tier}]\n");
            site.replace(
                "site.toml",
                &table,
                &format!("{table}X-{tier} = \"its-own\"\n"),
            );
        }
        site.guard("the token", TOKEN);
        Self { site, aem, ims }
    }
}

fn aem(request: &Request) -> Answer {
    if request.path.starts_with("/content/dam/") {
        Answer::of("image/jpeg", "pixels")
    } else if request.path.starts_with("/content/press/") {
        Answer::json("{}")
    } else if request.path.starts_with("/adobe/") {
        Answer::json("{\"items\":[]}")
    } else {
        Answer::items(&[article("one")])
    }
}

fn ims(_: &Request) -> Answer {
    let life = 3_600_000;
    Answer::json(format!(
        r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":{life}}}"#
    ))
}

/// What no request of ours carries.
#[track_caller]
fn assert_no_browser(request: &Request) {
    for absent in ["origin", "referer", "cookie"] {
        assert_eq!(request.header(absent), None, "{request:?}");
    }
}

#[test]
fn every_host_hears_what_is_for_it() {
    for login in Login::ALL {
        for tier in TIERS {
            let Stage { site, aem, ims } = Stage::of(login);
            // AEM delivers no fragments by REST on author.
            let rest = tier != "author";
            if !rest {
                std::fs::remove_file(site.path("content-queries/fragments.toml")).unwrap();
            }
            site.run(&["build", "--tier", tier, "--verbose"]).good();
            let first = aem.requests();
            let asked = |path: &str| first.iter().filter(|r| r.path.starts_with(path)).count();
            assert_eq!(ANSWERS.map(asked), [1, 1, 1, usize::from(rest), 1]);
            // Again, with conditions, and with all that is asked to find out what is wrong.
            for command in ["build", "doctor"] {
                site.run(&[command, "--tier", tier]).good();
            }
            let requests = aem.requests();
            for request in &requests {
                assert_no_browser(request);
                for other in TIERS {
                    let own = request.header(&format!("x-{other}"));
                    assert_eq!(own.is_some(), other == tier, "{request:?}");
                }
                assert_eq!(request.header("x-aem-edge-key"), Some(EDGE_KEY));
                let authorization = request.header("authorization").unwrap_or_default();
                let scheme = authorization.split(' ').next().unwrap();
                let key = request.header("x-api-key");
                match login {
                    Login::None => assert_eq!((scheme, key), ("", None)),
                    Login::Basic => assert_eq!((scheme, key), ("Basic", None)),
                    Login::Token => assert_eq!((scheme, key), ("Bearer", None)),
                    Login::ServiceCredentials => {
                        assert_eq!(authorization, format!("Bearer {TOKEN}"));
                        assert_eq!(key, None);
                    }
                    Login::OAuth => {
                        assert_eq!(authorization, format!("Bearer {TOKEN}"));
                        assert!(key.is_some());
                    }
                }
            }
            let exchanged = Login::EXCHANGED.contains(&login);
            // Once in each run.
            assert_eq!(ims.requests().len(), 3 * usize::from(exchanged));
            for request in ims.requests() {
                assert_no_browser(&request);
                assert_eq!(request.method, "POST");
                for absent in ["authorization", "x-api-key", "x-aem-edge-key"] {
                    assert_eq!(request.header(absent), None, "{request:?}");
                }
            }
        }
    }
}

#[test]
fn nothing_goes_along_a_redirect() {
    for login in Login::ALL {
        let elsewhere = Scripted::always(Answer::items(&[article("stolen")]));
        let port = elsewhere.origin().rsplit(':').next().unwrap().to_owned();
        // Another port of the same host, and another host.
        let targets = [elsewhere.origin(), format!("http://localhost:{port}")];
        let paths: &[_] = if Login::EXCHANGED.contains(&login) {
            &[&ANSWERS[..], &["/ims/"]].concat()
        } else {
            &ANSWERS[..]
        };
        for (number, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
            for (at, path) in paths.iter().enumerate() {
                let target = &targets[(number + at + login as usize) % 2];
                redirected(login, status, target, path);
            }
        }
        assert!(elsewhere.requests().is_empty(), "{login:?}");
    }
}

/// A build whose requests of one kind are all redirected.
#[track_caller]
fn redirected(login: Login, status: u16, target: &str, path: &'static str) {
    let Stage {
        site,
        aem: host,
        ims: service,
    } = Stage::of(login);
    let location = format!("{target}/x?token={TOKEN}");
    let redirect = Answer::page(status).header("Location", &location);
    let bend = |straight: fn(&Request) -> Answer| {
        let redirect = redirect.clone();
        move |request: &Request| {
            if request.path.starts_with(path) {
                redirect.clone()
            } else {
                straight(request)
            }
        }
    };
    host.now(bend(aem));
    service.now(bend(ims));
    site.run(&["build", "--verbose"]).code(3);
    assert!(!site.path("public").exists());
    let asked = [host.requests(), service.requests()].concat();
    let bent = asked.iter().filter(|r| r.path.starts_with(path));
    assert_eq!(bent.count(), 1, "{status}, {path}: asked once");
}
