//! What is compared of items between builds: the members that a template can reach, as far as they are known.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Site;
use super::content::Held;
use super::members::{Members, Series};
use crate::store::EntryId;
use crate::value::digest;

/// What stands before the digest of a whole body. Nothing else that is compared begins so.
const BODY: u8 = 3;

/// Appends what is compared of items: these members; where they have to be read, everything that any template can reach.
pub(super) struct Compared<'a> {
    site: &'a Site,
    held: Held<'a>,
    series: Series<'a>,
}

impl<'a> Compared<'a> {
    pub(super) fn new(site: &'a Site, members: &'a Members) -> Self {
        Self {
            site,
            held: Held::new(site, members.fields()),
            series: Series::of(members),
        }
    }

    pub(super) fn encode(&mut self, entry: EntryId, out: &mut Vec<u8>) {
        let known = self.site.store.get(entry);
        if self.held.is_indexed(known.query) {
            self.series.encode_packed(&known.fields, out);
        } else if self.site.selection.has_spare()
            && let Ok(item) = self.site.store.value(entry)
        {
            // With more in the body than anybody reaches, its digest would say too much.
            self.series.encode(&item, out);
        } else {
            out.push(BODY);
            out.extend_from_slice(&known.digest);
        }
    }
}

/// The same of the items of lists, which show most of them several times: each is gone through once, which takes long
/// because its members are all over memory.
pub(super) struct Listed {
    members: Members,
    /// Of each item, by its number; 0 where it is not known yet. An item is held against itself as it was and not against
    /// all others, so 64 bits are enough.
    digests: OnceLock<Box<[AtomicU64]>>,
}

impl Listed {
    pub(super) fn of(members: Members) -> Self {
        let digests = OnceLock::new();
        Self { members, digests }
    }

    pub(super) fn members(&self) -> &Members {
        &self.members
    }

    /// Appends what is compared of these.
    pub(super) fn encode(&self, site: &Site, entries: &[EntryId], out: &mut Vec<u8>) {
        let unknown = || (0..site.store.len()).map(|_| AtomicU64::new(0)).collect();
        let digests = self.digests.get_or_init(unknown);
        let mut compared = Compared::new(site, &self.members);
        let mut own = Vec::new();
        for entry in entries {
            let place = &digests[entry.index()];
            let mut known = place.load(Ordering::Relaxed);
            if known == 0 {
                own.clear();
                compared.encode(*entry, &mut own);
                // Two threads may both find it out; they find the same.
                known = short(&own);
                place.store(known, Ordering::Relaxed);
            }
            out.extend_from_slice(&known.to_le_bytes());
        }
    }
}

/// The first half of a digest.
fn short(bytes: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = digest(bytes);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
