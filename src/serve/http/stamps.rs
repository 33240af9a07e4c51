//! Which files of `static/` are others than they were: by their time and length, as editors leave them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use crate::fs;

/// The files of `static/` with what tells each from an earlier one. Cheap enough to be made for every moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<String, (Option<SystemTime>, u64)>);

/// What became of files between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Nothing.
    None,
    /// Style sheets were edited, and nothing else: their paths from the site's root on.
    Style(Vec<String>),
    /// Something that pages show or run was edited, or files came and went.
    Other,
}

impl Stamps {
    /// Those of a folder as it is; a folder that cannot be read has no files.
    pub(super) fn of(folder: &Path) -> Self {
        let files = fs::walk(folder).unwrap_or_default();
        let stamp = |path: std::path::PathBuf| {
            let about = folder.join(&path).metadata().ok()?;
            let parts: Option<Vec<&str>> =
                path.components().map(|c| c.as_os_str().to_str()).collect();
            Some((
                format!("/{}", parts?.join("/")),
                (about.modified().ok(), about.len()),
            ))
        };
        Self(files.into_iter().filter_map(stamp).collect())
    }

    /// What became of them until later.
    pub(super) fn until(&self, later: &Self) -> Difference {
        if self == later {
            return Difference::None;
        }
        if !self.0.keys().eq(later.0.keys()) {
            return Difference::Other;
        }
        let pairs = self.0.iter().zip(later.0.values());
        let changed = pairs.filter(|((_, old), new)| old != new);
        let changed: Vec<String> = changed.map(|((path, _), _)| path.clone()).collect();
        match changed.iter().all(|path| path.ends_with(".css")) {
            true => Difference::Style(changed),
            false => Difference::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_are_told_from_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let stamps = || Stamps::of(folder.path());
        write("css/a.css", "1");
        write("a.js", "1");
        let first = stamps();
        assert_eq!(first.until(&stamps()), Difference::None);
        write("css/a.css", "22");
        let second = stamps();
        let style = Difference::Style(vec!["/css/a.css".to_owned()]);
        assert_eq!(first.until(&second), style);
        write("a.js", "22");
        assert_eq!(second.until(&stamps()), Difference::Other);
        let third = stamps();
        write("css/b.css", "1");
        assert_eq!(third.until(&stamps()), Difference::Other);
        assert_eq!(Stamps::of(&folder.path().join("none")), Stamps::default());
    }
}
