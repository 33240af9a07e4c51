//! Searching artifacts of every kind.

use std::sync::Arc;

use super::*;
use crate::artifact::{ArtifactKind, OutputPath, Provenance};
use crate::config::{Overrides, parse_site};
use crate::table::SourceFile;

const PASSWORD: &str = "corr3ct&horse/battery";

fn config(aem: &str) -> Config {
    let text =
        format!("base_url = \"https://www.example.com\"\n[aem]\nconfiguration = \"x\"\n{aem}");
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    parse_site(&file, Path::new("/site"), &Overrides::default(), &|_| None)
        .unwrap_or_else(|report| panic!("{report}"))
        .value
}

fn hosts() -> Config {
    config(
        "publish = \"https://publish-p1-e2.adobeaemcloud.com\"\nauthor = \"https://cms.example.com\"\n\
         [aem.auth]\nkind = \"basic\"\nuser = \"ada\"\npassword = \"corr3ct&horse/battery\"\n\
         [aem.auth.author]\nkind = \"token\"\ntoken = \"t0ken-of-author\"\n\
         [aem.headers.publish]\nX-Edge = \"edge-key-123\"\nX-Forwarded-Host = \"www.example.com\"\n",
    )
}

fn artifact(path: &str, body: Body) -> Artifact {
    let kind = match path.ends_with(".html") {
        true => ArtifactKind::Page,
        false => ArtifactKind::Static,
    };
    let page = Provenance {
        definition: Some(Arc::from("articles")),
        item: Some(Arc::from("/content/dam/x/en/articles/one")),
        template: Some(Arc::from("article.html")),
    };
    let copied = Provenance {
        item: Some(Arc::from(format!("static/{path}"))),
        ..Provenance::default()
    };
    Artifact {
        path: OutputPath::parse(path).unwrap(),
        body,
        provenance: if kind == ArtifactKind::Page {
            page
        } else {
            copied
        },
        kind,
    }
}

fn leaks(config: &Config) -> Leaks {
    Leaks::new(config, vec![Secret::new("exchanged-token")], []).unwrap()
}

fn search(leaks: &Leaks, path: &str, text: &str) -> Verdict {
    let body = Body::Bytes(text.as_bytes().to_vec());
    leaks.search(&artifact(path, body)).unwrap()
}

#[test]
fn secrets_are_found_in_every_spelling_and_not_shown() {
    let basic = "YWRhOmNvcnIzY3QmaG9yc2UvYmF0dGVyeQ==";
    for text in [
        PASSWORD,
        "corr3ct&amp;horse&#x2F;battery",
        "corr3ct%26horse%2Fbattery",
        r"corr3ct&horse\/battery",
        basic,
        "t0ken-of-author",
        "edge-key-123",
        "exchanged-token",
    ] {
        let leaks = leaks(&hosts());
        let html =
            format!("<p>See {text}, {text}</p>\n<a href=\"https://cms.example.com/?key={text}\">");
        assert_eq!(
            search(&leaks, "index.html", &html),
            Verdict::Leaks,
            "{text}"
        );
        let report = leaks.found().to_string();
        assert!(
            report.contains("a credential would be published"),
            "{report}"
        );
        assert!(report.contains("cms.example.com"), "{report}");
        assert!(
            !report.contains(text) && !report.contains("battery"),
            "{report}"
        );
    }
    let leaks = leaks(&hosts());
    let html = "<p>ada www.example.com CORR3CT&HORSE/BATTERY</p>";
    assert_eq!(search(&leaks, "index.html", html), Verdict::Clean);
}

#[test]
fn all_kinds_of_credentials_count() {
    let found = |aem: &str, text: &str| {
        let host = "publish = \"https://p.example\"\n";
        search(&leaks(&config(&format!("{host}{aem}"))), "x.txt", text) == Verdict::Leaks
    };
    let oauth = "[aem.auth]\nkind = \"oauth\"\nclient_id = \"public-id\"\nclient_secret = \"s3cret-s3cret\"\nscopes = \"a\"\n";
    assert!(found(oauth, "s3cret-s3cret"));
    assert!(!found(oauth, "public-id"));
    assert!(found(
        "[fetch]\nproxy = \"http://u:pr0xy-pass@proxy.example\"\n",
        "pr0xy-pass"
    ));
    let short = "[aem.auth]\nkind = \"basic\"\nuser = \"admin\"\npassword = \"admin\"\n";
    assert!(!found(short, "admin"), "too short to be looked for");
    assert!(found(short, "YWRtaW46YWRtaW4="));
}

#[test]
fn a_private_key_is_found_line_by_line() {
    let mut config = hosts();
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQDf\n-----END PRIVATE KEY-----\n";
    config.aem.auth =
        crate::config::Auth::ServiceCredentials(Box::new(crate::config::ServiceCredentials {
            ims: String::new(),
            client_id: "id".into(),
            client_secret: Secret::new("p8e-client-secret"),
            id: String::new(),
            org: String::new(),
            metascopes: Vec::new(),
            private_key: Secret::new(key),
        }));
    let leaks = leaks(&config);
    assert_eq!(
        search(&leaks, "a.txt", "x AASCBKcwggSjAgEAAoIBAQDf"),
        Verdict::Leaks
    );
    assert_eq!(
        search(&leaks, "b.txt", "-----BEGIN PRIVATE KEY-----"),
        Verdict::Clean
    );
    assert_eq!(search(&leaks, "c.txt", "p8e-client-secret"), Verdict::Leaks);
}

#[test]
fn in_other_files_than_texts_only_secrets_are_looked_for() {
    let leaks = leaks(&hosts());
    let png = "\0PNG cms.example.com \"/content/dam/x\" ";
    assert_eq!(search(&leaks, "a.png", png), Verdict::Clean);
    assert_eq!(search(&leaks, "a.json", png), Verdict::Leaks);
    assert_eq!(
        search(&leaks, "b.png", &format!("{png}{PASSWORD}")),
        Verdict::Leaks
    );
    insta::assert_snapshot!(leaks.found());
}

#[test]
fn large_files_are_searched_to_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("film");
    for (name, filling) in [("a.mp4", 0), ("a.bin", b'x')] {
        // On both sides of where one piece ends and the next begins.
        for at in [0, PIECE - 10, PIECE, 2 * PIECE + OVERLAP - 5, 3 * PIECE] {
            let mut bytes = vec![filling; 3 * PIECE + 100];
            bytes[at..at + PASSWORD.len()].copy_from_slice(PASSWORD.as_bytes());
            std::fs::write(&file, &bytes).unwrap();
            let verdict = leaks(&hosts()).search(&artifact(name, Body::File(file.clone())));
            assert_eq!(verdict.unwrap(), Verdict::Leaks, "{name} {at}");
        }
    }
    std::fs::write(&file, vec![0; 3 * PIECE]).unwrap();
    let verdict = leaks(&hosts()).search(&artifact("a.mp4", Body::File(file.clone())));
    assert_eq!(verdict.unwrap(), Verdict::Clean);
    std::fs::remove_file(&file).unwrap();
    assert!(
        leaks(&hosts())
            .search(&artifact("a.mp4", Body::File(file)))
            .is_err()
    );
}

#[test]
fn files_of_the_site_may_be_linked_to() {
    let own = [
        "content/dam/press/logo.png",
        "content/dam/guide/index.html",
        "x/y",
    ];
    let leaks = Leaks::new(&hosts(), Vec::new(), own).unwrap();
    for fine in [
        "/content/dam/press/logo.png",
        "/content/dam/press/logo.png?x=1",
        "https://www.example.com/content/dam/press/logo.png",
        "/content/dam/press/logo.0123456789abcdef.png",
        "/content/dam/guide/",
        "/content/dam/guide/#top",
    ] {
        let html = format!("<a href=\"{fine}\">");
        assert_eq!(
            search(&leaks, "index.html", &html),
            Verdict::CleanHere,
            "{fine}"
        );
        // Clean with these files only: not without them, nor beside a leak.
        let without = Leaks::new(&hosts(), Vec::new(), ["x/y"]).unwrap();
        assert_eq!(search(&without, "index.html", &html), Verdict::Leaks);
        let beside = format!("{html}<a href=\"https://cms.example.com/\">");
        let other = Leaks::new(&hosts(), Vec::new(), own).unwrap();
        assert_eq!(search(&other, "index.html", &beside), Verdict::Leaks);
    }
    let told = "<p>See /content/dam/press/logo.png</p>";
    assert_eq!(search(&leaks, "index.html", told), Verdict::Clean);
    for dead in [
        "/content/dam/press/other.png",
        "/content/dam/press/logo.0123.png",
    ] {
        let html = format!("<a href=\"{dead}\">");
        assert_eq!(
            search(&leaks, "index.html", &html),
            Verdict::Leaks,
            "{dead}"
        );
    }
}

#[test]
fn the_same_on_many_pages_is_said_once() {
    let build = |order: &mut dyn Iterator<Item = usize>| {
        let leaks = leaks(&hosts());
        for n in order {
            let html = format!(
                "<body>\n<img src=\"/content/dam/x/{n}.jpg\" alt=\"Picture\">\n<footer>Made with \
                 https://author-p1-e2.adobeaemcloud.com/ui and {PASSWORD}</footer>\n"
            );
            assert_eq!(
                search(&leaks, &format!("articles/{n:02}/index.html"), &html),
                Verdict::Leaks
            );
        }
        search(
            &leaks,
            "feed.json",
            "{\"self\":\"https:\\/\\/publish-p1-e2.adobeaemcloud.com\\/x\"}",
        );
        leaks.found().to_string()
    };
    let report = build(&mut (0..20));
    assert_eq!(report, build(&mut (0..20).rev()), "whatever the order");
    insta::assert_snapshot!(report);
}

#[test]
fn a_link_that_is_shown_shows_no_secret() {
    let leaks = leaks(&hosts());
    search(
        &leaks,
        "a.html",
        &format!("<a href=\"/content/dam/x?token={PASSWORD}\">"),
    );
    let report = leaks.found().to_string();
    assert!(report.contains("/content/dam/x?token=…"), "{report}");
    assert!(!report.contains("battery"), "{report}");
}

#[test]
fn a_mask_leaves_the_rest() {
    let mask = Mask::of(&hosts(), vec![Secret::new("exchanged-token")]);
    let json = |text: &str| {
        let mut value = serde_json::json!({ "a": [text, 1, { text: null }], "b": text });
        mask.json(&mut value);
        value.to_string()
    };
    assert_eq!(json("fine"), r#"{"a":["fine",1,{"fine":null}],"b":"fine"}"#);
    assert_eq!(
        json("x exchanged-token corr3ct%26horse%2Fbattery é"),
        r#"{"a":["x … … é",1,{"x … … é":null}],"b":"x … … é"}"#
    );
    assert_eq!(Mask::none().text("exchanged-token"), "exchanged-token");
}
