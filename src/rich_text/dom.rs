//! HTML, parsed as browsers do.
//!
//! The parser is `html5ever`; here are the tree it builds and a bound on how deep that can be: by the
//! HTML standard, formatting that is never closed is opened again in every paragraph, so that a few
//! kilobytes of it could take minutes.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, Tracer};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink, create_element};
use html5ever::{Attribute, QualName, TokenizerResult, local_name, ns};

/// Elements that may be open at once, those counted that are only waiting to be opened again. What goes
/// deeper stays as the content of what is open.
const OPEN: usize = 100;

/// A node of the parsed tree.
pub(super) enum DomNode {
    /// Text, entities decoded.
    Text(String),
    /// An element.
    Element {
        /// Its name and namespace.
        name: Rc<QualName>,
        /// Its attributes, each once.
        attributes: Vec<Attribute>,
        /// The places of its children.
        children: Vec<usize>,
    },
    /// Comments, and what else shows nothing.
    Nothing,
}

/// A parsed fragment.
pub(super) struct Dom {
    nodes: Vec<DomNode>,
    top: Vec<usize>,
}

impl Dom {
    /// Parses a fragment. There is no wrong HTML: the standard says what everything means.
    pub(super) fn parse(html: &str) -> Self {
        let arena = Arena::new();
        let context = QualName::new(None, ns!(html), local_name!("div"));
        let context = create_element(&arena, context, Vec::new());
        let options = TreeBuilderOpts {
            // So that what is in `<noscript>` is markup and not text.
            scripting_enabled: false,
            ..TreeBuilderOpts::default()
        };
        let builder = TreeBuilder::new_for_fragment(arena, context, None, options);
        let tokenizer = Tokenizer::new(Shallow(builder), TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        // It also stops wherever a browser would run a script.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        tokenizer.end();
        let nodes = tokenizer.sink.0.sink.finish();
        // The fragment stands in the only element of the document.
        let top = nodes
            .first()
            .and_then(|document| document.1.first())
            .map_or_else(Vec::new, |&root| nodes[root].1.clone());
        let nodes = nodes.into_iter().map(|(data, children)| match data {
            Data::Text(text) => DomNode::Text(text),
            Data::Element(name, attributes) => DomNode::Element {
                name,
                attributes,
                children,
            },
            Data::Nothing => DomNode::Nothing,
        });
        Self {
            nodes: nodes.collect(),
            top,
        }
    }

    /// The places of what is not in anything else.
    pub(super) fn top(&self) -> &[usize] {
        &self.top
    }

    /// The node at a place.
    pub(super) fn get(&self, place: usize) -> &DomNode {
        &self.nodes[place]
    }
}

/// The tree builder, from which start tags are kept that would nest too deep.
struct Shallow(TreeBuilder<Handle, Arena>);

impl Shallow {
    fn may_open(&self, name: &str) -> bool {
        // Without its tag, the content of a script would be text. These nest in foreign content only.
        let bound = if is_raw(name) { 2 * OPEN } else { OPEN };
        let open = Open::default();
        self.0.trace_handles(&open);
        open.0.get() < bound
    }
}

impl TokenSink for Shallow {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if let Token::TagToken(tag) = &token
            && tag.kind == TagKind::StartTag
            && !self.may_open(&tag.name)
        {
            return TokenSinkResult::Continue;
        }
        self.0.process_token(token, line)
    }

    fn end(&self) {
        self.0.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.0
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// Whether what follows a start tag is no markup, or is not in the element.
fn is_raw(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "iframe"
            | "noembed"
            | "noframes"
            | "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
    )
}

/// Counts what the tree builder holds on to.
#[derive(Default)]
struct Open(Cell<usize>);

impl Tracer for Open {
    type Handle = Handle;

    fn trace_handle(&self, _: &Handle) {
        self.0.set(self.0.get() + 1);
    }
}

/// What a node of the growing tree is.
enum Data {
    Nothing,
    Text(String),
    Element(Rc<QualName>, Vec<Attribute>),
}

/// What the tree builder knows a node by. The name is here too: the builder borrows it for long.
#[derive(Clone)]
struct Handle {
    place: usize,
    name: Option<Rc<QualName>>,
}

/// The growing tree: all nodes in one list, each with its parent and its children.
struct Arena {
    nodes: RefCell<Vec<Growing>>,
    nameless: QualName,
}

struct Growing {
    data: Data,
    parent: Option<usize>,
    children: Vec<usize>,
}

impl Arena {
    /// The document alone, at place 0.
    fn new() -> Self {
        let arena = Self {
            nodes: RefCell::default(),
            nameless: QualName::new(None, ns!(), local_name!("")),
        };
        arena.add(Data::Nothing);
        arena
    }

    fn add(&self, data: Data) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Growing {
            data,
            parent: None,
            children: Vec::new(),
        });
        nodes.len() - 1
    }

    fn nothing(&self) -> Handle {
        Handle {
            place: self.add(Data::Nothing),
            name: None,
        }
    }

    fn detach(&self, place: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[place].parent.take() {
            // What moves is nearly always the last.
            let siblings = &mut nodes[parent].children;
            if let Some(at) = siblings.iter().rposition(|sibling| *sibling == place) {
                siblings.remove(at);
            }
        }
    }

    /// Puts a node or a text among the children of `parent`: before a sibling, or at the end.
    fn insert(&self, parent: usize, before: Option<usize>, child: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(child) = &child {
            self.detach(child.place);
        }
        let at = {
            let nodes = self.nodes.borrow();
            let siblings = &nodes[parent].children;
            before
                .and_then(|sibling| siblings.iter().rposition(|other| *other == sibling))
                .unwrap_or(siblings.len())
        };
        let place = match child {
            NodeOrText::AppendNode(child) => child.place,
            NodeOrText::AppendText(text) => {
                if self.lengthen(parent, at, &text) {
                    return;
                }
                self.add(Data::Text(text.to_string()))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes[place].parent = Some(parent);
        nodes[parent].children.insert(at, place);
    }

    /// Adds to the text before a place, if there is one.
    fn lengthen(&self, parent: usize, at: usize, more: &str) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let previous = at.checked_sub(1).map(|at| nodes[parent].children[at]);
        match previous.map(|previous| &mut nodes[previous].data) {
            Some(Data::Text(text)) => {
                text.push_str(more);
                true
            }
            _ => false,
        }
    }
}

impl TreeSink for Arena {
    type Handle = Handle;
    type Output = Vec<(Data, Vec<usize>)>;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Self::Output {
        let nodes = self.nodes.into_inner().into_iter();
        nodes.map(|node| (node.data, node.children)).collect()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle {
            place: 0,
            name: None,
        }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        target.name.as_deref().unwrap_or(&self.nameless)
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        _: ElementFlags,
    ) -> Handle {
        let name = Rc::new(name);
        Handle {
            place: self.add(Data::Element(Rc::clone(&name), attributes)),
            name: Some(name),
        }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        self.nothing()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.nothing()
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.insert(parent.place, None, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        previous: &Handle,
        child: NodeOrText<Handle>,
    ) {
        if self.nodes.borrow()[element.place].parent.is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// What is in a template is in no document; it goes with the template.
    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        one.place == other.place
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let parent = self.nodes.borrow()[sibling.place].parent;
        if let Some(parent) = parent {
            self.insert(parent, Some(sibling.place), child);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, more: Vec<Attribute>) {
        if let Data::Element(_, attributes) = &mut self.nodes.borrow_mut()[target.place].data {
            for attribute in more {
                if !attributes.iter().any(|known| known.name == attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.place);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut nodes = self.nodes.borrow_mut();
        let moved = std::mem::take(&mut nodes[node.place].children);
        for &child in &moved {
            nodes[child].parent = Some(new_parent.place);
        }
        nodes[new_parent.place].children.extend(moved);
    }
}
