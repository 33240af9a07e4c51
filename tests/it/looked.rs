//! What a snapshot knows: addresses, pages that fail, files of AEM.

use std::sync::Arc;

use frieze::aem::AssetFile;
use frieze::client::Direct;
use frieze::diag::Diagnostics;
use frieze::output::Discard;
use frieze::pipeline::Settings;
use frieze::route::PageId;
use frieze::serve::{Fetched, Found, Shown, Snapshot};
use tokio::runtime::Runtime;

use crate::support::{SiteTest, TestSandbox, looked, workspace};

/// The example site, looked at.
struct Magazine {
    site: SiteTest,
    aem: TestSandbox,
    runtime: Runtime,
    snapshot: Snapshot,
}

impl Magazine {
    fn new() -> Self {
        Self::of(SiteTest::example())
    }

    fn of(site: SiteTest) -> Self {
        let aem = TestSandbox::of_package(&workspace().join("sandbox"));
        let runtime = Runtime::new().unwrap();
        let ready = looked::ready(&site, &aem, &runtime, None).unwrap();
        Self {
            site,
            aem,
            runtime,
            snapshot: Snapshot::first(ready),
        }
    }

    /// The site with the files as they are now.
    fn go_on(&mut self) {
        let ready = looked::ready(&self.site, &self.aem, &self.runtime, Some(&self.snapshot));
        self.snapshot = self.snapshot.successor(ready.unwrap());
    }

    fn id(&self, path: &str) -> PageId {
        match self.snapshot.find(path) {
            Some(Found::Page(page)) => page,
            other => panic!("{path}: {other:?}"),
        }
    }

    fn page(&self, path: &str) -> Arc<Shown> {
        self.snapshot.page(self.id(path))
    }

    fn body(&self, path: &str) -> String {
        String::from_utf8(self.page(path).body.to_vec()).unwrap()
    }

    fn asset(&self, file: &AssetFile) -> Result<Fetched, Diagnostics> {
        let inputs = looked::inputs(&self.site, None).unwrap();
        let source = Direct::new(looked::host(&inputs, &self.aem), None);
        self.runtime.block_on(self.snapshot.asset(file, &source))
    }

    /// What a build says about the files as they are now.
    fn refused(&self) -> Diagnostics {
        let inputs = looked::inputs(&self.site, None).unwrap();
        let settings = Settings::default();
        looked::run(
            inputs,
            &self.aem,
            (&self.runtime, &settings),
            |run, inputs| run.build(inputs, Box::new(Discard)).map(|_| ()),
        )
        .unwrap_err()
    }
}

/// The addresses of files of AEM in a page, without what follows them.
fn assets(page: &str) -> Vec<String> {
    let starts = page.match_indices("/assets/");
    let ends = |from: usize| page[from..].find(['"', ' ', ',']).unwrap() + from;
    let found = starts.map(|(from, _)| page[from..ends(from)].to_owned());
    found.collect()
}

#[test]
fn what_is_at_an_address() {
    let site = SiteTest::example();
    site.replace("site.toml", "example.org\"", "example.org/base\"");
    let magazine = Magazine::of(site);
    let find = |path: &str| match magazine.snapshot.find(path) {
        None => "nothing".to_owned(),
        Some(Found::Page(id)) => {
            let page = magazine.snapshot.site().routes.get(id);
            format!("page {}", page.output)
        }
        Some(Found::Static(file)) => {
            let file = file
                .strip_prefix(magazine.site.path(""))
                .unwrap()
                .to_owned();
            format!("file {}", file.to_str().unwrap().replace('\\', "/"))
        }
        Some(Found::Generated(bytes)) => format!("generated, {} bytes", bytes.len() > 10),
        Some(Found::Moved(to)) => format!("at {to}"),
        Some(Found::Asset(file)) => format!("asset {file}"),
    };
    let cases = [
        ("/base/", "page index.html"),
        ("/base/index.html", "page index.html"),
        ("/base", "at /base/"),
        ("/", "at /base/"),
        ("/walks/", "nothing"),
        ("/base/walks/", "page walks/index.html"),
        ("/base/walks", "at /base/walks/"),
        ("/base/walks/index.html", "page walks/index.html"),
        ("/base/walks/index.json", "page walks/index.json"),
        ("/base/fr", "at /base/fr/"),
        ("/base/favicon.svg", "file static/favicon.svg"),
        (
            "/base/favicon.0123456789abcdef.svg",
            "file static/favicon.svg",
        ),
        ("/base/favicon.svg/", "nothing"),
        ("/base/_redirects", "generated, true bytes"),
        ("/base/404.html", "page 404.html"),
        ("/base/../site.toml", "nothing"),
        ("/base/../../etc/passwd", "nothing"),
        ("/base//etc/passwd", "nothing"),
        ("/base/static/favicon.svg", "nothing"),
        ("/base/./index.html", "nothing"),
        ("/base/a\\b", "nothing"),
        ("/base/a\0b", "nothing"),
        ("", "nothing"),
        ("/base/nowhere/", "nothing"),
        ("/base/assets/x.0frz0123456789ab.jpg", "nothing"),
    ];
    for (path, expected) in cases {
        assert_eq!(find(path), expected, "{path}");
    }
    let (from, to) = {
        let redirect = &magazine.snapshot.site().routes.redirects()[0];
        (redirect.from.encoded(), redirect.to.encoded())
    };
    assert_eq!(find(&format!("/base{from}")), format!("at /base{to}"));
    let error = |path| {
        let id = magazine.snapshot.error_page(path).unwrap();
        magazine.snapshot.site().routes.get(id).output.to_string()
    };
    assert_eq!(error("/base/nowhere/"), "404.html");
    assert_eq!(error("/elsewhere"), "404.html");
    assert_eq!(error("/base/fr/nowhere/"), "404.html");
}

#[test]
fn a_page_that_fails_is_shown_as_it_was() {
    let mut magazine = Magazine::new();
    let good = magazine.page("/walks/");
    assert!(good.problems.is_empty() && !good.body.is_empty());
    let other = magazine.page("/people/");
    magazine.site.replace(
        "templates/walks.html",
        "{% block main %}",
        "{% block main %}{{ nothing.at.all }}",
    );
    magazine.go_on();
    let failed = magazine.page("/walks/");
    assert_eq!(failed.body, good.body);
    assert_eq!(failed.rendered_for, 2);
    // In a build there are more pages of the template, and another one comes first.
    let without_others = |text: String| {
        let text = text.replace("/fr/walks/", "/walks/");
        let lines = text
            .lines()
            .filter(|line| !line.contains("the same happens on"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        without_others(failed.problems.to_string()),
        without_others(magazine.refused().to_string())
    );
    assert_eq!(magazine.page("/people/").rendered_for, other.rendered_for);
    assert_eq!(magazine.snapshot.site().reads.rendered(), 1);
    // Another edit does not hide it, and a page that was never good is empty.
    magazine.go_on();
    assert_eq!(magazine.page("/walks/").body, good.body);
    assert!(magazine.page("/fr/walks/").body.is_empty());
    assert!(magazine.page("/fr/walks/").problems.has_errors());
    magazine
        .site
        .replace("templates/walks.html", "{{ nothing.at.all }}", "");
    magazine.go_on();
    let mended = magazine.page("/walks/");
    assert!(mended.problems.is_empty(), "{}", mended.problems);
    assert_eq!(mended.body, good.body);
    assert_eq!(mended.rendered_for, 4);
}

#[test]
fn files_of_aem_are_fetched_when_somebody_asks() {
    let mut magazine = Magazine::new();
    let asked = |magazine: &Magazine| {
        magazine.aem.count("/content/dam/") + magazine.aem.count("/adobe/dynamicmedia")
    };
    let pages = ["/", "/stories/", "/walks/", "/places/"];
    let text: String = pages.map(|path| magazine.body(path)).concat();
    let before = asked(&magazine);
    let addresses = assets(&text);
    assert!(addresses.len() > 5, "{addresses:?}");
    assert!(
        !text.contains("width=\"0frz") && !text.contains("type=\"0frz"),
        "{text}"
    );
    let mut files = Vec::new();
    for address in &addresses {
        let Some(Found::Asset(file)) = magazine.snapshot.find(address) else {
            panic!("{address}");
        };
        files.push(file);
    }
    files.sort();
    files.dedup();
    assert_eq!(asked(&magazine), before, "nobody has asked for one");
    for file in &files {
        let fetched = magazine.asset(file).unwrap();
        assert!(
            fetched.media_type.starts_with("image/"),
            "{file}: {fetched:?}"
        );
        assert!(fetched.file.is_file());
    }
    let after = asked(&magazine);
    assert!(after >= before + files.len());
    // They stay as long as the content does, also for pages of the site before.
    magazine.go_on();
    assert!(magazine.snapshot.find(&addresses[0]).is_some());
    let fetched = magazine.asset(&files[0]).unwrap();
    assert_eq!(asked(&magazine), after);
    assert!(!fetched.file.starts_with(magazine.site.path("")));
    let file = fetched.file;
    drop(magazine);
    assert!(!file.exists(), "they go with the preview");
}

#[test]
fn a_file_that_aem_does_not_have() {
    let magazine = Magazine::new();
    let gone = AssetFile::parse("/content/dam/larch/images/gone.jpg").unwrap();
    let why = magazine.asset(&gone).unwrap_err();
    assert!(why.to_string().contains("gone.jpg"), "{why}");
}
