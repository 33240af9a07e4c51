//! Repository paths of fragments and of language roots.

use std::fmt;
use std::sync::Arc;

/// The `_path` of a fragment: its identity across queries (section 4.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentPath(Arc<str>);

impl FragmentPath {
    /// Takes the path as AEM delivers it.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for FragmentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A folder of the repository below which a language's content lies (section 12), such as
/// `/content/dam/larch/en`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RepositoryRoot(Arc<str>);

impl RepositoryRoot {
    /// Takes a folder path; a trailing slash makes no difference. `None` when it is not absolute or
    /// names the whole repository.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let trimmed = path.trim_end_matches('/');
        (trimmed.starts_with('/') && trimmed.len() > 1).then(|| Self(Arc::from(trimmed)))
    }

    /// The folder without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of `path` below this folder, without a leading slash; `None` when it lies elsewhere.
    /// Compared by whole segments: `/content/dam/x/english` is not below `/content/dam/x/en`.
    #[must_use]
    pub fn relative<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&*self.0)?
            .strip_prefix('/')
            .filter(|rest| !rest.is_empty())
    }

    /// The last segment: by AEM's convention the locale (section 12).
    #[must_use]
    pub fn last_segment(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::RepositoryRoot;

    #[test]
    fn a_root_contains_whole_segments_only() {
        let root = RepositoryRoot::parse("/content/dam/harbor/en/").unwrap();
        assert_eq!(
            root.relative("/content/dam/harbor/en/recipes/x"),
            Some("recipes/x")
        );
        assert_eq!(root.relative("/content/dam/harbor/english/x"), None);
        assert_eq!(root.relative("/content/dam/harbor/en"), None);
        assert_eq!(root.last_segment(), "en");
        assert_eq!(RepositoryRoot::parse("/"), None);
        assert_eq!(RepositoryRoot::parse("content/dam"), None);
    }
}
