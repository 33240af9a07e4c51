//! Commands that GitHub Actions reads from what a step prints.
//!
//! A line that begins with `::`, after blanks, is one, and so is `##[…]` anywhere in a line (an older form that
//! the runner still knows). With them a step can hide text from the log, or stop the commands of others, so
//! what others wrote must never become one.

use std::borrow::Cow;

/// A command with its properties and its message, on a line of its own.
pub(super) fn line(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let mut line = format!("::{name}");
    for (at, (key, value)) in properties.iter().enumerate() {
        let before = if at == 0 { ' ' } else { ',' };
        line.extend([before.to_string(), format!("{key}={}", property(value))]);
    }
    line.extend(["::", &data(message), "\n"]);
    line
}

/// The message of a command, on one line.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a command's property, which `:` and `,` would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A text without commands: a blank is put into what would make them.
pub(super) fn disarmed(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut disarmed = String::with_capacity(text.len() + 8);
    // A carriage return ends a line, too.
    for line in text.split_inclusive(['\n', '\r']) {
        let rest = without_blanks(line);
        match rest.strip_prefix("::") {
            Some(after) => {
                disarmed.push_str(&line[..line.len() - rest.len()]);
                disarmed.push_str(": :");
                disarmed.push_str(after);
            }
            None => disarmed.push_str(line),
        }
    }
    Cow::Owned(disarmed.replace("##[", "# #["))
}

/// JSON without commands, which means what it meant: `#` is only ever inside texts, and `::` is never the
/// first of a line.
pub(super) fn disarmed_json(json: &str) -> Cow<'_, str> {
    if json.contains("##[") {
        Cow::Owned(json.replace("##[", "#\\u0023["))
    } else {
        Cow::Borrowed(json)
    }
}

/// A line from its first character that is seen: colours may be taken out of it before it is read.
fn without_blanks(line: &str) -> &str {
    let mut rest = line.trim_start();
    while let Some(after) = rest.strip_prefix("\u{1b}[") {
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]).trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_end_what_they_are_in() {
        let properties = [("file", "a,b:c%.toml".to_owned()), ("line", "3".to_owned())];
        assert_eq!(
            line("error", &properties, "100%\r\n::stop-commands::x, y: z"),
            "::error file=a%2Cb%3Ac%25.toml,line=3::100%25%0D%0A::stop-commands::x, y: z\n"
        );
        assert_eq!(line("warning", &[], "a"), "::warning::a\n");
    }

    #[test]
    fn no_text_is_a_command() {
        for (text, expected) in [
            ("::add-mask::a", ": :add-mask::a"),
            ("a\n \t::error::b\n", "a\n \t: :error::b\n"),
            ("a\r::error::b", "a\r: :error::b"),
            (
                "\u{1b}[1m \u{1b}[0;31m::error::b",
                "\u{1b}[1m \u{1b}[0;31m: :error::b",
            ),
            ("\u{a0}::error::b", "\u{a0}: :error::b"),
            ("a ##[add-mask]e", "a # #[add-mask]e"),
            ("###[stop-commands]e", "## #[stop-commands]e"),
            ("::##[group]", ": :# #[group]"),
            ("::::x", ": :::x"),
        ] {
            assert_eq!(disarmed(text), expected);
        }
        for text in ["a::b", "std::fs ## [x]", "", "\u{1b}[1m", "\u{1b}[::"] {
            assert_eq!(disarmed(text), text);
        }
    }

    #[test]
    fn json_stays_what_it_is() {
        let json = "{\"###[a]\": \"\\\\##[b] ::c\"}";
        let disarmed = disarmed_json(json);
        assert!(!disarmed.contains("##["), "{disarmed}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&disarmed), value(json));
    }
}
