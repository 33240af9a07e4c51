//! Whether a rendered page is the JSON that its name says.

use std::ops::Range;

use serde::de::IgnoredAny;

use crate::artifact::Format;
use crate::route::Page;

/// What is wrong with a page that should be JSON, and where in its text.
pub(super) struct Invalid {
    pub(super) message: String,
    pub(super) text: String,
    pub(super) place: Range<usize>,
}

/// Checks a page by its name. A place that a program reads would break it for all readers at once.
pub(super) fn check(page: &Page, rendered: &[u8]) -> Result<(), Invalid> {
    if !Format::of(&page.output).is_some_and(Format::is_json) {
        return Ok(());
    }
    let Err(error) = serde_json::from_slice::<IgnoredAny>(rendered) else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(rendered).into_owned();
    let place = place(&text, error.line(), error.column());
    let message = error.to_string();
    // The place is shown in an excerpt.
    let what = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(what, _)| what);
    Err(Invalid {
        message: format!("`{}` is not valid JSON: {what}", page.route),
        text,
        place,
    })
}

/// The character at a line and a column, which counts bytes.
fn place(text: &str, line: usize, column: usize) -> Range<usize> {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut start = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_the_character_that_is_wrong() {
        let at = |text: &str| {
            let error = serde_json::from_str::<IgnoredAny>(text).unwrap_err();
            let range = place(text, error.line(), error.column());
            text[range].to_owned()
        };
        assert_eq!(at("{\n  \"a\": é,\n}"), "é");
        assert_eq!(at("{\"a\": 1,}"), "}");
        assert_eq!(at("[1"), "1");
        assert_eq!(at(""), "");
        assert_eq!(at("[1]\n\nx"), "x");
    }
}
