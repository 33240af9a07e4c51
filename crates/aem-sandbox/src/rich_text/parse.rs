//! From stored HTML to the parser's tree, with a bound on nesting.
//!
//! The HTML standard's tree construction searches its stack of open elements for many tags and
//! re-opens unclosed formatting in every paragraph, so its time grows with depth times length.
//! [`Bounded`] stands between tokenizer and tree builder and leaves out start tags once too many
//! elements are open, which makes that factor a constant. What was inside such an element stays.

use std::cell::Cell;

use html5ever::{
    LocalName, QualName, TokenizerResult,
    interface::Tracer,
    local_name, ns,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
    },
    tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink, create_element},
};

use super::dom::{Dom, DomNode, Handle};

/// Handles the tree builder may hold (open elements, and formatting to re-open) before start tags
/// are left out. Editors produce a handful.
const OPEN: usize = 96;

/// The same for elements that hold raw text or nothing: leaving out the tag would turn a script
/// into text or lose an image, and they nest only in foreign content.
const OPEN_LEAVES: usize = 2 * OPEN;

/// Parses an HTML fragment by the rules of the HTML standard. Never fails: the standard says what
/// every malformed input means.
pub(super) fn parse(html: &str) -> Vec<DomNode> {
    let dom = Dom::new();
    let context = create_element(
        &dom,
        QualName::new(None, ns!(html), local_name!("div")),
        Vec::new(),
    );
    // Without scripting, `<noscript>` content is markup like any other.
    let options = TreeBuilderOpts {
        scripting_enabled: false,
        ..TreeBuilderOpts::default()
    };
    let builder = TreeBuilder::new_for_fragment(dom, context, None, options);
    let tokenizer = Tokenizer::new(Bounded { builder }, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // The tokenizer also pauses where a browser would run a script.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.builder.sink.finish()
}

/// The tree builder behind a bound on open elements.
struct Bounded {
    builder: TreeBuilder<Handle, Dom>,
}

impl Bounded {
    fn may_open(&self, tag: &Tag) -> bool {
        let limit = if is_leaf(&tag.name) {
            OPEN_LEAVES
        } else {
            OPEN
        };
        let count = Count::default();
        self.builder.trace_handles(&count);
        count.0.get() < limit
    }
}

impl TokenSink for Bounded {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if let Token::TagToken(tag) = &token
            && tag.kind == TagKind::StartTag
            && !self.may_open(tag)
        {
            return TokenSinkResult::Continue;
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

fn is_leaf(name: &LocalName) -> bool {
    matches!(
        name.as_ref(),
        "br" | "hr"
            | "img"
            | "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
            | "iframe"
            | "noembed"
            | "noframes"
    )
}

/// Counts the handles a tree builder holds.
#[derive(Default)]
struct Count(Cell<usize>);

impl Tracer for Count {
    type Handle = Handle;

    fn trace_handle(&self, _: &Handle) {
        self.0.set(self.0.get() + 1);
    }
}
