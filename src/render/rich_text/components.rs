//! The components of `templates/rich-text/`, which print nodes of rich text the site's own way.
//!
//! A file is named after what it prints — a node, a format, or a model of fragments that are referred to —
//! and defines the component of that name: `unordered-list.html` has `RichTextUnorderedList`,
//! `PictureModel.html` has `RichTextPictureModel`. The component is what counts; the file is where people
//! look for it, so a file without its component is a mistake.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::{ComponentInfo, Context, Tera, Value};

use crate::diag::{Diagnostic, Diagnostics, Kind as Blame, Location, closest};
use crate::rich_text::{Argument, Kind, MARKS, Numbering, PHRASES};

/// What all their names begin with.
const PREFIX: &str = "RichText";

/// Their folder.
const FOLDER: &str = "rich-text/";

/// Arguments that any element may be printed with.
const COMMON: &[&str] = &["id", "class", "lang", "dir", "title"];

/// What a model's component, or the one for fragments of any model, is called with.
const OF_FRAGMENT: &[&str] = &["item", "url", "text", "alone", "path", "model"];

/// The components that templates define.
#[derive(Debug, Default)]
pub(crate) struct Components {
    /// By node or format.
    nodes: BTreeMap<&'static str, ComponentInfo>,
    /// By the type of the model in GraphQL.
    models: BTreeMap<String, ComponentInfo>,
}

/// What can have a component: its name, and the arguments it is called with.
fn kinds() -> Vec<(&'static str, Vec<&'static str>)> {
    let with = |more: &[&'static str]| [COMMON, more].concat();
    let plain = [
        Kind::Paragraph,
        Kind::UnorderedList,
        Kind::ListItem,
        Kind::DescriptionList,
        Kind::Term,
        Kind::Description,
        Kind::Table,
        Kind::Caption,
        Kind::TableHeader,
        Kind::TableBody,
        Kind::TableFooter,
        Kind::TableRow,
        Kind::Quote,
        Kind::Rule,
        Kind::Container,
        Kind::Figure,
        Kind::FigureCaption,
        Kind::Break,
        Kind::Span,
    ];
    let mut kinds: Vec<_> = plain.iter().map(|kind| (kind.name(), with(&[]))).collect();
    let cell = with(&["colspan", "rowspan", "scope"]);
    // The id of a link is on its content.
    let link = [&COMMON[1..], &["href", "text", "rel", "target", "external"]].concat();
    kinds.extend([
        (Kind::Header(2).name(), with(&["level", "text"])),
        (Kind::CodeBlock.name(), with(&["text"])),
        (
            Kind::OrderedList(Numbering::default()).name(),
            with(&["start", "reversed"]),
        ),
        ("table-head", cell.clone()),
        ("table-data", cell),
        ("link", link.clone()),
        ("asset", link),
        ("image", with(&["src", "alt", "width", "height", "path"])),
        ("text", vec!["text"]),
        ("fragment", OF_FRAGMENT.to_vec()),
    ]);
    kinds.extend(MARKS.iter().map(|mark| (mark.name, Vec::new())));
    kinds.extend(PHRASES.iter().map(|name| (*name, with(&[]))));
    kinds
}

/// `unordered-list` as `UnorderedList`.
fn camel(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

impl Components {
    /// Finds the components that templates define.
    ///
    /// # Errors
    /// Files of the folder that print nothing, and components that ask for arguments they are not given.
    pub(crate) fn find(tera: &Tera, sources: &[(String, Arc<str>)]) -> Result<Self, Diagnostics> {
        let kinds = kinds();
        let mut found = Self::default();
        let mut wrong = Diagnostics::new();
        for (name, arguments) in &kinds {
            if let Some(info) = tera.get_component_definition(&component(name)) {
                wrong.extend(check(name, &info, arguments, sources));
                found.nodes.insert(name, info);
            }
        }
        let of_nodes: Vec<String> = kinds.iter().map(|(name, _)| component(name)).collect();
        let mut names: Vec<&str> = tera.get_component_names().collect();
        names.sort_unstable();
        for name in names {
            let model = name.strip_prefix(PREFIX).filter(|model| !model.is_empty());
            if let Some(model) = model
                && !of_nodes.iter().any(|own| own == name)
                && let Some(info) = tera.get_component_definition(name)
            {
                if file_of(model, sources).is_some() {
                    wrong.extend(check(model, &info, OF_FRAGMENT, sources));
                }
                found.models.insert(model.to_owned(), info);
            }
        }
        for (file, text) in sources {
            if let Some(stem) = stem(file) {
                wrong.extend(
                    found
                        .missing(stem, file, text, &kinds)
                        .into_iter()
                        .collect(),
                );
            }
        }
        if wrong.is_empty() {
            Ok(found)
        } else {
            Err(wrong)
        }
    }

    /// A file of the folder that has not the component it should have.
    fn missing(
        &self,
        stem: &str,
        file: &str,
        text: &Arc<str>,
        kinds: &[(&'static str, Vec<&'static str>)],
    ) -> Option<Diagnostic> {
        let is_model = stem.starts_with(|c: char| c.is_ascii_uppercase());
        let is_kind = kinds.iter().any(|(name, _)| *name == stem);
        let at = Location::file(format!("templates/{file}"));
        if !is_model && !is_kind {
            let names = kinds.iter().map(|(name, _)| *name);
            let help = match closest(stem, names.clone()) {
                Some(near) => format!("did you mean `{near}.html`?"),
                None => format!(
                    "name it after a model's type such as `PictureModel`, or one of {}",
                    names.collect::<Vec<_>>().join(", ")
                ),
            };
            let message = format!("rich text has no nodes called `{stem}`");
            return Some(Diagnostic::error(Blame::Content, message).at(at).help(help));
        }
        let has = self.nodes.contains_key(stem) || self.models.contains_key(stem);
        let message = format!(
            "`{file}` does not define the component `{}`",
            component(stem)
        );
        let rename = text
            .split("{% component ")
            .nth(1)
            .and_then(|rest| rest.split('(').next())
            .map(|own| format!("rename `{}`", own.trim()));
        let write = format!(
            "write `{{% component {}(…) %}} … {{% endcomponent %}}`",
            component(stem)
        );
        (!has).then(|| {
            Diagnostic::error(Blame::Content, message)
                .at(at)
                .note("that is what prints the nodes the file is named after")
                .help(rename.unwrap_or(write))
        })
    }

    /// Whether a node or format has a component.
    pub(super) fn has(&self, name: &str) -> bool {
        self.nodes.contains_key(name)
    }

    /// Whether fragments of some model have one.
    pub(super) fn has_models(&self) -> bool {
        !self.models.is_empty() || self.has("fragment")
    }

    /// The component for fragments of a model, or else for all fragments.
    pub(super) fn of_model(&self, model: Option<&str>) -> Option<&ComponentInfo> {
        let own = model.and_then(|model| self.models.get(model));
        own.or_else(|| self.nodes.get("fragment"))
    }

    /// The component of a node or format.
    pub(super) fn of_node(&self, name: &str) -> Option<&ComponentInfo> {
        self.nodes.get(name)
    }
}

/// The arguments that a component takes, of those there are.
pub(super) fn taken(info: &ComponentInfo, arguments: Vec<Argument>) -> Context {
    let mut context = Context::new();
    let takes = |name: &str| {
        info.rest_param().is_some() || info.args().iter().any(|arg| arg.name() == name)
    };
    for (name, value) in arguments {
        // What is not there is left to the component's own default.
        let has_default = || {
            let own = info.args().iter().find(|arg| arg.name() == name);
            own.is_some_and(|arg| arg.default().is_some())
        };
        if takes(name) && !(value.is_none() && has_default()) {
            context.insert_value(name, value);
        }
    }
    context
}

/// The fields of a fragment as an argument; nothing where nothing is known.
pub(super) fn item(value: Option<Value>) -> Value {
    value.unwrap_or_else(Value::none)
}

fn component(name: &str) -> String {
    format!("{PREFIX}{}", camel(name))
}

/// What a file of the folder prints; none of other files.
fn stem(file: &str) -> Option<&str> {
    let name = file.strip_prefix(FOLDER)?;
    let (stem, _) = name.split_once('.').unwrap_or((name, ""));
    (!name.contains('/')).then_some(stem)
}

fn file_of<'s>(name: &str, sources: &'s [(String, Arc<str>)]) -> Option<&'s (String, Arc<str>)> {
    sources.iter().find(|(file, _)| stem(file) == Some(name))
}

/// Arguments that a component needs and will never get.
fn check(
    name: &str,
    info: &ComponentInfo,
    given: &[&'static str],
    sources: &[(String, Arc<str>)],
) -> Diagnostics {
    let needed = info.args().iter().filter(|arg| arg.is_required());
    let strange = needed.filter(|arg| !given.contains(&arg.name()));
    strange
        .map(|arg| {
            let own = arg.name();
            let message = format!(
                "the component `{}` needs `{own}`, which `{name}` does not have",
                info.name()
            );
            let diagnostic = Diagnostic::error(Blame::Content, message);
            let diagnostic = match file_of(name, sources) {
                Some((file, _)) => diagnostic.at(Location::file(format!("templates/{file}"))),
                None => diagnostic,
            };
            let help = match closest(own, given.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if given.is_empty() => {
                    "it has a body and nothing else: `{{ body }}`".to_owned()
                }
                None => format!(
                    "it has {} and `body`; give others a default",
                    given.join(", ")
                ),
            };
            diagnostic.help(help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{camel, kinds};

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let mut names: Vec<String> = kinds().iter().map(|(name, _)| camel(name)).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.contains(&"UnorderedList".to_owned()));
    }
}
