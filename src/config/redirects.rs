//! `[redirects]`: in which forms the site says where former addresses lead.

use crate::diag::{Diagnostic, Kind, closest};
use crate::table::{Table, Text};

/// A form of redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectFormat {
    /// A page at the former address that sends browsers on.
    Html,
    /// The file `_redirects`, which several hosts of static sites read.
    Hosts,
    /// A file to include in the configuration of nginx.
    Nginx,
    /// A `.htaccess` for Apache.
    Apache,
}

/// All forms by the names they have in the file.
const FORMATS: [(&str, RedirectFormat); 4] = [
    ("html", RedirectFormat::Html),
    ("_redirects", RedirectFormat::Hosts),
    ("nginx", RedirectFormat::Nginx),
    ("apache", RedirectFormat::Apache),
];

/// `[redirects]`.
#[derive(Clone, Debug)]
pub struct Redirects {
    /// The forms, each once.
    pub formats: Vec<RedirectFormat>,
}

impl Default for Redirects {
    fn default() -> Self {
        Self {
            formats: vec![RedirectFormat::Html],
        }
    }
}

impl Redirects {
    /// Whether a server is told, which can send on from any address; a page is HTML only.
    #[must_use]
    pub fn by_server(&self) -> bool {
        let is_server = |format: &RedirectFormat| *format != RedirectFormat::Html;
        self.formats.iter().any(is_server)
    }
}

/// Reads `[redirects]`.
pub(super) fn read(table: &Table<'_>) -> Redirects {
    let Some(names) = table.strings("formats") else {
        return Redirects::default();
    };
    let mut formats = Vec::new();
    for name in &names {
        let found = FORMATS.iter().find(|(own, _)| *own == name.value);
        match found {
            None => unknown(table, name),
            Some((_, format)) if formats.contains(format) => {
                let message = format!("`redirects.formats` has `{}` twice", name.value);
                table.reader().error(name.span.clone(), message);
            }
            Some((_, format)) => formats.push(*format),
        }
    }
    if names.is_empty() {
        let message = "`redirects.formats` names no format: former addresses would lead nowhere";
        let diagnostic = Diagnostic::error(Kind::Config, message).at(table.place("formats"));
        table.reader().push(diagnostic);
    }
    Redirects { formats }
}

fn unknown(table: &Table<'_>, name: &Text) {
    let names = FORMATS.iter().map(|(own, _)| *own);
    let help = match closest(&name.value, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("they are {}", names.collect::<Vec<_>>().join(", ")),
    };
    let message = format!("`{}` is not a format of redirects", name.value);
    let diagnostic = Diagnostic::error(Kind::Config, message).at(table.reader().place(name));
    table.reader().push(diagnostic.help(help));
}
