//! Whether two pages differ in the addresses of their style sheets only: an edited sheet has another fingerprint, and
//! that is no reason to load the page again.

/// The former and the present address of each style sheet that is another one, if nothing else is.
pub(super) fn swapped(old: &[u8], new: &[u8]) -> Option<Vec<(String, String)>> {
    let (old, new) = (
        std::str::from_utf8(old).ok()?,
        std::str::from_utf8(new).ok()?,
    );
    let (mut old, mut new) = (pieces(old), pieces(new));
    let mut swaps = Vec::new();
    loop {
        match (old.next(), new.next()) {
            (None, None) => return Some(swaps),
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => swaps.push(swap(old, new)?),
            _ => return None,
        }
    }
}

/// A page cut before and after each `<link …>`.
fn pieces(page: &str) -> impl Iterator<Item = &str> {
    const OPEN: &[u8] = b"<link";
    let mut rest = page;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_link = |at: usize| {
            let bytes = rest.as_bytes().get(at..at + OPEN.len());
            bytes.is_some_and(|bytes| bytes.eq_ignore_ascii_case(OPEN))
        };
        let end = if is_link(0) {
            rest.find('>').map(|at| at + 1)
        } else {
            let mut places = rest.match_indices('<').map(|(at, _)| at);
            places.find(|&at| is_link(at))
        };
        let (piece, left) = rest.split_at(end.unwrap_or(rest.len()));
        rest = left;
        Some(piece)
    })
}

/// Two links to style sheets that differ in the address alone.
fn swap(old: &str, new: &str) -> Option<(String, String)> {
    let (before, address, after) = address(old)?;
    let (before_now, address_now, after_now) = self::address(new)?;
    let same = (before, after) == (before_now, after_now);
    (same && old.contains("stylesheet")).then(|| (plain(address), plain(address_now)))
}

/// The address of a `<link>` in quotes, with what is before and after it.
fn address(link: &str) -> Option<(&str, &str, &str)> {
    let start = link.find(" href=")? + " href=".len();
    let quote = link[start..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))?;
    let (before, rest) = link.split_at(start + 1);
    let (address, after) = rest.split_at(rest.find(quote)?);
    Some((before, address, after))
}

/// The address that an attribute stands for, as far as addresses are escaped.
fn plain(attribute: &str) -> String {
    attribute.replace("&amp;", "&").replace("&#x2F;", "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "<head><LINK rel=stylesheet href='/a.1.css'><link rel=\"icon\" href=\"/i\">\n\
                       <link href=\"/b.1.css?x&amp;y\" rel=\"stylesheet\"></head><p>é < ä</p>";

    fn swaps(new: &str) -> Option<Vec<(String, String)>> {
        swapped(OLD.as_bytes(), new.as_bytes())
    }

    #[test]
    fn other_addresses_of_style_sheets_are_found() {
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(swaps(OLD), Some(vec![]));
        assert_eq!(
            swaps(&OLD.replace(".1.", ".2.")),
            Some(vec![
                pair("/a.1.css", "/a.2.css"),
                pair("/b.1.css?x&y", "/b.2.css?x&y")
            ])
        );
    }

    #[test]
    fn anything_else_is_another_page() {
        for new in [
            OLD.replace("/i\"", "/j\""),
            OLD.replace("ä", "ö"),
            OLD.replace("rel=stylesheet", "rel=stylesheet media=print"),
            OLD.replace(" href='/a.1.css'", ""),
            OLD.replace(
                "</head>",
                "<link rel=\"stylesheet\" href=\"/c.css\"></head>",
            ),
            OLD.replace("<p>", "<p class='x'>"),
            String::new(),
            "<link".to_owned(),
        ] {
            assert_eq!(swaps(&new), None, "{new}");
        }
        assert_eq!(swapped(b"\xff", b"\xff"), None);
    }
}
