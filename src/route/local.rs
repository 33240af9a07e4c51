//! The pages of the site's own Markdown files.

use std::sync::Arc;

use super::plan::shown;
use super::{Page, PageKind, Route};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::local::{LocalId, LocalPage, LocalPages, TEMPLATE};

/// What came of planning them.
pub(super) struct Planned {
    pub(super) pages: Vec<Page>,
    /// Files whose page cannot be made.
    pub(super) problems: Diagnostics,
}

/// Plans a page for every file, in the order of their names.
pub(super) fn plan(local: &LocalPages) -> Planned {
    let (mut pages, mut problems) = (Vec::new(), Diagnostics::new());
    for (id, file) in local.iter() {
        match page(id, file) {
            Ok(page) => pages.push(page),
            Err(problem) => problems.push(problem),
        }
    }
    Planned { pages, problems }
}

fn page(id: LocalId, local: &LocalPage) -> Result<Page, Diagnostic> {
    let text = &local.place.route;
    let own = local.front.route.as_ref();
    let (route, output) = match own {
        Some(_) => Route::parse(text),
        // The name of a file without its extension is none with another one.
        None => Route::parse(&format!("{}/", text.trim_end_matches('/'))),
    }
    .map_err(|why| {
        let message = format!("the route `{}` cannot be used: {why}", shown(text));
        Diagnostic::error(Kind::Content, message)
            .at(local.at_key(own.map(|(_, span)| span)))
            .help(match own {
                Some(_) => "write a route such as `/about/`",
                None => "give the file another name, or a `route` in its front matter",
            })
    })?;
    let template = local.front.template.as_ref();
    Ok(Page {
        route,
        output,
        kind: PageKind::Local(id),
        language: local.place.language,
        formats: Arc::default(),
        template: template.map_or_else(|| Arc::from(TEMPLATE), |(name, _)| Arc::clone(name)),
    })
}
