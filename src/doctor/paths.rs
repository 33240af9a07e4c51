//! What becomes of variables on their way through web servers (`aem-protocol.md`, sections 1.4 and 2.2).
//!
//! A variable that a query does not declare is ignored by AEM, so a query that is answered can be asked
//! again with any value in one: whoever answers otherwise has stumbled over the value.

use serde_json::Value;

use super::check::{Group, Sheet};
use super::probing::{Good, Probing};
use crate::client::Body;
use crate::diag::{Diagnostic, Kind};

/// No query declares it.
const UNDECLARED: &str = "friezeDoctor";

/// What paths hold.
const SLASH: &str = "a/b";

/// What texts hold.
const OTHERS: &str = "ü +&=%";

pub(super) async fn check(probing: &Probing<'_>, sheet: &mut Sheet) {
    let good = probing.good();
    let Some(stored) = good.iter().find(|good| good.is_stored()) else {
        let why = "no stored query is answered";
        return sheet.skipped(Group::Paths, "variables", why);
    };
    if let Some(why) = probing.stop() {
        return sheet.skipped(Group::Paths, "variables", why);
    }
    slash(stored, &good, probing, sheet).await;
    others(stored, probing, sheet).await;
}

async fn slash(stored: &Good, all: &[Good], probing: &Probing<'_>, sheet: &mut Sheet) {
    // A query with a path among its variables is proof enough.
    if let Some(proof) = all.iter().find(|good| good.probed.request.contains("%2F")) {
        let text = format!("get through in {}", proof.request.ask);
        return sheet.good(Group::Paths, "slashes", text);
    }
    let refused = refused(stored, SLASH, probing).await;
    sheet.requests(probing.lines());
    match refused {
        None => sheet.good(Group::Paths, "slashes", "get through"),
        Some(how) => sheet.found(
            Group::Paths,
            "slashes",
            Diagnostic::error(Kind::Remote, format!("a variable with a slash does not get through ({how})"))
                .note("the same query without it is answered; in an address a slash is `%2F`")
                .note("variables that hold paths need it: by-path queries, folder filters")
                .help("set `AllowEncodedSlashes NoDecode` in the Dispatcher's virtual host, and deploy that"),
        ),
    }
}

async fn others(stored: &Good, probing: &Probing<'_>, sheet: &mut Sheet) {
    let refused = refused(stored, OTHERS, probing).await;
    sheet.requests(probing.lines());
    match refused {
        None => sheet.good(Group::Paths, "characters", "umlauts, blanks, `+&=%` get through"),
        Some(how) => sheet.found(
            Group::Paths,
            "characters",
            Diagnostic::warning(
                Kind::Remote,
                format!("a variable with umlauts, a blank and `+&=%` does not get through ({how})"),
            )
            .note("the same query without it is answered")
            .help("look for traffic filter and rewrite rules that decode addresses; or keep such values out of variables"),
        ),
    }
}

/// How a query is refused with this in a variable; `None` when it is not.
async fn refused(stored: &Good, value: &str, probing: &Probing<'_>) -> Option<String> {
    let mut variables = stored.request.variables.clone();
    variables.set(UNDECLARED, Value::from(value));
    let request = stored.request.ask.request(&variables).ok()?;
    match probing.probe(&request, Body::Read).await {
        Ok(probed) => {
            let status = probed.answer.status;
            let answer = probed.answer.into_envelope(stored.request.ask.api());
            answer.is_err().then(|| format!("status {status}"))
        }
        Err(_) => Some("no answer".to_owned()),
    }
}
