//! `[menus]`: what the site's menus hold, in the order of the file.

use toml::Spanned;
use toml::de::DeValue;

use super::{LangId, Languages};
use crate::diag::{Diagnostic, Kind, Location, closest};
use crate::table::{Table, Text};

/// One menu.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Its name.
    pub name: String,
    /// Its entries.
    pub entries: Vec<MenuEntry>,
}

/// One entry of a menu.
#[derive(Clone, Debug)]
pub struct MenuEntry {
    /// What it says.
    pub label: Label,
    /// Where it leads.
    pub target: Target,
    /// The languages that have it; all when absent.
    pub languages: Option<Vec<LangId>>,
    /// The entries below it.
    pub children: Vec<Self>,
    /// Where it stands.
    pub location: Location,
}

/// What a menu entry says.
#[derive(Clone, Debug)]
pub enum Label {
    /// The same in every language.
    Text(String),
    /// A text for each language.
    Languages(Vec<(LangId, String)>),
    /// A string of the site: its key, and where that stands.
    String(String, Location),
}

/// Where a menu entry leads.
#[derive(Clone, Debug)]
pub enum Target {
    /// Nowhere: it is there for what is below it.
    None,
    /// A page of the site, by its route or the path of its fragment.
    Page(String, Location),
    /// Any address.
    Address(String),
}

impl MenuEntry {
    /// Whether a language has the entry.
    #[must_use]
    pub fn serves(&self, language: LangId) -> bool {
        let languages = self.languages.as_ref();
        languages.is_none_or(|languages| languages.contains(&language))
    }
}

/// Reads all menus.
pub(super) fn read(table: &Table<'_>, languages: &Languages) -> Vec<Menu> {
    let menus = table.table("menus").map(Table::open).unwrap_or_default();
    let menu = |(name, value): (Text, &Spanned<DeValue<'_>>)| {
        let key = format!("menus.{}", name.value);
        let tables = table.list_of_tables(&key, value);
        let entries = tables
            .iter()
            .filter_map(|entry| read_entry(entry, languages));
        Menu {
            name: name.value,
            entries: entries.collect(),
        }
    };
    menus.into_iter().map(menu).collect()
}

fn read_entry(table: &Table<'_>, languages: &Languages) -> Option<MenuEntry> {
    let reader = table.reader();
    let location = reader.file().at(table.span());
    let narrowed = read_languages(table, languages);
    let children = table.tables("children");
    let children: Vec<MenuEntry> = children
        .iter()
        .filter_map(|child| read_entry(child, languages))
        .collect();
    let target = read_target(table);
    let leads_nowhere = matches!(target, Some(Target::None)) && !table.has("children");
    if leads_nowhere {
        let diagnostic = Diagnostic::error(Kind::Config, "a menu's entry leads nowhere")
            .at(location.clone())
            .help("give it a `path` of the site or a `url`, or entries below it: `children = […]`");
        reader.push(diagnostic);
    }
    let entry = MenuEntry {
        label: read_label(table, languages)?,
        target: target?,
        languages: narrowed,
        children,
        location,
    };
    check_label(table, &entry, languages);
    Some(entry)
}

fn read_target(table: &Table<'_>) -> Option<Target> {
    let place = |text: &Text| table.reader().file().at(text.span.clone());
    let path = table.filled("path");
    let url = table.filled("url");
    match (path, url) {
        (Some(_), Some(url)) => {
            let message = "a menu's entry leads to one place: it has a `path` and a `url`";
            table.reader().error(url.span, message);
            None
        }
        (Some(path), None) if !path.value.starts_with('/') => {
            let diagnostic = Diagnostic::error(Kind::Config, "`path` must start with `/`")
                .at(place(&path))
                .help("an address outside the site is a `url`");
            table.reader().push(diagnostic);
            None
        }
        (Some(path), None) => {
            let place = place(&path);
            Some(Target::Page(path.value, place))
        }
        (None, Some(url)) => Some(Target::Address(url.value)),
        // An empty one was reported.
        (None, None) if table.has("path") || table.has("url") => None,
        (None, None) => Some(Target::None),
    }
}

fn read_label(table: &Table<'_>, languages: &Languages) -> Option<Label> {
    let string = table.filled("trans");
    let Some(label) = table.raw("label") else {
        if string.is_none() && !table.has("trans") {
            let diagnostic = Diagnostic::error(Kind::Config, "a menu's entry has no label")
                .at(table.reader().file().at(table.span()))
                .help("add `label = \"…\"`, `label = { en = \"…\" }`, or `trans = \"KEY\"` for a string of `i18n/`");
            table.reader().push(diagnostic);
        }
        let string = string?;
        let place = table.reader().file().at(string.span);
        return Some(Label::String(string.value, place));
    };
    if let Some(string) = string {
        let message = "a menu's entry has one label: `label` or `trans`";
        table.reader().error(string.span, message);
        return None;
    }
    if !label.get_ref().is_table() {
        return table.filled("label").map(|text| Label::Text(text.value));
    }
    let texts = table.table("label")?;
    let mut list = Vec::new();
    for (code, value) in texts.entries() {
        let text = texts.text(&code.value, value);
        let language = find_language(table, languages, &code);
        list.extend(language.zip(text).map(|(id, text)| (id, text.value)));
    }
    // Every key was looked at.
    let _ = texts.open();
    Some(Label::Languages(list))
}

/// A label for each language, be it that of one that stands in.
fn check_label(table: &Table<'_>, entry: &MenuEntry, languages: &Languages) {
    if !matches!(entry.label, Label::Languages(_)) {
        return;
    }
    for (id, language) in languages.iter().filter(|(id, _)| entry.serves(*id)) {
        if entry.label.text(languages, id).is_none() {
            let message = format!("a menu's entry has no label in `{}`", language.code);
            table.reader().push(
                Diagnostic::error(Kind::Config, message)
                    .at(entry.location.clone())
                    .help("add one; or say which languages have the entry: `languages = [\"…\"]`"),
            );
        }
    }
}

impl Label {
    /// The text in a language, or in the nearest that stands in for it; none for a string, which is found
    /// elsewhere.
    #[must_use]
    pub fn text(&self, languages: &Languages, language: LangId) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::String(..) => None,
            Self::Languages(list) => {
                let order = languages.in_order_for(language);
                order.into_iter().find_map(|id| {
                    let found = list.iter().find(|(own, _)| *own == id);
                    found.map(|(_, text)| text.as_str())
                })
            }
        }
    }
}

fn read_languages(table: &Table<'_>, languages: &Languages) -> Option<Vec<LangId>> {
    let codes = table.strings("languages")?;
    let known = codes
        .iter()
        .filter_map(|code| find_language(table, languages, code));
    Some(known.collect())
}

fn find_language(table: &Table<'_>, languages: &Languages, code: &Text) -> Option<LangId> {
    let found = languages.find(&code.value);
    if found.is_none() {
        let codes: Vec<&str> = languages.iter().map(|(_, own)| own.code.as_str()).collect();
        let message = format!("`{}` is not a language of this site", code.value);
        table.reader().push(
            Diagnostic::error(Kind::Config, message)
                .at(table.reader().file().at(code.span.clone()))
                .help(match closest(&code.value, codes.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the languages are {}", codes.join(", ")),
                }),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::config::{Config, Overrides, parse_site};
    use crate::table::SourceFile;

    fn read(menus: &str) -> Result<Config, String> {
        let text = format!(
            "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n[languages.en]\n[languages.fr]\n{menus}"
        );
        let file = SourceFile {
            name: "site.toml".into(),
            text: Arc::from(text),
        };
        parse_site(&file, Path::new("/site"), &Overrides::default(), &|_| None)
            .map(|config| config.value)
            .map_err(|found| found.to_string())
    }

    #[test]
    fn menus_are_lists_of_entries() {
        let config = read(
            "[menus]\nmain = [\n  { label = \"Walks\", path = \"/walks/\" },\n  { label = { en = \"More\", fr = \"Plus\" }, children = [\n\
             \x20   { trans = \"about\", url = \"https://x.example\", languages = [\"fr\"] },\n  ] },\n]\n\
             [[menus.foot]]\nlabel = \"Imprint\"\npath = \"/imprint/\"\n",
        )
        .unwrap_or_else(|report| panic!("{report}"));
        let [main, foot] = &config.menus[..] else {
            panic!("two menus")
        };
        assert_eq!((main.name.as_str(), foot.name.as_str()), ("main", "foot"));
        let french = config.languages.find("fr").unwrap();
        let label = |entry: &MenuEntry| {
            let text = entry.label.text(&config.languages, french);
            text.map(str::to_owned)
        };
        assert_eq!(label(&main.entries[0]).as_deref(), Some("Walks"));
        assert_eq!(label(&main.entries[1]).as_deref(), Some("Plus"));
        let child = &main.entries[1].children[0];
        assert!(matches!(&child.label, Label::String(key, _) if key == "about"));
        assert!(matches!(child.target, Target::Address(_)));
        assert!(child.serves(french) && !child.serves(config.languages.default_id()));
    }

    #[test]
    fn menus_that_cannot_be() {
        let report = read(
            "[menus]\nmain = [\n  { path = \"/x/\" },\n  { label = \"A\" },\n  { label = \"B\", path = \"x/\" },\n\
             \x20 { label = \"C\", path = \"/x/\", url = \"https://x.example\" },\n  { label = { fr = \"D\", enn = \"D\" }, path = \"/x/\" },\n\
             \x20 { label = \"E\", trans = \"e\", path = \"/x/\" },\n  { label = \"F\", pth = \"/x/\", url = \"\" },\n\
             \x20 { label = \"G\", path = \"/x/\", languages = [\"de\"], children = { label = \"H\" } },\n]\nfoot = \"x\"\n",
        );
        insta::assert_snapshot!(report.map(|_| ()).unwrap_err());
    }
}
