//! Which page is being rendered, for the functions templates call.
//!
//! Tera gives a function no view of the page inside components: they see their arguments only. A page is
//! rendered from beginning to end on one thread, so the thread can tell.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::config::LangId;
use crate::route::Route;

thread_local! {
    static LANGUAGE: Cell<Option<LangId>> = const { Cell::new(None) };
    static ROUTE: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `render` as the rendering of a page in `language` at a route; also tells whether it asked for an
/// asset.
pub(super) fn with<T>(language: LangId, route: &Route, render: impl FnOnce() -> T) -> (T, bool) {
    let outer = LANGUAGE.replace(Some(language));
    let outer_route = ROUTE.replace(Some(route.shared()));
    ASKED.set(false);
    let result = render();
    LANGUAGE.set(outer);
    ROUTE.set(outer_route);
    (result, ASKED.replace(false))
}

/// The language of the page being rendered.
pub(super) fn language() -> Option<LangId> {
    LANGUAGE.get()
}

/// The route of the page being rendered.
pub(super) fn route() -> Option<Arc<str>> {
    ROUTE.with_borrow(Clone::clone)
}

/// Notes that the page asked for an asset.
pub(super) fn asked_for_asset() {
    ASKED.set(true);
}
