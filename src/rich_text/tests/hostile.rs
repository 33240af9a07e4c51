//! What tries to get something past the renderer. The corpus is `tests/hostile/corpus.json`; a browser
//! reads it too (`tests/browser/hostile.test.mjs`).

use super::*;

const CORPUS: &str = include_str!("../../../tests/hostile/corpus.json");

/// Elements that may be in a page, written down once more.
const ELEMENTS: &str = "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr th td blockquote pre \
    code hr div figure figcaption br span a img aside strong b em i u s ins mark small sub sup abbr bdi bdo cite dfn \
    kbd q samp time var wbr";

/// Attributes that may be there, likewise.
const ATTRIBUTES: &str = "id class lang dir title href target rel src alt width height loading decoding colspan \
    rowspan scope start reversed type";

/// Everything in a page that should not be.
fn found(html: &str) -> Vec<String> {
    let dom = Dom::parse(html);
    let mut wrong = Vec::new();
    look(&dom, dom.top(), &mut wrong);
    wrong
}

fn look(dom: &Dom, places: &[usize], wrong: &mut Vec<String>) {
    for &place in places {
        let DomNode::Element {
            name,
            attributes,
            children,
        } = dom.get(place)
        else {
            continue;
        };
        if !ELEMENTS
            .split_whitespace()
            .any(|known| known == &*name.local)
        {
            wrong.push(format!("<{}>", name.local));
        }
        for attribute in attributes {
            let (name, value) = (&*attribute.name.local, &*attribute.value);
            if !ATTRIBUTES.split_whitespace().any(|known| known == name) {
                wrong.push(name.to_owned());
            }
            if matches!(name, "href" | "src") && !is_harmless(value) {
                wrong.push(format!("{name}={value}"));
            }
            if name == "target" && value != "_blank" {
                wrong.push(format!("{name}={value}"));
            }
        }
        look(dom, children, wrong);
    }
}

/// Judged by a parser of URLs, as a browser would resolve it.
fn is_harmless(address: &str) -> bool {
    let base = url::Url::parse("https://site.example/page/").unwrap();
    match base.join(address) {
        Ok(url) => {
            matches!(
                url.scheme(),
                "https" | "http" | "mailto" | "tel" | "sms" | "ftp" | "geo"
            ) || address.starts_with("data:image/png;base64,")
        }
        // A browser makes nothing of it either.
        Err(_) => true,
    }
}

fn corpus() -> (Vec<String>, Vec<serde_json::Value>) {
    let corpus: serde_json::Value = serde_json::from_str(CORPUS).unwrap();
    let html = corpus["html"].as_array().unwrap().iter();
    let html = html.map(|item| item.as_str().unwrap().to_owned()).collect();
    (html, corpus["json"].as_array().unwrap().clone())
}

#[test]
fn no_html_gets_anything_past() {
    let (html, _) = corpus();
    assert!(html.len() > 100);
    for item in &html {
        let page = printed(&RichText::from_html(item));
        assert_eq!(found(&page), [""; 0], "{item}\n{page}");
        assert_eq!(reparsed(&page), page, "{item}");
    }
    // And not when it stands among others, in whatever state the ones before have left the parser.
    let page = printed(&RichText::from_html(&html.join("\n")));
    assert_eq!(found(&page), [""; 0]);
    let page = printed(&RichText::from_html(
        &html.iter().rev().cloned().collect::<String>(),
    ));
    assert_eq!(found(&page), [""; 0]);
}

#[test]
fn no_json_gets_anything_past() {
    let (html, json) = corpus();
    for item in &json {
        let page = printed(&super::json(&item.to_string()));
        assert_eq!(found(&page), [""; 0], "{item}\n{page}");
        assert_eq!(reparsed(&page), page, "{item}");
    }
    // HTML is text to JSON, wherever it stands.
    for item in &html {
        let text = serde_json::to_string(item).unwrap();
        let everywhere = format!(
            r#"[{text}, {{"nodeType":{text},"value":{text}}}, {{"nodeType":"paragraph","data":{{"class":{text},"id":{text},"title":{text}}},"content":[
              {{"nodeType":"text","value":{text},"format":{{"variants":[{text}]}}}},
              {{"nodeType":"link","data":{{"href":{text},"target":{text},"rel":{text},"title":{text}}},"value":{text}}},
              {{"nodeType":"reference","data":{{"href":{text},"type":{text}}},"value":{text}}},
              {{"nodeType":"reference","data":{{"path":{text},"mimetype":"image/png"}},"value":{text}}},
              {{"nodeType":"img","data":{{"src":{text},"alt":{text},"width":{text}}}}}]}}]"#
        );
        let page = printed(&super::json(&everywhere));
        assert_eq!(found(&page), [""; 0], "{item}\n{page}");
    }
}

#[test]
fn no_mixture_gets_anything_past() {
    let (html, _) = corpus();
    let tags = "<p> </p> <b> </b> <a href=x> </a> <table> <tr> <td> </table> <ul> <li> </ul> <svg> </svg> <math> <mtext> \
        <style> </style> <select> <template> <noscript> <title> <textarea> <!-- --> <![CDATA[ ]]> <pre> <h1> <img src= \" ' > &lt; &#";
    let tags: Vec<&str> = tags.split_whitespace().collect();
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut mixture = String::new();
        for _ in 0..random.usize(1..12) {
            let piece = &html[random.usize(..html.len())];
            let cut = |at: usize| (0..=at).rev().find(|&at| piece.is_char_boundary(at));
            let end = cut(random.usize(..=piece.len())).unwrap_or_default();
            let start = cut(random.usize(..=end)).unwrap_or_default();
            let part = if random.bool() {
                &piece[start..end]
            } else {
                piece
            };
            mixture.push_str(part);
            mixture.push_str(tags[random.usize(..tags.len())]);
        }
        let page = printed(&RichText::from_html(&mixture));
        assert_eq!(found(&page), [""; 0], "{mixture}\n{page}");
        assert_eq!(reparsed(&page), page, "{mixture}");
        let text = serde_json::json!([{"nodeType": "link", "data": {"href": mixture, "class": mixture}, "value": mixture}]);
        let page = printed(&json(&text.to_string()));
        assert_eq!(found(&page), [""; 0], "{mixture}\n{page}");
    }
}

#[test]
fn the_look_finds_what_it_should() {
    for wrong in [
        "<script></script>",
        "<p onclick=x>",
        "<a href=javascript:x>",
        "<a href=' java\nscript:x'>",
        "<img src=data:image/svg+xml,x>",
        "<svg>",
        "<a target=x>",
        "<p style=x>",
    ] {
        assert_eq!(found(wrong).len(), 1, "{wrong}");
    }
}

#[test]
fn size_and_depth_are_no_danger() {
    // What takes more time than its length allows for would take hours.
    let many = 5_000;
    let pages = [
        "<b>".repeat(many),
        "<div>".repeat(many) + "x",
        "<p><font size=1><i>".repeat(many),
        "<svg><style>".repeat(many),
        "<table><td>".repeat(many),
        "<ul><li>".repeat(many) + "x",
        format!("<a href=\"{}\">x</a>", "x".repeat(1 << 20)),
        format!("<p {}>x</p>", "a=1 ".repeat(many / 10)),
        "<a href=x>".repeat(many),
        "&amp;".repeat(many * 10),
        "<p><b>".repeat(many) + &"</p></b>".repeat(many),
    ];
    for html in &pages {
        let text = RichText::from_html(html);
        let page = printed(&text);
        assert_eq!(found(&page), [""; 0]);
        let _ = text.plain_text();
    }
    let nested = "[{\"nodeType\":\"list-item\",\"content\":".repeat(60) + "[]" + &"}]".repeat(60);
    assert_eq!(found(&printed(&json(&nested))), [""; 0]);
    let mut deep = Value::from("x");
    for _ in 0..1_000 {
        deep = Value::from(vec![deep]);
    }
    assert!(
        RichText::from_json(&deep)
            .oddities
            .contains(&Oddity::TooDeep)
    );
}
