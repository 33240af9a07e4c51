//! The conformance list of aem-protocol.md, section 15, row by row: the number is in the name of each test.

mod delivery;
mod queries;
mod requests;

use crate::http::{Answer, execute, get, send};
use aem_sandbox::{
    ClosedFolder, FieldKind, Model, NewFragment, Options, Repository, Sandbox, Tier,
};
use serde_json::Value;
use std::net::SocketAddr;

pub(crate) const LOCAL: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
pub(crate) const ADMIN: (&str, &str) = ("Authorization", "Basic YWRtaW46YWRtaW4=");
pub(crate) const DAM: &str = "/content/dam/harbor/en";

/// Recipes and chefs that refer to each other, and the stored queries the rows call.
pub(crate) fn harbor() -> Repository {
    let chef = Model::new("harbor", "chef", "Chef");
    let recipe = Model::new("harbor", "recipe", "Recipe")
        .with("title", FieldKind::Text)
        .with("price", FieldKind::Float)
        .with("body", FieldKind::MultiLine)
        .with(
            "chef",
            FieldKind::FragmentReference(vec![chef.path().to_owned()]),
        );
    let recipes = FieldKind::FragmentReference(vec![recipe.path().to_owned()]);
    let chef = chef
        .with("name", FieldKind::Text)
        .with_many("recipes", recipes);
    let titles = ["Apple pie", "Bread ü & c+d=e", "Chowder", "Dumplings"];
    let recipes = titles.iter().enumerate().map(|(at, title)| {
        let fragment = NewFragment::new(format!("{DAM}/recipes/r{at}"), &recipe)
            .value("title", *title)
            .value("chef", format!("{DAM}/chefs/marin"));
        match at {
            0 => fragment
                .value("body", "<p>Bake.</p>")
                .variation("summer")
                .value("title", "Apple pie, cold"),
            3 => fragment.deactivated(),
            _ => fragment,
        }
    });
    let recipes: Vec<_> = recipes.collect();
    let paths = (0..4).map(|at| format!("{DAM}/recipes/r{at}"));
    let marin = NewFragment::new(format!("{DAM}/chefs/marin"), &chef)
        .value("name", "Marin")
        .value("recipes", paths.collect::<Vec<_>>());
    let secret =
        NewFragment::new(format!("{DAM}/members/secret"), &recipe).value("title", "Secret sauce");
    let orphan = Model::new("orphan", "thing", "Thing").with("x", FieldKind::Text);
    Repository::builder()
        .model(recipe)
        .model(chef)
        .model(orphan)
        .fragments(recipes)
        .fragment(marin)
        .fragment(secret)
        .query("harbor", "recipes-all", "query ($offset: Int, $limit: Int) {
          recipeList(offset: $offset, limit: $limit) { items { _path title price } } }")
        .query("harbor", "by-path", "query ($path: String!, $variation: String) {
          recipeByPath(_path: $path, variation: $variation) { item { title _variation chef { name recipes { title } } } } }")
        .query("harbor", "by-title", "query ($title: String!) {
          recipeList(filter: { title: { _expressions: { value: $title } } }) { items { title } } }")
        .query("harbor", "paged", "query ($after: String, $first: Int, $sort: String) {
          recipePaginated(after: $after, first: $first, sort: $sort) { edges { node { title } } pageInfo { endCursor hasNextPage } } }")
        .query("harbor", "bodies", "{ recipeList { items { body { html } } } }")
        .query("harbor", "stale", "{ recipeList { items { gone } } }")
        .query("harbor", "paged-references", "{ recipePaginated { _references { __typename } } }")
        .query("harbor", "variations", "{ recipeList(includeVariations: true) { items { _path _variation } } }")
        .query("lost", "any", "{ recipeList { items { title } } }")
        .build()
        .unwrap()
}

pub(crate) async fn start(options: Options) -> Sandbox {
    Sandbox::start_with(harbor(), options, LOCAL).await.unwrap()
}

pub(crate) fn author() -> Options {
    Options {
        tier: Tier::Author,
        ..Options::default()
    }
}

/// Members only below `members`.
pub(crate) fn closed() -> Options {
    Options {
        closed_folders: vec![ClosedFolder {
            path: format!("{DAM}/members"),
            groups: vec!["members".to_owned()],
        }],
        ..Options::default()
    }
}

pub(crate) fn run(sandbox: &Sandbox, query: &str, variables: &[(&str, &str)]) -> Answer {
    get(
        sandbox.address(),
        &execute(&format!("harbor/{query}"), variables),
    )
}

pub(crate) fn as_admin(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Answer {
    send(sandbox.address(), method, path, &[ADMIN], body)
}

/// The titles of a list.
pub(crate) fn titles(answer: &Answer) -> Vec<String> {
    let items = answer.json()["data"]["recipeList"]["items"].clone();
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
