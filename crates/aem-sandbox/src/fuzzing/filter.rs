//! Filter, sort and cursor from variables.

use super::choices::Choices;
use super::content::{self, CONFIGURATION};
use crate::execute::{Answer, Document, Endpoint, Engine, Outcome, Variables};
use serde_json::{Map, Value};
use std::sync::LazyLock;

const LIST: &str = "query (
  $filter: RockModelFilter, $sort: String, $variation: String, $includeVariations: Boolean, $locale: String,
  $limit: Int, $offset: Int
) {
  rockList(
    filter: $filter, sort: $sort, variation: $variation, includeVariations: $includeVariations, _locale: $locale,
    limit: $limit, offset: $offset
  ) { items { _path _variation } }
}";

const PAGE: &str = "query (
  $filter: RockModelFilter, $sort: String, $variation: String, $includeVariations: Boolean, $locale: String,
  $first: Int, $after: String
) {
  rockPaginated(
    filter: $filter, sort: $sort, variation: $variation, includeVariations: $includeVariations, _locale: $locale,
    first: $first, after: $after
  ) { edges { cursor node { _path _variation } } pageInfo { endCursor hasNextPage } }
}";

/// How many rows a page of the walk has.
const FIRST: usize = 17;

struct Target {
    engine: Engine,
    list: Document,
    page: Document,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let engine = super::engine(content::repository());
    let compile = |text| Engine::compile(endpoint(&engine), text).expect("a query of the schema");
    let (list, page) = (compile(LIST), compile(PAGE));
    Target { engine, list, page }
});

fn endpoint(engine: &Engine) -> &Endpoint {
    engine.endpoint(CONFIGURATION).expect("an endpoint")
}

/// Runs a list and its pages with variables: those of a JSON object, or what the bytes choose in the schema.
///
/// # Panics
/// When an answer is no JSON, or the pages have other rows than the list.
pub fn filter(bytes: &[u8]) {
    let target = &*TARGET;
    let json = bytes.first() == Some(&b'{');
    let (variables, text) = if json {
        let Ok(variables) = serde_json::from_slice(bytes) else {
            return;
        };
        (variables, false)
    } else {
        let mut choices = Choices::new(bytes);
        let text = choices.below(4) == 3;
        (chosen(target, &mut choices), text)
    };
    target.run(&target.list, &variables, text);
    target.run(&target.page, &variables, text);
    target.walk(variables, text);
}

fn chosen(target: &Target, choices: &mut Choices<'_>) -> Map<String, Value> {
    let schema = &endpoint(&target.engine).schema.schema;
    let mut variables = Map::new();
    // Many inputs without sort or variation, so that the filter decides.
    for (document, rarely) in [(&target.list, 3), (&target.page, 3)] {
        for definition in document.operations.iter().flat_map(|o| &o.variables) {
            let name = definition.name.as_str();
            let value = match name {
                "filter" => choices.value(schema, &definition.ty, 0),
                _ if choices.below(rarely) != 1 => continue,
                "sort" => sort(choices).into(),
                _ => choices.value(schema, &definition.ty, 0),
            };
            variables.entry(name).or_insert(value);
        }
    }
    variables
}

fn sort(choices: &mut Choices<'_>) -> String {
    let pieces = [
        "name",
        "_path",
        "_id",
        "height",
        "range",
        "lit",
        "story",
        "aliases",
        "firstLit",
        "dusk",
        "seen",
        "next",
        "near",
        "next.",
        "near.",
        ".",
        ",",
        " ASC",
        " desc",
        " ",
        "_tags",
        "_variation",
        "_locale",
        "photo",
        "plan",
        "x",
    ];
    let separators = ["", ".", ",", " DESC, "];
    let separator = separators[choices.below(separators.len())];
    choices.pieces(&pieces, separator)
}

impl Target {
    fn run(&self, document: &Document, variables: &Map<String, Value>, text: bool) -> Answer {
        let variables = if text {
            let pairs = variables.iter().map(|(name, value)| {
                let plain = value.as_str().map(str::to_owned);
                (name.clone(), plain.unwrap_or_else(|| value.to_string()))
            });
            Variables::Path(pairs.collect())
        } else {
            Variables::Json(variables.clone())
        };
        let endpoint = endpoint(&self.engine);
        let answer = self.engine.execute(endpoint, document, None, &variables);
        serde_json::from_str::<Value>(&answer.body).expect("JSON");
        answer
    }

    /// Goes through all pages; together they are the list.
    fn walk(&self, mut variables: Map<String, Value>, text: bool) {
        for bound in ["limit", "offset", "after"] {
            variables.remove(bound);
        }
        variables.insert("first".to_owned(), FIRST.into());
        let list = self.run(&self.list, &variables, text);
        let listed = rows(&list, "/data/rockList/items", "");
        let mut paged = Vec::new();
        loop {
            let page = self.run(&self.page, &variables, text);
            assert_eq!(page.outcome, list.outcome, "{}\n{}", list.body, page.body);
            if page.outcome != Outcome::Data {
                return;
            }
            let size = paged.len();
            paged.extend(rows(&page, "/data/rockPaginated/edges", "/node"));
            let body: Value = serde_json::from_str(&page.body).expect("JSON");
            let info = &body["data"]["rockPaginated"]["pageInfo"];
            if info["hasNextPage"] != Value::Bool(true) {
                break;
            }
            assert_eq!(paged.len() - size, FIRST, "{}", page.body);
            assert!(paged.len() <= listed.len(), "{}\n{}", list.body, page.body);
            variables.insert("after".to_owned(), info["endCursor"].clone());
        }
        let sorted = |mut rows: Vec<(String, String)>| {
            rows.sort();
            rows
        };
        assert_eq!(sorted(paged), sorted(listed));
    }
}

/// Path and variation of each row of an answer; none of one without data.
fn rows(answer: &Answer, place: &str, node: &str) -> Vec<(String, String)> {
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    let rows = body.pointer(place).and_then(Value::as_array);
    let cell = |row: &Value, name: &str| {
        let cell = row.pointer(&format!("{node}/{name}"));
        cell.map_or_else(String::new, Value::to_string)
    };
    rows.into_iter()
        .flatten()
        .map(|row| (cell(row, "_path"), cell(row, "_variation")))
        .collect()
}
