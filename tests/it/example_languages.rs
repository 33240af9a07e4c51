//! The example site, page by page: which language it says it is in, and where it leads in the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::SiteTest;

const BASE: &str = "https://larch-and-loam.example.org";

/// The built pages of the example site by their routes.
struct Built {
    pages: BTreeMap<String, String>,
    /// Every file.
    names: BTreeSet<String>,
}

impl Built {
    fn new() -> Self {
        let site = SiteTest::example();
        site.build().good();
        let output = site.output();
        let names: BTreeSet<String> = output.names().into_iter().map(str::to_owned).collect();
        let html = names.iter().filter(|name| name.ends_with(".html"));
        let pages = html.map(|name| {
            let route = format!("/{}", name.strip_suffix("index.html").unwrap_or(name));
            (route, site.page(name))
        });
        Self {
            pages: pages.collect(),
            names: names.clone(),
        }
    }

    /// The pages that a template made, not those that only lead to another.
    fn rendered(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.pages.iter().map(|(route, text)| (&**route, &**text));
        all.filter(|(_, text)| !text.contains("http-equiv=\"refresh\""))
    }

    /// Whether a link within the site leads to a file.
    fn has(&self, link: &str) -> bool {
        let path = link.split(['#', '?']).next().unwrap();
        let path = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .unwrap();
        let path = path.strip_prefix('/').unwrap();
        let is_folder = path.is_empty() || path.ends_with('/');
        let file = if is_folder {
            format!("{path}index.html")
        } else {
            path.to_owned()
        };
        self.names.contains(&file)
    }
}

/// The attributes of every element of a name, in order.
fn elements<'t>(text: &'t str, name: &str) -> Vec<BTreeMap<&'t str, &'t str>> {
    let starts = text.split('<').filter_map(|piece| {
        let rest = piece.strip_prefix(name)?;
        rest.starts_with([' ', '>']).then_some(rest)
    });
    starts
        .map(|rest| {
            let tag = &rest[..rest.find('>').unwrap()];
            let mut parts = tag.split('"');
            let mut attributes = BTreeMap::new();
            while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                let key = key.trim().trim_end_matches('=');
                attributes.insert(key.rsplit(' ').next().unwrap(), value);
            }
            attributes
        })
        .collect()
}

/// What a page says about itself in other languages: `hreflang` and address.
fn alternates(text: &str) -> Vec<(&str, &str)> {
    let links = elements(text, "link");
    let alternates = links.iter().filter_map(|link| {
        let language = link.get("hreflang")?;
        Some((*language, link["href"]))
    });
    alternates.collect()
}

fn canonical(text: &str) -> Option<String> {
    let links = elements(text, "link");
    let found = links
        .iter()
        .find(|link| link.get("rel") == Some(&"canonical"));
    found.map(|link| link["href"].to_owned())
}

fn language_of(route: &str) -> &'static str {
    if route.starts_with("/fr/") {
        "fr"
    } else {
        "en"
    }
}

#[test]
fn every_page_leads_to_its_like_in_other_languages() {
    let built = Built::new();
    let mut translated = 0;
    for (route, text) in built.rendered() {
        let html = &elements(text, "html")[0];
        let language = language_of(route);
        assert_eq!((html["lang"], html["dir"]), (language, "ltr"), "{route}");

        let own = alternates(text);
        for (code, address) in &own {
            let other = address.strip_prefix(BASE).unwrap();
            assert!(
                built.has(other),
                "{route} names {address}, which is not there"
            );
            let there = alternates(&built.pages[other]);
            assert_eq!(own, there, "{route} and {other} name each other");
            let meant = if *code == "x-default" { "en" } else { code };
            assert_eq!(
                language_of(other),
                meant,
                "{route} names {address} as {code}"
            );
        }
        if !own.is_empty() {
            let codes: Vec<&str> = own.iter().map(|(code, _)| *code).collect();
            assert_eq!(codes, ["en", "fr", "x-default"], "{route}");
            let itself = own.iter().any(|(_, url)| *url == format!("{BASE}{route}"));
            assert!(itself, "{route} is one of its own alternates");
            translated += 1;
        }
    }
    assert!(translated > 30, "{translated} pages have translations");
}

#[test]
fn the_switcher_leads_to_a_page_in_every_language() {
    let built = Built::new();
    for (route, text) in built.rendered() {
        let start = text
            .find("<nav class=\"languages\"")
            .unwrap_or_else(|| panic!("{route}"));
        let end = start + text[start..].find("</nav>").unwrap();
        let links = elements(&text[start..end], "a");
        let codes: Vec<&str> = links.iter().map(|link| link["hreflang"]).collect();
        let others: Vec<&str> = ["en", "fr"]
            .into_iter()
            .filter(|code| *code != language_of(route))
            .collect();
        assert_eq!(codes, others, "{route}");
        for link in links {
            let target = link["href"];
            assert!(built.has(target), "{route} switches to {target}");
            assert_eq!(
                language_of(target),
                link["hreflang"],
                "{route} switches to {target}"
            );
        }
    }
}

#[test]
fn what_is_not_translated_is_there_in_its_own_words() {
    let built = Built::new();
    let stand_ins: Vec<(&str, String)> = built
        .rendered()
        .filter_map(|(route, text)| {
            let canonical = canonical(text)?;
            let original = canonical.strip_prefix(BASE)?.to_owned();
            (original != route).then_some((route, original))
        })
        .collect();
    assert!(!stand_ins.is_empty(), "something is not translated yet");
    for (route, original) in stand_ins {
        assert_eq!((language_of(route), language_of(&original)), ("fr", "en"));
        assert!(built.has(&original), "{route} is a copy of {original}");
        let text = &built.pages[route];
        assert!(alternates(text).is_empty(), "{route} is no translation");
        let heading = &elements(text, "h1")[0];
        assert_eq!(
            heading.get("lang"),
            Some(&"en"),
            "{route} says what it is in"
        );
        let links = elements(text, "a");
        assert!(links.iter().any(|link| link["href"] == original), "{route}");
    }
}

#[test]
fn no_link_leads_nowhere() {
    let built = Built::new();
    for (route, text) in &built.pages {
        for element in ["a", "link", "img"] {
            for attributes in elements(text, element) {
                let links = ["href", "src"].map(|name| attributes.get(name));
                for link in links.into_iter().flatten() {
                    let within = link.strip_prefix(BASE).unwrap_or(link);
                    let leads = !within.starts_with('/') || built.has(within);
                    assert!(leads, "{route} leads to {link}");
                }
            }
        }
    }
    let sent_on = built.pages.len() - built.rendered().count();
    assert!(sent_on > 5, "former addresses are pages: {sent_on}");
}
