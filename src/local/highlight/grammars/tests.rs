//! What grammars say, and what becomes of it.

use super::super::html;
use super::*;

/// A bit of each language.
const SAMPLES: [(&str, &str); 8] = [
    (
        "sh",
        "# Build\nfor f in *.md; do\n  echo \"$f: ${#f}\" | tee -a log && exit 0\ndone\n",
    ),
    (
        "css",
        "/* a */\n.card > a:hover { color: #fff; margin: 1px 2em; }\n@media print { a { --x: \"y\" } }\n",
    ),
    (
        "graphql",
        "query Hikes($first: Int = 10) {\n  hikeList(first: $first) { items { _path ...Teaser } } # all\n}\n",
    ),
    (
        "html",
        "<!-- a & b -->\n<p class=\"x\">&amp; <script>let a = \"</b>\" + 1;</script><style>p { top: 0 }</style></p>\n",
    ),
    (
        "js",
        "// A\nconst a = async (b) => `x ${b.c(1)} y`;\nif (/a<b/.test(a)) new Map([[null, true]]);\n",
    ),
    ("json", "{\"a\": [1, -2.5e3, true, null, \"\\u00e9 <\"]}\n"),
    (
        "toml",
        "# Site\n[aem]\npublish = \"https://p.example\"\nlist = [1, 2.5, true, 2026-05-24]\n",
    ),
    (
        "yml",
        "# CI\non: [push]\njobs:\n  build:\n    steps:\n      - run: |\n          frieze build\n        if: true\n        n: 3\n",
    ),
];

#[test]
fn every_language_has_its_classes() {
    let made = SAMPLES.map(|(language, code)| format!("{language}\n{}", html(language, code)));
    insta::assert_snapshot!(made.join("\n"));
}

/// Every language reads everything, whether it makes sense to it or not.
#[test]
fn what_can_be_read_is_the_code() {
    let line = "a { \"b\": [1, '2' ".repeat(2000);
    let odd = [
        "",
        "\n",
        "\r\n",
        "a: 1\r\nb: \"2\"\r\n",
        "<script>alert('&amp;')</script>",
        "<style>é</style><script>/** @param {ü} 日本 */ let 🏔 = `\u{301}${\"ß\"}`</script>",
        "\u{feff}\u{0}\u{7}\t{{ a }}{% b %}",
        "{\"é\": \"\\",
        "`${`${`${",
        "<<EOF\n$(a\nEOF",
        &line,
    ];
    let samples = SAMPLES.map(|(_, code)| code);
    for code in odd.iter().chain(&samples) {
        for (language, _) in SAMPLES {
            assert_eq!(read(&html(language, code)), **code, "{language}");
        }
    }
}

/// Pieces of the samples, cut where characters end: what a grammar sees while somebody writes.
#[test]
fn half_a_code_is_read_as_well() {
    for (language, code) in SAMPLES {
        for (at, _) in code.char_indices() {
            for piece in [&code[..at], &code[at..]] {
                assert_eq!(read(&html(language, piece)), piece, "{language}");
            }
        }
    }
}

#[test]
fn a_code_has_one_html() {
    for (language, code) in SAMPLES {
        let first = html(language, code);
        assert!((0..20).all(|_| html(language, code) == first), "{language}");
    }
}

#[test]
fn what_no_grammar_reads_is_plain() {
    assert_eq!(html("rust", "fn a() -> &str"), "fn a() -&gt; &amp;str");
    assert_eq!(html("", "{}"), "{}");
    let long = "1 ".repeat(LONGEST / 2);
    assert!(html("json", &long).contains("<span"));
    assert_eq!(html("json", &format!("{long} ")), format!("{long} "));
}

#[test]
fn names_of_languages_may_be_in_capitals() {
    assert_eq!(html("JSON", "1"), "<span class=\"token number\">1</span>");
}

#[test]
fn a_grammar_that_panics_says_nothing() {
    assert_eq!(guarded(|| Some(1)), Some(1));
    assert_eq!(guarded(|| -> Option<u8> { panic!("on purpose") }), None);
}

/// Deep and broken code ends, and ends the program no sooner.
#[test]
fn nothing_is_too_deep() {
    for (language, _) in SAMPLES {
        for unit in ["[", "<a>", "`${", "\""] {
            let code = unit.repeat(LONGEST / unit.len());
            assert_eq!(read(&html(language, &code)), code, "{language}");
        }
    }
}

/// The deepest YAML that is given to its grammar has room there, and deeper one is plain.
#[test]
fn levels_of_yaml_have_room() {
    for (unit, count) in [("- ", DEEPEST), ("? ", DEEPEST), ("- ? ", DEEPEST / 2)] {
        let line = unit.repeat(count);
        assert_eq!(read(&html("yaml", &line)), line);
        assert!(html("yaml", &line).contains("<span"));
        let deeper = format!("{line}- a");
        assert_eq!(html("yaml", &deeper), deeper);
    }
    for text in ["a:\n", "-\n", "?\n", "- a:\n"] {
        let lines = (0..DEEPEST / 2 - text.len()).map(|column| " ".repeat(column) + text);
        let code: String = lines.collect();
        assert_eq!(read(&html("yaml", &code)), code);
        assert!(html("yaml", &code).contains("<span"));
    }
}

/// Spans outside the code, or in the middle of a character, do no harm.
#[test]
fn spans_need_not_make_sense() {
    let span = |start, end| Span {
        start,
        end,
        capture: "string".to_owned(),
        pattern_index: 0,
    };
    for odd in [span(1, 2), span(2, 9), span(9, 12), span(3, 1), span(0, 0)] {
        let paint = painted(vec![odd], 4);
        assert_eq!(read(&super::super::spans("éé", &paint)), "éé");
    }
}

/// What a browser shows of HTML.
fn read(html: &str) -> String {
    let mut pieces = html.split('<');
    let first = pieces.next().unwrap_or_default();
    let behind_tags = pieces.map(|piece| piece.split_once('>').unwrap().1);
    let text: String = std::iter::once(first).chain(behind_tags).collect();
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&")
}
