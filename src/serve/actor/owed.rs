//! What there is to do, and in which order: a state that knows neither clock nor site.
//!
//! Edits come first and wait for nobody: AEM is asked for content in a step of its own, after them. A step that failed
//! is not repeated before something could make a difference.

use super::workshop::Blame;
use crate::serve::change::{Change, Content, Word};

/// What was heard and not done yet.
#[derive(Debug)]
pub(super) struct Owed {
    change: Change,
    /// Whether the content is only looked at because it is time: nobody waits for it.
    is_quiet: bool,
    /// Whether there is a site yet.
    has_site: bool,
    stuck: Option<(Part, Blame)>,
    /// Whether edits can only be shown together with other content.
    is_together: bool,
}

/// The kinds of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A site for all that there is now: the first one, or one that could not be made of other files alone.
    All,
    /// A site for other files, of the content that there is.
    Files,
    /// New content, if there is any.
    Content,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) part: Part,
    pub(super) change: Change,
    /// Whether it is to be done without a word, if it comes to nothing.
    pub(super) is_quiet: bool,
}

impl Owed {
    /// At first everything is.
    pub(super) fn new() -> Self {
        Self {
            change: Change::content(Content::All),
            is_quiet: false,
            has_site: false,
            stuck: None,
            is_together: false,
        }
    }

    /// Something new was heard.
    pub(super) fn hear(&mut self, change: Change) {
        let has_content = change.content != Content::None;
        self.is_quiet &= !has_content;
        self.is_together = false;
        // An edit does not make AEM well.
        if has_content || !matches!(self.stuck, Some((Part::Content, Blame::Aem))) {
            self.stuck = None;
        }
        self.change = std::mem::take(&mut self.change).and(change);
    }

    /// It is time to look at AEM.
    pub(super) fn look(&mut self) {
        let stuck = self.stuck.take();
        if let Some((Part::Files, Blame::Content)) = stuck {
            self.change.content = Content::All;
            self.is_together = true;
        }
        if self.has_site && self.change.is_empty() {
            self.change = Change::content(Content::All);
            self.is_quiet = true;
        }
    }

    /// What to do now; nothing until something else is heard, or it is time.
    pub(super) fn next(&self) -> Option<Step> {
        let part = match (self.has_site, self.change.files.is_empty()) {
            _ if self.change.is_empty() => return None,
            (true, false) if self.is_together => Part::All,
            (false, _) => Part::All,
            (true, false) => Part::Files,
            (true, true) => Part::Content,
        };
        if self.stuck.is_some_and(|(stuck, _)| stuck == part) {
            return None;
        }
        let change = match part {
            Part::All | Part::Content => self.change.clone(),
            Part::Files => Change::files(self.change.files.clone()),
        };
        Some(Step {
            part,
            change,
            is_quiet: self.is_quiet && part == Part::Content,
        })
    }

    /// A step is done.
    pub(super) fn done(&mut self, part: Part) {
        match part {
            Part::All | Part::Content => {
                self.change = Change::default();
                self.is_quiet = false;
                self.is_together = false;
            }
            Part::Files => self.change.files.clear(),
        }
        self.has_site = true;
        // Other files may know what to do with content that was no good before.
        if self.stuck.is_some_and(|(_, blame)| blame != Blame::Aem) {
            self.stuck = None;
        }
        if self.change.content == Content::None {
            self.change.word = Word::default();
        }
    }

    /// A step failed.
    pub(super) fn failed(&mut self, part: Part, blame: Blame) {
        self.stuck = Some((part, blame));
    }

    /// Whether only an edit can make a difference.
    pub(super) fn waits_for_edits(&self) -> bool {
        matches!(self.stuck, Some((_, Blame::Files)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(name: &str) -> Change {
        Change::files([name.into()])
    }

    fn of(name: &str) -> Change {
        Change::certain(Content::of([name.to_owned()].into()))
    }

    /// The next step, done well.
    fn does(owed: &mut Owed) -> (Part, Change) {
        let step = owed.next().unwrap();
        owed.done(step.part);
        (step.part, step.change)
    }

    fn ready() -> Owed {
        let mut owed = Owed::new();
        assert_eq!(does(&mut owed), (Part::All, Change::content(Content::All)));
        assert_eq!(owed.next(), None);
        owed
    }

    #[test]
    fn edits_do_not_wait_for_aem() {
        let mut owed = ready();
        owed.hear(of("walks"));
        owed.hear(edit("/a"));
        assert_eq!(does(&mut owed), (Part::Files, edit("/a")));
        assert_eq!(does(&mut owed), (Part::Content, of("walks")));
        assert_eq!(owed.next(), None);
        owed.look();
        // Nobody has said that it is certain, this time.
        assert_eq!(
            does(&mut owed),
            (Part::Content, Change::content(Content::All))
        );
    }

    #[test]
    fn a_broken_file_is_not_tried_again_before_something_is_heard() {
        let mut owed = ready();
        owed.hear(edit("/a"));
        owed.failed(Part::Files, Blame::Files);
        assert!(owed.next().is_none() && owed.waits_for_edits());
        owed.hear(edit("/b"));
        let both = edit("/a").and(edit("/b"));
        assert_eq!(does(&mut owed), (Part::Files, both));
        assert!(!owed.waits_for_edits());
    }

    #[test]
    fn aem_in_trouble_does_not_keep_edits_from_being_shown() {
        let mut owed = ready();
        owed.hear(of("walks"));
        owed.failed(Part::Content, Blame::Aem);
        assert_eq!(owed.next(), None);
        owed.hear(edit("/a"));
        assert_eq!(does(&mut owed), (Part::Files, edit("/a")));
        // An edit is no reason to ask again: that is for the clock.
        assert_eq!(owed.next(), None);
        owed.look();
        assert_eq!(does(&mut owed), (Part::Content, of("walks")));
        // Or for somebody who knows.
        owed.hear(of("walks"));
        owed.failed(Part::Content, Blame::Aem);
        owed.hear(of("guides"));
        assert_eq!(
            does(&mut owed),
            (Part::Content, of("walks").and(of("guides")))
        );
    }

    #[test]
    fn the_first_site_is_all_or_nothing() {
        let mut owed = Owed::new();
        owed.failed(Part::All, Blame::Aem);
        assert_eq!(owed.next(), None);
        owed.look();
        assert_eq!(owed.next().unwrap().part, Part::All);
        owed.failed(Part::All, Blame::Files);
        owed.hear(edit("/a"));
        let all = edit("/a").and(Change::content(Content::All));
        assert_eq!(does(&mut owed), (Part::All, all));
    }

    #[test]
    fn other_files_may_make_something_of_content_that_was_no_good() {
        let mut owed = ready();
        owed.hear(of("walks"));
        owed.failed(Part::Content, Blame::Content);
        assert!(owed.next().is_none() && !owed.waits_for_edits());
        owed.hear(edit("/a"));
        assert_eq!(does(&mut owed).0, Part::Files);
        assert_eq!(does(&mut owed), (Part::Content, of("walks")));
    }

    /// Such as a definition that asks for something that is not there yet.
    #[test]
    fn new_content_may_make_something_of_other_files() {
        let mut owed = ready();
        owed.hear(edit("/a"));
        owed.failed(Part::Files, Blame::Content);
        assert!(owed.next().is_none() && !owed.waits_for_edits());
        owed.look();
        let all = edit("/a").and(Change::content(Content::All));
        let step = owed.next().unwrap();
        assert_eq!((step.part, &step.change), (Part::All, &all));
        owed.failed(Part::All, Blame::Content);
        assert_eq!(owed.next(), None);
        owed.hear(edit("/b"));
        let both = edit("/a").and(edit("/b"));
        assert_eq!(does(&mut owed), (Part::Files, both));
        assert_eq!(does(&mut owed).0, Part::Content);
        assert_eq!(owed.next(), None);
    }

    #[test]
    fn a_look_is_quiet_until_somebody_waits_for_it() {
        let mut owed = ready();
        owed.look();
        assert!(owed.next().unwrap().is_quiet);
        owed.hear(of("walks"));
        assert!(!owed.next().unwrap().is_quiet);
        does(&mut owed);
        owed.look();
        owed.hear(edit("/a"));
        let step = owed.next().unwrap();
        assert_eq!((step.part, step.is_quiet), (Part::Files, false));
    }
}
