//! Who we are to AEM, and what to do when AEM does not think so (`aem-protocol.md`, section 8).

use super::Explainer;
use crate::config::Auth;
use crate::diag::{Diagnostic, Kind};
use crate::source::NoToken;

impl Explainer<'_> {
    /// Nobody gives us a token.
    pub(super) fn no_token(&self, why: &NoToken) -> Diagnostic {
        let remote = |message: String| self.subject.remote(message);
        match why {
            NoToken::Unreachable { service, cause } => {
                let request = format!("POST {service}");
                let inner = Explainer {
                    request: &request,
                    ..*self
                };
                let diagnostic = inner.cause(cause);
                remote(format!("the identity service {service} cannot be asked for a token"))
                    .note(diagnostic.message)
                    .notes(diagnostic.notes)
                    .help("the machine that builds must reach it, too: check the network, the proxy and `ims`")
            }
            NoToken::Refused { status, reason } => {
                remote("the identity service refuses the credentials of `[aem.auth]`".to_owned())
                    .note(format!("it answers with status {status}: {reason}"))
                    .help(refused_help(&reason.to_lowercase(), &self.aem.auth))
            }
            NoToken::Key(why) => remote("the private key of `[aem.auth]` cannot sign".to_owned())
                .note(why.clone())
                .help("download the credentials anew from the AEM Developer Console, Integrations"),
            NoToken::Unsendable => self.subject.error(Kind::Config, why.to_string()).help(
                "look for line breaks and quotes in `[aem.auth]` and in the variables it uses",
            ),
            NoToken::NoWay(_) => self
                .subject
                .error(Kind::Config, why.to_string())
                .help("check `ims` in `[aem.auth]`, and `proxy` and `ca_file` in `[fetch]`"),
            NoToken::Missing => remote("the identity service answered without a token".to_owned())
                .help("check `ims` in `[aem.auth]`: it may be another service's address"),
        }
    }

    /// 401, or a page to log in: AEM does not take us for who we say we are, or we say nothing.
    pub(super) fn unauthorised(&self, how: &str) -> Diagnostic {
        let remote = |message: &str| self.subject.remote(format!("{message} ({how})"));
        let tier = self.aem.tier;
        match &self.aem.auth {
            Auth::None => remote("AEM asks for credentials")
                .note(match tier {
                    crate::aem::Tier::Author => "author answers nobody it does not know",
                    _ => "publish and preview usually need none: the content, or the whole host, is behind a login",
                })
                .help(format!("add `[aem.auth.{tier}]` to site.toml")),
            Auth::Basic { .. } => remote("AEM refuses user and password")
                .note("AEM as a Cloud Service takes none from its users; local and on-premise servers do")
                .help("check them in `[aem.auth]`, or use service credentials"),
            Auth::Token(_) => remote("AEM refuses the token")
                .note("a local development token lives 24 hours, and is good for one environment only")
                .help("get a new one of this environment from the AEM Developer Console, or use service credentials"),
            Auth::ServiceCredentials(_) => remote("AEM refuses the technical account")
                .note("the identity service gave a token; service credentials are good for one environment only")
                .help("download those of this environment from the AEM Developer Console")
                .help("on publish, the account and its group must be activated as well"),
            Auth::OAuth(_) => remote("AEM refuses the OAuth client")
                .note("the identity service gave a token, so id, secret and scopes are good")
                .help("see in the Adobe Developer Console whether its product profile is of this environment"),
        }
    }

    /// A token that AEM knows to be over.
    pub(super) fn expired(&self, how: &str) -> Diagnostic {
        if matches!(self.aem.auth, Auth::None | Auth::Basic { .. }) {
            return self
                .unauthorised(how)
                .note("it speaks of a token that is over, and none was sent: something on the way may add one");
        }
        let diagnostic = self
            .subject
            .remote(format!("the token of `[aem.auth]` has expired ({how})"));
        match &self.aem.auth {
            Auth::Token(_) => diagnostic
                .note("a local development token lives 24 hours and cannot be renewed")
                .help("get a new one from the AEM Developer Console, or use service credentials"),
            _ => diagnostic
                .note("a fresh token was refused as well")
                .help("check the clock of this machine: `frieze doctor` compares it with AEM's"),
        }
    }
}

/// What the words of the identity service point at.
fn refused_help(reason: &str, auth: &Auth) -> &'static str {
    let any = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if any(&["expired", "clock", "iat", "not yet valid", "too far"]) {
        "check the clock of this machine; if it is right, the account's certificate has expired: renew it in the AEM Developer Console"
    } else if any(&["binding", "signature", "certificate"]) {
        "the account's certificate was replaced or revoked: download the credentials anew from the AEM Developer Console"
    } else if any(&["scope"]) {
        "copy the scopes from the credential's page in the Adobe Developer Console"
    } else if matches!(auth, Auth::OAuth(_)) {
        "check `client_id` and `client_secret` on the credential's page in the Adobe Developer Console"
    } else {
        "download the credentials anew from the AEM Developer Console, Integrations"
    }
}
