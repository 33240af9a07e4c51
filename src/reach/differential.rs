//! Templates at random, rendered with whole items and with what of them was found to be reached: no difference may show.

use std::fmt::Write;
use std::sync::Arc;

use tera::{Context, Kwargs, Map, State, Tera, Value};

use super::{Reach, Reaches};
use crate::expression::{Fields, register_filters};

const MEMBERS: [&str; 6] = ["a", "b", "kind", "list", "deep", "absent"];

/// What an expression gives, as far as whoever writes templates knows.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Item,
    List,
    Group,
    Plain,
}

/// The arguments of a component.
type Takes = Vec<(&'static str, Kind)>;

/// Somebody who writes templates.
struct Author {
    rng: fastrand::Rng,
    names: Vec<(String, Kind)>,
    /// What the components take.
    components: Vec<(&'static str, Takes)>,
    shows: Shows,
}

/// What an author likes to show of an item.
#[derive(PartialEq)]
enum Shows {
    Members,
    Wholes,
}

impl Author {
    fn new(seed: u64) -> Self {
        let mut author = Self {
            rng: fastrand::Rng::with_seed(seed),
            names: Vec::new(),
            components: Vec::new(),
            shows: if seed.is_multiple_of(4) {
                Shows::Wholes
            } else {
                Shows::Members
            },
        };
        author.forget();
        author
    }

    fn forget(&mut self) {
        let page = [
            ("item", Kind::Item),
            ("parent", Kind::Item),
            ("items", Kind::List),
        ];
        self.names = page.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    }

    fn one_of<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.rng.usize(..of.len())]
    }

    fn name(&mut self, kind: Kind) -> Option<String> {
        let known = self.names.iter().filter(|(_, own)| *own == kind);
        let known: Vec<String> = known.map(|(name, _)| name.clone()).collect();
        (!known.is_empty()).then(|| known[self.rng.usize(..known.len())].clone())
    }

    fn expr(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Item => self.item(depth),
            Kind::List => self.list(depth),
            Kind::Group | Kind::Plain => self.plain(depth),
        }
    }

    fn item(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.u8(..3) == 0 {
            return self
                .name(Kind::Item)
                .unwrap_or("fragment(path='/p')".into());
        }
        let d = depth - 1;
        match self.rng.u8(..9) {
            0 => format!("({} | first)", self.list(d)),
            1 => format!("({} | last)", self.list(d)),
            2 => format!("({} | nth(n=0))", self.list(d)),
            3 => format!("({})[0]", self.list(d)),
            4 => format!(
                "({} if {} else {})",
                self.item(d),
                self.plain(d),
                self.item(d)
            ),
            5 => format!("({} or {})", self.item(d), self.item(d)),
            6 => format!("({} and {})", self.item(d), self.item(d)),
            7 => format!("({} | default(value={}))", self.item(d), self.item(d)),
            _ => "fragment(path='/p')".into(),
        }
    }

    /// Tera has members of names, and indices of everything.
    fn member(&mut self, depth: usize) -> String {
        let member = self.one_of(&MEMBERS);
        match self.name(Kind::Item) {
            Some(name) if self.rng.bool() => {
                let dot = self.one_of(&[".", "?.", " . "]);
                format!("{name}{dot}{member}")
            }
            _ => format!("{}['{member}']", self.item(depth)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.u8(..3) == 0 {
            return self.name(Kind::List).unwrap_or("query(name='q')".into());
        }
        let d = depth - 1;
        match self.rng.u8(..12) {
            0 => "query(name='q')".into(),
            1 => "query(name='q', fields=['a', '_path', 'deep.x'])".into(),
            2 => "query(name='q', where='item.a', sort='kind desc')".into(),
            3 => format!("({})[:2]", self.list(d)),
            4 => format!("({} | reverse)", self.list(d)),
            5 => format!("({} | sort(attribute='kind'))", self.list(d)),
            6 => format!("[{}, ...{}]", self.item(d), self.list(d)),
            7 => format!("[{}]", self.item(d)),
            8 => {
                let list = self.list(d);
                self.names.push(("each".into(), Kind::Item));
                let (value, asked) = (self.item(d), self.plain(d));
                self.names.pop();
                format!("[{value} for each in {list} if {asked}]")
            }
            9 => format!("({} | group_by(attribute='kind'))['k1']", self.list(d)),
            10 => match self.name(Kind::Group) {
                Some(group) => format!("{group}.items"),
                None => "groups[0].items".into(),
            },
            _ => format!("({} or {})", self.list(d), self.list(d)),
        }
    }

    fn plain(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        let member = self.one_of(&MEMBERS);
        let most = if depth == 0 { 4 } else { 16 };
        match self.rng.u8(..most) {
            0 | 1 => format!("({} or '')", self.member(d)),
            2 => format!("({}['{member}'] or 0)", self.item(d)),
            3 => self.name(Kind::Plain).unwrap_or("'x'".into()),
            4 => format!("({} | length)", self.list(d)),
            5 => format!("({} is defined)", self.item(d)),
            6 => format!("(not {})", self.item(d)),
            7 => format!("({} == 'k1')", self.member(d)),
            8 => format!("({} == none)", self.item(d)),
            9 => {
                let list = self.list(d);
                format!("([(each.{member} or 0) for each in {list}] | join(sep=','))")
            }
            10 => format!("({} is defined)", self.member(d)),
            11 => format!("({} | get(key='{member}', default=1))", self.item(d)),
            12 => format!("({}[1:] | length)", self.list(d)),
            13 => {
                let (yes, no) = (self.plain(d), self.plain(d));
                format!("({yes} if {} else {no})", self.item(d))
            }
            14 => format!("({} and {})", self.plain(d), self.plain(d)),
            _ if self.shows == Shows::Wholes => self.whole(d),
            _ => match self.name(Kind::Group) {
                Some(group) => format!("{group}.name"),
                None => "groups[0].name".into(),
            },
        }
    }

    /// Something for which all of an item counts.
    fn whole(&mut self, depth: usize) -> String {
        let member = self.one_of(&MEMBERS);
        let item = self.item(depth);
        match self.rng.u8(..6) {
            0 => format!("('{member}' in {item})"),
            1 => format!("({item} | json_encode)"),
            2 => format!("({item} == {})", self.item(depth)),
            3 => format!("({{'x': {item}}}['x'] | length)"),
            4 => format!("({item}['{member}' ~ ''] or '')"),
            _ => format!("([{item}] | json_encode)"),
        }
    }

    fn steps(&mut self, depth: usize) -> String {
        let outer = self.names.len();
        let count = self.rng.usize(1..4);
        let steps = (0..count).map(|_| self.step(depth)).collect();
        self.names.truncate(outer);
        steps
    }

    fn step(&mut self, depth: usize) -> String {
        if depth == 0 {
            return format!("{{{{ {} }}}}\n", self.plain(2));
        }
        let d = depth - 1;
        match self.rng.u8(..12) {
            0 | 1 => format!(
                "{{% if {} %}}{}{{% else %}}{}{{% endif %}}",
                self.plain(2),
                self.steps(d),
                self.steps(d)
            ),
            2 => format!("{{% if {} %}}{}{{% endif %}}", self.item(2), self.steps(d)),
            3 | 4 => self.over(Kind::Item, d),
            5 => self.over(Kind::Group, d),
            6 | 7 => {
                let kind = [Kind::Item, Kind::List, Kind::Plain][self.rng.usize(..3)];
                let value = self.expr(kind, 2);
                let name = self.one_of(&["x", "y", "z"]).to_owned();
                self.names.retain(|(own, _)| *own != name);
                self.names.push((name.clone(), kind));
                format!("{{%- set {name} = {value} -%}}")
            }
            8 if !self.components.is_empty() => self.call(d),
            9 => "{# {{ item }} #}{% raw %}{{ item }}{% endraw %}".into(),
            10 => {
                // More than one would come in no order.
                let list = self.list(1);
                format!(
                    "{{% for k, v in {list}[:1] | group_by(attribute='kind') %}}{{{{ v | length }}}}{{{{ v[0].a or '' }}}}{{% endfor %}}"
                )
            }
            _ => format!("{{{{ {} }}}}\n", self.plain(3)),
        }
    }

    fn over(&mut self, kind: Kind, depth: usize) -> String {
        let list = if kind == Kind::Group {
            "groups".into()
        } else {
            self.list(2)
        };
        let name = self.one_of(&["x", "item", "story"]).to_owned();
        let outer = self.names.clone();
        self.names.retain(|(own, _)| *own != name);
        self.names.push((name.clone(), kind));
        let body = self.steps(depth);
        self.names = outer;
        format!("{{% for {name} in {list} %}}{body}{{% endfor %}}")
    }

    fn call(&mut self, depth: usize) -> String {
        let (name, takes) = self.components[self.rng.usize(..self.components.len())].clone();
        let mut call = format!("<{name}");
        for (argument, kind) in takes {
            let value = self.expr(kind, 1);
            let _ = write!(call, " {argument}={{{value}}}");
        }
        match self.rng.bool() {
            true => format!("{{{{ {call} /> }}}}"),
            false => format!("{{% {call}> %}}{}{{% </{name}> %}}", self.steps(depth)),
        }
    }

    /// A file of components, each of which may call those before it.
    fn library(&mut self) -> String {
        let heads: [(&str, &str, Takes); 4] = [
            ("Card", "x", vec![("x", Kind::Item)]),
            ("List", "xs, n=1", vec![("xs", Kind::List)]),
            ("Around", "x, @item, @items", vec![("x", Kind::Item)]),
            (
                "ui.Pair",
                "item, y",
                vec![("item", Kind::Item), ("y", Kind::Item)],
            ),
        ];
        let mut text = String::new();
        for (name, head, takes) in heads {
            self.names = takes
                .iter()
                .map(|(name, kind)| ((*name).to_owned(), *kind))
                .collect();
            if name == "Around" {
                self.names.push(("item".into(), Kind::Item));
                self.names.push(("items".into(), Kind::List));
            }
            let body = self.steps(2);
            let _ = writeln!(
                text,
                "{{% component {name}({head}) %}}{body}{{{{ body or '' }}}}{{% endcomponent {name} %}}"
            );
            self.components.push((name, takes));
        }
        self.forget();
        text
    }

    fn site(&mut self) -> Vec<(&'static str, String)> {
        let library = self.library();
        let part = self.steps(2);
        let base = self.steps(1);
        let main = self.steps(3);
        let own = match self.rng.bool() {
            true => format!(
                "{{% extends 'base.html' %}}{{% block main %}}{main}{{{{ super() }}}}{{% endblock %}}"
            ),
            false => format!("{main}{{% include 'part.html' %}}"),
        };
        let part = format!("{part}{{{{ (x?.a or '') if x is defined else '' }}}}");
        vec![
            ("t.html", own),
            (
                "base.html",
                format!("{base}{{% block main %}}{}{{% endblock %}}", self.steps(1)),
            ),
            ("part.html", part),
            ("library.html", library),
        ]
    }

    fn value(&mut self) -> Value {
        match self.rng.u8(..6) {
            0 => Value::none(),
            1 => Value::from(self.rng.i64(0..3)),
            2 => Value::from(vec![Value::from(1), Value::from("k1")]),
            3 => Value::from(Map::from_iter([(
                "x".into(),
                Value::from(self.rng.i64(..9)),
            )])),
            _ => Value::from(self.rng.i64(..99).to_string()),
        }
    }

    fn content(&mut self) -> Value {
        let path = format!("/p/{}", self.rng.u8(..3));
        let kind = self.one_of(&["k1", "k2"]).to_owned();
        let mut item =
            Map::from_iter([("_path".into(), path.into()), ("kind".into(), kind.into())]);
        for member in ["a", "b", "list", "deep"] {
            if self.rng.u8(..5) > 0 {
                item.insert(member.into(), self.value());
            }
        }
        Value::from(item)
    }

    fn contents(&mut self) -> Vec<Value> {
        let count = self.rng.usize(..4);
        (0..count).map(|_| self.content()).collect()
    }
}

/// What there is to be shown.
#[derive(Clone)]
struct Content {
    item: Value,
    parent: Value,
    items: Vec<Value>,
    has_items: bool,
    query: Vec<Value>,
    fragment: Value,
    order: Vec<usize>,
}

fn projected(item: &Value, fields: &Fields) -> Value {
    let Fields::Some(names) = fields else {
        return item.clone();
    };
    let members = item.as_map().unwrap().iter();
    let kept = members.filter_map(|(name, value)| {
        let text = name.as_str().unwrap();
        let inner = names
            .iter()
            .filter_map(|own| own.strip_prefix(text)?.strip_prefix('.'));
        let inner: Vec<&str> = inner.collect();
        if names.contains(text) {
            return Some((name.clone(), value.clone()));
        }
        let Some(map) = value.as_map().filter(|_| !inner.is_empty()) else {
            return (!inner.is_empty()).then(|| (name.clone(), value.clone()));
        };
        let own = map
            .iter()
            .filter(|(name, _)| inner.contains(&name.as_str().unwrap()));
        let own: Map = own
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Some((name.clone(), Value::from(own)))
    });
    let kept: Map = kept.collect();
    if kept.is_empty() {
        // An item is never empty.
        return Value::from(Map::from_iter([("".into(), Value::none())]));
    }
    Value::from(kept)
}

impl Content {
    fn of(author: &mut Author) -> Self {
        let query = author.contents();
        // As `where` and `sort` of the only query that has them.
        let mut order: Vec<usize> = (0..query.len())
            .filter(|at| query[*at].get_from_path("a").is_some_and(|a| !a.is_none()))
            .collect();
        let kind = |at: &usize| query[*at].get_from_path("kind").unwrap().to_string();
        order.sort_by_key(|at| std::cmp::Reverse(kind(at)));
        Self {
            item: author.content(),
            parent: author.content(),
            items: author.contents(),
            has_items: true,
            fragment: author.content(),
            query,
            order,
        }
    }

    fn reached(&self, reach: &Reach) -> Self {
        let all =
            |items: &[Value], fields| items.iter().map(|item| projected(item, fields)).collect();
        let lists = [reach.variable("items"), reach.variable("groups")];
        Self {
            item: projected(&self.item, reach.variable("item")),
            parent: projected(&self.parent, reach.variable("parent")),
            items: all(&self.items, reach.elements("items")),
            has_items: lists.contains(&&Fields::All),
            query: all(&self.query, reach.query("q")),
            fragment: projected(&self.fragment, reach.fragment()),
            order: self.order.clone(),
        }
    }

    fn context(&self) -> Context {
        let mut context = Context::new();
        context.insert_value("item", self.item.clone());
        context.insert_value("parent", self.parent.clone());
        let items = if self.has_items {
            self.items.clone()
        } else {
            Vec::new()
        };
        let group = [
            ("name".into(), Value::from("k1")),
            ("items".into(), Value::from(items.clone())),
        ];
        context.insert_value("items", Value::from(items));
        context.insert_value(
            "groups",
            Value::from(vec![Value::from(Map::from_iter(group))]),
        );
        context
    }

    /// `query()`, which looks at whole items to choose among them.
    fn query(&self, kwargs: &Kwargs) -> Value {
        let is_chosen = kwargs.get::<&str>("where").unwrap().is_some();
        let items: Vec<Value> = match is_chosen {
            true => self
                .order
                .iter()
                .map(|at| self.query[*at].clone())
                .collect(),
            false => self.query.clone(),
        };
        let Some(fields) = kwargs.get::<Vec<String>>("fields").unwrap() else {
            return Value::from(items);
        };
        let narrow = |item: &Value| {
            let found = fields.iter().filter_map(|field| {
                Some((field.clone().into(), item.get_from_path(field)?.clone()))
            });
            Value::from(found.collect::<Map>())
        };
        Value::from(items.iter().map(narrow).collect::<Vec<_>>())
    }

    fn render(self, site: &[(&'static str, String)]) -> Result<String, String> {
        let context = self.context();
        let content = Arc::new(self);
        let mut tera = Tera::new();
        register_filters(&mut tera);
        let own = Arc::clone(&content);
        tera.register_function("query", move |kwargs: Kwargs, _: &State<'_>| {
            own.query(&kwargs)
        });
        tera.register_function("fragment", move |_: Kwargs, _: &State<'_>| {
            content.fragment.clone()
        });
        let texts = site.iter().map(|(name, text)| (*name, text.as_str()));
        tera.add_raw_templates(texts)
            .map_err(|error| format!("COMPILE {error}"))?;
        tera.render("t.html", &context)
            .map_err(|error| error.to_string())
    }
}

/// Tries some sites; how many of them could be rendered.
fn try_some(seeds: std::ops::Range<u64>) -> usize {
    let mut fine = 0;
    for seed in seeds {
        let mut author = Author::new(seed);
        let site = author.site();
        let content = Content::of(&mut author);
        let reaches = Reaches::of(site.iter().map(|(name, text)| (*name, &**text)));
        let reach = reaches.get("t.html");
        let whole = content.clone().render(&site);
        let is_compiled = !whole.as_ref().is_err_and(|why| why.starts_with("COMPILE"));
        if is_compiled {
            assert!(
                reaches.templates.contains_key("t.html"),
                "seed {seed}: not understood: {site:#?}"
            );
        }
        let reached = content.reached(reach).render(&site);
        fine += usize::from(whole.is_ok());
        let same = match (&whole, &reached) {
            (Ok(whole), Ok(reached)) => whole == reached,
            (whole, reached) => whole.is_err() == reached.is_err(),
        };
        assert!(
            same,
            "seed {seed}\n{reach:#?}\n{site:#?}\nwhole: {whole:?}\nreached: {reached:?}"
        );
    }
    fine
}

#[test]
fn what_is_not_reached_does_not_show() {
    let fine = try_some(0..1000);
    assert!(fine > 200, "only {fine} templates could be rendered");
}

#[test]
#[ignore = "takes minutes; for changes of this module"]
fn what_is_not_reached_does_not_show_at_length() {
    let start = fastrand::u64(..u64::MAX / 2);
    try_some(start..start + 300_000);
}
