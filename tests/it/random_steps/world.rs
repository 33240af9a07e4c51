//! What the site is made from, as data: content, and the choices that its files leave open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::package::{self, File, Value};
use crate::support::corpus::Random;
use crate::support::{png, workspace};

/// The languages, the default one first.
pub(super) const LANGUAGES: [&str; 3] = ["en", "fr", "de"];

/// What stories can be tagged with.
pub(super) const TAGS: [&str; 4] = ["steps:sea", "steps:hill", "steps:wood", "steps:town"];

/// How many people and pictures there are.
pub(super) const PEOPLE: u64 = 4;
pub(super) const PICTURES: usize = 4;

/// Files of the site that may be missing.
pub(super) const OPTIONAL: [&str; 3] = [
    "templates/404.html",
    "templates/rich-text/header.html",
    "content/about.md",
];

/// `@NAME@` in the files of the site, and what may stand there.
pub(super) const CHOICES: [(&str, &[&str]); 31] = [
    ("title", &["A", "B & C", "D"]),
    ("menu", &["all", "told"]),
    ("extra", &["1", "2"]),
    ("page_size", &["3", "4", "50"]),
    ("route", &["stories", "tales"]),
    ("sort", &["rank asc", "title desc", "kind asc, title asc"]),
    ("per_page", &["2", "3", "100"]),
    ("limit", &["2", "4"]),
    ("when", &["0", "3"]),
    ("markdown_title", &["us", "them"]),
    ("markdown", &["nobody", "somebody"]),
    ("i18n", &["in English", "in plain English"]),
    ("i18n_fr", &["ici", "là"]),
    ("css", VERSIONS),
    ("dot", &["10", "20"]),
    ("widths", &["100, 200", "150"]),
    ("base", VERSIONS),
    ("footer", VERSIONS),
    ("card", VERSIONS),
    ("story", VERSIONS),
    ("json", VERSIONS),
    ("stories", VERSIONS),
    ("home", VERSIONS),
    ("topic", VERSIONS),
    ("person", VERSIONS),
    ("page", VERSIONS),
    ("header", VERSIONS),
    ("note", VERSIONS),
    // These stand for what only the queries stored in AEM say.
    ("stored_order", &["rank ASC, _path ASC", "_path DESC"]),
    ("stored_text", &["text", "text weight"]),
    ("stored_tags", &["_tags", "_tags slug"]),
];

const VERSIONS: &[&str] = &["0", "1", "2"];

/// A fragment's language and its name, which its translations share.
pub(super) type Key = (&'static str, u64);

/// A story. Numbers stand for texts that have them in it.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) title: u64,
    pub(super) slug: u64,
    pub(super) alias: Option<u64>,
    pub(super) rank: u64,
    pub(super) kind: u64,
    pub(super) body: u64,
    /// Stories that its text links to, and a note that is shown in it.
    pub(super) links: Vec<u64>,
    /// Whether links to what is gone are left in it.
    pub(super) careless: bool,
    pub(super) note: Option<u64>,
    pub(super) tags: BTreeSet<usize>,
    pub(super) author: Option<u64>,
    pub(super) related: Vec<u64>,
    pub(super) picture: Option<usize>,
}

/// Somebody who writes.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: u64,
    pub(super) bio: u64,
    /// A note that is shown in it. No answer has it beside the person.
    pub(super) note: Option<u64>,
}

/// A note, which has no page.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) text: u64,
    pub(super) weight: u64,
}

/// Everything that the site follows from.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) stories: BTreeMap<Key, Story>,
    pub(super) people: BTreeMap<Key, Person>,
    pub(super) notes: BTreeMap<Key, Note>,
    /// The editions of the pictures.
    pub(super) pictures: [u64; PICTURES],
    /// Which of [`CHOICES`] was made.
    pub(super) choices: [usize; CHOICES.len()],
    /// Which of [`OPTIONAL`] are missing.
    pub(super) missing: BTreeSet<usize>,
    /// The next number that nothing has.
    pub(super) fresh: u64,
}

impl World {
    /// The site as it begins.
    pub(super) fn new(random: &mut Random) -> Self {
        let mut world = Self {
            stories: BTreeMap::new(),
            people: BTreeMap::new(),
            notes: BTreeMap::new(),
            pictures: [0; PICTURES],
            choices: [0; CHOICES.len()],
            missing: BTreeSet::new(),
            fresh: 0,
        };
        for (language, stories, people, notes) in
            [("en", 8, PEOPLE, 4), ("fr", 5, 2, 2), ("de", 3, 1, 1)]
        {
            for name in 0..stories {
                let story = world.story(random);
                world.stories.insert((language, name), story);
            }
            for name in 0..people {
                let person = Person {
                    name: 0,
                    bio: 0,
                    note: Some(name),
                };
                world.people.insert((language, name), person);
            }
            for name in 0..notes {
                let note = Note {
                    text: 0,
                    weight: name * 2,
                };
                world.notes.insert((language, name), note);
            }
        }
        world
    }

    /// A new number.
    pub(super) fn fresh(&mut self) -> u64 {
        self.fresh += 1;
        self.fresh
    }

    /// A new story.
    pub(super) fn story(&mut self, random: &mut Random) -> Story {
        let slug = self.fresh();
        Story {
            title: random.below(4),
            slug,
            alias: (random.below(4) == 0).then_some(slug),
            rank: random.below(10),
            kind: random.below(3),
            body: 0,
            links: vec![random.below(8)],
            careless: random.below(60) == 0,
            note: (random.below(3) == 0).then(|| random.below(4)),
            tags: [index(random, TAGS.len())].into(),
            author: (random.below(4) != 0).then(|| random.below(PEOPLE)),
            related: vec![random.below(8)],
            picture: (random.below(3) == 0).then(|| index(random, PICTURES)),
        }
    }

    /// All files of the site, by their paths in its folder.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut queries = Vec::new();
        let root = workspace().join("tests/sites/steps");
        for (path, text) in texts(&root) {
            let text = self.fill(&text);
            match path.strip_prefix("queries/") {
                Some(name) => queries.push((name.to_owned(), text)),
                None => drop(files.insert(path, text.into_bytes())),
            }
        }
        for &missing in &self.missing {
            files.remove(OPTIONAL[missing]);
        }
        let mut package = package::configuration();
        package.extend(package::queries(&queries));
        package.extend(self.content());
        files.extend(
            package
                .into_iter()
                .map(|(path, bytes)| (format!("package/{path}"), bytes)),
        );
        files
    }

    /// Fills in the choices.
    fn fill(&self, text: &str) -> String {
        let choices = CHOICES.iter().zip(self.choices);
        choices.fold(text.to_owned(), |text, ((name, values), chosen)| {
            text.replace(&format!("@{name}@"), values[chosen])
        })
    }

    fn content(&self) -> Vec<File> {
        let mut files = Vec::new();
        for (key, story) in &self.stories {
            files.push(story.file(*key, self));
        }
        for (key, person) in &self.people {
            files.push(person.file(*key, self));
        }
        for (key, note) in &self.notes {
            files.push(note.file(*key));
        }
        for (number, edition) in self.pictures.iter().enumerate() {
            let mut bytes = png(300, 200);
            bytes.extend(edition.to_be_bytes());
            files.extend(package::picture(&picture_path(number), bytes));
        }
        files
    }

    /// A paragraph with a note alone in it, if there is that note, or nobody cares.
    fn note(&self, (language, name): (&'static str, Option<u64>), careless: bool) -> String {
        let key = name.map(|name| (Self::nearest(&self.notes, (language, name)), name));
        let key = key.filter(|key| careless || self.notes.contains_key(key));
        let path = key.map(note_path);
        path.map_or_else(String::new, |path| {
            format!("<p><a href=\"{path}\">a note</a></p>")
        })
    }

    /// The language in which a fragment is linked to: the wanted one, or else English.
    fn nearest<T>(all: &BTreeMap<Key, T>, (language, name): Key) -> &'static str {
        if all.contains_key(&(language, name)) {
            language
        } else {
            "en"
        }
    }
}

impl Story {
    fn file(&self, (language, name): Key, world: &World) -> File {
        let story = |name: &u64| {
            let language = World::nearest(&world.stories, (language, *name));
            (language, *name)
        };
        let there = |key: &Key| self.careless || world.stories.contains_key(key);
        let links = self.links.iter().map(story).filter(there);
        let links = links.map(|key| {
            let path = story_path(key);
            format!("<p>As <a href=\"{path}\">told before</a>.</p>")
        });
        let note = world.note((language, self.note), self.careless);
        let body = format!(
            "<h2>Part {}</h2><p>Of story {name} in {language}.</p>{}{}",
            self.body,
            links.collect::<String>(),
            note
        );
        let mut fields = vec![
            (
                "title",
                Value::Text(format!("Title {} of {name} ({language})", self.title)),
            ),
            ("slug", Value::Text(format!("s{}-{language}", self.slug))),
            ("rank", Value::Number(self.rank)),
            ("kind", Value::Text(format!("kind {}", self.kind))),
            ("body", Value::Html(body)),
        ];
        if let Some(alias) = self.alias {
            fields.push(("alias", Value::Text(format!("old-{alias}-{language}"))));
        }
        if let Some(author) = self.author {
            let language = World::nearest(&world.people, (language, author));
            fields.push(("author", Value::Text(person_path((language, author)))));
        }
        let related: Vec<_> = self.related.iter().map(story).map(story_path).collect();
        if !related.is_empty() {
            fields.push(("related", Value::List(related)));
        }
        if let Some(number) = self.picture {
            fields.push(("picture", Value::Text(picture_path(number))));
        }
        let tags: Vec<_> = self.tags.iter().map(|&tag| TAGS[tag].to_owned()).collect();
        package::fragment(&story_path((language, name)), "story", &fields, &tags)
    }
}

impl Person {
    fn file(&self, (language, name): Key, world: &World) -> File {
        let note = world.note((language, self.note), false);
        let fields = [
            ("slug", Value::Text(format!("p{name}-{language}"))),
            (
                "name",
                Value::Text(format!("Person {name}.{} ({language})", self.name)),
            ),
            (
                "bio",
                Value::Html(format!("<p>Born {}.</p>{note}", self.bio)),
            ),
        ];
        package::fragment(&person_path((language, name)), "person", &fields, &[])
    }
}

impl Note {
    fn file(&self, (language, name): Key) -> File {
        let fields = [
            (
                "text",
                Value::Text(format!("Note {name}.{} ({language})", self.text)),
            ),
            ("weight", Value::Number(self.weight)),
        ];
        package::fragment(&note_path((language, name)), "note", &fields, &[])
    }
}

fn story_path((language, name): Key) -> String {
    format!("/content/dam/steps/{language}/stories/n{name}")
}

fn person_path((language, name): Key) -> String {
    format!("/content/dam/steps/{language}/people/p{name}")
}

fn note_path((language, name): Key) -> String {
    format!("/content/dam/steps/{language}/notes/n{name}")
}

fn picture_path(number: usize) -> String {
    format!("/content/dam/steps/pictures/p{number}.png")
}

/// A random place in a list.
pub(super) fn index(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(length as u64)).unwrap()
}

/// The files below a folder.
fn texts(root: &Path) -> Vec<(String, String)> {
    let entries = walkdir::WalkDir::new(root).sort_by_file_name();
    let files = entries
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    let text = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        (path.replace('\\', "/"), text)
    };
    files.map(text).collect()
}
