//! The stages of a build after the fetch, on 10,000 articles: how many pages a second each takes.
//!
//! `cargo bench --bench build` prints the throughput in elements, which are pages, per second. The
//! articles are those of the integration tests and the same in every run.
//!
//! A commit makes 10,000 files in as many folders, so its numbers are those of the disk first of all;
//! `TMPDIR=/dev/shm` takes the disk out.

#[path = "../tests/it/support/corpus.rs"]
mod corpus;

use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use corpus::Article;
use criterion::{BatchSize, Criterion, SamplingMode, Throughput};
use frieze::artifact::{Artifact, Body};
use frieze::asset::AssetPlan;
use frieze::config::{self, Config, Overrides};
use frieze::diag::Diagnostics;
use frieze::expression::Fields;
use frieze::i18n::Strings;
use frieze::local::LocalPages;
use frieze::output::{DirSink, Sink};
use frieze::progress::Silent;
use frieze::query::{self, QuerySet};
use frieze::reach::Selection;
use frieze::render::{self, Backlinks, Findings, Made, Menus, QueryCache, Reads, Site, Templates};
use frieze::route::{self, RouteTable};
use frieze::store::{Bodies, ItemKey, MemoryBodies, NewEntry, Store, StoreBuilder};
use frieze::value;
use rayon::prelude::*;
use tempfile::TempDir;

/// The binary's allocator, so that the numbers are the binary's too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Articles, and so pages.
const PAGES: usize = 10_000;

/// Words of an article.
const WORDS: usize = 400;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let corpus = Corpus::new();
    store(&mut criterion, &corpus);
    routes(&mut criterion, &corpus);
    pages(&mut criterion, &corpus);
    commits(&mut criterion, &corpus);
    criterion.final_summary();
}

/// The item as AEM answers it.
fn answered(article: &Article) -> String {
    serde_json::json!({
        "_path": article.path,
        "slug": article.slug,
        "title": article.title,
        "price": article.price,
        "author": article.author,
        "body": { "html": article.body },
    })
    .to_string()
}

/// Answers of AEM, and the site that is made of them.
struct Corpus {
    _dir: TempDir,
    config: Arc<Config>,
    queries: Arc<QuerySet>,
    items: Vec<Bytes>,
}

impl Corpus {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            std::fs::write(path, text).expect("it is written");
        };
        write(
            "site.toml",
            "title = \"Press\"\nbase_url = \"https://press.example\"\n[aem]\nconfiguration = \"press\"\n\
             publish = \"https://publish.example\"\n[languages.en]\nroot = \"/content/dam/press/en\"\n",
        );
        write(
            "content-queries/articles.toml",
            "persisted = \"articles\"\n[pages]\nroute = \"/articles/{{ item.slug }}/\"\n\
             template = \"article.html\"\n",
        );
        let config = config::load(dir.path(), &Overrides::default())
            .finish()
            .expect("a configuration");
        let queries = query::load(&config.value).expect("a definition");
        let items = corpus::corpus(PAGES, WORDS);
        let items = items.iter().map(|article| Bytes::from(answered(article)));
        Self {
            items: items.collect(),
            config: Arc::new(config.value),
            queries: Arc::new(queries.value),
            _dir: dir,
        }
    }

    /// Indexes every item, as the fetch does with each that arrives.
    fn store(&self) -> Store {
        let query = self.queries.find("articles").expect("the definition");
        let bodies = Arc::new(MemoryBodies::new());
        let mut builder = StoreBuilder::new(&self.config.languages);
        let Fields::Some(names) = self.queries.index_fields(query) else {
            unreachable!("the definition names its fields");
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for json in &self.items {
            let fields = value::project(json, Some(&names)).expect("an object");
            builder.add(NewEntry {
                query,
                asked_in: self.config.languages.default_id(),
                key: ItemKey::of_item(&fields, &["_path"]),
                fields,
                body: bodies.put(json).expect("room"),
                digest: Default::default(),
                references: None,
                parent: None,
            });
        }
        builder.build(&self.queries, Box::new(bodies))
    }

    fn strings(&self) -> Strings {
        Strings::none(&self.config.languages)
    }

    fn routes(&self, store: &Store) -> RouteTable {
        let local = LocalPages::default();
        route::plan(
            &self.config,
            &self.queries,
            &self.strings(),
            store,
            &local,
            false,
        )
        .expect("no conflicts")
    }

    fn site(&self) -> Arc<Site> {
        let store = self.store();
        let routes = self.routes(&store);
        Arc::new(Site {
            config: Arc::clone(&self.config),
            queries: Arc::clone(&self.queries),
            strings: Arc::new(self.strings()),
            reaches: Arc::default(),
            selection: Selection::whole(&self.queries),
            reads: Reads::default(),
            times: None,
            store: Arc::new(store),
            local: Arc::default(),
            routes,
            statics: Arc::default(),
            assets: AssetPlan::default(),
            query_cache: QueryCache::default(),
            menus: Menus::default(),
            backlinks: Backlinks::default(),
            findings: Findings::default(),
        })
    }
}

const BASE: &str = "<!doctype html>
<html lang=\"{{ lang.code }}\" dir=\"{{ lang.dir }}\">
<head>
<meta charset=\"utf-8\">
<title>{% block title %}{% endblock %} – {{ site.title }}</title>
<link rel=\"canonical\" href=\"{{ page.permalink }}\">
</head>
<body><main>{% block main %}{% endblock %}</main></body>
</html>
";

const ARTICLE: &str = "{% extends \"base.html\" %}
{% block title %}{{ item.title }}{% endblock %}
{% block main %}
<h1>{{ item.title }}</h1>
<p>{% if item.price > 500 %}dear{% else %}cheap{% endif %} at {{ item.price }}, by {{ item.author | upper }}</p>
{{ item.body.html | safe }}
{% endblock %}
";

fn templates() -> Templates {
    let sources = [("base.html", BASE), ("article.html", ARTICLE)];
    let sources = sources.map(|(name, text)| (name.to_owned(), Arc::from(text)));
    Templates::from_sources(sources.into()).expect("good templates")
}

fn group<'c>(
    criterion: &'c mut Criterion,
    name: &str,
) -> criterion::BenchmarkGroup<'c, criterion::measurement::WallTime> {
    let mut group = criterion.benchmark_group(name);
    // One round takes long, compared with what a clock can tell apart.
    group
        .throughput(Throughput::Elements(PAGES as u64))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10);
    group
}

fn store(criterion: &mut Criterion, corpus: &Corpus) {
    let mut group = group(criterion, "store");
    group.bench_function("index", |bencher| {
        bencher.iter_with_large_drop(|| corpus.store());
    });
    group.finish();
}

fn routes(criterion: &mut Criterion, corpus: &Corpus) {
    let store = corpus.store();
    let mut group = group(criterion, "route");
    group.bench_function("plan", |bencher| {
        bencher.iter_with_large_drop(|| corpus.routes(&store));
    });
    group.finish();
}

/// Takes pages and forgets them.
struct Nowhere;

impl render::Output for Nowhere {
    fn go_on(&self) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn page(&self, artifact: Artifact) -> Result<Option<Made>, Diagnostics> {
        black_box(artifact);
        Ok(None)
    }
}

/// Keeps pages.
#[derive(Default)]
struct Kept(Mutex<Vec<Artifact>>);

impl render::Output for Kept {
    fn go_on(&self) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn page(&self, artifact: Artifact) -> Result<Option<Made>, Diagnostics> {
        self.0.lock().expect("no panic").push(artifact);
        Ok(None)
    }
}

/// Renders a site whose items no page has shown yet: the first to show an item parses it.
fn pages(criterion: &mut Criterion, corpus: &Corpus) {
    let mut group = group(criterion, "render");
    group.bench_function("pages", |bencher| {
        bencher.iter_batched_ref(
            || (templates(), corpus.site()),
            |(templates, site)| {
                render::connect(templates, site).expect("menus that lead somewhere");
                render::render(templates, site, &Nowhere, &Silent).expect("all pages");
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn commits(criterion: &mut Criterion, corpus: &Corpus) {
    let kept = Kept::default();
    let (templates, site) = (templates(), corpus.site());
    render::connect(&templates, &site).expect("menus that lead somewhere");
    render::render(&templates, &site, &kept, &Silent).expect("all pages");
    let pages = kept.0.into_inner().expect("no panic");
    assert_eq!(pages.len(), PAGES);
    let mut group = group(criterion, "commit");
    group.bench_function("into an empty folder", |bencher| {
        bencher.iter_batched(
            || tempfile::tempdir().expect("a temporary folder"),
            |dir| {
                commit(dir.path(), &pages, PAGES as u64);
                dir
            },
            BatchSize::PerIteration,
        );
    });
    let dir = tempfile::tempdir().expect("a temporary folder");
    commit(dir.path(), &pages, PAGES as u64);
    group.bench_function("of what is there already", |bencher| {
        bencher.iter(|| commit(dir.path(), &pages, 0));
    });
    // One page in a hundred, another one each time.
    let mut round = 0_usize;
    group.bench_function("of one change in a hundred", |bencher| {
        bencher.iter_batched(
            || {
                round += 1;
                changed(&pages, round)
            },
            |pages| {
                commit(dir.path(), &pages, (PAGES / 100) as u64);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// The pages with every hundredth one different in each round, and as it is in place elsewhere.
fn changed(pages: &[Artifact], round: usize) -> Vec<Artifact> {
    let change = |(number, page): (usize, &Artifact)| {
        let mut page = page.clone();
        if number % 100 == 0
            && let Body::Bytes(bytes) = &mut page.body
        {
            bytes.extend_from_slice(format!("<!-- {round} -->").as_bytes());
        }
        page
    };
    pages.iter().enumerate().map(change).collect()
}

/// Stages all pages as rendering does, from many threads, and makes them visible.
fn commit(root: &Path, pages: &[Artifact], written: u64) {
    let sink = DirSink::open(&root.join("public"), root, &[]).expect("a free folder");
    pages
        .par_iter()
        .try_for_each(|page| sink.stage(page.clone()).map(|_| ()))
        .expect("all are kept");
    let commit = Box::new(sink).commit().expect("nothing is in the way");
    assert_eq!(commit.written, written);
}
