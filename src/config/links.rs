//! `[links]`: where on this site, or elsewhere, AEM's own pages are.

use url::Url;

use crate::diag::{Diagnostic, Kind};
use crate::table::{Table, Text};

/// Rules from paths of AEM's pages to addresses, the most particular first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkRules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    /// The folder, without a slash at its end.
    prefix: String,
    /// Where it is instead, as written.
    target: String,
}

impl LinkRules {
    /// Where a page of AEM's is: the target of a rule, as written, and what follows it. `path` is that of
    /// the page, with or without `.html`, which is not part of the answer. The longest prefix decides.
    #[must_use]
    pub fn map<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let page = path.strip_suffix(".html").unwrap_or(path);
        self.0.iter().find_map(|rule| {
            let rest = page.strip_prefix(&rule.prefix)?;
            match rest {
                "" => Some((rule.target.as_str(), "")),
                rest if rest.starts_with('/') => Some((rule.target.trim_end_matches('/'), rest)),
                _ => None,
            }
        })
    }

    /// The folders that have a rule, the most particular first.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|rule| rule.prefix.as_str())
    }
}

/// Reads the table: its keys are folders of AEM.
pub(super) fn read(table: Table<'_>) -> LinkRules {
    let mut rules: Vec<Rule> = Vec::new();
    for (key, value) in table.entries() {
        let Some(target) = table.text(&key.value, value) else {
            continue;
        };
        if !check_prefix(&table, &key) | !check_target(&table, &key, &target) {
            continue;
        }
        let prefix = key.value.trim_end_matches('/').to_owned();
        if rules.iter().any(|rule| rule.prefix == prefix) {
            let message = format!("`[links]` has two rules for `{prefix}`");
            table.reader().error(key.span, message);
            continue;
        }
        rules.push(Rule {
            prefix,
            target: target.value,
        });
    }
    // Any key is known here.
    let _ = table.open();
    rules.sort_by(|a, b| {
        let longer = b.prefix.len().cmp(&a.prefix.len());
        longer.then_with(|| a.prefix.cmp(&b.prefix))
    });
    LinkRules(rules)
}

fn check_prefix(table: &Table<'_>, key: &Text) -> bool {
    let path = key.value.as_str();
    let in_folder = |folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let diagnostic = if in_folder("/content/dam") {
        Diagnostic::error(Kind::Config, format!("`[links]` cannot map `{path}`"))
            .note("what lies in /content/dam are fragments and assets")
            .help("a fragment's links follow from the `[pages]` of its definition, an asset's from where it is downloaded to")
    } else if path.len() <= "/content/".len() || !in_folder("/content") {
        Diagnostic::error(Kind::Config, format!("`[links]` cannot map `{path}`"))
            .note("its keys are the paths of AEM's own pages")
            .help("write a path such as \"/content/larch/en/\"")
    } else {
        return true;
    };
    let place = table.reader().file().at(key.span.clone());
    table.reader().push(diagnostic.at(place));
    false
}

fn check_target(table: &Table<'_>, key: &Text, target: &Text) -> bool {
    let is_path = target.value.starts_with('/') && !target.value.starts_with("//");
    let is_url = || {
        Url::parse(&target.value)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    if target.incomplete || is_path || is_url() {
        return !target.incomplete;
    }
    table.reader().push(
        Diagnostic::error(
            Kind::Config,
            format!(
                "`{}` of `[links]` leads to nothing that can be linked to",
                key.value
            ),
        )
        .at(table.reader().place(target))
        .help("write a path on this site such as \"/\", or an address with http:// or https://"),
    );
    false
}
