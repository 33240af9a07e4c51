//! The yardstick: the same pages, byte by byte, by a program that can do nothing else.
//!
//! It asks eight at a time, parses into structs of what is shown, concatenates strings, and writes files. It keeps what
//! lists show of each article, and nothing else. It has no cache, checks nothing, and leaves half a site if it fails.

mod client;
mod item;
mod pages;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use crate::args::{Paging, YardstickOptions};
use item::Item;

pub(crate) use client::Client;

/// Requests in flight, as many as Frieze's default.
const WORKERS: usize = 8;

/// Articles of one answer, as `bench/site` asks for them.
const PAGE: usize = 100;

/// What lists need of an article.
struct Listed {
    path: Box<str>,
    slug: Box<str>,
    title: Box<str>,
    published: Box<str>,
    teaser: Box<str>,
    topics: Box<[Box<str>]>,
}

impl Listed {
    fn new(item: &Item<'_>) -> Self {
        Self {
            path: (*item.path).into(),
            slug: (*item.slug).into(),
            title: (*item.title).into(),
            published: (*item.published).into(),
            teaser: (*item.teaser).into(),
            topics: item.topics.iter().map(|topic| (**topic).into()).collect(),
        }
    }
}

/// Where the next answer starts; `None` when there is none.
type Next = Mutex<Option<String>>;

/// Builds the site.
pub(crate) fn build(options: &YardstickOptions) -> io::Result<()> {
    let next = Next::new(Some("0".to_owned()));
    let mut listed = thread::scope(|scope| {
        let worker = || scope.spawn(|| fetch(options, &next));
        let workers: Vec<_> = (0..WORKERS).map(|_| worker()).collect();
        let mut all = Vec::new();
        for worker in workers {
            let part = worker.join().map_err(|_| io::Error::other("a panic"))?;
            all.append(&mut part?);
        }
        Ok::<_, io::Error>(all)
    })?;
    listed.sort_unstable_by(|a: &Listed, b| {
        let newer = b.published.cmp(&a.published);
        newer.then_with(|| a.path.cmp(&b.path))
    });
    pages::list(&options.output, &listed)?;
    topics(&options.output, &listed)
}

/// Fetches answers as long as there are some, and writes their pages.
fn fetch(options: &YardstickOptions, next: &Next) -> io::Result<Vec<Listed>> {
    let mut client = Client::connect(&options.origin)?;
    let (mut json, mut html, mut listed) = (Vec::new(), String::new(), Vec::new());
    loop {
        let mut turn = next.lock().map_err(|_| io::Error::other("a panic"))?;
        let Some(start) = turn.take() else {
            return Ok(listed);
        };
        let answer = match options.paging {
            Paging::Offset => {
                let offset: usize = start.parse().map_err(io::Error::other)?;
                *turn = Some((offset + PAGE).to_string());
                drop(turn);
                let path = query(&format!("%3Boffset%3D{offset}%3Blimit%3D{PAGE}"));
                client.ask("GET", &path, &mut json)?;
                item::parse(&json, options.paging)?
            }
            // Only the answer says where the next one starts, so the others wait for it.
            Paging::Cursor => {
                let path = query(&format!("%3Bfirst%3D{PAGE}%3Bafter%3D{start}"));
                client.ask("GET", &path, &mut json)?;
                let mut answer = item::parse(&json, options.paging)?;
                *turn = answer.next.take();
                drop(turn);
                answer
            }
        };
        if answer.items.is_empty() {
            *next.lock().map_err(|_| io::Error::other("a panic"))? = None;
            return Ok(listed);
        }
        for item in &answer.items {
            pages::article(&options.output, item, &mut html)?;
            listed.push(Listed::new(item));
        }
    }
}

fn query(variables: &str) -> String {
    format!("/graphql/execute.json/bench/articles{variables}")
}

/// Writes the pages of all topics.
fn topics(output: &Path, listed: &[Listed]) -> io::Result<()> {
    let mut topics: BTreeMap<&str, Vec<&Listed>> = BTreeMap::new();
    for item in listed {
        for topic in &item.topics {
            topics.entry(topic).or_default().push(item);
        }
    }
    for (name, items) in topics {
        pages::topic(output, name, &items)?;
    }
    Ok(())
}
