//! A repository of one file, see [`crate::fuzzing`].

use super::Repository;
use super::content::Content;
use super::docview;
use std::path::Path;
use std::sync::Arc;

impl Repository {
    /// Takes a `.content.xml` for the root of everything; nothing where it is no document view.
    pub(crate) fn of_document(text: &str) -> Option<Self> {
        let file: Arc<Path> = Arc::from(Path::new(".content.xml"));
        let mut problems = Vec::new();
        let root = docview::parse(text, &file, &mut problems).ok()?;
        Some(Self::from_content(Content::read(&root, problems)))
    }
}
