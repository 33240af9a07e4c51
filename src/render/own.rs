//! What is a page's own, in one digest: the texts of its templates, its variables, and what it shows.
//!
//! Of each it has as much as the page's template can reach. What templates look up besides is in [`reads`](super::reads).

use super::content::{self, Compared};
use super::context::Frame;
use super::page::Rendering;
use crate::route::{Page, PageKind};
use crate::store::EntryId;
use crate::value::{Digest, digest as digest_of, encode, encode_bytes};

/// The digest of what is a page's own, with the frame it has.
pub(super) fn digest(rendering: &Rendering<'_>, page: &Page, Frame(variables): &Frame) -> Digest {
    let site = rendering.site;
    let reach = site.reaches.get(&page.template);
    let mut bytes = Vec::with_capacity(1_024);
    bytes.extend_from_slice(&rendering.shared.ground(rendering, page));
    for text in [
        page.route.as_str(),
        page.main().as_str(),
        page.output.as_str(),
    ] {
        encode_bytes(text.as_bytes(), &mut bytes);
    }
    for (name, value) in variables {
        encode_bytes(name.as_bytes(), &mut bytes);
        content::encode_only(value, reach.variable(name), &mut bytes);
    }
    let mut entries = |name: &str, entries: &[EntryId], members| {
        encode_bytes(name.as_bytes(), &mut bytes);
        bytes.extend_from_slice(&(entries.len() as u64).to_le_bytes());
        let mut compared = Compared::new(site, members);
        for entry in entries {
            compared.encode(*entry, &mut bytes);
        }
    };
    match &page.kind {
        PageKind::Item { entry: own, .. } => {
            entries("item", &[*own], reach.variable("item"));
            if let Some(parent) = site.store.get(*own).parent {
                entries("parent", &[parent], reach.variable("parent"));
            }
        }
        PageKind::List { list, number } => {
            entries("items", list.items(*number), reach.elements("items"));
            // Without items there are none, which is not the same as no `groups`.
            let groups = list.groups(*number);
            bytes.push(u8::from(groups.is_some()));
            for key in groups.into_iter().flatten() {
                encode(key, &mut bytes);
            }
        }
        PageKind::Terms(_) | PageKind::Local(_) | PageKind::Error => {}
    }
    digest_of(&bytes)
}
