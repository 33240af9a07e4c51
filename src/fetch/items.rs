//! An item on its way into the store: which are meant, what they are known by, what is kept in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::ahead::{self, Looked, Reader};
use super::collected::{Company, Keep, Kept, Part, Piece};
use super::details::Listed;
use super::known::{Found, Gone, KnownAnswer, Recalled};
use super::{Fetcher, Occasion, explain, seek};
use crate::aem::openapi::{FragmentHead, ModelPath};
use crate::aem::{Api, Shape, Variables, document};
use crate::diag::Diagnostic;
use crate::expression::Fields;
use crate::guard::Marks;
use crate::query::{Ask, Query, QueryId};
use crate::store::known::Added;
use crate::store::{BodyError, BodyId, ItemKey};
use crate::value::{Choice, Digest, Packed, Wanted};

/// An item of an answer, indexed; its body is kept elsewhere.
pub(super) struct Indexed {
    pub(super) key: ItemKey,
    pub(super) fields: Packed,
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

    /// What the index, the pages and the guard want of an item. It is gone through once, unless an earlier build has;
    /// what pages show is put away.
    pub(super) fn index(
        &self,
        asking: &Asking<'_>,
        piece: &Piece,
        looked: Looked,
        company: &Company<'_>,
    ) -> Result<Indexed, Diagnostic> {
        let unreadable = |error: BodyError| explain::unreadable(asking.query, &error);
        let looked = match looked {
            Looked::Nothing => asking.reader.recall(piece),
            looked => looked,
        };
        let gone = match (looked, piece) {
            (Looked::Known(recalled), _) => asking.take(recalled),
            (looked, Piece::Json(json, raw)) => self.go_through(asking, (json, *raw), looked),
            (_, Piece::Known(..)) => Err(unreadable(ahead::nothing_kept())),
        }?;
        let references = self.references(asking, company).map_err(unreadable)?;
        company.numbers.borrow_mut().push(gone.added.number);
        Ok(Indexed {
            key: asking.key(&gone.found.values, company.shape),
            fields: gone.found.values,
            body: gone.added.body,
            digest: gone.found.digest,
            references,
            marks: gone.found.marks,
        })
    }

    fn go_through(
        &self,
        asking: &Asking<'_>,
        (json, raw): (&[u8], Digest),
        looked: Looked,
    ) -> Result<Gone, Diagnostic> {
        let unreadable = |error: BodyError| explain::unreadable(asking.query, &error);
        let read = asking.reader.read(looked, json);
        let item = read.item.map_err(|error| unreadable(error.into()))?;
        let text = item.text.as_deref().unwrap_or(json);
        let found = Found {
            values: item.values,
            digest: read.shown,
            marks: read.marks,
        };
        let added = match &asking.reader.known {
            Some(known) => known.add(raw, &found, text),
            None => self
                .bodies
                .put(text)
                .map(|body| Added { number: None, body }),
        };
        let added = added.map_err(unreadable)?;
        Ok(Gone { found, added })
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
    fn references(
        &self,
        asking: &Asking<'_>,
        company: &Company<'_>,
    ) -> Result<Option<BodyId>, BodyError> {
        let Some(list) = company.references else {
            return Ok(None);
        };
        if let Some(kept) = company.kept.get() {
            return Ok(Some(kept.body));
        }
        let Added { number, body } = match (list, asking.reader.known.as_deref()) {
            (Piece::Json(json, _), None) => Added {
                number: None,
                body: self.bodies.put(json)?,
            },
            (Piece::Json(json, raw), Some(known)) => known.add_references(*raw, json)?,
            (Piece::Known(number, _), Some(known)) => known.take_references(*number)?,
            (Piece::Known(..), None) => return Ok(None),
        };
        company.kept.set(Some(Kept { body, number }));
        Ok(Some(body))
    }
}

/// Reads what a list says about fragments that are asked for again.
pub(super) struct Lister<'a> {
    pub(super) fetcher: &'a Fetcher<'a>,
    pub(super) id: QueryId,
    pub(super) query: &'a Query,
}

impl Keep<Listed> for Lister<'_> {
    fn keep(
        &self,
        piece: &Piece,
        _: Looked,
        _: &Company<'_>,
    ) -> Result<Option<Listed>, Diagnostic> {
        let Piece::Json(json, _) = piece else {
            return Ok(None);
        };
        let is_meant = self.fetcher.is_meant(self.id, self.query, json)?;
        is_meant
            .then(|| Fetcher::listed(self.query, json))
            .transpose()
    }
}

/// Takes items into the index.
pub(super) struct Indexer<'a> {
    pub(super) fetcher: &'a Fetcher<'a>,
    pub(super) id: QueryId,
    pub(super) asking: &'a Asking<'a>,
}

impl Keep<Indexed> for Indexer<'_> {
    fn reader(&self) -> Option<&Reader> {
        // Of all models together, most items are not meant.
        let is_of_use = self.asking.query.model.is_none();
        is_of_use.then_some(&self.asking.reader)
    }

    fn keep(
        &self,
        piece: &Piece,
        looked: Looked,
        company: &Company<'_>,
    ) -> Result<Option<Indexed>, Diagnostic> {
        if let Piece::Json(json, _) = piece
            && !self.fetcher.is_meant(self.id, self.asking.query, json)?
        {
            return Ok(None);
        }
        let item = self.fetcher.index(self.asking, piece, looked, company)?;
        Ok(Some(item).filter(|item| seek::is_sought(self.fetcher.only, item.key.path.as_ref())))
    }

    /// Notes which items an answer has, if the next build will know them all.
    fn done(&self, part: &Part, company: Company<'_>) -> Result<(), Diagnostic> {
        let (Some(known), Some(key)) = (&self.asking.reader.known, part.key) else {
            return Ok(());
        };
        let items: Option<Vec<u32>> = company.numbers.into_inner().into_iter().collect();
        let references = company.kept.get().map(|kept| kept.number);
        let (Some(items), None | Some(Some(_))) = (items, references) else {
            return Ok(());
        };
        let answer = KnownAnswer {
            root: part.root.clone(),
            shape: part.shape.clone(),
            nulls: u32::try_from(part.nulls).unwrap_or(u32::MAX),
            references: references.flatten(),
            items,
        };
        let added = known.add_answer(key, &answer);
        added.map_err(|error| explain::unreadable(self.asking.query, &error))
    }
}

/// What was asked for, for what it says about the items that come.
pub(super) struct Asking<'a> {
    pub(super) query: &'a Query,
    pub(super) variables: &'a Variables,
    pub(super) occasion: &'a Occasion,
    pub(super) reader: Reader,
}

impl Asking<'_> {
    /// Takes what an earlier build found in an item.
    fn take(&self, recalled: Result<Recalled, BodyError>) -> Result<Gone, Diagnostic> {
        let taken = recalled.and_then(|recalled| self.reader.take(recalled));
        taken.map_err(|error| explain::unreadable(self.query, &error))
    }

    /// What an item is known by.
    fn key(&self, fields: &Packed, shape: &Shape) -> ItemKey {
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
