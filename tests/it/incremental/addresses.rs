//! Where links lead is asked again when anything has changed that it follows from: in each test one thing alone.

use crate::support::{Answer, Scripted, SiteTest, one_of_each};

/// English, German, and French, which falls back to one of them.
const LANGUAGES: &str = "\n[languages.en]\nroot = \"/content/dam/press/en\"\n\
                         [languages.de]\nroot = \"/content/dam/press/de\"\n\
                         [languages.fr]\nroot = \"/content/dam/press/fr\"\nfallback = \"@fallback@\"\n";

/// A query and the pages of its items.
const ARTICLES: &str = "persisted = \"articles\"\npaging = \"none\"\nmin_items = 0\n@languages@\n\n\
                        [pages]\nroute = \"@route@\"\nwhen = \"@when@\"\ntemplate = \"article.html\"\n";

/// The path of an item, its variation, and what it is called in its address.
type Item = (&'static str, &'static str, &'static str);

/// What the addresses of a site follow from.
#[derive(Clone)]
struct Addresses {
    /// What French falls back to.
    fallback: &'static str,
    /// What the two queries bring.
    items: [Vec<Item>; 2],
    /// The line of both with their languages.
    languages: &'static str,
    /// Of the pages of both.
    when: &'static str,
    /// Of the pages of both.
    route: &'static str,
    /// The one Markdown file that has a page in French, and how it begins.
    file: (&'static str, &'static str),
}

impl Addresses {
    /// With these items, and nothing special else.
    fn of(items: &[Item]) -> Self {
        Self {
            fallback: "de",
            items: [items.to_vec(), Vec::new()],
            languages: "",
            when: "item.slug != ''",
            route: "/articles/{{ item.slug }}/",
            file: ("about.fr.md", ""),
        }
    }

    /// Where `url()` leads, asked for this path in this language by a page that follows from nothing else, in builds of
    /// this and then of another site.
    #[track_caller]
    fn then(&self, later: &Self, (path, language): (&str, &str), expected: [&str; 2]) {
        let aem = Scripted::always(Answer::items::<&str>(&[]));
        let mut site = one_of_each();
        site.aem(&aem.origin());
        site.append("site.toml", &LANGUAGES.replace("@fallback@", self.fallback));
        site.write("templates/article.html", "{{ item.slug }}");
        site.write("templates/page.html", "{{ page.content }}");
        let ask =
            format!("{{{{ url(path='{path}', lang='{language}', optional=true) or 'nowhere' }}}}");
        site.write("templates/404.html", &ask);
        for (addresses, expected) in [self, later].into_iter().zip(expected) {
            addresses.publish(&site, &aem);
            let _ = site.run(&["build", "--verify-incremental"]).good();
            assert_eq!(site.page("404.html"), expected);
        }
    }

    fn publish(&self, site: &SiteTest, aem: &Scripted) {
        let definition = ARTICLES
            .replace("@languages@", self.languages)
            .replace("@when@", self.when)
            .replace("@route@", self.route);
        let other = definition.replace("\"articles\"", "\"others\"");
        site.write("content-queries/articles.toml", &definition);
        site.write("content-queries/others.toml", &other);
        for name in ["about.md", "about.fr.md"] {
            let _ = std::fs::remove_file(site.path("content").join(name));
        }
        let (name, head) = self.file;
        site.write(&format!("content/{name}"), &format!("+++\n{head}\n+++\n"));
        let item = |&(path, variation, slug): &Item| {
            format!(
                r#"{{"_path":"/content/dam/{path}","_variation":"{variation}","slug":"{slug}"}}"#
            )
        };
        let answers = self.items.each_ref().map(|items| {
            let items: Vec<String> = items.iter().map(item).collect();
            Answer::items(&items)
        });
        aem.now(move |request| answers[usize::from(request.path.contains("others"))].clone());
    }
}

#[test]
fn after_an_item_has_moved() {
    let before = Addresses::of(&[("elsewhere/a", "master", "x")]);
    let after = Addresses::of(&[("elsewhere/b", "master", "x")]);
    let asked = ("/content/dam/elsewhere/a", "en");
    before.then(&after, asked, ["/articles/x/", "nowhere"]);
}

#[test]
fn after_an_item_became_a_variation() {
    let before = Addresses::of(&[("press/en/a", "master", "x")]);
    let after = Addresses::of(&[("press/en/a", "summer", "x")]);
    let asked = ("/content/dam/press/en/a", "en");
    before.then(&after, asked, ["/articles/x/", "nowhere"]);
}

#[test]
fn after_two_items_have_changed_places() {
    let before = Addresses::of(&[("press/en/a", "master", "x"), ("press/en/b", "master", "y")]);
    let after = Addresses::of(&[("press/en/b", "master", "x"), ("press/en/a", "master", "y")]);
    let asked = ("/content/dam/press/en/a", "en");
    before.then(&after, asked, ["/articles/x/", "/articles/y/"]);
}

#[test]
fn after_another_item_has_the_page() {
    let before = Addresses::of(&[("press/en/a", "master", "x"), ("press/en/b", "master", "")]);
    let after = Addresses::of(&[("press/en/a", "master", ""), ("press/en/b", "master", "x")]);
    let asked = ("/content/dam/press/en/a", "en");
    before.then(&after, asked, ["/articles/x/", "nowhere"]);
}

#[test]
fn after_another_query_brings_the_item() {
    let all = [
        ("press/en/a", "master", "x"),
        ("press/de/a", "master", "x"),
        ("press/en/b", "master", "y"),
    ];
    let split = |first: usize| Addresses {
        items: [all[..first].to_vec(), all[first..].to_vec()],
        fallback: "en",
        when: "lang.code != 'fr'",
        ..Addresses::of(&[])
    };
    let asked = ("/content/dam/press/en/a", "de");
    split(1).then(&split(2), asked, ["/articles/x/", "/de/articles/x/"]);
}

#[test]
fn after_something_stands_in() {
    let after = Addresses {
        when: "lang.code != 'fr'",
        ..Addresses::of(&[("press/en/a", "master", "x"), ("press/de/a", "master", "x")])
    };
    let before = Addresses {
        languages: "languages = [\"en\", \"de\"]",
        ..after.clone()
    };
    let asked = ("/content/dam/press/en/a", "fr");
    before.then(&after, asked, ["/articles/x/", "/de/articles/x/"]);
}

#[test]
fn after_the_page_became_one_of_another_language() {
    let before = Addresses {
        fallback: "en",
        route: "/fr/x/",
        when: "lang.code == 'en'",
        ..Addresses::of(&[("press/en/a", "master", "x")])
    };
    let after = Addresses {
        route: "/x/",
        when: "lang.code == 'fr'",
        ..before.clone()
    };
    let asked = ("/content/dam/press/en/a", "en");
    before.then(&after, asked, ["/fr/x/", "nowhere"]);
}

#[test]
fn after_a_file_got_another_name() {
    let before = Addresses::of(&[]);
    let after = Addresses {
        file: ("about.md", "lang = \"fr\""),
        ..before.clone()
    };
    before.then(
        &after,
        ("content/about.fr.md", "fr"),
        ["/fr/about/", "nowhere"],
    );
}
