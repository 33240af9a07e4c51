//! The Dispatcher in front of Publish and Preview: which requests its default rules let through.
//!
//! Source: aem-protocol.md, sections 1.3 and 7.1.

use super::options::{DispatcherRules, EncodedSlash, Options};
use axum::http::Method;

const EXTENSIONS: [&str; 15] = [
    "css", "eot", "gif", "ico", "jpeg", "jpg", "js", "pdf", "png", "svg", "swf", "ttf", "woff",
    "woff2", "html",
];
const DENIED_PARAMETERS: [&str; 2] = ["debug", "wcmmode"];

/// Whether a request reaches AEM.
pub(super) fn allows(options: &Options, method: &Method, path: &str, query: &str) -> bool {
    let read = matches!(*method, Method::GET | Method::HEAD);
    let post = matches!(*method, Method::POST | Method::OPTIONS);
    if read
        && query
            .split('&')
            .any(|pair| DENIED_PARAMETERS.contains(&pair.split('=').next().unwrap_or_default()))
    {
        return false;
    }
    if options.encoded_slash == EncodedSlash::NotFound && has_encoded_slash(path) {
        return false;
    }
    if path.starts_with("/graphql/execute.json") {
        return (read || post) && options.dispatcher_rules == DispatcherRules::Current;
    }
    if path.starts_with("/graphql/list.json") {
        return read && options.list_on_publish;
    }
    if path.starts_with("/content/") && path.ends_with("/endpoint.json") {
        return post && options.adhoc_on_publish;
    }
    // The delivery services of `/adobe` have their own way in.
    if path.starts_with("/adobe/dynamicmedia/deliver/")
        || path.starts_with("/adobe/contentFragments")
    {
        return read;
    }
    read && (path.ends_with(".model.json") || has_open_extension(options, path))
}

fn has_encoded_slash(path: &str) -> bool {
    path.as_bytes()
        .windows(3)
        .any(|window| window.eq_ignore_ascii_case(b"%2f"))
}

/// The extension that counts is the last segment's, or of the asset a rendition belongs to.
fn has_open_extension(options: &Options, path: &str) -> bool {
    let mut extensions = path
        .rsplit('/')
        .filter_map(|segment| segment.rsplit_once('.').map(|(_, e)| e));
    let Some(extension) = extensions.next() else {
        return false;
    };
    let selectors = path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .split('.')
        .rev()
        .skip(1);
    // Numeric selectors and `infinity` are how whole trees are dumped.
    let dump = extension == "json"
        && selectors
            .into_iter()
            .any(|s| s == "infinity" || s.parse::<u32>().is_ok());
    let extension = extension.to_ascii_lowercase();
    let open =
        EXTENSIONS.contains(&extension.as_str()) || options.open_extensions.contains(&extension);
    open && !dump
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_rules() {
        let options = Options::default();
        let get = |path: &str| {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            allows(&options, &Method::GET, path, query)
        };
        for open in [
            "/graphql/execute.json/harbor/all",
            "/content/dam/harbor/bowl.jpg",
            "/content/dam/harbor/bowl.JPG",
            "/content/dam/harbor/bowl.jpg/_jcr_content/renditions/original",
            "/content/dam/harbor/bowl.jpg/jcr:content/renditions/cq5dam.web.1280.1280.jpeg",
            "/content/harbor/en.html",
            "/adobe/dynamicmedia/deliver/dm-aid--1/bowl.webp?width=400",
        ] {
            assert!(get(open), "{open}");
        }
        for closed in [
            "/graphql/list.json",
            "/graphql/persist.json/harbor/all",
            "/content/_cq_graphql/harbor/endpoint.json",
            "/content/dam/harbor/bowl.webp",
            "/content/dam/harbor.infinity.json",
            "/bin/querybuilder.json",
            "/api/assets.json",
            "/crx/de/index.jsp",
            "/content/harbor/en.html?wcmmode=disabled",
            "/",
        ] {
            assert!(!get(closed), "{closed}");
        }
        let adhoc = "/content/_cq_graphql/harbor/endpoint.json";
        assert!(!allows(&options, &Method::POST, adhoc, ""));
        let open = Options {
            adhoc_on_publish: true,
            ..Options::default()
        };
        assert!(allows(&open, &Method::POST, adhoc, ""));
        assert!(!allows(&open, &Method::GET, adhoc, ""));
    }
}
