//! Footnotes, collected at the end of the page in the order in which they are first referred to.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// What was written in the place of a note, and where it was referred to.
#[derive(Default)]
pub(super) struct Footnotes<'a> {
    notes: HashMap<CowStr<'a>, Vec<Event<'a>>>,
    /// The notes by number, from 1, and how often each is referred to.
    order: Vec<(CowStr<'a>, usize)>,
}

impl<'a> Footnotes<'a> {
    /// Takes the notes out of a page and puts numbers in the place of references.
    pub(super) fn collect(events: Vec<Event<'a>>) -> Vec<Event<'a>> {
        let mut footnotes = Self::default();
        let mut page = Vec::with_capacity(events.len());
        let mut note: Option<(CowStr<'a>, Vec<Event<'a>>)> = None;
        for event in events {
            match (event, &mut note) {
                (Event::Start(Tag::FootnoteDefinition(name)), _) => note = Some((name, Vec::new())),
                (Event::End(TagEnd::FootnoteDefinition), _) => {
                    if let Some((name, events)) = note.take() {
                        footnotes.notes.entry(name).or_insert(events);
                    }
                }
                (event, Some((_, events))) => events.push(event),
                (event, None) => page.push(event),
            }
        }
        let mut page: Vec<Event<'a>> = page
            .into_iter()
            .map(|event| footnotes.numbered(event))
            .collect();
        footnotes.append(&mut page);
        page
    }

    fn numbered(&mut self, event: Event<'a>) -> Event<'a> {
        let Event::FootnoteReference(name) = event else {
            return event;
        };
        let place = self.order.iter().position(|(known, _)| *known == name);
        let place = place.unwrap_or_else(|| {
            self.order.push((name, 0));
            self.order.len() - 1
        });
        self.order[place].1 += 1;
        let (number, id) = (place + 1, reference(place + 1, self.order[place].1));
        let html = format!(
            "<sup class=\"footnote-ref\"><a id=\"{id}\" href=\"#fn-{number}\" role=\"doc-noteref\">{number}</a></sup>"
        );
        Event::InlineHtml(html.into())
    }

    /// The notes themselves; one may refer to another.
    fn append(&mut self, page: &mut Vec<Event<'a>>) {
        let mut items = Vec::new();
        let mut number = 0;
        while let Some((name, _)) = self.order.get(number).cloned() {
            number += 1;
            let events = self.notes.remove(&name).unwrap_or_default();
            let events: Vec<Event<'a>> = events
                .into_iter()
                .map(|event| self.numbered(event))
                .collect();
            items.push(events);
        }
        if items.is_empty() {
            return;
        }
        let html = |text: String| Event::Html(text.into());
        page.push(html(
            "<section class=\"footnotes\" role=\"doc-endnotes\">\n<ol>\n".into(),
        ));
        for (number, mut events) in (1..).zip(items) {
            page.push(html(format!("<li id=\"fn-{number}\">\n")));
            let back = Event::InlineHtml(self.back(number).into());
            match events.last() {
                Some(Event::End(TagEnd::Paragraph)) => events.insert(events.len() - 1, back),
                _ => events.push(back),
            }
            page.extend(events);
            page.push(html("</li>\n".into()));
        }
        page.push(html("</ol>\n</section>\n".into()));
    }

    /// Links back to where a note is referred to.
    fn back(&self, number: usize) -> String {
        let times = self.order[number - 1].1;
        (1..=times)
            .map(|time| {
                let id = reference(number, time);
                format!(" <a href=\"#{id}\" class=\"footnote-back\" role=\"doc-backlink\">↩</a>")
            })
            .collect()
    }
}

/// The name of a reference to a note: the first, second, … to it.
fn reference(number: usize, time: usize) -> String {
    match time {
        1 => format!("fnref-{number}"),
        more => format!("fnref-{number}-{more}"),
    }
}
