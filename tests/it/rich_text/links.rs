//! Where links in content lead.

use super::support::Kitchen;
use crate::support::{assert_report, png};

#[test]
fn a_fragment_is_its_page_in_the_language_of_the_reader() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/dam/harbor/en/recipes/soup#salt\">a</a> <a href=\"/content/dam/harbor/en/recipes/bread\">b</a> \
         <a href=\"/content/dam/harbor/fr/recipes/bread?x=1\">c</a></p>",
    );
    kitchen.site.replace(
        "site.toml",
        "[languages.fr]",
        "[languages.fr]\nfallback = \"en\"",
    );
    assert_eq!(
        kitchen.soup(),
        "<p><a href=\"/kitchen/soup/#salt\">a</a> <a href=\"/kitchen/bread/\">b</a> <a href=\"/kitchen/bread/?x=1\">c</a></p>"
    );
    // There the soup is translated, and the bread stands in.
    assert_eq!(
        kitchen.site.page("fr/soupe/index.html"),
        "<p><a href=\"/kitchen/fr/soupe/#salt\">a</a> <a href=\"/kitchen/fr/bread/\">b</a> <a href=\"/kitchen/fr/bread/?x=1\">c</a></p>"
    );
}

#[test]
fn both_forms_lead_to_the_same_places() {
    let html = "<p><a href=\"/content/dam/harbor/en/recipes/bread\">b</a><a href=\"/content/dam/harbor/list.pdf\">l</a>\
                <a href=\"mailto:a@b.example\">m</a><a href=\"tel:+41\">t</a><a href=\"/bread/\">r</a>\
                <a href=\"https://a.example/\" target=\"_blank\">x</a></p>";
    let json = r#"[{"nodeType":"paragraph","content":[
        {"nodeType":"reference","data":{"href":"/content/dam/harbor/en/recipes/bread","type":"fragment"},"value":"b"},
        {"nodeType":"reference","data":{"path":"/content/dam/harbor/list.pdf","mimetype":"application/pdf"},"value":"l"},
        {"nodeType":"link","data":{"href":"mailto:a@b.example"},"value":"m"},
        {"nodeType":"link","data":{"href":"tel:+41"},"value":"t"},
        {"nodeType":"link","data":{"href":"/bread/"},"value":"r"},
        {"nodeType":"link","data":{"href":"https://a.example/","target":"_blank"},"value":"x"}]}]"#;
    let from_html = Kitchen::html(html).soup();
    let from_json = Kitchen::new(&format!("{{\"json\":{json}}}")).soup();
    assert_eq!(from_html, from_json);
    let list = format!("list.{}.pdf", &blake3::hash(b"letters").to_hex()[..16]);
    assert_eq!(
        from_html,
        format!(
            "<p><a href=\"/kitchen/bread/\">b</a><a href=\"/kitchen/assets/{list}\">l</a><a href=\"mailto:a@b.example\">m</a>\
             <a href=\"tel:+41\">t</a><a href=\"/kitchen/bread/\">r</a>\
             <a href=\"https://a.example/\" target=\"_blank\" rel=\"noopener\">x</a></p>"
        )
    );
}

#[test]
fn pages_of_aem_are_where_the_longest_rule_says() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/harbor/en/bread.html?a#b\">1</a><a href=\"/content/harbor/en.html\">2</a>\
         <a href=\"/content/harbor/en/news/today.html\">3</a><a href=\"/content/harbor/fr/soupe.html\">4</a>\
         <a href=\"https://author-p1-e1.adobeaemcloud.com/content/harbor/en/bread.html\">5</a></p>",
    );
    kitchen.site.write(
        "templates/404.html",
        "{{ url(path=\"/content/harbor/en/bread#c\") }}",
    );
    // The front page is a page like any other.
    kitchen.site.write(
        "content-queries/front.toml",
        "persisted = \"tips\"\npaging = \"none\"\n[[lists]]\nroute = \"/\"\ntemplate = \"404.html\"\n",
    );
    assert_eq!(
        kitchen.soup(),
        "<p><a href=\"/kitchen/bread/?a#b\">1</a><a href=\"/kitchen/\">2</a><a href=\"https://news.example/today\">3</a>\
         <a href=\"/kitchen/fr/soupe/\">4</a><a href=\"/kitchen/bread/\">5</a></p>"
    );
    assert_eq!(kitchen.site.page("404.html"), "/kitchen/bread/#c");
}

#[test]
fn images_are_assets() {
    let kitchen = Kitchen::new(
        r#"{"json":[{"nodeType":"paragraph","content":[{"nodeType":"reference","data":{"path":"/content/dam/harbor/pot.jpg","mimetype":"image/jpeg"}}]},
            {"nodeType":"paragraph","content":[{"nodeType":"text","value":"a "},{"nodeType":"reference","data":{"path":"/content/dam/harbor/pot.jpg","mimetype":"image/jpeg"}}]}]}"#,
    );
    let pot = format!(
        "/kitchen/assets/pot.{}.png",
        &blake3::hash(&png(1200, 800)).to_hex()[..16]
    );
    let image = format!(
        "<img src=\"{pot}\" srcset=\"{pot} 1200w\" sizes=\"100vw\" width=\"1200\" height=\"800\" alt=\"\" \
         loading=\"lazy\" decoding=\"async\">"
    );
    assert_eq!(
        kitchen.soup(),
        format!("<figure>{image}</figure><p>a {image}</p>")
    );
    let asked = kitchen.asked();
    let pots = asked.iter().filter(|path| path.ends_with("pot.jpg"));
    assert_eq!(pots.count(), 1, "{asked:?}");
}

#[test]
fn links_that_lead_nowhere_are_text_and_told() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/dam/harbor/en/tips/salt\">tip</a> <a href=\"/content/dam/harbor/en/recipes/gone\">gone</a> \
         <a href=\"/content/elsewhere/en/x.html\">page</a> <a href=\"/content/harbor/en/nothing.html\">nothing</a> \
         <a href=\"javascript:alert(1)\">script</a></p><iframe src=\"https://a.example/\"></iframe>",
    );
    let run = kitchen.build();
    assert_report!(run);
    assert_eq!(
        kitchen.page(),
        "<p>tip gone page <a href=\"/kitchen/nothing\">nothing</a> script</p>"
    );
    kitchen.site.run(&["build", "--deny", "warnings"]).code(1);
}

#[test]
fn a_link_without_words_says_what_it_leads_to() {
    let kitchen = Kitchen::new(
        r#"{"json":[{"nodeType":"paragraph","content":[{"nodeType":"text","value":"See "},
            {"nodeType":"reference","data":{"href":"/content/dam/harbor/en/recipes/bread","type":"fragment"},"value":""},{"nodeType":"text","value":" and "},
            {"nodeType":"reference","data":{"href":"/content/dam/harbor/en/tips/salt","type":"fragment"}}]}]}"#,
    );
    kitchen.build();
    assert_eq!(
        kitchen.page(),
        "<p>See <a href=\"/kitchen/bread/\">Bread</a> and Salt late</p>"
    );
}

#[test]
fn feeds_can_have_absolute_links() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/dam/harbor/en/recipes/bread\">b</a><a href=\"#x\">c</a><img src=\"/content/dam/harbor/pot.jpg\"></p>",
    );
    kitchen.site.write(
        "templates/recipe.html",
        "{{ item.text.html | rich_text(absolute=true) }}\n{{ page.url | absolute_url }}\n{{ \"https://a.example/\" | absolute_url }}\n{{ \"x.png\" | absolute_url }}",
    );
    let pot = format!(
        "assets/pot.{}.jpg",
        &blake3::hash(&png(1200, 800)).to_hex()[..16]
    );
    assert_eq!(
        kitchen.soup(),
        format!(
            "<p><a href=\"https://harbor.example/kitchen/bread/\">b</a><a href=\"#x\">c</a>\
             <img src=\"https://harbor.example/kitchen/{pot}\" alt=\"\" loading=\"lazy\" decoding=\"async\"></p>\n\
             https://harbor.example/kitchen/soup/\nhttps://a.example/\nhttps://harbor.example/kitchen/soup/x.png"
        )
    );
}

#[test]
fn pages_know_who_links_to_them() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/dam/harbor/en/recipes/bread\">b</a> <a href=\"/content/dam/harbor/en/recipes/bread\">b</a> <a href=\"/content/dam/harbor/en/recipes/soup\">me</a></p>",
    );
    kitchen.site.write(
        "templates/recipe.html",
        "{% for from in backlinks() %}{{ from.url }} {{ from.item.title }} {{ from.query }} {{ from.aem_path }};{% endfor %}\
         {% for from in backlinks(path=\"/content/dam/harbor/en/recipes/bread\", query=\"tips\") %}never{% endfor %}",
    );
    assert_eq!(kitchen.soup(), "");
    assert_eq!(
        kitchen.site.page("bread/index.html"),
        "/kitchen/soup/ Soup recipes /content/dam/harbor/en/recipes/soup;/kitchen/fr/soupe/ Soupe recipes /content/dam/harbor/fr/recipes/soup;"
    );
}

#[test]
fn mistakes_in_the_rules_are_all_told() {
    let kitchen = Kitchen::html("");
    kitchen.site.replace(
        "site.toml",
        "\"/content/harbor/en/\" = \"/\"",
        "\"/content/dam/harbor\" = \"/\"\n\"content/x\" = \"/\"\n\"/content/harbor/fr/\" = \"/\"\n\"/content/y\" = \"nowhere\"\n\"/content/z\" = 7",
    );
    let run = kitchen.site.build().code(2);
    assert_report!(run);
}
