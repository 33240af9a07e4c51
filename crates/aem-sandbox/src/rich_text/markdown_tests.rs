use super::super::markdown;

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(markdown(html), expected, "{html}");
}

#[test]
fn gaps_between_blocks_are_one_blank() {
    check("", "");
    check("<p>A</p>", "A\n\n");
    check("<p>A</p>\n", "A\n\n ");
    check("<p>A</p>\n\n\n<p>B</p>", "A\n\n B\n\n");
    check("A\n<p>B</p>", "A\n\n B\n\n");
    check("<div>&nbsp;</div>\n<div>A</div>", "\n\n A\n\n");
}

#[test]
fn inline_marks() {
    check(
        "<p><b>a</b><strong>b</strong> <i>c</i><em>d</em> <b>e <i>f</i></b><u>g</u><s>h</s><b></b></p>",
        "**a****b** *c**d* **e *f***g~~h~~\n\n",
    );
    check(
        "<p><a href='/content/dam/x'>x</a>&nbsp;<code>y</code><img src='/z' alt='Z'></p>",
        "[x](/content/dam/x)\u{a0}`y`![Z](/z)\n\n",
    );
    check("<h3>T<br>\n</h3>", "### T\n \n\n");
}

#[test]
fn lists() {
    check(
        "<ul>\n<li>a\n<ol><li>b</li><li><p>c</p><p>d</p></li></ol></li>\n<li>e</li></ul>\n",
        "* a\n  1. b\n  2. c\n     d\n* e\n\n ",
    );
}

#[test]
fn tables() {
    check(
        "<table><caption>Catch</caption><tr><th>Fish</th><th>a|b</th></tr>\
         <tr><td>cod<br>x</td><td>1</td></tr></table>",
        "Catch\n\n| Fish | a\\|b |\n| --- | --- |\n| cod x | 1 |\n\n",
    );
}

#[test]
fn other_blocks() {
    check("<hr>", "---\n\n");
    check(
        "<blockquote><p>a</p>\n<p>b</p></blockquote>",
        "> a\n> b\n\n",
    );
    check("<pre>a\n  b\n</pre>", "```\na\n  b\n```\n\n");
}
