//! What follows from edits.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::config::{self, Config, Overrides};
use crate::query::{self, QuerySet};
use crate::table::SourceFile;

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn changes_add_up() {
    let of = |list: &[&str]| Content::of(names(list));
    for (one, other, both) in [
        (Content::None, Content::None, Content::None),
        (Content::None, of(&["a"]), of(&["a"])),
        (of(&["a", "b"]), of(&["b", "c"]), of(&["a", "b", "c"])),
        (of(&["a"]), Content::All, Content::All),
        (Content::None, Content::All, Content::All),
    ] {
        assert_eq!(one.clone().and(other.clone()), both);
        assert_eq!(other.and(one), both, "the order makes no difference");
    }
    assert_eq!(of(&[]), Content::None);
    let edit = Change::files(["/site/a".into()]);
    let event = Change::certain(of(&["a"]));
    let both = edit
        .clone()
        .and(event.clone())
        .and(Change::files(["/site/b".into()]));
    let files = ["/site/a", "/site/b"].map(PathBuf::from);
    assert_eq!(both.files, BTreeSet::from(files));
    assert_eq!((&both.content, both.word), (&event.content, Word::Certain));
    assert!(Change::default().is_empty() && !edit.is_empty() && !event.is_empty());
}

/// What follows from an edit of each file, in a site where everything is where it is by default.
#[test]
fn a_file_decides_what_follows_from_its_edit() {
    let places = Places::new(Path::new("/site"), &Overrides::default());
    for (file, effect) in [
        ("/site/site.toml", Effect::Settings),
        ("/site/.env", Effect::Access),
        ("/site/content-queries/walks.toml", Effect::Definitions),
        ("/site/content-queries/walks.graphql", Effect::Definitions),
        ("/site/templates/page.html", Effect::Site),
        ("/site/templates/parts/head.html", Effect::Site),
        ("/site/static/style.css", Effect::Site),
        ("/site/static/.well-known/security.txt", Effect::Site),
        ("/site/static/.htaccess", Effect::Site),
        ("/site/content/en/about.md", Effect::Site),
        ("/site/i18n/fr.toml", Effect::Site),
        ("/site/sass/main.scss", Effect::Site),
        // A folder as a whole, as when it is made or moved.
        ("/site/templates", Effect::Site),
        ("/site/content-queries", Effect::Definitions),
        // Ours.
        ("/site/public/index.html", Effect::Nothing),
        ("/site/.frieze/answers-3/ab", Effect::Nothing),
        // Nobody's.
        ("/site/README.md", Effect::Nothing),
        ("/site/templates-old/page.html", Effect::Nothing),
        ("/site/site.toml.orig", Effect::Nothing),
        ("/elsewhere/templates/page.html", Effect::Nothing),
        ("/site/.git/index", Effect::Nothing),
        ("/site/templates/.git/HEAD", Effect::Nothing),
        // Editors'.
        ("/site/templates/.page.html.swp", Effect::Nothing),
        ("/site/templates/.page.html.swx", Effect::Nothing),
        ("/site/templates/page.html~", Effect::Nothing),
        ("/site/templates/4913", Effect::Nothing),
        ("/site/templates/#page.html#", Effect::Nothing),
        ("/site/templates/.#page.html", Effect::Nothing),
        ("/site/templates/.page.html.un~", Effect::Nothing),
        (
            "/site/content-queries/walks.toml___jb_tmp___",
            Effect::Nothing,
        ),
        ("/site/static/.goutputstream-X1Y2Z3", Effect::Nothing),
        ("/site/content/.DS_Store", Effect::Nothing),
        ("/site/static/game.swf", Effect::Site),
    ] {
        assert_eq!(places.effect(Path::new(file)), effect, "{file}");
    }
    let odd = Places::new(Path::new("/home/.git/site"), &Overrides::default());
    let effect = |file| odd.effect(Path::new(file));
    assert_eq!(effect("/home/.git/site/templates/a.html"), Effect::Site);
    assert_eq!(effect("/home/.git/site/static/.git/x"), Effect::Nothing);
    let all = ["/site/static/a.css", "/site/site.toml", "/site/x"].map(PathBuf::from);
    assert_eq!(places.effect_of(&all), Effect::Settings);
    assert_eq!(places.effect_of([]), Effect::Nothing);
}

#[test]
fn where_things_are_is_for_the_configuration_to_say() {
    let overrides = Overrides {
        file: Some("/elsewhere/other.toml".into()),
        ..Overrides::default()
    };
    let places = Places::new(Path::new("/site"), &overrides);
    let effect = |places: &Places, file| places.effect(Path::new(file));
    assert_eq!(effect(&places, "/elsewhere/other.toml"), Effect::Settings);
    assert_eq!(effect(&places, "/site/site.toml"), Effect::Nothing);

    let text = "base_url = \"https://a.example\"\n[output]\ndir = \"static/out\"\n\
                [aem]\nsandbox = \"content/package\"\n";
    let places = places.of(&config(Path::new("/site"), text));
    for (file, expected) in [
        ("/site/static/out/index.html", Effect::Nothing),
        ("/site/static/style.css", Effect::Site),
        (
            "/site/content/package/jcr_root/.content.xml",
            Effect::Nothing,
        ),
        ("/site/content/about.md", Effect::Site),
    ] {
        assert_eq!(effect(&places, file), expected, "{file}");
    }
}

/// A definition is asked again if it asks something else, and not for what is made of its answer.
#[test]
fn definitions_differ_by_what_they_ask() {
    let walks = "persisted = \"walks\"\nvariables = { locale = \"{{ lang.code }}\" }\n\
                 [pages]\nroute = \"/walks/{{ item.slug }}/\"\ntemplate = \"walk.html\"\n";
    let guides = "document = \"guides.graphql\"\n[for_each]\nquery = \"walks\"\n\
                  variables = { name = \"{{ parent.guide }}\" }\n";
    let text = "query ($name: String!) { guideList { items { name } } }";
    let before = definitions(&[
        ("walks.toml", walks),
        ("guides.toml", guides),
        ("guides.graphql", text),
    ]);
    let differing_with = |files: &[(&str, &str)]| differing(&before, &definitions(files));
    let with = |name: &str, other: &str| {
        let files = [
            ("walks.toml", walks),
            ("guides.toml", guides),
            ("guides.graphql", text),
        ];
        let files = files.map(|(own, text)| (own, if own == name { other } else { text }));
        differing_with(&files)
    };
    assert_eq!(with("none", ""), names(&[]));
    for (file, from, to, expected) in [
        ("walks.toml", "\"walks\"", "\"all-walks\"", &["walks"][..]),
        ("walks.toml", "lang.code", "lang.locale", &["walks"]),
        (
            "walks.toml",
            "variables",
            "freshness = \"never\"\nvariables",
            &["walks"],
        ),
        (
            "walks.toml",
            "variables",
            "optional = true\nvariables",
            &["walks"],
        ),
        ("walks.toml", "/walks/", "/tours/", &[]),
        ("walks.toml", "walk.html", "tour.html", &[]),
        ("guides.toml", "parent.guide", "parent.author", &["guides"]),
        ("guides.graphql", "name }", "name age }", &["guides"]),
    ] {
        let original = match file {
            "walks.toml" => walks,
            "guides.toml" => guides,
            _ => text,
        };
        assert!(original.contains(from), "{file} {from}");
        let edited = original.replacen(from, to, 1);
        assert_eq!(with(file, &edited), names(expected), "{file}: {to}");
    }
    let more = [
        ("walks.toml", walks),
        ("other.toml", "persisted = \"other\""),
    ];
    assert_eq!(differing_with(&more), names(&["other"]));
}

fn config(root: &Path, text: &str) -> Config {
    let file = SourceFile {
        name: config::FILE.into(),
        text: Arc::from(text),
    };
    let config = config::parse_site(&file, root, &Overrides::default(), &|_| None);
    config.unwrap_or_else(|report| panic!("{report}")).value
}

fn definitions(files: &[(&str, &str)]) -> QuerySet {
    let folder = tempfile::tempdir().unwrap();
    let text = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\nconfiguration = \"larch\"\n";
    let config = config(folder.path(), text);
    std::fs::create_dir(folder.path().join(query::FOLDER)).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(query::FOLDER).join(name), text).unwrap();
    }
    let queries = query::load(&config);
    queries.unwrap_or_else(|report| panic!("{report}")).value
}
