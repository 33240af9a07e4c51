//! What is noted while one page is rendered. A page is rendered on one thread from beginning to end.

use std::cell::{Cell, RefCell};

use tera::{Kwargs, TeraResult, Value};

use super::Site;
use super::question::{self, Function, Question, Scope};
use crate::config::LangId;
use crate::render::current;
use crate::render::links::Destination;
use crate::rich_text::Link;
use crate::trace::pages::{PageTrace, QuestionId};
use crate::value::{Digest, digest, encode};

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Nothing that anybody wants to know of.
    Off,
    /// Rendering a page whose reads are noted.
    Noting,
    /// Answering a question again; that has no effects.
    Dry,
}

/// What was noted on a page.
#[derive(Default)]
struct Notes {
    shared: Vec<QuestionId>,
    here: Vec<(QuestionId, Digest)>,
    /// Whether the page has to be made each time, because making it tells something.
    spoilt: bool,
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Off) };
    static NOTES: RefCell<Notes> = RefCell::default();
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Renders a page, and gives its trace as far as that is known then; none where it has to be made each time.
pub(in crate::render) fn captured<T>(
    site: &Site,
    render: impl FnOnce() -> T,
) -> (T, Option<PageTrace>) {
    if !site.reads.is_recording() {
        return (render(), None);
    }
    let (result, trace, told) = noted(render);
    (result, (told == Told::Nothing).then_some(trace))
}

/// Whether making a page tells something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Told {
    /// It is enough to make it once.
    Nothing,
    /// It has to be made each time, so that it is told each time.
    Something,
}

/// Renders a page, and gives its trace as far as that is known then.
pub(in crate::render) fn noted<T>(render: impl FnOnce() -> T) -> (T, PageTrace, Told) {
    NOTES.take();
    MODE.set(Mode::Noting);
    let result = render();
    MODE.set(Mode::Off);
    let mut notes = NOTES.take();
    notes.shared.sort_unstable();
    notes.shared.dedup();
    notes.here.sort_unstable();
    notes.here.dedup();
    let trace = PageTrace {
        shared: notes.shared,
        here: notes.here,
        ..PageTrace::default()
    };
    let told = match notes.spoilt {
        true => Told::Something,
        false => Told::Nothing,
    };
    (result, trace, told)
}

/// What a page has left behind that was given up in the middle.
pub(in crate::render) fn forget() {
    MODE.set(Mode::Off);
    NOTES.take();
}

/// Does something without effects.
pub(super) fn dry<T>(work: impl FnOnce() -> T) -> T {
    let mode = MODE.replace(Mode::Dry);
    let result = work();
    MODE.set(mode);
    result
}

/// Whether what is done may have no effects.
pub(in crate::render) fn is_dry() -> bool {
    MODE.get() == Mode::Dry
}

/// The page being rendered says something besides what it shows: it is made each time, so that this is said each time.
pub(in crate::render) fn spoil() {
    NOTES.with_borrow_mut(|notes| notes.spoilt = true);
}

/// Calls a function of templates, and notes that.
pub(in crate::render) fn call(
    site: &Site,
    function: &'static Function,
    kwargs: &Kwargs,
) -> TeraResult<Value> {
    let result = (function.body)(site, kwargs)?;
    let language = || current::language().unwrap_or(site.config.languages.default_id());
    note(
        site,
        function.scope,
        |out| question::encode_call(function, kwargs, language(), out),
        || of_value(&result),
    );
    Ok(result)
}

/// Notes where a link of content leads in a language.
pub(in crate::render) fn link(site: &Site, link: &Link, language: LangId, found: &Destination<'_>) {
    let question = || Question::Link {
        href: link.href.clone(),
        hint: link.hint,
        language,
    };
    // Content does not decide about these.
    let fixed = match found {
        Destination::Outside(_) => true,
        Destination::Here(address) => address.starts_with('#'),
        _ => false,
    };
    if !fixed {
        note(
            site,
            Scope::Language,
            |out| question().encode(out),
            || question::of_destination(found),
        );
    }
}

/// Notes what is found at the path of a fragment.
pub(in crate::render) fn look_up(site: &Site, path: &str, language: LangId, found: Option<&Value>) {
    let question = || Question::Fragment {
        path: path.to_owned(),
        language,
        template: current::template(),
    };
    note(
        site,
        Scope::Template,
        |out| question().encode(out),
        || question::of_found(found),
    );
}

/// Notes what the answer that brought the page's item says about a path.
pub(in crate::render) fn refer(site: &Site, path: &str, found: Option<&Value>) {
    let question = || Question::Reference(path.to_owned());
    note(
        site,
        Scope::Page,
        |out| question().encode(out),
        || question::of_found(found),
    );
}

/// Notes a question and its answer.
pub(super) fn note(
    site: &Site,
    scope: Scope,
    question: impl FnOnce(&mut Vec<u8>),
    answer: impl FnOnce() -> Digest,
) {
    let (Mode::Noting, Some(recording)) = (MODE.get(), &site.reads.recording) else {
        return;
    };
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        question(buffer);
        NOTES.with_borrow_mut(|notes| match scope {
            Scope::Language | Scope::Template => notes.shared.push(recording.ask(buffer, answer)),
            Scope::Page => {
                let id = recording.ask(buffer, Digest::default);
                notes.here.push((id, answer()));
            }
        });
    });
}

/// The digest of a value.
pub(super) fn of_value(value: &Value) -> Digest {
    let mut bytes = Vec::new();
    encode(value, &mut bytes);
    digest(&bytes)
}
