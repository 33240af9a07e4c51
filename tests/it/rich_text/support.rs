//! A site about recipes, whose texts a test writes as AEM would answer them.

use crate::support::{Answer, Run, Scripted, SiteTest, png};

const SITE: &str = r#"title = "Harbor"
base_url = "https://harbor.example/kitchen"

[languages.en]
root = "/content/dam/harbor/en"
[languages.fr]
root = "/content/dam/harbor/fr"

[aem]
publish = "${AEM}"
author = "https://author-p1-e1.adobeaemcloud.com"
configuration = "harbor"

[links]
"/content/harbor/en/" = "/"
"/content/harbor/en/news" = "https://news.example/"
"/content/harbor/fr" = "/fr/"

[fetch]
retries = 0
"#;

/// Recipes have pages, `soup` in both languages and `bread` in English only; tips have none.
pub(super) struct Kitchen {
    pub(super) site: SiteTest,
    aem: Scripted,
}

impl Kitchen {
    /// A site whose page of the soup shows a rich text; `text` is the JSON of what AEM answers for it.
    pub(super) fn new(text: &str) -> Self {
        Self::with_references(text, ["[]", "[]"])
    }

    /// The same, with what AEM answers beside the recipes and beside the tips: lists `_references`.
    pub(super) fn with_references(text: &str, references: [&str; 2]) -> Self {
        let [of_recipes, of_tips] = references.map(str::to_owned);
        let answer = |items: &[&str], references: &str| {
            let items = items.join(",");
            Answer::json(format!(
                r#"{{"data":{{"list":{{"items":[{items}],"_references":{references}}}}}}}"#
            ))
        };
        let tip = r#"{"__typename":"TipModel","_path":"/content/dam/harbor/en/tips/salt","title":"Salt late","text":{"html":"<p>Salt <i>last</i>.</p>"}}"#;
        let soup = format!(
            r#"{{"__typename":"RecipeModel","_path":"/content/dam/harbor/en/recipes/soup","slug":"soup","title":"Soup","text":{text}}}"#
        );
        let soupe = format!(
            r#"{{"__typename":"RecipeModel","_path":"/content/dam/harbor/fr/recipes/soup","slug":"soupe","title":"Soupe","text":{text}}}"#
        );
        let bread = r#"{"__typename":"RecipeModel","_path":"/content/dam/harbor/en/recipes/bread","slug":"bread","title":"Bread","text":{"html":null,"json":null}}"#;
        let recipes = answer(&[soup.as_str(), soupe.as_str(), bread], &of_recipes);
        let tips = answer(&[tip], &of_tips);
        let aem = Scripted::start(move |request| match request.path.as_str() {
            path if path.starts_with("/graphql/execute.json/harbor/recipes") => recipes.clone(),
            path if path.starts_with("/graphql/execute.json/harbor/tips") => tips.clone(),
            "/content/dam/harbor/pot.jpg" => Answer::of("image/png", png(1200, 800)),
            path if path.starts_with("/content/dam/harbor/list") => {
                Answer::of("application/pdf", "letters")
            }
            _ => Answer::page(404),
        });
        let mut site = SiteTest::new()
            .file("site.toml", SITE)
            .file(
                "content-queries/recipes.toml",
                "persisted = \"recipes\"\npaging = \"none\"\n[pages]\nroute = \"/{{ item.slug }}/\"\ntemplate = \"recipe.html\"\n",
            )
            .file(
                "content-queries/tips.toml",
                "persisted = \"tips\"\npaging = \"none\"\n",
            )
            .file("templates/recipe.html", "{{ item.text | rich_text }}");
        site.aem(&aem.origin());
        Self { site, aem }
    }

    /// The same with HTML.
    pub(super) fn html(html: &str) -> Self {
        Self::new(&format!(r#"{{"html":{}}}"#, serde_json::Value::from(html)))
    }

    /// What the page of the soup shows, after a build without a word.
    #[track_caller]
    pub(super) fn soup(&self) -> String {
        let run = self.site.build().good();
        let quiet = !run.stderr().contains("warning");
        assert!(quiet, "{}", run.stderr());
        self.page()
    }

    /// The page of the soup.
    #[track_caller]
    pub(super) fn page(&self) -> String {
        self.site.page("soup/index.html")
    }

    /// A build that goes well, whatever it says.
    #[track_caller]
    pub(super) fn build(&self) -> Run {
        self.site.build().good()
    }

    /// Paths asked of AEM.
    pub(super) fn asked(&self) -> Vec<String> {
        let requests = self.aem.requests().into_iter();
        requests.map(|request| request.path).collect()
    }
}
