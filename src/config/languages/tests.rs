//! Languages and what stands in for them, as `site.toml` has them.

use std::path::Path;
use std::sync::Arc;

use super::Languages;
use crate::config::{Overrides, parse_site};
use crate::table::SourceFile;

fn read(languages: &str) -> Result<Languages, String> {
    let text = format!(
        "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n{languages}"
    );
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    parse_site(&file, Path::new("/site"), &Overrides::default(), &|_| None)
        .map(|config| config.value.languages)
        .map_err(|found| found.to_string())
}

#[test]
fn a_chain_of_fallbacks_ends_where_it_would_come_back() {
    let languages = read(
        "[languages.en]\nroot = \"/c/en\"\nfallback = \"fr\"\n\
         [languages.fr]\nroot = \"/c/fr\"\nfallback = \"en\"\nname = \"le français\"\n\
         [languages.fr-CA]\nroot = \"/c/ca\"\nfallback = \"fr\"\n",
    )
    .unwrap();
    let chain = |code: &str| {
        let own = languages.get(languages.find(code).unwrap());
        let codes = own.fallbacks.iter();
        codes
            .map(|&id| languages.get(id).code.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(chain("fr-CA"), ["fr", "en"]);
    assert_eq!(chain("fr"), ["en"]);
    assert_eq!(chain("en"), ["fr"]);
    let behind: Vec<String> = languages.places_behind("/c/ca/a/b").collect();
    assert_eq!(behind, ["/c/fr/a/b", "/c/en/a/b"]);
    assert_eq!(languages.places_behind("/elsewhere/a").count(), 0);
    let names: Vec<&str> = languages.iter().map(|(_, own)| own.name.as_str()).collect();
    assert_eq!(names, ["English", "le français", "Français (CA)"]);
}

#[test]
fn fallbacks_that_cannot_be() {
    let report = read(
        "[languages.en]\nroot = \"/c/en\"\nfallback = \"frr\"\n\
         [languages.fr]\nroot = \"/c/fr\"\nfallback = \"fr\"\n\
         [languages.de]\nfallback = \"en\"\n\
         [languages.it]\nroot = \"/c/it\"\nfallback = \"de\"\n",
    );
    insta::assert_snapshot!(report.unwrap_err());
}
