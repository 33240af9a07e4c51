//! What tries to get something past, on a whole site. Each piece is looked at beside the renderer; here it
//! goes the whole way, through AEM's answer and the site's own components.

use serde_json::{Value, json};

use super::support::Kitchen;

const CORPUS: &str = include_str!("../../hostile/corpus.json");

#[test]
fn hostile_content_reaches_no_page_and_no_file() {
    let corpus: Value = serde_json::from_str(CORPUS).unwrap();
    let html = corpus["html"].as_array().unwrap();
    let html: Vec<&str> = html.iter().filter_map(|item| item.as_str()).collect();
    let json = corpus["json"].as_array().unwrap();
    let texts = html.iter().map(|item| Value::from(*item));
    let texts: Vec<Value> = texts.chain(json.iter().cloned()).collect();
    let kitchen = Kitchen::new(&Value::from(texts).to_string());
    kitchen.site.write(
        "templates/recipe.html",
        "{% if item.slug != \"bread\" %}{% for text in item.text %}{{ text | rich_text }}\n{% endfor %}{% endif %}",
    );
    // A type that says it is a node, and components that content may name.
    kitchen.site.write(
        "templates/rich-text/header.html",
        "{% component RichTextHeader(level, class=\"\") -%}<h{{ level }} class=\"{{ class }}\">{{ body }}</h{{ level }}>{%- endcomponent RichTextHeader %}",
    );
    kitchen.site.write(
        "templates/rich-text/link.html",
        "{% component RichTextLink(href, text, title=\"\") -%}<a href=\"{{ href }}\" title=\"{{ title }}\">{{ body }}</a>{%- endcomponent RichTextLink %}",
    );
    // Images that AEM does not have are an error of the build, as anywhere; paths that are none are not asked for.
    let run = kitchen.build();
    let page = kitchen.page();
    let lower = page.to_ascii_lowercase();
    for tag in [
        "<script", "<svg", "<iframe", "<style", "<object", "<form", "<base", "<meta", "<link",
    ] {
        assert!(!lower.contains(tag), "{tag}");
    }
    for address in [
        "=\"javascript:",
        "=\"vbscript:",
        "=\"data:",
        "=\"file:",
        "=\"blob:",
    ] {
        assert!(!lower.contains(address), "{address}");
    }
    assert!(page.contains("{{ site.extra"), "template language is text");
    assert!(
        run.stderr().contains("the element `<script>`"),
        "{}",
        run.stderr()
    );
    let asked = kitchen.asked();
    assert!(
        asked.iter().all(|path| path.starts_with("/graphql/")),
        "{asked:?}"
    );
    let names = kitchen.site.output();
    assert_eq!(
        names.names(),
        ["bread/index.html", "fr/soupe/index.html", "soup/index.html"]
    );
}

/// Each is done in a second. Looking for the field once more for each finding, or following the spans of cells,
/// would take minutes.
#[test]
fn size_and_depth_are_no_danger() {
    let unknown: Vec<Value> = (0..3_000)
        .map(|n| json!({"nodeType": format!("kind-{n}"), "value": "x"}))
        .collect();
    let kitchen = Kitchen::new(&json!({ "json": unknown }).to_string());
    let run = kitchen.build();
    assert_eq!(run.stderr().matches("of the unknown type").count(), 3_000);

    let row = "<tr>".to_owned() + &"<th colspan=1000 rowspan=1000>x".repeat(200);
    let kitchen = Kitchen::html(&("<table>".to_owned() + &row.repeat(100)));
    assert_eq!(kitchen.soup().matches("<th ").count(), 20_000);

    let picture = format!(
        "<img src='data:image/svg+xml;base64,{}'>",
        "A".repeat(1 << 20)
    );
    let kitchen = Kitchen::html(&picture);
    let run = kitchen.build();
    assert!(run.stderr().len() < 10_000);
}

/// The page of the soup, where texts show each other: as many blockquotes as `around` says are around the link
/// from each text to the next.
fn nested(around: impl Fn(usize) -> usize) -> (String, String) {
    let path = |number: usize| format!("/content/dam/harbor/en/herbs/h{number}");
    let text = |number: usize| {
        let quotes = "<blockquote>".repeat(around(number));
        json!({ "html": format!("{quotes}<a href='{}'>h</a>", path(number)) })
    };
    let herb = |number: usize| json!({"__typename": "HerbModel", "_path": path(number), "text": text(number + 1)});
    let herbs: Vec<Value> = (0..20).map(herb).collect();
    let herbs = Value::from(herbs).to_string();
    let kitchen = Kitchen::with_references(&text(0).to_string(), [&herbs, "[]"]);
    kitchen.site.write(
        "templates/rich-text/HerbModel.html",
        "{% component RichTextHerbModel(item) -%}{{ item.text | rich_text }}{%- endcomponent RichTextHerbModel %}",
    );
    kitchen.site.write(
        "templates/rich-text/blockquote.html",
        "{% component RichTextBlockquote() -%}<blockquote>{{ body }}</blockquote>{%- endcomponent RichTextBlockquote %}",
    );
    let run = kitchen.build();
    (kitchen.page(), run.stderr().to_owned())
}

#[test]
fn texts_inside_each_other_do_not_use_up_the_stack() {
    // The deepest there is: eight texts, each in eleven elements, and then one that is deep by itself.
    let (page, _) = nested(|number| if number < 8 { 9 } else { 90 });
    assert_eq!(page.matches("<blockquote>").count(), 8 * 9 + 90);
    // 92 elements, 95, 98.
    let (page, said) = nested(|number| if number == 0 { 90 } else { 1 });
    assert_eq!(page.matches("<blockquote>").count(), 90 + 3);
    let too_much = "the texts of `/soup/` show too many fragments inside each other";
    assert!(said.contains(too_much), "{said}");
}
