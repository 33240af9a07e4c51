//! What taking something out of a value reads of content.

use super::only;
use super::syntax::Expr;
use super::values::{Atom, Narrowed, Source, Val};
use super::walk::{Scope, Walk, member_of};
use crate::expression::Fields;

impl<'t> Walk<'t> {
    /// Everything may be shown.
    pub(super) fn consume(&mut self, val: &Val) {
        for atom in &val.atoms {
            self.consume_atom(atom);
        }
    }

    fn consume_atom(&mut self, atom: &Atom) {
        let reach = &mut self.known.reach;
        match &atom.source {
            Source::Variable(name) => reach.add_variable(name),
            Source::Element(name) => reach.add_elements(name),
            Source::Group => reach.add_elements("items"),
            Source::Query(name, Narrowed::To(members)) => {
                for member in members {
                    reach.add_query(name, only(head(member)));
                }
            }
            Source::Query(name, Narrowed::No | Narrowed::Somehow) => {
                reach.add_query(name, Fields::All);
            }
            Source::Fragment | Source::Backlink => reach.add_fragment(Fields::All),
            Source::Keyed(inner) => self.consume_atom(inner),
        }
    }

    /// Whether it counts as true: whether there is something in it. There always is in an item, but not in what
    /// `query()` makes of one.
    pub(super) fn ask(&mut self, val: &Val) {
        for atom in val.atoms.iter().filter(|atom| atom.lists == 0) {
            if matches!(
                atom.source,
                Source::Query(_, Narrowed::To(_) | Narrowed::Somehow)
            ) {
                self.consume_atom(atom);
            }
        }
    }

    /// `val.name`
    pub(super) fn member(&mut self, val: Val, name: &str) -> Val {
        let atoms: Vec<Atom> = val
            .atoms
            .iter()
            .filter_map(|atom| self.member_of(atom, name))
            .collect();
        Val::of(atoms)
    }

    fn member_of(&mut self, atom: &Atom, name: &str) -> Option<Atom> {
        // A list has no members, and a name with a dot would be taken for a path.
        if atom.lists > 0 || name.contains('.') {
            self.consume_atom(atom);
            return None;
        }
        let reach = &mut self.known.reach;
        match &atom.source {
            Source::Variable(own) => reach.add_member(own, name),
            Source::Element(own) => reach.add_element_member(own, name),
            Source::Query(own, _) => reach.add_query(own, only(name)),
            Source::Fragment => reach.add_fragment(only(name)),
            Source::Group if name == "items" => {
                return Some(Atom::list(Source::Element("items".into())));
            }
            Source::Backlink if name == "item" => return Some(Atom::of(Source::Fragment)),
            Source::Group | Source::Backlink => {}
            Source::Keyed(inner) => return Some((**inner).clone()),
        }
        None
    }

    /// `atom.member.name`, where that is noted as it stands: whether it is.
    pub(super) fn member_inside(&mut self, atom: &Atom, member: &str, name: &str) -> bool {
        if atom.lists > 0 || member.contains('.') || name.contains('.') {
            return false;
        }
        let both = format!("{member}.{name}");
        let reach = &mut self.known.reach;
        match &atom.source {
            Source::Variable(own) => reach.add_member(own, &both),
            Source::Element(own) => reach.add_element_member(own, &both),
            Source::Query(own, Narrowed::No) => reach.add_query(own, only(&both)),
            Source::Fragment => reach.add_fragment(only(&both)),
            _ => return false,
        }
        true
    }

    /// `of[index]`
    pub(super) fn index(&mut self, scope: Scope, of: &'t Expr<'t>, index: &'t Expr<'t>) -> Val {
        if let Expr::Text(name) = index
            && let Some((outer, member)) = member_of(of)
        {
            return self.inner(scope, outer, member, name);
        }
        let of = self.value(scope, of);
        if let Expr::Text(name) = index {
            return self.member(of, name);
        }
        self.consumed(scope, index);
        self.elements(of)
    }

    /// What is in a list, or below the keys of a map.
    pub(super) fn elements(&mut self, list: Val) -> Val {
        let mut found = Vec::new();
        for atom in &list.atoms {
            match (atom.element(), &atom.source) {
                (Some(element), _) => found.push(element),
                (None, Source::Keyed(inner)) => found.push((**inner).clone()),
                (None, _) => self.consume_atom(atom),
            }
        }
        Val::of(found)
    }

    /// What is below the keys of a map.
    pub(super) fn below_keys(&mut self, map: Val) -> Val {
        let mut found = Vec::new();
        for atom in &map.atoms {
            match &atom.source {
                Source::Keyed(inner) if atom.lists == 0 => found.push((**inner).clone()),
                _ => self.consume_atom(atom),
            }
        }
        Val::of(found)
    }

    /// The same, of which only lists can be meant.
    pub(super) fn lists_only(&mut self, val: Val) -> Val {
        let (lists, others): (Vec<Atom>, Vec<Atom>) =
            val.atoms.into_iter().partition(|atom| atom.lists > 0);
        others.iter().for_each(|atom| self.consume_atom(atom));
        Val::of(lists)
    }

    /// A list of it.
    pub(super) fn listed(&mut self, val: Val) -> Val {
        let mut found = Vec::new();
        for atom in val.atoms {
            match atom.clone().listed() {
                Some(listed) => found.push(listed),
                None => self.consume_atom(&atom),
            }
        }
        Val::of(found)
    }

    /// What a filter finds at a path such as `author.name` in every element of a list, and uses as a whole.
    pub(super) fn at_path(&mut self, list: &Val, path: &str) {
        let mut val = self.elements(list.clone());
        for part in path.split('.') {
            val = match part.parse::<usize>() {
                Ok(_) => self.elements(val),
                Err(_) => self.member(val, part),
            };
        }
        self.consume(&val);
    }
}

/// The member that a path begins with.
fn head(path: &str) -> &str {
    path.split_once('.').map_or(path, |(head, _)| head)
}
