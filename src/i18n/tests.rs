//! Files of strings as a user writes them.

use std::sync::Arc;

use super::*;
use crate::config::{Overrides, parse_site};

/// What `load` makes of these files of a site in English, French and Polish.
fn site(files: &[(&str, &str)]) -> (Config, Result<Warned<Strings>, Diagnostics>) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(FOLDER).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let text = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n\
                [languages.en]\nroot = \"/c/en\"\n[languages.fr]\nroot = \"/c/fr\"\n\
                [languages.pl]\nroot = \"/c/pl\"\nfallback = \"fr\"\n";
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None);
    let config = config.unwrap_or_else(|report| panic!("{report}")).value;
    let strings = load(&config);
    (config, strings)
}

/// Everything said about a site's files.
fn report(files: &[(&str, &str)]) -> String {
    match site(files).1 {
        Ok(warned) => {
            let mut found = Diagnostics::new();
            warned.into_value(&mut found);
            found.to_string()
        }
        Err(found) => found.to_string(),
    }
}

/// Arguments as a template gives them.
struct Arguments(Vec<(&'static str, &'static str)>);

impl Fill for Arguments {
    fn fixed(&self, text: &str) -> String {
        text.to_owned()
    }

    fn value(&self, name: &str) -> Option<String> {
        let given = self.0.iter().find(|(own, _)| *own == name);
        given.map(|(_, value)| (*value).to_owned())
    }

    fn count(&self) -> Option<fixed_decimal::Decimal> {
        decimal(&self.value("count")?)
    }
}

fn text(
    (config, strings): &(Config, Strings),
    code: &str,
    key: &str,
    arguments: &[(&'static str, &'static str)],
) -> Result<String, String> {
    let language = config.languages.find(code).unwrap();
    let found = strings
        .find(key, language)
        .ok_or_else(|| strings.missing(key, language))?;
    found
        .text(&Arguments(arguments.to_vec()))
        .map_err(|error| error.to_string())
}

#[test]
fn strings_are_filled_and_fall_back() {
    let (config, strings) = site(&[
        (
            "en.toml",
            "hello = \"Hello {name}, {{ok}}\"\nonly = \"here\"\n[season]\nspring = \"Spring\"\n\"a b\" = \"AB\"\n\
             [walks]\nzero = \"no walks\"\none = \"one walk\"\nother = \"{count} walks\"\n",
        ),
        (
            "fr.toml",
            "[walks]\none = \"{count} marche\"\nother = \"{count} marches\"\n",
        ),
        (
            "pl.toml",
            "hello = \"Cześć {name}\"\n[file]\none = \"{count} plik\"\nfew = \"{count} pliki\"\n\
             many = \"{count} plików\"\nother = \"{count} pliku\"\n",
        ),
    ]);
    let site = (
        config,
        strings.unwrap_or_else(|found| panic!("{found}")).value,
    );
    let ok = |text: &str| Ok(text.to_owned());
    let count = |n| vec![("count", n)];
    assert_eq!(
        text(&site, "en", "hello", &[("name", "A")]),
        ok("Hello A, {ok}")
    );
    assert_eq!(text(&site, "pl", "hello", &[("name", "A")]), ok("Cześć A"));
    assert_eq!(
        text(&site, "fr", "only", &[]),
        ok("here"),
        "the default language"
    );
    assert_eq!(text(&site, "fr", "season.spring", &[]), ok("Spring"));
    assert_eq!(text(&site, "en", "season.a b", &[]), ok("AB"));
    assert_eq!(text(&site, "en", "walks", &count("0")), ok("no walks"));
    assert_eq!(text(&site, "en", "walks", &count("1")), ok("one walk"));
    assert_eq!(
        text(&site, "en", "walks", &count("1234")),
        ok("1,234 walks")
    );
    assert_eq!(text(&site, "fr", "walks", &count("0")), ok("0 marche"));
    assert_eq!(
        text(&site, "pl", "walks", &count("12345")),
        ok("12\u{202f}345 marches"),
        "French words go with French numbers"
    );
    assert_eq!(text(&site, "pl", "file", &count("3")), ok("3 pliki"));
    assert_eq!(text(&site, "pl", "file", &count("5.5")), ok("5,5 pliku"));
}

#[test]
fn what_is_missing_is_said() {
    let (config, strings) = site(&[(
        "en.toml",
        "hello = \"Hello {name}\"\n[season]\nspring = \"Spring\"\n[walks]\none = \"a\"\nother = \"b\"\n",
    )]);
    let site = (
        config,
        strings.unwrap_or_else(|found| panic!("{found}")).value,
    );
    let said = [
        text(&site, "en", "helo", &[]),
        text(&site, "pl", "season.sprin", &[]),
        text(&site, "fr", "season", &[]),
        text(&site, "fr", "something else", &[]),
        text(&site, "en", "hello", &[("nme", "A")]),
        text(&site, "en", "walks", &[]),
    ]
    .map(Result::unwrap_err)
    .join("\n");
    insta::assert_snapshot!(said);
}

#[test]
fn every_mistake_of_all_files_is_in_one_report() {
    insta::assert_snapshot!(report(&[
        (
            "en.toml",
            "hello = \"Hello {name}\"\n\"a.b\" = \"x\"\na = { b = \"y\" }\nn = 3\nbroken = \"{name\"\nc = \"x }\"\n\
             d = \"{a b}\"\ne = \"{key}\"\n[walks]\nother = \"walks\"\n",
        ),
        (
            "fr.toml",
            "hello = \"Bonjour {nom}\"\n[walks]\none = \"marche\"\nfew = \"marches\"\nmany = \"marches\"\nother = \"marches\"\n",
        ),
        ("pl.toml", "[walks]\none = \"x\"\nother = \"y\"\n"),
        ("de.toml", "x = \"y\"\n"),
        ("en-GB.toml", "x = \n"),
        ("sub/en.toml", "x = \"y\"\n"),
        ("en.ftl", "x = y\n"),
        ("README.md", "ignored"),
    ]));
}

#[test]
fn a_file_that_is_no_toml() {
    insta::assert_snapshot!(report(&[("fr.toml", "x = \"y\n")]));
}

#[test]
fn a_site_without_strings_is_fine() {
    assert_eq!(report(&[]), "");
}
