//! No answer, half of one, or one that took too long.

use super::{Explainer, What, time};
use crate::diag::Diagnostic;
use crate::source::{BrokeOff, CertificateFault, Damage, Hurdle, Phase, TimedOut, Unreachable};

impl Explainer<'_> {
    /// No answer came.
    pub(super) fn unreachable(&self, why: &Unreachable) -> Diagnostic {
        let host = self.host();
        let remote = |message: String| self.subject.remote(message);
        // Whoever refuses a connection through a proxy, or has no name, is the proxy.
        let near = why
            .proxy
            .as_deref()
            .map(|proxy| format!("the proxy `{proxy}`"));
        let diagnostic = match &why.hurdle {
            Hurdle::Certificate(fault) => self.certificate(fault),
            Hurdle::UnknownName => match &near {
                Some(proxy) => remote(format!("{proxy} cannot be found"))
                    .help("check `proxy` in `[fetch]`, or the variables HTTPS_PROXY and NO_PROXY"),
                None => remote(format!("the host {host} cannot be found"))
                    .help("check its spelling in `[aem]`, and whether this machine resolves names"),
            },
            Hurdle::Refused => match &near {
                Some(proxy) => remote(format!("{proxy} cannot be reached"))
                    .help("check `proxy` in `[fetch]`, or the variables HTTPS_PROXY and NO_PROXY"),
                None => remote(format!("nobody answers at {host}"))
                    .help("check host and port in `[aem]`; is AEM running?"),
            },
            Hurdle::Closed => remote(format!("{host} closed the connection before it answered"))
                .help("build again; if it lasts, ask whoever runs the network or a CDN in between"),
            Hurdle::Tls => remote(format!("there is no secure connection to {host}"))
                .help("check the port, and whether the address in `[aem]` should begin with http://"),
            Hurdle::Proxy => remote(format!(
                "{} makes no connection to {host}",
                near.as_deref().unwrap_or("the proxy")
            ))
            .help("have the proxy let this host through, or set NO_PROXY where none is needed"),
            Hurdle::ProxyCredentials => remote(format!(
                "{} asks for credentials",
                near.as_deref().unwrap_or("the proxy")
            ))
            .help("write them into the address: `proxy = \"http://${PROXY_USER}:${PROXY_PASSWORD}@host:port\"`"),
            Hurdle::Other => remote("AEM cannot be reached".to_owned())
                .help("check the host in `[aem]` and the network; then build again"),
        };
        let through = match (&why.hurdle, &why.proxy) {
            (
                Hurdle::Closed | Hurdle::Tls | Hurdle::Certificate(_) | Hurdle::Other,
                Some(proxy),
            ) => Some(format!("requests go through the proxy `{proxy}`")),
            _ => None,
        };
        diagnostic.note(why.detail.clone()).maybe_note(through)
    }

    fn certificate(&self, fault: &CertificateFault) -> Diagnostic {
        let host = self.host();
        let remote = |message: String| self.subject.remote(message);
        match fault {
            CertificateFault::UnknownIssuer => {
                remote(format!("nobody this machine trusts has signed the certificate of {host}"))
                    .help("where a company signs its own, name the authority's file with `ca_file` in `[fetch]`")
                    .help("a container may lack the usual authorities: install `ca-certificates`")
            }
            CertificateFault::OtherNames(names) => {
                let diagnostic = remote(format!("the certificate of {host} is for another host"));
                let diagnostic = match names.as_slice() {
                    [] => diagnostic,
                    names => diagnostic.note(format!("it is for {}", names.join(", "))),
                };
                diagnostic.help(
                    "check the host in `[aem]`; a domain of your own needs its certificate in Cloud Manager",
                )
            }
            CertificateFault::Expired => remote(format!("the certificate of {host} has expired"))
                .help("have it renewed; if it is good elsewhere, check the clock of this machine"),
            CertificateFault::NotYetValid => {
                remote(format!("the certificate of {host} is not valid yet"))
                    .help("check the clock of this machine")
            }
            CertificateFault::Other => remote(format!("the certificate of {host} is not good"))
                .help("look at it in a browser, and have it replaced"),
        }
    }

    /// An answer came in part.
    pub(super) fn broke_off(&self, why: &BrokeOff) -> Diagnostic {
        let remote = |message: String| self.subject.remote(message);
        let what = self.answer();
        let diagnostic = match why.damage {
            Damage::Cut => remote(format!("{what} broke off"))
                .help(self.again("a smaller `page_size` makes answers shorter")),
            Damage::Packing => remote(format!("{what} cannot be unpacked"))
                .note("it is not what its `Content-Encoding` says")
                .help("build again; if it lasts, look for a proxy or CDN that changes answers on the way"),
        };
        diagnostic.note(why.detail.clone())
    }

    /// Something took too long.
    pub(super) fn timed_out(&self, why: TimedOut) -> Diagnostic {
        let (host, after, limit) = (self.host(), time(why.after), why.limit);
        let (remote, what) = (
            |message: String| self.subject.remote(message),
            self.answer(),
        );
        let raise = format!("raise `{limit}` in `[fetch]`");
        match why.phase {
            Phase::Connecting => remote(format!("no connection to {host} stood within {after}"))
                .note("a firewall that swallows what it does not let through looks like this")
                .help(format!(
                    "check the host in `[aem]`, the firewall and the proxy; or {raise}"
                )),
            Phase::Securing => remote(format!(
                "the connection to {host} was not encrypted within {after}"
            ))
            .note("a plain connection is made, but the TLS handshake does not end")
            .help(format!(
                "check the port, and what inspects TLS in between; or {raise}"
            )),
            Phase::Waiting => remote(format!("AEM did not begin to answer within {after}"))
                .note("the connection stands; AEM, or what is in front of it, is slow or stuck")
                .help(self.again("a smaller `page_size` or a folder filter makes a query lighter"))
                .help(raise),
            Phase::Reading if limit == "total_timeout" => {
                remote(format!("{what} was not complete within {after}"))
                    .help(self.again("a smaller `page_size` makes answers shorter"))
                    .help(raise)
            }
            Phase::Reading => remote(format!("{what} stopped: nothing came for {after}"))
                .help("build again")
                .help(raise),
        }
    }

    /// What was on its way.
    fn answer(&self) -> String {
        match self.subject.what {
            What::Asset => format!("the download of {}", self.subject.name),
            _ => "AEM's answer".to_owned(),
        }
    }

    /// Another try, and what makes a query's success more likely.
    fn again(&self, lighter: &str) -> String {
        match self.subject.what {
            What::Asset | What::Document | What::Host => "build again".to_owned(),
            What::Persisted | What::AdHoc | What::Fragments => format!("build again; {lighter}"),
        }
    }
}
