//! Pages of our own: in the place of those that there are none of.

use crate::diag::{Diagnostics, Style};

/// What there is to say in the place of a page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice<'a> {
    /// The site is made for the first time.
    Starting,
    /// There is no site, and this is why.
    NoSite(&'a Diagnostics),
    /// The page has never come out, and this is why.
    Failed(&'a Diagnostics),
    /// A fragment cannot be shown, and this is why.
    NoFragment(&'a Diagnostics),
    /// Nothing is at this path.
    NotFound(&'a str),
}

impl Notice<'_> {
    fn title(&self) -> &'static str {
        match self {
            Self::Starting => "One moment",
            Self::NoSite(_) => "No site yet",
            Self::Failed(_) => "This page cannot be rendered",
            Self::NoFragment(_) => "This fragment cannot be shown",
            Self::NotFound(_) => "Nothing is here",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Starting => {
                "Content is fetched from AEM. This page shows by itself when that is done.".to_owned()
            }
            Self::NoSite(_) => {
                "Something has to be mended before there is a first page. This page shows the site by itself when it is."
                    .to_owned()
            }
            Self::Failed(_) => {
                "It has not come out once since the preview was started. It shows by itself when it does.".to_owned()
            }
            Self::NoFragment(_) => {
                "It was asked for just now. Load the page again when that is mended.".to_owned()
            }
            Self::NotFound(path) => format!(
                "The site has no page and no file at <code>{}</code>. \
                 <a href=\"/_frieze/\">The explorer</a> lists what it has.",
                escape(path)
            ),
        }
    }

    fn problems(&self) -> Option<&Diagnostics> {
        match self {
            Self::NoSite(found) | Self::Failed(found) | Self::NoFragment(found) => Some(found),
            Self::Starting | Self::NotFound(_) => None,
        }
    }

    /// The page, with what is wrong in the words of the terminal.
    pub(super) fn page(&self) -> String {
        let problems = self.problems().map(|found| {
            let text = escape(found.render(Style::Plain).trim_end());
            format!("<pre>{text}</pre>\n")
        });
        let title = self.title();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} · Frieze</title>\n\
             <link rel=\"stylesheet\" href=\"/_frieze/client/page.css\">\n\
             <body>\n<main>\n<h1>{title}</h1>\n<p>{}</p>\n{}</main>\n</body>\n</html>\n",
            self.words(),
            problems.unwrap_or_default()
        )
    }
}

/// Text as it stands in HTML, between elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diag::{Diagnostic, Kind, Location};

    #[test]
    fn what_is_wrong_is_told_in_the_words_of_the_terminal() {
        let source: Arc<str> = Arc::from("<h1>{{ item.nmae }}</h1>\n");
        let problem = Diagnostic::error(Kind::Content, "Field `nmae` is not defined")
            .at(Location::span("templates/plant.html", &source, 12..16))
            .help("did you mean `name`?");
        insta::assert_snapshot!(Notice::Failed(&problem.into()).page());
    }

    #[test]
    fn a_path_is_text() {
        let page = Notice::NotFound("/<script>alert('x')</script>").page();
        assert!(page.contains("/&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
        assert!(!page.contains("<script"));
    }
}
