//! What was found, for programs.

use serde_json::{Value, json};

use super::{Check, Examination, Needs, Outcome};

impl Examination {
    /// Everything that was found.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
            "deployment": self.deployment.tiers.iter().map(needs).collect::<Vec<_>>(),
        })
    }
}

fn check(check: &Check) -> Value {
    let (says, found) = match &check.outcome {
        Outcome::Good(text) | Outcome::Skipped(text) => (text, None),
        Outcome::Warning(found) | Outcome::Failure(found) => (&found.message, Some(found)),
    };
    let lines = |lines: Option<&[String]>| lines.unwrap_or_default().to_vec();
    json!({
        "group": check.group.name(),
        "subject": check.subject,
        "outcome": check.outcome.name(),
        "says": says,
        "why": lines(found.map(|found| found.notes.as_slice())),
        "fix": lines(found.map(|found| found.help.as_slice())),
        "requests": check.requests,
    })
}

fn needs(needs: &Needs) -> Value {
    json!({
        "tier": needs.tier.name(),
        "asked": needs.asked,
        "host": needs.host,
        "auth": needs.auth,
        "filters": needs.knows_queries.then_some(&needs.filters),
        "cors": "not needed",
        "others": needs.others,
    })
}
