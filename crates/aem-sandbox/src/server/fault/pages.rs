//! Paging gone wrong: cursors that stand still or lead back, items that come twice.
//!
//! Works on the connections of GraphQL answers (`edges`, `pageInfo`) and on lists of the OpenAPI delivery (`items`,
//! `cursor`). Source: aem-protocol.md, sections 5.6 and 10.2.

use serde_json::{Map, Value};

/// What was delivered before.
#[derive(Debug, Default)]
pub(super) struct Pages {
    first_cursor: Option<Value>,
    last_item: Option<Value>,
}

/// The pages of an answer: GraphQL connections anywhere below `data`, or an OpenAPI list.
fn each(body: &mut Value, change: &mut dyn FnMut(Page<'_>)) {
    match body {
        Value::Object(members) if members.contains_key("edges") => {
            change(Page::Connection(members));
        }
        Value::Object(members) if is_list(members) => change(Page::List(members)),
        Value::Object(members) => {
            for value in members.values_mut() {
                each(value, change);
            }
        }
        _ => {}
    }
}

fn is_list(members: &Map<String, Value>) -> bool {
    members.contains_key("cursor") && members.contains_key("items")
}

enum Page<'a> {
    Connection(&'a mut Map<String, Value>),
    List(&'a mut Map<String, Value>),
}

impl Page<'_> {
    fn items(&mut self) -> Option<&mut Vec<Value>> {
        let (members, name) = match self {
            Self::Connection(members) => (members, "edges"),
            Self::List(members) => (members, "items"),
        };
        members.get_mut(name)?.as_array_mut()
    }

    fn cursor(&mut self) -> Option<&mut Value> {
        match self {
            Self::Connection(members) => members.get_mut("pageInfo")?.get_mut("endCursor"),
            Self::List(members) => members.get_mut("cursor"),
        }
    }

    fn has_next(&mut self) -> Option<&mut Value> {
        match self {
            Self::Connection(members) => members.get_mut("pageInfo")?.get_mut("hasNextPage"),
            Self::List(_) => None,
        }
    }
}

impl Pages {
    /// Every page ends with the first page's cursor.
    pub(super) fn same_cursor(&mut self, body: &mut Value) {
        each(body, &mut |mut page| {
            if let Some(cursor) = page.cursor() {
                *cursor = self
                    .first_cursor
                    .get_or_insert_with(|| cursor.clone())
                    .clone();
            }
        });
    }

    /// The last page says there are more, after the first.
    pub(super) fn cursor_loop(&mut self, body: &mut Value) {
        each(body, &mut |mut page| {
            let is_last = page.has_next().is_some_and(|next| *next == false);
            let Some(cursor) = page.cursor() else { return };
            let first = self
                .first_cursor
                .get_or_insert_with(|| cursor.clone())
                .clone();
            if is_last || cursor.is_null() {
                *cursor = first;
                if let Some(next) = page.has_next() {
                    *next = true.into();
                }
            }
        });
    }

    /// Every page but the first begins with the last item of the page before.
    pub(super) fn changed(&mut self, body: &mut Value) {
        each(body, &mut |mut page| {
            let Some(items) = page.items() else { return };
            let last = items.last().cloned();
            if let Some(before) = self.last_item.take() {
                items.insert(0, before);
            }
            self.last_item = last;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(edges: &[u32], cursor: &str, next: bool) -> Value {
        json!({ "data": { "x": { "edges": edges, "pageInfo": { "endCursor": cursor, "hasNextPage": next } } } })
    }

    #[test]
    fn cursors_stand_still_and_lead_back() {
        let mut pages = Pages::default();
        let (mut one, mut two) = (page(&[1], "a", true), page(&[2], "b", true));
        pages.same_cursor(&mut one);
        pages.same_cursor(&mut two);
        assert_eq!(two, page(&[2], "a", true));

        let mut pages = Pages::default();
        let (mut one, mut two) = (page(&[1], "a", true), page(&[2], "b", false));
        pages.cursor_loop(&mut one);
        pages.cursor_loop(&mut two);
        assert_eq!((one, two), (page(&[1], "a", true), page(&[2], "a", true)));
    }

    #[test]
    fn items_come_twice() {
        let mut pages = Pages::default();
        let (mut one, mut two) = (page(&[1, 2], "a", true), page(&[3], "b", false));
        pages.changed(&mut one);
        pages.changed(&mut two);
        assert_eq!(two, page(&[2, 3], "b", false));
        let mut list = json!({ "items": [4], "cursor": "c" });
        pages.changed(&mut list);
        assert_eq!(list["items"], json!([3, 4]));
    }
}
