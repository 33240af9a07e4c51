//! Every rich text of Adobe's WKND project, in both forms, through the public interface of the library.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use frieze::rich_text::{
    Address, Argument, Host, Image, Link, Oddity, RichText, Source, Target, TargetKind, Words,
};
use frieze::value::from_serde;
use html5ever::TokenizerResult;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use serde_json::Value;

use crate::support::wknd;

/// A site that has a page for every fragment.
struct Everywhere;

impl Host for Everywhere {
    type Error = Infallible;

    fn link(&mut self, link: &Link, _: &Words<'_>) -> Result<Target, Infallible> {
        let Some(Address::Content { path, .. }) = Address::of_link(&link.href) else {
            panic!("{link:?} is no link to content");
        };
        Ok(Target::Address {
            href: path,
            kind: TargetKind::Site,
            title: None,
        })
    }

    fn image(&mut self, image: &Image) -> Option<Source> {
        panic!("{image:?}: there are none in this content")
    }

    fn has_component(&self, _: &str) -> bool {
        false
    }

    fn component(&mut self, _: &str, _: Vec<Argument>, _: &str) -> Result<String, Infallible> {
        unreachable!("no kind has one")
    }

    fn odd(&mut self, oddity: Oddity) {
        panic!("{oddity}")
    }
}

/// What a parser of HTML finds: tags with their attributes, and text.
#[derive(Default)]
struct Found(std::cell::RefCell<Vec<String>>);

impl TokenSink for Found {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut found = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                let attributes = tag.attrs.iter();
                let attributes = attributes.map(|a| format!("{}={}", a.name.local, a.value));
                let attributes: Vec<String> = attributes.collect();
                found.push(format!("{:?} {} {attributes:?}", tag.kind, tag.name));
            }
            Token::CharacterTokens(text) => match found.last_mut() {
                Some(last) if last.starts_with('"') => last.push_str(&text),
                _ => found.push(format!("\"{text}")),
            },
            Token::ParseError(error) => panic!("{error}"),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn parsed(html: &str) -> Vec<String> {
    let tokenizer = Tokenizer::new(Found::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(html.into());
    assert!(matches!(tokenizer.feed(&input), TokenizerResult::Done));
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Text without the whitespace.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The multi-line texts of all recorded answers that have more than one form, by where they were found.
fn texts(folder: &Path) -> BTreeMap<String, Value> {
    let mut texts = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder.join("responses")).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|e| e == "json") {
            let answer = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            let place = entry.path().strip_prefix(folder).unwrap().display();
            collect(&answer, place.to_string(), &mut texts);
        }
    }
    texts
}

fn collect(value: &Value, place: String, texts: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if members.contains_key("html") && members.contains_key("json") => {
            texts.insert(place, value.clone());
        }
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, format!("{place}/{name}"), texts);
            }
        }
        Value::Array(list) => {
            for (at, member) in list.iter().enumerate() {
                collect(member, format!("{place}/{at}"), texts);
            }
        }
        _ => {}
    }
}

#[test]
fn both_forms_are_one_page_and_no_word_is_lost() {
    let Some(folder) = wknd() else { return };
    let texts = texts(&folder);
    let (mut links, mut checked) = (0, 0);
    for (place, text) in &texts {
        if text["json"].is_null() {
            assert!(text["html"].is_null(), "{place}");
            continue;
        }
        let json = RichText::from_json(&from_serde(&text["json"]));
        let html = RichText::from_html(text["html"].as_str().unwrap());
        let Ok(of_json) = json.render(&mut Everywhere);
        let Ok(of_html) = html.render(&mut Everywhere);
        assert_eq!(parsed(&of_json), parsed(&of_html), "{place}");
        let shown: String = parsed(&of_html)
            .iter()
            .filter_map(|token| token.strip_prefix('"'))
            .collect();
        let words = text["plaintext"].as_str().unwrap();
        assert_eq!(letters(&shown), letters(words), "{place}");
        assert_eq!(letters(&json.plain_text()), letters(words), "{place}");
        assert_eq!(letters(&html.plain_text()), letters(words), "{place}");
        checked += 1;
        links += of_json.matches("<a href").count();
    }
    println!("{checked} texts with {links} links");
    assert!(checked > 100 && links > 4);
}
