//! By which names the preview may be called.
//!
//! A page of any site can make a browser resolve a name of its own to this machine (DNS rebinding) and would then be
//! allowed to read what the preview answers. The browser still says by which name it asks, so only known ones are
//! answered.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use hyper::http::uri::Authority;

/// The names by which the preview may be called, beside those of the loopback interface and the address of a
/// connection itself.
#[derive(Clone, Debug, Default)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// Those names, each as [`Hosts::read`] gave it.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// Reads a name as somebody typed it: without scheme, port and path.
    ///
    /// # Errors
    /// A sentence about what a name looks like.
    pub fn read(text: &str) -> Result<String, String> {
        let (name, has_port) = match text.parse::<Authority>() {
            Ok(authority) if !text.contains('@') => {
                (bare(authority.host()), authority.port().is_some())
            }
            _ => (String::new(), false),
        };
        if name.is_empty() || has_port || name.contains('*') {
            return Err(
                "a name looks like `preview.example.com`, without `http://` and port".to_owned(),
            );
        }
        Ok(name)
    }

    /// Whether the value of a `Host` header is one of ours, on a connection that came to this address.
    pub(super) fn allow(&self, host: &str, local: IpAddr) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        // Nobody who means well writes `localhost@example.com`.
        let named = host.strip_prefix(authority.host());
        if !named.is_some_and(is_port) {
            return false;
        }
        let name = bare(authority.host());
        match name.parse::<IpAddr>() {
            Ok(address) if address.to_canonical() == local.to_canonical() => true,
            Ok(address) if address.to_canonical().is_loopback() => true,
            _ => name == "localhost" || self.0.contains(&name),
        }
    }
}

/// Whether a text is nothing, or a colon with a number.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

/// A name in lower case, an address of IPv6 without brackets, a full name without the dot at its end.
fn bare(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    host.to_ascii_lowercase()
}

/// The address that a connection came to; the loopback's where the system does not say.
pub(super) fn local(stream: &tokio::net::TcpStream) -> IpAddr {
    let address = stream.local_addr().map(|address| address.ip());
    address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_answered() {
        let hosts = Hosts::new(["preview.example.com".to_owned()]);
        let local: IpAddr = "192.0.2.7".parse().unwrap();
        for host in [
            "localhost",
            "localhost:4000",
            "LOCALHOST.:4000",
            "127.0.0.1:4000",
            "127.8.8.8",
            "[::1]:4000",
            "192.0.2.7:80",
            "preview.example.com:4000",
            "Preview.Example.com",
        ] {
            assert!(hosts.allow(host, local), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "example.com:4000",
            "192.0.2.8",
            "[2001:db8::1]",
            "localhost@example.com",
            "example.com@localhost",
            "localhost, example.com",
            "localhost:x",
            "127.0.0.1.example.com",
            "0.0.0.0",
            "x.preview.example.com",
        ] {
            assert!(!hosts.allow(host, local), "{host}");
        }
    }

    #[test]
    fn an_address_of_ipv4_may_be_written_as_one_of_ipv6() {
        let hosts = Hosts::default();
        let mapped: IpAddr = "::ffff:192.0.2.7".parse().unwrap();
        assert!(hosts.allow("192.0.2.7:4000", mapped));
    }

    #[test]
    fn names_are_read() {
        assert_eq!(
            Hosts::read("Preview.Example.com"),
            Ok("preview.example.com".to_owned())
        );
        assert_eq!(Hosts::read("[2001:db8::1]"), Ok("2001:db8::1".to_owned()));
        for wrong in [
            "",
            "http://example.com",
            "example.com:80",
            "example.com/x",
            "*.example.com",
            "a@b",
            "a b",
        ] {
            assert!(Hosts::read(wrong).is_err(), "{wrong}");
        }
    }
}
