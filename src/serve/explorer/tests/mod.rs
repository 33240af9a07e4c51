//! What the explorer tells of a small site.

mod support;

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::diag::{Diagnostic, Kind};
use crate::serve::Moment;
use support::{Preview, ask};

/// The members of that name of every element of a list.
fn each<'v>(list: &'v Value, name: &str) -> Vec<&'v str> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| value[name].as_str().unwrap()).collect()
}

#[test]
fn before_there_is_a_site_there_are_its_problems() {
    let moment = Moment {
        problems: Arc::new(Diagnostic::error(Kind::Config, "no site").into()),
        working: true,
        ..Moment::default()
    };
    let (status, told) = ask(&moment, "site");
    assert_eq!(
        (status, &told["site"], &told["errors"]),
        (200, &Value::Null, &json!(1))
    );
    assert_eq!(
        ask(&moment, "problems").1["problems"][0]["message"],
        "no site"
    );
    for name in [
        "queries",
        "routes",
        "page?path=/",
        "renders",
        "queries/items?name=x",
    ] {
        let why = json!({ "error": "the site has not been made so far" });
        assert_eq!(ask(&moment, name), (503, why), "{name}");
    }
}

#[test]
fn what_cannot_be_answered_says_why() {
    let preview = Preview::start();
    for (address, status, why) in [
        ("nothing", 404, "there is no `/_frieze/api/nothing`"),
        ("page", 400, "the parameter `path` is missing"),
        ("page?path=/x/", 404, "there is no page at `/x/`"),
        ("queries/query?name=x", 404, "there is no definition `x`"),
        (
            "queries/items?name=hats&language=xx",
            404,
            "there is no language `xx`",
        ),
        (
            "queries/item?name=hats",
            400,
            "the parameter `number` is missing",
        ),
        (
            "queries/item?name=hats&number=6",
            404,
            "`hats` has 6 items, and no number 6",
        ),
        (
            "routes?offset=x",
            400,
            "`offset` is a number from 0, and not `x`",
        ),
        ("routes?definition=x", 404, "there is no definition `x`"),
    ] {
        let (found, told) = preview.asked(address);
        let error = told["error"].as_str().unwrap_or_default();
        assert_eq!(found, status, "{address}: {told}");
        assert!(error.starts_with(why), "{address}: {error}");
    }
}

#[test]
fn the_site_as_a_whole() {
    let told = Preview::start().told("site");
    let site = &told["site"];
    assert_eq!(
        (&site["title"], &site["home"]),
        (&json!("Hats"), &json!("/shop/"))
    );
    assert_eq!(
        [
            &site["pages"],
            &site["items"],
            &site["definitions"],
            &site["snapshot"]
        ],
        [&json!(8), &json!(7), &json!(2), &json!(1)]
    );
    let origin = json!({ "kind": "host", "name": "https://publish.example", "auth": "none" });
    assert_eq!(site["origin"], origin);
    assert_eq!(each(&site["languages"], "home"), ["/shop/", "/shop/fr/"]);
}

#[test]
fn definitions_with_what_they_asked_and_brought() {
    let preview = Preview::start();
    let told = preview.told("queries");
    assert_eq!(each(&told["queries"], "name"), ["hats", "makers"]);
    let hats = &told["queries"][0];
    assert_eq!([&hats["items"], &hats["pages"]], [&json!(6), &json!(8)]);
    assert_eq!(each(&hats["languages"], "language"), ["en", "fr"]);
    assert_eq!(hats["languages"][1]["variables"], json!({ "locale": "fr" }));
    assert_eq!(hats["languages"][1]["items"], 3);

    let told = preview.told("queries/query?name=hats");
    let path = "/graphql/execute.json/hats/hats-all%3Bfirst%3D50%3Blocale%3Dfr;";
    let sent =
        json!({ "method": "GET", "path": path, "variables": { "first": 50, "locale": "fr" } });
    assert_eq!(told["requests"][1], sent);
}

#[test]
fn items_come_in_windows_and_one_by_one() {
    let preview = Preview::start();
    let told = preview.told("queries/items?name=hats&limit=2&offset=3");
    assert_eq!([&told["total"], &told["next"]], [&json!(6), &json!(5)]);
    let paths = ["/content/dam/hats/fr/bowler", "/content/dam/hats/fr/cloche"];
    assert_eq!(each(&told["items"], "path"), paths);
    let page = json!({ "route": "/fr/hats/bowler/", "address": "/shop/fr/hats/bowler/" });
    assert_eq!(told["items"][0]["page"], page);

    let told = preview.told("queries/items?name=hats&q=FEZ&language=fr");
    assert_eq!(each(&told["items"], "path"), ["/content/dam/hats/fr/fez"]);
    assert_eq!(told["items"][0]["number"], 5);
    let told = preview.told("queries/item?name=hats&number=5");
    assert_eq!(told["tree"]["value"]["text"], json!({ "html": "<p>x</p>" }));
}

#[test]
fn routes_are_found_by_everything_they_are_made_of() {
    let preview = Preview::start();
    let routes = |query: &str| {
        let told = preview.told(&format!("routes?{query}"));
        assert_eq!(told["all"], 8);
        let routes = each(&told["routes"], "route");
        assert_eq!(told["total"], routes.len());
        routes.join(" ")
    };
    assert_eq!(routes("q=FR%2FHATS%2Fb"), "/fr/hats/bowler/");
    assert_eq!(routes("q=dam/hats/en/fez"), "/hats/fez/");
    assert_eq!(routes("kind=list&definition=hats"), "/hats/ /fr/hats/");
    assert_eq!(routes("template=hats.html&language=fr"), "/fr/hats/");
    assert_eq!(
        routes("template=base.html&q=fez"),
        "/hats/fez/ /fr/hats/fez/"
    );
    assert_eq!(routes("definition=makers"), "");
    let told = preview.told("routes?limit=3&offset=6");
    assert_eq!([&told["total"], &told["next"]], [&json!(8), &Value::Null]);
    assert_eq!(told["routes"].as_array().unwrap().len(), 2);
}

#[test]
fn a_page_with_everything_it_was_made_of() {
    let preview = Preview::start();
    let told = preview.told("page?path=/shop/hats/bowler/");
    assert_eq!(told["route"], "/hats/bowler/");
    assert_eq!(told["permalink"], "https://hats.example/shop/hats/bowler/");
    assert_eq!(told["definition"]["name"], "hats");
    let edit = "https://author.example/editor.html/content/dam/hats/en/bowler";
    assert_eq!(told["item"]["edit"], edit);
    assert_eq!(told["rendered"]["for"], 1);
    assert_eq!(
        each(&told["reads"], "words"),
        [
            "the template templates/base.html",
            "the template templates/hat.html",
            "the definition content-queries/hats.toml",
            "the item /content/dam/hats/en/bowler",
            "the items of makers",
            "the fragment /content/dam/hats/makers/ada",
            "where this leads: /content/dam/hats/en/bowler",
            "the static file /hat.css",
        ]
    );
    assert_eq!(told["reads"][4]["call"], "query(name=\"makers\", limit=3)");
    assert_eq!(told["reads"][6]["address"], "/shop/hats/bowler/");

    let told = preview.told("page?path=/fr/hats");
    assert_eq!(
        (&told["kind"], &told["language"]),
        (&json!("list"), &json!("fr"))
    );
    let reads = told["reads"].as_array().unwrap().iter();
    let items = reads.filter(|read| read["kind"] == "item");
    let routes: Vec<&str> = items.map(|read| read["route"].as_str().unwrap()).collect();
    assert_eq!(
        routes,
        ["/fr/hats/bowler/", "/fr/hats/cloche/", "/fr/hats/fez/"]
    );
}

#[test]
fn what_is_as_it_was_keeps_the_number_of_its_site() {
    let mut preview = Preview::start();
    let look = |preview: &Preview| {
        for path in ["/hats/", "/hats/fez/"] {
            preview.told(&format!("page?path={path}"));
        }
        let told = preview.told("renders");
        let renders = told["renders"].as_array().unwrap().iter();
        let renders = renders.map(|one| format!("{} {}", one["route"], one["rendered"]["for"]));
        renders.collect::<Vec<_>>()
    };
    assert_eq!(look(&preview), ["\"/hats/fez/\" 1", "\"/hats/\" 1"]);
    preview.edit("templates/hats.html", "{{ items | length }} hats");
    assert_eq!(look(&preview), ["\"/hats/\" 2", "\"/hats/fez/\" 1"]);
    assert_eq!(preview.told("renders")["anew"], 1);
}

#[test]
fn a_page_that_fails_is_told_with_its_place() {
    let mut preview = Preview::start();
    preview.told("page?path=/hats/fez/");
    preview.edit("templates/hat.html", "<p>\n{{ item.titel }}</p>\n");
    let told = preview.told("page?path=/hats/fez/");
    let problem = &told["problems"][0];
    assert_eq!(
        (&problem["file"], &problem["line"]),
        (&json!("templates/hat.html"), &json!(2))
    );
    let told = preview.told("problems");
    assert_eq!(each(&told["pages"], "route"), ["/hats/fez/"]);
    assert_eq!(preview.told("site")["site"]["failed"], 1);
    let told = preview.told("routes?q=fez&language=en");
    assert_eq!(told["routes"][0]["rendered"]["errors"], 1);
}

#[test]
fn the_page_of_the_explorer_needs_nothing_but_its_own_files() {
    let moment = Moment::default();
    let html = answer(&moment, PREFIX, "");
    assert_eq!(
        (html.status, html.content_type),
        (200, "text/html; charset=utf-8")
    );
    for name in ["explorer.css", "explorer.js"] {
        let text = String::from_utf8_lossy(&html.body);
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
    // Every module that another one names is there.
    let mut todo = vec!["explorer.js".to_owned()];
    let mut known = Vec::new();
    while let Some(name) = todo.pop() {
        let file = answer(&moment, &format!("{PREFIX}{name}"), "");
        assert_eq!(
            (file.status, file.content_type),
            (200, "text/javascript; charset=utf-8"),
            "{name}"
        );
        let text = String::from_utf8_lossy(&file.body).into_owned();
        assert!(
            !text.contains("innerHTML") && !text.contains("outerHTML"),
            "{name}"
        );
        let imports = text.lines().filter(|line| line.starts_with("import "));
        let names = imports
            .filter_map(|line| Some(line.split_once("\"./")?.1.split('"').next()?.to_owned()));
        let names: Vec<String> = names.filter(|name| !known.contains(name)).collect();
        known.extend(names.clone());
        todo.extend(names);
    }
    assert!(known.len() > 5, "{known:?}");
    assert_eq!(answer(&moment, "/_frieze/nothing", "").status, 404);
    assert_eq!(answer(&moment, "/_frieze/../Cargo.toml", "").status, 404);
}
