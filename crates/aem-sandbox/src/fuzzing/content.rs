//! A small repository with every kind of field, references in circles, and values that do not fit their field.

use crate::repository::{Calendar, FieldKind, Model, NewFragment, Property, Repository, Scalar};

/// The configuration of all of it.
pub(super) const CONFIGURATION: &str = "light";

/// More than the sorting of the standard library sorts by insertion.
const ROCKS: usize = 40;

/// Rocks that refer to each other.
///
/// # Panics
/// Never: its parts belong together.
pub(super) fn repository() -> Repository {
    let path = Model::new(CONFIGURATION, "rock", "Rock").path().to_owned();
    let rock = || FieldKind::FragmentReference(vec![path.clone()]);
    let model = Model::new(CONFIGURATION, "rock", "Rock")
        .with("name", FieldKind::Text)
        .with_many("aliases", FieldKind::Text)
        .with("story", FieldKind::MultiLine)
        .with_many("notes", FieldKind::MultiLine)
        .with("height", FieldKind::Integer)
        .with_many("marks", FieldKind::Integer)
        .with("range", FieldKind::Float)
        .with_many("readings", FieldKind::Float)
        .with("lit", FieldKind::Boolean)
        .with("firstLit", FieldKind::Calendar)
        .with_many("seen", FieldKind::Calendar)
        .with("opened", FieldKind::Date)
        .with("dusk", FieldKind::Time)
        .with("plan", FieldKind::Json)
        .with("photo", FieldKind::ContentReference)
        .with("next", rock())
        .with_many("near", rock());
    let rocks: Vec<_> = (0..ROCKS).map(|number| fragment(&model, number)).collect();
    Repository::builder()
        .model(model)
        .fragments(rocks)
        .query(CONFIGURATION, "all", "{ rockList { items { _path } } }")
        .query(
            CONFIGURATION,
            "some",
            "query ($name: String, $height: Int = 4, $range: Float, $lit: Boolean, $mode: LogOp, $filter: RockModelFilter,
               $path: ID, $names: [String], $at: Calendar, $sort: String) {
               a: rockList(sort: $sort, filter: $filter) { items { name } }
               b: rockList(filter: {
                 _logOp: $mode name: { _expressions: { value: $name } } height: { _expressions: { value: $height } }
                 range: { _expressions: { value: $range } } lit: { _expressions: { value: $lit } }
                 _path: { _expressions: { value: $path } } firstLit: { _expressions: { value: $at } }
                 aliases: { _expressions: { values: $names } }
               }) { items { name } }
             }",
        )
        .query(
            CONFIGURATION,
            "page",
            "query ($first: Int!, $after: String) { rockPaginated(first: $first, after: $after) { edges { cursor } } }",
        )
        .build()
        .expect("models and fragments belong together")
}

/// A fragment that lacks some values and has others twice, differently with each number.
fn fragment(model: &Model, number: usize) -> NewFragment {
    let at = |number: usize| {
        format!(
            "/content/dam/light/{}/{number}",
            ["en", "de_CH"][number % 2]
        )
    };
    let count = i64::try_from(number).unwrap_or(0);
    let texts = ["Rock", "rock", "Straße", "İ", "", "1,2\n3", "sea:fog"];
    let dates = [
        "1871-05-01T21:30:00.000+01:00",
        "9999-12-31",
        "21:15:30",
        "soon",
    ];
    let near = [number * 7 + 1, number * 3 + 2, number + 1, number].map(|n| at(n % ROCKS));
    let near: Vec<String> = near.into_iter().take(number % 5).collect();
    let mut rock = NewFragment::new(at(number), model)
        .tag("sea:fog")
        .value("name", format!("{} {number}", texts[number % 7]))
        .value(
            "aliases",
            texts[..number % 7]
                .iter()
                .map(|t| (*t).to_owned())
                .collect::<Vec<_>>(),
        )
        .value(
            "story",
            format!(
                "<p>{number} <b>of <a href=\"{}\">them</a></p><ul><li>&lt;",
                at(0)
            ),
        )
        .value("next", at((number + 1) % ROCKS))
        .value("near", near)
        .value("photo", "/content/dam/none.jpg")
        .value("plan", "{\"a\":[")
        .value("dusk", dates[number % 4])
        .value("seen", dates.map(str::to_owned).to_vec());
    if let Some(date) = Calendar::parse(dates[number % 4]) {
        rock = rock.value("firstLit", Property::Single(Scalar::Date(date)));
    }
    // Numbers as they should be, as text, and as none.
    rock = match number % 4 {
        0 => rock.value("height", count).value("range", -0.0),
        1 => rock.value("height", "12").value("range", f64::NAN),
        2 => rock.value("height", "many").value("range", f64::INFINITY),
        _ => rock.value("lit", number % 8 == 3),
    };
    if number.is_multiple_of(3) {
        rock = rock
            .variation("winter")
            .value("name", "Rock in winter")
            .value("height", i64::MAX - count)
            .value("notes", vec!["<p>one</p>".to_owned(), "two".to_owned()]);
    }
    rock
}
