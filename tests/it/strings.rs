//! The site's own words and numbers, in every language.

use crate::support::{Answer, Press, assert_report};

/// A site in English, French and Polish with one French article, whose template is this.
fn press(template: &str) -> Press {
    let press = Press::standing();
    let configuration = press.site.read("site.toml")
        + "\n[languages.en]\nroot = \"/content/dam/press/en\"\n[languages.fr]\nroot = \"/content/dam/press/fr\"\n";
    press.site.write("site.toml", &configuration);
    press.site.write(
        "i18n/en.toml",
        "by = \"By {name}\"\nrich = \"Read <b>{name}</b>\"\nonly = \"Only here\"\n[walks]\nzero = \"no walks\"\n\
         one = \"one walk\"\nother = \"{count} walks\"\n[topic]\nsnow = \"Snow & ice\"\n",
    );
    press.site.write(
        "i18n/fr.toml",
        "by = \"Par {name}\"\n[walks]\none = \"{count} marche\"\nother = \"{count} marches\"\n[topic]\nsnow = \"Neige\"\n",
    );
    press.answers(Answer::items(&[
        r#"{"_path":"/content/dam/press/fr/a","slug":"a","title":"A","name":"<i>Ada</i>","n":1234567.5,"topic":"snow","none":null}"#,
    ]));
    press.site.write("templates/article.html", template);
    press
}

fn page(template: &str) -> String {
    let press = press(template);
    press.site.build().good();
    press.site.page("fr/articles/a/index.html")
}

#[test]
fn strings_are_in_the_page_s_language_and_escaped() {
    assert_eq!(
        page(
            "{{ trans(key=\"by\", name=item.name) }}\n{{ trans(key=\"only\") }}\n\
             {{ trans(key=\"walks\", count=0) }}, {{ trans(key=\"walks\", count=1.0) }}, {{ trans(key=\"walks\", count=item.n) }}\n\
             {{ trans(key=\"walks\", count=0, lang=\"en\") }}\n{{ trans(key=\"topic.\" ~ item.topic) }}\n\
             {{ trans(key=\"topic.hail\", default=\"hail\") }}\n{{ <Inside /> }}\n\
             {% component Inside() %}{{ trans(key=\"by\", name=\"B\") }}{% endcomponent Inside %}"
        ),
        "Par &lt;i&gt;Ada&lt;/i&gt;\nOnly here\n0 marche, 1 marche, 1\u{202f}234\u{202f}567,5 marches\n\
         no walks\nNeige\nhail\nPar B\n"
    );
}

#[test]
fn a_string_may_be_html_what_fills_it_is_not() {
    assert_eq!(
        page(
            "{{ trans(key=\"rich\", html=true, name=item.name) }}\n{{ trans(key=\"rich\", name=1) }}\n"
        ),
        "Read <b>&lt;i&gt;Ada&lt;/i&gt;</b>\nRead &lt;b&gt;1&lt;/b&gt;\n"
    );
}

#[test]
fn numbers_are_written_as_the_language_does() {
    assert_eq!(
        page(
            "{{ item.n | number }} {{ item.n | number(digits=0) }} {{ 5 | number(digits=2, lang=\"en\") }} {{ -0.1 | number }}\n"
        ),
        "1\u{202f}234\u{202f}567,5 1\u{202f}234\u{202f}568 5.00 -0,1\n"
    );
}

#[test]
fn days_are_written_as_the_language_does() {
    assert_eq!(
        page(
            "{{ \"2026-05-04\" | day }}, {{ \"2026-05-04T23:30:00Z\" | day(length=\"full\", timezone=\"Europe/Paris\") }}, \
             {{ \"2026-05-04\" | day(length=\"short\", lang=\"en\") }}\n"
        ),
        "4 mai 2026, mardi 5 mai 2026, 5/4/2026\n"
    );
}

#[test]
fn days_that_cannot_be() {
    let press = press("{{ \"2026-05-04\" | day(length=\"lng\") }}\n");
    assert_report!(press.site.build().code(1));
    press
        .site
        .write("templates/article.html", "{{ item.none | day }}\n");
    let run = press.site.build().code(1);
    assert!(run.stderr().contains("`day` was given"), "{}", run.stderr());
}

#[test]
fn terms_are_called_by_their_strings() {
    let press = press("{% for term in terms(taxonomy=\"topic\") %}{{ term.title }}{% endfor %}\n");
    let definition = press.site.read("content-queries/articles.toml")
        + "\n[[taxonomies]]\nname = \"topic\"\nby = \"item.topic\"\n";
    press
        .site
        .write("content-queries/articles.toml", &definition);
    press.site.build().good();
    assert_eq!(press.site.page("fr/articles/a/index.html"), "Neige\n");
}

#[test]
fn a_string_that_is_nowhere() {
    let press = press("<p>{{ trans(key=\"wlaks\", count=2) }}</p>\n");
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_placeholder_that_nobody_fills() {
    let press = press("<p>{{ trans(key=\"by\", nme=item.title) }}</p>\n");
    assert_report!(press.site.build().code(1));
    press.site.write(
        "templates/article.html",
        "<p>{{ trans(key=\"by\", name=item.none) }}</p>\n",
    );
    assert_report!(press.site.build().code(1));
}

#[test]
fn mistakes_in_files_of_strings_are_found_before_anything_is_asked() {
    let press = press("x\n");
    press
        .site
        .write("i18n/fr.toml", "by = \"Par {nom}\"\nx = 3\n");
    let asked = press.aem.requests().len();
    let run = press.site.build().code(2);
    press.assert_untouched();
    assert_eq!(press.aem.requests().len(), asked);
    assert_report!(run);
}
