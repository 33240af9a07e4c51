//! A FileVault folder (`jcr_root`) to one tree of [`Node`]s.
//!
//! Folders are read in sorted order, so the same files give the same tree on every system. Symbolic links are not
//! followed: a package is content that is not trusted. Source: aem-protocol.md, section 14.1.

use super::docview;
use super::names::from_platform;
use super::node::Node;
use super::property::{Property, Scalar};
use crate::problem::Problem;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
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

/// From this many sub-folders on a folder is read by all threads.
const WIDE: usize = 16;

/// Reads everything below `root`.
pub(super) fn load(root: &Path, last_good: &LastGood, problems: &mut Vec<Problem>) -> Node {
    Loader {
        problems,
        last_good,
    }
    .folder(root, String::new(), 0)
}

/// The text of each file when it last was well-formed: an editor that is half through saving takes nothing away.
#[derive(Debug)]
pub(super) struct LastGood(Option<Mutex<HashMap<PathBuf, Box<str>>>>);

impl LastGood {
    /// Keeps nothing, for content that is read once.
    pub(super) fn forgetful() -> Self {
        Self(None)
    }

    pub(super) fn remembering() -> Self {
        Self(Some(Mutex::default()))
    }

    fn keep(&self, file: &Path, text: String) {
        if let Some(files) = &self.0 {
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(file.to_owned(), text.into_boxed_str());
        }
    }

    fn find(&self, file: &Path) -> Option<Box<str>> {
        let files = self.0.as_ref()?;
        let files = files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(file).cloned()
    }
}

struct Loader<'a> {
    problems: &'a mut Vec<Problem>,
    last_good: &'a LastGood,
}

/// What one folder holds, sorted by name.
#[derive(Default)]
struct Listing {
    folders: Vec<(String, PathBuf)>,
    files: Vec<(String, PathBuf)>,
}

impl Listing {
    fn has_file(&self, name: &str) -> bool {
        let found = self
            .files
            .binary_search_by(|(file, _)| file.as_str().cmp(name));
        found.is_ok()
    }
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
        for child in self.folders(&listing, depth) {
            children.merge(child);
        }
        node
    }

    /// The sub-folders, in order; many of them at the same time.
    fn folders(&mut self, listing: &Listing, depth: usize) -> Vec<Node> {
        let read = |loader: &mut Loader<'_>, (name, dir): &(String, PathBuf)| {
            let target = match name.strip_suffix(".dir") {
                Some(file) if listing.has_file(file) => file,
                _ => name.as_str(),
            };
            let mut child = loader.folder(dir, from_platform(target), depth + 1);
            // A folder with no `.content.xml` of its own may only hold order or be plain; its name is all it says.
            if child.origin.is_none() {
                child.origin = Some(Arc::from(dir.as_path()));
            }
            child
        };
        if listing.folders.len() < WIDE {
            let folders = listing.folders.iter();
            return folders.map(|folder| read(self, folder)).collect();
        }
        let last_good = self.last_good;
        let folders = listing.folders.par_iter().map(|folder| {
            let mut problems = Vec::new();
            let mut loader = Loader {
                problems: &mut problems,
                last_good,
            };
            (read(&mut loader, folder), problems)
        });
        let (children, problems): (Vec<Node>, Vec<Vec<Problem>>) = folders.unzip();
        self.problems.extend(problems.into_iter().flatten());
        children
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
        let origin: Arc<Path> = Arc::from(file);
        let failed = match fs::read_to_string(file) {
            Ok(text) => match docview::parse(&text, &origin, self.problems) {
                Ok(node) => {
                    self.last_good.keep(file, text);
                    return Some(node);
                }
                Err(problem) => problem,
            },
            Err(error) => Problem::new(file, format!("cannot be read: {error}")),
        };
        let last_good = self.last_good.find(file);
        let done = match last_good {
            Some(_) => "its last good state is kept",
            None => "file left out",
        };
        self.problems.push(Problem {
            message: format!("{}; {done}", failed.message),
            ..failed
        });
        // What was wrong in the good state besides its form is reported again with it.
        docview::parse(&last_good?, &origin, self.problems).ok()
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
