//! The fuzz targets on a fixed sequence of inputs, and on the seeds.

use super::{filter, query_path, xml_loader};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn check(cases: u32, input: &impl Strategy<Value = Vec<u8>>, target: fn(&[u8])) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(input, |bytes| {
            target(&bytes);
            Ok(())
        })
        .unwrap();
}

/// Pieces of a language in any order, with any bytes between them.
fn of(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        20 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
        1 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
    ];
    prop::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

#[test]
fn any_document_is_loaded() {
    let pieces = &[
        "<a ",
        "</a>",
        "<a>",
        "/>",
        ">",
        "<jcr:content ",
        "</jcr:content>",
        "<content>",
        "</content>",
        "<dam>",
        "</dam>",
        "jcr:primaryType=\"dam:Asset\" ",
        "b=\"",
        "\" ",
        "{Long}",
        "{Date}",
        "{Boolean}true",
        "{Double}",
        "{Binary}",
        "[",
        "]",
        ",",
        "\\",
        "\\u00",
        "_x0020_",
        "_x",
        "&#x0;",
        "&lt;",
        "&bad;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "xmlns:q=\"u\" ",
        "1",
        "2024-02-30T",
        "é",
    ];
    let documents = of(pieces, 24).prop_map(|inner| {
        let mut text = b"<jcr:root xmlns:jcr=\"http://www.jcp.org/jcr/1.0\" ".to_vec();
        text.extend(inner);
        text.extend(b"</jcr:root>");
        text
    });
    check(3_000, &documents, xml_loader);
    check(500, &of(pieces, 24), xml_loader);
}

#[test]
fn any_path_is_a_call_or_none() {
    let pieces = &[
        "/",
        "light",
        "some",
        "all",
        "page",
        ".json",
        ";",
        "=",
        "%3B",
        "%3D",
        "%2F",
        "%",
        "%zz",
        "%ff",
        "%C3%BC",
        "%25",
        "+",
        "name",
        "height",
        "range",
        "lit",
        "mode",
        "filter",
        "path",
        "names",
        "at",
        "sort",
        "first",
        "after",
        "null",
        "-1",
        "1.5",
        "true",
        "OR",
        "%7B%22lit%22%3A",
        "[",
        "]",
        "{",
        "}",
        "2024-01-01",
    ];
    check(2_000, &of(pieces, 16), query_path);
    let calls = of(pieces, 12).prop_map(|rest| [b"/light/some;", rest.as_slice()].concat());
    check(500, &calls, query_path);
}

#[test]
fn any_filter_sort_and_cursor_has_an_answer() {
    check(400, &prop::collection::vec(any::<u8>(), 0..200), filter);
}

/// Each level of the filter leads to several fragments, each of them the same few again.
#[test]
fn a_filter_through_circles_ends() {
    let levels = 50;
    let name = r#"{"name":{"_expressions":[{"value":"none"}]}}"#;
    let nested = format!(
        "{}{name}{}",
        r#"{"near":{"_match":"#.repeat(levels),
        "}}".repeat(levels)
    );
    filter(format!("{{\"filter\":{nested}}}").as_bytes());
}
