//! The functions templates can call: `query`, `fragment`, `url`, `asset`, `language`; others have modules of
//! their own.
//!
//! Part of the contract in `docs/templates.md`. None of them does I/O over the network: they answer from
//! the store and the route table, and `asset` only notes what is needed.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::links::{self, Destination};
use super::reads::{Function, Scope};
use super::{
    Site, backlinks, content, current, day, image, local_pages, lock, menu, reads, strings, terms,
};
use crate::aem::AssetPath;
use crate::config::{AssetMode, LangId};
use crate::diag::closest;
use crate::expression::{Borrowed, Expression, Fields, Ranks, SortOrder};
use crate::query::QueryId;
use crate::reach::Reach;
use crate::route::encode_path;
use crate::store::EntryId;
use crate::template_values;

/// Answers of `query()`, by everything that decides them. Many pages ask the same.
#[derive(Default)]
pub struct QueryCache(Mutex<HashMap<QueryKey, Value>>);

/// Answers kept at most. A question that differs from page to page is not asked twice anyway.
const CACHED: usize = 500;

#[derive(Clone, PartialEq, Eq, Hash)]
struct QueryKey {
    query: QueryId,
    language: LangId,
    condition: Option<String>,
    sort: Option<String>,
    limit: Option<u64>,
    fields: Option<Vec<String>>,
    /// The members of the items that whoever asks can reach.
    reached: Fields,
}

type Shared = Arc<OnceLock<Arc<Site>>>;

/// The functions. What they ask of the site is noted ([`reads`]), so none of them may know more of the page than its scope
/// says.
pub(super) static FUNCTIONS: [Function; 11] = [
    function("query", Scope::Template, query),
    function("fragment", Scope::Template, fragment),
    function("url", Scope::Language, url),
    function("asset", Scope::Language, asset),
    function("image", Scope::Language, image::image),
    function("language", Scope::Language, language_of),
    function("menu", Scope::Page, menu::menu),
    function("pages", Scope::Language, local_pages::pages),
    function("terms", Scope::Language, terms::terms),
    function("trans", Scope::Language, strings::trans),
    function(backlinks::FUNCTION, Scope::Page, backlinks::function),
];

const fn function(
    name: &'static str,
    scope: Scope,
    body: fn(&Site, &Kwargs) -> TeraResult<Value>,
) -> Function {
    Function { name, scope, body }
}

/// Registers the functions, and the filters that need the page's language; must run before templates are added.
pub(super) fn register(tera: &mut Tera, site: &Shared) {
    for function in &FUNCTIONS {
        let site = Arc::clone(site);
        tera.register_function(
            function.name,
            move |kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
                reads::call(known(&site)?, function, &kwargs)
            },
        );
    }
    let asked = Arc::clone(site);
    tera.register_filter(
        "day",
        move |value: &Value, kwargs: Kwargs, state: &State<'_>| -> TeraResult<Value> {
            day::day(known(&asked)?, value, kwargs, state)
        },
    );
    let site = Arc::clone(site);
    tera.register_filter(
        "number",
        move |value: &Value, kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            strings::number(known(&site)?, value, &kwargs)
        },
    );
}

/// What is filled in before the first page is rendered.
pub(super) fn known<T>(later: &OnceLock<T>) -> TeraResult<&T> {
    let unknown = || Error::message("there is no site to ask yet");
    later.get().ok_or_else(unknown)
}

/// Refuses arguments nobody reads: a mistyped `sort` would silently give another order.
pub(super) fn check_arguments(function: &str, kwargs: &Kwargs, known: &[&str]) -> TeraResult<()> {
    for (key, _) in kwargs.iter() {
        let name = key.as_str().unwrap_or_default();
        if !known.contains(&name) {
            let help = match closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", known.join(", ")),
            };
            return Err(Error::message(format!(
                "`{function}()` has no argument `{name}`; {help}"
            )));
        }
    }
    Ok(())
}

/// A text that must be there. A field the item lacks arrives as undefined, which says little by itself.
pub(super) fn text<'k>(
    function: &str,
    kwargs: &'k Kwargs,
    name: &'static str,
) -> TeraResult<&'k str> {
    let value: Option<&Value> = kwargs
        .iter()
        .find(|(key, _)| key.as_str() == Some(name))
        .map(|(_, value)| value);
    let what = match value {
        None => {
            return Err(Error::message(format!(
                "`{function}()` needs the argument `{name}`"
            )));
        }
        Some(value) => match value.as_str() {
            Some(text) => return Ok(text),
            None if value.is_undefined() => "absent: the item has no such field",
            None if value.is_none() => "null: test for it with `{% if … %}` first",
            None => "not a text",
        },
    };
    Err(Error::message(format!(
        "`{name}` of `{function}()` is {what}"
    )))
}

pub(super) fn language(site: &Site, kwargs: &Kwargs) -> TeraResult<LangId> {
    match kwargs.get::<&str>("lang")? {
        None => Ok(current::language().unwrap_or(site.config.languages.default_id())),
        Some(code) => site.config.languages.find(code).ok_or_else(|| {
            let codes: Vec<&str> = site
                .config
                .languages
                .iter()
                .map(|(_, l)| l.code.as_str())
                .collect();
            Error::message(format!(
                "`{code}` is not a language of this site; they are {}",
                codes.join(", ")
            ))
        }),
    }
}

pub(super) fn find_query(site: &Site, name: &str) -> TeraResult<QueryId> {
    site.queries.find(name).ok_or_else(|| {
        let names: Vec<&str> = site.queries.iter().map(|(_, query)| &*query.name).collect();
        let help = match closest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("they are {}", names.join(", ")),
        };
        Error::message(format!("there is no query definition `{name}`; {help}"))
    })
}

/// `query(name=, where=, sort=, limit=, fields=, lang=)`: items of another definition in this language.
fn query(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments(
        "query",
        kwargs,
        &["name", "where", "sort", "limit", "fields", "lang"],
    )?;
    let name = kwargs.must_get::<&str>("name")?;
    let reached = content::reached(site, |reach| reach.query(name));
    let key = QueryKey {
        query: find_query(site, name)?,
        reached,
        language: language(site, kwargs)?,
        condition: kwargs.get::<String>("where")?,
        sort: kwargs.get::<String>("sort")?,
        limit: kwargs.get::<u64>("limit")?,
        fields: kwargs.get::<Vec<String>>("fields")?,
    };
    if let Some(known) = lock(&site.query_cache.0).get(&key) {
        return Ok(known.clone());
    }
    // Two threads may both work it out; the answers are equal.
    let answer = answer(site, &key)?;
    let mut cache = lock(&site.query_cache.0);
    if cache.len() < CACHED {
        cache.insert(key, answer.clone());
    }
    Ok(answer)
}

fn answer(site: &Site, key: &QueryKey) -> TeraResult<Value> {
    let argument = |name: &str, why: String| {
        Error::message(format!("`{name}` of `query()` cannot be used: {why}"))
    };
    let condition = key
        .condition
        .as_deref()
        .map(Expression::parse)
        .transpose()
        .map_err(|why| argument("where", why))?;
    let sort = key
        .sort
        .as_deref()
        .map(SortOrder::parse)
        .transpose()
        .map_err(|why| argument("sort", why))?;
    let mut read = condition
        .as_ref()
        .map_or_else(Fields::default, |condition| condition.fields("item"));
    read = read.union(
        sort.as_ref()
            .map_or_else(Fields::default, |sort| sort.fields("item")),
    );
    let mut rows: Vec<(Option<Ranks>, EntryId)> = Vec::new();
    for entry in site.store.shown_in(key.query, key.language) {
        let item = if condition.is_some() || sort.is_some() {
            content::with(site, entry, &read).map_err(Error::message)?
        } else {
            Value::none()
        };
        let variables = Borrowed::default().with("item", &item);
        if let Some(condition) = &condition
            && !condition
                .holds(&variables)
                .map_err(|why| argument("where", why))?
        {
            continue;
        }
        let ranks = sort.as_ref().map(|sort| sort.ranks(&variables));
        let ranks = ranks.transpose().map_err(|why| argument("sort", why))?;
        rows.push((ranks, entry));
    }
    if let Some(sort) = &sort {
        let path = |id: EntryId| site.store.get(id).path.as_ref();
        rows.sort_by(|(a, a_id), (b, b_id)| {
            let ranks = a.as_ref().zip(b.as_ref());
            let ordering = ranks.map_or(Ordering::Equal, |(a, b)| sort.compare(a, b));
            ordering.then_with(|| path(*a_id).cmp(&path(*b_id)))
        });
    }
    let limit = key
        .limit
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usize::MAX);
    let items = rows.into_iter().take(limit).map(|(_, entry)| {
        let value = content::only(site, entry, &key.reached).map_err(Error::message)?;
        Ok(match &key.fields {
            Some(fields) => narrowed(&value, fields),
            None => value,
        })
    });
    Ok(Value::from(items.collect::<TeraResult<Vec<_>>>()?))
}

/// Only the named members of an item.
fn narrowed(item: &Value, fields: &[String]) -> Value {
    let mut map = tera::Map::default();
    for field in fields {
        if let Some(value) = item.get_from_path(field) {
            map.insert(field.clone().into(), value.clone());
        }
    }
    Value::from(map)
}

/// `fragment(path=, query=, lang=)`: the item of a fragment, or none.
fn fragment(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("fragment", kwargs, &["path", "query", "lang"])?;
    let path = text("fragment", kwargs, "path")?;
    let wanted = kwargs
        .get::<&str>("query")?
        .map(|name| find_query(site, name))
        .transpose()?;
    let language = language(site, kwargs)?;
    let found = links::entries(site, path, language)
        .into_iter()
        .find(|&id| wanted.is_none_or(|query| site.store.get(id).query == query));
    match found {
        Some(id) => {
            let reached = content::reached(site, Reach::fragment);
            content::only(site, id, &reached).map_err(Error::message)
        }
        None => Ok(Value::none()),
    }
}

/// `language(path=)`: the language that the content at a path is in; the page's own where the path does
/// not tell.
fn language_of(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("language", kwargs, &["path"])?;
    let path = text("language", kwargs, "path")?;
    let id = match site.config.languages.of_path(path) {
        Some(id) => id,
        None => language(site, kwargs)?,
    };
    Ok(template_values::language(&site.config, id))
}

/// `url(path=, lang=, optional=)`: where a fragment's page, a Markdown file's, a page of AEM's or a route is.
fn url(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("url", kwargs, &["path", "lang", "optional"])?;
    let path = text("url", kwargs, "path")?;
    let optional = kwargs.get::<bool>("optional")?.unwrap_or(false);
    let language = language(site, kwargs)?;
    if local_pages::is_path(path) {
        return local_pages::url(site, path, language, optional);
    }
    if !path.starts_with('/') && !optional {
        return Err(Error::message(format!(
            "`{path}` is not a path: it does not start with `/`"
        )));
    }
    let end = path.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    let (bare, suffix) = path.split_at(end.unwrap_or(path.len()));
    let (page, why) = if bare.starts_with("/content/dam/") {
        let why = "no page is made for";
        (links::page(site, bare, language), why)
    } else if bare.starts_with("/content/") {
        match links::of_aem(site, bare.to_owned(), suffix) {
            Destination::Page { page, .. } => (Some(page), ""),
            Destination::Outside(address) => return Ok(Value::from(address)),
            Destination::Astray { route, .. } => {
                return Ok(Value::from(site.config.base_url.url(&route)));
            }
            _ => (None, "`[links]` of site.toml has no rule for AEM's page"),
        }
    } else {
        (links::at(site, bare, language), "the site has no page at")
    };
    match page {
        Some(page) => {
            let url = site.config.base_url.url(&page.route.encoded());
            Ok(Value::from(url + suffix))
        }
        None if optional => Ok(Value::none()),
        None => Err(Error::message(format!(
            "{why} `{path}`; `url(path=…, optional=true)` gives none instead"
        ))),
    }
}

/// `asset(src=)`: the URL of a static file's or an AEM asset's fingerprinted copy.
fn asset(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("asset", kwargs, &["src"])?;
    let src = text("asset", kwargs, "src")?;
    let route = if src.starts_with("/content/") {
        let path = AssetPath::parse(src).ok_or_else(|| {
            Error::message(format!(
                "`{src}` is not the path of an asset below /content/dam/"
            ))
        })?;
        return Ok(Value::from(asset_url(site, path)));
    } else if src.contains("://") || src.starts_with("//") {
        return Err(Error::message(format!(
            "`{src}` is not on the AEM host; only its own assets are part of the site"
        )));
    } else {
        reads::static_file(site, src).map_err(Error::message)?
    };
    Ok(Value::from(site.config.base_url.url(&encode_path(&route))))
}

/// The URL of an asset: of its copy, for which the page then waits, or where AEM has it.
pub(super) fn asset_url(site: &Site, path: AssetPath) -> String {
    if let AssetMode::Link(host) = &site.config.assets.mode {
        return format!("{host}{}", path.request_path());
    }
    let route = reads::asset(site, path);
    site.config.base_url.url(&encode_path(&route))
}
