//! What functions and filters make of content: those that hand it on, and all others, which may show all of it.

use super::syntax::{Arguments, Entry, Expr};
use super::values::{Atom, Narrowed, Source, Val};
use super::walk::{Scope, Walk};
use crate::expression::{Fields, SortOrder};

impl<'t> Walk<'t> {
    pub(super) fn call(
        &mut self,
        scope: Scope,
        function: &str,
        arguments: &'t Arguments<'t>,
    ) -> Val {
        if function == "query" {
            return self.query(scope, arguments);
        }
        self.consume_all(scope, arguments);
        match function {
            "fragment" => Val::of([Atom::of(Source::Fragment)]),
            "backlinks" => Val::of([Atom::list(Source::Backlink)]),
            _ => Val::plain(),
        }
    }

    fn consume_all(&mut self, scope: Scope, arguments: &'t Arguments<'t>) {
        for (_, value) in arguments {
            self.consumed(scope, value);
        }
    }

    /// `query(name=, where=, sort=, limit=, fields=, lang=)`
    fn query(&mut self, scope: Scope, arguments: &'t Arguments<'t>) -> Val {
        let mut name = Val::plain();
        let mut read = Fields::default();
        let mut narrowed = Narrowed::No;
        for (argument, value) in arguments {
            let val = self.value(scope, value);
            self.consume(&val);
            match *argument {
                "name" => name = val,
                "where" => read = read.union(of_texts(&val, |text| Fields::of(text, "item"))),
                "sort" => read = read.union(of_texts(&val, of_order)),
                "fields" => narrowed = members(value),
                _ => {}
            }
        }
        let Some(names) = name.texts else {
            self.known.reach.add_any_query();
            return Val::plain();
        };
        for name in &names {
            self.known.reach.add_query(name, read.clone());
        }
        let items = names
            .into_iter()
            .map(|name| Source::Query(name, narrowed.clone()));
        Val::of(items.map(Atom::list))
    }

    pub(super) fn filter(
        &mut self,
        scope: Scope,
        input: &'t Expr<'t>,
        name: &str,
        arguments: &'t Arguments<'t>,
    ) -> Val {
        let input = self.value(scope, input);
        match name {
            "default" => return self.default(scope, input, arguments),
            "get" => {
                if let Some(Expr::Text(key)) = argument(arguments, "key") {
                    let found = self.member(input, key);
                    return self.or_argument(scope, found, "default", arguments);
                }
            }
            _ => {}
        }
        self.consume_all(scope, arguments);
        let path = argument(arguments, "attribute");
        match (name, path) {
            ("first" | "last" | "nth", _) => self.elements(input),
            ("reverse", _) => self.lists_only(input),
            ("length", _) => {
                self.lists_only(input);
                Val::plain()
            }
            ("sort", Some(Expr::Text(path))) => {
                self.at_path(&input, path);
                self.lists_only(input)
            }
            ("group_by", Some(Expr::Text(path))) => {
                self.at_path(&input, path);
                self.keyed(input)
            }
            _ => {
                self.consume(&input);
                self.special(name);
                Val::plain()
            }
        }
    }

    /// Filters that read more than they are given.
    fn special(&mut self, name: &str) {
        match name {
            "rich_text" | "markdown" => self.rich_text(),
            // What is relative is so to the page.
            "absolute_url" => self.known.reach.add_member("page", "permalink"),
            _ => {}
        }
    }

    fn default(&mut self, scope: Scope, input: Val, arguments: &'t Arguments<'t>) -> Val {
        if argument(arguments, "boolean").is_some() {
            self.ask(&input);
        }
        self.or_argument(scope, input, "value", arguments)
    }

    /// A value or else an argument; the other arguments are read.
    fn or_argument(
        &mut self,
        scope: Scope,
        val: Val,
        name: &str,
        arguments: &'t Arguments<'t>,
    ) -> Val {
        let mut val = val;
        for (own, value) in arguments {
            if *own == name {
                val = val.or(self.value(scope, value));
            } else {
                self.consumed(scope, value);
            }
        }
        val
    }

    /// Lists by a key.
    fn keyed(&mut self, list: Val) -> Val {
        let list = self.lists_only(list);
        let (fine, others): (Vec<Atom>, Vec<Atom>) = list
            .atoms
            .into_iter()
            .partition(|atom| !matches!(atom.source, Source::Keyed(_)));
        self.consume(&Val::of(others));
        Val::of(
            fine.into_iter()
                .map(|list| Atom::of(Source::Keyed(Box::new(list)))),
        )
    }
}

fn argument<'a, 't>(arguments: &'a Arguments<'t>, name: &str) -> Option<&'a Expr<'t>> {
    let mut all = arguments.iter();
    all.find(|(own, _)| *own == name).map(|(_, value)| value)
}

/// What all texts that a value may be read; everything where they are not known.
fn of_texts(val: &Val, read: impl Fn(&str) -> Fields) -> Fields {
    let Some(texts) = &val.texts else {
        return Fields::All;
    };
    texts
        .iter()
        .map(|text| read(text))
        .fold(Fields::default(), Fields::union)
}

/// What a wrong order reads does not matter: it is an error.
fn of_order(text: &str) -> Fields {
    SortOrder::parse(text).map_or(Fields::All, |order| order.fields("item"))
}

/// The members that `fields` names. Anything but a plain list of them may also be absent.
fn members(list: &Expr<'_>) -> Narrowed {
    let Expr::List(entries) = list else {
        return Narrowed::Somehow;
    };
    let name = |entry: &Entry<'_>| match entry {
        Entry::One(Expr::Text(name)) => Some(name.to_string()),
        _ => None,
    };
    let names: Option<_> = entries.iter().map(name).collect();
    names.map_or(Narrowed::Somehow, Narrowed::To)
}
