//! Answers as typed structs, with the fields that are shown and no others.

use std::borrow::Cow;

use serde::Deserialize;

use crate::args::Paging;

#[derive(Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "_path")]
    pub(super) path: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) slug: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) title: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) published: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) author: Author<'a>,
    #[serde(borrow)]
    pub(super) topics: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) teaser: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) body: Body<'a>,
}

#[derive(Deserialize)]
pub(super) struct Author<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) html: Cow<'a, str>,
}

/// Some items, and where the next ones start if the answer says so.
pub(super) struct Answer<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offset<'a> {
    #[serde(borrow)]
    article_list: Items<'a>,
}

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cursor<'a> {
    #[serde(borrow)]
    article_paginated: Edges<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edges<'a> {
    #[serde(borrow)]
    edges: Vec<Edge<'a>>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Edge<'a> {
    #[serde(borrow)]
    node: Item<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    end_cursor: String,
    has_next_page: bool,
}

/// Reads an answer.
pub(super) fn parse(json: &[u8], paging: Paging) -> serde_json::Result<Answer<'_>> {
    match paging {
        Paging::Offset => {
            let answer: Envelope<Offset<'_>> = serde_json::from_slice(json)?;
            Ok(Answer {
                items: answer.data.article_list.items,
                next: None,
            })
        }
        Paging::Cursor => {
            let answer: Envelope<Cursor<'_>> = serde_json::from_slice(json)?;
            let Edges { edges, page_info } = answer.data.article_paginated;
            Ok(Answer {
                items: edges.into_iter().map(|edge| edge.node).collect(),
                next: page_info.has_next_page.then_some(page_info.end_cursor),
            })
        }
    }
}
