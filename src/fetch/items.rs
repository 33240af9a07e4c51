//! An item on its way into the store: which are meant, what they are known by, what is kept in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tera::Value;

use super::collected::Company;
use super::details::Listed;
use super::{Fetcher, Occasion, explain, lock};
use crate::aem::openapi::{FragmentHead, ModelPath};
use crate::aem::{Api, Shape, Variables, document};
use crate::diag::Diagnostic;
use crate::expression::Fields;
use crate::guard::{Marks, Members};
use crate::query::{Ask, Query, QueryId};
use crate::store::{BodyError, BodyId, ItemKey};
use crate::value::{self, Choice, Digest, Wanted};

/// An item of an answer, indexed; its body is kept elsewhere.
pub(super) struct Indexed {
    pub(super) key: ItemKey,
    pub(super) fields: Value,
    pub(super) body: BodyId,
    pub(super) digest: Digest,
    pub(super) references: Option<BodyId>,
    pub(super) marks: Marks,
}

/// Something that may be known by a path and a variation.
pub(super) trait Identified {
    /// Both, where the path is known; the variation is empty if there is none.
    fn identity(&self) -> Option<(&str, &str)>;
}

impl Identified for Indexed {
    fn identity(&self) -> Option<(&str, &str)> {
        let path = self.key.path.as_ref()?;
        Some((
            path.as_str(),
            self.key.variation.as_deref().unwrap_or_default(),
        ))
    }
}

/// Models whose fragments came and were not meant, for each query.
#[derive(Default)]
pub(super) struct OtherModels(Mutex<BTreeMap<QueryId, BTreeSet<String>>>);

impl OtherModels {
    fn note(&self, query: QueryId, model: Option<&ModelPath>) {
        let name = model.map_or("unknown", ModelPath::name).to_owned();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(query).or_default().insert(name);
    }

    /// Their names, sorted.
    pub(super) fn of(&self, query: QueryId) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&query).into_iter().flatten().cloned().collect()
    }
}

impl Fetcher<'_> {
    /// Whether the definition is about this item. AEM cannot be asked for the fragments of one model
    /// (`aem-protocol.md`, section 10.2), so they are told apart here.
    pub(super) fn is_meant(
        &self,
        id: QueryId,
        query: &Query,
        json: &[u8],
    ) -> Result<bool, Diagnostic> {
        let Some(model) = &query.model else {
            return Ok(true);
        };
        let head = head(query, json)?;
        let is_meant = head.model.as_ref() == Some(model);
        if !is_meant {
            self.other_models.note(id, head.model.as_ref());
        }
        Ok(is_meant)
    }

    /// Reads what a list says about a fragment that is asked for again by its id.
    pub(super) fn listed(query: &Query, json: &[u8]) -> Result<Listed, Diagnostic> {
        let listed = Listed::of(head(query, json)?);
        listed.ok_or_else(|| {
            let why = "a fragment of the list has no `path` or no `id`".to_owned();
            explain::unreadable(query, &BodyError::Unreadable(why))
        })
    }

    /// Goes through an item once, for what the index, the pages and the guard want of it, and puts away what
    /// pages show.
    pub(super) fn index(
        &self,
        asking: &Asking<'_>,
        json: &[u8],
        company: &Company<'_>,
    ) -> Result<Indexed, Diagnostic> {
        let mut members = lock(asking.members);
        let mut listener = members.listen();
        let item = value::read(json, asking.wanted, &mut listener);
        let marks = listener.marks();
        drop(members);
        let unreadable = |error: BodyError| explain::unreadable(asking.query, &error);
        let item = item.map_err(|error| unreadable(error.into()))?;
        let shown = item.text.as_deref().unwrap_or(json);
        let body = self.bodies.put(shown).map_err(unreadable)?;
        let references = self.references(company).map_err(unreadable)?;
        Ok(Indexed {
            key: asking.key(&item.values, company.shape),
            fields: item.values,
            body,
            digest: value::digest(shown),
            references,
            marks,
        })
    }

    /// What is wanted of the items of a query.
    pub(super) fn wanted(&self, id: QueryId) -> Wanted {
        let choice = |fields: &Fields| match fields {
            Fields::All => Choice::ALL,
            Fields::Some(names) => Choice::of(names.iter().map(String::as_str)),
        };
        Wanted {
            values: choice(self.selection.indexed(id)),
            text: choice(self.selection.shown(id)),
        }
    }

    /// Puts the references of an answer away, once for all its items.
    fn references(&self, company: &Company<'_>) -> Result<Option<BodyId>, BodyError> {
        let (Some(list), None) = (company.references, company.kept.get()) else {
            return Ok(company.kept.get());
        };
        company.kept.set(Some(self.bodies.put(list)?));
        Ok(company.kept.get())
    }
}

/// What was asked for, for what it says about the items that come.
pub(super) struct Asking<'a> {
    pub(super) query: &'a Query,
    pub(super) variables: &'a Variables,
    pub(super) occasion: &'a Occasion,
    pub(super) wanted: &'a Wanted,
    pub(super) members: &'a Mutex<Members>,
}

impl Asking<'_> {
    /// What an item is known by.
    fn key(&self, fields: &Value, shape: &Shape) -> ItemKey {
        let api = self.query.ask.api();
        let own = ItemKey::of_item(fields, api.path_members());
        let asked = |name| self.variables.get(name).and_then(serde_json::Value::as_str);
        match (&self.query.ask, api) {
            // A fragment does not say which variation it is.
            (Ask::OpenApi(_), _) => ItemKey {
                variation: asked("variation").and_then(ItemKey::variation),
                ..own
            },
            // The one document that was asked for is known by where it was, and its translations are what
            // the same question brings in other languages.
            (_, Api::Json) if *shape == Shape::One => ItemKey {
                path: own.path.or_else(|| {
                    let path = asked(document::PATH)?;
                    Some(crate::aem::FragmentPath::new(document::subject(path)))
                }),
                counterpart: self.occasion.counterpart.clone(),
                ..own
            },
            _ => own,
        }
    }
}

fn head(query: &Query, json: &[u8]) -> Result<FragmentHead, Diagnostic> {
    FragmentHead::read(json).map_err(|error| explain::unreadable(query, &error.into()))
}
