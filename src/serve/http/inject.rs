//! Our script on its way into a page.
//!
//! A page is what a build would write, and one element more. It is a script of the same origin, so a page whose
//! `Content-Security-Policy` allows its own scripts allows it, and for one that does not, nothing is changed but that
//! it does not reload.

use bytes::Bytes;

use super::own_page::escape;

/// Where a page begins to look like one, in bytes.
const BEGINNING: usize = 1024;

/// Whose page it is that gets the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// The site's.
    Site,
    /// Ours: it says itself what is wrong.
    Frieze,
}

/// A page with our script before its end. Parts of pages, which have neither beginning nor end, stay as they are.
pub(super) fn script(page: &Bytes, path: &str, version: &str, author: Author) -> Bytes {
    let Some(place) = place(page) else {
        return page.clone();
    };
    let own = match author {
        Author::Site => "",
        Author::Frieze => " data-own",
    };
    let path = escape(path);
    let element = format!(
        "<script type=\"module\" src=\"/_frieze/preview.js\" id=\"frieze-preview\" \
         data-page=\"{path}\" data-version=\"{version}\"{own}></script>\n"
    );
    [&page[..place], element.as_bytes(), &page[place..]]
        .concat()
        .into()
}

/// Before the last `</body`, or at the end of a page that leaves it out, as HTML allows.
fn place(page: &[u8]) -> Option<usize> {
    let end = b"</body";
    let is_end = |window: &[u8]| window.eq_ignore_ascii_case(end);
    let place = page.windows(end.len()).rposition(is_end);
    // In a script it may be a text, which ours would cut in two.
    let is_tag = |place: &usize| !holds(&page[*place..], b"</script");
    if let Some(place) = place.filter(is_tag) {
        return Some(place);
    }
    let beginning = &page[..page.len().min(BEGINNING)];
    let is_page = holds(beginning, b"<!doctype html") || holds(beginning, b"<html");
    is_page.then_some(page.len())
}

fn holds(page: &[u8], what: &[u8]) -> bool {
    let mut windows = page.windows(what.len());
    windows.any(|window| window.eq_ignore_ascii_case(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injected(page: &'static str) -> String {
        let page = Bytes::from_static(page.as_bytes());
        let page = script(&page, "/a\"<b/", "12", Author::Site);
        String::from_utf8(page.to_vec()).unwrap()
    }

    #[test]
    fn the_script_comes_before_the_end_of_the_body() {
        let element = "<script type=\"module\" src=\"/_frieze/preview.js\" id=\"frieze-preview\" \
                       data-page=\"/a&quot;&lt;b/\" data-version=\"12\"></script>\n";
        assert_eq!(
            injected("<html><body>x</body></html>"),
            format!("<html><body>x{element}</body></html>")
        );
        assert_eq!(
            injected("<body><pre></body></pre></BODY >"),
            format!("<body><pre></body></pre>{element}</BODY >")
        );
        assert_eq!(
            injected("<!DOCTYPE html>\n<p>é"),
            format!("<!DOCTYPE html>\n<p>é{element}")
        );
        let texts = "<!doctype html><p>x<script>let t = '<body></body>';</script>";
        assert_eq!(injected(texts), format!("{texts}{element}"));
    }

    #[test]
    fn what_is_no_whole_page_stays_as_it_is() {
        for part in ["", "<li>one</li>", "<p>The element html</p>"] {
            assert_eq!(injected(part), part);
        }
    }
}
