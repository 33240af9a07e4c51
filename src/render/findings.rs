//! What pages hold that somebody should look at, though the site can be built: links that lead nowhere,
//! and content that could not be shown as it came.
//!
//! The same is found on many pages. It is told once, with the places where it was found; in which order
//! pages are rendered makes no difference.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::{lock, reads};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::rich_text::Oddity;

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// A link to a fragment that has no page.
    NoPage {
        /// Its path.
        path: String,
        /// What its model is called, where that is known.
        model: Option<String>,
    },
    /// A link to a fragment, or to something else in the DAM, that no query brought.
    Unknown(String),
    /// A link to a page of AEM's for which there is no rule.
    Unmapped(String),
    /// A link to a page of AEM's that a rule leads to a place of this site where nothing is.
    Astray {
        /// The page of AEM's.
        path: String,
        /// Where the rule leads.
        route: String,
    },
    /// A fragment that is shown inside itself.
    Circle(String),
    /// A page whose texts show more of fragments inside each other than anybody reads, by its route.
    TooMuch(String),
    /// Rich text that cannot be shown as it came.
    Odd(Oddity),
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    /// The item, or the page where that is not known.
    pub(super) item: String,
    /// The field of the item.
    pub(super) field: Option<String>,
}

/// Places that are named for one finding.
const NAMED: usize = 3;

/// Everything found so far.
#[derive(Debug, Default)]
pub struct Findings(Mutex<All>);

type All = BTreeMap<Finding, BTreeSet<Origin>>;

thread_local! {
    /// What is found on this thread, where it is wanted apart from the rest.
    static APART: RefCell<Option<All>> = const { RefCell::new(None) };
}

/// Does something, and gives what is found by it; nobody else hears of that.
pub(super) fn apart<T>(work: impl FnOnce() -> T) -> (T, Findings) {
    APART.set(Some(All::default()));
    let result = work();
    let found = APART.take().unwrap_or_default();
    (result, Findings(Mutex::new(found)))
}

/// What a page has left behind that was given up in the middle.
pub(super) fn forget() {
    APART.take();
}

impl Findings {
    /// Takes note of something.
    pub(super) fn add(&self, finding: Finding, origin: Origin) {
        reads::spoil();
        APART.with_borrow_mut(|apart| match apart {
            Some(found) => add(found, finding, origin),
            None => add(&mut lock(&self.0), finding, origin),
        });
    }

    /// A warning for each finding.
    #[must_use]
    pub fn report(&self) -> Diagnostics {
        let found = lock(&self.0);
        found
            .iter()
            .map(|(finding, origins)| located(diagnostic(finding), origins))
            .collect()
    }
}

fn add(all: &mut All, finding: Finding, origin: Origin) {
    all.entry(finding).or_default().insert(origin);
}

fn located(mut diagnostic: Diagnostic, origins: &BTreeSet<Origin>) -> Diagnostic {
    for origin in origins.iter().take(NAMED) {
        diagnostic = diagnostic.note(match &origin.field {
            Some(field) => format!("in `{field}` of {}", origin.item),
            None => format!("in {}", origin.item),
        });
    }
    match origins.len().saturating_sub(NAMED) {
        0 => diagnostic,
        1 => diagnostic.note("and in 1 other place"),
        more => diagnostic.note(format!("and in {more} other places")),
    }
}

fn diagnostic(finding: &Finding) -> Diagnostic {
    let warning = |message: String| Diagnostic::warning(Kind::Content, message);
    match finding {
        Finding::NoPage { path, model } => {
            let component = model.as_deref().unwrap_or("MODEL");
            warning(format!(
                "`{path}` has no page; links to it are plain text"
            ))
            .help(format!(
                "make pages with `[pages]` in its definition, or show it where it is mentioned with \
                 `templates/rich-text/{component}.html`"
            ))
        }
        Finding::Unknown(path) => warning(format!(
            "no query brought `{path}`; links to it are plain text"
        ))
        .help("see in AEM whether it is published, or take the links out"),
        Finding::Unmapped(path) => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            warning(format!(
                "the site has no place for AEM's page `{path}`; links to it are plain text"
            ))
            .help(format!(
                "say in `[links]` of site.toml where such pages are: `\"{folder}/\" = \"/\"`"
            ))
        }
        Finding::Astray { path, route } => warning(format!(
            "`[links]` leads AEM's page `{path}` to `{route}`, where the site has no page"
        ))
        .help("correct the rule or the link, unless something else answers there"),
        Finding::Circle(path) => warning(format!(
            "`{path}` is shown inside itself; there it is a link"
        ))
        .help("take one of the references out"),
        Finding::TooMuch(route) => warning(format!(
            "the texts of `{route}` show too many fragments inside each other; from there on they are links"
        ))
        .note("a page shows up to 500 of them, up to 8 inside each other, in up to 100 elements")
        .help("let the component of their model show less than their whole text"),
        Finding::Odd(oddity) => warning(format!("rich text holds {oddity}; {}", oddity.outcome())),
    }
}
