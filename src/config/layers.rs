//! `[environments.NAME]`: tables laid over the rest of the file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diag::{Diagnostic, Kind};
use crate::table::Reader;

/// The keys of `[aem]` that name a host.
const HOSTS: [&str; 3] = ["publish", "preview", "author"];

/// A configuration split into its base and its environments.
pub(super) struct Layers<'f> {
    base: DeTable<'f>,
    environments: Vec<Layer<'f>>,
}

/// One environment.
pub(super) struct Layer<'f> {
    name: String,
    table: DeTable<'f>,
}

/// Splits the environments off. A malformed `environments` is left in the base, where reading it as a
/// table reports it.
pub(super) fn split<'f>(table: &DeTable<'f>) -> Layers<'f> {
    let mut environments: Vec<(usize, Layer<'f>)> = Vec::new();
    let tables = member(table, "environments").and_then(|value| value.get_ref().as_table());
    for (name, value) in tables.into_iter().flatten() {
        if let DeValue::Table(table) = value.get_ref() {
            let layer = Layer {
                name: name.get_ref().to_string(),
                table: table.clone(),
            };
            environments.push((name.span().start, layer));
        }
    }
    environments.sort_by_key(|(at, _)| *at);
    Layers {
        base: table.clone(),
        environments: environments.into_iter().map(|(_, layer)| layer).collect(),
    }
}

impl<'f> Layers<'f> {
    pub(super) fn environment(&self, name: &str) -> Option<&Layer<'f>> {
        self.environments.iter().find(|layer| layer.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.environments.iter().map(|layer| layer.name.as_str())
    }

    pub(super) fn others<'a>(
        &'a self,
        chosen: Option<&Layer<'_>>,
    ) -> impl Iterator<Item = &'a Layer<'f>> {
        let chosen = chosen.map(|layer| layer.name.clone());
        self.environments
            .iter()
            .filter(move |layer| Some(&layer.name) != chosen.as_ref())
    }

    /// The base with an environment laid over it.
    pub(super) fn merged(&self, layer: Option<&Layer<'f>>) -> DeTable<'f> {
        let mut merged = self.base.clone();
        if let Some(layer) = layer {
            drop_overruled_origin(&mut merged, &layer.table);
            overlay(&mut merged, &layer.table);
        }
        merged
    }

    /// Reports layers that name both a sandbox and a host: neither can be meant.
    pub(super) fn check(&self, reader: &Reader<'_>) {
        let layers =
            std::iter::once(&self.base).chain(self.environments.iter().map(|layer| &layer.table));
        for layer in layers {
            let Some(aem) = member(layer, "aem").and_then(|value| value.get_ref().as_table())
            else {
                continue;
            };
            let sandbox =
                member(aem, "sandbox").filter(|value| value.get_ref().as_bool() != Some(false));
            let host = HOSTS.iter().find(|host| member(aem, host).is_some());
            if let (Some(sandbox), Some(host)) = (sandbox, host) {
                reader.push(
                    Diagnostic::error(
                        Kind::Config,
                        format!("`sandbox` and `{host}` stand in one `[aem]`"),
                    )
                    .at(reader.file().at(sandbox.span()))
                    .note("the sandbox stands in for a host; only one of them can answer")
                    .help("move one of them to an environment, such as `[environments.local.aem]`"),
                );
            }
        }
    }
}

impl Layer<'_> {
    /// Whether a diagnostic points into this environment's tables.
    pub(super) fn contains(&self, diagnostic: &Diagnostic) -> bool {
        let excerpt = diagnostic
            .location
            .as_ref()
            .and_then(|location| location.excerpt.as_ref());
        excerpt.is_some_and(|excerpt| contains(&self.table, &excerpt.span))
    }
}

fn contains(table: &DeTable<'_>, span: &Range<usize>) -> bool {
    table.iter().any(|(key, value)| {
        key.span().contains(&span.start)
            || match value.get_ref() {
                DeValue::Table(inner) => contains(inner, span),
                _ => value.span().contains(&span.start),
            }
    })
}

/// An environment that names a host means that host, and one that names a sandbox means the sandbox,
/// whatever the base said.
fn drop_overruled_origin(base: &mut DeTable<'_>, over: &DeTable<'_>) {
    let Some(over) = member(over, "aem").and_then(|value| value.get_ref().as_table()) else {
        return;
    };
    let has = |key: &str| member(over, key).is_some();
    let sandbox =
        member(over, "sandbox").is_some_and(|value| value.get_ref().as_bool() != Some(false));
    let Some(DeValue::Table(aem)) = member_mut(base, "aem").map(Spanned::get_mut) else {
        return;
    };
    if HOSTS.iter().any(|host| has(host)) {
        remove(aem, "sandbox");
    } else if sandbox {
        HOSTS.iter().for_each(|host| remove(aem, host));
    }
}

fn overlay<'f>(base: &mut DeTable<'f>, over: &DeTable<'f>) {
    for (key, value) in over {
        match (
            member_mut(base, key.get_ref()).map(Spanned::get_mut),
            value.get_ref(),
        ) {
            (Some(DeValue::Table(inner)), DeValue::Table(over)) => overlay(inner, over),
            _ => {
                remove(base, key.get_ref());
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

fn member<'t, 'f>(table: &'t DeTable<'f>, key: &str) -> Option<&'t Spanned<DeValue<'f>>> {
    table
        .iter()
        .find(|(name, _)| name.get_ref() == key)
        .map(|(_, value)| value)
}

fn member_mut<'t, 'f>(
    table: &'t mut DeTable<'f>,
    key: &str,
) -> Option<&'t mut Spanned<DeValue<'f>>> {
    table
        .iter_mut()
        .find(|(name, _)| name.get_ref() == key)
        .map(|(_, value)| value)
}

fn remove(table: &mut DeTable<'_>, key: &str) {
    let name = table.keys().find(|name| name.get_ref() == key).cloned();
    if let Some(name) = name {
        table.remove(&name);
    }
}
