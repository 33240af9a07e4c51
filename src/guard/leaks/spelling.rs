//! The spellings of a character: as it is, or as HTML, URLs, JSON, scripts and style sheets escape it.
//!
//! Letters and digits are escaped by nobody, so a text is looked for by a run of them ([`Needle`] keeps the
//! longest), and what stands around the run is compared in whatever spelling it has.

use std::ops::Range;

/// The longest spelling that is read backwards: `&amp;#x0002F;`, `%2525252F`.
const LONGEST: usize = 16;

/// How often an address may have been escaped on top of the first time.
const MOST_TIMES: usize = 3;

/// Whether upper and lower case are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    Ignored,
}

/// A text that is looked for in every spelling.
#[derive(Clone)]
pub(super) struct Needle {
    /// What comes before the anchor, the last first.
    before: Vec<char>,
    anchor: String,
    after: Vec<char>,
    case: Case,
}

impl Needle {
    /// Of a text; its longest run of letters and digits becomes the anchor, or all of it if it has none.
    pub(super) fn new(text: &str, case: Case) -> Self {
        let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
        // Of equally long ones the first.
        let longest = runs.rev().max_by_key(|run| run.len()).unwrap_or_default();
        if longest.is_empty() {
            return Self::around("", text, "", case);
        }
        let (before, after) = text.split_once(longest).unwrap_or_default();
        Self::around(before, longest, after, case)
    }

    /// With an anchor of one's own choice.
    pub(super) fn around(before: &str, anchor: &str, after: &str, case: Case) -> Self {
        Self {
            before: before.chars().rev().collect(),
            anchor: anchor.to_owned(),
            after: after.chars().collect(),
            case,
        }
    }

    /// What to look for, in lower case.
    pub(super) fn anchor(&self) -> String {
        self.anchor.to_ascii_lowercase()
    }

    /// Where the whole text stands, if its anchor stands at `at`.
    pub(super) fn find(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let mut end = at + self.anchor.len();
        let anchor = bytes.get(at..end)?;
        let same = match self.case {
            Case::Exact => anchor == self.anchor.as_bytes(),
            Case::Ignored => anchor.eq_ignore_ascii_case(self.anchor.as_bytes()),
        };
        if !same {
            return None;
        }
        let mut start = at;
        for want in &self.before {
            start = self.back(bytes, start, *want)?;
        }
        end = forward(bytes, end, &self.after, self.case)?;
        Some(start..end)
    }

    fn back(&self, bytes: &[u8], end: usize, want: char) -> Option<usize> {
        let before = |end| back(bytes, end, want, self.case);
        // A backslash may belong to what follows it: `\/content\/dam`.
        before(end).or_else(|| match backslashes(bytes, end) {
            0 => None,
            run => before(end - run),
        })
    }
}

/// How many backslashes stand before a place.
pub(super) fn backslashes(bytes: &[u8], end: usize) -> usize {
    let before = bytes[..end].iter().rev();
    before.take_while(|b| **b == b'\\').count()
}

/// Where the character before `end` begins, if it is `want` in any spelling.
pub(super) fn back(bytes: &[u8], end: usize, want: char, case: Case) -> Option<usize> {
    let first = end.saturating_sub(LONGEST);
    let ends = |at: &usize| steps(bytes, *at, want, case).contains(&end);
    (first..end).rev().find(ends)
}

/// Where a text ends that begins at `at`. Escapes can be read in several ways: `%2525` is `%` for one who
/// undoes it twice, and `%25` for one who does so once.
fn forward(bytes: &[u8], mut at: usize, text: &[char], case: Case) -> Option<usize> {
    for (done, want) in text.iter().enumerate() {
        match steps(bytes, at, *want, case)[..] {
            [] => return None,
            [next] => at = next,
            ref several => {
                let mut several = several.iter();
                return several.find_map(|next| forward(bytes, *next, &text[done + 1..], case));
            }
        }
    }
    Some(at)
}

/// Where the next character may begin, if the one at `at` is `want` in any spelling.
fn steps(bytes: &[u8], at: usize, want: char, case: Case) -> Vec<usize> {
    let same = |c: char| match case {
        Case::Exact => c == want,
        Case::Ignored => c.eq_ignore_ascii_case(&want),
    };
    let once = percent_byte(bytes, at, 0).map(|(byte, next)| (char::from(byte), next));
    let read = [raw(bytes, at), decode(bytes, at), style(bytes, at), once];
    let mut steps = Vec::new();
    for (c, next) in read.into_iter().flatten() {
        if same(c) && !steps.contains(&next) {
            steps.push(next);
        }
    }
    steps
}

/// The character at a place, with its escape undone if it is one, and where the next begins.
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let undone = match bytes.get(at)? {
        b'%' => percent(bytes, at),
        b'&' => entity(bytes, at),
        b'\\' => backslash(bytes, at),
        _ => None,
    };
    undone.or_else(|| raw(bytes, at))
}

/// A text with every escape undone.
pub(super) fn plain(bytes: &[u8]) -> String {
    let mut at = 0;
    std::iter::from_fn(|| {
        let (c, next) = decode(bytes, at)?;
        at = next;
        Some(c)
    })
    .collect()
}

/// What is written there.
fn raw(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let rest = bytes.get(at..)?;
    let first = *rest.first()?;
    let length = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    let text = std::str::from_utf8(rest.get(..length).unwrap_or(&rest[..1]));
    match text.ok().and_then(|text| text.chars().next()) {
        Some(c) => Some((c, at + c.len_utf8())),
        None => Some((char::REPLACEMENT_CHARACTER, at + 1)),
    }
}

/// `%2F`, and `%252F` for what went through that twice.
fn percent(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let (first, mut at) = percent_byte(bytes, at, MOST_TIMES)?;
    let mut utf8 = vec![first];
    let more = match first {
        0xc0..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf7 => 3,
        _ => 0,
    };
    for _ in 0..more {
        let (byte, next) = percent_byte(bytes, at, MOST_TIMES)?;
        utf8.push(byte);
        at = next;
    }
    let c = std::str::from_utf8(&utf8).ok()?.chars().next()?;
    Some((c, at))
}

/// One byte, with up to so many further escapes undone.
fn percent_byte(bytes: &[u8], at: usize, times: usize) -> Option<(u8, usize)> {
    if bytes.get(at) != Some(&b'%') {
        return None;
    }
    let mut digits = at + 1;
    for _ in 0..times {
        let again = bytes.get(digits..)?.starts_with(b"25");
        if !again || number(bytes, digits + 2, 2, 16).is_none() {
            break;
        }
        digits += 2;
    }
    let (byte, next) = number(bytes, digits, 2, 16)?;
    Some((u8::try_from(byte).ok()?, next))
}

/// `&#x2F;`, `&#47;`, `&sol;`, and each of them after another `&amp;`.
fn entity(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    const NAMES: [(&str, char); 20] = [
        ("amp;", '&'),
        ("apos;", '\''),
        ("ast;", '*'),
        ("bsol;", '\\'),
        ("colon;", ':'),
        ("comma;", ','),
        ("commat;", '@'),
        ("dollar;", '$'),
        ("equals;", '='),
        ("excl;", '!'),
        ("gt;", '>'),
        ("lowbar;", '_'),
        ("lt;", '<'),
        ("num;", '#'),
        ("percnt;", '%'),
        ("period;", '.'),
        ("plus;", '+'),
        ("quest;", '?'),
        ("quot;", '"'),
        ("sol;", '/'),
    ];
    let mut name = at + 1;
    let rest = |from: usize| bytes.get(from..).unwrap_or_default();
    let named = |from: usize| {
        let found = NAMES
            .iter()
            .find(|(n, _)| rest(from).starts_with(n.as_bytes()));
        found.map(|(n, c)| (*c, from + n.len()))
    };
    while rest(name).starts_with(b"amp;") {
        let inner = name + "amp;".len();
        if named(inner).is_none() && !rest(inner).starts_with(b"#") {
            break;
        }
        name = inner;
    }
    if !rest(name).starts_with(b"#") {
        return named(name);
    }
    let hex = matches!(bytes.get(name + 1), Some(b'x' | b'X'));
    let (code, end) = match hex {
        true => digits(bytes, name + 2, 6, 16)?,
        false => digits(bytes, name + 1, 7, 10)?,
    };
    let end = end + usize::from(bytes.get(end) == Some(&b';'));
    Some((char::from_u32(code)?, end))
}

/// `\/`, `\u002F`, `\x2F`; of several backslashes, all but the last belong to texts around the text.
fn backslash(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let escaped = at + bytes[at..].iter().take_while(|b| **b == b'\\').count();
    let code = match bytes.get(escaped)? {
        b'u' => number(bytes, escaped + 1, 4, 16),
        b'x' => number(bytes, escaped + 1, 2, 16),
        _ => None,
    };
    match code {
        Some((code, next)) => Some((char::from_u32(code)?, next)),
        // `\&quot;` is what JSON in an attribute looks like.
        None => decode(bytes, escaped),
    }
}

/// `\2f ` of style sheets.
fn style(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let escape = || {
        let (code, end) = digits(bytes, at + 1, 6, 16).filter(|_| bytes[at] == b'\\')?;
        let space = bytes.get(end).is_some_and(u8::is_ascii_whitespace);
        Some((char::from_u32(code)?, end + usize::from(space)))
    };
    escape().or_else(|| raw(bytes, at))
}

/// A number of exactly so many digits.
fn number(bytes: &[u8], at: usize, count: usize, radix: u32) -> Option<(u32, usize)> {
    digits(bytes, at, count, radix).filter(|(_, end)| *end == at + count)
}

/// A number of at least one digit and at most so many.
fn digits(bytes: &[u8], at: usize, most: usize, radix: u32) -> Option<(u32, usize)> {
    let mut value = 0;
    let mut end = at;
    while end < at + most
        && let Some(digit) = bytes.get(end).and_then(|b| char::from(*b).to_digit(radix))
    {
        value = value * radix + digit;
        end += 1;
    }
    (end > at).then_some((value, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the needle stands in a text, tried at every place.
    fn find(needle: &Needle, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let anchor = needle.anchor();
        let places = lower.match_indices(&anchor).map(|(at, _)| at);
        let found = places
            .filter_map(|at| needle.find(text.as_bytes(), at))
            .next()?;
        Some(text[found].to_owned())
    }

    #[test]
    fn every_spelling_is_the_same_text() {
        let path = Needle::around("/content/", "dam", "/", Case::Exact);
        for spelled in [
            "/content/dam/",
            "&#x2F;content&#x2f;dam&#47;",
            "&sol;content&sol;dam/",
            "&amp;#x2F;content&amp;sol;dam&#x2F",
            "%2Fcontent%2fdam%2F",
            "%252Fcontent%25252Fdam%252f",
            r"\/content\/dam\/",
            r"\\/content\\\/dam\\/",
            r"\u002Fcontent\u002fdam\x2F",
            r"\2f content\00002fdam\2F",
        ] {
            let text = format!("x{spelled}x");
            let found = find(&path, &text);
            // A backslash before the first character may belong to anything.
            let found = found.is_some_and(|found| {
                spelled.trim_start_matches('\\').ends_with(&found) || spelled == found
            });
            assert!(found, "{spelled}");
        }
        for other in [
            "/content/damage",
            "content/dam/",
            "/contentdam/",
            "/content/DAM/",
            "dam/",
            "",
        ] {
            assert_eq!(find(&path, other), None, "{other}");
        }
    }

    #[test]
    fn secrets_have_every_character_there_is() {
        for secret in [
            r#"p&ss"w'rd<1>/x"#,
            r"back\slash\n",
            "100%25sure",
            "50%41",
            "ärger+ß=€1",
            "!!!***",
            "a b~c",
        ] {
            let needle = Needle::new(secret, Case::Exact);
            let json = serde_json::to_string(secret).unwrap();
            let html = |text: &str| {
                let text = text
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;");
                text.replace('"', "&quot;").replace('\'', "&#39;")
            };
            let url =
                percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
            let mut spelled = vec![secret.to_owned(), json.clone(), html(secret), html(&json)];
            if !secret.starts_with('!') {
                spelled.extend([url.to_string(), html(&html(secret))]);
                spelled.push(serde_json::to_string(&json).unwrap());
            }
            for spelled in spelled {
                let text = format!("before {spelled} after");
                assert!(find(&needle, &text).is_some(), "{secret}: {spelled}");
            }
        }
    }

    #[test]
    fn case_counts_where_it_should() {
        let host = Needle::new("author.example.com", Case::Ignored);
        assert!(find(&host, "https://Author.EXAMPLE.com/").is_some());
        let secret = Needle::new("hunter2X", Case::Exact);
        assert!(find(&secret, "HUNTER2X").is_none());
    }

    #[test]
    fn nothing_is_read_past_the_end() {
        let needle = Needle::new("/dam/", Case::Exact);
        for text in [
            "dam%",
            "dam&",
            "dam&#",
            "dam&#x",
            r"dam\",
            r"dam\u00",
            "dam%2",
            "&dam",
            "\u{fc}dam",
            "dam\u{20ac}",
        ] {
            for cut in 0..=text.len() {
                assert!(needle.find(&text.as_bytes()[..cut], 0).is_none());
                let _ = plain(&text.as_bytes()[..cut]);
            }
        }
        assert_eq!(plain(b"\xff%ff&bogus;%2"), "\u{fffd}%ff&bogus;%2");
    }
}
