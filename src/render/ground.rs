//! What pages with the same template in the same language have in common, found out once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::about::Reached;
use super::compared::Listed;
use super::context::Shared;
use super::lock;
use super::members::Members;
use super::page::Rendering;
use crate::config::LangId;
use crate::expression::Fields;
use crate::route::Page;
use crate::value::{Digest, digest, encode_bytes};

/// What they have in common.
pub(super) struct Ground {
    /// Of the texts of their templates, their language, `site` and `lang`, and of which members of what they show are
    /// compared.
    pub(super) digest: Digest,
    /// What they can reach of `page`.
    pub(super) page: Reached,
    /// What is compared of `item`,
    pub(super) item: Members,
    /// of `parent`,
    pub(super) parent: Members,
    /// of what is in `items`,
    pub(super) items: Arc<Listed>,
    /// of `pager`,
    pub(super) pager: Members,
    /// of `term`,
    pub(super) term: Members,
    /// of `terms`,
    pub(super) terms: Members,
    /// and of `taxonomy`.
    pub(super) taxonomy: Members,
}

/// Whose it is: a template, and a language.
type Key = (Arc<str>, LangId);

/// Those of all pages so far.
#[derive(Default)]
pub(super) struct Grounds {
    known: Mutex<HashMap<Key, Arc<Ground>>>,
    /// What is compared of the items of lists: templates that show the same of them share it.
    items: Mutex<HashMap<Fields, Arc<Listed>>>,
}

impl Grounds {
    /// That of a page.
    pub(super) fn of(&self, rendering: &Rendering<'_>, page: &Page) -> Arc<Ground> {
        let key = (Arc::clone(&page.template), page.language);
        if let Some(known) = lock(&self.known).get(&key) {
            return Arc::clone(known);
        }
        // Two threads may both find it out; they find the same.
        let ground = Arc::new(Ground::of(rendering, page, |fields| self.items(fields)));
        lock(&self.known).insert(key, Arc::clone(&ground));
        ground
    }

    fn items(&self, fields: &Fields) -> Arc<Listed> {
        let mut known = lock(&self.items);
        let listed = known.entry(fields.clone());
        let new = || Arc::new(Listed::of(Members::of(fields)));
        Arc::clone(listed.or_insert_with(new))
    }
}

impl Ground {
    fn of(
        rendering: &Rendering<'_>,
        page: &Page,
        items: impl FnOnce(&Fields) -> Arc<Listed>,
    ) -> Self {
        let reach = rendering.site.reaches.get(&page.template);
        let members = |name| Members::of(reach.variable(name));
        let ground = Self {
            digest: Digest::default(),
            page: Reached::of(reach.variable("page")),
            item: members("item"),
            parent: members("parent"),
            items: items(reach.elements("items")),
            pager: members("pager"),
            term: members("term"),
            terms: members("terms"),
            taxonomy: members("taxonomy"),
        };
        Self {
            digest: ground.digest_with(rendering, page, &members("site"), &members("lang")),
            ..ground
        }
    }

    fn digest_with(
        &self,
        rendering: &Rendering<'_>,
        page: &Page,
        of_site: &Members,
        of_language: &Members,
    ) -> Digest {
        let shared: &Shared = &rendering.shared;
        let config = &rendering.site.config;
        let mut bytes = Vec::new();
        encode_bytes(page.template.as_bytes(), &mut bytes);
        for file in rendering.site.reaches.get(&page.template).files() {
            encode_bytes(file.as_bytes(), &mut bytes);
            let text = rendering.templates.text(file);
            encode_bytes(text.unwrap_or_default().as_bytes(), &mut bytes);
        }
        // Numbers, days, links and words follow it without a word of `lang`, and another language may have taken the route.
        let code = &config.languages.get(page.language).code;
        encode_bytes(code.as_bytes(), &mut bytes);
        // All addresses begin with it.
        encode_bytes(config.base_url.as_text().as_bytes(), &mut bytes);
        for (members, value) in [
            (of_site, &shared.site),
            (of_language, &shared.language(page.language)),
        ] {
            members.encode_names(&mut bytes);
            members.encode(value, &mut bytes);
        }
        self.page.encode_names(&mut bytes);
        for members in [
            &self.item,
            &self.parent,
            self.items.members(),
            &self.pager,
            &self.term,
            &self.terms,
            &self.taxonomy,
        ] {
            members.encode_names(&mut bytes);
        }
        digest(&bytes)
    }
}
