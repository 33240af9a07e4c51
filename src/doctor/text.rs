//! What was found, for people.

use anstyle::{AnsiColor, Style as Ansi};

use super::{Check, Deployment, Examination, Needs, Outcome};
use crate::diag::Diagnostic;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What was found.
    Short,
    /// With the requests that were made.
    Long,
}

impl Examination {
    /// Everything that was found, line by line, with colours for a terminal.
    #[must_use]
    pub fn text(&self, style: Style) -> Vec<String> {
        let mut lines = Vec::new();
        let mut group = None;
        let mut told: Vec<&Diagnostic> = Vec::new();
        let width = self
            .checks
            .iter()
            .map(|check| check.subject.chars().count());
        let width = width.max().unwrap_or_default();
        for check in &self.checks {
            if group != Some(check.group) {
                group = Some(check.group);
                lines.push(check.group.name().to_owned());
            }
            lines.push(head(check, width));
            if let Outcome::Warning(found) | Outcome::Failure(found) = &check.outcome {
                lines.extend(place(found));
                if told.iter().any(|known| is_same(known, found)) {
                    lines.push(detail("why", "as above"));
                } else {
                    lines.extend(details(found));
                    told.push(found);
                }
            }
            if style == Style::Long {
                lines.extend(check.requests.iter().map(|request| detail("sent", request)));
            }
        }
        lines.push(String::new());
        lines.extend(deployment(&self.deployment));
        lines.push(String::new());
        lines.push(self.summary());
        lines
    }

    fn summary(&self) -> String {
        let count = |name: &str| {
            self.checks
                .iter()
                .filter(|c| c.outcome.name() == name)
                .count()
        };
        let words = |number: usize, one: &str| match number {
            1 => format!("1 {one}"),
            number => format!("{number} {one}s"),
        };
        let mut parts = vec![
            words(self.checks.len(), "check"),
            words(count("failure"), "failure"),
            words(count("warning"), "warning"),
        ];
        if count("skipped") > 0 {
            parts.push(format!("{} skipped", count("skipped")));
        }
        parts.join(", ")
    }
}

/// Whether there is nothing new to say: another query met the same.
fn is_same(known: &Diagnostic, found: &Diagnostic) -> bool {
    known.message == found.message && known.help == found.help
}

fn head(check: &Check, width: usize) -> String {
    let (name, text) = match &check.outcome {
        Outcome::Good(text) | Outcome::Skipped(text) => (check.outcome.name(), text),
        Outcome::Warning(found) | Outcome::Failure(found) => (check.outcome.name(), &found.message),
    };
    let style = match &check.outcome {
        Outcome::Good(_) => AnsiColor::Green.on_default(),
        Outcome::Warning(_) => AnsiColor::Yellow.on_default().bold(),
        Outcome::Failure(_) => AnsiColor::Red.on_default().bold(),
        Outcome::Skipped(_) => Ansi::new().dimmed(),
    };
    let line = format!(
        "  {style}{name:<7}{style:#}  {:<width$}  {text}",
        check.subject
    );
    line.trim_end().to_owned()
}

fn place(found: &Diagnostic) -> Option<String> {
    let location = found.location.as_ref()?;
    Some(detail("in", &location.short()))
}

fn details(found: &Diagnostic) -> impl Iterator<Item = String> {
    let why = found.notes.iter().map(|note| detail("why", note));
    let fix = found.help.iter().map(|help| detail("fix", help));
    why.chain(fix)
}

fn detail(name: &str, text: &str) -> String {
    let style = Ansi::new().dimmed();
    format!("           {style}{name:<4}{style:#} {text}")
}

fn deployment(deployment: &Deployment) -> Vec<String> {
    let mut lines = vec!["deployment".to_owned()];
    for needs in &deployment.tiers {
        lines.extend(tier(needs));
    }
    lines
}

fn tier(needs: &Needs) -> Vec<String> {
    let asked = if needs.asked { " (asked)" } else { "" };
    let mut lines = vec![format!("  {}{asked}", needs.tier)];
    let mut fact = |name: &str, text: &str| lines.push(format!("    {name:<7}{text}"));
    fact("host", needs.host.as_deref().unwrap_or("not configured"));
    match needs.filters.as_slice() {
        [] if needs.knows_queries => fact("filter", "no rule needed"),
        [] => fact("filter", "not known: the definitions have mistakes"),
        [first, rest @ ..] => {
            fact("filter", first);
            rest.iter().for_each(|rule| fact("", rule));
        }
    }
    fact("auth", &needs.auth);
    fact("CORS", "not needed: no request carries `Origin`");
    for other in &needs.others {
        fact("", other);
    }
    lines
}
