//! The files of the explorer's page. They ask for nothing but the JSON beside them.

use bytes::Bytes;

use super::Answer;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path below the explorer's, media type, content.
const FILES: [(&str, &str, &str); 12] = [
    ("", HTML, include_str!("ui/explorer.html")),
    ("explorer.css", CSS, include_str!("ui/explorer.css")),
    ("dom.js", SCRIPT, include_str!("ui/dom.js")),
    ("explorer.js", SCRIPT, include_str!("ui/explorer.js")),
    ("overview.js", SCRIPT, include_str!("ui/overview.js")),
    ("page.js", SCRIPT, include_str!("ui/page.js")),
    ("problems.js", SCRIPT, include_str!("ui/problems.js")),
    ("queries.js", SCRIPT, include_str!("ui/queries.js")),
    ("query.js", SCRIPT, include_str!("ui/query.js")),
    ("routes.js", SCRIPT, include_str!("ui/routes.js")),
    ("search.js", SCRIPT, include_str!("ui/search.js")),
    ("tree.js", SCRIPT, include_str!("ui/tree.js")),
];

/// The file at a path.
pub(super) fn file(path: &str) -> Option<Answer> {
    let (_, content_type, text) = FILES.iter().find(|(own, _, _)| *own == path)?;
    Some(Answer {
        status: 200,
        content_type,
        body: Bytes::from_static(text.as_bytes()),
    })
}
