//! Expressions at random, evaluated here and by Tera: no difference may show, in errors neither.

use std::sync::Arc;

use tera::{Context, Map, Value};

use super::{Borrowed, Expression, Program, compile};
use crate::value::encode;

const MEMBERS: [&str; 4] = ["a", "b", "deep", "absent"];
const FILTERS: [&str; 8] = [
    "slug",
    "lower",
    "upper",
    "trim",
    "length",
    "title",
    "capitalize",
    "first",
];
const TEXTS: [&str; 10] = [
    "",
    " ",
    "a",
    "Über Größe & Co.",
    "İstanbul",
    "\u{a0}x\u{2003}",
    "--A--b  C--",
    "日本 語",
    "{{ item.a }} | slug",
    "ὈΔΥΣΣΕΎΣ a text that is too long to be kept inline",
];

fn one<T: Copy>(rng: &mut fastrand::Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())]
}

fn value(rng: &mut fastrand::Rng, depth: usize) -> Value {
    match rng.u8(..12) {
        0 => Value::none(),
        1 => Value::from(rng.bool()),
        2 => Value::from(rng.i64(-3..3)),
        3 => Value::from(f64::from(rng.i8(..)) / 4.0),
        4 => Value::safe_string(one(rng, &TEXTS)),
        5 if depth > 0 => (0..rng.u8(..3))
            .map(|_| value(rng, depth - 1))
            .collect::<Vec<_>>()
            .into(),
        6 if depth > 0 => item(rng, depth - 1),
        _ => Value::from(one(rng, &TEXTS)),
    }
}

fn item(rng: &mut fastrand::Rng, depth: usize) -> Value {
    let mut map = Map::default();
    for name in &MEMBERS[..3] {
        if rng.u8(..5) > 0 {
            map.insert((*name).into(), value(rng, depth));
        }
    }
    Value::from(map)
}

fn source(rng: &mut fastrand::Rng) -> String {
    let mut source = format!("item.{}", one(rng, &MEMBERS));
    if rng.u8(..4) == 0 {
        source = format!("{source}.{}", one(rng, &MEMBERS));
    }
    for _ in 0..rng.u8(..4) {
        let bar = one(rng, &["|", " | ", "  |\t"]);
        source = format!("{source}{bar}{}", one(rng, &FILTERS));
    }
    source
}

fn shown(result: Result<Value, String>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    encode(&result?, &mut bytes);
    Ok(bytes)
}

#[test]
fn evaluates_as_tera_does() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut own = 0;
    for _ in 0..3_000 {
        let source = source(&mut rng);
        let expression = Expression::parse(&source).unwrap();
        // What is absent is undefined in a path, and an error to Tera; that is documented.
        if matches!(expression.program, Program::Path(_)) {
            continue;
        }
        let by_tera = Expression {
            source: Arc::clone(&expression.source),
            program: Program::Compiled(Arc::new(compile(&source).unwrap())),
        };
        own += usize::from(matches!(expression.program, Program::Piped(..)));
        let item = item(&mut rng, 2);
        let mut context = Context::new();
        context.insert_value("item", item.clone());
        let expected = shown(by_tera.evaluate(&context));
        let borrowed = Borrowed::default().with("item", &item);
        assert_eq!(
            shown(expression.evaluate(&context)),
            expected,
            "{source} of {item}"
        );
        assert_eq!(
            shown(expression.evaluate(&borrowed)),
            expected,
            "{source} of {item}"
        );
    }
    assert!(own > 100, "{own}");
}
