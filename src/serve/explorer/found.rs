//! What is wrong: the same form for the explorer, the overlay and whoever else asks.

use std::ops::Range;

use serde_json::{Value, json};

use super::routes::address;
use crate::diag::{Diagnostic, Diagnostics, Excerpt, Severity};
use crate::serve::Moment;

/// Lines shown before and after the ones that are meant.
const AROUND: usize = 2;

/// Lines that are meant, at most.
const MEANT: usize = 6;

/// Characters of a line.
const WIDTH: usize = 240;

/// Characters of a long line that are shown before the place.
const BEFORE: usize = 60;

/// What is wrong with the site at a moment, and with the pages that were rendered for it.
pub(super) fn tell(moment: &Moment) -> Value {
    let pages = moment.site.iter().flat_map(|snapshot| {
        let site = snapshot.site();
        let rendered = snapshot.rendered().into_iter();
        let wrong = rendered.filter(|(_, shown)| !shown.problems.is_empty());
        wrong.map(move |(id, shown)| {
            let page = site.routes.get(id);
            json!({
                "route": page.route.as_str(),
                "address": address(site, &page.route),
                "problems": problems(&shown.problems),
            })
        })
    });
    json!({
        "moment": moment.number,
        "working": moment.working,
        "problems": problems(&moment.problems),
        "warnings": problems(&moment.warnings),
        "pages": pages.collect::<Vec<_>>(),
    })
}

/// What was said, in the order in which it was said, each with the lines that are meant.
#[must_use]
pub fn problems(found: &Diagnostics) -> Value {
    found.iter().map(problem).collect()
}

fn problem(diagnostic: &Diagnostic) -> Value {
    let location = diagnostic.location.as_deref();
    let position = location.and_then(|location| location.line_and_column());
    let excerpt = location.and_then(|location| location.excerpt.as_ref());
    json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "kind": diagnostic.kind.name(),
        "message": diagnostic.message,
        "file": location.map(|location| &location.file),
        "line": position.map(|(line, _)| line),
        "column": position.map(|(_, column)| column),
        "label": excerpt.and_then(|excerpt| excerpt.label.as_deref()),
        "excerpt": excerpt.map(lines),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "repeats": diagnostic.repeats,
    })
}

/// The lines of an excerpt: number, text, and from where to where is meant, in characters of that text.
fn lines(Excerpt { source, span, .. }: &Excerpt) -> Value {
    let start = source.floor_char_boundary(span.start);
    let end = source.floor_char_boundary(span.end).max(start);
    let number = |at: usize| source[..at].matches('\n').count();
    let (first, last) = (number(start), number(end));
    let from = first.saturating_sub(AROUND);
    let to = last.min(first + MEANT) + AROUND;
    let mut at = 0;
    let mut told = Vec::new();
    for (number, line) in source.split_inclusive('\n').enumerate() {
        let place = at..at + line.len();
        at = place.end;
        if (from..=to).contains(&number) {
            told.push(told_line(number + 1, line, &place, &(start..end)));
        }
    }
    Value::Array(told)
}

fn told_line(number: usize, line: &str, place: &Range<usize>, span: &Range<usize>) -> Value {
    let text = line.trim_end_matches(['\n', '\r']);
    let inside = |at: usize| at.clamp(place.start, place.start + text.len()) - place.start;
    let column = |at: usize| text[..inside(at)].chars().count();
    let is_meant = span.start <= place.start + text.len() && span.end >= place.start;
    // A place between two characters, or past the end of a line, is one wide.
    let mark = is_meant.then(|| (column(span.start), column(span.end)));
    let mark = mark.filter(|(from, to)| from < to || place.contains(&span.start));
    let mark = mark.map(|(from, to)| (from, to.max(from + 1)));
    let skipped = match mark {
        Some((from, _)) if text.chars().count() > WIDTH => from.saturating_sub(BEFORE),
        _ => 0,
    };
    let shown: String = text.chars().skip(skipped).take(WIDTH).collect();
    json!({
        "number": number,
        "text": shown,
        "mark": mark.map(|(from, to)| [from - skipped, (to - skipped).min(WIDTH)]),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diag::{Kind, Location};

    fn told(source: &str, span: Range<usize>) -> Value {
        let source: Arc<str> = Arc::from(source);
        let location = Location::span("templates/a.html", &source, span).label("here");
        let found = Diagnostic::error(Kind::Content, "wrong").at(location);
        problems(&found.into())[0].clone()
    }

    #[test]
    fn a_problem_has_its_place_and_the_lines_around_it() {
        let source = "1\n2\n3\n4 é {{ x }}\n5\n6\n7\n";
        let start = source.find("x }}").unwrap();
        let told = told(source, start..start + 1);
        assert_eq!((&told["line"], &told["column"]), (&json!(4), &json!(8)));
        assert_eq!(told["label"], "here");
        let line =
            |number: usize, text: &str| json!({ "number": number, "text": text, "mark": null });
        let meant = json!({ "number": 4, "text": "4 é {{ x }}", "mark": [7, 8] });
        assert_eq!(
            told["excerpt"],
            json!([
                line(2, "2"),
                line(3, "3"),
                meant,
                line(5, "5"),
                line(6, "6")
            ])
        );
    }

    #[test]
    fn what_is_meant_may_be_long_or_nowhere() {
        let marks = |told: &Value| -> Vec<Value> {
            let lines = told["excerpt"].as_array().unwrap();
            lines.iter().map(|line| line["mark"].clone()).collect()
        };
        // Several lines; the end of the file; past the end; an empty file; inside a character.
        assert_eq!(
            marks(&told("ab\ncd\nef", 1..7)),
            [json!([1, 2]), json!([0, 2]), json!([0, 1])]
        );
        assert_eq!(marks(&told("ab\n", 3..3)), [Value::Null]);
        assert_eq!(marks(&told("ab", 2..2)), [Value::Null]);
        assert_eq!(marks(&told("ab", 7..9)), [Value::Null]);
        assert_eq!(marks(&told("", 0..1)), Vec::<Value>::new());
        assert_eq!(marks(&told("é", 1..2)), [json!([0, 1])]);
        let long = format!("{}!{}", "é".repeat(5_000), "x".repeat(5_000));
        let told = told(&long, 10_000..10_001);
        let line = &told["excerpt"][0];
        let text: Vec<char> = line["text"].as_str().unwrap().chars().collect();
        assert_eq!(text.len(), WIDTH);
        assert_eq!(line["mark"], json!([BEFORE, BEFORE + 1]));
        assert_eq!(text[BEFORE], '!');
    }
}
