//! One edit, one site, and no more questions than it takes.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use aem_sandbox::{Options, Sandbox};
use frieze::serve::{Change, Content};

use super::support::{PATIENCE, Preview, Setup};
use crate::support::{SiteTest, TestSandbox};

const WALK: &str = "sandbox/jcr_root/content/dam/larch/en/walks/larch-traverse/.content.xml";

/// The example site over a sandbox in this process.
fn example() -> (TestSandbox, SiteTest) {
    let mut site = SiteTest::example();
    let sandbox = TestSandbox::of_package(&site.path("sandbox"));
    names(&mut site, &sandbox.origin());
    (sandbox, site)
}

fn edit_template(site: &SiteTest, word: &str) {
    let end = "{% endblock main %}";
    site.replace("templates/walk.html", end, &format!("<!-- {word} -->{end}"));
}

/// Has a site ask a host that `.env` names.
fn names(site: &mut SiteTest, origin: &str) {
    site.asks(origin);
    site.write(".env", &format!("AEM={origin}\n"));
}

#[test]
fn each_kind_of_edit_is_one_site_with_the_questions_it_takes() {
    let (_sandbox, site) = example();
    let preview = Preview::ready(site);
    let all: BTreeSet<String> = preview.asked.names().into_iter().collect();
    let definitions = [
        "hut-notices",
        "people",
        "person",
        "pictures",
        "places",
        "plants",
        "stories",
        "walks",
    ];
    assert_eq!(all, definitions.map(str::to_owned).into());
    let site = &preview.site;
    let nobody: [&str; 0] = [];

    // What AEM has said stays.
    edit_template(site, "edited");
    preview.site_number(2);
    site.write("static/more.css", "body { margin: 0 }");
    preview.site_number(3);
    site.write(
        "content/en/note.md",
        "+++\ntitle = \"Note\"\n+++\nA note.\n",
    );
    preview.site_number(4);
    site.write("i18n/en.toml", "greeting = \"Hello\"\n");
    preview.site_number(5);
    site.replace("site.toml", "\"Larch & Loam\"", "\"Larch and Loam\"");
    preview.site_number(6);
    assert_eq!(preview.title(), "Larch and Loam");
    site.replace("content-queries/plants.toml", "latin asc", "latin desc");
    preview.site_number(7);
    assert_eq!(preview.asked.names(), nobody);

    // Those that ask for something else.
    site.replace("content-queries/plants.toml", "[pages]", "[paging_is_none]");
    preview.problem("paging_is_none");
    site.replace("content-queries/plants.toml", "[paging_is_none]", "[pages]");
    preview.site_number(8);
    assert_eq!(
        preview.asked.names(),
        nobody,
        "it asks what it has always asked"
    );
    site.replace(
        "content-queries/stories.toml",
        "page_size = 4",
        "page_size = 3",
    );
    preview.site_number(9);
    assert_eq!(preview.asked.names(), ["stories"]);
    site.write(
        "content-queries/again.toml",
        "persisted = \"places\"\npaging = \"none\"\n",
    );
    preview.site_number(10);
    let asked = preview.asked.names();
    assert!(
        asked.is_empty() || asked == ["again"],
        "{asked:?}: the answer to `places` is known"
    );

    // Another account may see something else.
    let connected = preview.asked.connected();
    site.append(".env", "# another\n");
    preview.site_number(11);
    assert!(preview.asked.names().len() >= definitions.len());
    assert_eq!(preview.asked.connected(), connected + 1);

    // What is no business of ours.
    site.write("README.md", "nothing");
    site.write("templates/.walk.html.swp", "nothing");
    site.write("public/index.html", "nothing");
    edit_template(site, "again");
    preview.site_number(12);
    assert_eq!(preview.asked.names(), nobody);
}

#[test]
fn a_question_that_brings_nothing_new_is_no_new_site() {
    let (_sandbox, site) = example();
    let preview = Preview::ready(site);
    let _ = preview.asked.take();
    let only = |name: &str| Content::of([name.to_owned()].into());
    preview.ask().change(Change::content(only("walks")));
    let of_walks = || {
        let requests = preview.asked.take();
        assert!(
            requests.iter().all(|(name, _)| name == "walks"),
            "{requests:?}"
        );
        requests.iter().map(|(_, count)| count).sum::<usize>()
    };
    wait_until(|| of_walks() > 0);
    preview.ask().change(Change::content(Content::All));
    preview.ask().change(Change::certain(only("people")));
    edit_template(&preview.site, "edited");
    preview.site_number(2);
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// An edit in AEM, or in the package that plays it: only the definitions with other answers are part of the new site's
/// questions, and edits of files are shown with it.
#[test]
fn new_content_is_one_site() {
    let mut site = SiteTest::example();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options {
        watch: true,
        ..Options::default()
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let package = site.path("sandbox");
    let start = Sandbox::start(&package, options, address);
    let sandbox = runtime.block_on(start).unwrap();
    names(&mut site, &sandbox.origin());
    let preview = Preview::ready(site);
    let mut loads = sandbox.loads();
    loads.mark_unchanged();
    // As the preview of a sandbox does: a load may be of something older than the last edit.
    let ask = preview.ask();
    runtime.spawn(async move {
        while loads.changed().await.is_ok() {
            ask.change(Change::content(Content::All));
        }
    });
    // In one step: a file that is being written is empty for a moment.
    let edit = |site: &SiteTest, from: &str, to: &str| {
        site.write("edited.xml", &site.read(WALK).replace(from, to));
        std::fs::rename(site.path("edited.xml"), site.path(WALK)).unwrap();
    };
    let _ = preview.asked.take();
    let names = ["The Larch Traverse", "The Long Larch Traverse"];
    edit(&preview.site, names[0], names[1]);
    let moment = preview.site_number(2);
    let walk = "/content/dam/larch/en/walks/larch-traverse";
    let site = moment.site.as_ref().unwrap().site();
    let fields = format!("{:?}", site.store.get(site.store.at_path(walk)[0]).fields);
    assert!(fields.contains("The Long Larch Traverse"), "{fields}");
    drop(moment);

    // And back again, noticed by looking.
    let Preview { site, .. } = preview;
    let polling = Preview::of(
        site,
        Setup {
            poll: Some(std::time::Duration::from_millis(200)),
            ..Setup::default()
        },
    );
    polling.site_number(1);
    edit(&polling.site, names[1], names[0]);
    polling.site_number(2);
    edit_template(&polling.site, "edited");
    polling.site_number(3);
}
