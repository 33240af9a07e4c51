//! The address of the preview: this machine's own unless another is asked for.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::TcpListener;

/// The port that is tried first.
pub const PORT: u16 = 4000;

/// How many ports are tried, beginning with that one.
const TRIED: u16 = 20;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Both loopback addresses, as far as the machine has them: browsers take either for `localhost`.
    Loopback,
    /// One address.
    Address(IpAddr),
}

impl Host {
    /// Whether nobody but this machine can connect.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        match self {
            Self::Loopback => true,
            Self::Address(address) => address.is_loopback(),
        }
    }

    fn addresses(self) -> Vec<IpAddr> {
        match self {
            Self::Loopback => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            Self::Address(address) => vec![address],
        }
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("localhost") {
            return Ok(Self::Loopback);
        }
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        let address = bare.unwrap_or(text).parse();
        let wrong = "an address of this machine looks like `127.0.0.1`, `::1` or `0.0.0.0`";
        address.map(Self::Address).map_err(|_| wrong.to_owned())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback => f.write_str("localhost"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
        }
    }
}

/// Which port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// [`PORT`], or one of those after it.
    Default,
    /// This one; 0 for any that is free.
    Exactly(u16),
}

/// Sockets that listen on one port.
#[derive(Debug)]
pub struct Listening {
    pub(super) sockets: Vec<TcpListener>,
    host: Host,
    port: u16,
}

impl Listening {
    /// Takes a port.
    ///
    /// # Errors
    /// When it is taken, or the address is not one of this machine.
    pub async fn on(host: Host, port: Port) -> io::Result<Self> {
        let candidates = match port {
            Port::Default => PORT..PORT + TRIED,
            Port::Exactly(0) => 0..1,
            Port::Exactly(port) => return Self::on_port(host, port).await,
        };
        let mut last = None;
        for port in candidates {
            match Self::on_port(host, port).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
                result => return result,
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
    }

    async fn on_port(host: Host, port: u16) -> io::Result<Self> {
        let mut listening = Self {
            sockets: Vec::new(),
            host,
            port,
        };
        for address in host.addresses() {
            match TcpListener::bind(SocketAddr::new(address, listening.port)).await {
                Ok(socket) => {
                    listening.port = socket.local_addr()?.port();
                    listening.sockets.push(socket);
                }
                // A machine without IPv6 is no reason to fail; another program on the port is, since a browser might
                // ask that one.
                Err(error) if listening.is_enough() && !is_taken(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(listening)
    }

    fn is_enough(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address to type into a browser, with a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        let everywhere = matches!(self.host, Host::Address(address) if address.is_unspecified());
        let host = if everywhere {
            Host::Loopback
        } else {
            self.host
        };
        format!("http://{host}:{}/", self.port)
    }
}

fn is_taken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read() {
        let address = |text: &str| Host::Address(text.parse().unwrap());
        assert_eq!("localhost".parse(), Ok(Host::Loopback));
        assert_eq!("127.0.0.1".parse(), Ok(address("127.0.0.1")));
        assert_eq!("::1".parse(), Ok(address("::1")));
        assert_eq!("[::1]".parse(), Ok(address("::1")));
        for wrong in ["example.com", "", "127.0.0.1:80", "http://localhost"] {
            assert!(wrong.parse::<Host>().is_err(), "{wrong}");
        }
        assert_eq!(address("::1").to_string(), "[::1]");
        assert!(address("127.3.2.1").is_loopback() && !address("0.0.0.0").is_loopback());
    }

    #[tokio::test]
    async fn a_port_that_is_asked_for_is_taken_or_an_error() {
        let host = Host::Address(Ipv4Addr::LOCALHOST.into());
        let first = Listening::on(host, Port::Exactly(0)).await.unwrap();
        let taken = Port::Exactly(first.port());
        let error = Listening::on(host, taken).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        // Half of `localhost` is not enough.
        let error = Listening::on(Host::Loopback, taken).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn without_a_wish_the_next_free_port_is_taken() {
        let host = Host::Address(Ipv4Addr::LOCALHOST.into());
        let first = Listening::on(host, Port::Default).await.unwrap();
        let second = Listening::on(host, Port::Default).await.unwrap();
        assert!(second.port() > first.port());
        assert_eq!(second.url(), format!("http://127.0.0.1:{}/", second.port()));
    }
}
