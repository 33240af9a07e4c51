//! Connections: the HTTP client with its proxy and certificates, and what it could not do in our words.
//!
//! The HTTP library nests its errors several deep; what stands in the way is found by their types, from
//! the outside in, and only where a type is private by its text.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::{ACCEPT_ENCODING, HeaderValue};
use reqwest::{Client, ClientBuilder};
use rustls::CertificateError;
use url::Url;

use super::body::ACCEPTED;
use crate::config::Fetch;
use crate::source::{
    BrokeOff, Cause, CertificateFault, Damage, Hurdle, Phase, TimedOut, Unreachable,
};

/// How long a second look at a connection may take that was not ready in time.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// The way to one origin.
pub(super) struct Transport {
    client: Client,
    /// For other origins, where the own one needs no certificates: made when it is wanted.
    others: OnceLock<Client>,
    limits: Fetch,
    origin: Url,
    /// Without user and password.
    proxy: Option<String>,
    connect_timeout: Duration,
    read_timeout: Duration,
    total_timeout: Duration,
}

/// How far a request had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// No answer yet.
    Sending,
    /// The answer has begun.
    Reading,
}

/// Which servers a client takes for what they say they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// None: it meets none that says so, and finding the system's certificates takes longer than a small site.
    Nobody,
    /// Those with certificates that the system or the configuration knows.
    Known,
}

impl Transport {
    /// Prepares the way to an origin; no connection is made yet.
    pub(super) fn new(origin: &Url, limits: &Fetch) -> Result<Self, String> {
        let proxy = proxy_of(origin, limits);
        let secure = |address: &str| address.starts_with("https:");
        let trust = if secure(origin.as_str()) || proxy.as_deref().is_some_and(secure) {
            Trust::Known
        } else {
            Trust::Nobody
        };
        let client = client(origin, limits, trust)?;
        let others = OnceLock::new();
        if trust == Trust::Known {
            let _ = others.set(client.clone());
        }
        Ok(Self {
            client,
            others,
            limits: limits.clone(),
            origin: origin.clone(),
            proxy,
            connect_timeout: limits.connect_timeout,
            read_timeout: limits.read_timeout,
            total_timeout: limits.total_timeout,
        })
    }

    /// What asks the origin.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// What asks other origins.
    pub(super) fn to_others(&self) -> &Client {
        self.others.get_or_init(|| {
            // Without certificates, their lack is what a request fails for.
            let client = client(&self.origin, &self.limits, Trust::Known);
            client.unwrap_or_else(|_| self.client.clone())
        })
    }

    /// The proxy that requests go through, without user and password.
    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Why a request that was begun at `started` failed.
    pub(super) async fn failed(
        &self,
        error: &reqwest::Error,
        progress: Progress,
        started: Instant,
    ) -> Cause {
        if error.is_timeout() {
            return Cause::TimedOut(self.timed_out(error, progress, started.elapsed()).await);
        }
        if error.is_body() || error.is_decode() || progress == Progress::Reading {
            return Cause::BrokeOff(BrokeOff {
                damage: Damage::Cut,
                detail: innermost(error),
            });
        }
        Cause::Unreachable(Unreachable {
            hurdle: hurdle(error),
            detail: innermost(error),
            proxy: self.proxy.clone(),
        })
    }

    async fn timed_out(
        &self,
        error: &reqwest::Error,
        progress: Progress,
        elapsed: Duration,
    ) -> TimedOut {
        let phase = match progress {
            Progress::Reading => Phase::Reading,
            Progress::Sending if !error.is_connect() => Phase::Waiting,
            Progress::Sending if self.connects().await => Phase::Securing,
            Progress::Sending => Phase::Connecting,
        };
        let (limit, after) = match phase {
            _ if elapsed >= self.total_timeout => ("total_timeout", self.total_timeout),
            Phase::Connecting | Phase::Securing => ("connect_timeout", self.connect_timeout),
            Phase::Waiting | Phase::Reading => ("read_timeout", self.read_timeout),
        };
        TimedOut {
            phase,
            limit,
            after,
        }
    }

    /// Whether a bare connection can be made where a secure one was not ready in time. The library's
    /// limit is for both together.
    async fn connects(&self) -> bool {
        let address = match (self.origin.host_str(), self.origin.port_or_known_default()) {
            (Some(host), Some(port)) if self.origin.scheme() == "https" && self.proxy.is_none() => {
                (host.trim_matches(['[', ']']).to_owned(), port)
            }
            _ => return false,
        };
        let connecting = tokio::net::TcpStream::connect(address);
        let connected = tokio::time::timeout(SECOND_LOOK, connecting).await;
        matches!(connected, Ok(Ok(_)))
    }
}

fn client(origin: &Url, limits: &Fetch, trust: Trust) -> Result<Client, String> {
    let mut builder = Client::builder()
        .user_agent(concat!("frieze/", env!("CARGO_PKG_VERSION")))
        .default_headers(
            [(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED))]
                .into_iter()
                .collect(),
        )
        .connect_timeout(limits.connect_timeout)
        .read_timeout(limits.read_timeout)
        .timeout(limits.total_timeout)
        .redirect(reqwest::redirect::Policy::none())
        // Sent twice means counted twice on the other side; whether to ask again is decided in `attempt`.
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(limits.concurrency)
        .tcp_nodelay(true);
    builder = proxied(builder, origin, limits)?;
    // Read in any case: a wrong file is a mistake, also where it is not needed yet.
    let own = limits.ca_file.as_deref().map(certificates).transpose()?;
    builder = match (trust, own) {
        (Trust::Nobody, _) => builder.tls_certs_only([]),
        (Trust::Known, Some(own)) => builder.tls_certs_merge(own),
        (Trust::Known, None) => builder,
    };
    builder.build().map_err(|error| innermost(&error))
}

fn certificates(file: &Path) -> Result<Vec<reqwest::Certificate>, String> {
    // Named by its key: a variable with the path may be the wrong one.
    let unread = |why: &io::Error| format!("`fetch.ca_file` cannot be read: {why}");
    let pem = crate::fs::read_bytes(file).map_err(|error| unread(&error.source))?;
    reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| innermost(&error))
}

fn proxied(builder: ClientBuilder, origin: &Url, limits: &Fetch) -> Result<ClientBuilder, String> {
    if let Some(proxy) = &limits.proxy {
        let proxy =
            reqwest::Proxy::all(proxy).map_err(|error| format!("`fetch.proxy`: {error}"))?;
        return Ok(builder.proxy(proxy));
    }
    // A proxy of the company's network cannot reach this machine's own ports.
    Ok(if is_loopback(origin) {
        builder.no_proxy()
    } else {
        builder
    })
}

/// The proxy that will be used: the configured one, or the system's as the library finds it.
fn proxy_of(origin: &Url, limits: &Fetch) -> Option<String> {
    let proxy = match &limits.proxy {
        Some(proxy) => proxy.clone(),
        None if is_loopback(origin) => return None,
        None => {
            let intercept = Matcher::from_system().intercept(&origin.as_str().parse().ok()?)?;
            intercept.uri().to_string()
        }
    };
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", &proxy));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(format!("{scheme}://{host}"))
}

/// Whether an origin is this machine.
fn is_loopback(origin: &Url) -> bool {
    match origin.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The errors behind an error, the outermost first.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        // An I/O error hides the error it was made of, and shows only what is behind that.
        next = match cause.downcast_ref().and_then(io::Error::get_ref) {
            Some(hidden) => Some(hidden),
            None => cause.source(),
        };
    }
    causes
}

/// The words of the innermost cause, without the URL: that is shown beside them.
fn innermost(error: &reqwest::Error) -> String {
    causes(error)
        .last()
        .map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// What stood in the way of an answer.
fn hurdle(error: &reqwest::Error) -> Hurdle {
    if error.is_dns() {
        return Hurdle::UnknownName;
    }
    for cause in causes(error) {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return match error {
                rustls::Error::InvalidCertificate(error) => Hurdle::Certificate(fault(error)),
                _ => Hurdle::Tls,
            };
        }
        // The type is private to the library.
        let text = cause.to_string();
        if let Some(why) = text.strip_prefix("tunnel error: ") {
            match why {
                "proxy authorization required" => return Hurdle::ProxyCredentials,
                "unsuccessful" | "unexpected end of file" => return Hurdle::Proxy,
                _ => {}
            }
        }
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        match kind {
            Some(io::ErrorKind::ConnectionRefused) => return Hurdle::Refused,
            Some(io::ErrorKind::UnexpectedEof) if error.is_connect() => return Hurdle::Tls,
            Some(
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof,
            ) => return Hurdle::Closed,
            _ => {}
        }
    }
    // The connection stood, and then there was nothing.
    if error.is_request() && !error.is_connect() {
        return Hurdle::Closed;
    }
    Hurdle::Other
}

fn fault(error: &CertificateError) -> CertificateFault {
    match error {
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            CertificateFault::Expired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateFault::NotYetValid
        }
        CertificateError::NotValidForName => CertificateFault::OtherNames(Vec::new()),
        CertificateError::NotValidForNameContext { presented, .. } => {
            CertificateFault::OtherNames(presented.clone())
        }
        _ => CertificateFault::Other,
    }
}

#[cfg(test)]
mod tests;
