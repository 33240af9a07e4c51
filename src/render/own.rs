//! What is a page's own, in one digest: the texts of its templates, its variables, and what it shows.
//!
//! Of each it has as much as the page's template can reach. It is taken of every page, and most are as they were: so no
//! variable is made for it that follows from something smaller. What templates look up besides is in
//! [`reads`](super::reads).

use tera::Value;

use super::compared::Compared;
use super::ground::Ground;
use super::members::Members;
use super::page::Rendering;
use super::{context, terms};
use crate::route::{ListPlan, Page, PageKind};
use crate::store::EntryId;
use crate::value::{Digest, digest as digest_of, encode, encode_bytes};

/// The digest of what is a page's own.
pub(super) fn digest(rendering: &Rendering<'_>, page: &Page, ground: &Ground) -> Digest {
    let (site, shared) = (rendering.site, &rendering.shared);
    let mut own = Own {
        rendering,
        page,
        bytes: Vec::with_capacity(1_024),
    };
    own.bytes.extend_from_slice(&ground.digest);
    for route in [&page.route, page.main()] {
        encode_bytes(route.as_str().as_bytes(), &mut own.bytes);
    }
    encode_bytes(page.output.as_str().as_bytes(), &mut own.bytes);
    ground.page.encode(site, shared, page, &mut own.bytes);
    match &page.kind {
        PageKind::Item { entry, .. } => {
            own.entries(&[*entry], &ground.item);
            own.entries(site.store.get(*entry).parent.as_slice(), &ground.parent);
        }
        PageKind::List { list, number } => own.list(list, *number, ground),
        PageKind::Terms(plan) => {
            let terms = || Value::from(terms::values(plan));
            own.value(terms, &ground.terms);
            own.value(|| terms::taxonomy_value(site, plan), &ground.taxonomy);
        }
        PageKind::Local(_) | PageKind::Error => {}
    }
    digest_of(&own.bytes)
}

/// What is told of a page so far.
struct Own<'a> {
    rendering: &'a Rendering<'a>,
    page: &'a Page,
    bytes: Vec<u8>,
}

impl Own<'_> {
    fn count(&mut self, count: usize) {
        self.bytes.extend_from_slice(&(count as u64).to_le_bytes());
    }

    /// Items that are shown on few pages, with these members.
    fn entries(&mut self, entries: &[EntryId], members: &Members) {
        self.count(entries.len());
        let mut compared = Compared::new(self.rendering.site, members);
        for entry in entries {
            compared.encode(*entry, &mut self.bytes);
        }
    }

    /// A variable, unless nothing of it can be reached.
    fn value(&mut self, value: impl FnOnce() -> Value, members: &Members) {
        if !members.is_nothing() {
            members.encode(&value(), &mut self.bytes);
        }
    }

    fn list(&mut self, list: &ListPlan, number: usize, ground: &Ground) {
        let Rendering { site, shared, .. } = self.rendering;
        let page = self.page;
        self.value(
            || context::pager(site, shared, page, (list, number)),
            &ground.pager,
        );
        // Where there is no term, there is none of either.
        if !(ground.term.is_nothing() && ground.taxonomy.is_nothing()) {
            let found = terms::of_list(site, list, page);
            self.count(usize::from(found.is_some()));
            if let Some((term, taxonomy)) = found {
                self.value(|| term, &ground.term);
                self.value(|| taxonomy, &ground.taxonomy);
            }
        }
        let items = list.items(number);
        self.count(items.len());
        ground.items.encode(site, items, &mut self.bytes);
        // Without items there are none, which is not the same as no `groups`.
        let groups = list.groups(number);
        self.count(usize::from(groups.is_some()));
        for key in groups.into_iter().flatten() {
            encode(key, &mut self.bytes);
        }
    }
}
