//! Rich text from both forms, read back with a parser.

mod hostile;

use std::convert::Infallible;

use super::dom::{Dom, DomNode};
use super::*;
use crate::value::from_json;

/// A site of one page, `/page/` for `/content/dam/x/page`, and nothing else.
#[derive(Default)]
struct Nowhere {
    odd: Vec<Oddity>,
}

impl Host for Nowhere {
    type Error = Infallible;

    fn link(&mut self, link: &Link, words: &Words<'_>) -> Result<Target, Infallible> {
        let address = |href: String, kind| Target::Address {
            href,
            kind,
            title: None,
        };
        Ok(match Address::of_link(&link.href) {
            None => {
                self.odd.push(Oddity::Refused(link.href.clone()));
                Target::Nowhere(None)
            }
            Some(Address::Content { path, .. }) if path.ends_with("/shown") => {
                let how = if words.alone { "alone" } else { "among others" };
                Target::Shown(format!("<aside>{} {how}</aside>", words.text))
            }
            Some(Address::Content { path, suffix }) if path == "/content/dam/x/page" => {
                Target::Address {
                    href: format!("/page/{suffix}"),
                    kind: TargetKind::Site,
                    title: Some("Page".to_owned()),
                }
            }
            Some(Address::Content { path, .. }) if path.contains('.') => {
                address(format!("/assets{path}"), TargetKind::Asset)
            }
            Some(Address::Content { .. }) => Target::Nowhere(Some("Fragment".to_owned())),
            Some(Address::Absolute(href)) => address(href, TargetKind::External),
            Some(Address::Anchor(href) | Address::Local(href)) => address(href, TargetKind::Site),
        })
    }

    fn image(&mut self, image: &Image, _: &Attributes) -> Option<Source> {
        let src = match Address::of_image(&image.src)? {
            Address::Content { path, .. } => format!("/assets{path}"),
            Address::Absolute(src) | Address::Local(src) => src,
            Address::Anchor(_) => return None,
        };
        Some(Source {
            src,
            ..Source::default()
        })
    }

    fn has_component(&self, _: &str) -> bool {
        false
    }

    fn component(&mut self, _: &str, _: Vec<Argument>, _: &str) -> Result<String, Infallible> {
        Ok(String::new())
    }

    fn odd(&mut self, oddity: Oddity) {
        self.odd.push(oddity);
    }
}

fn json(text: &str) -> RichText {
    RichText::from_json(&from_json(text.as_bytes()).unwrap())
}

fn printed(text: &RichText) -> String {
    let Ok(html) = text.render(&mut Nowhere::default());
    html
}

/// What a browser would print of a page.
fn reparsed(html: &str) -> String {
    fn print(dom: &Dom, places: &[usize], out: &mut String) {
        for &place in places {
            match dom.get(place) {
                DomNode::Nothing => {}
                DomNode::Text(text) => {
                    out.push_str(
                        &text
                            .replace('&', "&amp;")
                            .replace('<', "&lt;")
                            .replace('>', "&gt;")
                            .replace('"', "&quot;"),
                    );
                }
                DomNode::Element {
                    name,
                    attributes,
                    children,
                } => {
                    out.extend(["<", &name.local]);
                    for attribute in attributes {
                        let value = attribute
                            .value
                            .replace('&', "&amp;")
                            .replace('<', "&lt;")
                            .replace('>', "&gt;")
                            .replace('"', "&quot;");
                        if value.is_empty() && &*attribute.name.local == "reversed" {
                            out.push_str(" reversed");
                        } else {
                            out.extend([" ", &attribute.name.local, "=\"", &value, "\""]);
                        }
                    }
                    out.push('>');
                    print(dom, children, out);
                    if !matches!(&*name.local, "br" | "hr" | "img" | "wbr") {
                        out.extend(["</", &name.local, ">"]);
                    }
                }
            }
        }
    }
    let dom = Dom::parse(html);
    let mut out = String::new();
    print(&dom, dom.top(), &mut out);
    out
}

/// Both forms give the same page, which a browser takes as it is.
#[track_caller]
fn both(json_form: &str, html_form: &str, expected: &str) {
    let (from_json, from_html) = (json(json_form), RichText::from_html(html_form));
    assert_eq!(printed(&from_json), expected, "from JSON");
    assert_eq!(printed(&from_html), expected, "from HTML");
    assert_eq!(reparsed(expected), expected, "a browser changes it");
    assert_eq!(from_json.plain_text(), from_html.plain_text());
}

#[test]
fn every_node_of_the_grammar_is_printed() {
    both(
        r#"[
          {"nodeType":"header","style":"h2","content":[{"nodeType":"text","value":"Method"}]},
          {"nodeType":"paragraph","content":[
            {"nodeType":"text","value":"Simmer "},
            {"nodeType":"text","value":"slowly","format":{"variants":["bold","italic"],"margin-left":" 4px"}},
            {"nodeType":"span","data":{"class":"note"},"content":[{"nodeType":"text","value":" (1 h)","format":{"variants":["strong"]}}]},
            {"nodeType":"line-break","content":[]},
            {"nodeType":"link","data":{"href":"https://example.com/stock","target":"_blank"},"value":"fish stock"}]},
          {"nodeType":"unordered-list","content":[
            {"nodeType":"list-item","content":[{"nodeType":"text","value":"2 leeks"}]},
            {"nodeType":"list-item","content":[{"nodeType":"text","value":"cream"},
              {"nodeType":"ordered-list","content":[{"nodeType":"list-item","content":[{"nodeType":"text","value":"warm"}]}]}]}]},
          {"nodeType":"blockquote","content":[{"nodeType":"paragraph","content":[{"nodeType":"text","value":"Fine."}]}]},
          {"nodeType":"hr"},
          {"nodeType":"paragraph","content":[{"nodeType":"reference","data":{"path":"/content/dam/harbor/pot.jpg","mimetype":"image/jpeg"}}]},
          {"nodeType":"paragraph","content":[{"nodeType":"text","value":"Serve with "},
            {"nodeType":"reference","data":{"href":"/content/dam/x/page","type":"fragment"},"value":"fresh bread"},
            {"nodeType":"text","value":" and "},
            {"nodeType":"reference","data":{"path":"/content/dam/x/list.pdf","mimetype":"application/pdf"},"value":"the list"}]}
        ]"#,
        "<h2>Method</h2>\n<p style=\"margin-left: 4px\">Simmer <b><i>slowly</i></b><span class=\"note\"><strong> (1 h)</strong></span><br>\
         <a href=\"https://example.com/stock\" target=\"_blank\">fish stock</a></p>\n<ul>\n<li>2 leeks</li>\n<li>cream<ol><li>warm</li></ol></li></ul>\
         <blockquote>Fine.</blockquote><hr><p><img src=\"/content/dam/harbor/pot.jpg\"></p>\
         <p>Serve with <a href=\"/content/dam/x/page\">fresh bread</a> and <a href=\"/content/dam/x/list.pdf\">the list</a></p>\n",
        "<h2>Method</h2><p>Simmer <b><i>slowly</i></b><span class=\"note\"><strong> (1 h)</strong></span><br>\
         <a href=\"https://example.com/stock\" target=\"_blank\" rel=\"noopener\">fish stock</a></p>\
         <ul><li>2 leeks</li><li>cream<ol><li>warm</li></ol></li></ul><blockquote><p>Fine.</p></blockquote><hr>\
         <figure><img src=\"/assets/content/dam/harbor/pot.jpg\" alt=\"\" loading=\"lazy\" decoding=\"async\"></figure>\
         <p>Serve with <a href=\"/page/\">fresh bread</a> and <a href=\"/assets/content/dam/x/list.pdf\">the list</a></p>",
    );
}

#[test]
fn a_table_has_a_header_and_its_cells_say_whose_headers_they_are() {
    both(
        r#"[{"nodeType":"table","content":[{"nodeType":"table-body","content":[
          {"nodeType":"table-row","content":[{"nodeType":"table-head","content":[{"nodeType":"text","value":"Fish"}]},{"nodeType":"table-head","data":{"colspan":"2"},"content":[{"nodeType":"text","value":"g"}]}]},
          {"nodeType":"table-row","content":[{"nodeType":"table-head","content":[{"nodeType":"text","value":"Cod"}]},{"nodeType":"table-data","content":[{"nodeType":"text","value":"1"}]},{"nodeType":"table-data","content":[{"nodeType":"text","value":"2"}]}]}]}]}]"#,
        "<table><tr><th>Fish</th><th colspan=2>g</th></tr>\n<tr><th>Cod</th><td>1</td><td>2</td></tr></table>",
        "<table><thead><tr><th scope=\"col\">Fish</th><th colspan=\"2\" scope=\"col\">g</th></tr></thead>\
         <tbody><tr><th scope=\"row\">Cod</th><td>1</td><td>2</td></tr></tbody></table>",
    );
}

#[test]
fn the_order_of_formats_means_nothing() {
    let one = |variants: &str| {
        format!(
            r#"[{{"nodeType":"paragraph","content":[{{"nodeType":"text","value":"a"}},{{"nodeType":"text","value":"b","format":{{"variants":{variants}}}}}]}}]"#
        )
    };
    let expected = "<p>a<b><i>b</i></b></p>";
    both(
        &one(r#"["bold","italic"]"#),
        "<p>a<b><i>b</i></b></p>",
        expected,
    );
    both(
        &one(r#"["italic","bold"]"#),
        "<p>a<i><b>b</b></i></p>",
        expected,
    );
    both(
        &one(r#"["italic","italic","bold"]"#),
        "<p>a<i><b><i>b</i></b></i></p>",
        expected,
    );
}

#[test]
fn formats_that_texts_share_are_one_element() {
    both(
        r#"[{"nodeType":"paragraph","content":[
          {"nodeType":"text","value":"a ","format":{"variants":["italic"]}},
          {"nodeType":"text","value":"b","format":{"variants":["italic","bold"]}},
          {"nodeType":"text","value":" c","format":{"variants":["italic"]}},
          {"nodeType":"text","value":"d","format":{"variants":["code","superscript"]}}]}]"#,
        "<p><i>a <b>b</b> c</i><sup><code>d</code></sup></p>",
        "<p><i>a <b>b</b> c</i><sup><code>d</code></sup></p>",
    );
}

#[test]
fn code_keeps_its_lines() {
    both(
        r#"[{"nodeType":"code-block","data":{"class":"language-rust"},"content":[{"nodeType":"text","value":"\nfn  f() {\n  1 < 2\n}"}]},
           {"nodeType":"paragraph","content":[{"nodeType":"code","value":"a  b"},{"nodeType":"text","value":" c"}]}]"#,
        "<pre>\n\n<code class=\"language-rust\">fn  f() {\n  1 &lt; 2\n}</code></pre><p><code>a \n b</code> c</p>",
        "<pre><code class=\"language-rust\">\nfn  f() {\n  1 &lt; 2\n}</code></pre><p><code>a b</code> c</p>",
    );
}

#[test]
fn what_stands_in_the_wrong_place_is_wrapped_or_moved() {
    let text = |value: &str| format!(r#"{{"nodeType":"text","value":"{value}"}}"#);
    let node =
        |kind: &str, content: &str| format!(r#"{{"nodeType":"{kind}","content":[{content}]}}"#);
    let cases = [
        (text("a"), "<p>a</p>"),
        (
            node(
                "paragraph",
                &format!(
                    "{},{},{}",
                    text("a"),
                    node("unordered-list", &node("list-item", &text("b"))),
                    text("c")
                ),
            ),
            "<p>a</p><ul><li>b</li></ul><p>c</p>",
        ),
        (
            format!(
                "{},{}",
                node("list-item", &text("a")),
                node("list-item", &text("b"))
            ),
            "<ul><li>a</li><li>b</li></ul>",
        ),
        (
            node(
                "unordered-list",
                &format!(
                    "{},{}",
                    node("list-item", &text("a")),
                    node("unordered-list", &node("list-item", &text("b")))
                ),
            ),
            "<ul><li>a<ul><li>b</li></ul></li></ul>",
        ),
        (node("unordered-list", &text("a")), "<ul><li>a</li></ul>"),
        (
            node("table-row", &text("a")),
            "<table><tbody><tr><td>a</td></tr></tbody></table>",
        ),
        (node("table-data", &text("a")), "<p>a</p>"),
        (node("header", &node("paragraph", &text("a"))), "<h2>a</h2>"),
        (
            node("span", &node("paragraph", &text("a"))),
            "<div><p>a</p></div>",
        ),
        (node("dt", &text("a")), "<dl><dt>a</dt></dl>"),
        (node("figcaption", &text("a")), "<p>a</p>"),
        (node("paragraph", ""), ""),
        (node("unordered-list", ""), ""),
        (node("table", &node("table-body", "")), ""),
        (node("hr", &text("a")), "<hr><p>a</p>"),
    ];
    for (content, expected) in cases {
        let printed = printed(&json(&format!("[{content}]")));
        assert_eq!(printed, expected, "{content}");
        assert_eq!(reparsed(expected), expected);
    }
}

#[test]
fn html_only_the_allowed_is_left_of() {
    let cases = [
        ("plain", "<p>plain</p>"),
        ("<div>&nbsp;</div><p>&nbsp;</p><p> </p>", "<p>\u{a0}</p>"),
        ("<p>a<font color=red>b</font><x-y>c</x-y></p>", "<p>abc</p>"),
        (
            "<p>a</p><script>b</script><svg><text>c</text></svg>",
            "<p>a</p>",
        ),
        (
            "<p onclick=x style=y class=z id=w>a</p>",
            "<p id=\"w\" class=\"z\">a</p>",
        ),
        (
            "<a name=\"here\"></a><p>a</p>",
            "<p><span id=\"here\"></span></p><p>a</p>",
        ),
        (
            "<ol start=3 type=a reversed><li>a</ol>",
            "<ol start=\"3\" reversed type=\"a\"><li>a</li></ol>",
        ),
        ("<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        (
            "<figure><p><img src=/a.png alt=b width=3 height=4></p><figcaption>c</figcaption></figure>",
            "<figure><img src=\"/a.png\" alt=\"b\" width=\"3\" height=\"4\" loading=\"lazy\" decoding=\"async\"><figcaption>c</figcaption></figure>",
        ),
        (
            "<p>a <img src=/a.png alt=b></p>",
            "<p>a <img src=\"/a.png\" alt=\"b\" loading=\"lazy\" decoding=\"async\"></p>",
        ),
        (
            "<p><a href=/x><img src=/a.png></a></p>",
            "<figure><a href=\"/x\"><img src=\"/a.png\" alt=\"\" loading=\"lazy\" decoding=\"async\"></a></figure>",
        ),
        (
            "<a href=/x><h3>a</h3><p>b</p></a>",
            "<a href=\"/x\"><h3>a</h3><p>b</p></a>",
        ),
        (
            "<section><h1>a</h1>b</section>",
            "<div><h1>a</h1><p>b</p></div>",
        ),
        (
            "<p><abbr title=\"World\">W</abbr><del>x</del></p>",
            "<p><abbr title=\"World\">W</abbr><s>x</s></p>",
        ),
        (
            "<p><a href=\"/x\" rel=\"nofollow me\" target=frame>a</a></p>",
            "<p><a href=\"/x\" rel=\"nofollow\">a</a></p>",
        ),
        ("<noscript><p>a</p></noscript>", "<p>a</p>"),
        (
            "<table><caption>c</caption><tr><td>1</table>",
            "<table><caption>c</caption><tbody><tr><td>1</td></tr></tbody></table>",
        ),
    ];
    for (html, expected) in cases {
        let printed = printed(&RichText::from_html(html));
        assert_eq!(printed, expected, "{html}");
        assert_eq!(reparsed(expected), expected);
    }
}

#[test]
fn links_lead_where_the_site_says() {
    let page = |html: &str| printed(&RichText::from_html(html));
    assert_eq!(
        page("<p><a href='/content/dam/x/page#a'>b</a></p>"),
        "<p><a href=\"/page/#a\">b</a></p>"
    );
    // One that says nothing says where it leads.
    assert_eq!(
        page("<p>a <a href='/content/dam/x/page'></a></p>"),
        "<p>a <a href=\"/page/\">Page</a></p>"
    );
    assert_eq!(
        page("<p>a <a href='/content/dam/x/gone'>b</a></p>"),
        "<p>a b</p>"
    );
    assert_eq!(
        page("<p>a <a href='/content/dam/x/gone'></a></p>"),
        "<p>a Fragment</p>"
    );
    assert_eq!(
        page("<p>a <a id=c href='/content/dam/x/gone'>b</a></p>"),
        "<p>a <span id=\"c\">b</span></p>"
    );
    // What a fragment shows of itself may be a block, where it has a paragraph for itself.
    assert_eq!(
        page("<p> <a href='/content/dam/x/shown'>b</a></p>"),
        "<aside>b alone</aside>"
    );
    assert_eq!(
        page("<p>a <a href='/content/dam/x/shown'>b</a></p>"),
        "<p>a <aside>b among others</aside></p>"
    );
}

#[test]
fn what_is_unknown_is_kept_and_told() {
    let text = json(
        r#"[{"nodeType":"hologram","content":[{"nodeType":"text","value":"a","format":{"variants":["blink"]}}]},
           {"nodeType":"script","value":"alert(1)"}, 7, {"value":"b"}, {"nodeType":5}, null, true,
           {"nodeType":"paragraph","content":{"nodeType":"text","value":12}}, "loose", [["c"]]]"#,
    );
    assert_eq!(printed(&text), "<p>aalert(1)b</p><p>12</p><p>loosec</p>");
    let odd: Vec<String> = text.oddities.iter().map(ToString::to_string).collect();
    assert_eq!(
        odd,
        [
            "a node of the unknown type `hologram`",
            "text in the unknown format `blink`",
            "a node of the unknown type `script`",
            "a number where a node was due",
            "an object without `nodeType` where a node was due",
            "a node of the unknown type `5`",
            "`true` or `false` where a node was due",
        ]
    );
    let text = RichText::from_html("<p>a<x-y>b</x-y></p><iframe src=x></iframe><svg></svg>");
    let odd: Vec<String> = text.oddities.iter().map(ToString::to_string).collect();
    assert_eq!(
        odd,
        [
            "the unknown element `<x-y>`",
            "the element `<iframe>`",
            "the element `<svg>`"
        ]
    );
}

#[test]
fn words_are_as_aem_has_them() {
    let html = "<h2>A</h2>\n<p>b <b>c</b><br>\nd</p>\n<ul>\n<li>e</li>\n<li>f<ul><li>g</li></ul></li>\n</ul>\n<p><img src=x></p>\n\
                <table><tr><th>h</th><td><p>i</p><p>j</p></td></tr><tr><td>k</td></tr></table>\n<pre>l\n  m</pre>";
    assert_eq!(
        RichText::from_html(html).plain_text(),
        "A\n\nb c\n d\n\ne\nf\ng\n\nh\ti j\nk\n\nl\n  m"
    );
}
