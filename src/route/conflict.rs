//! Pages and redirects that claim one place.

use std::borrow::Cow;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::{ListKey, Page, PageKind, Redirect, Route, Subject};
use crate::artifact::OutputPath;
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::local::{LocalId, LocalPages};
use crate::query::{FOLDER, QuerySet};
use crate::store::{EntryId, Store};

/// How many conflicts are listed before the rest is only counted.
const LISTED: usize = 10;

/// Who was first at each place.
pub(super) struct Claims<'a> {
    pub(super) config: &'a Config,
    pub(super) queries: &'a QuerySet,
    pub(super) store: &'a Store,
    pub(super) local: &'a LocalPages,
}

/// What claims a place.
#[derive(Clone, Copy)]
enum Claim<'a> {
    Page(&'a Page),
    Redirect(&'a Redirect),
}

impl<'a> Claim<'a> {
    fn route(self) -> &'a Route {
        match self {
            Self::Page(page) => &page.route,
            Self::Redirect(redirect) => &redirect.from,
        }
    }

    fn output(self) -> &'a OutputPath {
        match self {
            Self::Page(page) => &page.output,
            Self::Redirect(redirect) => &redirect.output,
        }
    }

    fn is_local(self) -> bool {
        matches!(self, Self::Page(page) if matches!(page.kind, PageKind::Local(_)))
    }
}

impl Claims<'_> {
    /// Every two pages or redirects with one route, or with files that differ only in case: many file
    /// systems hold only one of them.
    pub(super) fn check(&self, pages: &[Page], redirects: &[Redirect]) -> Diagnostics {
        let all = || {
            let redirects = redirects.iter().map(Claim::Redirect);
            pages.iter().map(Claim::Page).chain(redirects)
        };
        let mut first: HashMap<Cow<'_, str>, Claim<'_>, RandomState> =
            HashMap::with_capacity_and_hasher(pages.len(), RandomState::default());
        let mut found = Diagnostics::new();
        let mut more = 0_usize;
        for claim in all() {
            match first.entry(in_one_case(claim.output().as_str())) {
                Entry::Vacant(place) => {
                    place.insert(claim);
                }
                Entry::Occupied(earlier) if repeats(*earlier.get(), claim) => {}
                Entry::Occupied(_) if found.counts().0 >= LISTED => more += 1,
                Entry::Occupied(earlier) => found.push(self.conflict(*earlier.get(), claim)),
            }
        }
        for claim in all() {
            let key = in_one_case(claim.output().as_str());
            for (at, _) in key.match_indices('/') {
                if let Some(&file) = first.get(&key[..at]) {
                    found.push(self.below(file, claim));
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

    fn conflict(&self, earlier: Claim<'_>, later: Claim<'_>) -> Diagnostic {
        let (first, second) = (earlier.route(), later.route());
        let message = if first == second {
            match (earlier, later) {
                (Claim::Page(_), Claim::Page(_)) => format!("two pages have the route `{second}`"),
                (Claim::Redirect(_), Claim::Redirect(_)) => {
                    format!("the alias `{second}` leads to two pages")
                }
                _ => format!("the alias `{second}` is the route of a page"),
            }
        } else if earlier.output() == later.output() {
            format!("the routes `{first}` and `{second}` lead to one file")
        } else {
            format!(
                "the routes `{first}` and `{second}` differ only in case, which many file systems ignore"
            )
        };
        let help = match later {
            Claim::Page(_) if earlier.is_local() && later.is_local() => {
                "change the `route` of one of them"
            }
            Claim::Page(_) if earlier.is_local() || later.is_local() => {
                "change the `route` of the file or of the definition"
            }
            Claim::Page(_) => {
                "give them different slugs in AEM, or change the `route` of one definition"
            }
            Claim::Redirect(_) => {
                "a former address that is in use again can be no alias: change `aliases`"
            }
        };
        Diagnostic::error(Kind::Content, message)
            .at(self.location(later))
            .note(format!("one is {}", self.describe(earlier)))
            .note(format!("the other is {}", self.describe(later)))
            .help(help)
    }

    /// Something in a folder whose name another has taken for its file.
    fn below(&self, file: Claim<'_>, inside: Claim<'_>) -> Diagnostic {
        let message = format!(
            "the file of the route `{}` stands where `{}` needs a folder",
            file.route(),
            inside.route()
        );
        let key = match inside {
            Claim::Page(_) => "change the `route` of one of them",
            Claim::Redirect(_) => "change `aliases`",
        };
        Diagnostic::error(Kind::Content, message)
            .at(self.location(inside))
            .note(format!("the file is {}", self.describe(file)))
            .note(format!("the folder is for {}", self.describe(inside)))
            .help(key)
    }

    fn location(&self, claim: Claim<'_>) -> Location {
        match claim {
            Claim::Page(Page {
                kind: PageKind::Local(id),
                ..
            }) => {
                let local = self.local.get(*id);
                local.at_key(local.front.route.as_ref().map(|(_, span)| span))
            }
            Claim::Redirect(Redirect {
                subject: Subject::Local(id),
                from,
                language,
                ..
            }) => {
                let local = self.local.get(*id);
                let bare = |route: &str| route.trim_end_matches('/').to_owned();
                let is_this = |text: &str| {
                    let route = self.config.languages.route(*language, text);
                    bare(&route) == bare(from.as_str())
                };
                let mut aliases = local.front.aliases.iter();
                let this = aliases.find(|(text, _)| is_this(text));
                local.at_key(this.map(|(_, span)| span))
            }
            claim => Location::file(&*self.file(claim)),
        }
    }

    fn file(&self, claim: Claim<'_>) -> Arc<str> {
        let of_entry = |entry: EntryId| {
            let query = self.store.get(entry).query;
            Arc::clone(&self.queries.get(query).file)
        };
        let of_local = |id: LocalId| Arc::from(self.local.get(id).file.name.as_str());
        let page = match claim {
            Claim::Page(page) => page,
            Claim::Redirect(redirect) => match redirect.subject {
                Subject::Item(entry) => return of_entry(entry),
                Subject::Local(id) => return of_local(id),
            },
        };
        match &page.kind {
            PageKind::Item { entry, .. } => of_entry(*entry),
            PageKind::List { list, .. } => Arc::clone(&self.queries.get(list.query).file),
            PageKind::Terms(plan) => plan.query.map_or_else(
                || Arc::from(FOLDER),
                |query| Arc::clone(&self.queries.get(query).file),
            ),
            PageKind::Local(id) => of_local(*id),
            PageKind::Error => Arc::from("templates/404.html"),
        }
    }

    fn describe(&self, claim: Claim<'_>) -> String {
        let page = match claim {
            Claim::Page(page) => page,
            Claim::Redirect(redirect) => {
                let page = match redirect.subject {
                    Subject::Item(entry) => self.describe_item(entry, redirect.language),
                    Subject::Local(id) => self.describe_file(id),
                };
                return format!("an alias of {page}");
            }
        };
        let shown = self.describe_kind(page);
        match page.other_format() {
            Some(format) => format!("{shown}, as {}", format.extension()),
            None => shown,
        }
    }

    fn describe_kind(&self, page: &Page) -> String {
        match &page.kind {
            PageKind::Item { entry, .. } => self.describe_item(*entry, page.language),
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
            PageKind::Local(id) => self.describe_file(*id),
            PageKind::Error => "the error page".to_owned(),
        }
    }

    fn describe_file(&self, id: LocalId) -> String {
        format!("the file `{}`", self.local.get(id).file.name)
    }

    fn describe_item(&self, entry: EntryId, language: LangId) -> String {
        let entry = self.store.get(entry);
        let query = &self.queries.get(entry.query).name;
        let described = format!("{} of `{query}`", entry.describe());
        if entry.language == language {
            return described;
        }
        let language = &self.config.languages.get(language).code;
        format!("{described}, which stands in for what `{language}` lacks")
    }
}

/// Whether two pages meet in another format because they meet in HTML, which is told.
fn repeats(earlier: Claim<'_>, later: Claim<'_>) -> bool {
    let (Claim::Page(earlier), Claim::Page(later)) = (earlier, later) else {
        return false;
    };
    let main = |page: &Page| page.main().as_str().to_lowercase();
    !earlier.is_main() && !later.is_main() && main(earlier) == main(later)
}

/// A path as a file system may see it that does not tell capitals from small letters.
fn in_one_case(path: &str) -> Cow<'_, str> {
    let is_small = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
    match path.bytes().all(is_small) {
        true => Cow::Borrowed(path),
        false => Cow::Owned(path.to_lowercase()),
    }
}
