//! A small newspaper's site over a scripted server, built once and standing.

use super::{Answer, Scripted, SiteTest, Tree};

/// A site whose articles the test gives, with the output of a good build in place.
pub(crate) struct Press {
    pub(crate) site: SiteTest,
    pub(crate) aem: Scripted,
    standing: Tree,
}

/// A site with one definition, one page for each article, and the host `${AEM}`, which is asked once only:
/// waiting between tries is tested beside the client. Articles come and go as a test likes: the guard, which
/// would not have that, is off (see `guard.rs`). `[fetch]` comes last, so that more can be appended.
pub(crate) fn one_of_each() -> SiteTest {
    SiteTest::new()
        .file(
            "site.toml",
            "title = \"Press\"\nbase_url = \"https://press.example\"\n\n[aem]\npublish = \"${AEM}\"\n\
             configuration = \"press\"\n\n[guard]\nmin_items_ratio = 0\n\n[fetch]\nretries = 0\n",
        )
        .file(
            "content-queries/articles.toml",
            "persisted = \"articles\"\npaging = \"none\"\n\n[pages]\nroute = \"/articles/{{ item.slug }}/\"\n\
             template = \"article.html\"\n",
        )
        .file(
            "templates/article.html",
            "<h1>{{ item.title }}</h1>\n<p>{{ item.price }}</p>\n",
        )
}

/// An article as AEM answers it.
pub(crate) fn article(slug: &str) -> String {
    format!(
        r#"{{"_path":"/content/dam/press/en/articles/{slug}","slug":"{slug}","title":"About {slug}","price":12.5}}"#
    )
}

/// Several articles.
pub(crate) fn articles(slugs: &[&str]) -> Vec<String> {
    slugs.iter().map(|slug| article(slug)).collect()
}

impl Press {
    /// Builds a site with three articles.
    pub(crate) fn standing() -> Self {
        let aem = Scripted::always(Answer::items(&articles(&["one", "two", "three"])));
        let mut site = one_of_each();
        site.aem(&aem.origin());
        let run = site.build().good();
        assert_eq!(run.changes(), "3 files written, 0 unchanged, 0 removed");
        let standing = site.output();
        Self {
            site,
            aem,
            standing,
        }
    }

    /// Gives this answer from now on.
    pub(crate) fn answers(&self, answer: Answer) {
        self.aem.now(move |_| answer.clone());
    }

    /// Asserts that the output is what the good build left, byte for byte, and that no file was written
    /// again.
    #[track_caller]
    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.site.output(), self.standing);
    }
}
