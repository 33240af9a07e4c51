//! Nodes and fragments that a site prints its own way.

use super::support::Kitchen;
use crate::support::assert_report;

#[test]
fn a_node_is_printed_by_one_file() {
    let kitchen = Kitchen::html(
        "<h2 id=\"a\">Salt &amp; <i>pepper</i></h2><p class=\"b\">c</p><table><tr><td colspan=\"2\">d</td></tr></table><p><a href=\"https://a.example/\">e</a></p>",
    );
    let write = |node: &str, text: &str| {
        kitchen
            .site
            .write(&format!("templates/rich-text/{node}.html"), text);
    };
    write(
        "header",
        "{% component RichTextHeader(level, text: string, id=none, @page) -%}<h{{ level + 1 }} id=\"{{ id or \"\" }}\" title=\"{{ text }}\" data-route=\"{{ page.route }}\">{{ body }}</h{{ level + 1 }}>{%- endcomponent RichTextHeader %}",
    );
    write(
        "italic",
        "{% component RichTextItalic() -%}<em>{{ body }}</em>{%- endcomponent RichTextItalic %}",
    );
    write(
        "table-data",
        "{% component RichTextTableData(...all) -%}<td>{{ all.colspan }}{{ body }}</td>{%- endcomponent RichTextTableData %}",
    );
    write(
        "link",
        "{% component RichTextLink(href, external, rel=\"none\") -%}[{{ href }} {{ external }} {{ rel }} {{ body }}]{%- endcomponent RichTextLink %}",
    );
    assert_eq!(
        kitchen.soup(),
        "<h3 id=\"a\" title=\"Salt &amp; pepper\" data-route=\"/soup/\">Salt &amp; <em>pepper</em></h3><p class=\"b\">c</p>\
         <table><tbody><tr><td>2d</td></tr></tbody></table><p>[https://a.example/ true none e]</p>"
    );
}

#[test]
fn a_model_is_shown_by_one_file() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/dam/harbor/en/tips/salt\">t</a></p><p>a <a href=\"/content/dam/harbor/en/tips/salt\">t</a></p>\
         <p><a href=\"/content/dam/harbor/en/recipes/bread\">b</a></p>",
    );
    kitchen.site.write(
        "templates/rich-text/TipModel.html",
        "{% component RichTextTipModel(item, text, alone, url, path) -%}\
         {% if alone %}<aside><b>{{ item.title }}</b>{{ item.text | rich_text }}</aside>{% else %}<q>{{ text }}, {{ path }}{{ url }}</q>{% endif %}\
         {%- endcomponent RichTextTipModel %}",
    );
    assert_eq!(
        kitchen.soup(),
        "<aside><b>Salt late</b><p>Salt <i>last</i>.</p></aside><p>a <q>t, /content/dam/harbor/en/tips/salt</q></p>\
         <p><a href=\"/kitchen/bread/\">b</a></p>"
    );
}

#[test]
fn fragments_of_all_other_models_may_have_one_too() {
    let kitchen = Kitchen::html(
        "<p><a href=\"/content/dam/harbor/en/tips/salt\">t</a></p><p>a <a href=\"/content/dam/harbor/en/recipes/bread\">b</a> \
         <a href=\"/content/dam/harbor/en/gone\">g</a></p>",
    );
    kitchen.site.write(
        "templates/rich-text/fragment.html",
        "{% component RichTextFragment(item, model, url, text) -%}({{ model }} {{ item?.title or \"\" }} {{ url }} {{ text }}){%- endcomponent RichTextFragment %}",
    );
    assert_eq!(
        kitchen.soup(),
        "(TipModel Salt late  t)<p>a (RecipeModel Bread /kitchen/bread/ b) (   g)</p>"
    );
}

#[test]
fn a_fragment_is_never_shown_inside_itself() {
    let kitchen = Kitchen::html("<p><a href=\"/content/dam/harbor/en/recipes/soup\">s</a></p>");
    kitchen.site.write(
        "templates/rich-text/RecipeModel.html",
        "{% component RichTextRecipeModel(item) -%}<aside>{{ item.text | rich_text }}</aside>{%- endcomponent RichTextRecipeModel %}",
    );
    let run = kitchen.build();
    assert_report!(run);
    assert_eq!(
        kitchen.page(),
        "<aside><p><a href=\"/kitchen/soup/\">s</a></p></aside>"
    );
}

#[test]
fn files_that_print_nothing_are_told() {
    let kitchen = Kitchen::html("");
    let write = |file: &str, text: &str| {
        kitchen
            .site
            .write(&format!("templates/rich-text/{file}"), text);
    };
    write("paragraf.html", "");
    write(
        "paragraph.html",
        "{% component Paragraph() %}{{ body }}{% endcomponent Paragraph %}",
    );
    write(
        "header.html",
        "{% component RichTextHeader(level, words) %}{{ body }}{% endcomponent RichTextHeader %}",
    );
    write(
        "bold.html",
        "{% component RichTextBold(x) %}{{ body }}{% endcomponent RichTextBold %}",
    );
    write("TipModel.html", "<p>{{ item.title }}</p>");
    write(
        "RecipeModel.html",
        "{% component RichTextRecipeModel(item, link) %}{% endcomponent RichTextRecipeModel %}",
    );
    write("parts/whatever.html", "");
    let run = kitchen.site.build().code(1);
    assert_report!(run);
}

#[test]
fn a_component_that_fails_is_told_with_its_place() {
    let kitchen = Kitchen::html("<p><a href=\"/content/dam/harbor/en/tips/salt\">t</a></p>");
    kitchen.site.write(
        "templates/rich-text/TipModel.html",
        "{% component RichTextTipModel(item) %}\n  {{ item.headline }}\n{% endcomponent RichTextTipModel %}",
    );
    let run = kitchen.site.build().code(1);
    assert_report!(run);
}

#[test]
fn what_is_no_rich_text_is_told() {
    let kitchen = Kitchen::html("");
    kitchen.site.write(
        "templates/recipe.html",
        "{% if item.slug == \"soup\" %}{{ item.words | rich_text }}{% elif item.slug == \"soupe\" %}{{ item | rich_text }}{% else %}{{ 7 | markdown }}{% endif %}",
    );
    let run = kitchen.site.build().code(1);
    assert_report!(run);
    kitchen.site.write(
        "templates/recipe.html",
        "{{ item.text | rich_text(absolut=true) }}",
    );
    let run = kitchen.site.build().code(1);
    assert!(
        run.stderr().contains("did you mean `absolute`?"),
        "{}",
        run.stderr()
    );
}

#[test]
fn unknown_nodes_are_shown_and_told() {
    let kitchen = Kitchen::new(
        r#"{"json":[{"nodeType":"hologram","content":[{"nodeType":"text","value":"a","format":{"variants":["blink"]}}]}, 7]}"#,
    );
    let run = kitchen.build();
    assert_report!(run);
    assert_eq!(kitchen.page(), "<p>a</p>");
}

#[test]
fn markdown_is_no_less_suspicious() {
    let kitchen = Kitchen::html("");
    kitchen.site.write(
        "templates/recipe.html",
        "{{ \"# A\n\n* [b](/content/dam/harbor/en/recipes/bread)\n* <b onclick=x>c</b> ~~d~~\n\n| e |\n|---|\n| f |\n\n[g](javascript:x) `h`\n\n```rust\ni\n```\" | markdown }}\n{{ \"<p>a <b>b</b></p><p>c</p>\" | plain_text }}",
    );
    let run = kitchen.build();
    assert!(
        run.stderr().contains("the address `javascript:x`"),
        "{}",
        run.stderr()
    );
    assert_eq!(
        kitchen.page(),
        "<h1>A</h1><ul><li><a href=\"/kitchen/bread/\">b</a></li><li><b>c</b> <s>d</s></li></ul>\
         <table><thead><tr><th scope=\"col\">e</th></tr></thead><tbody><tr><td>f</td></tr></tbody></table>\
         <p>g <code>h</code></p><pre><code class=\"language-rust\">i\n</code></pre>\na b\n\nc"
    );
}
