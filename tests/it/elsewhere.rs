//! Who hears what: credentials go to the one host they are for, and nobody is told that we are a browser.

use crate::support::{Answer, EDGE_KEY, Login, Request, Scripted, SiteTest, article, one_of_each};

/// What the identity service gives.
const TOKEN: &str = "ims.t0ken-of/the+identity~service==";

/// A site with one query and one picture, its AEM and its identity service.
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
        let template = "<img src=\"{{ asset(src='/content/dam/press/picture.jpg') }}\">\n";
        site.write("templates/article.html", template);
        site.aem(&aem.origin());
        login.add_to(&mut site, &ims.origin());
        site.guard("the token", TOKEN);
        Self { site, aem, ims }
    }
}

fn aem(request: &Request) -> Answer {
    if request.path.starts_with("/content/dam/") {
        Answer::of("image/jpeg", "pixels")
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
        for tier in ["publish", "preview", "author"] {
            let Stage { site, aem, ims } = Stage::of(login);
            site.run(&["build", "--tier", tier, "--verbose"]).good();
            let requests = aem.requests();
            assert_eq!(requests.len(), 2, "a query and a picture");
            for request in &requests {
                assert_no_browser(request);
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
            assert_eq!(ims.requests().len(), usize::from(exchanged));
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
            &["/graphql/", "/content/dam/", "/ims/"]
        } else {
            &["/graphql/", "/content/dam/"]
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
