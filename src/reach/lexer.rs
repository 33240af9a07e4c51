//! The words of a template, cut as Tera cuts them.
//!
//! Tera keeps its own lexer and tree to itself. This one follows `parsing/lexer.rs` of Tera 2.4 step by step, since a
//! word that is overlooked would be content that is overlooked. What it does not know is nothing at all.

use std::borrow::Cow;

/// A piece of template language.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// `{{`
    Print,
    /// `{%`
    Tag,
    /// `}}` or `%}`
    Close,
    /// A name or a keyword.
    Name(&'t str),
    /// A string, without its quotes.
    Text(Cow<'t, str>),
    Number,
    Sign(&'static str),
}

/// The longer ones first.
const SIGNS: [&str; 31] = [
    "...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?[", "+", "-", "*", "/", "%", "!", ".",
    ",", ":", "~", "|", "=", ">", "<", "(", ")", "[", "]", "{", "}", "@",
];

/// All tokens of a template; `None` where Tera would not understand it either.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut lexer = Lexer {
        rest: text,
        found: Vec::new(),
    };
    while let Some(mark) = lexer.next_mark() {
        match mark {
            "{{" => lexer.inside(Token::Print, "}}")?,
            "{%" if lexer.skip_raw()? => {}
            "{%" => lexer.inside(Token::Tag, "%}")?,
            _ => lexer.skip_past("#}")?,
        }
    }
    Some(lexer.found)
}

struct Lexer<'t> {
    rest: &'t str,
    found: Vec<Token<'t>>,
}

impl<'t> Lexer<'t> {
    /// Goes past the next mark that opens something, and the `-` after it.
    fn next_mark(&mut self) -> Option<&'t str> {
        let is_mark = |pair: &[u8]| matches!(pair, b"{{" | b"{%" | b"{#");
        let at = self.rest.as_bytes().windows(2).position(is_mark)?;
        let (mark, rest) = self.rest[at..].split_at(2);
        self.rest = rest.strip_prefix('-').unwrap_or(rest);
        Some(mark)
    }

    fn skip_past(&mut self, end: &str) -> Option<()> {
        let (_, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(())
    }

    /// Goes past a `raw` block, if that is what has been opened.
    fn skip_raw(&mut self) -> Option<bool> {
        let Some(rest) = after_tag(self.rest, "raw") else {
            return Some(false);
        };
        self.rest = rest;
        loop {
            self.skip_past("{%")?;
            if let Some(rest) = after_tag(self.rest, "endraw") {
                self.rest = rest;
                return Some(true);
            }
        }
    }

    /// Everything up to the end of a tag.
    fn inside(&mut self, open: Token<'t>, end: &str) -> Option<()> {
        self.found.push(open);
        loop {
            self.rest = skip_space(self.rest);
            let bare = self.rest.strip_prefix('-').unwrap_or(self.rest);
            let ended = self.rest.strip_prefix(end).or(bare.strip_prefix(end));
            if let Some(rest) = ended {
                self.rest = rest;
                self.found.push(Token::Close);
                return Some(());
            }
            let token = self.token()?;
            self.found.push(token);
        }
    }

    fn token(&mut self) -> Option<Token<'t>> {
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest.starts_with(**sign)) {
            self.rest = &self.rest[sign.len()..];
            return Some(Token::Sign(sign));
        }
        match self.rest.as_bytes().first()? {
            quote @ (b'"' | b'\'' | b'`') => self.text(*quote),
            b'0'..=b'9' => Some(self.number()),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Some(self.name()),
            _ => None,
        }
    }

    fn text(&mut self, quote: u8) -> Option<Token<'t>> {
        let mut is_escaped = false;
        let ends = |byte: u8| {
            let ends = byte == quote && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        };
        let length = self.rest.bytes().skip(1).position(ends)?;
        let text = &self.rest[1..=length];
        self.rest = &self.rest[length + 2..];
        if text.contains('\\') {
            return Some(Token::Text(Cow::Owned(unescaped(text)?)));
        }
        Some(Token::Text(Cow::Borrowed(text)))
    }

    fn number(&mut self) -> Token<'t> {
        let mut dots = 0;
        let belongs = |c: char| {
            dots += usize::from(c == '.');
            c.is_ascii_digit() || (c == '.' && dots == 1)
        };
        self.rest = self.rest.trim_start_matches(belongs);
        Token::Number
    }

    fn name(&mut self) -> Token<'t> {
        let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Token::Name(name)
    }
}

/// What follows a tag that is nothing but a name.
fn after_tag<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = skip_space(skip_space(text).strip_prefix(name)?);
    text.strip_prefix('-').unwrap_or(text).strip_prefix("%}")
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_whitespace())
}

fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(match letter {
            '\\' => match letters.next()? {
                same @ ('"' | '\'' | '/' | '\\') => same,
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}
