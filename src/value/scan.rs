//! The places of an object's members in its text.
//!
//! A text that is known to be JSON can be walked over without being read: a value ends where its quotes or brackets do.
//! What is not JSON may give places of no use, or none, but nothing worse.

use std::borrow::Cow;

/// A place in a JSON text.
pub(super) struct Cursor<'j> {
    json: &'j [u8],
    at: usize,
}

/// The name of a member, in its quotes.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'j>(pub(super) &'j [u8]);

impl<'j> Quoted<'j> {
    /// What it says; borrowed where nothing in it is escaped.
    pub(super) fn text(self) -> Option<Cow<'j, str>> {
        let inner = self.0.get(1..self.0.len().checked_sub(1)?)?;
        if inner.contains(&b'\\') {
            return serde_json::from_slice(self.0).ok().map(Cow::Owned);
        }
        std::str::from_utf8(inner).ok().map(Cow::Borrowed)
    }
}

impl<'j> Cursor<'j> {
    /// At the beginning of a text.
    pub(super) fn new(json: &'j [u8]) -> Self {
        Self { json, at: 0 }
    }

    /// Where it is.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What lies between an earlier place and this one.
    pub(super) fn since(&self, start: usize) -> &'j [u8] {
        self.json.get(start..self.at).unwrap_or_default()
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let b' ' | b'\t' | b'\n' | b'\r' = *self.json.get(self.at)? {
            self.at += 1;
        }
        Some(self.json[self.at])
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Goes past a byte, if it is the next one.
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Goes to the value of the next member: its name; `Some(None)` behind the last one.
    pub(super) fn member(&mut self) -> Option<Option<Quoted<'j>>> {
        match self.peek()? {
            b'}' => {
                self.at += 1;
                return Some(None);
            }
            b',' => self.at += 1,
            _ => {}
        }
        self.peek()?;
        let start = self.at;
        self.string()?;
        let name = self.since(start);
        self.take(b':')?;
        self.peek()?;
        Some(Some(Quoted(name)))
    }

    /// Goes past a value: its text.
    pub(super) fn value(&mut self) -> Option<&'j [u8]> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => self.string()?,
            b'{' | b'[' => self.nested()?,
            _ => self.plain(),
        }
        Some(self.since(start)).filter(|value| !value.is_empty())
    }

    /// Goes past a text in quotes.
    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            self.at += quote_or_escape(self.json.get(self.at..)?)?;
            if self.json[self.at] == b'"' {
                self.at += 1;
                return Some(());
            }
            // What is escaped is one byte, or several that are not looked for.
            self.at += 2;
        }
    }

    /// Goes past a list or an object.
    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match *self.json.get(self.at)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Goes past a number or a word.
    fn plain(&mut self) {
        let rest = &self.json[self.at..];
        let ends = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }
}

/// Where the first quote or backslash is. Most strings are short, and most of a text is in a few long ones.
fn quote_or_escape(text: &[u8]) -> Option<usize> {
    let (words, _) = text.as_chunks::<8>();
    for (number, word) in words.iter().take(SHORT).enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ repeated(b'"')) | zeros(word ^ repeated(b'\\'));
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let seen = words.len().min(SHORT) * 8;
    Some(seen + memchr::memchr2(b'"', b'\\', &text[seen..])?)
}

/// So many times eight bytes are looked through here, before a search that takes longer to begin.
const SHORT: usize = 3;

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte that is zero; bits above the lowest one of them mean nothing.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(repeated(1)) & !word & repeated(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values of an object's members.
    fn members(json: &str) -> Option<Vec<(String, String)>> {
        let mut cursor = Cursor::new(json.as_bytes());
        cursor.take(b'{')?;
        let mut found = Vec::new();
        while let Some(name) = cursor.member()? {
            let value = std::str::from_utf8(cursor.value()?).ok()?;
            found.push((name.text()?.into_owned(), value.to_owned()));
        }
        cursor.is_at_end().then_some(found)
    }

    const TEXT: &str = r#" { "a" : -1.5e3 ,"b\"\\":"x, }\"é\\" , "c":[1,{"]":"[\""},[ ]],"":{ "d" : null } ,
        "a long name, longer than a word":"a long text with a \\ and, much later, a \" and then more of it" , "t":true} "#;

    #[test]
    fn members_are_what_a_parser_makes_of_them() {
        type Object = serde_json::Map<String, serde_json::Value>;
        let expected: Object = serde_json::from_str(TEXT).unwrap();
        let found = members(TEXT).unwrap();
        assert_eq!(found.len(), expected.len());
        for (name, value) in &found {
            let value: serde_json::Value = serde_json::from_str(value).unwrap();
            assert_eq!(Some(&value), expected.get(name), "{name}");
        }
        assert_eq!(found[1].1, r#""x, }\"é\\""#);
    }

    #[test]
    fn an_object_without_members_has_none() {
        assert_eq!(members(" { } "), Some(Vec::new()));
    }

    #[test]
    fn what_is_cut_off_is_no_object() {
        for (end, _) in TEXT.trim_end().char_indices() {
            assert_eq!(members(&TEXT[..end]), None, "{end}");
        }
        for wrong in [
            "",
            "[]",
            "{]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{} {}",
            "{\"a\":]]}",
            "\"\\",
        ] {
            assert_eq!(members(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_quote_is_found_wherever_it_is() {
        for before in 0..40 {
            for sign in ["\"", "\\"] {
                let text = format!(
                    "{}{sign}{}",
                    "\u{7f}!#[]".repeat(8).get(..before).unwrap(),
                    "\"\\x".repeat(5)
                );
                assert_eq!(quote_or_escape(text.as_bytes()), Some(before), "{text}");
            }
        }
        assert_eq!(quote_or_escape(b"no such thing in here"), None);
    }
}
