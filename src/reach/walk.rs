//! Follows content through a template and all that it uses.
//!
//! Names are followed without regard to order and nesting: a name may be everything that is ever put under it in the
//! page, or in the component it belongs to. That goes on until nothing new is found. What is printed, compared or given
//! away as a whole counts as a whole; only what is known to take out a member counts as that member.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::syntax::{Attribute, Definition, Each, Entry, Expr, Origin, Step};
use super::values::{Atom, Source, Val};
use super::{Reach, Units};

/// Whose names: those of the page and of what it includes, or those of one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Page,
    Component(usize),
}

/// What is known so far.
#[derive(Clone, PartialEq)]
pub(super) struct Known<'t> {
    names: BTreeMap<(Scope, &'t str), Val>,
    /// The units that are used.
    live: BTreeSet<usize>,
    pub(super) reach: Reach,
}

/// The way through a template.
pub(super) struct Walk<'t> {
    pub(super) units: &'t Units<'t>,
    pub(super) known: Known<'t>,
    /// Whether something was met that cannot be followed.
    pub(super) is_lost: bool,
}

/// What a template reaches; `None` where that cannot be told.
pub(super) fn reach(units: &Units<'_>, template: &str) -> Option<Reach> {
    let mut walk = Walk {
        units,
        known: Known {
            names: BTreeMap::new(),
            live: BTreeSet::from([units.template(template)?]),
            reach: Reach::default(),
        },
        is_lost: false,
    };
    loop {
        let before = walk.known.clone();
        for unit in before.live.clone() {
            walk.unit(unit);
        }
        if walk.is_lost {
            return None;
        }
        if walk.known == before {
            return Some(walk.known.reach);
        }
    }
}

impl<'t> Walk<'t> {
    fn unit(&mut self, id: usize) {
        let units = self.units;
        let (file, unit) = &units.all[id];
        self.known.reach.files.insert(Arc::clone(file));
        let scope = self.scope(id);
        if let Some(definition) = &unit.component {
            self.parameters(scope, definition);
        }
        for step in &unit.steps {
            self.step(scope, step);
        }
    }

    /// What a component includes sees its names. It is simpler to give them all to the page.
    fn scope(&self, id: usize) -> Scope {
        let (_, unit) = &self.units.all[id];
        let includes = unit.steps.iter().any(|step| matches!(step, Step::Use(_)));
        if unit.component.is_none() || includes {
            Scope::Page
        } else {
            Scope::Component(id)
        }
    }

    /// What they are besides what calls give: their defaults, and what is around.
    fn parameters(&mut self, scope: Scope, definition: &'t Definition<'t>) {
        // What stands between the tags of a call may be any text.
        self.bind(scope, "body", Val::plain());
        for parameter in &definition.parameters {
            if let Some(default) = &parameter.default {
                let default = self.value(scope, default);
                self.bind(scope, parameter.name, default);
            }
            if parameter.origin == Origin::Around {
                let around = self.around(parameter.name);
                self.bind(scope, parameter.name, around);
            }
        }
    }

    /// Everything of that name, wherever it is.
    fn around(&mut self, name: &str) -> Val {
        let of_page = Val::of([self.of_page(name)]);
        let names = self.known.names.iter();
        let same = names.filter(|((_, own), _)| *own == name);
        same.fold(of_page, |all, (_, val)| all.or(val.clone()))
    }

    /// A variable of the page. Lists are reached as soon as they are named: how long they are may show.
    fn of_page(&mut self, name: &str) -> Atom {
        let (is_list, source) = match name {
            "groups" => (true, Source::Group),
            "items" | "terms" => (true, Source::Element(name.into())),
            _ => (false, Source::Variable(name.into())),
        };
        if is_list {
            self.known.reach.add_variable(name);
            return Atom::list(source);
        }
        Atom::of(source)
    }

    pub(super) fn bind(&mut self, scope: Scope, name: &'t str, val: Val) {
        let own = self
            .known
            .names
            .entry((scope, name))
            .or_insert_with(Val::nothing);
        *own = std::mem::replace(own, Val::nothing()).or(val);
    }

    fn step(&mut self, scope: Scope, step: &'t Step<'t>) {
        match step {
            Step::Print(value) => self.consumed(scope, value),
            Step::Ask(condition) => self.asked(scope, condition),
            Step::For(each) => self.each(scope, each),
            Step::Set(name, value) => {
                let val = self.value(scope, value);
                self.bind(scope, name, val);
            }
            Step::Capture(name) => self.bind(scope, name, Val::plain()),
            Step::Use(file) => self.uses(self.units.template(file)),
        }
    }

    fn uses(&mut self, unit: Option<usize>) {
        match unit {
            Some(unit) => {
                self.known.live.insert(unit);
            }
            None => self.is_lost = true,
        }
    }

    fn each(&mut self, scope: Scope, each: &'t Each<'t>) {
        let list = self.value(scope, &each.list);
        let element = match each.key {
            None => self.elements(list),
            Some(key) => {
                self.bind(scope, key, Val::plain());
                self.below_keys(list)
            }
        };
        self.bind(scope, each.value, element);
    }

    /// A value of which everything may be shown.
    pub(super) fn consumed(&mut self, scope: Scope, expr: &'t Expr<'t>) {
        let val = self.value(scope, expr);
        self.consume(&val);
    }

    /// A value of which only is asked whether it counts as true.
    pub(super) fn asked(&mut self, scope: Scope, expr: &'t Expr<'t>) {
        let val = self.value(scope, expr);
        self.ask(&val);
    }

    /// What an expression may be; what it takes out of content on the way is noted.
    pub(super) fn value(&mut self, scope: Scope, expr: &'t Expr<'t>) -> Val {
        match expr {
            Expr::Text(text) => return Val::text(text),
            Expr::Name(name) => return self.name(scope, name),
            Expr::Member(of, name) => {
                if let Some((outer, member)) = member_of(of) {
                    return self.inner(scope, outer, member, name);
                }
                let of = self.value(scope, of);
                return self.member(of, name);
            }
            Expr::Index(of, index) => return self.index(scope, of, index),
            Expr::Slice(of, bounds) => {
                bounds.iter().for_each(|bound| self.consumed(scope, bound));
                let of = self.value(scope, of);
                return self.lists_only(of);
            }
            Expr::List(entries) => return self.list(scope, entries),
            Expr::Comprehension(made) => {
                self.each(scope, &made.each);
                made.condition
                    .iter()
                    .for_each(|asked| self.asked(scope, asked));
                let value = self.value(scope, &made.value);
                return self.listed(value);
            }
            Expr::Call(function, arguments) => return self.call(scope, function, arguments),
            Expr::Filter(input, name, arguments) => {
                return self.filter(scope, input, name, arguments);
            }
            Expr::Either(left, right) => {
                let left = self.value(scope, left);
                self.ask(&left);
                return left.or(self.value(scope, right));
            }
            Expr::Ternary(parts) => {
                let [condition, yes, no] = &**parts;
                self.asked(scope, condition);
                return self.value(scope, yes).or(self.value(scope, no));
            }
            Expr::Not(value) => self.asked(scope, value),
            Expr::Test(input, name, arguments) => self.test(scope, input, name, arguments),
            Expr::Equality(left, right) => self.equality(scope, left, right),
            Expr::Component(name, given) => self.component(scope, name, given),
            Expr::Map(parts) | Expr::Operation(parts) => {
                parts.iter().for_each(|part| self.consumed(scope, part));
            }
            Expr::Scalar => {}
        }
        Val::plain()
    }

    /// `outer.member.name`: of the member only that counts.
    pub(super) fn inner(
        &mut self,
        scope: Scope,
        outer: &'t Expr<'t>,
        member: &str,
        name: &str,
    ) -> Val {
        let outer = self.value(scope, outer);
        let mut rest = Val::plain();
        for atom in &outer.atoms {
            if !self.member_inside(atom, member, name) {
                let found = self.member(Val::of([atom.clone()]), member);
                rest = rest.or(self.member(found, name));
            }
        }
        rest
    }

    fn name(&mut self, scope: Scope, name: &str) -> Val {
        // Tera's name for everything at once.
        self.is_lost |= name == "__tera_context";
        let own = self.known.names.get(&(scope, name)).cloned();
        let own = own.unwrap_or_else(Val::nothing);
        if scope != Scope::Page {
            return own;
        }
        // None of them is a text, so what texts it may be is for those who set it.
        let of_page = self.of_page(name);
        Val {
            atoms: own.atoms.into_iter().chain([of_page]).collect(),
            ..own
        }
    }

    fn list(&mut self, scope: Scope, entries: &'t [Entry<'t>]) -> Val {
        let mut list = Val::plain();
        for entry in entries {
            list = list.or(match entry {
                Entry::One(value) => {
                    let value = self.value(scope, value);
                    self.listed(value)
                }
                Entry::Spread(value) => {
                    let value = self.value(scope, value);
                    self.lists_only(value)
                }
            });
        }
        list
    }

    fn equality(&mut self, scope: Scope, left: &'t Expr<'t>, right: &'t Expr<'t>) {
        let is_constant = |side: &Expr<'_>| matches!(side, Expr::Scalar | Expr::Text(_));
        for (side, other) in [(left, right), (right, left)] {
            let val = self.value(scope, side);
            // Content is a map or a list, which equals no text and no number.
            if !is_constant(other) {
                self.consume(&val);
            }
        }
    }

    fn test(
        &mut self,
        scope: Scope,
        input: &'t Expr<'t>,
        name: &str,
        arguments: &'t [(&'t str, Expr<'t>)],
    ) {
        let input = self.value(scope, input);
        let of_kind = [
            "defined",
            "undefined",
            "none",
            "map",
            "array",
            "iterable",
            "string",
            "number",
            "bool",
            "integer",
            "float",
        ];
        if !of_kind.contains(&name) {
            self.consume(&input);
        }
        arguments
            .iter()
            .for_each(|(_, value)| self.consumed(scope, value));
    }

    fn component(&mut self, scope: Scope, name: &str, given: &'t [Attribute<'t>]) {
        let called: Vec<usize> = self.units.components(name).collect();
        self.is_lost |= called.is_empty();
        self.known.live.extend(&called);
        for attribute in given {
            match attribute {
                Attribute::Named(name, value) => {
                    let val = self.value(scope, value);
                    called.iter().for_each(|&id| self.give(id, name, &val));
                }
                Attribute::Spread(map) => {
                    self.consumed(scope, map);
                    called.iter().for_each(|&id| self.give_anything(id));
                }
            }
        }
    }

    /// An argument of a component.
    fn give(&mut self, id: usize, name: &'t str, val: &Val) {
        let units = self.units;
        let Some(definition) = &units.all[id].1.component else {
            return;
        };
        let scope = self.scope(id);
        if definition.parameters.iter().any(|own| own.name == name) {
            return self.bind(scope, name, val.clone());
        }
        self.consume(val);
        if let Some(rest) = definition.rest {
            self.bind(scope, rest, Val::plain());
        }
    }

    /// Any argument of a component may be any text.
    fn give_anything(&mut self, id: usize) {
        let units = self.units;
        let scope = self.scope(id);
        let definition = units.all[id].1.component.iter();
        for parameter in definition.flat_map(|own| &own.parameters) {
            self.bind(scope, parameter.name, Val::plain());
        }
    }

    /// The components that rich text calls, and what is read of items to find out about its references.
    pub(super) fn rich_text(&mut self) {
        let units = self.units;
        let Some(called) = units.of_rich_text() else {
            self.is_lost = true;
            return;
        };
        for id in called {
            self.known.live.insert(id);
            let definition = units.all[id].1.component.iter();
            for parameter in definition.flat_map(|own| &own.parameters) {
                let val = match parameter.name {
                    "item" => Val::of([Atom::of(Source::Fragment)]),
                    _ => Val::plain(),
                };
                self.bind(self.scope(id), parameter.name, val);
            }
        }
        self.known.reach.add_rich_text();
    }
}

/// What a member is taken out of, and its name; not where that is a member itself: two levels are told apart.
pub(super) fn member_of<'e, 't>(expr: &'e Expr<'t>) -> Option<(&'e Expr<'t>, &'e str)> {
    taken_out(expr).filter(|(of, _)| taken_out(of).is_none())
}

fn taken_out<'e, 't>(expr: &'e Expr<'t>) -> Option<(&'e Expr<'t>, &'e str)> {
    match expr {
        Expr::Member(of, name) => Some((of, name)),
        Expr::Index(of, index) => match &**index {
            Expr::Text(name) => Some((of, name)),
            _ => None,
        },
        _ => None,
    }
}
