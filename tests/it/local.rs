//! Markdown files of `content/` become pages like any other.

use crate::support::{Press, assert_report};

/// A newspaper in English and French, with a template for Markdown files.
fn press(files: &[(&str, &str)]) -> Press {
    let press = Press::standing();
    let site = &press.site;
    site.append(
        "site.toml",
        "\n[languages.en]\nroot = \"/content/dam/press/en\"\n[languages.fr]\nroot = \"/content/dam/press/fr\"\n",
    );
    site.write("templates/page.html", "{{ page.content }}");
    for (name, text) in files {
        site.write(&format!("content/{name}"), text);
    }
    press
}

/// The page a text becomes.
fn page(text: &str) -> String {
    let press = press(&[("a.md", text)]);
    press.site.build().good();
    press.site.page("a/index.html")
}

#[test]
fn a_file_is_a_page_in_its_language() {
    let press = press(&[
        (
            "about.md",
            "+++\ntitle = \"About <us>\"\ndate = 2026-05-24\nweight = 2\n[extra]\nx = { y = 1.50 }\n+++\n## One\n\nText.\n\n### Two\n",
        ),
        (
            "about.fr.md",
            "+++\ntitle = \"À propos\"\nroute = \"/a-propos/\"\n+++\n",
        ),
        ("_index.fr.md", "Accueil\n"),
        ("secret.md", "+++\ndraft = true\n+++\n"),
    ]);
    press.site.write(
        "templates/page.html",
        "{{ page.kind }} {{ page.url }} {{ page.path }} {{ lang.code }}\n{{ page.title }}, {{ page.date }}, {{ page.weight }}, \
         {{ page.extra?.x?.y or \"-\" }}, {{ page.query }}, {{ page.aem_path }}\n\
         {% for t in page.translations %}{{ t.code }} {{ t.url }}\n{% endfor %}\
         {% for one in page.toc %}{{ one.level }} {{ one.id }} {{ one.title }}{% for two in one.children %} > {{ two.id }}{% endfor %}\n{% endfor %}\
         {{ page.content }}",
    );
    press.site.build().good();
    insta::assert_snapshot!(press.site.page("about/index.html"));
    let french = press.site.page("fr/a-propos/index.html");
    assert!(
        french.starts_with("local /fr/a-propos/ content/about.fr.md fr\n"),
        "{french}"
    );
    assert!(french.contains("en /about/\n"), "{french}");
    assert!(press.site.page("fr/index.html").contains("<p>Accueil</p>"));
    assert!(!press.site.path("public/secret").exists());
}

#[test]
fn other_pages_have_a_title_and_a_toc_too() {
    let press = press(&[]);
    press.site.write(
        "templates/article.html",
        "{{ page.title or \"none\" }} {{ page.toc | length }}",
    );
    press.site.build().good();
    assert_eq!(press.site.page("articles/one/index.html"), "none 0");
}

#[test]
fn the_text_is_a_template() {
    let html = page(
        "+++\ntitle = \"A & B\"\n+++\n{{ page.title }}: {{ [a.title for a in query(name=\"articles\", limit=1)] | first }}\n\n\
         ## In {{ lang.code }} {#x}\n\n{% for n in [1, 2] %}\n*{{ n }}*\n{% endfor %}\n`{{ page.title }}`\n",
    );
    assert_eq!(
        html,
        "<p>A &amp; B: About one</p>\n<h2 id=\"x\">In en <a class=\"anchor\" href=\"#x\" aria-hidden=\"true\" tabindex=\"-1\">#</a></h2>\n\n\
         <p><em>1</em></p>\n\n<p><em>2</em></p>\n\n<p><code>{{ page.title }}</code></p>\n"
            .replace("{{", "&#123;{")
    );
}

#[test]
fn components_take_markdown() {
    let press = press(&[(
        "a.md",
        "{% <Note kind=\"tip\"> %}\nSome *text*.\n{% </Note> %}\n\n{{ <Note kind=\"warning\" /> }}\n\n- {{ <Note kind=\"x\" /> }}\n",
    )]);
    press.site.write(
        "templates/components.html",
        "{% component Note(kind: string) %}<aside class=\"{{ kind }}\">{{ body or \"\" }}</aside>{% endcomponent Note %}",
    );
    press.site.build().good();
    assert_eq!(
        press.site.page("a/index.html"),
        "<aside class=\"tip\">\n<p>Some <em>text</em>.</p>\n</aside>\n<aside class=\"warning\"></aside>\n<ul>\n\
         <li><aside class=\"x\"></aside></li>\n</ul>\n"
    );
}

#[test]
fn content_of_aem_does_not_become_markdown() {
    let item = r#"{"_path":"/content/dam/press/en/a","slug":"a","title":"*a* <b> [x](javascript:y) {{ site }}","price":1}"#;
    let press = press(&[(
        "a.md",
        "{{ [a.title for a in query(name=\"articles\")] | first }}\n",
    )]);
    press.answers(crate::support::Answer::items(&[item]));
    press.site.build().good();
    assert_eq!(
        press.site.page("a/index.html"),
        "<p>*a* &lt;b&gt; [x](javascript:y) {{ site }}</p>\n"
    );
}

#[test]
fn templates_list_the_files_of_a_folder() {
    let press = press(&[
        ("news/index.md", ""),
        ("news/b.md", "+++\ntitle = \"B\"\ndate = 2026-01-01\n+++\n"),
        ("news/a.md", "+++\ntitle = \"A\"\ndate = 2025-01-01\n+++\n"),
        ("news/c/index.md", "+++\ntitle = \"C\"\nweight = 1\n+++\n"),
        ("news/b.fr.md", "+++\ntitle = \"B fr\"\n+++\n"),
        ("news/old/x.md", "+++\ntitle = \"X\"\n+++\n"),
        ("other.md", ""),
    ]);
    press.site.write(
        "templates/article.html",
        "{% for p in pages(folder=\"news\") %}{{ p.title }} {{ p.url }} {{ p.date }}\n{% endfor %}\
         {% for p in pages(folder=\"content/news/\", sort=\"title desc\", limit=2) %}{{ p.title }}\n{% endfor %}\
         {% for p in pages(folder=\"news\", lang=\"fr\") %}{{ p.title }}\n{% endfor %}\
         {% for p in pages(folder=\"\") %}{{ p.path }}\n{% endfor %}\
         {{ url(path=\"content/news/b.md\") }} {{ url(path=\"content/news/b.md#x\", lang=\"fr\") }} \
         {{ url(path=\"content/other.md\", lang=\"fr\") }} {{ url(path=\"content/nowhere.md\", optional=true) }}",
    );
    press.site.build().good();
    assert_eq!(
        press.site.page("articles/one/index.html"),
        "C /news/c/ \nB /news/b/ 2026-01-01\nA /news/a/ 2025-01-01\nC\nB\nB fr\n\
         content/news/index.md\ncontent/other.md\n/news/b/ /fr/news/b/#x /other/ "
    );
}

#[test]
fn paths_that_lead_to_no_file() {
    let press = press(&[("about.md", ""), ("draft.md", "+++\ndraft = true\n+++\n")]);
    for (number, path) in ["content/abuot.md", "content/draft.md", "content/x.md"]
        .iter()
        .enumerate()
    {
        let call = format!("{{{{ url(path=\"{path}\") }}}}");
        press.site.write(&format!("content/{number}.md"), &call);
    }
    press
        .site
        .write("content/folder.md", "{{ pages(folder=\"abuot\") }}");
    press.site.write(
        "content/sort.md",
        "{{ pages(folder=\"\", sort=\"titel >\") }}",
    );
    assert_report!(press.site.build().code(1));
}

/// Mistakes that are found before AEM is asked.
#[test]
fn mistakes_in_files_are_told_with_their_lines() {
    let press = press(&[
        ("key.md", "+++\ntitel = \"A\"\n+++\n"),
        ("open.md", "+++\ntitle = \"A\"\n\nText\n"),
        ("unclosed.md", "+++\n+++\n\nSome {{ text\n"),
        (
            "syntax.md",
            "+++\n+++\n\nSome {{ text | }} and\n\n{% if x %}\n",
        ),
    ]);
    let path = press.site.path("content/latin.md");
    std::fs::write(path, b"+++\ntitle = \"\xe9t\xe9\"\n+++\n").unwrap();
    let asked = press.aem.requests().len();
    let run = press.site.build().code(2);
    assert_eq!(press.aem.requests().len(), asked, "AEM was not asked");
    assert_report!(run);
}

#[test]
fn templates_that_are_not_there() {
    let press = press(&[
        ("a.md", "+++\ntemplate = \"pgae.html\"\n+++\n"),
        ("b.md", "Text\n"),
    ]);
    std::fs::remove_file(press.site.path("templates/page.html")).unwrap();
    assert_report!(press.site.build().code(1));
}

#[test]
fn what_tera_does_not_know_is_told_with_its_line() {
    let press = press(&[
        ("a.md", "+++\n+++\n# A\n\n{{ <Nte /> }}\n"),
        ("b.md", "Some *words* and {{ \"x\" | uper }}.\n"),
    ]);
    press.site.write(
        "templates/components.html",
        "{% component Note() %}x{% endcomponent Note %}",
    );
    assert_report!(press.site.build().code(1));
}

#[test]
fn a_variable_that_is_not_there() {
    let press = press(&[(
        "a.md",
        "+++\ntitle = \"A\"\n+++\n\n*Some* words, {{ page.titel }}\n\n{{ pgae }}\n",
    )]);
    press.site.write("content/b.md", "{{ <Note /> }}\n");
    press.site.write(
        "templates/components.html",
        "{% component Note() %}{{ nothing }}{% endcomponent Note %}",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn two_pages_in_one_place() {
    let press = press(&[
        ("one.md", "+++\nroute = \"/articles/one/\"\n+++\n"),
        ("a.md", ""),
        ("b.md", "+++\ntitle = \"B\"\nroute = \"/A\"\n+++\n"),
        ("c.md", "+++\nroute = \"/../x/\"\n+++\n"),
        ("d?.md", ""),
    ]);
    assert_report!(press.site.build().code(1));
}

/// A newspaper whose Markdown links in every way.
fn linked(files: &[(&str, &str)]) -> Press {
    let press = press(files);
    press.site.write(
        "templates/article.html",
        "<h1 id=\"title\">{{ item.title }}</h1>",
    );
    press
}

#[test]
fn links_lead_to_pages_in_the_page_s_language() {
    let text = "[a](other.md) [b](../c.md#two-words) [d](/articles/one/#title) [e](/content/dam/press/en/articles/two) \
                [f](#here) [g](https://example.org/?a=1&b) [h](mailto:a@b.example) [i](/files/terms.pdf) <https://x.example>\n\n\
                ## Here\n\n![alt](photo.svg \"t\") ![x](/img/logo.svg) [j](plan.pdf#page=2)\n\n[k][ref]\n\n[ref]: other.md?x#top\n";
    let press = linked(&[
        ("news/a.md", text),
        ("news/a.fr.md", "[a](other.md) [c](../c.md)\n"),
        ("news/other.md", ""),
        ("news/other.fr.md", "+++\nroute = \"/autre/\"\n+++\n"),
        ("c.md", "## Two words\n"),
        ("news/photo.svg", "<svg/>"),
        ("news/plan.pdf", "%PDF"),
        ("news/unasked.pdf", "%PDF"),
    ]);
    press.site.write("static/img/logo.svg", "<svg>1</svg>");
    press.site.write("static/files/terms.pdf", "%PDF");
    let run = press.site.build().good();
    assert!(!run.stderr().contains("warning"), "{}", run.stderr());
    insta::assert_snapshot!(press.site.page("news/a/index.html"));
    assert_eq!(
        press.site.page("fr/news/a/index.html"),
        "<p><a href=\"/fr/autre/\">a</a> <a href=\"/c/\">c</a></p>\n"
    );
    let output = press.site.output();
    let names = output.names();
    let files: Vec<_> = names
        .iter()
        .filter(|name| name.starts_with("news/") && !name.ends_with(".html"))
        .collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn dead_links_are_told_with_their_lines() {
    let press = linked(&[
        (
            "a.md",
            "+++\n+++\n[a](othr.md)\n[b](other.md#tow)\n[c](#nowhere)\n[d](draft.md)\n[e](../x.md)\n\
             ![f](photo.png)\n![g](/img/x.svg)\n[h](javascript:alert)\n[i](/content/dam/press/en/none)\n\
             [j](/content/press/page.html)\n[k]()\n[l](about/)\n",
        ),
        ("other.md", "## Two\n"),
        ("draft.md", "+++\ndraft = true\n+++\n"),
        ("photo.jpg", ""),
    ]);
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn what_content_of_aem_can_break_is_a_warning() {
    let press = linked(&[("a.md", "[a](/articles/four/)\n[b](/articles/one/#titel)\n")]);
    assert_report!(press.site.build().good());
    assert_report!(press.site.run(&["build", "--deny", "warnings"]).code(1));
}
