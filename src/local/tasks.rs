//! Boxes of task lists, each with the words of its line as its label: a box alone tells nobody what is done.

use pulldown_cmark::{Event, Tag, TagEnd};

/// Puts each box and the text after it into a `<label>`.
pub(super) fn labelled<'m>(events: Vec<Event<'m>>) -> Vec<Event<'m>> {
    let mut page = Vec::with_capacity(events.len());
    let mut is_open = false;
    for event in events {
        if is_open && ends_text(&event) {
            page.push(Event::InlineHtml("</label>".into()));
            is_open = false;
        }
        let Event::TaskListMarker(done) = event else {
            page.push(event);
            continue;
        };
        let checked = if done { " checked" } else { "" };
        let start = format!("<label><input type=\"checkbox\" disabled{checked}> ");
        page.push(Event::InlineHtml(start.into()));
        is_open = true;
    }
    page
}

/// Whether the line of a task is over.
fn ends_text(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => !matches!(
            tag,
            Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Superscript
                | Tag::Subscript
                | Tag::Link { .. }
                | Tag::Image { .. }
        ),
        Event::End(end) => matches!(end, TagEnd::Item | TagEnd::Paragraph),
        Event::Html(_) | Event::Rule => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Options, Parser, html};

    fn rendered(text: &str) -> String {
        let events = Parser::new_ext(text, Options::ENABLE_TASKLISTS).collect();
        let mut page = String::new();
        html::push_html(&mut page, super::labelled(events).into_iter());
        page.replace('\n', "")
    }

    #[test]
    fn a_box_is_labelled_by_its_own_line() {
        assert_eq!(
            rendered("- [x] a *b* [c](/d)\n- [ ] e\n  - f\n- g\n"),
            "<ul><li><label><input type=\"checkbox\" disabled checked> a <em>b</em> <a href=\"/d\">c</a></label></li>\
             <li><label><input type=\"checkbox\" disabled> e</label><ul><li>f</li></ul></li><li>g</li></ul>"
        );
        assert_eq!(
            rendered("- [ ] a\n\n  b\n\n- c\n"),
            "<ul><li><p><label><input type=\"checkbox\" disabled> a</label></p><p>b</p></li>\
             <li><p>c</p></li></ul>"
        );
    }
}
