//! What a definition brought: its items, and one of them as a tree.

use serde_json::{Value, json};

use super::Refused;
use super::parameters::Parameters;
use super::queries::find;
use super::routes::{address, contains};
use super::tree::Tree;
use crate::config::LangId;
use crate::render::Site;
use crate::serve::Snapshot;
use crate::store::EntryId;
use crate::value::to_json;

/// Items told at once, and at most.
const LIMIT: (usize, usize) = (50, 200);

/// The items of a definition `name`, in their order; of one `language` only, or with `q` in their path or title. Nothing is
/// read for that but the index.
pub(super) fn some(snapshot: &Snapshot, parameters: &Parameters) -> Result<Value, Refused> {
    let window = parameters.window(LIMIT.0, LIMIT.1)?;
    let site = &**snapshot.site();
    let id = find(site, parameters)?;
    let language = language(site, parameters)?;
    let text = parameters.text("q").map(str::to_lowercase);
    let fits = |entry: EntryId| {
        language.is_none_or(|language| site.store.get(entry).language == language)
            && text.as_ref().is_none_or(|text| mentions(site, entry, text))
    };
    let all = site.store.of_query(id).iter().copied().enumerate();
    let (items, total) = window.of(all.filter(|(_, entry)| fits(*entry)));
    let items = items
        .into_iter()
        .map(|(number, entry)| row(site, number, entry));
    let mut told = window.told("items", items.collect(), total);
    told["name"] = json!(&*site.queries.get(id).name);
    Ok(told)
}

/// One item of a definition `name`, by its `number` in the order of all.
pub(super) fn one(snapshot: &Snapshot, parameters: &Parameters) -> Result<Value, Refused> {
    let site = &**snapshot.site();
    let id = find(site, parameters)?;
    let number = parameters.number("number")?;
    let number =
        number.ok_or_else(|| Refused::Wrong("the parameter `number` is missing".to_owned()))?;
    let all = site.store.of_query(id);
    let unknown = || {
        let name = &site.queries.get(id).name;
        Refused::Unknown(format!(
            "`{name}` has {} items, and no number {number}",
            all.len()
        ))
    };
    let entry = *all.get(number).ok_or_else(unknown)?;
    let mut told = row(site, number, entry);
    match site.store.value(entry) {
        Ok(value) => told["tree"] = Tree::of(&to_json(&value)).told(),
        Err(why) => told["error"] = json!(why.to_string()),
    }
    Ok(told)
}

fn language(site: &Site, parameters: &Parameters) -> Result<Option<LangId>, Refused> {
    let Some(code) = parameters.text("language") else {
        return Ok(None);
    };
    let found = site.config.languages.find(code);
    let unknown = || Refused::Unknown(format!("there is no language `{code}`"));
    found.map(Some).ok_or_else(unknown)
}

fn mentions(site: &Site, id: EntryId, text: &str) -> bool {
    let entry = site.store.get(id);
    let path = entry.path.as_ref();
    path.is_some_and(|path| contains(path.as_str(), text))
        || title(site, id).is_some_and(|title| contains(title, text))
}

/// What an item is called, where its index tells.
fn title(site: &Site, id: EntryId) -> Option<&str> {
    site.store.get(id).fields.text("title")
}

fn row(site: &Site, number: usize, id: EntryId) -> Value {
    let entry = site.store.get(id);
    let page = site.routes.of_entry(id, entry.language);
    json!({
        "number": number,
        "path": entry.path.as_ref().map(|path| path.as_str()),
        "variation": entry.variation.as_deref(),
        "language": site.config.languages.get(entry.language).code,
        "title": title(site, id),
        "parent": entry.parent.map(|parent| site.store.get(parent).describe()),
        "page": page.map(|page| json!({
            "route": page.route.as_str(),
            "address": address(site, &page.route),
        })),
    })
}
