//! The path of `base_url`, which is before every address of a preview, as it will be on the site.

use crate::config::BaseUrl;

/// What a decoded path means on a site that lies below a path of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen<'p> {
    /// What follows the slash of the site's root.
    Below(&'p str),
    /// The root itself, at another address: that, encoded.
    Root(String),
    /// Nothing of the site.
    Outside,
}

/// What a decoded path means on a site.
pub(super) fn seen<'p>(base: &BaseUrl, path: &'p str) -> Seen<'p> {
    let root = base.decoded();
    match path.strip_prefix(&*root) {
        Some(below) => Seen::Below(below),
        None if path == "/" || format!("{path}/") == root => Seen::Root(base.url("/")),
        None => Seen::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_root_of_the_site() {
        let base = BaseUrl::parse("https://a.example/café/").unwrap();
        let root = || Seen::Root("/caf%C3%A9/".to_owned());
        for (path, meaning) in [
            ("/café/", Seen::Below("")),
            ("/café/a/b", Seen::Below("a/b")),
            ("/café", root()),
            ("/", root()),
            ("/cafés/", Seen::Outside),
            ("/caf%C3%A9/", Seen::Outside),
        ] {
            assert_eq!(seen(&base, path), meaning, "{path}");
        }
        let plain = BaseUrl::parse("https://a.example").unwrap();
        assert_eq!(seen(&plain, "/"), Seen::Below(""));
        assert_eq!(seen(&plain, "/a"), Seen::Below("a"));
    }
}
