//! `/_frieze/preview/content/dam/…`: one fragment as it is in AEM now, on the page that it would have.

use hyper::StatusCode;

use super::page::Page;
use super::target::Target;
use crate::diag::{Diagnostics, Kind};
use crate::serve::answer::Answer;
use crate::serve::moment::Moment;

/// Where fragments are shown, below everything of ours.
pub(super) const PREFIX: &str = "preview";

/// Where AEM has fragments and assets (`aem-protocol.md`, section 1.1).
const DAM: &str = "/content/dam/";

/// A fragment, as a moment can show it. `None` for what is no fragment's path.
pub(super) async fn answer(moment: &Moment, target: &Target, path: &str) -> Option<Answer> {
    let variation = target
        .parameter("variation")
        .filter(|name| !name.is_empty());
    if !path.starts_with(DAM) {
        return None;
    }
    let page = match (&moment.site, &moment.source) {
        (Some(snapshot), Some(source)) => {
            let shown = snapshot.fragment(path, variation.as_deref(), &**source);
            match shown.await {
                Ok(shown) => Page::of_fragment(moment, &shown, version(moment)),
                Err(problems) => Page::no_fragment(moment, status(&problems), &problems),
            }
        }
        _ => Page::without_site(moment),
    };
    // What the script says when it asks what becomes of the page.
    let query = target.query();
    let mark = if query.is_empty() { "" } else { "?" };
    let address = format!("{}{mark}{query}", target.path);
    Some(Answer::html(page.status, page.sent(&address)))
}

/// Nobody is asked again only to find out whether a fragment is another one, so its page is as new as the site.
pub(super) fn version(moment: &Moment) -> String {
    let site = moment.site.as_ref().map(|snapshot| snapshot.number());
    format!("site-{}", site.unwrap_or_default())
}

fn status(problems: &Diagnostics) -> StatusCode {
    match problems.worst_kind() {
        Some(Kind::Remote) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::NOT_FOUND,
    }
}
