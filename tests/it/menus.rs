//! Menus: their addresses in every language, and what they mark.

use crate::support::{Answer, Press, assert_report};

/// A site in English and French whose pages print the menu `main`, with these tables in `site.toml`.
fn press(menus: &str) -> Press {
    let press = Press::standing();
    let base = press
        .site
        .read("site.toml")
        .replace("https://press.example", "https://press.example/base");
    let configuration = base
        + "\n[languages.en]\nroot = \"/content/dam/press/en\"\n[languages.fr]\nroot = \"/content/dam/press/fr\"\n"
        + menus;
    press.site.write("site.toml", &configuration);
    press
        .site
        .write("i18n/en.toml", "about = \"About\"\nmany = \"{n}\"\n");
    press.site.write("i18n/fr.toml", "about = \"À propos\"\n");
    let definition = press.site.read("content-queries/articles.toml")
        + "\n[[lists]]\nroute = \"/articles/\"\ntemplate = \"article.html\"\n[[lists]]\nroute = \"/\"\ntemplate = \"article.html\"\n";
    press
        .site
        .write("content-queries/articles.toml", &definition);
    press.site.write(
        "templates/article.html",
        "{% component Entries(entries) %}{% for e in entries %}\
         [{{ e.label }}={{ e.url or '-' }}{% if e.current %}!{% elif e.active %}+{% endif %}{{ <Entries entries={e.children} /> }}]\
         {% endfor %}{% endcomponent Entries %}\
         {{ <Entries entries={menu(name=\"main\")} /> }}\n",
    );
    press.answers(Answer::items(&[
        r#"{"_path":"/content/dam/press/en/a","slug":"a"}"#,
        r#"{"_path":"/content/dam/press/fr/a","slug":"ah"}"#,
        r#"{"_path":"/content/dam/press/en/b","slug":"b"}"#,
    ]));
    press
}

const MENU: &str = "\n[menus]\nmain = [\n  { label = { en = \"Start\", fr = \"Départ\" }, path = \"/\" },\n\
                    \x20 { label = \"News\", path = \"/articles/\", children = [\n\
                    \x20   { label = \"A\", path = \"/content/dam/press/en/a#top\" },\n\
                    \x20   { label = \"B\", path = \"/articles/b/\", languages = [\"en\"] },\n  ] },\n\
                    \x20 { trans = \"about\", children = [{ label = \"X\", url = \"https://x.example/?a=1&b\" }, { label = \"F\", url = \"/f.pdf\" }] },\n]\n";

#[test]
fn menus_lead_to_pages_in_the_page_s_language() {
    let press = press(MENU);
    press.site.build().good();
    assert_eq!(
        press.site.page("articles/a/index.html"),
        "[Start=/base/][News=/base/articles/+[A=/base/articles/a/#top!][B=/base/articles/b/]]\
         [About=-[X=https://x.example/?a=1&amp;b][F=/base/f.pdf]]\n"
    );
    assert_eq!(
        press.site.page("fr/articles/ah/index.html"),
        "[Départ=/base/fr/][News=/base/fr/articles/+[A=/base/fr/articles/ah/#top!]]\
         [À propos=-[X=https://x.example/?a=1&amp;b][F=/base/f.pdf]]\n"
    );
    let front = press.site.page("index.html");
    assert!(
        front.starts_with("[Start=/base/!][News=/base/articles/["),
        "{front}"
    );
    let list = press.site.page("articles/index.html");
    assert!(
        list.starts_with("[Start=/base/][News=/base/articles/![A="),
        "{list}"
    );
}

#[test]
fn a_path_without_a_page() {
    let press = press(
        "\n[[menus.main]]\nlabel = \"News\"\npath = \"/artikles/\"\n[[menus.main]]\nlabel = \"B\"\n\
         path = \"/content/dam/press/en/gone\"\n[[menus.main]]\nlabel = \"C\"\npath = \"/ah/\"\n\
         children = [{ label = \"D\", path = \"/articles/ah/\" }]\n",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn labels_that_nobody_has_written() {
    let press = press(
        "\n[[menus.main]]\ntrans = \"abuot\"\npath = \"/\"\n[[menus.main]]\ntrans = \"many\"\npath = \"/\"\n",
    );
    assert_report!(press.site.build().code(2));
}

#[test]
fn an_unknown_menu() {
    let press = press("\n[[menus.man]]\nlabel = \"A\"\npath = \"/\"\n");
    assert_report!(press.site.build().code(1));
}
