//! What a rich text holds that cannot be shown as it came.

use std::fmt;

/// Characters that are quoted of what content says.
const NAMED: usize = 100;

/// Something in a rich text that somebody should know of. Its text reads on after "holds".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Oddity {
    /// A node of AEM's JSON of a type nobody knows: its content is shown.
    UnknownNode(String),
    /// A format of AEM's JSON nobody knows: the text is shown without it.
    UnknownFormat(String),
    /// Something in AEM's JSON where a node was due; what it is.
    NotANode(&'static str),
    /// An element of HTML nobody knows: its content is shown.
    UnknownElement(String),
    /// An element of HTML that is left out with what is in it.
    Removed(String),
    /// An address that no page may hold: the words or the image stand without it.
    Refused(String),
    /// Content that is nested too deep; the rest of it is left out.
    TooDeep,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownNode(name) => write!(f, "a node of the unknown type `{}`", Short(name)),
            Self::UnknownFormat(name) => write!(f, "text in the unknown format `{}`", Short(name)),
            Self::NotANode(what) => write!(f, "{what} where a node was due"),
            Self::UnknownElement(name) => write!(f, "the unknown element `<{}>`", Short(name)),
            Self::Removed(name) => write!(f, "the element `<{name}>`"),
            Self::Refused(address) => write!(f, "the address `{}`", Short(address)),
            Self::TooDeep => f.write_str("content that is nested too deep"),
        }
    }
}

/// The beginning of what content says: an address may be a whole picture.
struct Short<'t>(&'t str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(NAMED) {
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
            None => f.write_str(self.0),
        }
    }
}

impl Oddity {
    /// What was made of it.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::UnknownNode(_) | Self::UnknownElement(_) => "its content is shown without it",
            Self::UnknownFormat(_) => "the text is shown without it",
            Self::NotANode(_) | Self::TooDeep => "it is left out",
            Self::Removed(_) => "it is left out with what is in it",
            Self::Refused(_) => "what it was the address of stands without it",
        }
    }
}
