//! What tries to get something past, on a whole site. Each piece is looked at beside the renderer; here it
//! goes the whole way, through AEM's answer and the site's own components.

use super::support::Kitchen;

const CORPUS: &str = include_str!("../../hostile/corpus.json");

#[test]
fn hostile_content_reaches_no_page_and_no_file() {
    let corpus: serde_json::Value = serde_json::from_str(CORPUS).unwrap();
    let html = corpus["html"].as_array().unwrap();
    let html: Vec<&str> = html.iter().filter_map(|item| item.as_str()).collect();
    let json = corpus["json"].as_array().unwrap();
    let texts = html.iter().map(|item| serde_json::Value::from(*item));
    let texts: Vec<serde_json::Value> = texts.chain(json.iter().cloned()).collect();
    let kitchen = Kitchen::new(&serde_json::Value::from(texts).to_string());
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
