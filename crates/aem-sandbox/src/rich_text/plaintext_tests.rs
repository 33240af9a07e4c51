use super::super::plaintext;

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(plaintext(html), expected, "{html}");
}

#[test]
fn blocks_are_apart_by_a_blank_line() {
    check("", "");
    check("Bare", "Bare");
    check("<h2>Pier</h2>\n<p>Boats.</p>\n", "Pier\n\nBoats.");
    check(
        "<div>a</div><hr><blockquote><p>b</p></blockquote>",
        "a\n\nb",
    );
}

#[test]
fn an_image_only_block_counts() {
    check(
        "<p><img src='/content/dam/x.jpg' alt='x'></p>\n<p>Boats.</p>\n",
        "\n\nBoats.",
    );
    check("<p>Boats.</p><p><img src='/x'></p>", "Boats.");
}

#[test]
fn line_breaks() {
    check(
        "<p>one <br>\n two<br>\n</p><p>three<br></p>",
        "one\ntwo\n\n\nthree",
    );
}

#[test]
fn whitespace_and_entities() {
    check("<p> a\n<b> b </b> c &amp; d </p>", "a b c & d");
    check("<p>end.&nbsp;</p><p>&nbsp;</p>", "end. \n\n ");
    check("<div>&nbsp;</div>\n<p>a</p>", "a");
    check("<pre>a\n  b</pre>", "a\n  b");
}

#[test]
fn lists_are_one_block() {
    check(
        "<p>Bring:</p><ul>\n<li>rope&nbsp;</li>\n<li>food\n<ol><li>bread</li><li><p>fish</p></li></ol></li>\n</ul><p>Go.</p>",
        "Bring:\n\nrope\nfood\nbread\nfish\n\nGo.",
    );
}

#[test]
fn table_rows_are_lines() {
    check(
        "<table><caption>Catch</caption><tr><th>Fish</th><th>kg</th></tr>\
         <tr><td>cod<br>fresh</td><td>1</td></tr></table>",
        "Catch\nFish\tkg\ncod fresh\t1",
    );
}
