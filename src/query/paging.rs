//! How an answer that does not come whole is fetched.

use crate::table::Table;

/// AEM answers at most this many edges of a cursor page (`aem-protocol.md`, section 5.6).
const MAX_FIRST: u64 = 100;

/// Largest window of offset paging; AEM documents no limit, this one keeps answers a sensible size.
const MAX_LIMIT: u64 = 1_000;

/// Which way to page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagingMode {
    /// By the query's text where it is known, else by the shape of the first answer.
    Auto,
    /// `first` and `after`.
    Cursor,
    /// `offset` and `limit`.
    Offset,
    /// One request, whatever comes.
    None,
}

/// The names of the query's paging variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagingNames {
    /// How many edges.
    pub first: String,
    /// After which cursor.
    pub after: String,
    /// From which item.
    pub offset: String,
    /// How many items.
    pub limit: String,
}

impl Default for PagingNames {
    fn default() -> Self {
        Self {
            first: "first".into(),
            after: "after".into(),
            offset: "offset".into(),
            limit: "limit".into(),
        }
    }
}

/// How a query is paged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Which way.
    pub mode: PagingMode,
    /// Items of one answer.
    pub page_size: u64,
    /// The variables' names.
    pub names: PagingNames,
}

/// Reads `paging`, `page_size` and `paging_variables`. `document` is the query's text, where known.
pub(super) fn read(table: &Table<'_>, document: Option<&str>) -> Paging {
    let names = read_names(table);
    let mode = match table.word("paging", &["auto", "cursor", "offset", "none"]) {
        Some(word) if word.value == "cursor" => PagingMode::Cursor,
        Some(word) if word.value == "offset" => PagingMode::Offset,
        Some(word) if word.value == "none" => PagingMode::None,
        _ => document.map_or(PagingMode::Auto, |text| mode_of(text, &names)),
    };
    let max = if mode == PagingMode::Offset {
        MAX_LIMIT
    } else {
        MAX_FIRST
    };
    let page_size = table.integer("page_size", 1..=max).unwrap_or(50);
    Paging {
        mode,
        page_size,
        names,
    }
}

fn read_names(table: &Table<'_>) -> PagingNames {
    let Some(table) = table.table("paging_variables") else {
        return PagingNames::default();
    };
    let name = |key, default: String| table.filled(key).map_or(default, |text| text.value);
    let default = PagingNames::default();
    PagingNames {
        first: name("first", default.first),
        after: name("after", default.after),
        offset: name("offset", default.offset),
        limit: name("limit", default.limit),
    }
}

/// What a query's text can do: a variable that is not declared cannot page.
fn mode_of(document: &str, names: &PagingNames) -> PagingMode {
    if declares(document, &names.after) {
        PagingMode::Cursor
    } else if declares(document, &names.offset) && declares(document, &names.limit) {
        PagingMode::Offset
    } else {
        PagingMode::None
    }
}

/// Whether the text declares `$name: …`. Uses of a variable have no colon after them.
fn declares(document: &str, name: &str) -> bool {
    let code = document
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let code = code.collect::<Vec<_>>().join("\n");
    code.match_indices('$').any(|(at, _)| {
        let rest = code[at + 1..].strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_tells_how_to_page() {
        let mode = |text| mode_of(text, &PagingNames::default());
        assert_eq!(
            mode("query ($first: Int, $after : String) { x(after: $after) { edges } }"),
            PagingMode::Cursor
        );
        assert_eq!(
            mode("query($offset:Int=0,$limit:Int){ x(offset:$offset) }"),
            PagingMode::Offset
        );
        assert_eq!(mode("{ x { items { a } } }"), PagingMode::None);
        assert_eq!(
            mode("# $after: String\nquery ($afterwards: String) { x }"),
            PagingMode::None
        );
    }
}
