//! Assets that a site leaves with AEM: with `mode = "link"` their host may be named, where one is due.

use std::ops::Range;

use super::DAM;
use super::links::Format;
use super::markup::Zone;
use super::spelling::plain;
use crate::config::{AssetMode, Config};

/// The most bytes in which one character is spelled.
const SPELLED: usize = 10;

/// Hosts that assets may be linked to on, with their ports.
pub(super) struct Linked(Vec<String>);

impl Linked {
    /// None, where the site has copies.
    pub(super) fn of(config: &Config) -> Self {
        let AssetMode::Link(host) = &config.assets.mode else {
            return Self(Vec::new());
        };
        let hosts = config.assets.hosts.iter().chain([host]);
        let hosts = hosts.filter_map(|origin| origin.split_once("://"));
        Self(hosts.map(|(_, host)| host.to_owned()).collect())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the host at a place is part of an asset's address, in an attribute that has one.
    pub(super) fn allows(&self, bytes: &[u8], host: &Range<usize>, format: &Format<'_>) -> bool {
        let Format::Html(page) = format else {
            return false;
        };
        let port = bytes[host.end..].iter();
        let port = port.take_while(|b| **b == b':' || b.is_ascii_digit());
        let end = host.end + port.count();
        let named = plain(&bytes[host.start..end]).to_ascii_lowercase();
        let rest = &bytes[end..bytes.len().min(end + SPELLED * (DAM.len() + 1))];
        let path = plain(rest);
        self.0.contains(&named)
            && matches!(page.zone(host.start), Zone::Source(_))
            && (path.starts_with("/content/dam/") || path.starts_with("/adobe/"))
    }
}
