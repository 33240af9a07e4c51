//! One document view file (`.content.xml`) to a [`Node`] with its inline children.
//!
//! Source: aem-protocol.md, section 14.2.

use super::names::from_xml;
use super::node::Node;
use super::property::Property;
use crate::problem::{Position, Problem};
use roxmltree::Document;
use std::path::Path;
use std::sync::Arc;

const JCR: &str = "http://www.jcp.org/jcr/1.0";
/// Deeper nesting is refused; AEM's own content stays far below.
const MAX_DEPTH: usize = 200;

/// Reads a document view; what cannot be used in it becomes a problem.
///
/// # Errors
/// A file that is no document view at all, without what is done about it.
pub(super) fn parse(
    text: &str,
    file: &Arc<Path>,
    problems: &mut Vec<Problem>,
) -> Result<Node, Problem> {
    let document = Document::parse(text).map_err(|error| {
        let at = error.pos();
        let position = Position {
            line: at.row,
            column: at.col,
        };
        let message = format!("not well-formed XML: {error}");
        Problem::at(file.as_ref(), position, message)
    })?;
    let root = document.root_element();
    if !root.has_tag_name((JCR, "root")) {
        let message = "the root element is not `jcr:root`";
        return Err(Problem::new(file.as_ref(), message));
    }
    let mut reader = Reader {
        document: &document,
        file,
        problems,
    };
    Ok(reader.node(root, 0))
}

struct Reader<'a, 'input> {
    document: &'a Document<'input>,
    file: &'a Arc<Path>,
    problems: &'a mut Vec<Problem>,
}

impl<'a, 'input> Reader<'a, 'input> {
    fn node(&mut self, element: roxmltree::Node<'a, 'input>, depth: usize) -> Node {
        let tag = element.tag_name();
        let mut node = Node::new(qualified(element, tag.namespace(), tag.name()));
        node.origin = Some(Arc::clone(self.file));
        for attribute in element.attributes() {
            let name = qualified(element, attribute.namespace(), attribute.name());
            match Property::parse(attribute.value()) {
                Ok(value) => node.properties.push((name, value)),
                Err(reason) => {
                    let message = format!("property `{name}` left out: {reason}");
                    self.report(attribute.range().start, message);
                }
            }
        }
        for child in element.children().filter(roxmltree::Node::is_element) {
            if depth >= MAX_DEPTH {
                self.report(
                    child.range().start,
                    format!("nodes nested deeper than {MAX_DEPTH} left out"),
                );
                break;
            }
            node.children.push(self.node(child, depth + 1));
        }
        node
    }

    fn report(&mut self, offset: usize, message: String) {
        let at = self.document.text_pos_at(offset);
        let position = Position {
            line: at.row,
            column: at.col,
        };
        self.problems
            .push(Problem::at(self.file.as_ref(), position, message));
    }
}

/// `prefix:name`, with the prefix the file declares for the namespace, ISO 9075 decoded.
fn qualified(element: roxmltree::Node<'_, '_>, namespace: Option<&str>, name: &str) -> String {
    let local = from_xml(name);
    match namespace.and_then(|uri| element.lookup_prefix(uri)) {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{local}"),
        _ => local,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<Problem>) {
        let mut problems = Vec::new();
        let file: Arc<Path> = Arc::from(Path::new("x/.content.xml"));
        match parse(text, &file, &mut problems) {
            Ok(node) => (Some(node), problems),
            Err(problem) => (None, vec![problem]),
        }
    }

    #[test]
    fn names_values_and_order_are_read() {
        let (node, problems) = read(
            r#"<jcr:root xmlns:jcr="http://www.jcp.org/jcr/1.0" jcr:title="A &amp; B&#xa;">
                 <_x0031_b a_x0040_b="[x,y]"/><a/>
               </jcr:root>"#,
        );
        let node = node.unwrap();
        assert!(problems.is_empty());
        assert_eq!(node.text("jcr:title"), Some("A & B\n"));
        let names: Vec<_> = node.children.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["1b", "a"]);
        assert_eq!(node.children[0].property("a@b").unwrap().texts().count(), 2);
    }

    #[test]
    fn a_bad_value_is_reported_with_its_place() {
        let (node, problems) = read(
            "<jcr:root xmlns:jcr=\"http://www.jcp.org/jcr/1.0\"\n    n=\"{Long}x\" ok=\"1\"/>",
        );
        assert_eq!(node.unwrap().text("ok"), Some("1"));
        assert_eq!(
            problems[0].to_string(),
            "x/.content.xml:2:5: property `n` left out: `x` is not a whole number"
        );
    }

    #[test]
    fn broken_xml_is_a_problem() {
        let (node, problems) = read("<jcr:root xmlns:jcr=\"http://www.jcp.org/jcr/1.0\">\n<a></b>");
        assert!(node.is_none());
        assert_eq!(problems[0].position.unwrap().line, 2);
        assert!(read("<other/>").0.is_none());
        assert!(read("").0.is_none());
    }

    #[test]
    fn deep_nesting_is_cut() {
        let text = format!(
            "<jcr:root xmlns:jcr=\"http://www.jcp.org/jcr/1.0\">{}{}</jcr:root>",
            "<a>".repeat(300),
            "</a>".repeat(300)
        );
        let (_, problems) = read(&text);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn damaged_files_never_panic() {
        let seed = include_str!(
            "../../tests/packages/lighthouse/jcr_root/content/dam/lighthouse/en/stations/north-rock/.content.xml"
        );
        // A fixed sequence of damages: the same run every time.
        let mut state: u64 = 7;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..2_000 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=next(4) {
                let (at, from) = (next(bytes.len()), next(bytes.len()));
                match next(3) {
                    0 => bytes[at] = b"<>\"{}[]\\,&;_x0"[next(14)],
                    1 => drop(bytes.drain(at..(at + next(40)).min(bytes.len()))),
                    _ => {
                        let piece = bytes[from..(from + next(40)).min(bytes.len())].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
            }
            read(&String::from_utf8_lossy(&bytes));
        }
    }
}
