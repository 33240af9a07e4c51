//! Pages that claim one place.

use std::collections::HashMap;
use std::sync::Arc;

use super::{ListKey, Page, PageKind};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::query::{FOLDER, QuerySet};
use crate::store::Store;

/// How many conflicts are listed before the rest is only counted.
const LISTED: usize = 10;

/// Who was first at each place.
pub(super) struct Claims<'a> {
    config: &'a Config,
    queries: &'a QuerySet,
    store: &'a Store,
}

impl<'a> Claims<'a> {
    /// Every two pages with one route, or with files that differ only in case: many file systems hold
    /// only one of them.
    pub(super) fn check(
        pages: &'a [Page],
        config: &'a Config,
        queries: &'a QuerySet,
        store: &'a Store,
    ) -> Diagnostics {
        let claims = Self {
            config,
            queries,
            store,
        };
        let mut first: HashMap<String, &Page> = HashMap::with_capacity(pages.len());
        let mut found = Diagnostics::new();
        let mut more = 0_usize;
        for page in pages {
            let key = page.output.as_str().to_lowercase();
            match first.get(&key) {
                None => {
                    first.insert(key, page);
                }
                Some(earlier) if repeats(earlier, page) => {}
                Some(_) if found.counts().0 >= LISTED => more += 1,
                Some(earlier) => found.push(claims.conflict(earlier, page)),
            }
        }
        for page in pages {
            let key = page.output.as_str().to_lowercase();
            for (at, _) in key.match_indices('/') {
                if let Some(file) = first.get(&key[..at]) {
                    found.push(claims.below(file, page));
                }
            }
        }
        if more > 0 {
            found.push(Diagnostic::error(
                Kind::Content,
                format!("{more} more pages have the route of another"),
            ));
        }
        found
    }

    fn conflict(&self, earlier: &Page, later: &Page) -> Diagnostic {
        let message = if earlier.route == later.route {
            format!("two pages have the route `{}`", later.route)
        } else if earlier.output == later.output {
            format!(
                "the routes `{}` and `{}` lead to one file",
                earlier.route, later.route
            )
        } else {
            format!(
                "the routes `{}` and `{}` differ only in case, which many file systems ignore",
                earlier.route, later.route
            )
        };
        Diagnostic::error(Kind::Content, message)
            .at(Location::file(&*self.file(later)))
            .note(format!("one is {}", self.describe(earlier)))
            .note(format!("the other is {}", self.describe(later)))
            .help("give them different slugs in AEM, or change the `route` of one definition")
    }

    /// A page in a folder whose name another page has taken for its file.
    fn below(&self, file: &Page, page: &Page) -> Diagnostic {
        let message = format!(
            "the file of the route `{}` stands where `{}` needs a folder",
            file.route, page.route
        );
        Diagnostic::error(Kind::Content, message)
            .at(Location::file(&*self.file(page)))
            .note(format!("the file is {}", self.describe(file)))
            .note(format!("the folder is for {}", self.describe(page)))
            .help("change the `route` of one definition")
    }

    fn file(&self, page: &Page) -> Arc<str> {
        match &page.kind {
            PageKind::Item { entry, .. } => {
                Arc::clone(&self.queries.get(self.store.get(*entry).query).file)
            }
            PageKind::List { list, .. } => Arc::clone(&self.queries.get(list.query).file),
            PageKind::Terms(plan) => plan.query.map_or_else(
                || Arc::from(FOLDER),
                |query| Arc::clone(&self.queries.get(query).file),
            ),
            PageKind::Error => Arc::from("templates/404.html"),
        }
    }

    fn describe(&self, page: &Page) -> String {
        let shown = self.describe_kind(page);
        match page.other_format() {
            Some(format) => format!("{shown}, as {}", format.extension()),
            None => shown,
        }
    }

    fn describe_kind(&self, page: &Page) -> String {
        match &page.kind {
            PageKind::Item { entry, .. } => {
                let entry = self.store.get(*entry);
                let query = &self.queries.get(entry.query).name;
                let described = format!("{} of `{query}`", entry.describe());
                if page.stand_in(self.store).is_none() {
                    return described;
                }
                let language = &self.config.languages.get(page.language).code;
                format!("{described}, which stands in for what `{language}` lacks")
            }
            PageKind::List { list, number } => match &list.key {
                ListKey::List(query, _) => {
                    format!(
                        "page {number} of a list of `{}`",
                        self.queries.get(*query).name
                    )
                }
                ListKey::Term(taxonomy, term) => {
                    format!("page {number} of the term `{term}` of `{taxonomy}`")
                }
            },
            PageKind::Terms(plan) => format!("the page of all terms of `{}`", plan.name),
            PageKind::Error => "the error page".to_owned(),
        }
    }
}

/// Whether two pages meet in another format because they meet in HTML, which is told.
fn repeats(earlier: &Page, later: &Page) -> bool {
    let main = |page: &Page| page.main().as_str().to_lowercase();
    !earlier.is_main() && !later.is_main() && main(earlier) == main(later)
}
