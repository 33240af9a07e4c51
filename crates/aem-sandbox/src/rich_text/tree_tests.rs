use super::{
    super::{Unresolved, json, markdown, plaintext, references},
    *,
};

fn element(tag: Tag, children: Vec<Node>) -> Node {
    Node::Element(Element {
        tag,
        attributes: Vec::new(),
        children,
    })
}

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

fn paragraph(content: &str) -> Node {
    element(Tag::Paragraph, vec![text(content)])
}

#[test]
fn bare_text_becomes_a_paragraph() {
    let bold = element(Tag::Format("bold"), vec![text("text")]);
    assert_eq!(
        tree("  Bare <b>text</b>\n<p>p</p>tail"),
        [
            Node::Gap,
            element(Tag::Paragraph, vec![text("Bare "), bold]),
            Node::Gap,
            paragraph("p"),
            paragraph("tail"),
        ]
    );
}

#[test]
fn unknown_elements_keep_their_content() {
    assert_eq!(
        tree(
            "<p>a<blink>b<x-y> c</x-y></blink><svg><text>d</text></svg><template>e</template></p>"
        ),
        [paragraph("ab cde")]
    );
    assert_eq!(
        tree("<p>a<script>b</script><style>c</style><!-- d --></p>"),
        [paragraph("a")]
    );
}

#[test]
fn malformed_html() {
    assert_eq!(tree("<p>a<p>b"), [paragraph("a"), paragraph("b")]);
    assert_eq!(
        tree("a</p></div></b>"),
        [paragraph("a"), element(Tag::Paragraph, Vec::new())]
    );
    assert_eq!(tree("<p>1 < 2 <"), [paragraph("1 < 2 <")]);
    assert_eq!(tree("<p>a</p><img src='x"), [paragraph("a")]);
    assert_eq!(
        tree("<b>a<p>b</b>c</p>"),
        [
            element(
                Tag::Paragraph,
                vec![element(Tag::Format("bold"), vec![text("a")])]
            ),
            element(
                Tag::Paragraph,
                vec![element(Tag::Format("bold"), vec![text("b")]), text("c")]
            ),
        ]
    );
    // Text between rows moves before the table.
    assert_eq!(tree("<table>a<tr>b<td>c")[0], paragraph("ab"),);
}

#[test]
fn text_in_tables_is_kept() {
    assert_eq!(
        tree("<table> <template>a</template> <tr><td>b"),
        [element(
            Tag::Table,
            vec![
                paragraph("a"),
                element(
                    Tag::TableBody,
                    vec![element(Tag::Row, vec![element(Tag::Cell, vec![text("b")])])]
                ),
            ]
        )]
    );
}

#[test]
fn inline_elements_go_inside_blocks() {
    assert_eq!(
        tree("<b><p>a</p>\n<div>b</div></b>"),
        [
            element(
                Tag::Paragraph,
                vec![element(Tag::Format("bold"), vec![text("a")])]
            ),
            element(Tag::Container("div"), vec![paragraph("b")]),
        ]
    );
    assert_eq!(
        tree("<h2><p>a</p>b</h2>"),
        [
            element(Tag::Header("h2"), vec![text("a")]),
            element(Tag::Header("h2"), vec![text("b")]),
        ]
    );
}

#[test]
fn lists_contain_items_only() {
    let item = |children| element(Tag::Item, children);
    assert_eq!(
        tree("<ul><li>a</li><ul><li>b</li></ul> c </ul>"),
        [element(
            Tag::UnorderedList,
            vec![
                item(vec![text("a")]),
                item(vec![element(
                    Tag::UnorderedList,
                    vec![item(vec![text("b")])]
                )]),
                item(vec![text(" c ")]),
            ]
        )]
    );
}

#[test]
fn long_attribute_values_are_left_out() {
    let html = format!("<a href='/x' title='{}'>a</a>", "t".repeat(MAX_VALUE + 1));
    let value = json(&html, &Unresolved);
    assert_eq!(
        value[0]["content"][0]["data"],
        serde_json::json!({"href": "/x"})
    );
}

/// Runs all forms; answers the `json` form as text, which a JSON reader must take.
fn all_forms(html: &str) -> String {
    plaintext(html);
    markdown(html);
    references(html);
    let json = json(html, &Unresolved).to_string();
    let enveloped = format!("{}{json}{}", "[".repeat(24), "]".repeat(24));
    serde_json::from_str::<serde_json::Value>(&enveloped).expect("nesting within limits");
    json
}

#[test]
fn nesting_is_bounded() {
    for tag in [
        "span",
        "b",
        "div",
        "ul",
        "ul><li",
        "ol",
        "blockquote",
        "table><tr><td",
        "a href=x",
        "font",
        "h2",
        "p",
        "svg",
        "template",
        "button",
        "select",
        "object",
        "svg><style",
        "pre",
        "li",
        "math",
        "b><p",
        "i><div",
        "a><table",
    ] {
        let times = if tag == "span" { 10_000 } else { 1_000 };
        let open = format!("<{tag}>").repeat(times);
        let close = tag.split("><").fold(String::new(), |close, tag| {
            format!("</{}>{close}", tag.split(' ').next().unwrap_or(tag))
        });
        let close = close.repeat(times);
        assert!(
            all_forms(&format!("{open}core{close}")).contains("core"),
            "{tag}"
        );
        assert!(all_forms(&format!("{open}core")).contains("core"), "{tag}");
    }
}

#[test]
fn words_of_dissolved_blocks_stay_apart() {
    let html = format!("{}<p>one</p><p>two</p>", "<div>".repeat(MAX_DEPTH));
    assert_eq!(plaintext(&html), "one two");
}

#[test]
fn hostile_input_does_not_multiply() {
    for part in [
        "<b id=1><p>x",
        "<a href=x><p>",
        "<b></p>",
        "<table>x<b>",
        "<p><i>x</p>",
        "</p>",
        "</b>",
        "<br>",
        "&amp",
        "&",
        "<",
        "<!--",
        "<![CDATA[",
        "<a",
        "<a b='",
        "x ",
        "\u{a0}\n",
        "<td>",
        "<tr>",
        "\0",
        "<a><div></a>",
        "<nobr>",
        "<form><div></form>",
        "<svg></p>",
        "<ul>x",
        "<li>x<ul>",
    ] {
        let html = part.repeat(2_000);
        let json = all_forms(&html);
        assert!(json.len() <= 32 * html.len(), "{part}: {}", json.len());
    }
}
