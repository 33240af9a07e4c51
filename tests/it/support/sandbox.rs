//! An AEM of our own, in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use aem_sandbox::{
    FieldKind, Model, NewFragment, Options, RecordedRequest, Repository, RepositoryBuilder, Sandbox,
};
use tokio::runtime::Runtime;

use super::corpus::Article;

/// A sandbox with the threads it runs on.
pub(crate) struct TestSandbox {
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl TestSandbox {
    /// Serves content made in memory.
    pub(crate) fn of(repository: Repository) -> Self {
        Self::start(|address| Sandbox::start_with(repository, open(), address))
    }

    /// Serves a content package.
    pub(crate) fn of_package(folder: &Path) -> Self {
        Self::with(folder, open())
    }

    /// Serves a content package in a way of the test's own; edits of it are not followed.
    pub(crate) fn with(folder: &Path, options: Options) -> Self {
        let options = Options {
            watch: false,
            ..options
        };
        Self::start(|address| Sandbox::start(folder, options, address))
    }

    /// Serves content made in memory, in a way of the test's own.
    pub(crate) fn of_with(repository: Repository, options: Options) -> Self {
        Self::start(|address| Sandbox::start_with(repository, options, address))
    }

    fn start<F>(start: impl FnOnce(SocketAddr) -> F) -> Self
    where
        F: Future<Output = Result<Sandbox, aem_sandbox::SandboxError>>,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            sandbox: runtime.block_on(start(address)).unwrap(),
            _runtime: runtime,
        }
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn origin(&self) -> String {
        self.sandbox.origin()
    }

    /// Goes wrong from now on in these ways, and in no other.
    pub(crate) fn set_faults(&self, faults: &[&str]) {
        let faults = faults.iter().map(|fault| fault.parse().unwrap());
        self.sandbox.set_faults(faults.collect());
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.sandbox.address()
    }

    /// Everything that was asked so far.
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.sandbox.requests()
    }

    /// How many requests so far had this in their path.
    pub(crate) fn count(&self, part: &str) -> usize {
        let requests = self.requests();
        requests.iter().filter(|r| r.path.contains(part)).count()
    }
}

/// Publish, with ad hoc queries let through.
fn open() -> Options {
    Options {
        adhoc_on_publish: true,
        ..Options::default()
    }
}

/// The content of a small newspaper, with the queries that its site asks:
///
/// - `articles` by offset, `articles-by-cursor`, `articles-in-locale`, `article-by-path`,
///   `articles-by-author` and `authors`.
pub(crate) fn repository(articles: &[Article]) -> Repository {
    let author = Model::new("press", "author", "Author")
        .with("slug", FieldKind::Text)
        .with("name", FieldKind::Text);
    let article = Model::new("press", "article", "Article")
        .with("slug", FieldKind::Text)
        .with("title", FieldKind::Text)
        .with("price", FieldKind::Float)
        .with("author", FieldKind::Text)
        .with("body", FieldKind::MultiLine);
    let authors = ["ada", "grace"].map(|slug| {
        NewFragment::new(format!("/content/dam/press/en/authors/{slug}"), &author)
            .value("slug", slug)
            .value("name", format!("{}. Author", slug.to_uppercase()))
    });
    let fragments: Vec<_> = articles
        .iter()
        .map(|own| {
            NewFragment::new(own.path.as_str(), &article)
                .value("slug", own.slug.as_str())
                .value("title", own.title.as_str())
                .value("price", own.price)
                .value("author", own.author)
                .value("body", own.body.as_str())
        })
        .collect();
    queries(Repository::builder())
        .model(author)
        .model(article)
        .fragments(authors)
        .fragments(fragments)
        .build()
        .unwrap()
}

fn queries(builder: RepositoryBuilder) -> RepositoryBuilder {
    const FIELDS: &str = "_path slug title price author body { html }";
    let query = |text: &str| text.replace("FIELDS", FIELDS);
    builder
        .query(
            "press",
            "articles",
            &query("query ($offset: Int, $limit: Int) { articleList(offset: $offset, limit: $limit) { items { FIELDS } } }"),
        )
        .query(
            "press",
            "articles-by-cursor",
            &query(
                "query ($first: Int, $after: String) { articlePaginated(first: $first, after: $after) {
                   edges { node { FIELDS } } pageInfo { endCursor hasNextPage } } }",
            ),
        )
        .query(
            "press",
            "articles-in-locale",
            &query("query ($locale: String) { articleList(_locale: $locale) { items { FIELDS } } }"),
        )
        .query(
            "press",
            "article-by-path",
            &query("query ($path: String!) { articleByPath(_path: $path) { item { FIELDS } } }"),
        )
        .query(
            "press",
            "articles-by-author",
            &query(
                "query ($author: String!) { articleList(filter: {author: {_expressions: [{value: $author}]}}) { items { FIELDS } } }",
            ),
        )
        .query("press", "authors", "{ authorList { items { _path slug name } } }")
        .query("press", "broken", "{ articleList { items { _path nonsense } } }")
}
