//! Addresses in content: what a link or an image may lead to.
//!
//! Browsers forgive much in an address: they take away blanks around it and line breaks inside, and read
//! a scheme in any case. So an address is brought into the form that a browser makes of it before it is
//! judged, and only what is known to be harmless passes.

use percent_encoding::percent_decode_str;
use url::Url;

/// An address that may stand in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Something in AEM's repository: `/content/…`.
    Content {
        /// The path, decoded.
        path: String,
        /// What follows it: `?query#anchor`.
        suffix: String,
    },
    /// With a scheme, or at least a host: `https://…`, `//host/…`, `mailto:…`.
    Absolute(String),
    /// A place in the same page: `#anchor`.
    Anchor(String),
    /// A path on this site, or a relative one.
    Local(String),
}

/// Schemes of links. Others could run something, or say what only one machine understands.
const SCHEMES: [&str; 7] = ["http", "https", "mailto", "tel", "sms", "ftp", "geo"];

/// Types of images that an address itself may hold. SVG is not among them: it can hold scripts.
const INLINE_IMAGES: [&str; 6] = ["png", "jpeg", "jpg", "gif", "webp", "avif"];

impl Address {
    /// Reads the address of a link. `None` for one that leads nowhere or must not be followed.
    #[must_use]
    pub fn of_link(raw: &str) -> Option<Self> {
        let address = as_browsers_read(raw)?;
        if address.is_empty() {
            return None;
        }
        if address.starts_with('#') {
            return Some(Self::Anchor(address));
        }
        if let Some(scheme) = scheme(&address) {
            return absolute(address, &scheme);
        }
        let (first, _) = address
            .split_once(['/', '?', '#'])
            .unwrap_or((&address, ""));
        // What a browser may take for a scheme after all, or an entity that somebody left encoded.
        if first.contains([':', '&', '%']) && !first.is_empty() {
            return None;
        }
        if address.starts_with("//") {
            Url::parse(&format!("https:{address}")).ok()?;
            return Some(Self::Absolute(address));
        }
        Some(content(&address).unwrap_or(Self::Local(address)))
    }

    /// Reads the address of an image, which may also be the image itself.
    #[must_use]
    pub fn of_image(raw: &str) -> Option<Self> {
        let address = as_browsers_read(raw)?;
        if is_inline_image(&address) {
            return Some(Self::Absolute(address));
        }
        match Self::of_link(raw)? {
            Self::Anchor(_) => None,
            Self::Absolute(url) if !is_web(&url) => None,
            address => Some(address),
        }
    }

    /// The path below one of `hosts` where an absolute address leads into the repository there: people
    /// copy addresses from AEM.
    #[must_use]
    pub fn below<'h>(self, hosts: impl IntoIterator<Item = &'h Url>) -> Self {
        let Self::Absolute(text) = &self else {
            return self;
        };
        let Ok(url) = Url::parse(text).or_else(|_| Url::parse(&format!("https:{text}"))) else {
            return self;
        };
        if !hosts.into_iter().any(|host| host.host() == url.host()) {
            return self;
        }
        let path = &url[url::Position::BeforePath..];
        content(path).unwrap_or(self)
    }

    /// Whether it leads to another host.
    #[must_use]
    pub fn is_external(&self) -> bool {
        matches!(self, Self::Absolute(address) if is_web(address))
    }
}

/// Whether an address is one of the web.
fn is_web(address: &str) -> bool {
    address.starts_with("//")
        || scheme(address).is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"))
}

/// The scheme in small letters, where the address has one.
fn scheme(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once(':')?;
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

fn absolute(address: String, scheme: &str) -> Option<Address> {
    if !SCHEMES.contains(&scheme) {
        return None;
    }
    let is_hierarchical = matches!(scheme, "http" | "https" | "ftp");
    if is_hierarchical && !Url::parse(&address).is_ok_and(|url| url.has_host()) {
        return None;
    }
    Some(Address::Absolute(address))
}

/// What a browser makes of an address before it reads it. `None` where it holds what no address does.
fn as_browsers_read(raw: &str) -> Option<String> {
    let around = |c: char| c <= ' ' || c.is_whitespace();
    let bare = raw.trim_matches(around);
    let mut address: String = bare
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    if address.chars().any(char::is_control) {
        return None;
    }
    // A backslash before the query is a slash to browsers.
    let end = address.find(['?', '#']).unwrap_or(address.len());
    if address[..end].contains('\\') {
        address.replace_range(..end, &address[..end].replace('\\', "/"));
    }
    Some(address.replace(' ', "%20"))
}

fn content(address: &str) -> Option<Address> {
    if !address.starts_with("/content/") {
        return None;
    }
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (path, suffix) = address.split_at(end);
    let decoded = percent_decode_str(path).decode_utf8();
    Some(Address::Content {
        path: decoded.map_or_else(|_| path.to_owned(), |path| path.into_owned()),
        suffix: suffix.to_owned(),
    })
}

fn is_inline_image(address: &str) -> bool {
    let Some((head, body)) = address.split_once(',') else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let kind = head
        .strip_prefix("data:image/")
        .and_then(|rest| rest.strip_suffix(";base64"));
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    kind.is_some_and(|kind| INLINE_IMAGES.contains(&kind)) && body.bytes().all(is_base64)
}

/// Whether a path has the extension of an image.
#[must_use]
pub(super) fn is_image(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "png" | "jpeg" | "jpg" | "gif" | "webp" | "avif" | "svg" | "bmp" | "ico" | "tif" | "tiff"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_is_no_address() {
        for wrong in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "  javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\n\rscript:alert(1)",
            "java\0script:alert(1)",
            "javascript\u{200b}:alert(1)",
            "javascript&#58;alert(1)",
            "javascript&colon;alert(1)",
            "&#106;avascript:alert(1)",
            "javascript%3Aalert(1)",
            "\u{a0}javascript:alert(1)",
            "vbscript:msgbox(1)",
            "livescript:x",
            "data:text/html,<script>alert(1)</script>",
            "data:image/svg+xml;base64,PHN2Zz4=",
            "blob:https://a.example/x",
            "filesystem:https://a.example/x",
            "file:///etc/passwd",
            "view-source:https://a.example",
            "about:blank",
            "intent:x",
            "http://",
            "https:///",
            "java script:alert(1)",
            "",
            "   ",
        ] {
            assert_eq!(Address::of_link(wrong), None, "{wrong:?}");
            assert_eq!(Address::of_image(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_leads_somewhere_stays() {
        let absolute = |text: &str| Some(Address::Absolute(text.to_owned()));
        let local = |text: &str| Some(Address::Local(text.to_owned()));
        assert_eq!(
            Address::of_link(" https://a.example/x y "),
            absolute("https://a.example/x%20y")
        );
        assert_eq!(
            Address::of_link("HTTPS://a.example"),
            absolute("HTTPS://a.example")
        );
        assert_eq!(Address::of_link("//a.example/x"), absolute("//a.example/x"));
        assert_eq!(
            Address::of_link("/\\a.example/x"),
            absolute("//a.example/x")
        );
        assert_eq!(
            Address::of_link("mailto:a@b.example?subject=x"),
            absolute("mailto:a@b.example?subject=x")
        );
        assert_eq!(Address::of_link("tel:+41 21"), absolute("tel:+41%2021"));
        assert_eq!(Address::of_link("/a/?b=c:d#e"), local("/a/?b=c:d#e"));
        assert_eq!(Address::of_link("a/b:c"), local("a/b:c"));
        assert_eq!(Address::of_link("?a=b"), local("?a=b"));
        assert_eq!(
            Address::of_link("#x"),
            Some(Address::Anchor("#x".to_owned()))
        );
    }

    #[test]
    fn the_repository_is_known_by_its_path_or_its_host() {
        let path = |path: &str, suffix: &str| {
            Some(Address::Content {
                path: path.to_owned(),
                suffix: suffix.to_owned(),
            })
        };
        assert_eq!(
            Address::of_link("/content/dam/x/caf%C3%A9?a#b"),
            path("/content/dam/x/café", "?a#b")
        );
        assert_eq!(
            Address::of_image("/content/dam/x/a b.jpg"),
            path("/content/dam/x/a b.jpg", "")
        );
        let hosts = [Url::parse("https://publish-p1-e1.adobeaemcloud.com").unwrap()];
        let below = |text: &str| Address::of_link(text).map(|address| address.below(&hosts));
        assert_eq!(
            below("https://publish-p1-e1.adobeaemcloud.com/content/dam/x#y"),
            path("/content/dam/x", "#y")
        );
        let other = "https://publish-p1-e1.adobeaemcloud.com/editor.html";
        assert_eq!(below(other), Some(Address::Absolute(other.to_owned())));
        let other = "https://other.example/content/dam/x";
        assert_eq!(below(other), Some(Address::Absolute(other.to_owned())));
    }

    #[test]
    fn an_image_may_be_in_its_address() {
        let gif = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
        assert_eq!(
            Address::of_image(gif),
            Some(Address::Absolute(gif.to_owned()))
        );
        assert_eq!(Address::of_link(gif), None);
        assert_eq!(Address::of_image("mailto:a@b.example"), None);
        assert_eq!(Address::of_image("#x"), None);
    }
}
