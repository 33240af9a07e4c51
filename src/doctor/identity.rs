//! Who we are to AEM (`aem-protocol.md`, section 8).

use std::time::Duration;

use super::check::{Group, Sheet};
use crate::client::{AemHost, expired, token_life};
use crate::config::{Aem, Auth, Origin};
use crate::diag::{Diagnostic, Kind};
use crate::explain::{Subject, explain, time};
use crate::source::{Cause, SourceError};

/// A token with less than this left may end while a site is built.
const SHORT: Duration = Duration::from_secs(60 * 60);

/// Whether a token is known to be no good any more.
pub(super) fn is_over(auth: &Auth) -> bool {
    token_life(auth) == Some(Duration::ZERO)
}

/// Whether there is something to ask with; what there is to say about it goes to the sheet.
pub(super) async fn check(aem: &Aem, host: &AemHost, sheet: &mut Sheet) -> bool {
    let kind = aem.auth.kind();
    headers(aem, sheet);
    match &aem.auth {
        Auth::None => sheet.good(
            Group::Identity,
            "credentials",
            "none: AEM is asked as a visitor",
        ),
        Auth::Basic { user, .. } => basic(aem, user, sheet),
        Auth::Token(_) => return token(&aem.auth, sheet),
        Auth::ServiceCredentials(_) | Auth::OAuth(_) => match host.token_life().await {
            Ok(life) => {
                let life = life.map_or_else(String::new, |life| format!(" for {}", time(life)));
                let text = format!("{kind}: the identity service gives a token{life}");
                sheet.good(Group::Identity, "credentials", text);
            }
            Err(why) => {
                let error = SourceError {
                    request: "POST to the identity service".into(),
                    cause: Cause::NoToken(why),
                };
                let diagnostic = explain(&Subject::host(), &error, aem);
                sheet.found(Group::Identity, "credentials", diagnostic);
                return false;
            }
        },
    }
    true
}

fn headers(aem: &Aem, sheet: &mut Sheet) {
    if !aem.headers.is_empty() {
        let names: Vec<&str> = aem.headers.iter().map(|(name, _)| name.as_str()).collect();
        sheet.good(Group::Identity, "headers", names.join(", "));
    }
}

fn basic(aem: &Aem, user: &str, sheet: &mut Sheet) {
    let in_the_cloud = matches!(&aem.origin, Origin::Host(url)
        if url.host_str().is_some_and(|name| name.ends_with(".adobeaemcloud.com")));
    if in_the_cloud {
        sheet.found(
            Group::Identity,
            "credentials",
            Diagnostic::warning(Kind::Config, format!("the user `{user}` has a password"))
                .note("AEM as a Cloud Service takes no passwords from its users")
                .help("use service credentials of this environment, or a local development token"),
        );
    } else {
        let text = format!("basic: the user `{user}` with a password");
        sheet.good(Group::Identity, "credentials", text);
    }
}

fn token(auth: &Auth, sheet: &mut Sheet) -> bool {
    match token_life(auth) {
        Some(Duration::ZERO) => {
            sheet.found(Group::Identity, "credentials", expired());
            return false;
        }
        Some(life) if life < SHORT => sheet.found(
            Group::Identity,
            "credentials",
            Diagnostic::warning(Kind::Remote, format!("the token ends in {}", time(life)))
                .note("it cannot be renewed; a build that takes longer will fail")
                .help("get a new one from the AEM Developer Console, or use service credentials"),
        ),
        Some(life) => {
            let text = format!("a token that lives for {} more", time(life));
            sheet.good(Group::Identity, "credentials", text);
        }
        None => sheet.good(
            Group::Identity,
            "credentials",
            "a token that does not tell how long it lives",
        ),
    }
    true
}
