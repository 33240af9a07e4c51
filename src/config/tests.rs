//! The configuration as a user meets it: what is accepted, and what is said when it is not.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::aem::RepositoryRoot;

fn parse_with(text: &str, overrides: &Overrides) -> Result<Config, String> {
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let lookup = |name: &str| (name == "HOST").then(|| "https://publish.example.com".to_owned());
    match parse_site(&file, Path::new("/site"), overrides, &lookup) {
        Ok(config) => Ok(config.value),
        Err(diagnostics) => Err(diagnostics.to_string()),
    }
}

fn parse_ok(text: &str) -> Config {
    parse_with(text, &Overrides::default()).unwrap_or_else(|report| panic!("{report}"))
}

fn report(text: &str) -> String {
    parse_with(text, &Overrides::default())
        .map(|_| ())
        .unwrap_err()
}

const BASE: &str = r#"title = "Larch & Loam"
base_url = "https://www.example.com"
default_language = "en"

[languages.en]
root = "/content/dam/larch/en"
[languages.fr]
title = "Mélèze & Terre"
root = "/content/dam/larch/fr"

[aem]
publish = "${HOST}"
preview = "https://preview.example.com"
configuration = "larch"

[extra]
motto = "slow"

[environments.preview.aem]
tier = "preview"

[environments.local.aem]
sandbox = "sandbox"
"#;

#[test]
fn reads_a_site() {
    let config = parse_ok(BASE);
    assert_eq!(config.title, "Larch & Loam");
    assert_eq!(config.output, Path::new("/site/public"));
    assert!(
        matches!(&config.aem.origin, Origin::Host(url) if url.as_str() == "https://publish.example.com/")
    );
    let fr = config.languages.find("fr").unwrap();
    let language = config.languages.get(fr);
    assert_eq!(
        (language.prefix.as_str(), language.locale.as_str()),
        ("fr", "fr")
    );
    assert_eq!(
        language.root,
        RepositoryRoot::parse("/content/dam/larch/fr")
    );
    assert_eq!(config.languages.route(fr, "/walks/"), "/fr/walks/");
    assert_eq!(
        config
            .languages
            .route(config.languages.default_id(), "/walks/"),
        "/walks/"
    );
    assert_eq!(
        config.languages.of_path("/content/dam/larch/fr/x"),
        Some(fr)
    );
    assert_eq!(config.languages.of_path("/content/dam/other/x"), None);
    assert_eq!(config.extra, serde_json::json!({"motto": "slow"}));
}

#[test]
fn an_environment_is_laid_over_the_rest() {
    let environment = |name: &str| Overrides {
        environment: Some(name.to_owned()),
        ..Overrides::default()
    };
    let preview = parse_with(BASE, &environment("preview")).unwrap();
    assert_eq!(preview.aem.tier, Tier::Preview);
    assert!(
        matches!(&preview.aem.origin, Origin::Host(url) if url.host_str() == Some("preview.example.com"))
    );
    let local = parse_with(BASE, &environment("local")).unwrap();
    assert!(
        matches!(&local.aem.origin, Origin::Sandbox(s) if s.package == Path::new("/site/sandbox"))
    );
    insta::assert_snapshot!(
        parse_with(BASE, &environment("previw"))
            .map(|_| ())
            .unwrap_err()
    );
}

#[test]
fn an_environment_can_replace_the_sandbox_by_a_host() {
    let text = "base_url = \"https://a.example\"\n[aem]\nsandbox = \"s\"\n[environments.live.aem]\npublish = \"https://p.example\"\n";
    let live = Overrides {
        environment: Some("live".to_owned()),
        ..Overrides::default()
    };
    assert!(matches!(
        parse_with(text, &live).unwrap().aem.origin,
        Origin::Host(_)
    ));
    assert!(matches!(parse_ok(text).aem.origin, Origin::Sandbox(_)));
}

#[test]
fn the_command_line_has_the_last_word() {
    let overrides = Overrides {
        tier: Some(Tier::Preview),
        base_url: Some("https://other.example/x/".to_owned()),
        output: Some("out".into()),
        ..Overrides::default()
    };
    let config = parse_with(BASE, &overrides).unwrap();
    assert_eq!(config.aem.tier, Tier::Preview);
    assert_eq!(
        config.base_url.permalink("/a/"),
        "https://other.example/x/a/"
    );
    assert_eq!(config.output, Path::new("out"));
}

#[test]
fn every_mistake_is_in_one_report() {
    insta::assert_snapshot!(report(
        r#"titel = "x"
base_url = "www.example.com"
default_language = "de"
[languages.en]
rooot = "/content/dam/x/en"
[languages.fr]
root = "content/dam"
dir = "left"
[aem]
publish = "https://user:secret@publish.example.com"
tier = "publsh"
author = "${AUTHOR_HOST}"
[fetch]
concurrency = "8"
total_timeout = "never"
max_response = "64"
[output]
dir = ""
[environments.local.aem]
sandbx = "sandbox"
"#
    ));
}

#[test]
fn what_this_version_lacks_is_refused_by_name() {
    insta::assert_snapshot!(report(
        "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n[aem.headers.publish]\nX-Key = \"x\"\n[fetch]\nretries = 4\n[search]\nenabled = true\n"
    ));
}

#[test]
fn a_sandbox_and_a_host_in_one_layer_are_refused() {
    insta::assert_snapshot!(report(
        "base_url = \"https://a.example\"\n[aem]\nsandbox = \"sandbox\"\npublish = \"https://p.example\"\n"
    ));
}

#[test]
fn an_empty_file_says_what_is_needed() {
    insta::assert_snapshot!(report(""));
}

#[test]
fn toml_errors_are_located() {
    insta::assert_snapshot!(report("title = \"x\nbase_url = https://a.example\n"));
}

#[test]
fn languages_cannot_share_a_prefix() {
    insta::assert_snapshot!(report(
        "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n[languages.en]\n[languages.fr]\nprefix = \"\"\n"
    ));
}

fn with_auth(auth: &str) -> Result<Config, String> {
    let text = format!(
        "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\nauthor = \"https://x.example\"\n{auth}"
    );
    parse_with(&text, &Overrides::default())
}

#[test]
fn credentials_belong_to_a_tier() {
    let kind = |auth: &str| {
        with_auth(auth)
            .unwrap_or_else(|report| panic!("{report}"))
            .aem
            .auth
            .kind()
    };
    assert_eq!(kind(""), "none");
    assert_eq!(
        kind("[aem.auth]\nkind = \"token\"\ntoken = \"x\"\n"),
        "token"
    );
    // The author's credentials are not needed to ask publish, and neither are their variables.
    assert_eq!(
        kind("[aem.auth.author]\nkind = \"service-credentials\"\nfile = \"${NOT_SET}\"\n"),
        "none"
    );
    assert_eq!(
        kind(
            "[aem.auth]\nkind = \"token\"\ntoken = \"x\"\n[aem.auth.publish]\nkind = \"basic\"\nuser = \"u\"\npassword = \"p\"\n"
        ),
        "basic"
    );
    let config = with_auth("[aem.headers.publish]\nX-AEM-Edge-Key = \"k\"\n[aem.headers.author]\nX-Other = \"${NOT_SET}\"\n").unwrap();
    assert_eq!(config.aem.headers.len(), 1);
    assert!(!format!("{config:?}").contains("\"k\""));
}

#[test]
fn wrong_credentials_are_explained_and_never_shown() {
    let report = [
        "[aem.auth]\nkind = \"oauth\"\nclient_id = \"c\"\n",
        "[aem.auth]\nkind = \"tokn\"\n",
        "[aem.auth]\nkind = \"basic\"\nuser = \"u\"\npasword = \"hunter2\"\n",
        "[aem.auth]\nkind = \"token\"\njson = \"{ hunter2 }\"\n",
        "[aem.auth]\nkind = \"service-credentials\"\njson = \"{\\\"integration\\\": \\\"hunter2\\\"}\"\n",
        "[aem.auth]\nkind = \"service-credentials\"\nfile = \"no-such-file.json\"\n",
        "[aem.headers.publish]\nOrigin = \"x\"\n\"bad name\" = \"x\"\n[aem.headers.publsh]\n",
    ]
    .map(|auth| with_auth(auth).map(|_| ()).unwrap_err())
    .concat();
    insta::assert_snapshot!(report);
}

#[test]
fn every_wrong_line_of_the_environment_file_is_named_and_none_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let env = "A=b\nEDGE KEY hunter2\nC=d\n\nPASSWORD hunter2\n";
    std::fs::write(dir.path().join(".env"), env).unwrap();
    std::fs::write(
        dir.path().join("site.toml"),
        "base_url = \"https://a.example\"\n",
    )
    .unwrap();
    let report = load(dir.path(), &Overrides::default()).found.to_string();
    assert!(report.contains("line 2 of `.env`"), "{report}");
    assert!(report.contains("line 5 of `.env`"), "{report}");
    assert!(!report.contains("hunter2"), "{report}");
}
