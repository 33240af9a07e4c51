//! What is known of a fragment or an asset that rich text refers to.

use tera::Value;

use super::super::current::OnPage;
use super::super::{Site, content, links, reads};
use crate::aem::openapi::ModelPath;
use crate::config::LangId;
use crate::store::BodyError;

/// A fragment or an asset, as a query brought it.
pub(in super::super) struct Known(Value);

impl Known {
    /// Looks a path up: first in the answer that brought the page's own item, then among all items, and
    /// last in what other answers say about what their items refer to.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(super) fn find(site: &Site, page: &OnPage, path: &str) -> Result<Option<Self>, BodyError> {
        let store = &site.store;
        if let Some(entry) = page.entry {
            let known = store.reference(entry, path)?;
            reads::refer(site, path, known.as_ref());
            if let Some(known) = known {
                return Ok(Some(Self(known)));
            }
        }
        let item = page.context.get("item");
        if let Some(known) = item.and_then(|item| hydrated(item, path)) {
            return Ok(Some(Self(known)));
        }
        let found = Self::at(site, path, page.language, &page.template)?;
        reads::look_up(site, path, page.language, found.as_ref());
        Ok(found.map(Self))
    }

    /// What all pages in a language know of a path, as far as a template can reach it.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(in super::super) fn at(
        site: &Site,
        path: &str,
        language: LangId,
        template: &str,
    ) -> Result<Option<Value>, BodyError> {
        match links::entries(site, path, language).first() {
            Some(entry) => {
                let reached = site.reaches.get(template).fragment();
                content::only(site, *entry, reached).map(Some)
            }
            None => site.store.referred_to(path),
        }
    }

    /// Its fields.
    pub(super) fn item(&self) -> Value {
        self.0.clone()
    }

    /// The name of its type in GraphQL (`aem-protocol.md`, section 4.2): as it says itself, or else made of
    /// its model's path.
    pub(super) fn model(&self) -> Option<String> {
        let text = |path| self.0.get_from_path(path).and_then(Value::as_str);
        if let Some(own) = text("__typename") {
            return Some(own.to_owned());
        }
        let path = text("_model._path").or_else(|| text("model.path"));
        let path = path.and_then(|path| ModelPath::parse(path, None).ok());
        let path = path.or_else(|| ModelPath::from_id(text("model.id")?))?;
        let words = path.name().split('-').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(char::to_uppercase);
            first
                .into_iter()
                .flatten()
                .chain(letters)
                .collect::<String>()
        });
        Some(words.collect::<String>() + "Model")
    }

    /// What it is called.
    pub(super) fn title(&self) -> Option<&str> {
        let names = [
            "title",
            "name",
            "headline",
            "label",
            "fields.title",
            "fields.name",
        ];
        let mut titles = names.iter().filter_map(|name| {
            let text = self.0.get_from_path(name)?.as_str()?;
            Some(text.trim()).filter(|text| !text.is_empty())
        });
        titles.next()
    }

    /// The pixels of an image.
    pub(super) fn size(&self) -> (Option<u32>, Option<u32>) {
        let number = |name| {
            let number = self.0.get_from_path(name)?.as_u64()?;
            u32::try_from(number).ok().filter(|number| *number > 0)
        };
        (number("width"), number("height"))
    }
}

/// What an item of AEM's REST delivery brings of others, in itself (`aem-protocol.md`, section 10.2).
fn hydrated(item: &Value, path: &str) -> Option<Value> {
    let references = item.get_from_path("references")?.as_map()?;
    let mut values = references
        .iter()
        .filter_map(|(_, reference)| reference.get_from_path("value"));
    let found = values.find(|value| {
        let own = value.get_from_path("path").and_then(Value::as_str);
        own == Some(path)
    });
    found.cloned()
}
