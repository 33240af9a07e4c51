//! Reads expressions, with the precedence that they have in `parsing/parser.rs` of Tera 2.4.
//!
//! Templates are compiled by Tera before they are read here. So this may understand more than Tera does, but it must not
//! understand anything differently.

use std::borrow::Cow;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexer::Token;
use super::syntax::{Arguments, Attribute, Comprehension, Each, Entry, Expr};

/// Reads the tokens of a template. Whatever gives `None` has not been understood.
pub(super) struct Parser<'t> {
    pub(super) tokens: Peekable<IntoIter<Token<'t>>>,
}

/// How tightly a condition after a value (`a if b else c`) binds.
const TERNARY: u8 = 0;

/// How tightly an operator binds on its left and on its right.
fn power(token: &Token<'_>) -> Option<(u8, u8)> {
    Some(match token {
        Token::Name("or") => (1, 2),
        Token::Name("and") => (3, 4),
        Token::Name("in" | "is") => (5, 6),
        Token::Sign("==" | "!=" | "<" | "<=" | ">" | ">=") => (7, 8),
        Token::Sign("+" | "-") => (11, 12),
        Token::Sign("*" | "/" | "%" | "~" | "//") => (13, 14),
        Token::Sign("**") => (16, 15),
        Token::Sign("|") => (17, 18),
        _ => return None,
    })
}

impl<'t> Parser<'t> {
    pub(super) fn is_at(&mut self, sign: &'static str) -> bool {
        self.tokens.peek() == Some(&Token::Sign(sign))
    }

    pub(super) fn skip(&mut self, sign: &'static str) -> bool {
        self.tokens.next_if_eq(&Token::Sign(sign)).is_some()
    }

    pub(super) fn skip_word(&mut self, word: &'static str) -> bool {
        self.tokens.next_if_eq(&Token::Name(word)).is_some()
    }

    pub(super) fn expect(&mut self, sign: &'static str) -> Option<()> {
        self.skip(sign).then_some(())
    }

    fn expect_word(&mut self, word: &'static str) -> Option<()> {
        self.skip_word(word).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<&'t str> {
        match self.tokens.next()? {
            Token::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<Cow<'t, str>> {
        match self.tokens.next()? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of a component, which may have dots.
    pub(super) fn component_name(&mut self) -> Option<String> {
        let mut name = self.name()?.to_owned();
        while self.skip(".") {
            name.push('.');
            name.push_str(self.name()?);
        }
        Some(name)
    }

    pub(super) fn expression(&mut self) -> Option<Expr<'t>> {
        self.bound_by(TERNARY)
    }

    /// An expression, as far as its operators bind more tightly than `least`.
    fn bound_by(&mut self, least: u8) -> Option<Expr<'t>> {
        let mut left = self.primary()?;
        loop {
            left = match self.tokens.peek() {
                Some(Token::Sign("." | "?.")) => {
                    self.tokens.next();
                    Expr::Member(Box::new(left), self.name()?)
                }
                Some(Token::Sign("[" | "?[")) => self.subscript(left)?,
                Some(Token::Name("if")) if least == TERNARY => return self.ternary(left),
                Some(Token::Name("not")) if least <= 5 => {
                    self.tokens.next();
                    self.expect_word("in")?;
                    Expr::Operation(vec![left, self.bound_by(6)?])
                }
                Some(token) => match power(token) {
                    Some((own, right)) if own >= least => self.operation(left, right)?,
                    _ => return Some(left),
                },
                None => return Some(left),
            };
        }
    }

    fn operation(&mut self, left: Expr<'t>, right: u8) -> Option<Expr<'t>> {
        let operator = self.tokens.next()?;
        Some(match operator {
            Token::Sign("|") => {
                Expr::Filter(Box::new(left), self.name()?, self.optional_arguments()?)
            }
            Token::Name("is") => {
                self.skip_word("not");
                Expr::Test(Box::new(left), self.name()?, self.optional_arguments()?)
            }
            Token::Name("or" | "and") => {
                Expr::Either(Box::new(left), Box::new(self.bound_by(right)?))
            }
            Token::Sign("==" | "!=") => {
                Expr::Equality(Box::new(left), Box::new(self.bound_by(right)?))
            }
            _ => Expr::Operation(vec![left, self.bound_by(right)?]),
        })
    }

    fn ternary(&mut self, value: Expr<'t>) -> Option<Expr<'t>> {
        self.expect_word("if")?;
        let condition = self.expression()?;
        self.expect_word("else")?;
        let otherwise = self.expression()?;
        Some(Expr::Ternary(Box::new([condition, value, otherwise])))
    }

    fn primary(&mut self) -> Option<Expr<'t>> {
        Some(match self.tokens.next()? {
            Token::Number
            | Token::Name("true" | "True" | "false" | "False" | "none" | "None" | "null") => {
                Expr::Scalar
            }
            Token::Text(text) => Expr::Text(text),
            Token::Sign("-") => Expr::Operation(vec![self.bound_by(20)?]),
            Token::Name("not") => Expr::Not(Box::new(self.bound_by(5)?)),
            Token::Name(name) if self.is_at("(") => Expr::Call(name, self.arguments()?),
            Token::Name(name) => Expr::Name(name),
            Token::Sign("<") => {
                let call = self.component_call()?;
                self.expect("/")?;
                self.expect(">")?;
                call
            }
            Token::Sign("{") => self.map()?,
            Token::Sign("[") => self.list()?,
            Token::Sign("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                inner
            }
            _ => return None,
        })
    }

    /// `[a]` or `[a:b:c]` after a value.
    fn subscript(&mut self, of: Expr<'t>) -> Option<Expr<'t>> {
        self.tokens.next();
        let mut bounds = Vec::new();
        let mut colons = 0;
        while !self.skip("]") {
            if self.skip(":") {
                colons += 1;
            } else {
                bounds.push(self.expression()?);
            }
        }
        if colons > 0 {
            return Some(Expr::Slice(Box::new(of), bounds));
        }
        let index = bounds.pop().filter(|_| bounds.is_empty())?;
        Some(Expr::Index(Box::new(of), Box::new(index)))
    }

    fn optional_arguments(&mut self) -> Option<Arguments<'t>> {
        if self.is_at("(") {
            self.arguments()
        } else {
            Some(Vec::new())
        }
    }

    pub(super) fn arguments(&mut self) -> Option<Arguments<'t>> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.skip(")") {
            let name = self.name()?;
            self.expect("=")?;
            arguments.push((name, self.expression()?));
            if !self.is_at(")") {
                self.expect(",")?;
            }
        }
        Some(arguments)
    }

    fn map(&mut self) -> Option<Expr<'t>> {
        let mut values = Vec::new();
        while !self.skip("}") {
            if !self.skip("...") {
                self.tokens.next()?;
                self.expect(":")?;
            }
            values.push(self.expression()?);
            if !self.is_at("}") {
                self.expect(",")?;
            }
        }
        Some(Expr::Map(values))
    }

    fn list(&mut self) -> Option<Expr<'t>> {
        let mut entries = Vec::new();
        while !self.skip("]") {
            if self.skip("...") {
                entries.push(Entry::Spread(self.expression()?));
            } else {
                let value = self.expression()?;
                if entries.is_empty() && self.skip_word("for") {
                    return self.comprehension(value);
                }
                entries.push(Entry::One(value));
            }
            if !self.is_at("]") {
                self.expect(",")?;
            }
        }
        Some(Expr::List(entries))
    }

    fn comprehension(&mut self, value: Expr<'t>) -> Option<Expr<'t>> {
        let each = self.each(TERNARY + 1)?;
        let condition = if self.skip_word("if") {
            Some(self.bound_by(TERNARY + 1)?)
        } else {
            None
        };
        self.expect("]")?;
        Some(Expr::Comprehension(Box::new(Comprehension {
            value,
            each,
            condition,
        })))
    }

    /// What follows a `for`.
    pub(super) fn each(&mut self, least: u8) -> Option<Each<'t>> {
        let first = self.name()?;
        let second = if self.skip(",") {
            Some(self.name()?)
        } else {
            None
        };
        self.expect_word("in")?;
        Some(Each {
            key: second.map(|_| first),
            value: second.unwrap_or(first),
            list: self.bound_by(least)?,
        })
    }

    /// A component and what it is given, up to its `/>` or `>`.
    pub(super) fn component_call(&mut self) -> Option<Expr<'t>> {
        let name = self.component_name()?;
        let mut given = Vec::new();
        while !self.is_at("/") && !self.is_at(">") {
            given.push(self.attribute()?);
        }
        Some(Expr::Component(name, given))
    }

    fn attribute(&mut self) -> Option<Attribute<'t>> {
        if self.skip("{") {
            self.expect("...")?;
            let map = self.expression()?;
            self.expect("}")?;
            return Some(Attribute::Spread(map));
        }
        let name = self.name()?;
        if !self.skip("=") {
            return Some(Attribute::Named(name, Expr::Name(name)));
        }
        if !self.skip("{") {
            return Some(Attribute::Named(name, Expr::Text(self.text()?)));
        }
        let value = self.expression()?;
        self.expect("}")?;
        Some(Attribute::Named(name, value))
    }
}
