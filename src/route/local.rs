//! The pages of the site's own Markdown files.

use std::sync::Arc;

use super::plan::shown;
use super::{Page, PageKind, Redirect, Route, Subject, aliases};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::local::{LocalId, LocalPage, LocalPages, TEMPLATE};

/// What came of planning them.
pub(super) struct Planned {
    pub(super) pages: Vec<Page>,
    /// From their former addresses.
    pub(super) redirects: Vec<Redirect>,
    /// Files whose page cannot be made.
    pub(super) problems: Diagnostics,
}

/// Plans a page for every file, in the order of their names.
pub(super) fn plan(config: &Config, local: &LocalPages) -> Planned {
    let (mut pages, mut redirects) = (Vec::new(), Vec::new());
    let mut problems = Diagnostics::new();
    for (id, file) in local.iter() {
        match page(id, file) {
            Ok(page) => {
                redirects.extend(former(config, id, file, &page, &mut problems));
                pages.push(page);
            }
            Err(problem) => problems.push(problem),
        }
    }
    Planned {
        pages,
        redirects,
        problems,
    }
}

/// The redirects from the `aliases` of a file; what cannot be made goes to `problems`.
fn former(
    config: &Config,
    id: LocalId,
    local: &LocalPage,
    page: &Page,
    problems: &mut Diagnostics,
) -> Vec<Redirect> {
    let mut redirects = Vec::new();
    for (text, span) in &local.front.aliases {
        let text = config.languages.route(page.language, text);
        let parsed = Route::parse(&text).map_err(|why| (format!("cannot be used: {why}"), None));
        let checked = parsed.and_then(|(from, output)| {
            let checked = aliases::check(config, &output);
            let made = checked.map(|()| (from, output));
            made.map_err(|(why, help)| (why, Some(help)))
        });
        match checked {
            // As with items: the page itself is none of its former addresses.
            Ok((from, _)) if from == page.route => {}
            Ok((from, output)) => redirects.push(Redirect {
                from,
                output,
                to: page.route.clone(),
                language: page.language,
                subject: Subject::Local(id),
            }),
            Err((why, help)) => problems.push(
                Diagnostic::error(Kind::Content, format!("the alias `{}` {why}", shown(&text)))
                    .at(local.at_key(Some(span)))
                    .maybe_help(help),
            ),
        }
    }
    redirects
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
