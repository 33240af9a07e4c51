//! What a webhook has: it hears requests and asks the actor, once the events have come to rest.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::{Event, Known, NotAnEvent, Seen, concerned, matters, parse};
use crate::fetch::Occasion;
use crate::query::Query;
use crate::render::Site;
use crate::serve::actor::Ask;
use crate::serve::change::{Change, Content};
use crate::serve::moment::Board;

/// Events this close together are one change: publishing a tree makes one for every fragment.
const REST: Duration = Duration::from_millis(500);
/// However many come, somebody wants to see the first.
const LONGEST: Duration = Duration::from_secs(5);
/// When those definitions are asked, too, of which it is not known that they are concerned.
const LATER: Duration = Duration::from_secs(10);

/// Hears events.
#[derive(Debug)]
pub struct Listener {
    board: Arc<Board>,
    seen: Mutex<Seen>,
    heard: UnboundedSender<Change>,
}

/// What came of the events in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// How many there were.
    pub events: usize,
    /// How many of them are a reason to ask AEM: they did not come before, and matter on the preview's tier.
    pub news: usize,
}

impl Listener {
    /// Hears from now on, with a task on this runtime that ends with the listener.
    #[must_use]
    pub fn start(board: Arc<Board>, ask: Ask, runtime: &Handle) -> Self {
        let (heard, hear) = unbounded_channel();
        runtime.spawn(pass_on(hear, ask));
        Self {
            board,
            seen: Mutex::default(),
            heard,
        }
    }

    /// Hears the body of a request.
    ///
    /// # Errors
    /// When it is no event.
    pub fn hear(&self, body: &[u8]) -> Result<Heard, NotAnEvent> {
        let events = parse(body)?;
        let moment = self.board.now();
        let site = moment.site.as_ref().map(|snapshot| snapshot.site());
        let mut heard = Heard {
            events: events.len(),
            news: 0,
        };
        let mut content = Content::None;
        for event in &events {
            let is_of_use = site.is_none_or(|site| matters(event, site.config.aem.tier));
            if is_of_use && self.is_new(event) {
                heard.news += 1;
                content = content.and(match site {
                    Some(site) => about(event, site),
                    None => Content::All,
                });
            }
        }
        if content != Content::None {
            // The task lives as long as we do.
            let _ = self.heard.send(Change::certain(content));
        }
        Ok(heard)
    }

    /// Whether it did not come before. Without an id it cannot be told from others.
    fn is_new(&self, event: &Event) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        event.id.as_ref().is_none_or(|id| seen.is_new(id))
    }
}

/// Whose answers may be others after an event.
fn about(event: &Event, site: &Site) -> Content {
    let Site {
        config,
        queries,
        store,
        ..
    } = site;
    let path = event.path.as_deref().unwrap_or_default();
    let name = |query: &Query| query.name.to_string();
    let brought = store.at_path(path).iter();
    let brought: BTreeSet<String> = brought
        .map(|&id| name(queries.get(store.get(id).query)))
        .collect();
    let mut known = Known::default();
    for (_, query) in queries.iter() {
        let model = query
            .model
            .as_ref()
            .map(|model| (name(query), model.to_string()));
        known.models.extend(model);
        if query.for_each.is_some() {
            continue;
        }
        for (language, _) in config.languages.iter() {
            let occasion = Occasion::in_language(config, query, language);
            let variables = occasion.variables(query).ok();
            known
                .asked
                .extend(variables.map(|variables| (name(query), variables)));
        }
    }
    concerned(event, &known, &brought)
}

/// Hands changes on when they have come to rest, and asks about everything else later.
async fn pass_on(mut hear: UnboundedReceiver<Change>, ask: Ask) {
    let mut rest: Option<Instant> = None;
    loop {
        let first = match rest {
            None => hear.recv().await,
            Some(at) => match timeout_at(at, hear.recv()).await {
                Ok(heard) => heard,
                Err(_) => {
                    rest = None;
                    ask.change(Change::certain(Content::All));
                    continue;
                }
            },
        };
        let Some(first) = first else { return };
        let mut change = gathered(first, &mut hear).await;
        // However many come, everything is asked about some time.
        if rest.is_some_and(|at| at <= Instant::now()) {
            change = change.and(Change::certain(Content::All));
        }
        // A fragment is shown by others than those who list it.
        let later = || rest.unwrap_or_else(|| Instant::now() + LATER);
        rest = (change.content != Content::All).then(later);
        ask.change(change);
    }
}

/// A change with those that follow closely.
async fn gathered(first: Change, hear: &mut UnboundedReceiver<Change>) -> Change {
    let latest = Instant::now() + LONGEST;
    let mut change = first;
    while let Ok(Some(more)) = timeout_at(latest.min(Instant::now() + REST), hear.recv()).await {
        change = change.and(more);
        if Instant::now() >= latest {
            break;
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn events_one_after_the_other_do_not_put_the_rest_off() {
        let (heard, hear) = unbounded_channel();
        let ask = Ask::default();
        tokio::spawn(pass_on(hear, ask.clone()));
        tokio::spawn(async move {
            let one = Content::of(["one".to_owned()].into());
            while heard.send(Change::certain(one.clone())).is_ok() {
                tokio::time::sleep(LATER / 3).await;
            }
        });
        let all = async { while ask.heard().await.content != Content::All {} };
        let asked = timeout_at(Instant::now() + 2 * LATER, all).await;
        assert!(asked.is_ok(), "the rest is asked about");
    }
}
