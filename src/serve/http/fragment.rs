//! `/_frieze/preview/content/dam/…`: one fragment as it is in AEM now, on the page that it would have.

use hyper::StatusCode;

use super::Server;
use super::page::Page;
use super::target::Target;
use crate::diag::{Diagnostics, Kind};
use crate::serve::answer::Answer;
use crate::serve::moment::Moment;

/// Where fragments are shown, below everything of ours.
const PREFIX: &str = "preview";

/// Where AEM has fragments and assets (`aem-protocol.md`, section 1.1).
const DAM: &str = "/content/dam/";

/// The path of the fragment that a path below everything of ours is about.
pub(super) fn path(path: &str) -> Option<&str> {
    let path = path.strip_prefix(PREFIX)?;
    path.starts_with(DAM).then_some(path)
}

/// A fragment, as the present moment can show it.
pub(super) async fn answer(server: &Server, target: &Target, path: String) -> Answer {
    let moment = server.board.now();
    let variation = target.parameter("variation");
    let variation = variation.filter(|name| !name.is_empty());
    let page = match (moment.site.clone(), moment.source.clone()) {
        (Some(snapshot), Some(source)) => {
            let question = async move || {
                let variation = variation.as_deref();
                snapshot.fragment(&path, variation, &*source).await
            };
            match server.threads.ask(question).await {
                Ok(Ok(shown)) => Page::of_fragment(&moment, &shown, version(&moment)),
                Ok(Err(problems)) => Page::no_fragment(&moment, status(&problems), &problems),
                Err(why) => return why,
            }
        }
        _ => Page::without_site(&moment),
    };
    // What the script says when it asks what becomes of the page.
    let query = target.query();
    let mark = if query.is_empty() { "" } else { "?" };
    let address = format!("{}{mark}{query}", target.path);
    Answer::html(page.status, page.sent(&address))
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
