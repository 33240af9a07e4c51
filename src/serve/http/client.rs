//! Our scripts and style sheets.

use crate::serve::answer::Answer;

/// One of them, by its path below `/_frieze/`.
pub(super) fn answer(path: &str) -> Option<Answer> {
    let script = match path {
        "preview.js" => include_str!("client/preview.js"),
        "client/bar.js" => include_str!("client/bar.js"),
        "client/element.js" => include_str!("client/element.js"),
        "client/overlay.js" => include_str!("client/overlay.js"),
        "client/place.js" => include_str!("client/place.js"),
        "client/page.css" => {
            return Some(Answer::style_sheet(include_str!("client/page.css")));
        }
        _ => return None,
    };
    Some(Answer::script(script))
}
