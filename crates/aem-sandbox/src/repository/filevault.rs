//! A FileVault folder (`jcr_root`) to one tree of [`Node`]s.
//!
//! Folders are read in sorted order, so the same files give the same tree on every system. Symbolic links are not
//! followed: a package is content that is not trusted. Source: aem-protocol.md, section 14.1.

use super::docview;
use super::names::from_platform;
use super::node::Node;
use super::property::{Property, Scalar};
use crate::problem::Problem;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// Where `jcr_root` is below a folder somebody names.
const LAYOUTS: [&str; 3] = [
    "jcr_root",
    "src/main/content/jcr_root",
    "ui.content/src/main/content/jcr_root",
];
const MAX_DEPTH: usize = 120;

/// Finds the `jcr_root` of a package folder, of a Maven content module, or of a project that has one.
pub(super) fn find_root(dir: &Path) -> Option<PathBuf> {
    if dir.file_name().is_some_and(|name| name == "jcr_root") && dir.is_dir() {
        return Some(dir.to_owned());
    }
    LAYOUTS
        .iter()
        .map(|layout| dir.join(layout))
        .find(|root| root.is_dir())
        .or_else(|| {
            let looks_like_root = dir.join("content").is_dir() || dir.join("conf").is_dir();
            looks_like_root.then(|| dir.to_owned())
        })
}

/// Reads everything below `root`.
pub(super) fn load(root: &Path, problems: &mut Vec<Problem>) -> Node {
    Loader { problems }.folder(root, String::new(), 0)
}

struct Loader<'a> {
    problems: &'a mut Vec<Problem>,
}

/// What one folder holds, sorted by name.
#[derive(Default)]
struct Listing {
    folders: Vec<(String, PathBuf)>,
    files: Vec<(String, PathBuf)>,
}

impl Loader<'_> {
    fn folder(&mut self, dir: &Path, name: String, depth: usize) -> Node {
        let mut node = Node::new(name);
        if depth > MAX_DEPTH {
            self.problems.push(Problem::new(
                dir,
                format!("folders nested deeper than {MAX_DEPTH} left out"),
            ));
            return node;
        }
        let listing = match self.list(dir) {
            Ok(listing) => listing,
            Err(error) => {
                self.problems.push(Problem::new(
                    dir,
                    format!("cannot be read, left out: {error}"),
                ));
                return node;
            }
        };
        if let Some((_, file)) = listing
            .files
            .iter()
            .find(|(name, _)| name == ".content.xml")
            && let Some(own) = self.document_view(file)
        {
            let name = std::mem::take(&mut node.name);
            node = Node { name, ..own };
        }
        let mut children = Children::new(&mut node);
        for (name, file) in &listing.files {
            self.file(&mut children, name, file);
        }
        for (name, dir) in &listing.folders {
            let target = match name.strip_suffix(".dir") {
                Some(file) if listing.files.iter().any(|(n, _)| n == file) => file,
                _ => name.as_str(),
            };
            let mut child = self.folder(dir, from_platform(target), depth + 1);
            // A folder with no `.content.xml` of its own may only hold order or be plain; its name is all it says.
            if child.origin.is_none() {
                child.origin = Some(Arc::from(dir.as_path()));
            }
            children.merge(child);
        }
        node
    }

    fn file(&mut self, children: &mut Children<'_>, name: &str, file: &Path) {
        if name.starts_with('.') {
            return;
        }
        if let Some(property) = name.strip_suffix(".binary") {
            let property = from_platform(property);
            let value = Property::Single(Scalar::Binary(file.to_owned()));
            children.node.set(property, value);
            return;
        }
        if let Some(stem) = name.strip_suffix(".xml")
            && is_document_view(file)
        {
            if let Some(child) = self.document_view(file) {
                children.merge(Node {
                    name: from_platform(stem),
                    ..child
                });
            }
            return;
        }
        let mut content = Node::new("jcr:content");
        content.set(
            "jcr:data".to_owned(),
            Property::Single(Scalar::Binary(file.to_owned())),
        );
        let mut child = Node::new(from_platform(name));
        child.set("jcr:primaryType".to_owned(), "nt:file".into());
        child.origin = Some(Arc::from(file));
        child.children.push(content);
        children.merge(child);
    }

    fn document_view(&mut self, file: &Path) -> Option<Node> {
        match fs::read_to_string(file) {
            Ok(text) => docview::parse(&text, &Arc::from(file), self.problems),
            Err(error) => {
                self.problems.push(Problem::new(
                    file,
                    format!("cannot be read, left out: {error}"),
                ));
                None
            }
        }
    }

    fn list(&mut self, dir: &Path) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                self.problems.push(Problem::new(
                    entry.path(),
                    "the name is not UTF-8, left out",
                ));
                continue;
            };
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                self.problems.push(Problem::new(
                    entry.path(),
                    "symbolic links are not followed, left out",
                ));
            } else if kind.is_dir() {
                listing.folders.push((name, entry.path()));
            } else {
                listing.files.push((name, entry.path()));
            }
        }
        listing.folders.sort();
        listing.files.sort();
        Ok(listing)
    }
}

/// The children of a node under construction, found by name without scanning: a folder may hold 50,000.
struct Children<'a> {
    node: &'a mut Node,
    index: HashMap<String, usize>,
}

impl<'a> Children<'a> {
    fn new(node: &'a mut Node) -> Self {
        let names = node.children.iter().map(|child| child.name.clone());
        let index = names.zip(0..).collect();
        Self { node, index }
    }

    fn merge(&mut self, child: Node) {
        match self.index.get(&child.name) {
            Some(&at) => self.node.children[at].merge(child),
            None => {
                self.index
                    .insert(child.name.clone(), self.node.children.len());
                self.node.children.push(child);
            }
        }
    }
}

/// Whether an XML file is a node definition rather than a file that happens to be XML.
fn is_document_view(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.contains("<jcr:root"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_in_every_layout() {
        let base = std::env::temp_dir().join(format!("aem-sandbox-roots-{}", std::process::id()));
        for layout in LAYOUTS {
            let root = base
                .join(format!("in-{}", layout.replace('/', "-")))
                .join(layout);
            fs::create_dir_all(&root).unwrap();
            let dir = base.join(format!("in-{}", layout.replace('/', "-")));
            assert_eq!(find_root(&dir), Some(root.clone()));
            assert_eq!(find_root(&root), Some(root));
        }
        assert_eq!(find_root(&base), None);
        fs::remove_dir_all(&base).unwrap();
    }
}
