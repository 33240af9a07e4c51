//! Who gets what: publication state, and views of a repository without what is held back.
//!
//! A view is a repository of its own, so nothing that is held back can show through a filter, a cursor, or the order
//! of a list. Source: aem-protocol.md, sections 1.1, 2.1, 9 (fact 9) and 15 (rows 16 and 20).

use super::node::Node;
use super::{ModelIndex, Repository, Status};
use std::collections::HashSet;
use std::sync::Arc;

/// Whether the last replication took something away from the publish services. What was never replicated counts as
/// published: packages in git seldom carry replication properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Publication {
    /// `cq:lastReplicationAction` is `Deactivate`.
    pub(crate) off_publish: bool,
    /// The same for Preview, `cq:lastReplicationAction_preview` (the name is not documented).
    pub(crate) off_preview: bool,
}

impl Publication {
    /// Reads the properties of a `jcr:content` node, or of its metadata.
    pub(super) fn read(content: Option<&Node>) -> Self {
        let deactivated = |name: &str| {
            let metadata = content.and_then(|content| content.child("metadata"));
            [content, metadata]
                .into_iter()
                .flatten()
                .any(|node| node.text(name) == Some("Deactivate"))
        };
        Self {
            off_publish: deactivated("cq:lastReplicationAction"),
            off_preview: deactivated("cq:lastReplicationAction_preview"),
        }
    }
}

impl Repository {
    /// Only what is published, by the rule given.
    pub(crate) fn published(self, is_off: impl Fn(Publication) -> bool) -> Self {
        let nothing_off = !self.models.iter().any(|m| is_off(m.publication))
            && !self.fragments.iter().any(|f| is_off(f.publication))
            && !self.assets.iter().any(|a| is_off(a.publication));
        if nothing_off {
            return self;
        }
        let mut view = self.view(|_, publication| !is_off(publication));
        for model in &mut view.models {
            if is_off(model.publication) {
                // Like a draft: no type, and references to it lose their field (section 4.1).
                model.status = Status::Draft;
            }
        }
        view
    }

    /// A copy with only the fragments, assets and pages below `/content` that `keeps` keeps.
    pub(crate) fn view(&self, keeps: impl Fn(&str, Publication) -> bool) -> Self {
        let mut view = self.clone();
        let mut held_back: HashSet<String> = HashSet::clone(&self.held_back);
        view.fragments.retain(|fragment| {
            let kept = keeps(&fragment.path, fragment.publication);
            if !kept {
                held_back.extend([fragment.path.clone(), fragment.id.clone()]);
            }
            kept
        });
        view.assets.retain(|asset| {
            let kept = keeps(&asset.path, asset.publication);
            if !kept {
                held_back.extend([asset.path.clone(), asset.id.clone()]);
            }
            kept
        });
        view.pages
            .retain(|path, page| keeps(path, Publication::read(Some(page))));
        view.held_back = Arc::new(held_back);
        view.by_path.clear();
        view.by_id.clear();
        view.by_model = view.models.iter().map(|_| ModelIndex::default()).collect();
        view.index();
        view
    }

    /// Whether a reference points at something this view leaves out.
    pub(crate) fn is_held_back(&self, reference: &str) -> bool {
        self.held_back.contains(reference)
    }
}
