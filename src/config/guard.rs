//! `[guard]`: what must not happen to a site between two builds.

use crate::table::Table;

/// How much less than before a build may bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guard {
    /// The share of the highest count of items that must come; 0 asks for none.
    pub min_items_ratio: f64,
    /// How much the share of items in which a field is empty may rise; 1 allows all of it.
    pub null_share_rise: f64,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            min_items_ratio: 0.8,
            null_share_rise: 0.5,
        }
    }
}

pub(super) fn read(table: &Table<'_>) -> Guard {
    let default = Guard::default();
    // The only word there is: a leak stops every build. The key exists so that a site can say what it
    // relies on, and so that whoever looks for the switch is told that there is none.
    let _ = table.word("leaks", &["deny"]);
    Guard {
        min_items_ratio: table
            .share("min_items_ratio")
            .unwrap_or(default.min_items_ratio),
        null_share_rise: table
            .share("null_share_rise")
            .unwrap_or(default.null_share_rise),
    }
}
