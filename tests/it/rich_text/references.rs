//! Where what is known of a fragment or an asset comes from.

use super::support::Kitchen;
use crate::support::assert_report;

const SALT: &str = "<p><a href=\"/content/dam/harbor/en/tips/salt\">s</a></p>";
const THYME: &str = "<p><a href=\"/content/dam/harbor/en/herbs/thyme\">t</a></p>";

/// Shows titles of what a text refers to.
fn kitchen(html: &str, references: [&str; 2]) -> Kitchen {
    let text = format!(r#"{{"html":{}}}"#, serde_json::Value::from(html));
    let kitchen = Kitchen::with_references(&text, references);
    kitchen.site.write(
        "templates/rich-text/fragment.html",
        "{% component RichTextFragment(item, model) -%}({{ model }} {{ item.title }}){%- endcomponent RichTextFragment %}",
    );
    kitchen
}

#[test]
fn the_answer_of_the_page_knows_first() {
    let own = r#"[{}, {"__typename":"TipModel","_path":"/content/dam/harbor/en/tips/salt","title":"Own"}]"#;
    assert_eq!(kitchen(SALT, [own, "[]"]).soup(), "(TipModel Own)");
    // Then the item itself, and only then what others say about it.
    assert_eq!(kitchen(SALT, ["[]", own]).soup(), "(TipModel Salt late)");
    assert_eq!(
        kitchen(SALT, ["null", "null"]).soup(),
        "(TipModel Salt late)"
    );
}

#[test]
fn any_answer_may_know() {
    let other = r#"[{"__typename":"HerbModel","_path":"/content/dam/harbor/en/herbs/thyme","title":"Thyme"}]"#;
    assert_eq!(kitchen(THYME, ["[]", other]).soup(), "(HerbModel Thyme)");
    let own = r#"[{"_model":{"_path":"/conf/harbor/settings/dam/cfm/models/herb-of-spring"},"_path":"/content/dam/harbor/en/herbs/thyme","title":"Wild thyme"}]"#;
    assert_eq!(
        kitchen(THYME, [own, other]).soup(),
        "(HerbOfSpringModel Wild thyme)"
    );
}

#[test]
fn images_have_the_size_that_references_tell() {
    let own = r#"[{"__typename":"ImageRef","_path":"/content/dam/harbor/pot.jpg","width":1200,"height":800}]"#;
    let page = kitchen(
        "<p>a <img src=\"/content/dam/harbor/pot.jpg\" alt=\"A pot\"></p>",
        [own, "[]"],
    )
    .soup();
    assert!(
        page.contains("width=\"1200\" height=\"800\" alt=\"A pot\" loading=\"lazy\""),
        "{page}"
    );
}

#[test]
fn fragments_that_refer_to_each_other_come_to_an_end() {
    // Ten of them: in every order that would be millions.
    let path = |number: usize| format!("/content/dam/harbor/en/herbs/h{number}");
    let all: String = (0..10)
        .map(|to| format!("<p><a href='{}'>h</a></p>", path(to)))
        .collect();
    let herb = |number| {
        format!(
            r#"{{"__typename":"HerbModel","_path":"{}","title":"h","text":{{"html":"{all}"}}}}"#,
            path(number)
        )
    };
    let herbs: Vec<String> = (0..10).map(herb).collect();
    let kitchen = kitchen(&all, [&format!("[{}]", herbs.join(",")), "[]"]);
    kitchen.site.write(
        "templates/rich-text/fragment.html",
        "{% component RichTextFragment(item) -%}<i>{{ item.text | rich_text }}</i>{%- endcomponent RichTextFragment %}",
    );
    let run = kitchen.build();
    assert_eq!(kitchen.page().matches("<i>").count(), 500);
    assert!(
        run.stderr()
            .contains("the texts of `/soup/` show too many fragments inside each other"),
        "{}",
        run.stderr()
    );
}

#[test]
fn references_that_are_no_list_are_told() {
    let kitchen = kitchen(SALT, ["7", "[]"]);
    let run = kitchen.site.build();
    assert_report!(run);
}
