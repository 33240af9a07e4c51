//! Pages that nobody waits for any more.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use frieze::interrupt::Interrupt;
use frieze::render::while_wanted;
use frieze::serve::Found;

use super::events::{answers, press};
use super::support::{PATIENCE, Preview};
use crate::support::Scripted;

const PAGE: &str = "/articles/one/";

#[test]
fn a_page_that_nobody_waits_for_is_given_up() {
    let aem = Scripted::start(answers(&["one"]));
    let site = press(&aem);
    let (first, last) = ("{% for a in range(end=99999) %}", "{% endfor %}");
    let endless = format!("{} {}", first.repeat(3), last.repeat(3));
    site.write("templates/article.html", &endless);
    let preview = Preview::ready(site);
    let snapshot = preview.board.now().site.clone().unwrap();
    let Some(Found::Page(page)) = snapshot.find(PAGE) else {
        panic!("there is no {PAGE}");
    };
    let (ended, end) = channel();
    let interrupts = [Interrupt::new(), Interrupt::new()];
    // One of them waits for the other.
    for interrupt in interrupts.clone() {
        let (snapshot, ended) = (Arc::clone(&snapshot), ended.clone());
        thread::spawn(move || {
            let shown = while_wanted(&interrupt, || snapshot.page(page));
            ended.send(shown.body.len()).unwrap();
        });
    }
    assert!(end.try_recv().is_err());
    for interrupt in interrupts {
        interrupt.raise();
    }
    for _ in 0..2 {
        assert_eq!(end.recv_timeout(PATIENCE), Ok(0));
    }
    assert!(snapshot.rendered().is_empty(), "nothing of it is kept");
    // Whoever does wait gets the page of the next site.
    preview.site.write("templates/article.html", "mended");
    let moment = preview.site_number(2);
    let shown = moment.site.as_ref().unwrap().page(page);
    assert_eq!(&*shown.body, b"mended");
}
