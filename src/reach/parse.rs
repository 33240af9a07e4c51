//! Reads templates: their tags, one after the other.

use super::expressions::Parser;
use super::lexer::{self, Token};
use super::syntax::{Definition, Expr, Origin, Parameter, Step, Unit};

/// A template and the components it defines; the template itself is first. `None` where something in it is not
/// understood.
pub(super) fn units(text: &str) -> Option<Vec<Unit<'_>>> {
    let mut reader = Reader {
        parser: Parser {
            tokens: lexer::tokens(text)?.into_iter().peekable(),
        },
        own: Unit::default(),
        component: None,
        components: Vec::new(),
    };
    while let Some(token) = reader.parser.tokens.next() {
        match token {
            Token::Print => {
                let value = reader.parser.expression()?;
                reader.step(Step::Print(value));
            }
            Token::Tag => reader.tag()?,
            _ => return None,
        }
        reader.close()?;
    }
    let whole = std::iter::once(reader.own).chain(reader.components);
    reader.component.is_none().then(|| whole.collect())
}

struct Reader<'t> {
    parser: Parser<'t>,
    own: Unit<'t>,
    /// The one that is being defined.
    component: Option<Unit<'t>>,
    components: Vec<Unit<'t>>,
}

impl<'t> Reader<'t> {
    fn step(&mut self, step: Step<'t>) {
        let unit = self.component.as_mut().unwrap_or(&mut self.own);
        unit.steps.push(step);
    }

    fn close(&mut self) -> Option<()> {
        (self.parser.tokens.next()? == Token::Close).then_some(())
    }

    fn tag(&mut self) -> Option<()> {
        match self.parser.tokens.next()? {
            Token::Name(word) => self.word(word),
            Token::Sign("<") => {
                let call = self.parser.component_call()?;
                self.step(Step::Print(call));
                self.parser.expect(">")
            }
            Token::Sign("</") => {
                self.parser.component_name()?;
                self.parser.expect(">")
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        match word {
            "set" | "set_global" => self.set(),
            "extends" | "include" => {
                let name = self.parser.text()?;
                self.step(Step::Use(name));
                Some(())
            }
            "if" | "elif" => {
                let condition = self.parser.expression()?;
                self.step(Step::Ask(condition));
                Some(())
            }
            "for" => {
                let each = self.parser.each(0)?;
                self.step(Step::For(each));
                Some(())
            }
            "filter" => {
                self.filter()?;
                self.filters()
            }
            "component" => self.definition(),
            "endcomponent" => {
                let component = self.component.take()?;
                self.components.push(component);
                self.end_name()
            }
            "block" => self.parser.name().map(|_| ()),
            "endblock" => self.end_name(),
            "else" | "endif" | "endfor" | "endset" | "endfilter" | "break" | "continue" => Some(()),
            _ => None,
        }
    }

    /// The name that may stand at the end again.
    fn end_name(&mut self) -> Option<()> {
        match self.parser.tokens.peek()? {
            Token::Close => Some(()),
            _ => self.parser.component_name().map(|_| ()),
        }
    }

    fn set(&mut self) -> Option<()> {
        let name = self.parser.name()?;
        if self.parser.skip("=") {
            let value = self.parser.expression()?;
            self.step(Step::Set(name, value));
            return Some(());
        }
        self.step(Step::Capture(name));
        self.filters()
    }

    fn filters(&mut self) -> Option<()> {
        while self.parser.skip("|") {
            self.filter()?;
        }
        Some(())
    }

    /// A filter for what a block prints.
    fn filter(&mut self) -> Option<()> {
        let name = self.parser.name()?;
        let arguments = if self.parser.is_at("(") {
            self.parser.arguments()?
        } else {
            Vec::new()
        };
        let filter = Expr::Filter(Box::new(Expr::Scalar), name, arguments);
        self.step(Step::Print(filter));
        Some(())
    }

    fn definition(&mut self) -> Option<()> {
        if self.component.is_some() {
            return None;
        }
        let mut definition = Definition {
            name: self.parser.component_name()?,
            ..Definition::default()
        };
        self.parser.expect("(")?;
        while !self.parser.skip(")") {
            if self.parser.skip("...") {
                definition.rest = Some(self.parser.name()?);
            } else {
                definition.parameters.push(self.parameter()?);
            }
            if !self.parser.is_at(")") {
                self.parser.expect(",")?;
            }
        }
        // What it says about itself is made of constants.
        if self.parser.is_at("{") {
            self.parser.expression()?;
        }
        self.component = Some(Unit {
            component: Some(definition),
            steps: Vec::new(),
        });
        Some(())
    }

    fn parameter(&mut self) -> Option<Parameter<'t>> {
        let origin = if self.parser.skip("@") {
            Origin::Around
        } else {
            Origin::Call
        };
        let name = self.parser.name()?;
        if self.parser.skip(":") {
            self.parser.name()?;
        }
        let default = if self.parser.skip("=") {
            Some(self.parser.expression()?)
        } else {
            None
        };
        Some(Parameter {
            name,
            origin,
            default,
        })
    }
}
