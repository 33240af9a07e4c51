//! Fragments that are listed first and then asked for one by one.
//!
//! A list of AEM's REST delivery takes neither `references` nor `variation` (`aem-protocol.md`, section
//! 10.2): these come with a single fragment, asked for by the id that the list gives it. So do Adobe's own
//! clients.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::AHEAD;
use super::collected::{Collected, Keep, Part};
use super::items::{Identified, Indexed};
use super::paging::{Pages, PagingError};
use crate::aem::openapi::{self, FragmentHead, Operation};
use crate::aem::{Failure, Variables};
use crate::query::Ask;
use crate::source::Cause;

/// A fragment of a list.
pub(super) struct Listed {
    path: Arc<str>,
    id: String,
}

impl Listed {
    /// What a list says about a fragment; `None` when it does not say which one it is.
    pub(super) fn of(head: FragmentHead) -> Option<Self> {
        Some(Self {
            path: Arc::from(head.path?),
            id: head.id?,
        })
    }
}

impl Identified for Listed {
    fn identity(&self) -> Option<(&str, &str)> {
        Some((&self.path, ""))
    }
}

impl Pages<'_> {
    /// Lists the fragments, then gets each with its details.
    pub(super) async fn detailed(
        &self,
        round: u32,
        list: &dyn Keep<Listed>,
        keep: &dyn Keep<Indexed>,
    ) -> Result<Collected<Indexed>, PagingError> {
        let (listed, mut collected) = self.listed(round, list).await?.emptied();
        let enough = usize::try_from(self.extent.items).unwrap_or(usize::MAX);
        let listed = stream::iter(listed.iter().take(enough));
        let details = listed.map(|listed| self.detail(round, listed));
        let mut details = std::pin::pin!(details.buffered(AHEAD));
        while let Some(part) = details.next().await {
            let mut part = part?;
            collected.note(&mut part)?;
            collected.add(part, keep)?;
        }
        Ok(collected)
    }

    /// One fragment of the list.
    async fn detail(&self, round: u32, listed: &Listed) -> Result<Part, PagingError> {
        let ask = Ask::OpenApi(Operation::ById);
        let mut variables = self.details.clone();
        variables.set(Operation::ById.address(), Value::from(listed.id.as_str()));
        self.ask(ask, round, variables).await.map_err(|error| {
            if is_gone(&error) {
                // Taken away since it was listed.
                PagingError::Changing(listed.path.to_string())
            } else {
                PagingError::Later(Box::new(error))
            }
        })
    }
}

fn is_gone(error: &PagingError) -> bool {
    let PagingError::Source(error) = error else {
        return false;
    };
    matches!(&error.cause, Cause::Failure(Failure::Problem(problem)) if problem.status == 404)
}

/// Splits what goes with the list from what goes with each fragment.
pub(super) fn split(ask: &Ask, variables: &mut Variables) -> Variables {
    match ask {
        Ask::OpenApi(Operation::List | Operation::ByPath) => variables.take(&openapi::DETAILS),
        _ => Variables::new(),
    }
}
