//! The hosts that matter: the site's own, and those of AEM.

use std::ops::Range;

use url::Url;

use super::spelling::{Case, Needle, back, backslashes, decode, plain};
use crate::aem::Tier;

/// What every host of AEM as a Cloud Service ends with (`aem-protocol.md`, section 1.1).
const CLOUD: &str = ".adobeaemcloud.com";

/// Whose host it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The site's.
    Site,
    /// AEM's author service.
    Author,
    /// Another service of AEM.
    Aem,
    /// Somebody else's.
    Other,
}

/// The hosts of a site.
pub(super) struct Hosts {
    site: String,
    aem: Vec<(String, Owner)>,
}

impl Hosts {
    /// Of a site at this address with these hosts of AEM.
    pub(super) fn new(base_url: &str, aem: &[(Tier, Url)]) -> Self {
        let site = Url::parse(base_url).ok().and_then(|url| name(&url));
        let site = site.unwrap_or_default();
        let aem = aem.iter().filter_map(|(tier, url)| {
            let owner = match tier {
                Tier::Author => Owner::Author,
                Tier::Publish | Tier::Preview => Owner::Aem,
            };
            // AEM may live behind the site's own name: then that name is no leak.
            Some((name(url)?, owner)).filter(|(host, _)| *host != site)
        });
        Self {
            aem: aem.collect(),
            site,
        }
    }

    /// Whose host that is; with its port, in lower case.
    pub(super) fn owner(&self, host: &str) -> Owner {
        let is = |own: &str| host == own || without_port(host) == own;
        if is(&self.site) {
            return Owner::Site;
        }
        if let Some((_, owner)) = self.aem.iter().find(|(own, _)| is(own)) {
            return *owner;
        }
        match without_port(host).strip_suffix(CLOUD) {
            Some(name) if name.starts_with("author-") => Owner::Author,
            Some(_) => Owner::Aem,
            None => Owner::Other,
        }
    }

    /// What to look for.
    pub(super) fn needles(&self) -> Vec<Needle> {
        let cloud = Needle::around(".", "adobeaemcloud", ".com", Case::Ignored);
        let own = self.aem.iter().filter(|(host, _)| !host.ends_with(CLOUD));
        let own = own.map(|(host, _)| Needle::new(host, Case::Ignored));
        std::iter::once(cloud).chain(own).collect()
    }

    /// The whole host around a find, with what it is; `None` if it is part of a name that is none of AEM's.
    pub(super) fn around(
        &self,
        bytes: &[u8],
        found: &Range<usize>,
    ) -> Option<(Range<usize>, Owner)> {
        let before = &bytes[..found.start];
        let own = before.iter().rev().take_while(|b| is_part(**b)).count();
        let start = behind_escape(bytes, found.start - own);
        let rest = &bytes[found.end..];
        let more = rest.iter().take_while(|b| is_part(**b)).count();
        // A full stop after the name ends a sentence.
        let more = rest[..more]
            .iter()
            .rposition(|b| *b != b'.')
            .map_or(0, |last| last + 1);
        let whole = start..found.end + more;
        let host = String::from_utf8_lossy(&bytes[whole.clone()]).to_ascii_lowercase();
        let host = plain(host.as_bytes());
        match self.owner(&host) {
            owner @ (Owner::Author | Owner::Aem) => Some((whole, owner)),
            Owner::Site | Owner::Other => None,
        }
    }
}

/// The same place, or the one behind an escape that ends like a name begins: `%2F`, `\u002F`, `\x2F`.
fn behind_escape(bytes: &[u8], at: usize) -> usize {
    let Some(escape) = at
        .checked_sub(1)
        .filter(|at| matches!(bytes[*at], b'%' | b'\\'))
    else {
        return at;
    };
    match decode(bytes, escape) {
        Some((c, next)) if !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.') => next,
        _ => at,
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

/// The host right before a path, with its port: `https://HOST/content`.
pub(super) fn host_before(bytes: &[u8], at: usize) -> Option<String> {
    let end = at - backslashes(bytes, at);
    let name = |b: &&u8| is_part(**b) || **b == b':';
    let longest = bytes[..end].iter().rev().take_while(name).count();
    let slash = |at| back(bytes, at, '/', Case::Exact);
    let follows = |start: &usize| {
        let second = slash(*start);
        second.is_some_and(|second| slash(second - backslashes(bytes, second)).is_some())
    };
    let start = (end - longest..end).find(follows)?;
    Some(String::from_utf8_lossy(&bytes[start..end]).to_ascii_lowercase())
}

/// Host and, where that alone says nothing, port.
fn name(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_ascii_lowercase();
    let is_address = matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)));
    match url.port() {
        Some(port) if is_address || host == "localhost" => Some(format!("{host}:{port}")),
        // On every machine, and in many a text.
        None if host == "localhost" => None,
        _ => Some(host),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let aem = [
            (Tier::Author, "https://cms.example.com"),
            (Tier::Publish, "http://127.0.0.1:4503"),
            (Tier::Preview, "https://www.example.com"),
        ];
        let aem = aem.map(|(tier, url)| (tier, Url::parse(url).unwrap()));
        Hosts::new("https://www.example.com/docs", &aem)
    }

    fn found(text: &str) -> Vec<(String, Owner)> {
        let hosts = hosts();
        let lower = text.to_ascii_lowercase();
        let mut found = Vec::new();
        for needle in hosts.needles() {
            for (at, _) in lower.match_indices(&needle.anchor()) {
                let range = needle.find(text.as_bytes(), at);
                let range = range.and_then(|range| hosts.around(text.as_bytes(), &range));
                found.extend(range.map(|(range, owner)| (text[range].to_owned(), owner)));
            }
        }
        found
    }

    #[test]
    fn hosts_of_aem_are_found() {
        let author = |host: &str| vec![(host.to_owned(), Owner::Author)];
        let aem = |host: &str| vec![(host.to_owned(), Owner::Aem)];
        assert_eq!(
            found("see https://cms.example.com/x"),
            author("cms.example.com")
        );
        assert_eq!(found("see CMS.Example.com."), author("CMS.Example.com"));
        assert_eq!(
            found("https%3A%2F%2Fcms.example.com%2F"),
            author("cms.example.com")
        );
        assert_eq!(
            found(r"https:\u002f\u002Fcms.example.com:443\/"),
            author("cms.example.com")
        );
        let cloud = "author-p12-e345.adobeaemcloud.com";
        assert_eq!(found(&format!("\"{cloud}\"")), author(cloud));
        assert_eq!(
            found(&format!("{}/", cloud.to_uppercase())),
            author(&cloud.to_uppercase())
        );
        assert_eq!(
            found("//publish-p1-e2.adobeaemcloud.com"),
            aem("publish-p1-e2.adobeaemcloud.com")
        );
        assert_eq!(found("http://127.0.0.1:4503/"), aem("127.0.0.1:4503"));
    }

    #[test]
    fn other_hosts_are_not() {
        for text in [
            "https://www.example.com/x",
            "https://www.cms.example.com/",
            "https://cms.example.com.evil.org/",
            "my-cms.example.com",
            "cms.example.community",
            "http://127.0.0.1:4502/",
            "adobeaemcloud.com",
            "the adobeaemcloud",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn the_host_before_a_path() {
        let before = |text: &str| host_before(text.as_bytes(), text.len());
        assert_eq!(
            before("https://www.Example.com:80").as_deref(),
            Some("www.example.com:80")
        );
        assert_eq!(before(r"https:\/\/a.example").as_deref(), Some("a.example"));
        assert_eq!(
            before(r"https:\/\/a.example\").as_deref(),
            Some("a.example")
        );
        assert_eq!(
            before("https%3A%2F%2Fa.example").as_deref(),
            Some("a.example")
        );
        assert_eq!(before("\""), None);
        assert_eq!(before("a.example"), None);
        assert_eq!(before(""), None);
    }
}
