//! A fragment as AEM has it now, on the page that it would have.
//!
//! AEM Author can show an editor the page of a fragment that is not published, or of one of its variations
//! (`aem-protocol.md`, section 11.1). Which definition brings such a fragment is known where the site has it; a new one is
//! sought with those whose fragments lie nearest. What comes takes the place of what the site has, and the page is rendered
//! as it would be in a build: with its own address, in lists and menus. Nothing of it is kept.

use std::sync::Arc;

use bytes::Bytes;

use super::{Shown, Snapshot};
use crate::aem::FragmentPath;
use crate::config::LangId;
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned};
use crate::fetch::seek::{Ground, Sighted, Sought, seek};
use crate::pipeline;
use crate::query::{Ask, Query, QueryId};
use crate::render::{Preview, Printed, Site, is_wanted};
use crate::route::{Page, PageKind};
use crate::source::Source;
use crate::store::{EntryId, MemoryBodies, NewEntry};

/// Definitions that are asked for a fragment nobody knows.
const TRIED: usize = 3;

/// What AEM calls the original among variations.
const ORIGINAL: &str = "master";

impl Snapshot {
    /// A fragment as it is now, on the page that it would have. It is asked for each time and kept nowhere. Plans a site and
    /// renders on the thread that polls: not for async threads.
    ///
    /// # Errors
    /// Why it cannot be shown, and what to do about it.
    pub async fn fragment(
        &self,
        path: &str,
        variation: Option<&str>,
        source: &dyn Source,
    ) -> Result<Shown, Diagnostics> {
        let path = FragmentPath::new(path);
        let variation = variation.filter(|name| !name.is_empty() && *name != ORIGINAL);
        let looked = Looked {
            site: self.site(),
            path: &path,
            variation,
        };
        let (id, sighted, mut found) = looked.find(source).await?;
        let query = looked.site.queries.get(id);
        let Sighted { items, bodies } = sighted;
        let new = looked.choose(query, items, &mut found)?;
        let preview = {
            let _alone = self.lasting.planning.lock().await;
            if !is_wanted() {
                return Ok(Shown::unwanted(self.number));
            }
            planned(&self.preview, new, bodies)?
        };
        let Printed {
            body,
            found: own,
            assets,
            took,
            ..
        } = print(&preview).ok_or_else(|| looked.no_page(query))?;
        self.lasting.gallery.add(&assets);
        found.extend(own);
        Ok(Shown {
            body: body.map(Bytes::from).unwrap_or_default(),
            problems: Arc::new(found),
            rendered_for: self.number,
            took,
        })
    }
}

/// A site with a fragment, and where that is in it.
fn planned(
    preview: &Preview,
    new: NewEntry,
    bodies: Arc<MemoryBodies>,
) -> Result<(Preview, EntryId), Diagnostics> {
    let site = preview.site();
    let (store, entry) = site.store.with(new, bodies, &site.queries);
    let preview = pipeline::with_store(site, preview.templates(), store)?;
    Ok((preview, entry))
}

/// The page that a fragment has in a site; `None` where it has none.
fn print((preview, entry): &(Preview, EntryId)) -> Option<Printed> {
    page_of(preview, *entry).map(|page| preview.print(page))
}

/// A fragment that somebody wants to see.
#[derive(Clone, Copy)]
struct Looked<'a> {
    site: &'a Arc<Site>,
    path: &'a FragmentPath,
    variation: Option<&'a str>,
}

/// A definition that may bring it, and the item that the definition is asked for.
type Candidate = (QueryId, Option<EntryId>);

impl Looked<'_> {
    /// Asks one definition after the other.
    async fn find(
        &self,
        source: &dyn Source,
    ) -> Result<(QueryId, Sighted, Diagnostics), Diagnostics> {
        let site = self.site;
        let candidates = self.candidates();
        let ground = Ground {
            config: &site.config,
            queries: &site.queries,
            selection: &site.selection,
            store: &site.store,
        };
        let mut errors = Diagnostics::new();
        for (id, parent) in &candidates {
            let sought = Sought {
                path: self.path,
                variation: self.variation,
                language: self.language(),
                parent: *parent,
            };
            match seek(ground, source, *id, sought).await {
                Ok(Warned { value, warnings }) if !value.items.is_empty() => {
                    return Ok((*id, value, warnings));
                }
                Ok(_) => {}
                Err(why) => errors.extend_merged(why),
            }
        }
        match errors.has_errors() {
            // Who could not be asked may have it.
            true => Err(errors),
            false => Err(self.nobody_brings(&candidates).into()),
        }
    }

    fn language(&self) -> LangId {
        let languages = &self.site.config.languages;
        let own = languages.of_path(self.path.as_str());
        own.unwrap_or(languages.default_id())
    }

    /// The definitions with pages that have brought the fragment; else those whose items lie nearest to it.
    fn candidates(&self) -> Vec<Candidate> {
        let site = self.site;
        let there = site.store.at_path(self.path.as_str()).iter();
        let mut known: Vec<Candidate> = there
            .map(|&id| site.store.get(id))
            .filter(|entry| site.queries.get(entry.query).pages.is_some())
            .map(|entry| (entry.query, entry.parent))
            .collect();
        known.dedup_by_key(|(query, _)| *query);
        if !known.is_empty() {
            return known;
        }
        let of_fragments = |query: &Query| query.pages.is_some() && query.ask != Ask::Json;
        let queries = site.queries.iter();
        let queries =
            queries.filter(|(_, query)| of_fragments(query) && query.serves(self.language()));
        let mut near: Vec<(usize, QueryId)> =
            queries.map(|(id, _)| (self.nearness(id), id)).collect();
        near.sort_by_key(|(nearness, _)| std::cmp::Reverse(*nearness));
        let near = near.into_iter().take(TRIED);
        near.map(|(_, id)| (id, None)).collect()
    }

    /// How many folders the fragment has in common with the nearest item of a definition.
    fn nearness(&self, query: QueryId) -> usize {
        let store = &self.site.store;
        let paths = store
            .of_query(query)
            .iter()
            .filter_map(|&id| store.get(id).path.as_ref());
        let own = || self.path.as_str().split('/');
        let common = paths.map(|path| {
            own()
                .zip(path.as_str().split('/'))
                .take_while(|(a, b)| a == b)
                .count()
        });
        common.max().unwrap_or_default()
    }

    /// The variation that is wanted, else the original with a word about it.
    fn choose(
        &self,
        query: &Query,
        mut items: Vec<NewEntry>,
        found: &mut Diagnostics,
    ) -> Result<NewEntry, Diagnostics> {
        let is_asked_for = |item: &NewEntry| item.key.variation.as_deref() == self.variation;
        let is_original = |item: &NewEntry| item.key.variation.is_none();
        let wanted = items.iter().position(is_asked_for);
        let chosen = wanted.or_else(|| items.iter().position(is_original));
        let chosen = chosen.map(|at| items.swap_remove(at));
        let chosen = chosen.ok_or_else(|| self.nobody_brings(&[]))?;
        if let (None, Some(variation)) = (wanted, self.variation) {
            found.push(self.not_the_variation(query, variation));
        }
        Ok(chosen)
    }

    fn not_the_variation(&self, query: &Query, variation: &str) -> Diagnostic {
        let message = format!(
            "`{}` brought {} without saying that it is the variation `{variation}`",
            query.name, self.path
        );
        Diagnostic::warning(Kind::Content, message)
            .at(query.location())
            .note("AEM gives the original where there is no such variation, and where the query does not ask for one")
            .help("let the stored query declare `$variation: String`, hand it on as `variation: $variation`, and select `_variation`")
    }

    fn nobody_brings(&self, asked: &[Candidate]) -> Diagnostic {
        let site = self.site;
        let message = match self.variation {
            Some(variation) => {
                format!("no definition brings {} (variation {variation})", self.path)
            }
            None => format!("no definition brings {}", self.path),
        };
        let asked = asked.iter().map(|(id, _)| site.queries.get(*id));
        let notes = asked.map(|query| format!("`{}` has no such item", query.name));
        Diagnostic::error(Kind::Content, message)
            .notes(notes)
            .note(format!("{} was asked", site.config.aem.tier))
            .help("see whether a query with `[pages]` asks for the folder, the model and the language of the fragment")
            .help("what is not published is on the author tier only: `frieze serve --tier author`")
    }

    fn no_page(&self, query: &Query) -> Diagnostics {
        let message = format!(
            "the definition `{}` makes no page for {}",
            query.name, self.path
        );
        let pages = query.pages.as_ref();
        let when = pages.and_then(|pages| pages.when.as_ref());
        let diagnostic = Diagnostic::error(Kind::Content, message).at(query.location());
        match when {
            Some(_) => diagnostic.help("`when` in its `[pages]` leaves the fragment out"),
            None => diagnostic,
        }
        .into()
    }
}

/// The page of an entry: in its own language if there is one.
fn page_of(preview: &Preview, entry: EntryId) -> Option<&Page> {
    let site = preview.site();
    let own = site.store.get(entry).language;
    site.routes.of_entry(entry, own).or_else(|| {
        let pages = site.routes.pages().iter();
        let mut pages = pages.filter(|page| page.is_main());
        pages
            .find(|page| matches!(page.kind, PageKind::Item { entry: shown, .. } if shown == entry))
    })
}
