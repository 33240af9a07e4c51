//! The files of a page in other formats, beside its own.

use std::sync::Arc;

use super::{Page, Route, RouteError};
use crate::query::Outputs;

/// A route in a format that cannot be made.
pub(super) struct Unusable {
    pub(super) route: String,
    pub(super) why: RouteError,
}

/// A page, followed by itself in the other formats of its definition.
pub(super) fn in_all(page: Page, outputs: &Outputs) -> Result<Vec<Page>, Unusable> {
    if outputs.is_empty() {
        return Ok(vec![page]);
    }
    let mut formats = vec![page.route.clone()];
    let mut pages = vec![page.clone()];
    for (format, template) in outputs.iter() {
        let text = page.route.in_format(format);
        let (route, output) = Route::parse(&text).map_err(|why| Unusable { route: text, why })?;
        formats.push(route.clone());
        pages.push(Page {
            route,
            output,
            template: Arc::clone(template),
            ..page.clone()
        });
    }
    let formats: Arc<[Route]> = Arc::from(formats);
    for page in &mut pages {
        page.formats = Arc::clone(&formats);
    }
    Ok(pages)
}
