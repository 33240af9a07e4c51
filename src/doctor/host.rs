//! The host: its name, a connection, and whether AEM answers (`aem-protocol.md`, sections 1.1 and 2.1).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use url::Url;

use super::Patient;
use super::check::{Group, Sheet};
use super::probing::Probing;
use crate::aem::{Failure, Reason, Tier};
use crate::client::{AemHost, Body, Probed};
use crate::config::{Config, Origin};
use crate::diag::{Diagnostic, Kind};
use crate::explain::{Subject, explain};
use crate::query::HttpRequest;
use crate::source::{Cause, Hurdle, Phase, SourceError, TimedOut, Unreachable};

/// AEM's servlet for stored queries answers 400 here, and says what is missing (section 9.2). The slash
/// lets it through Dispatcher rules for what lies below.
const SERVLET: &str = "/graphql/execute.json/";

/// What the host of a tier is called in AEM as a Cloud Service (section 1.1).
const CLOUD: &str = ".adobeaemcloud.com";

/// Whether there is a way to the host; what there is to say about it goes to the sheet.
pub(super) async fn connects(patient: &Patient<'_>, host: &AemHost, sheet: &mut Sheet) -> bool {
    tier(patient.config, patient.origin, sheet);
    encryption(patient.config, patient.origin, sheet);
    if let Some(proxy) = host.proxy() {
        sheet.good(Group::Host, "proxy", format!("requests go through {proxy}"));
        sheet.skipped(Group::Host, "name", "the proxy looks it up");
        return true;
    }
    let limit = patient.config.fetch.connect_timeout;
    let Some(addresses) = name(patient, limit, sheet).await else {
        return false;
    };
    connection(patient, &addresses, limit, sheet).await
}

fn tier(config: &Config, origin: &Url, sheet: &mut Sheet) {
    let tier = config.aem.tier;
    if let Origin::Sandbox(_) = config.aem.origin {
        let text = format!("{tier}, played by the sandbox");
        return sheet.good(Group::Host, "tier", text);
    }
    let name = origin.host_str().unwrap_or_default();
    let tiers = [Tier::Publish, Tier::Preview, Tier::Author];
    let named = tiers
        .into_iter()
        .find(|tier| name.ends_with(CLOUD) && name.starts_with(&format!("{tier}-")));
    match named {
        Some(named) if named != tier => {
            let message = format!("`{tier}` names a host that is called {named}");
            sheet.found(
                Group::Host,
                "tier",
                Diagnostic::warning(Kind::Config, message)
                    .note("tiers differ in what they show, in what they ask for and in what their caches keep")
                    .help(format!("write the host at `{named}` in `[aem]`, or choose the tier with `tier`")),
            );
        }
        Some(_) => sheet.good(
            Group::Host,
            "tier",
            format!("{tier}, as the host's name says"),
        ),
        None => sheet.good(Group::Host, "tier", tier.to_string()),
    }
}

fn encryption(config: &Config, origin: &Url, sheet: &mut Sheet) {
    let is_here = origin
        .host_str()
        .is_some_and(|name| name == "localhost" || name.starts_with("127.") || name == "[::1]");
    if origin.scheme() == "https" || is_here {
        return;
    }
    let diagnostic = Diagnostic::warning(Kind::Config, "requests to AEM are not encrypted")
        .help("write `https://` before the host in `[aem]`");
    let says_who_we_are =
        !matches!(config.aem.auth, crate::config::Auth::None) || !config.aem.headers.is_empty();
    let diagnostic = if says_who_we_are {
        diagnostic.note("credentials and the headers of `[aem.headers]` can be read on the way")
    } else {
        diagnostic
    };
    sheet.found(Group::Host, "encryption", diagnostic);
}

/// The addresses of the host.
async fn name(
    patient: &Patient<'_>,
    limit: Duration,
    sheet: &mut Sheet,
) -> Option<Vec<SocketAddr>> {
    let origin = patient.origin;
    let host = origin.host_str().unwrap_or_default();
    let port = origin.port_or_known_default().unwrap_or(443);
    let looking = lookup_host((host.trim_matches(['[', ']']), port));
    let cause = match tokio::time::timeout(limit, looking).await {
        Ok(Ok(addresses)) => {
            let addresses: Vec<SocketAddr> = addresses.collect();
            let literal = !matches!(origin.host(), Some(url::Host::Domain(_)));
            sheet.good(
                Group::Host,
                "name",
                match addresses.as_slice() {
                    _ if literal => "an address: there is nothing to look up".to_owned(),
                    [one] => format!("{host} is {}", one.ip()),
                    [one, more @ ..] => format!("{host} is {} and {} more", one.ip(), more.len()),
                    [] => format!("{host} has no address"),
                },
            );
            return Some(addresses);
        }
        Ok(Err(error)) => unreachable(Hurdle::UnknownName, &error),
        Err(_) => timed_out(limit),
    };
    sheet.found(Group::Host, "name", about_host(patient, cause));
    None
}

/// A connection to any of the addresses.
async fn connection(
    patient: &Patient<'_>,
    addresses: &[SocketAddr],
    limit: Duration,
    sheet: &mut Sheet,
) -> bool {
    let cause = match tokio::time::timeout(limit, TcpStream::connect(addresses)).await {
        Ok(Ok(_)) => {
            sheet.good(Group::Host, "connection", "stands");
            return true;
        }
        Ok(Err(error)) => {
            let hurdle = match error.kind() {
                io::ErrorKind::ConnectionRefused => Hurdle::Refused,
                _ => Hurdle::Other,
            };
            unreachable(hurdle, &error)
        }
        Err(_) => timed_out(limit),
    };
    sheet.found(Group::Host, "connection", about_host(patient, cause));
    false
}

fn unreachable(hurdle: Hurdle, error: &io::Error) -> Cause {
    Cause::Unreachable(Unreachable {
        hurdle,
        detail: error.to_string(),
        proxy: None,
    })
}

fn timed_out(after: Duration) -> Cause {
    Cause::TimedOut(TimedOut {
        phase: Phase::Connecting,
        limit: "connect_timeout",
        after,
    })
}

fn about_host(patient: &Patient<'_>, cause: Cause) -> Diagnostic {
    let error = SourceError {
        request: format!("GET {}", patient.origin).into(),
        cause,
    };
    let mut diagnostic = explain(&Subject::host(), &error, &patient.config.aem);
    // There was no request yet.
    diagnostic.notes.pop();
    diagnostic
}

/// Whether something answers that could be AEM. Without a way to ask, that is not looked at.
pub(super) async fn answers(
    patient: &Patient<'_>,
    probing: Option<&Probing<'_>>,
    sheet: &mut Sheet,
) -> bool {
    let Some(probing) = probing else {
        sheet.skipped(
            Group::Host,
            "answer",
            "nothing is asked without credentials",
        );
        return false;
    };
    let request = HttpRequest {
        path: SERVLET.to_owned(),
        body: None,
        accept: "application/json",
    };
    let result = probing.probe(&request, Body::Read).await;
    sheet.requests(probing.lines());
    match result {
        Ok(probed) => answered(patient, &probed, sheet),
        Err(error) => {
            let diagnostic = explain(&Subject::host(), &error, &patient.config.aem);
            sheet.found(Group::Identity, "answer", diagnostic);
            false
        }
    }
}

/// What an answer to a bare address says about who answers.
fn answered(patient: &Patient<'_>, probed: &Probed, sheet: &mut Sheet) -> bool {
    let answer = &probed.answer;
    let failure = if (300..400).contains(&answer.status) {
        Failure::Redirected(answer.location.clone().unwrap_or_default())
    } else {
        let refusal = answer.refusal();
        match refusal.reason {
            // The address is not one that anything is stored at: such answers are as good as any.
            Reason::Other | Reason::Method => {
                let own = String::from_utf8_lossy(&answer.body).contains("does not contain a path");
                let text = match own {
                    true => "AEM's servlet for stored queries answers".to_owned(),
                    false => format!("an answer comes (status {})", answer.status),
                };
                sheet.good(Group::Identity, "answer", text);
                return true;
            }
            _ => Failure::Refused(Box::new(refusal)),
        }
    };
    let error = SourceError {
        request: probed.request.clone(),
        cause: Cause::Failure(failure),
    };
    let diagnostic = explain(&Subject::host(), &error, &patient.config.aem);
    sheet.found(Group::Identity, "answer", diagnostic);
    false
}
