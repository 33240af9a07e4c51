//! What is said on the terminal while the preview runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::cli::ui::Ui;
use crate::diag::{Diagnostic, Diagnostics};
use crate::serve::{Board, Moment};

/// Something to say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Words {
    /// What is wrong, or should be looked at.
    Found(Arc<Diagnostics>),
    /// What has become of the site.
    Line(String),
}

/// Says what happens, until the board is gone.
pub(super) async fn tell(board: &Board, mut troubles: Troubles, ui: &Ui) {
    let mut moments = board.follow();
    let mut last = Arc::new(Moment::default());
    let mut told = Told::default();
    let mut trouble: Option<Arc<Diagnostics>> = None;
    loop {
        // What is wrong with a page comes after the site that has it, whichever is heard first.
        let moment = Arc::clone(&moments.borrow_and_update());
        if number(&last) != number(&moment) {
            told = Told::default();
        }
        for words in words(&last, &moment) {
            match words {
                Words::Found(found) => ui.report(&found),
                Words::Line(line) => ui.note(&line),
            }
        }
        last = moment;
        if let Some(found) = trouble.take() {
            ui.report(&told.news(&found));
        }
        trouble = tokio::select! {
            changed = moments.changed() => match changed {
                Ok(()) => None,
                Err(_) => return,
            },
            Some(found) = troubles.recv() => Some(found),
        };
    }
}

/// What is wrong with pages that somebody looks at.
pub(super) type Troubles = UnboundedReceiver<Arc<Diagnostics>>;

/// What has been said about pages of a site: a mistake in a template is one for all pages.
#[derive(Debug, Default)]
struct Told(BTreeSet<(String, Option<String>)>);

impl Told {
    /// What has not been said before.
    fn news(&mut self, found: &Diagnostics) -> Diagnostics {
        let is_new = |one: &&Diagnostic| {
            let place = one.location.as_ref().map(|location| location.short());
            self.0.insert((one.message.clone(), place))
        };
        found.iter().filter(is_new).cloned().collect()
    }
}

/// The number of the site at a moment.
fn number(moment: &Moment) -> Option<u64> {
    moment.site.as_ref().map(|site| site.number())
}

/// What is new at a moment.
fn words(last: &Moment, now: &Moment) -> Vec<Words> {
    let mut words = Vec::new();
    let mut found = |last: &Arc<Diagnostics>, now: &Arc<Diagnostics>| {
        if last != now && !now.is_empty() {
            words.push(Words::Found(Arc::clone(now)));
        }
    };
    found(&last.warnings, &now.warnings);
    found(&last.problems, &now.problems);
    let is_mended = last.problems.has_errors() && !now.problems.has_errors();
    let is_another = number(last) != number(now);
    if is_another && let Some(snapshot) = &now.site {
        let pages = snapshot.site().routes.pages().len();
        let line = match number(last) {
            None => format!("the site is ready: {pages} pages"),
            Some(_) => format!("the site has changed: {pages} pages"),
        };
        words.push(Words::Line(line));
    } else if is_mended {
        words.push(Words::Line(
            "the site is as its sources are again".to_owned(),
        ));
    }
    if now.fallback.is_some() && last.fallback != now.fallback {
        let line = "until it is mended, what the last build wrote is shown";
        words.push(Words::Line(line.to_owned()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Kind, Location};

    fn moment(problem: Option<&str>) -> Moment {
        let problem = problem.map(|text| Diagnostic::error(Kind::Content, text));
        Moment {
            problems: Arc::new(problem.into_iter().collect()),
            ..Moment::default()
        }
    }

    #[test]
    fn a_problem_is_told_once_and_so_is_its_end() {
        let (good, bad) = (moment(None), moment(Some("wrong")));
        assert_eq!(words(&good, &good), []);
        let told = [Words::Found(Arc::clone(&bad.problems))];
        assert_eq!(words(&good, &bad), told);
        let again = Moment {
            working: true,
            ..moment(Some("wrong"))
        };
        assert_eq!(words(&bad, &again), []);
        let line = "the site is as its sources are again".to_owned();
        assert_eq!(words(&bad, &good), [Words::Line(line)]);
    }

    #[test]
    fn a_mistake_is_one_for_all_pages() {
        let problem = |file: &str, page: &str| -> Diagnostics {
            let problem = Diagnostic::error(Kind::Content, "wrong").at(Location::file(file));
            problem.note(format!("rendering `{page}`")).into()
        };
        let mut told = Told::default();
        assert!(told.news(&problem("a.html", "/1/")).has_errors());
        assert!(told.news(&problem("a.html", "/2/")).is_empty());
        assert!(told.news(&problem("b.html", "/2/")).has_errors());
    }
}
