//! Which pages were rendered, and for which site: the newest first.

use serde_json::{Value, json};

use super::routes::{address, rendered};
use crate::serve::Snapshot;

/// Pages told.
const MOST: usize = 5_000;

/// The pages that somebody has asked for, with the number of the site that each was rendered for. A page that was taken
/// over has the number of an earlier one.
pub(super) fn tell(snapshot: &Snapshot) -> Value {
    let site = &**snapshot.site();
    let mut all = snapshot.rendered();
    all.sort_by_key(|(id, shown)| (std::cmp::Reverse(shown.rendered_for), *id));
    let (total, anew) = (
        all.len(),
        all.iter()
            .filter(|(_, s)| s.rendered_for == snapshot.number()),
    );
    let anew = anew.count();
    let told = all.into_iter().take(MOST).map(|(id, shown)| {
        let page = site.routes.get(id);
        json!({
            "route": page.route.as_str(),
            "address": address(site, &page.route),
            "rendered": rendered(&shown),
        })
    });
    json!({
        "snapshot": snapshot.number(),
        "total": total,
        "anew": anew,
        "renders": told.collect::<Vec<_>>(),
    })
}
