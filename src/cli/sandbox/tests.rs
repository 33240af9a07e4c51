//! What each argument does to the options.

use std::time::Duration;

use aem_sandbox::{ClosedFolder, DispatcherRules, EncodedSlash, Options, Tier};
use clap::{CommandFactory, Parser};

use super::options::resolve;
use crate::cli::args::{Args, Command};
use crate::diag::Diagnostics;

fn typed(arguments: &[&str]) -> Result<super::Args, String> {
    let line = ["frieze", "sandbox", "package"].iter().chain(arguments);
    match Args::try_parse_from(line) {
        Ok(Args {
            command: Command::Sandbox(args),
            ..
        }) => Ok(*args),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.to_string()),
    }
}

fn options(arguments: &[&str]) -> Result<Options, Diagnostics> {
    resolve(&typed(arguments).unwrap())
}

/// The options as text, with what differs from those without arguments.
fn changed(arguments: &[&str]) -> Vec<String> {
    let lines = |options: &Options| -> Vec<String> {
        format!("{options:#?}")
            .lines()
            .map(|line| line.trim().to_owned())
            .collect()
    };
    let before = lines(&options(&[]).unwrap());
    let mut after = lines(&options(arguments).unwrap());
    after.retain(|line| !before.contains(line));
    after
}

#[test]
fn the_arguments_are_consistent() {
    Args::command().debug_assert();
}

#[test]
fn nothing_but_a_package_is_the_library_s_default() {
    let plain = format!("{:?}", options(&[]).unwrap());
    assert_eq!(plain, format!("{:?}", Options::default()));
}

#[test]
fn each_switch_changes_its_option_and_no_other() {
    for (arguments, expected) in [
        (&["--no-watch"][..], "watch: false,"),
        (&["--tier", "author"], "tier: Author,"),
        (&["--ad-hoc"], "adhoc_on_publish: true,"),
        (&["--list"], "list_on_publish: true,"),
        (
            &["--dispatcher-rules", "archetype-old"],
            "dispatcher_rules: ArchetypeOld,",
        ),
        (
            &["--encoded-slash", "not-found"],
            "encoded_slash: NotFound,",
        ),
        (&["--no-openapi"], "openapi: false,"),
        (&["--no-image-delivery"], "image_delivery: false,"),
        (&["--no-etag"], "etags: false,"),
        (&["--no-last-modified"], "last_modified: false,"),
        (&["--latency", "200ms"], "latency: 200ms,"),
        (&["--fault-seed", "7"], "fault_seed: 7,"),
    ] {
        assert_eq!(changed(arguments), [expected], "{arguments:?}");
    }
}

#[test]
fn values_arrive() {
    let options = options(&[
        "--stale",
        "30s",
        "--token",
        "t",
        "--user",
        "alice:a:b",
        "--closed-folder",
        "/content/dam/x/=members",
        "--closed-folder",
        "/content/dam/x=alice",
        "--registered-client",
        "one",
        "--registered-client",
        "two",
        "--fault",
        "503:2",
        "--faults-file",
        "faults.toml",
    ])
    .unwrap();
    assert_eq!(options.stale, Some(Duration::from_secs(30)));
    assert_eq!(options.tokens[0].token, "t");
    assert_eq!(options.tokens[0].groups, ["administrators"]);
    let user = &options.users[0];
    assert_eq!((&*user.name, &*user.password), ("alice", "a:b"));
    let members = ClosedFolder {
        path: "/content/dam/x".to_owned(),
        groups: vec!["members".to_owned(), "alice".to_owned()],
    };
    assert_eq!(options.closed_folders, [members]);
    let clients = vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(options.registered_clients, Some(clients));
    assert_eq!(options.faults[0].to_string(), "503:2");
    assert_eq!(options.faults_file.unwrap().to_str(), Some("faults.toml"));
    assert_eq!(options.tier, Tier::Publish);
    assert_eq!(options.dispatcher_rules, DispatcherRules::Current);
    assert_eq!(options.encoded_slash, EncodedSlash::NoDecode);
}

#[test]
fn values_that_are_none_are_explained() {
    for (arguments, expected) in [
        (["--user", "alice"], "a user looks like `alice:secret`"),
        (["--user", ":x"], "a user looks like `alice:secret`"),
        (
            ["--closed-folder", "/content/dam/x"],
            "a closed folder looks like `/content/dam/site/en/members=members`",
        ),
        (
            ["--closed-folder", "x=y"],
            "a closed folder looks like `/content/dam/site/en/members=members`",
        ),
        (
            ["--stale", "5"],
            "a duration looks like `200ms`, `30s` or `5m`",
        ),
        (["--fault", "999"], "`999` is not a status from 300 to 599"),
        (
            ["--encoded-slash", "no"],
            "[possible values: no-decode, not-found]",
        ),
    ] {
        let error = typed(&arguments).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn service_credentials_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials.json");
    let text = r#"{ "integration": { "imsEndpoint": "ims.example", "metascopes": "ent_aem_cloud_api", "org": "o@x",
        "id": "a@x", "publicKey": "PEM", "technicalAccount": { "clientId": "cm", "clientSecret": "s" } } }"#;
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let account = options(&["--ims", file]).unwrap().ims.unwrap();
    assert_eq!((&*account.client_id, &*account.account), ("cm", "a@x"));
}

#[test]
#[cfg(not(feature = "full"))]
fn all_that_cannot_be_used_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials.json");
    std::fs::write(&file, "{}").unwrap();
    let file = file.to_str().unwrap();
    let refused = options(&["--standard-renditions", "--ims", file]).unwrap_err();
    let text = refused.render(crate::diag::Style::Plain);
    insta::assert_snapshot!(text.replace(file, "credentials.json"));
}

#[test]
fn options_of_a_site_are_out_of_the_help() {
    let help = Args::try_parse_from(["frieze", "sandbox", "--help"]).unwrap_err();
    let help = help.to_string();
    for option in ["--root", "--config", "--env", "--verbose"] {
        assert!(!help.contains(option), "{option}");
    }
    assert!(help.contains("--quiet") && help.contains("--faults-file"));
}
