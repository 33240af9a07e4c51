//! Random edits of what the site is made from.

use super::world::{
    CHOICES, Key, LANGUAGES, Note, OPTIONAL, PEOPLE, PICTURES, Person, TAGS, World, index,
};
use crate::support::corpus::Random;

/// One edit: what it is called, and what it does to the world. Where there is nothing to edit, nothing happens.
type Edit = (&'static str, fn(&mut World, &mut Random));

/// How many stories there are at least.
const FEWEST: usize = 4;

/// All of them. What stands here more than once happens more often.
const EDITS: [Edit; 27] = [
    ("a body", body),
    ("a body", body),
    ("a body", body),
    ("a title", title),
    ("a title", title),
    ("a kind", |world, random| {
        let kind = random.below(3);
        of_story(world, random, |story, _| story.kind = kind);
    }),
    ("a rank", rank),
    ("a rank", rank),
    ("an alias", |world, random| {
        let number = world.fresh();
        of_story(world, random, |story, random| {
            story.alias = (random.below(3) > 0).then_some(number);
        });
    }),
    ("tags", |world, random| {
        of_story(world, random, |story, random| {
            let tag = index(random, TAGS.len());
            if !story.tags.remove(&tag) {
                story.tags.insert(tag);
            }
        });
    }),
    ("an author", |world, random| {
        of_story(world, random, |story, random| {
            story.author = (random.below(4) > 0).then(|| random.below(PEOPLE));
        });
    }),
    ("references", |world, random| {
        let name = any_name(world, random);
        of_story(world, random, |story, random| match random.below(3) {
            0 => story.related.clear(),
            _ => story.related.push(name),
        });
    }),
    ("links", |world, random| {
        let name = any_name(world, random);
        of_story(world, random, |story, random| {
            match random.below(3) {
                0 => story.links.clear(),
                _ => story.links.push(name),
            }
            story.note = (random.below(2) > 0).then(|| random.below(4));
            story.careless = random.below(60) == 0;
        });
    }),
    ("a picture of a story", |world, random| {
        of_story(world, random, |story, random| {
            story.picture = (random.below(3) > 0).then(|| index(random, PICTURES));
        });
    }),
    ("the bytes of a picture", |world, random| {
        world.pictures[index(random, PICTURES)] = random.below(3);
    }),
    ("a new address", |world, random| {
        let slug = world.fresh();
        of_story(world, random, |story, _| story.slug = slug);
    }),
    ("two addresses swapped", swap),
    ("two addresses swapped", swap),
    ("a new story", |world, random| {
        let name = world.fresh() + 100;
        let story = world.story(random);
        let language = LANGUAGES[index(random, LANGUAGES.len())];
        world.stories.insert((language, name), story);
    }),
    ("a story less", remove),
    ("a translation", |world, random| {
        let name = any_name(world, random);
        let language = LANGUAGES[index(random, LANGUAGES.len())];
        if world.stories.len() > FEWEST && world.stories.remove(&(language, name)).is_some() {
            return;
        }
        let story = world.story(random);
        world.stories.insert((language, name), story);
    }),
    ("somebody's name", |world, random| {
        of_person(world, random, |person, random| {
            person.name = random.below(3);
        });
    }),
    ("somebody's life", |world, random| {
        of_person(world, random, |person, random| person.bio = random.below(3));
    }),
    ("somebody in another language", |world, random| {
        let key = (LANGUAGES[1 + index(random, 2)], random.below(PEOPLE));
        if world.people.remove(&key).is_none() {
            let person = Person {
                name: 0,
                bio: 0,
                note: Some(0),
            };
            world.people.insert(key, person);
        }
    }),
    ("a note", note),
    ("a choice in the files of the site", choose),
    ("a file that may be missing", |world, random| {
        let file = index(random, OPTIONAL.len());
        if !world.missing.remove(&file) {
            world.missing.insert(file);
        }
    }),
];

/// Makes a random edit, and says which. Half of all edits are of files.
pub(super) fn any(world: &mut World, random: &mut Random) -> &'static str {
    if random.below(3) == 0 {
        choose(world, random);
        return "a choice in the files of the site";
    }
    let (name, make) = EDITS[index(random, EDITS.len())];
    make(world, random);
    name
}

fn body(world: &mut World, random: &mut Random) {
    of_story(world, random, |story, random| story.body = random.below(5));
}

fn title(world: &mut World, random: &mut Random) {
    of_story(world, random, |story, random| story.title = random.below(5));
}

fn rank(world: &mut World, random: &mut Random) {
    of_story(world, random, |story, random| story.rank = random.below(10));
}

/// Two stories of one language take each other's address.
fn swap(world: &mut World, random: &mut Random) {
    let one = any_key(world, random);
    let other = any_key(world, random);
    if one.0 != other.0 {
        return;
    }
    let (first, second) = (world.stories[&one].slug, world.stories[&other].slug);
    for (key, slug) in [(one, second), (other, first)] {
        if let Some(story) = world.stories.get_mut(&key) {
            story.slug = slug;
        }
    }
}

fn remove(world: &mut World, random: &mut Random) {
    if world.stories.len() > FEWEST {
        let key = any_key(world, random);
        world.stories.remove(&key);
    }
}

fn note(world: &mut World, random: &mut Random) {
    let key = (LANGUAGES[index(random, 2)], random.below(5));
    let (text, weight) = (random.below(3), random.below(8));
    match world.notes.get_mut(&key) {
        Some(_) if random.below(4) == 0 => drop(world.notes.remove(&key)),
        Some(note) => *note = Note { text, weight },
        None => drop(world.notes.insert(key, Note { text, weight })),
    }
}

fn choose(world: &mut World, random: &mut Random) {
    let choice = index(random, CHOICES.len());
    world.choices[choice] = index(random, CHOICES[choice].1.len());
}

fn of_story(
    world: &mut World,
    random: &mut Random,
    edit: impl FnOnce(&mut super::world::Story, &mut Random),
) {
    let key = any_key(world, random);
    if let Some(story) = world.stories.get_mut(&key) {
        edit(story, random);
    }
}

fn of_person(world: &mut World, random: &mut Random, edit: impl FnOnce(&mut Person, &mut Random)) {
    let at = index(random, world.people.len());
    if let Some(person) = world.people.values_mut().nth(at) {
        edit(person, random);
    }
}

fn any_key(world: &World, random: &mut Random) -> Key {
    let at = index(random, world.stories.len());
    *world.stories.keys().nth(at).expect("some are always left")
}

fn any_name(world: &World, random: &mut Random) -> u64 {
    any_key(world, random).1
}
