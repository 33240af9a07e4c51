//! Which page is being rendered, for the functions and filters templates call.
//!
//! Tera gives a function no view of the page inside components: they see their arguments only. A page is
//! rendered from beginning to end on one thread, so the thread can tell.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use tera::{Context, Value};

use crate::config::LangId;
use crate::store::EntryId;

/// A page while it is rendered.
pub(super) struct OnPage {
    /// Its language.
    pub(super) language: LangId,
    /// Its route.
    pub(super) route: Arc<str>,
    /// The item it shows.
    pub(super) entry: Option<EntryId>,
    /// The template that renders it.
    pub(super) template: Arc<str>,
    /// Its variables.
    pub(super) context: Context,
}

/// A fragment that is shown inside another's text.
#[derive(Clone)]
pub(super) struct Shown {
    /// Its path.
    pub(super) path: Arc<str>,
    /// What is known of it.
    pub(super) item: Value,
    /// How many elements of the text are around it.
    pub(super) depth: usize,
}

thread_local! {
    static PAGE: RefCell<Option<Rc<OnPage>>> = const { RefCell::new(None) };
    static ASKED: Cell<bool> = const { Cell::new(false) };
    static SHOWN: RefCell<Vec<Shown>> = const { RefCell::new(Vec::new()) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static EXPLAINED: Cell<bool> = const { Cell::new(false) };
    static FAILURE: RefCell<Option<tera::Error>> = const { RefCell::new(None) };
}

/// Runs `render` as the rendering of a page; also tells whether it asked for an asset.
pub(super) fn with<T>(page: &Rc<OnPage>, render: impl FnOnce() -> T) -> (T, bool) {
    let outer = PAGE.replace(Some(Rc::clone(page)));
    ASKED.set(false);
    COUNT.set(0);
    FAILURE.take();
    let result = render();
    PAGE.set(outer);
    (result, ASKED.replace(false))
}

/// Forgets a page whose rendering was given up in the middle.
pub(super) fn forget() {
    PAGE.take();
    ASKED.set(false);
    SHOWN.take();
    COUNT.set(0);
    EXPLAINED.set(false);
    FAILURE.take();
}

/// Runs `render` to find out why it fails: items come with all that is known of them, since a message tells which fields
/// there are.
pub(super) fn explaining<T>(render: impl FnOnce() -> T) -> T {
    EXPLAINED.set(true);
    let result = render();
    EXPLAINED.set(false);
    result
}

/// Whether a page is rendered to find out why it fails.
pub(super) fn is_explained() -> bool {
    EXPLAINED.get()
}

/// The page being rendered.
pub(super) fn page() -> Option<Rc<OnPage>> {
    PAGE.with_borrow(Option::clone)
}

/// The language of the page being rendered.
pub(super) fn language() -> Option<LangId> {
    PAGE.with_borrow(|page| page.as_ref().map(|page| page.language))
}

/// The template of the page being rendered.
pub(super) fn template() -> Option<Arc<str>> {
    PAGE.with_borrow(|page| page.as_ref().map(|page| Arc::clone(&page.template)))
}

/// The route of the page being rendered.
pub(super) fn route() -> Option<Arc<str>> {
    PAGE.with_borrow(|page| page.as_ref().map(|page| Arc::clone(&page.route)))
}

/// Notes that the page asked for an asset.
pub(super) fn asked_for_asset() {
    ASKED.set(true);
}

/// Runs `render` as the rendering of a fragment inside a text.
pub(super) fn showing<T>(fragment: Shown, render: impl FnOnce() -> T) -> T {
    SHOWN.with_borrow_mut(|shown| shown.push(fragment));
    let result = render();
    SHOWN.with_borrow_mut(Vec::pop);
    result
}

/// How many fragments the page has shown before; counts one more.
pub(super) fn count_shown() -> usize {
    COUNT.replace(COUNT.get() + 1)
}

/// The fragments that are being shown, the outermost first.
pub(super) fn shown() -> Vec<Shown> {
    SHOWN.with_borrow(Clone::clone)
}

/// Notes why a component failed that a filter called: Tera makes a text of a filter's error.
pub(super) fn failed(error: tera::Error) {
    FAILURE.with_borrow_mut(|failure| {
        failure.get_or_insert(error);
    });
}

/// Why a component failed since rendering began.
pub(super) fn failure() -> Option<tera::Error> {
    FAILURE.take()
}
