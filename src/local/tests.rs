//! From Markdown files to pages with places and templates.

use std::sync::Arc;

use super::*;
use crate::config::{Config, Overrides, parse_site};

/// A site in English, French without a prefix of its own, with these files.
fn site(files: &[(&str, &str)]) -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(FOLDER).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let text = "base_url = \"https://a.example\"\ndefault_language = \"en\"\n[aem]\npublish = \"https://p.example\"\n\
                [languages.en]\n[languages.fr]\n";
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None);
    let config = config.unwrap_or_else(|report| panic!("{report}")).value;
    (dir, config)
}

fn good(files: &[(&str, &str)]) -> LocalPages {
    let (_dir, config) = site(files);
    let loaded = load(&config);
    assert!(loaded.found.is_empty(), "{}", loaded.found);
    loaded.pages
}

fn report(files: &[(&str, &str)]) -> String {
    let (_dir, config) = site(files);
    load(&config).found.to_string()
}

/// The template a text becomes.
fn template(text: &str) -> String {
    let pages = good(&[("a.md", text)]);
    pages.get(LocalId(0)).body.template.to_string()
}

#[test]
fn a_file_has_its_place() {
    let french = "+++\nlang = \"fr\"\n+++\n";
    let routed = "+++\nroute = \"/x/y.html\"\n+++\n";
    let files = [
        ("index.md", ""),
        ("about.md", ""),
        ("about.fr.md", ""),
        ("history.md", french),
        ("v1.2.md", ""),
        ("news/_index.md", ""),
        ("news/first.fr.md", routed),
        ("news/second/index.fr.md", ""),
        ("notes.txt", ""),
        (".hidden.md", "+++"),
    ];
    let pages = good(&files);
    let places = pages.iter().map(|(_, page)| {
        let place = &page.place;
        let section = place.section().unwrap_or("-");
        format!("{} {} {section:?}", page.file.name, place.route)
    });
    let places: Vec<String> = places.collect();
    assert_eq!(
        places,
        [
            "content/about.fr.md /fr/about/ \"\"",
            "content/about.md /about/ \"\"",
            "content/history.md /fr/history/ \"\"",
            "content/index.md / \"-\"",
            "content/news/_index.md /news/ \"\"",
            "content/news/first.fr.md /fr/x/y.html \"news\"",
            "content/news/second/index.fr.md /fr/news/second/ \"news\"",
            "content/v1.2.md /v1.2/ \"\"",
        ]
    );
    let folders: Vec<&str> = pages.folders().iter().map(String::as_str).collect();
    assert_eq!(folders, ["", "news", "news/second"]);
    let about = pages.find("content/about.md").unwrap();
    let fr = pages.get(LocalId(0)).place.language;
    assert_eq!(pages.counterpart(about, fr), Some(LocalId(0)));
    let history = pages.find("content/history.md").unwrap();
    assert_eq!(pages.counterpart(history, fr), Some(history));
}

#[test]
fn front_matter_is_read() {
    let text = "\u{feff}+++\r\ntitle = \"A\"\r\ntemplate = \"t.html\"\r\ndate = 2026-05-24\r\nweight = 3\r\n\
                aliases = [\"/old/\"]\r\n[extra]\r\nx = [1, { y = \"z\" }]\r\n+++\r\nText\r\n";
    let pages = good(&[
        ("a.md", text),
        (
            "b.md",
            "+++\ndraft = true\ndate = \"2026-05-24T10:00:00Z\"\n+++\n",
        ),
    ]);
    let page = pages.get(LocalId(0));
    let front = &page.front;
    assert_eq!(front.title.as_deref(), Some("A"));
    assert_eq!(front.date.as_deref(), Some("2026-05-24"));
    assert_eq!(front.weight, Some(3));
    assert_eq!(front.aliases[0].0, "/old/");
    assert_eq!(front.extra.to_string(), r#"{"x":[1,{"y":"z"}]}"#);
    assert_eq!(&*page.body.template, "<p>Text</p>\n");
    assert!(pages.is_draft("content/b.md"));
    assert!(pages.find("content/b.md").is_none());
}

#[test]
fn every_mistake_of_every_file_is_told() {
    insta::assert_snapshot!(report(&[
        (
            "a.md",
            "+++\ntitel = \"A\"\nweight = \"first\"\ndate = \"soon\"\n+++\nText\n"
        ),
        ("b.md", "+++\ntitle = \"B\"\n\nText\n"),
        ("c.md", "---\ntitle: C\n---\nText\n"),
        ("d.md", "+++\ntitle = \"D\n+++\nText\n"),
        ("e.de.md", ""),
        ("f.fr.md", "+++\nlang = \"en\"\n+++\n"),
        ("g.md", "+++\nroute = \"about\"\nextra = 1\n+++\n"),
        (
            "h.md",
            "+++\ntitle = \"H\"\n+++\n\nOne {{ two\n\n{% three\n"
        ),
        ("i.md", "# A {#same}\n\n# B {#same}\n"),
        ("j.md", "One"),
        ("j.en.md", "Two"),
    ]));
}

#[test]
fn markdown_becomes_html() {
    insta::assert_snapshot!(template(
        "# Title\n\nSome *text*, ~~old~~ and a note[^n].\nAnother[^m], again[^n].\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n\
         - [x] done\n- [ ] open\n\n```rust,ignore\nfn a() -> &str { \"{{ b }}\" }\n```\n\n    indented\n\n[^n]: The *note*.\n[^m]: Other, see[^n].\n\n    - x\n"
    ));
}

#[test]
fn headings_have_names_of_their_own() {
    let text = "# Été à la cabane\n\n## Same\n\n## Same\n\n## Chosen {#same-1 .big}\n\n## ☀\n\n## `code` & *more*\n";
    let pages = good(&[("a.md", text)]);
    let headings = &pages.get(LocalId(0)).body.headings;
    let headings: Vec<String> = headings
        .iter()
        .map(|heading| format!("{} {} {}", heading.level, heading.id, heading.title))
        .collect();
    assert_eq!(
        headings,
        [
            "1 ete-a-la-cabane Été à la cabane",
            "2 same Same",
            "2 same-2 Same",
            "2 same-1 Chosen",
            "2 section ☀",
            "2 code-more code & more",
        ]
    );
    assert!(template(text).contains(
        "<h2 id=\"same-1\" class=\"big\">Chosen <a class=\"anchor\" href=\"#same-1\" aria-hidden=\"true\" tabindex=\"-1\">#</a></h2>"
    ));
}

#[test]
fn tags_come_through_markdown_unharmed() {
    for (text, expected) in [
        (
            "a {{ f(x=\"*b* & `c`\") }} *d*",
            "<p>a {{ f(x=\"*b* & `c`\") }} <em>d</em></p>\n",
        ),
        ("{{ page.title }}", "<p>{{ page.title }}</p>\n"),
        ("{{ <A b=\"c\" /> }}", "{{ <A b=\"c\" /> }}\n"),
        (
            "One\n{% <A> %}\n*Two*\n{% </A> %}\nThree",
            "<p>One</p>\n{% <A> %}\n<p><em>Two</em></p>\n{% </A> %}\n<p>Three</p>\n",
        ),
        (
            "x {% if a %}b{% endif %}",
            "<p>x {% if a %}b{% endif %}</p>\n",
        ),
        (
            "[a]({{ url(path=\"/b/\") }} \"t\")",
            "<p><a href=\"{{ url(path=\"/b/\") }}\" title=\"t\">a</a></p>\n",
        ),
        (
            "<a href=\"{{ x[\"y\"] }}\">z</a>",
            "<p><a href=\"{{ x[\"y\"] }}\">z</a></p>\n",
        ),
        ("`{{ a }}`", "<p><code>&#123;{ a }}</code></p>\n"),
        (
            "```\n{% a %}\n{# b #}\n```\n",
            "<pre><code>&#123;% a %}\n&#123;# b #}\n</code></pre>\n",
        ),
        ("{% raw %}{{ a }}{% endraw %}", "<p>&#123;{ a }}</p>\n"),
        ("{{{ a }}", "<p>{{{ a }}</p>\n"),
        ("{{ a }}{{ b }}", "<p>{{ a }}{{ b }}</p>\n"),
        ("&lbrace;{{ a }}", "<p>&#123;{{ a }}</p>\n"),
        (
            "# {{ a }} b\n",
            "<h1 id=\"b\">{{ a }} b <a class=\"anchor\" href=\"#b\" aria-hidden=\"true\" tabindex=\"-1\">#</a></h1>\n",
        ),
        (
            "<ul>\n{% for x in y %}\n<li>{{ x }}</li>\n{% endfor %}\n</ul>\n",
            "<ul>\n{% for x in y %}\n<li>{{ x }}</li>\n{% endfor %}\n</ul>\n",
        ),
        (
            "- a\n  {{ <A /> }}\n- b",
            "<ul>\n<li>\n<p>a</p>\n{{ <A /> }}\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n",
        ),
    ] {
        assert_eq!(template(text), expected, "{text}");
    }
}

#[test]
fn code_has_classes_where_its_language_is_known() {
    let colored = if cfg!(feature = "highlight") {
        "<span class=\"token property\">a</span> <span class=\"token operator\">=</span> \
         <span class=\"token string\">&quot;&#123;{ b }}&quot;</span>"
    } else {
        "a = &quot;&#123;{ b }}&quot;"
    };
    assert_eq!(
        template("```toml,x\na = \"{{ b }}\"\n```\n"),
        format!("<pre><code class=\"language-toml\">{colored}\n</code></pre>\n")
    );
}

/// A tag hides the first fence, so that the second one begins code, and a tag is in it.
#[test]
fn a_tag_in_code_stays_in_one_piece() {
    let text = "{{ f(a=\"\n~~~\n\") }}\n\n```toml\n~~~\n{{ y }}\n";
    assert!(
        template(text)
            .ends_with("<pre><code class=\"language-toml\">~~~\n{{ y }}\n</code></pre>\n")
    );
}

#[test]
fn a_place_in_the_template_is_one_in_the_file() {
    let text = "+++\n+++\n# Ä *b*\n\nOne {{ two }}\n\n[three](x.md) {{ four }}\n";
    let pages = good(&[("a.md", text)]);
    let page = pages.get(LocalId(0));
    let template = &page.body.template;
    for (here, there) in [
        ("two", "two"),
        ("four", "four"),
        ("__links", "[three](x.md)"),
    ] {
        let at = template.find(here).unwrap();
        let range = page.body.source_of(at..at + here.len());
        assert_eq!(&text[range], there);
    }
    let end = page.body.source_of(template.len()..template.len());
    assert_eq!(&text[end], "{{ four }}");
    assert_eq!(&text[page.body.links[0].span.clone()], "[three](x.md)");
}
