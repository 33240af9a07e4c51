//! Plans of small sites.

use std::sync::Arc;

use super::*;
use crate::config::{Overrides, parse_site};
use crate::table::SourceFile;

/// A site in two languages with these definitions.
fn site(aem: &str, files: &[(&str, &str)]) -> (Config, QuerySet) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let text = format!(
        "base_url = \"https://a.example\"\n[languages.en]\n[languages.fr]\n[aem]\nconfiguration = \"x\"\n{aem}\n"
    );
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None);
    let config = config.unwrap().value;
    let queries = crate::query::load(&config).unwrap().value;
    (config, queries)
}

const PUBLISH: &str = "publish = \"https://p.example\"";

fn planned(files: &[(&str, &str)]) -> (Vec<String>, Total) {
    let (config, queries) = site(PUBLISH, files);
    let plan = Plan::of(&config, &queries);
    let describe = |planned: &Planned| {
        let name = &queries.get(planned.query).name;
        let asked = match &planned.asked {
            Asked::Once(_) => "once".to_owned(),
            Asked::InEach(languages) => format!("in {} languages", languages.len()),
            Asked::ForEach { query, .. } => format!("for each of {}", queries.get(*query).name),
        };
        format!("{name} {asked}")
    };
    let steps = plan.steps().map(|step| {
        let names: Vec<String> = step.iter().map(describe).collect();
        names.join(", ")
    });
    (steps.collect(), plan.requests())
}

#[test]
fn what_follows_comes_later() {
    let follows = |name: &str| {
        format!("persisted = \"q\"\npaging = \"none\"\n[for_each]\nquery = \"{name}\"\n")
    };
    let (steps, requests) = planned(&[
        ("a.toml", &follows("b")),
        ("b.toml", &follows("c")),
        ("c.toml", "persisted = \"q\"\npaging = \"none\"\n"),
        (
            "d.toml",
            "persisted = \"q\"\npaging = \"none\"\nvariables = { l = \"{{ lang.locale }}\" }\n",
        ),
    ]);
    assert_eq!(
        steps,
        [
            "c once, d in 2 languages",
            "b for each of c",
            "a for each of b"
        ]
    );
    assert_eq!(requests, Total::AtLeast(3));
}

#[test]
fn what_is_sure_is_exact() {
    let (_, requests) = planned(&[
        ("a.toml", "persisted = \"q\"\npaging = \"none\"\n"),
        (
            "b.toml",
            "persisted = \"q\"\npaging = \"none\"\nlanguages = [\"fr\"]\nvariables = { l = \"{{ lang.locale }}\" }\n",
        ),
    ]);
    assert_eq!(requests, Total::Exactly(2));
    let (_, requests) = planned(&[("a.toml", "persisted = \"q\"\n")]);
    assert_eq!(requests, Total::AtLeast(1));
    let (_, requests) = planned(&[
        (
            "a.toml",
            "json = \"/content/x/{{ lang.locale }}.model.json\"\n",
        ),
        ("b.toml", "openapi = { id = \"1\", references = \"all\" }\n"),
    ]);
    assert_eq!(requests, Total::Exactly(3));
    let parts = "persisted = \"q\"\npaging = \"none\"\nvariables = { l = \"{{ lang.locale }}\" }\n\
                 partition = { variable = \"x\", values = [1, 2, 3] }\n";
    assert_eq!(planned(&[("a.toml", parts)]).1, Total::Exactly(6));
    // Found by its path, and got by its id.
    let two = "openapi = { fragment = \"/content/dam/x\", references = \"all\" }\n";
    assert_eq!(planned(&[("a.toml", two)]).1, Total::AtLeast(1));
}

#[test]
fn a_question_outside_every_root_has_a_language() {
    let (config, queries) = site(
        PUBLISH,
        &[("a.toml", "persisted = \"q\"\nlanguages = [\"fr\"]\n")],
    );
    let plan = Plan::of(&config, &queries);
    let asked = &plan.steps().next().unwrap()[0].asked;
    let french = config.languages.find("fr").unwrap();
    assert_eq!(asked, &Asked::Once(french));
}

#[test]
fn ad_hoc_queries_are_warned_about() {
    let files = [
        ("a.toml", "document = \"a.graphql\"\n"),
        ("a.graphql", "{ aList { items { _path } } }"),
        ("b.toml", "persisted = \"b\"\n"),
    ];
    let found = |aem: &str| {
        let (config, queries) = site(aem, &files);
        warnings(&config, &queries)
    };
    insta::assert_snapshot!(found(PUBLISH));
    assert!(found("tier = \"author\"\nauthor = \"https://a.example\"").is_empty());
    assert!(found("sandbox = { package = \"sandbox\", ad_hoc = true }").is_empty());
}
