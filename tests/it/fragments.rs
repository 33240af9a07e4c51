//! One fragment as the author tier has it, on the page that it would have.

use std::time::{Duration, SystemTime};

use aem_sandbox::{FieldKind, Model, NewFragment, Options, Repository};
use frieze::aem::Tier;
use frieze::cache::{Cache, CachedSource, Policy, Realm};
use frieze::diag::Diagnostics;
use frieze::interrupt::Interrupt;
use frieze::render::while_wanted;
use frieze::serve::{Shown, Snapshot};
use tokio::runtime::Runtime;

use crate::support::{Login, SiteTest, TestSandbox, looked};

/// Where the notes are.
const FOLDER: &str = "/content/dam/press/en/notes";

/// Fields of all queries.
const FIELDS: &str = "_path _variation slug title";

/// A note that stands, with a variation; and one that nobody has published.
fn repository() -> Repository {
    let note = Model::new("press", "note", "Note")
        .with("slug", FieldKind::Text)
        .with("title", FieldKind::Text);
    let of = |name: &str| {
        NewFragment::new(format!("{FOLDER}/{name}"), &note)
            .value("slug", name)
            .value("title", format!("Of {name}"))
    };
    let standing = of("one")
        .variation("summer")
        .value("slug", "one")
        .value("title", "Summer of one");
    let query = |builder: aem_sandbox::RepositoryBuilder, name: &str, text: &str| {
        builder.query("press", name, &text.replace("FIELDS", FIELDS))
    };
    let mut builder = Repository::builder().model(note.clone()).fragments([
        standing,
        of("two"),
        of("three").deactivated(),
    ]);
    for (name, text) in [
        ("notes", "{ noteList { items { FIELDS } } }"),
        (
            "notes-varied",
            "query ($variation: String) { noteList(variation: $variation) { items { FIELDS } } }",
        ),
        (
            "notes-all",
            "{ noteList(includeVariations: true) { items { FIELDS } } }",
        ),
        (
            "note",
            "query ($path: String!, $variation: String) { noteByPath(_path: $path, variation: $variation) { item { FIELDS } } }",
        ),
    ] {
        builder = query(builder, name, text);
    }
    builder.build().unwrap()
}

/// A definition that makes pages.
fn pages(keys: &str) -> String {
    format!("{keys}\n[pages]\nroute = \"/notes/{{{{ item.slug }}}}/\"\ntemplate = \"note.html\"\n")
}

const LIST: &str = "persisted = \"notes\"\npaging = \"none\"\n";
const BY_PATH: &str = "persisted = \"note\"\npaging = \"none\"\n[for_each]\nquery = \"list\"\n\
                       variables = { path = \"{{ parent._path }}\" }\n";

/// A site somebody looks at, and the author tier behind it.
struct Desk {
    site: SiteTest,
    runtime: Runtime,
    author: TestSandbox,
    tier: Tier,
    snapshot: Snapshot,
}

impl Desk {
    /// A site with these definitions, made of what is published.
    fn new(definitions: &[(&str, &str)]) -> Self {
        let publish = TestSandbox::of(repository());
        let author = TestSandbox::of_with(
            repository(),
            Login::Basic.options(Duration::from_secs(3_600)),
        );
        let mut site = SiteTest::new().file(
            "templates/note.html",
            "<h1>{{ item.title }}</h1><a href=\"{{ url(path=item._path) }}\">here</a>\
             {% for other in query(name=\"QUERY\", sort=\"slug\") %}<i>{{ other.title }}</i>{% endfor %}",
        );
        for (name, text) in definitions {
            site.write(&format!("content-queries/{name}.toml"), text);
            if text.contains("[pages]") {
                site.replace("templates/note.html", "QUERY", name);
            }
        }
        site.write(
            "site.toml",
            &format!(
                "title = \"Press\"\nbase_url = \"https://press.example\"\ndefault_language = \"en\"\n\n\
                 [languages.en]\nroot = \"/content/dam/press/en\"\n\n\
                 [aem]\ntier = \"publish\"\nauthor = \"{}\"\npreview = \"https://preview.example\"\npublish = \"{}\"\nconfiguration = \"press\"\n\n\
                 [fetch]\nretries = 0\n",
                author.origin(),
                publish.origin(),
            ),
        );
        Login::Basic.add_to(&mut site, &author.origin());
        site.secrets_to_dotenv();
        let runtime = Runtime::new().unwrap();
        let snapshot = looked::ready(&site, &publish, &runtime, None).unwrap();
        let snapshot = Snapshot::first(snapshot);
        Self {
            site,
            runtime,
            author,
            tier: Tier::Author,
            snapshot,
        }
    }

    /// What the author tier shows, to somebody who may see it.
    fn look(&self, name: &str, variation: Option<&str>) -> Result<Shown, Diagnostics> {
        let before = self.site.tree("");
        let inputs = looked::inputs(&self.site, Some(self.tier)).unwrap();
        let host = looked::host(&inputs, &self.author);
        let config = inputs.config;
        let source = CachedSource::new(
            Box::new(host),
            Cache::at(&config.cache),
            Realm::of(&config),
            Policy::of(&config.fetch, SystemTime::now()),
        );
        let path = match name.starts_with('/') {
            true => name.to_owned(),
            false => format!("{FOLDER}/{name}"),
        };
        let shown = self
            .runtime
            .block_on(self.snapshot.fragment(&path, variation, &source));
        assert_eq!(self.site.tree(""), before, "nothing is written");
        shown
    }

    /// The page, about which there is nothing to say.
    fn page(&self, name: &str, variation: Option<&str>) -> String {
        let shown = self.look(name, variation).unwrap();
        assert!(shown.problems.is_empty(), "{}", shown.problems);
        String::from_utf8(shown.body.to_vec()).unwrap()
    }
}

#[test]
fn a_fragment_that_is_asked_for_by_its_path() {
    let desk = Desk::new(&[("list", LIST), ("note", &pages(BY_PATH))]);
    let asked = desk.author.requests().len();
    assert_eq!(
        desk.page("one", Some("summer")),
        "<h1>Summer of one</h1><a href=\"/notes/one/\">here</a><i>Summer of one</i><i>Of two</i>"
    );
    assert_eq!(
        desk.author.requests().len() - asked,
        1,
        "one fragment is one question"
    );
    assert!(desk.page("one", None).contains("<h1>Of one</h1>"));
    // What has no variation is the original, which is not what was asked for.
    let shown = desk.look("two", Some("summer")).unwrap();
    insta::assert_snapshot!(shown.problems);
    // Nobody has published it: it takes its place among the others.
    assert_eq!(
        desk.page("three", None),
        "<h1>Of three</h1><a href=\"/notes/three/\">here</a><i>Of one</i><i>Of three</i><i>Of two</i>"
    );
    // The site itself is what it was.
    let page = desk.snapshot.site().routes.iter().next().unwrap().0;
    assert!(!String::from_utf8_lossy(&desk.snapshot.page(page).body).contains("three"));
}

#[test]
fn a_fragment_that_nobody_waits_for_is_not_rendered() {
    let desk = Desk::new(&[("notes", &pages(LIST))]);
    let nobody = Interrupt::new();
    nobody.raise();
    let shown = while_wanted(&nobody, || desk.look("one", None)).unwrap();
    assert!(shown.body.is_empty());
    // A page that was begun would have failed.
    assert!(shown.problems.is_empty(), "{}", shown.problems);
    assert!(desk.page("one", None).starts_with("<h1>Of one</h1>"));
}

#[test]
fn a_fragment_of_a_list() {
    let varied = LIST.replace("notes", "notes-varied");
    let desk = Desk::new(&[("notes", &pages(&varied))]);
    assert!(
        desk.page("one", Some("summer"))
            .starts_with("<h1>Summer of one</h1>")
    );
    assert!(
        desk.page("one", Some("master"))
            .starts_with("<h1>Of one</h1>")
    );
    assert!(desk.page("three", None).starts_with("<h1>Of three</h1>"));
}

#[test]
fn a_list_that_has_no_variations() {
    let desk = Desk::new(&[("notes", &pages(LIST))]);
    let shown = desk.look("one", Some("summer")).unwrap();
    assert!(shown.body.starts_with(b"<h1>Of one</h1>"));
    insta::assert_snapshot!(shown.problems);
}

#[test]
fn a_list_with_all_variations() {
    let all = LIST.replace("notes", "notes-all").replace("[pages]", "");
    let text = pages(&all).replace("item.slug }}/", "item.slug }}-{{ item._variation }}/");
    let desk = Desk::new(&[("notes", &text)]);
    assert!(
        desk.page("one", Some("summer"))
            .starts_with("<h1>Summer of one</h1>")
    );
    assert!(desk.page("one", None).starts_with("<h1>Of one</h1>"));
}

#[test]
fn a_fragment_of_the_rest_delivery() {
    let text = format!("openapi = {{ model = \"note\", path = \"{FOLDER}\" }}\n");
    let desk = Desk::new(&[(
        "notes",
        &pages(&text).replace("item.slug", "item.fields.slug"),
    )]);
    // Author has no such delivery (section 10.2), but Preview has.
    let desk = Desk {
        author: TestSandbox::of(repository()),
        tier: Tier::Preview,
        ..desk
    };
    let shown = desk.look("one", Some("summer")).unwrap();
    assert!(shown.problems.has_errors(), "its template is for GraphQL");
    assert_eq!(desk.author.count("variation=summer"), 1);
    let errors = desk.look("three", None).unwrap_err();
    assert!(
        errors.to_string().contains("no definition brings"),
        "{errors}"
    );
}

#[test]
fn what_nobody_brings() {
    let desk = Desk::new(&[("notes", &pages(LIST))]);
    let errors = desk.look("none", None).unwrap_err();
    insta::assert_snapshot!(errors);
    let errors = desk
        .look("/content/dam/elsewhere/x", Some("summer"))
        .unwrap_err();
    insta::assert_snapshot!("what_nobody_brings_in_a_variation", errors);
}

#[test]
fn a_fragment_without_a_page() {
    let text = pages(LIST) + "when = \"item.slug != 'three'\"\n";
    let desk = Desk::new(&[("notes", &text)]);
    let errors = desk.look("three", None).unwrap_err();
    insta::assert_snapshot!(errors);
}

#[test]
fn an_address_that_is_taken() {
    let text = pages(LIST).replace(
        "{{ item.slug }}",
        "{{ item.slug | truncate(length=1, end='') }}",
    );
    let desk = Desk::new(&[("notes", &text.replace("/notes/", "/notes/x"))]);
    let errors = desk.look("three", None).unwrap_err();
    let text = errors.to_string();
    assert!(
        text.contains("/notes/xt/") && text.contains("three"),
        "{text}"
    );
}

#[test]
fn the_author_tier_does_not_know_us() {
    let desk = Desk::new(&[("notes", &pages(LIST))]);
    let stranger = Options {
        tier: aem_sandbox::Tier::Author,
        ..Options::default()
    };
    let desk = Desk {
        author: TestSandbox::of_with(
            repository(),
            Options {
                users: Vec::new(),
                ..stranger
            },
        ),
        ..desk
    };
    let errors = desk.look("one", None).unwrap_err();
    assert_eq!(
        errors.worst_kind(),
        Some(frieze::diag::Kind::Remote),
        "{errors}"
    );
}
