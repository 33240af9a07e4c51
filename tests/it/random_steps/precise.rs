//! What a change does not reach is not rendered.

use super::world::{CHOICES, PICTURES, Story, World};
use super::{SEED, Walk};

/// An edit, and how many of the 77 pages may be rendered for it. Each time that includes the Markdown page, whose links
/// are looked at whenever anything changes.
pub(super) type Case = (&'static str, fn(&mut World), u64);

pub(super) const CASES: &[Case] = &[
    ("nothing", |_| {}, 0),
    // Its page and its JSON.
    ("a body", |world| story(world, "de").body += 1, 3),
    ("a translated body", |world| story(world, "en").body += 1, 3),
    // Lists, terms, its author, who links to it.
    ("a title", |world| story(world, "de").title += 10, 8),
    (
        "a title of many",
        |world| story(world, "en").title += 10,
        14,
    ),
    ("a rank", |world| story(world, "de").rank += 20, 8),
    ("a life", |world| person(world).bio += 1, 2),
    ("a note", |world| note(world).text += 1, 8),
    // Their addresses follow from their bytes.
    ("the pictures", |world| world.pictures = [1; PICTURES], 7),
    ("the style sheet", |world| choose(world, "css"), 58),
    ("a string", |world| choose(world, "i18n_fr"), 2),
    ("a template", |world| choose(world, "topic"), 13),
    ("a component", |world| choose(world, "card"), 35),
    (
        "a component of rich text",
        |world| choose(world, "header"),
        29,
    ),
    ("a value of site.toml", |world| choose(world, "extra"), 58),
    ("a menu of one language", |world| choose(world, "menu"), 25),
    ("Markdown", |world| choose(world, "markdown"), 1),
    ("an order", |world| choose(world, "sort"), 12),
    ("a query", |world| choose(world, "stored_tags"), 39),
];

fn story<'a>(world: &'a mut World, language: &'static str) -> &'a mut Story {
    world.stories.get_mut(&(language, 1)).unwrap()
}

fn person(world: &mut World) -> &mut super::world::Person {
    world.people.get_mut(&("en", 0)).unwrap()
}

fn note(world: &mut World) -> &mut super::world::Note {
    world.notes.get_mut(&("en", 3)).unwrap()
}

/// Makes the other choice of two.
fn choose(world: &mut World, name: &str) {
    let choice = CHOICES.iter().position(|(own, _)| *own == name).unwrap();
    world.choices[choice] = 1 - world.choices[choice];
}

#[test]
fn what_a_change_does_not_reach_is_not_rendered() {
    let mut walk = Walk::new(SEED, 0);
    let mut problems = Vec::new();
    for (name, edit, most) in CASES {
        edit(&mut walk.world);
        walk.publish();
        let built = walk.build("public", ".frieze");
        let rendered = built.report["pages"]["rendered"].as_u64().unwrap();
        println!("{name}: {rendered} rendered, {most} at most");
        if rendered > *most {
            let templates = &built.report["metrics"]["templates"];
            problems.push(format!(
                "{name}: {rendered} rendered, {most} at most: {templates:#}"
            ));
        }
        built.run.good();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
