//! Every rich text of Adobe's WKND project, in both forms, on the pages of a site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use html5ever::TokenizerResult;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use serde_json::{Value, json};

use crate::support::{Answer, Scripted, SiteTest, wknd};

/// What stands between the forms of a text.
const BETWEEN: &str = "<hr class=\"between\">";

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

/// The text that a page shows.
fn shown(html: &str) -> String {
    let tokens = parsed(html);
    let texts = tokens.iter().filter_map(|token| token.strip_prefix('"'));
    texts.collect()
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

/// The addresses of the fragments that a text links to.
fn fragments(text: &Value) -> BTreeSet<String> {
    let html = text["html"].as_str().unwrap_or_default();
    let links = html.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    let fragments = links.filter(|link| link.starts_with("/content/dam/"));
    fragments.map(str::to_owned).collect()
}

/// A site with a page for each text, and one for each fragment that a text links to.
fn site(texts: &BTreeMap<String, Value>) -> (SiteTest, Scripted) {
    let texts_themselves = texts.values().enumerate().map(|(at, text)| {
        let path = format!("/content/dam/texts/{at}");
        json!({"_path": path, "slug": format!("text-{at}"), "text": text})
    });
    let linked: BTreeSet<String> = texts.values().flat_map(fragments).collect();
    assert!(!linked.is_empty());
    let linked = linked
        .into_iter()
        .enumerate()
        .map(|(at, path)| json!({"_path": path, "slug": format!("linked-{at}"), "text": null}));
    let items: Vec<String> = texts_themselves
        .chain(linked)
        .map(|item| item.to_string())
        .collect();
    let answer = Answer::items(&items);
    let aem = Scripted::start(move |request| match request.path.as_str() {
        path if path.starts_with("/graphql/execute.json/wknd/texts") => answer.clone(),
        _ => Answer::page(404),
    });
    let mut site = SiteTest::new()
        .file(
            "site.toml",
            "base_url = \"https://wknd.example\"\n[aem]\npublish = \"${AEM}\"\nconfiguration = \"wknd\"\n",
        )
        .file(
            "content-queries/texts.toml",
            "persisted = \"texts\"\npaging = \"none\"\n[pages]\nroute = \"/{{ item.slug }}/\"\ntemplate = \"text.html\"\n",
        )
        .file(
            "templates/text.html",
            &format!(
                "{{% if item.text %}}{{{{ item.text.json | rich_text }}}}{BETWEEN}{{{{ item.text.html | rich_text }}}}{BETWEEN}{{{{ item.text.json | plain_text }}}}{{% endif %}}"
            ),
        );
    site.aem(&aem.origin());
    (site, aem)
}

#[test]
fn both_forms_are_one_page_and_no_word_is_lost() {
    let Some(folder) = wknd() else { return };
    let texts = texts(&folder);
    let (site, _aem) = site(&texts);
    let run = site.build().good();
    assert!(!run.stderr().contains("warning"), "{}", run.stderr());
    let (mut links, mut checked) = (0, 0);
    for (at, (place, text)) in texts.iter().enumerate() {
        let page = site.page(&format!("text-{at}/index.html"));
        let forms: Vec<&str> = page.split(BETWEEN).collect();
        let [of_json, of_html, plain] = forms[..] else {
            panic!("{place}: {page}")
        };
        if text["json"].is_null() {
            assert!(text["html"].is_null(), "{place}");
            assert_eq!((of_json, of_html, plain), ("", "", ""), "{place}");
            continue;
        }
        assert_eq!(parsed(of_json), parsed(of_html), "{place}");
        let words = text["plaintext"].as_str().unwrap();
        assert_eq!(letters(&shown(of_html)), letters(words), "{place}");
        assert_eq!(letters(&shown(plain)), letters(words), "{place}");
        checked += 1;
        links += of_json.matches("<a href=\"/linked-").count();
    }
    println!("{checked} texts with {links} links to fragments");
    assert!(checked > 100 && links > 4);
}
