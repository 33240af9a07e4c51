//! Requests that were refused, by AEM or by what stands before it (`aem-protocol.md`, sections 1.4, 9.2).

use super::{Explainer, What};
use crate::aem::{Reason, Refusal, Tier};
use crate::config::Auth;
use crate::diag::Diagnostic;

/// The header by which a CDN in front of Adobe's says who it is (section 1.1).
const EDGE_KEY: &str = "X-AEM-Edge-Key";

impl Explainer<'_> {
    /// A refusal with everything its answer told.
    pub(super) fn refused(&self, refusal: &Refusal) -> Diagnostic {
        let mut diagnostic = self.reason(refusal);
        if let Some(says) = &refusal.says {
            diagnostic = diagnostic.note(format!("the answer says: {says}"));
        }
        if let Some(server) = &refusal.server {
            diagnostic = diagnostic.note(format!("it comes from a server named `{server}`"));
        }
        diagnostic
    }

    fn reason(&self, refusal: &Refusal) -> Diagnostic {
        let how = format!("status {}", refusal.status);
        let remote = |message: &str| self.subject.remote(format!("{message} ({how})"));
        match refusal.reason {
            Reason::Unauthorised => self.unauthorised(&how),
            Reason::LoginPage => self.unauthorised("a page to log in instead of an answer"),
            Reason::Expired => self.expired(&how),
            Reason::UnknownClient => self.unknown_client(&how),
            Reason::EdgeKey => self.edge_key(&how),
            Reason::Forbidden => self.forbidden(&how),
            Reason::AllowList => self.allow_list(&how),
            Reason::NoContent => remote("AEM answered with nothing")
                .note("AEM does so for requests with `Origin`, which frieze does not send")
                .help("look for a proxy that adds `Origin` to requests"),
            Reason::Method => remote("the address does not take such requests")
                .note(match self.subject.what {
                    What::AdHoc => "ad hoc queries are posted; something on the way lets GET through only",
                    _ => "something on the way refuses to be read",
                })
                .help("check the host in `[aem]`, and the rules of the Dispatcher"),
            Reason::TrafficFilter => remote("a traffic filter blocks this machine")
                .note("a rule of the CDN, or the penalty of a rate limit, which lasts between one minute and an hour")
                .help("wait; then lower `concurrency` in `[fetch]`, and set `rate`")
                .help("if it stays, have the traffic filter rules let this machine's address through"),
            Reason::Proxy => remote("the proxy asks for credentials")
                .help("write them into `proxy` of `[fetch]`, or into the variable HTTP_PROXY"),
            Reason::TooLong => remote("the address of the request is too long")
                .help("pass shorter variables, or filter in the query itself"),
            Reason::WrongHost => remote("the host name does not belong to this service")
                .note("the name in `[aem]` is sent as `Host` and with TLS; the CDN knows only its own")
                .help("name AEM's own host, such as `publish-p123-e456.adobeaemcloud.com`, or a domain that is set up in Cloud Manager"),
            Reason::TooMany => remote("AEM gets too many requests")
                .maybe_note(asked_to_wait(refusal))
                .help("lower `concurrency` in `[fetch]`, set `rate`, and build again later"),
            Reason::Hibernated => remote("the environment is hibernated")
                .note("environments of a sandbox program fall asleep after eight hours without a request")
                .help("wake it in Cloud Manager or the AEM Developer Console, wait some minutes, and build again"),
            Reason::Trouble => remote("AEM is in trouble")
                .note("AEM restarts, is being updated, or did not answer its CDN in time")
                .maybe_note(asked_to_wait(refusal))
                .help("build again later; if it lasts, look at the environment in Cloud Manager and at AEM's error log"),
            Reason::Other => remote("AEM does not answer as expected")
                .help("open the address in a browser and see who answers"),
        }
    }

    fn unknown_client(&self, how: &str) -> Diagnostic {
        let tier = self.aem.tier;
        self.subject
            .remote(format!("the client id is not registered with this service ({how})"))
            .note("an OAuth client has to be allowed for each tier")
            .help(format!(
                "add it to `allowedClientIDs` of `{tier}` in the API configuration, and run the configuration pipeline"
            ))
    }

    fn edge_key(&self, how: &str) -> Diagnostic {
        let tier = self.aem.tier;
        let diagnostic = self
            .subject
            .remote(format!("the CDN asks for its key ({how})"))
            .note(
                "where a CDN of your own stands in front of Adobe's, requests past it need the key",
            );
        if self.sends(EDGE_KEY) {
            diagnostic.help(format!(
                "check the value of `{EDGE_KEY}` in `[aem.headers.{tier}]`"
            ))
        } else {
            diagnostic.help(format!(
                "set `{EDGE_KEY} = \"${{EDGE_KEY}}\"` in `[aem.headers.{tier}]`"
            ))
        }
    }

    /// 403 has several causes that look alike; what we send tells which are possible.
    fn forbidden(&self, how: &str) -> Diagnostic {
        let tier = self.aem.tier;
        let mut diagnostic = self
            .subject
            .remote(format!("AEM refuses this client ({how})"));
        if self.sends(EDGE_KEY) {
            diagnostic = diagnostic.help(format!(
                "check the value of `{EDGE_KEY}` in `[aem.headers.{tier}]`: a wrong key looks like this"
            ));
        } else {
            diagnostic = diagnostic.help(format!(
                "if a CDN of your own stands in front, set `{EDGE_KEY}` in `[aem.headers.{tier}]`"
            ));
        }
        match &self.aem.auth {
            Auth::OAuth(_) => diagnostic.help(format!(
                "register the client id: add it to `allowedClientIDs` of `{tier}` in the API configuration"
            )),
            Auth::None => diagnostic.help(format!(
                "if the content is not for everybody, add `[aem.auth.{tier}]`"
            )),
            Auth::Basic { .. } | Auth::Token(_) | Auth::ServiceCredentials(_) => {
                diagnostic.help("give the account that `[aem.auth]` names the right to read here")
            }
        }
    }

    fn allow_list(&self, how: &str) -> Diagnostic {
        let diagnostic = self
            .subject
            .remote(format!("an IP allow list blocks this machine ({how})"));
        let diagnostic = match self.aem.tier {
            Tier::Preview => diagnostic.note(
                "preview comes with the list `Preview Default`, which blocks everybody until it is replaced",
            ),
            Tier::Publish | Tier::Author => diagnostic,
        };
        diagnostic.help(
            "add this machine's public address to the environment's IP allow list in Cloud Manager",
        )
    }

    fn sends(&self, header: &str) -> bool {
        let mut names = self.aem.headers.iter().map(|(name, _)| name);
        names.any(|name| name.eq_ignore_ascii_case(header))
    }
}

fn asked_to_wait(refusal: &Refusal) -> Option<String> {
    let asked = refusal.retry_after.as_deref()?;
    Some(format!("it asks to be left alone: `Retry-After: {asked}`"))
}
