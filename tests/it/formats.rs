//! Pages in other formats than HTML: where they are, what is escaped, and what has to be JSON.

use crate::support::{Answer, Press, assert_report};

/// A site whose articles have these outputs, and a list of them with the same.
fn press(outputs: &str) -> Press {
    let press = Press::standing();
    let base = press
        .site
        .read("site.toml")
        .replace("https://press.example", "https://press.example/base");
    press.site.write("site.toml", &base);
    let definition = press.site.read("content-queries/articles.toml");
    let list = "\n[[lists]]\nroute = \"/articles/\"\ntemplate = \"list.html\"\nper_page = 2\nsort = \"slug\"\n";
    press.site.write(
        "content-queries/articles.toml",
        &format!("{definition}{outputs}{list}{outputs}"),
    );
    press.site.write(
        "templates/article.html",
        "{{ item.title }}{% for o in [o for o in page.outputs if not o.current] %} <{{ o.type }} {{ o.permalink }}>{% endfor %}\n",
    );
    press.site.write(
        "templates/article.json",
        "{\"title\": {{ item.title | json_encode }}, \"url\": \"{{ page.url }}\", \"format\": \"{{ page.format }}\",\n\
         \"all\": [{% for o in page.outputs %}\"{{ o.url }}{% if o.current %}!{% endif %}\"{% if not loop.last %},{% endif %}{% endfor %}]}\n",
    );
    press
        .site
        .write("templates/article.txt", "{{ item.title }}\n");
    press.site.write(
        "templates/list.html",
        "{{ page.url }} {{ pager.next or '-' }}\n",
    );
    let list = "{{ page.url }} {{ pager.next or '-' }}{% for p in pager.pages %} {{ p.url }}{% if p.current %}!{% endif %}{% endfor %}\n";
    press.site.write("templates/list.txt", list);
    press.site.write(
        "templates/list.json",
        "[{% for i in items %}{{ i.slug | json_encode }}{% if not loop.last %},{% endif %}{% endfor %}]",
    );
    let item = |slug: &str| {
        format!(
            r#"{{"_path":"/content/dam/press/en/{slug}","slug":"{slug}","title":"Salt & \"pepper\" <{slug}>"}}"#
        )
    };
    press.answers(Answer::items(&["a", "b", "c"].map(item)));
    press
}

const ALL: &str = "outputs = [\"html\", \"json\", \"txt\"]\n";

#[test]
fn a_page_in_other_formats() {
    let press = press(ALL);
    press.site.build().good();
    let page = |path: &str| press.site.page(path);
    assert_eq!(
        page("articles/a/index.html"),
        "Salt &amp; &quot;pepper&quot; &lt;a&gt; \
         <application/json https://press.example/base/articles/a/index.json> \
         <text/plain https://press.example/base/articles/a/index.txt>\n"
    );
    assert_eq!(
        page("articles/a/index.json"),
        "{\"title\": \"Salt & \\\"pepper\\\" <a>\", \"url\": \"/base/articles/a/\", \"format\": \"json\",\n\
         \"all\": [\"/base/articles/a/\",\"/base/articles/a/index.json!\",\"/base/articles/a/index.txt\"]}\n",
        "nothing is escaped for HTML, and the page's address stays that of its HTML"
    );
    assert_eq!(page("articles/a/index.txt"), "Salt & \"pepper\" <a>\n");
}

#[test]
fn a_list_in_other_formats() {
    let press = press(ALL);
    press.site.build().good();
    let page = |path: &str| press.site.page(path);
    assert_eq!(page("articles/page/2/index.json"), "[\"c\"]");
    assert_eq!(
        page("articles/index.html"),
        "/base/articles/ /base/articles/page/2/\n"
    );
    assert_eq!(
        page("articles/index.txt"),
        "/base/articles/ /base/articles/page/2/index.txt /base/articles/index.txt! /base/articles/page/2/index.txt\n",
        "who pages through a format stays in it"
    );
}

#[test]
fn a_file_has_its_formats_beside_it() {
    let press = press(ALL);
    let definition = press.site.read("content-queries/articles.toml");
    let as_files = definition.replace("/{{ item.slug }}/", "/{{ item.slug }}.html");
    press.site.write("content-queries/articles.toml", &as_files);
    press.site.build().good();
    assert_eq!(press.site.page("articles/b.txt"), "Salt & \"pepper\" <b>\n");
}

#[test]
fn what_is_not_json_is_not_published() {
    let press = press(ALL);
    press.site.write(
        "templates/article.json",
        "{\n  \"slug\": \"{{ item.slug }}\",\n  \"title\": \"{{ item.title }}\"\n}\n",
    );
    press.site.write(
        "templates/list.json",
        "[{% for i in items %}{{ i.slug | json_encode }},{% endfor %}]",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn json_by_its_route_alone_is_checked_too() {
    let press = press("");
    let definition = press.site.read("content-queries/articles.toml");
    let alone = definition.replace("/{{ item.slug }}/", "/{{ item.slug }}.json");
    press.site.write("content-queries/articles.toml", &alone);
    assert_report!(press.site.build().code(1));
}

#[test]
fn formats_that_cannot_be() {
    let press = press("");
    let list = |route: &str, template: &str, outputs: &str| {
        format!("[[lists]]\nroute = \"{route}\"\ntemplate = \"{template}\"\noutputs = {outputs}\n")
    };
    let definition = press.site.read("content-queries/articles.toml")
        + &list("/a/", "list.html", "[\"html\", \"jsn\", \"pdf\"]")
        + &list("/b/", "list.html", "[\"json\"]")
        + &list("/c/", "list.html", "[\"html\", \"json\", \"json\"]")
        + &list("/d.xml", "list.html", "[\"html\", \"json\"]")
        + &list("/e/", "list.json", "[\"html\", \"txt\"]")
        + &list("/f/", "list.html", "\"json\"")
        + "[[taxonomies]]\nname = \"x\"\nby = \"item.slug\"\noutputs = [\"html\"]\n";
    press
        .site
        .write("content-queries/articles.toml", &definition);
    assert_report!(press.site.build().code(2));
}

#[test]
fn a_format_without_a_template() {
    let press = press("outputs = [\"html\", \"json\", \"csv\"]\n");
    assert_report!(press.site.build().code(1));
}

#[test]
fn another_page_in_the_place_of_a_format() {
    let press = press(ALL);
    let definition = press.site.read("content-queries/articles.toml")
        + "\n[[lists]]\nroute = \"/articles/a/index.json\"\ntemplate = \"list.json\"\n";
    press
        .site
        .write("content-queries/articles.toml", &definition);
    let item = |path: &str| {
        format!(r#"{{"_path":"/content/dam/press/en/{path}","slug":"a","title":"A"}}"#)
    };
    press.answers(Answer::items(&[item("one"), item("two")]));
    assert_report!(press.site.build().code(1));
}

#[test]
fn a_component_escapes_as_the_page_does() {
    let press = press(ALL);
    let component = |name: &str| {
        format!("{{% component {name}(text) -%}}[{{{{ text }}}}]{{%- endcomponent {name} %}}")
    };
    press.site.write("templates/a.html", &component("Html"));
    press.site.write("templates/a.txt", &component("Plain"));
    let both = "{{ <Html text={item.slug ~ \"<\"} /> }}{{ <Plain text={item.slug ~ \"<\"} /> }}\n";
    press.site.write("templates/article.txt", both);
    press.site.write("templates/article.html", both);
    press.site.build().good();
    assert_eq!(press.site.page("articles/a/index.txt"), "[a<][a<]\n");
    let html = press.site.page("articles/a/index.html");
    assert_eq!(html, "[a&lt;][a&lt;]\n");
}
