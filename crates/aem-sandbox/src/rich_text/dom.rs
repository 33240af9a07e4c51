//! The parser's working tree: an arena of linked nodes.
//!
//! Siblings are linked in both directions so that every edit the parser asks for (foster parenting
//! puts nodes *before* a table) takes constant time; child vectors would make some inputs quadratic.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use html5ever::{
    Attribute, QualName, local_name, ns,
    tendril::StrTendril,
    tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink},
};

/// Index of a node in the arena.
pub(super) type Id = usize;

/// The document node is created first.
pub(super) const DOCUMENT: Id = 0;

/// What the parser holds on to: a node and, so that asking for it borrows nothing from the arena,
/// its name.
#[derive(Clone)]
pub(super) struct Handle {
    id: Id,
    name: Rc<QualName>,
}

/// What a node is. Comments and processing instructions are in the tree, but carry nothing.
pub(super) enum Data {
    Nothing,
    Text(StrTendril),
    Element(Rc<QualName>, Vec<Attribute>),
}

/// One node with its links.
pub(super) struct DomNode {
    pub(super) data: Data,
    pub(super) parent: Option<Id>,
    pub(super) first_child: Option<Id>,
    pub(super) next: Option<Id>,
    last_child: Option<Id>,
    previous: Option<Id>,
}

/// The tree while it is built; [`TreeSink::finish`] hands out the nodes.
pub(super) struct Dom {
    nodes: RefCell<Vec<DomNode>>,
    no_name: Rc<QualName>,
}

impl Dom {
    /// An empty document.
    pub(super) fn new() -> Self {
        let dom = Self {
            nodes: RefCell::default(),
            no_name: Rc::new(QualName::new(None, ns!(), local_name!(""))),
        };
        dom.create(Data::Nothing);
        dom
    }

    fn create(&self, data: Data) -> Id {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(DomNode {
            data,
            parent: None,
            first_child: None,
            next: None,
            last_child: None,
            previous: None,
        });
        nodes.len() - 1
    }

    fn nameless(&self, id: Id) -> Handle {
        Handle {
            id,
            name: Rc::clone(&self.no_name),
        }
    }

    fn detach(&self, id: Id) {
        let mut nodes = self.nodes.borrow_mut();
        let parent = nodes[id].parent.take();
        let previous = nodes[id].previous.take();
        let next = nodes[id].next.take();
        match (next, parent) {
            (Some(next), _) => nodes[next].previous = previous,
            (None, Some(parent)) => nodes[parent].last_child = previous,
            (None, None) => {}
        }
        match (previous, parent) {
            (Some(previous), _) => nodes[previous].next = next,
            (None, Some(parent)) => nodes[parent].first_child = next,
            (None, None) => {}
        }
    }

    /// Links `child` under `parent`, before `next` or at the end.
    fn link(&self, child: Id, parent: Option<Id>, next: Option<Id>) {
        self.detach(child);
        let mut nodes = self.nodes.borrow_mut();
        let previous = match (next, parent) {
            (Some(next), _) => nodes[next].previous.replace(child),
            (None, Some(parent)) => nodes[parent].last_child.replace(child),
            (None, None) => None,
        };
        match (previous, parent) {
            (Some(previous), _) => nodes[previous].next = Some(child),
            (None, Some(parent)) => nodes[parent].first_child = Some(child),
            (None, None) => {}
        }
        let node = &mut nodes[child];
        node.parent = parent;
        node.previous = previous;
        node.next = next;
    }

    /// The node to insert; none when the text went into the text node `before` the place.
    fn child(&self, child: NodeOrText<Handle>, before: Option<Id>) -> Option<Id> {
        match child {
            NodeOrText::AppendNode(handle) => Some(handle.id),
            NodeOrText::AppendText(text) => {
                if let Some(before) = before
                    && let Data::Text(existing) = &mut self.nodes.borrow_mut()[before].data
                {
                    existing.push_tendril(&text);
                    return None;
                }
                Some(self.create(Data::Text(text)))
            }
        }
    }
}

impl TreeSink for Dom {
    type Handle = Handle;
    type Output = Vec<DomNode>;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Vec<DomNode> {
        self.nodes.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        self.nameless(DOCUMENT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        &target.name
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Handle {
        let name = Rc::new(name);
        Handle {
            id: self.create(Data::Element(Rc::clone(&name), attrs)),
            name,
        }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        self.nameless(self.create(Data::Nothing))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.nameless(self.create(Data::Nothing))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        let last = self.nodes.borrow()[parent.id].last_child;
        if let Some(child) = self.child(child, last) {
            self.link(child, Some(parent.id), None);
        }
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let (previous, parent) = {
            let node = &self.nodes.borrow()[sibling.id];
            (node.previous, node.parent)
        };
        if let Some(child) = self.child(child, previous) {
            self.link(child, parent, Some(sibling.id));
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        prev_element: &Handle,
        child: NodeOrText<Handle>,
    ) {
        let has_parent = self.nodes.borrow()[element.id].parent.is_some();
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(prev_element, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// Template contents are ordinary children here: content is kept, whatever it is wrapped in.
    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    /// Only asked for a second `<html>` or `<body>`, whose attributes nobody reads.
    fn add_attrs_if_missing(&self, _: &Handle, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        loop {
            let child = self.nodes.borrow()[node.id].first_child;
            let Some(child) = child else { break };
            self.link(child, Some(new_parent.id), None);
        }
    }
}
