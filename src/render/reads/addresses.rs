//! Whether everything has the address that it had: pages, items and Markdown files.
//!
//! Where a link leads follows from the configuration, which the traces of pages are made in one of, and from what is
//! digested here. While that stays as it was, no question of that kind has to be put again; in most builds none has, and
//! there may be one for each page.

use super::Site;
use super::question::Question;
use crate::route::PageKind;
use crate::value::{Digest, Digester, encode_bytes};

/// How many bytes are digested at once.
const FULL: usize = 1 << 16;

/// Whether the answer to a question, as it was written down, follows from [`digest`].
pub(super) fn decide(question: &[u8]) -> bool {
    Question::is_link(question) || Question::is_call(question, "url")
}

/// The digest of all that addresses follow from: what [`links`](crate::render::links) looks at.
pub(super) fn digest(site: &Site) -> Digest {
    let mut text = Text::default();
    for (_, entry) in site.store.iter() {
        text.number(entry.query.index());
        text.number(entry.language.index());
        let path = entry.path.as_ref().map(crate::aem::FragmentPath::as_str);
        text.maybe(path);
        text.maybe(entry.variation.as_deref());
        text.maybe(entry.relative.as_deref());
    }
    for (query, _) in site.queries.iter() {
        for (language, _) in site.config.languages.iter() {
            let stand_ins = site.store.stand_ins(query, language);
            text.number(stand_ins.len());
            stand_ins.iter().for_each(|id| text.number(id.index()));
        }
    }
    for page in site.routes.pages() {
        text.words(page.route.as_str());
        text.number(page.language.index());
        text.number(usize::from(page.is_main()));
        match &page.kind {
            PageKind::Item { entry, .. } => {
                text.number(1);
                text.number(entry.index());
            }
            PageKind::Local(local) => {
                text.number(2);
                text.number(local.index());
            }
            PageKind::List { .. } | PageKind::Terms(_) | PageKind::Error => text.number(3),
        }
    }
    for (_, page) in site.local.iter() {
        let (folder, name) = page.place.group();
        text.words(&page.file.name);
        text.words(&folder);
        text.words(&name);
        text.number(page.place.language.index());
    }
    text.digest()
}

/// What is digested: texts with their lengths, and numbers.
#[derive(Default)]
struct Text {
    digester: Digester,
    rest: Vec<u8>,
}

impl Text {
    fn number(&mut self, number: usize) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.rest.extend_from_slice(&number.to_le_bytes());
    }

    fn words(&mut self, words: &str) {
        encode_bytes(words.as_bytes(), &mut self.rest);
        if self.rest.len() >= FULL {
            self.digester.update(&self.rest);
            self.rest.clear();
        }
    }

    /// Nothing is something else than no words.
    fn maybe(&mut self, words: Option<&str>) {
        self.number(usize::from(words.is_some()));
        words.into_iter().for_each(|words| self.words(words));
    }

    fn digest(mut self) -> Digest {
        self.digester.update(&self.rest);
        self.digester.finish()
    }
}
