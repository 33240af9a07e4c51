use serde_json::json as value;

use super::super::{Resolve, Target, Unresolved, json};

/// A repository by naming convention.
struct Harbor;

impl Resolve for Harbor {
    fn kind(&self, path: &str) -> Option<Target> {
        let mime = match path.rsplit_once('.') {
            _ if path.contains("/missing/") => return None,
            None => return Some(Target::Fragment),
            Some((_, "pdf")) => "application/pdf",
            Some(_) => "image/jpeg",
        };
        Some(Target::Asset {
            mime: mime.to_owned(),
        })
    }
}

#[track_caller]
fn check(html: &str, expected: serde_json::Value) {
    let got = json(html, &Harbor);
    assert_eq!(got.to_string(), expected.to_string(), "{html}");
}

/// `check` on the content of a paragraph.
#[track_caller]
fn check_inline(html: &str, expected: serde_json::Value) {
    check(
        &format!("<p>{html}</p>"),
        value!([{"nodeType": "paragraph", "content": expected}]),
    );
}

fn text(text: &str) -> serde_json::Value {
    value!({"nodeType": "text", "value": text})
}

#[test]
fn nothing() {
    check("", value!([]));
    check(" \n\t", value!([]));
    check("<!-- only a comment -->", value!([]));
}

#[test]
fn paragraphs_and_headers() {
    check(
        "<h1>Pier</h1>\n<h6>Low</h6>\n<p>Boats.</p>\n<p></p>\n",
        value!([
            {"nodeType": "header", "style": "h1", "content": [text("Pier")]},
            {"nodeType": "header", "style": "h6", "content": [text("Low")]},
            {"nodeType": "paragraph", "content": [text("Boats.")]},
            {"nodeType": "paragraph", "content": []},
        ]),
    );
}

#[test]
fn variants_name_the_tags_outermost_first() {
    check_inline(
        "a<b>b<i>c</i></b><u>d</u><strong>e</strong><em>f</em>",
        value!([
            text("a"),
            {"nodeType": "text", "value": "b", "format": {"variants": ["bold"]}},
            {"nodeType": "text", "value": "c", "format": {"variants": ["bold", "italic"]}},
            {"nodeType": "text", "value": "d", "format": {"variants": ["underline"]}},
            {"nodeType": "text", "value": "e", "format": {"variants": ["strong"]}},
            {"nodeType": "text", "value": "f", "format": {"variants": ["emphasis"]}},
        ]),
    );
    check_inline(
        "<s>a</s><sub>b</sub><sup>c</sup><code>d</code><b><b>e</b></b>",
        value!([
            {"nodeType": "text", "value": "a", "format": {"variants": ["strikethrough"]}},
            {"nodeType": "text", "value": "b", "format": {"variants": ["subscript"]}},
            {"nodeType": "text", "value": "c", "format": {"variants": ["superscript"]}},
            {"nodeType": "text", "value": "d", "format": {"variants": ["code"]}},
            {"nodeType": "text", "value": "e", "format": {"variants": ["bold"]}},
        ]),
    );
}

#[test]
fn declarations_of_surrounding_elements() {
    check(
        "<p style=\"margin-left: 40.0px;color:red\"><strong>a</strong><b style='color: blue'>b</b></p>",
        value!([{"nodeType": "paragraph", "content": [
            {"nodeType": "text", "value": "a",
             "format": {"variants": ["strong"], "margin-left": " 40.0px", "color": "red"}},
            {"nodeType": "text", "value": "b",
             "format": {"variants": ["bold"], "margin-left": " 40.0px", "color": " blue"}},
        ]}]),
    );
}

#[test]
fn spans_keep_attributes() {
    check_inline(
        "<span class=\"note\" id=n>a <b>b</b></span><span>c</span>",
        value!([
            {"nodeType": "span", "data": {"class": "note", "id": "n"}, "content": [
                text("a "),
                {"nodeType": "text", "value": "b", "format": {"variants": ["bold"]}},
            ]},
            {"nodeType": "span", "content": [text("c")]},
        ]),
    );
}

#[test]
fn line_breaks_and_whitespace() {
    check_inline(
        "Starting\n  at<br>\nten <b> sharp</b><br/>",
        value!([
            text("Starting at"),
            {"nodeType": "line-break", "content": []},
            text(" ten "),
            {"nodeType": "text", "value": " sharp", "format": {"variants": ["bold"]}},
            {"nodeType": "line-break", "content": []},
        ]),
    );
}

#[test]
fn entities_are_decoded() {
    check_inline(
        "Fish &amp; chips&nbsp;&lt;4&#8364; &unknown; &",
        value!([text("Fish & chips\u{a0}<4€ &unknown; &")]),
    );
}

#[test]
fn links() {
    check_inline(
        "<a href=\"https://example.com/?a=1&amp;b=2\" target=_blank class=x>the <b>stock</b></a>",
        value!([{"nodeType": "link",
            "data": {"href": "https://example.com/?a=1&b=2", "target": "_blank", "class": "x"},
            "value": "the stock"}]),
    );
    check_inline(
        "<a>bare</a>",
        value!([{"nodeType": "link", "data": {}, "value": "bare"}]),
    );
}

#[test]
fn links_into_the_repository() {
    check_inline(
        "<a href='/content/dam/harbor/en/bread#crust' target='_blank'>bread</a>\
         <a href='/content/dam/harbor/menu.pdf'>menu</a>\
         <a href='/content/dam/harbor/pot.jpg'>pot</a>\
         <a href='/content/dam/missing/x'>lost</a>",
        value!([
            {"nodeType": "reference",
             "data": {"href": "/content/dam/harbor/en/bread", "type": "fragment"},
             "value": "bread"},
            {"nodeType": "reference",
             "data": {"path": "/content/dam/harbor/menu.pdf", "mimetype": "application/pdf"},
             "value": "menu"},
            {"nodeType": "link", "data": {"href": "/content/dam/harbor/pot.jpg"}, "value": "pot"},
            {"nodeType": "link", "data": {"href": "/content/dam/missing/x"}, "value": "lost"},
        ]),
    );
    assert_eq!(
        json(
            "<p><a href='/content/dam/harbor/en/bread'>b</a></p>",
            &Unresolved
        )[0]["content"][0]["nodeType"],
        "link"
    );
}

#[test]
fn images() {
    let pot = value!({"nodeType": "reference",
        "data": {"path": "/content/dam/harbor/a pot.jpg", "mimetype": "image/jpeg"}});
    check_inline(
        "<img src='/content/dam/harbor/a%20pot.jpg' alt='Pot'>",
        value!([pot]),
    );
    check("<img src='/content/dam/harbor/a pot.jpg'>\n", value!([pot]));
    check_inline(
        "<a href='/x'><img src='/content/dam/harbor/a pot.jpg'></a>",
        value!([pot]),
    );
    check_inline(
        "<a href='/x'>See<img src='/content/dam/harbor/a pot.jpg'></a>",
        value!([{"nodeType": "link", "data": {"href": "/x"}, "value": "See"}, pot]),
    );
    check_inline(
        "<img src='/content/dam/missing/x.png'><img src='https://example.com/y.png' alt=y>",
        value!([
            {"nodeType": "reference",
             "data": {"path": "/content/dam/missing/x.png", "mimetype": "image/png"}},
            {"nodeType": "img", "data": {"src": "https://example.com/y.png", "alt": "y"}},
        ]),
    );
}

#[test]
fn lists() {
    check(
        "<ul>\n<li>leeks</li>\n<li>\n<p>salt</p>\n</li>\n<li>more\n<ol>\n<li>x</li>\n</ol>\n</li>\n</ul>\n",
        value!([{"nodeType": "unordered-list", "content": [
            {"nodeType": "list-item", "content": [text("leeks")]},
            {"nodeType": "list-item", "content": [
                {"nodeType": "paragraph", "content": [text("salt")]}]},
            {"nodeType": "list-item", "content": [
                text("more "),
                {"nodeType": "ordered-list", "content": [
                    {"nodeType": "list-item", "content": [text("x")]}]}]},
        ]}]),
    );
}

#[test]
fn tables() {
    check(
        "<table>\n<thead><tr><th>Fish</th></tr></thead>\n<tbody>\n<tr>\n<td>cod<br></td>\n\
         <td><p>1</p></td>\n</tr>\n</tbody>\n</table>",
        value!([{"nodeType": "table", "content": [
            {"nodeType": "table-header", "content": [{"nodeType": "table-row", "content": [
                {"nodeType": "table-head", "content": [text("Fish")]}]}]},
            {"nodeType": "table-body", "content": [{"nodeType": "table-row", "content": [
                {"nodeType": "table-data", "content": [
                    text("cod"), {"nodeType": "line-break", "content": []}]},
                {"nodeType": "table-data", "content": [
                    {"nodeType": "paragraph", "content": [text("1")]}]}]}]},
        ]}]),
    );
}

#[test]
fn other_blocks() {
    check(
        "<div>&nbsp;</div><blockquote>Said.</blockquote><hr><pre>a\n  b</pre>",
        value!([
            {"nodeType": "div", "content": []},
            {"nodeType": "blockquote", "content": [
                {"nodeType": "paragraph", "content": [text("Said.")]}]},
            {"nodeType": "hr", "content": []},
            {"nodeType": "code-block", "content": [text("a\n  b")]},
        ]),
    );
}
