//! Bytes as a sequence of choices: structured input that a fuzzer can still mutate.

use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, Type};
use serde_json::{Map, Value};

/// Deeper values are null.
const MAX_DEPTH: usize = 60;

/// What is interesting as text, wherever it stands.
const WORDS: [&str; 28] = [
    "",
    "rock",
    "Rock 7",
    "ROCK",
    "straße",
    "STRASSE",
    "İ",
    "ﬁ",
    "e\u{301}",
    "\u{0}",
    "\n",
    "%",
    "null",
    "{}",
    "[1]",
    "-1",
    "1e308",
    "master",
    "winter",
    "sea:fog",
    "en",
    "de_CH",
    "/content/dam/light/en/3",
    "1871-05-01T21:30:00.000+01:00",
    "2019-06-30",
    "21:15:30",
    "9999-12-31T23:59:60-14:00",
    "0000-01-01",
];

pub(super) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                *first
            }
            [] => 0,
        }
    }

    /// A number below `end`, which is at most 256; the first one when the bytes are used up.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    fn integer(&mut self) -> i64 {
        match self.below(4) {
            0 => i64::from(self.byte()) - 3,
            1 => i64::from(i32::from_le_bytes(std::array::from_fn(|_| self.byte()))),
            2 => i64::from(i32::MAX) + 1 - i64::from(self.byte()),
            _ => i64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    fn float(&mut self) -> f64 {
        match self.below(3) {
            0 => f64::from(self.byte()) / 4.0,
            1 => [f64::MIN, f64::MAX, f64::EPSILON, -0.0][self.below(4)],
            _ => f64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    pub(super) fn text(&mut self) -> String {
        match self.below(4) {
            0 => {
                let length = self.below(24).min(self.0.len());
                let (text, rest) = self.0.split_at(length);
                self.0 = rest;
                String::from_utf8_lossy(text).into_owned()
            }
            1 => format!("{}{}", self.word(), self.word()),
            _ => self.word().to_owned(),
        }
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    /// One of some pieces, several times, with `separator` between.
    pub(super) fn pieces(&mut self, pieces: &[&str], separator: &str) -> String {
        let count = self.below(5);
        let chosen: Vec<&str> = (0..count)
            .map(|_| pieces[self.below(pieces.len())])
            .collect();
        chosen.join(separator)
    }

    /// A value of a type of the schema; now and then something else.
    pub(super) fn value(&mut self, schema: &Schema, ty: &Type, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if self.below(64) == 63 {
            return self.anything(depth);
        }
        let (Type::Named(name) | Type::NonNullNamed(name)) = ty else {
            let count = self.below(4);
            let item = ty.item_type();
            return (0..count)
                .map(|_| self.value(schema, item, depth + 1))
                .collect();
        };
        match schema.types.get(name) {
            Some(ExtendedType::Enum(of)) => {
                let names: Vec<&str> = of.values.keys().map(|name| name.as_str()).collect();
                names[self.below(names.len())].into()
            }
            Some(ExtendedType::InputObject(of)) => {
                let mut members = Map::new();
                for _ in 0..=self.below(3) {
                    let at = self.below(of.fields.len());
                    if let Some((name, field)) = of.fields.get_index(at) {
                        let value = self.value(schema, &field.ty, depth + 1);
                        members.insert(name.to_string(), value);
                    }
                }
                for (name, field) in &of.fields {
                    if field.ty.is_non_null() && !members.contains_key(name.as_str()) {
                        let value = self.value(schema, &field.ty, depth + 1);
                        members.insert(name.to_string(), value);
                    }
                }
                members.into()
            }
            _ => match name.as_str() {
                "Int" => self.integer().into(),
                "Float" => self.float().into(),
                "Boolean" => (self.below(2) == 1).into(),
                _ => self.text().into(),
            },
        }
    }

    /// JSON of any shape.
    fn anything(&mut self, depth: usize) -> Value {
        match self.below(8) {
            0 => Value::Null,
            1 => true.into(),
            2 => self.integer().into(),
            3 => self.float().into(),
            4 if depth < MAX_DEPTH => vec![self.anything(depth + 1)].into(),
            5 if depth < MAX_DEPTH => {
                let name = self.text();
                Map::from_iter([(name, self.anything(depth + 1))]).into()
            }
            _ => self.text().into(),
        }
    }
}
