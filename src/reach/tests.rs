use std::path::Path;

use super::{Reach, Reaches};
use crate::expression::Fields;

fn members(fields: &Fields) -> String {
    match fields {
        Fields::All => "ALL".to_owned(),
        Fields::Some(names) => names.iter().cloned().collect::<Vec<_>>().join(" "),
    }
}

/// `item`, what is in `items`, and the items of the query `q`, of a template alone.
fn of(text: &str) -> [String; 3] {
    among(&[("t.html", text)])
}

fn among(texts: &[(&str, &str)]) -> [String; 3] {
    let reaches = Reaches::of(texts.iter().copied());
    let reach = reaches.get("t.html");
    let all = [
        reach.variable("item"),
        reach.elements("items"),
        reach.query("q"),
    ];
    all.map(members)
}

fn item(text: &str) -> String {
    let [item, items, query] = of(text);
    assert_eq!((&*items, &*query), ("", ""), "{text}");
    item
}

fn items(text: &str) -> String {
    let [item, items, query] = of(text);
    assert_eq!((&*item, &*query), ("", ""), "{text}");
    items
}

fn query(text: &str) -> String {
    let [item, items, query] = of(text);
    assert_eq!((&*item, &*items), ("", ""), "{text}");
    query
}

fn folder(path: &str) -> Reaches {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let files = crate::fs::walk(&root).unwrap();
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            (file.to_str().unwrap().replace('\\', "/"), text)
        })
        .collect();
    Reaches::of(texts.iter().map(|(name, text)| (&**name, &**text)))
}

fn files(reach: &Reach) -> Vec<&str> {
    reach.files().iter().map(|name| &**name).collect()
}

#[test]
fn of_a_member_whose_own_member_is_read_that_one_counts() {
    assert_eq!(
        item("{{ item.a.b }}{{ item.a['c'] }}{{ item['a'].d.e }}"),
        "a.b a.c a.d"
    );
    // Once it goes elsewhere as it is, all of it counts.
    assert_eq!(item("{% set x = item.a %}{{ x.b }}"), "a");
    assert_eq!(item("{{ item.a.b }}{% if item.a %}{% endif %}"), "a a.b");
    assert_eq!(item("{% for x in item.a %}{{ x.b }}{% endfor %}"), "a");
    assert_eq!(item("{{ item.a[item.k] }}{{ item.a['b.c'] }}"), "a k");
    assert_eq!(items("{% for x in items %}{{ x.a.b }}{% endfor %}"), "a.b");
    assert_eq!(item("{{ (item.a or item.b).c }}"), "a b");
}

#[test]
fn members_are_found_however_they_are_written() {
    assert_eq!(
        item("{{ item.a }}{{item['b']}}{{- item[\"c\"] -}}{{ item[`d`] }}"),
        "a b c d"
    );
    assert_eq!(
        item("{{ item?.a }}{{ item?['b'] or '' }}{{ item . c . d }}{{ item['e']?.f.g[0] }}"),
        "a b c.d e.f"
    );
    assert_eq!(
        item("{% if item.a and not item.b or item.c > 1 %}{% elif item.d %}{% endif %}"),
        "a b c d"
    );
    assert_eq!(
        item("{{ item.a if item.b else item.c }}{{ -item.d ** 2 }}"),
        "a b c d"
    );
    assert_eq!(
        item("{{ item.a | upper | truncate(length=item.b) }}{{ url(path=item.c) }}"),
        "a b c"
    );
    assert_eq!(
        item("{{ [item.a, ...item.b] }}{{ {'k': item.c, ...item.d} }}"),
        "a b c d"
    );
    assert_eq!(
        item("{% for x in item.a %}{{ x.deep.er }}{% endfor %}"),
        "a"
    );
    assert_eq!(item("{% for k, v in item.a %}{{ v.x }}{% endfor %}"), "a");
    assert_eq!(item("{{ [x.y for x in item.a if x.z == item.b] }}"), "a b");
    assert_eq!(item("{{ item[':a-b'] }}{{ item['a\\'b'] }}"), ":a-b a'b");
    assert_eq!(
        item("{% filter replace(from=item.a, to=\"b\") %}{{ item.c }}{% endfilter %}"),
        "a c"
    );
    assert_eq!(
        item("{% set x | replace(from='a', to=item.b) %}{{ item.c }}{% endset %}{{ x }}"),
        "b c"
    );
}

#[test]
fn what_is_shown_as_a_whole_counts_as_a_whole() {
    for text in [
        "{{ item }}",
        "{{ item | json_encode }}",
        "{% set x = item %}{{ x | json_encode }}",
        "{% set x = item %}{% set y = x %}{{ y ~ '' }}",
        "{{ item[key] }}",
        "{{ item['a' ~ 'b'] }}",
        "{{ item['a.b'] }}",
        "{{ item | length }}",
        "{{ item | get(key=x) }}",
        "{{ 'a' in item }}",
        "{{ item not in x }}",
        "{{ item is containing(pat='a') }}",
        "{{ item == x }}",
        "{{ {...item, 'b': 1}.b }}",
        "{{ {'a': item}['a'].b }}",
        "{% for k, v in item %}{{ k }}{% endfor %}",
        "{% for v in item %}{{ v }}{% endfor %}",
        "{{ [v for k, v in item] }}",
        "{{ [item] | json_encode }}",
        "{{ [[item]] }}",
        "{{ trans(key='a', name=item) }}",
        "{{ image(src=item) }}",
        "{{ x if x else item }}",
        "{{ x or item }}",
        "{{ item and item }}",
        "{{ x | default(value=item) }}",
        "{% set_global x = item %}{{ x }}",
        "{{ item | keys }}",
        "{{ [item] | unique | length }}",
        "{{ [item] | sort | length }}",
        "{{ [x for x in [item]] | first }}",
        "{{ x | get(key='a', default=item) }}",
    ] {
        assert_eq!(item(text), "ALL", "{text}");
    }
    assert_eq!(items("{{ items | json_encode }}"), "ALL");
    assert_eq!(items("{{ groups | json_encode }}"), "ALL");
    assert_eq!(items("{% for g in groups %}{{ g }}{% endfor %}"), "ALL");
    assert_eq!(items("{{ items[0] }}"), "ALL");
    assert_eq!(items("{{ items | unique | length }}"), "ALL");
    assert_eq!(query("{{ query(name='q') }}"), "ALL");
    assert_eq!(query("{{ query(name=page.kind) | length }}"), "ALL");
}

#[test]
fn asking_whether_something_is_there_shows_nothing() {
    assert_eq!(
        item("{% if item %}{% endif %}{{ 1 if not item else 2 }}"),
        ""
    );
    assert_eq!(
        item("{{ item is defined }}{{ item is not none }}{{ item == none }}{{ 'x' != item }}"),
        ""
    );
    assert_eq!(
        item("{% set x = item %}{% if x and item.a %}{% endif %}"),
        "a"
    );
    assert_eq!(
        items("{{ items | length }}{% if items %}{% endif %}{{ items == [] }}"),
        "ALL"
    );
    assert_eq!(
        items("{{ items | length }}{% if items %}{% endif %}{{ items[1:] | length }}"),
        ""
    );
}

#[test]
fn long_chains_are_followed_once() {
    let chain = "item.a or ".repeat(200);
    assert_eq!(item(&format!("{{{{ {chain}item.b }}}}")), "a b");
}

#[test]
fn lists_hand_on_what_is_in_them() {
    assert_eq!(
        items("{% for x in items %}{{ x.a }}{% endfor %}{{ x.b }}"),
        "a b"
    );
    assert_eq!(
        items("{{ items[0].a }}{{ items[n].b }}{{ items[-1]?.c }}{{ (items | last).d }}"),
        "a b c d"
    );
    assert_eq!(
        items("{% for x in items[1:n] | reverse %}{{ x.a }}{% endfor %}"),
        "a"
    );
    assert_eq!(
        items("{% for x in items | sort(attribute='a.b') %}{{ x.c }}{% endfor %}"),
        "a c"
    );
    assert_eq!(
        items("{% for k, v in items | group_by(attribute='a') %}{{ v[0].c }}{% endfor %}"),
        "a c"
    );
    assert_eq!(
        items(
            "{% set by = items | group_by(attribute='a') %}{{ by.x[0].b }}{{ by['y'] | length }}"
        ),
        "a b"
    );
    assert_eq!(
        items("{{ [x.a for x in items if x.b] | join(sep=',') }}"),
        "a b"
    );
    assert_eq!(
        items("{% set xs = [x for x in items if x.a] %}{{ xs[0].b }}"),
        "a b"
    );
    assert_eq!(
        items("{% for x in [items[0], ...items[2:]] %}{{ x.a }}{% endfor %}"),
        "a"
    );
    assert_eq!(
        items("{% for xs in [items, items] %}{% for x in xs %}{{ x.a }}{% endfor %}{% endfor %}"),
        "a"
    );
    assert_eq!(
        items(
            "{% for g in groups %}{{ g.name }}{% for x in g.items %}{{ x.a }}{% endfor %}{% endfor %}"
        ),
        "a"
    );
    assert_eq!(
        items("{{ groups[0].items[0].a }}{{ groups[1]['items'] | length }}"),
        "a"
    );
    assert_eq!(
        of("{% for item in items %}{{ item.a }}{% endfor %}"),
        ["a", "a", ""]
    );
    assert_eq!(
        of("{% set x = item or items[0] %}{{ x.a }}"),
        ["a", "a", ""]
    );
    assert_eq!(of("{{ (x | default(value=item)).a }}"), ["a", "", ""]);
    assert_eq!(
        of("{{ (item | get(key='a')).b }}{{ item | get(key='c', default=items[0].d) }}"),
        ["a c", "d", ""]
    );
}

#[test]
fn what_is_no_code_is_not_read() {
    assert_eq!(
        item("{# {{ item }} #}item {# {% raw %} #}{{ item.a }}"),
        "a"
    );
    assert_eq!(
        item("{% raw %}{{ item }}{% endraw %}{%- raw -%}{% if item.b %}{%- endraw -%}{{ item.a }}"),
        "a"
    );
    assert_eq!(
        item("{{ '{{ item }}' ~ \"}} {% item\" ~ `item` }}{{ item.a }}"),
        "a"
    );
    assert_eq!(item("{{ 'it\\'s }} {{ item }}' }}{{ item.a }}"), "a");
    assert_eq!(
        item("{{ my_item }}{{ page.item }}{{ items_ }}{{ f(item='x') }}é{{ item.a }}"),
        "a"
    );
    assert_eq!(item("{%- if item.a -%}{%-endif-%}{{-item.b-}}"), "a b");
}

#[test]
fn what_is_not_understood_reaches_everything() {
    for text in [
        "{{ élan }}",
        "{{ item.a",
        "{% unknown item.a %}",
        "{{ 'open }}",
        "{# open",
        "{% raw %} open",
        "{{ __tera_context }}",
        "{% set x = __tera_context %}",
        "{% include \"absent.html\" %}",
        "{{ <Absent /> }}",
        "{% component A(x) %}{{ x.a }}",
    ] {
        assert_eq!(of(text), ["ALL", "ALL", "ALL"], "{text}");
        let reaches = Reaches::of([("t.html", text), ("other.html", "")]);
        assert_eq!(
            files(reaches.get("t.html")),
            ["other.html", "t.html"],
            "{text}"
        );
        assert_eq!(reaches.get("t.html").fragment(), &Fields::All);
        assert_eq!(files(reaches.get("other.html")), ["other.html"], "{text}");
    }
    assert_eq!(
        Reaches::of([("a", "")]).get("b").variable("item"),
        &Fields::All
    );
}

#[test]
fn queries_count_with_their_conditions_and_orders() {
    assert_eq!(
        query("{% for x in query(name='q', limit=3) %}{{ x.a }}{% endfor %}"),
        "a"
    );
    assert_eq!(
        query(
            "{{ query(name='q', where=\"item.a > 1 and item['b']\", sort='c desc, item.d | lower')[0].e }}"
        ),
        "a b c d e"
    );
    assert_eq!(query("{{ query(name='q', where='item') | length }}"), "ALL");
    assert_eq!(
        query("{{ query(name='q', where='item.a == ' ~ page.x) | length }}"),
        "ALL"
    );
    assert_eq!(query("{{ query(name='q', sort=page.x) | length }}"), "ALL");
    assert_eq!(
        query("{% set n = 'q' %}{% set w = 'item.a' %}{{ query(name=n, where=w)[0].b }}"),
        "a b"
    );
    assert_eq!(
        query("{% set n = 'other' if x else 'q' %}{{ query(name=n)[0].b }}"),
        "b"
    );
    assert_eq!(
        query("{% for n in ['q'] %}{{ query(name=n)[0].b }}{% endfor %}"),
        "ALL"
    );
    assert_eq!(
        query("{% set n %}q{% endset %}{{ query(name=n)[0].b }}"),
        "ALL"
    );
}

#[test]
fn queries_are_as_narrow_as_they_are_asked() {
    assert_eq!(
        query("{{ query(name='q', fields=['a', 'b.c']) | json_encode }}"),
        "a b"
    );
    assert_eq!(
        query("{{ query(name='q', fields=['a', 'b.c'])[0]['b.c'] }}"),
        "a b"
    );
    assert_eq!(
        query("{% if query(name='q', fields=['a', 'b'])[0] %}{% endif %}"),
        "a b"
    );
    assert_eq!(
        query("{{ query(name='q', fields=x) | json_encode }}"),
        "ALL"
    );
    assert_eq!(
        query("{% set f = ['a'] %}{{ query(name='q', fields=f)[0].a }}"),
        "a"
    );
    assert_eq!(
        query("{% set f = ['a'] %}{{ query(name='q', fields=f) | json_encode }}"),
        "ALL"
    );
}

const CARDS: &str = "{% component Card(x, y=\"\") %}{{ x.a }}{{ <Inner z={x} /> }}{% endcomponent Card %}
    {% component Inner(z, @page) %}{{ z.b }}{{ page.url }}{% endcomponent %}
    {% component ui.All(...rest) {\"note\": \"x\"} %}{{ rest }}{% endcomponent ui.All %}
    {% component Around(@item) %}{{ item.around }}{% endcomponent %}
    {% component Loop(x, n=0) %}{{ x.c }}{% if n < 3 %}{{ <Loop x={x} n={n + 1} /> }}{% endif %}{% endcomponent %}
    {% component Nest(xs) %}{{ <Nest xs={[xs]} /> }}{% endcomponent %}
    {% component With(x) %}{% include 'part.html' %}{% endcomponent %}
    {% component Ask(name=\"q\") %}{{ query(name=name)[0].a }}{% endcomponent %}";

fn with_cards(text: &str) -> [String; 3] {
    among(&[
        ("t.html", text),
        ("cards.html", CARDS),
        ("part.html", "{{ x.part }}"),
    ])
}

#[test]
fn components_are_followed() {
    let one = |text| with_cards(text)[0].clone();
    assert_eq!(one("{{ <Card x={item} /> }}"), "a b");
    assert_eq!(
        one("{% <Card x={item} y=\"s\"> %}{{ item.body }}{% </Card> %}"),
        "a b body"
    );
    assert_eq!(one("{% set x = item %}{{ <Card x /> }}"), "a b");
    assert_eq!(one("{{ <Card {...item} /> }}"), "ALL");
    assert_eq!(one("{{ <ui.All x={item} /> }}"), "ALL");
    assert_eq!(one("{{ <Around /> }}"), "around");
    assert_eq!(one("{{ <Loop x={item} /> }}"), "c");
    assert_eq!(one("{{ <Nest xs={[item]} /> }}"), "ALL");
    assert_eq!(one("{{ <With x={item} /> }}"), "part");
    assert_eq!(one("{{ <Card x={item.x} /> }}"), "x");
    assert_eq!(
        with_cards("{% for item in items %}{{ <Around /> }}{% endfor %}"),
        ["around", "around", ""]
    );
    assert_eq!(with_cards("{{ <Ask /> }}"), ["", "", "a"]);
    assert_eq!(with_cards("{{ <Ask name=\"other\" /> }}"), ["", "", "a"]);
    assert_eq!(
        with_cards("{{ <Ask name={page.kind} /> }}"),
        ["", "", "ALL"]
    );
    assert_eq!(with_cards("{{ <Ask {...page} /> }}"), ["", "", "ALL"]);
}

#[test]
fn what_is_extended_and_included_counts() {
    let texts = [
        (
            "t.html",
            "{% extends \"base.html\" %}{% block main %}{% set x = item %}{% include \"part.html\" %}{{ super() }}{% endblock main %}",
        ),
        (
            "base.html",
            "{% block main %}{{ item.base }}{% endblock %}{{ <Foot /> }}",
        ),
        ("part.html", "{{ x.part }}"),
        (
            "foot.html",
            "{% component Foot(@item) %}{{ item?.foot }}{% endcomponent %}",
        ),
        ("never.html", "{{ item }}"),
    ];
    assert_eq!(among(&texts)[0], "base foot part");
    let reaches = Reaches::of(texts);
    assert_eq!(
        files(reaches.get("t.html")),
        ["base.html", "foot.html", "part.html", "t.html"]
    );
    assert_eq!(files(reaches.get("part.html")), ["part.html"]);
}

#[test]
fn what_a_component_is_given_between_its_tags_may_name_any_query() {
    let text = "{% component Titles() %}{% for x in query(name=body) %}{{ x.title }}{% endfor %}\
                {% endcomponent Titles %}{% <Titles> %}walks{% </Titles> %}";
    let reaches = Reaches::of([("t.html", text)]);
    assert_eq!(members(reaches.get("t.html").query("walks")), "ALL");
}

#[test]
fn to_see_whether_it_makes_a_difference_everything_can_be_reached() {
    let whole = Reaches::whole();
    let reach = whole.get("t.html");
    assert_eq!(members(reach.variable("item")), "ALL");
    assert_eq!(members(reach.elements("items")), "ALL");
    assert_eq!(members(reach.query("walks")), "ALL");
    assert_eq!(members(reach.fragment()), "ALL");
}

#[test]
fn paths_lead_to_items_of_any_query() {
    let fragment = |text: &str| {
        let reaches = Reaches::of([("t.html", text)]);
        members(reaches.get("t.html").fragment())
    };
    assert_eq!(
        fragment("{% set t = fragment(path=item.x) %}{% if t %}{{ t.title }}{% endif %}"),
        "title"
    );
    assert_eq!(fragment("{{ fragment(path='/x') }}"), "ALL");
    assert_eq!(
        fragment("{% for from in backlinks() %}{{ from.url }}{{ from.item.a }}{% endfor %}"),
        "a"
    );
    assert_eq!(fragment("{{ backlinks() | json_encode }}"), "ALL");
    assert_eq!(
        fragment("{% for x in backlinks() | sort(attribute='item.a') %}{{ x.url }}{% endfor %}"),
        "a"
    );
}

#[test]
fn rich_text_calls_components_and_reads_what_it_refers_to() {
    let texts = [
        ("t.html", "{{ item.body | rich_text }}"),
        (
            "rich-text/PictureModel.html",
            "{% component RichTextPictureModel(item, text) %}{{ item.caption }}{% endcomponent %}",
        ),
        (
            "rich-text/header.html",
            "{% component RichTextHeader(level, @page) %}{{ page.url }}{{ <Mark /> }}{% endcomponent %}",
        ),
        ("mark.html", "{% component Mark() %}{% endcomponent %}"),
        ("never.html", "{% component Never() %}{% endcomponent %}"),
    ];
    let reaches = Reaches::of(texts);
    let reach = reaches.get("t.html");
    assert_eq!(
        members(reach.variable("item")),
        "_path body path references"
    );
    assert_eq!(members(reach.variable("parent")), "_path path");
    assert_eq!(members(reach.elements("items")), "_path path");
    let fragment = members(reach.fragment());
    for own in [
        "caption",
        "__typename",
        "_smartCrops",
        "fields",
        "title",
        "width",
    ] {
        assert!(fragment.split(' ').any(|name| name == own), "{fragment}");
    }
    assert_eq!(
        files(reach),
        [
            "mark.html",
            "rich-text/PictureModel.html",
            "rich-text/header.html",
            "t.html"
        ]
    );
    // There may be a component in what is not understood.
    let broken = Reaches::of(texts.into_iter().chain([("x.html", "{{ é }}")]));
    assert_eq!(broken.get("t.html").variable("item"), &Fields::All);
}

#[test]
fn other_variables_of_the_page_count_too() {
    let reaches = Reaches::of([(
        "t.html",
        "{{ pager.next }}{{ page.url }}{{ '/x' | absolute_url }}{% for t in terms %}{{ t.name }}{% endfor %}",
    )]);
    let reach = reaches.get("t.html");
    assert_eq!(members(reach.variable("pager")), "next");
    assert_eq!(members(reach.variable("page")), "permalink url");
    assert_eq!(members(reach.variable("terms")), "ALL");
    assert_eq!(members(reach.elements("terms")), "name");
    assert_eq!(members(reach.variable("items")), "");
    assert_eq!(members(reach.variable("taxonomy")), "");
    let reaches = Reaches::of([(
        "t.html",
        "{% component A(@items) %}{% if items %}{% endif %}{% endcomponent %}{{ <A /> }}",
    )]);
    let reach = reaches.get("t.html");
    assert_eq!(members(reach.variable("items")), "ALL");
    assert_eq!(members(reach.elements("items")), "");
}

#[test]
fn the_sites_at_hand_are_understood() {
    let bench = folder("bench/site/templates");
    let reach = bench.get("list.html");
    assert_eq!(
        members(reach.elements("items")),
        "_path published teaser title"
    );
    assert_eq!(
        members(reach.variable("pager")),
        "next number previous total"
    );
    assert_eq!(files(reach), ["base.html", "card.html", "list.html"]);
    let reach = bench.get("article.html");
    assert_eq!(
        members(reach.variable("item")),
        "author.name body.html published teaser title topics"
    );
    assert_eq!(files(reach), ["article.html", "base.html"]);
    assert_eq!(
        members(bench.get("topic.html").elements("items")),
        "_path published teaser title"
    );

    let example = folder("templates");
    insta::assert_snapshot!(
        example
            .templates
            .iter()
            .map(|(name, reach)| {
                let queries = reach
                    .queries
                    .named
                    .iter()
                    .map(|(name, own)| format!(", {name}: {}", members(own)));
                format!(
                    "{name}: item: {}, items: {}, fragment: {}{}\n",
                    members(reach.variable("item")),
                    members(reach.elements("items")),
                    members(reach.fragment()),
                    queries.collect::<String>()
                )
            })
            .collect::<String>()
    );
    assert_eq!(example.templates.len(), example.unknown.files.len());
}
