//! Answers whose JSON says something else: errors, nulls, no items.
//!
//! Source: aem-protocol.md, sections 5.2, 9.1 and 10.2.

use serde_json::{Map, Value, json};

/// `errors` before the `data` that is there.
pub(super) fn errors(body: &mut Value) {
    let error = json!({
        "message": "Exception while fetching data (/) : fault",
        "locations": [{ "line": 1, "column": 1 }],
        "extensions": { "classification": "DataFetchingException" },
    });
    let mut changed = Map::new();
    changed.insert("errors".to_owned(), json!([error]));
    if let Value::Object(members) = std::mem::take(body) {
        changed.extend(members);
    }
    *body = changed.into();
}

/// Every root of a GraphQL answer is null.
pub(super) fn null_roots(body: &mut Value) {
    for root in roots(body) {
        *root = Value::Null;
    }
}

/// Lists, connections, and OpenAPI lists have no items, and say that no more will come.
pub(super) fn empty(body: &mut Value) {
    if let Some(items @ Value::Array(_)) = body.get_mut("items") {
        *items = json!([]);
        body.as_object_mut().and_then(|list| list.remove("cursor"));
    }
    for root in roots(body) {
        for name in ["items", "edges"] {
            if let Some(items) = root.get_mut(name) {
                *items = json!([]);
            }
        }
        for (name, value) in [("endCursor", Value::Null), ("hasNextPage", json!(false))] {
            if let Some(member) = root.get_mut("pageInfo").and_then(|info| info.get_mut(name)) {
                *member = value;
            }
        }
    }
}

/// The members of `data`.
fn roots(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    let data = body.get_mut("data").and_then(Value::as_object_mut);
    data.into_iter().flat_map(Map::values_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_pages_and_openapi_lists_lose_their_items() {
        let mut body = json!({ "data": {
            "list": { "items": [{ "items": [1] }] },
            "pages": { "edges": [1], "pageInfo": { "endCursor": "a", "hasNextPage": true } },
            "one": { "item": 1 },
        } });
        empty(&mut body);
        let expected = json!({ "data": {
            "list": { "items": [] },
            "pages": { "edges": [], "pageInfo": { "endCursor": null, "hasNextPage": false } },
            "one": { "item": 1 },
        } });
        assert_eq!(body, expected);
        let mut body = json!({ "items": [1], "cursor": "a" });
        empty(&mut body);
        assert_eq!(body, json!({ "items": [] }));
    }

    #[test]
    fn what_is_no_graphql_answer_stays() {
        for body in [
            json!([1]),
            json!({ "errors": [] }),
            json!({ "data": null }),
            json!("x"),
        ] {
            let mut changed = body.clone();
            null_roots(&mut changed);
            empty(&mut changed);
            assert_eq!(changed, body);
        }
    }
}
