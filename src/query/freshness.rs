//! `freshness`: how old an answer of an earlier build may be.

use std::time::Duration;

use crate::diag::{Diagnostic, Kind};
use crate::table::{Table, duration};

/// How old an answer of an earlier build may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// AEM is asked whether it is still right.
    #[default]
    Revalidate,
    /// AEM is asked to send it again.
    Always,
    /// Not asked about until AEM's word on it is this old.
    For(Duration),
    /// Never asked about again.
    Never,
}

impl Freshness {
    /// Reads `freshness`.
    pub(super) fn read(table: &Table<'_>) -> Self {
        let Some(text) = table.filled("freshness") else {
            return Self::default();
        };
        match text.value.as_str() {
            "revalidate" => Self::Revalidate,
            "always" => Self::Always,
            "never" => Self::Never,
            other => duration(other).map_or_else(
                || {
                    let message = format!("`freshness` cannot be \"{other}\"");
                    table.reader().push(
                        Diagnostic::error(Kind::Config, message)
                            .at(table.reader().place(&text))
                            .help("write \"revalidate\", \"always\", \"never\", or a duration such as \"10m\""),
                    );
                    Self::default()
                },
                Self::For,
            ),
        }
    }
}
