//! JSON to packed values, with no values in between.
//!
//! Of what the index keeps of an item nobody needs a value of Tera's before a template does. The bytes are those that
//! [`encode`] writes of the value that the JSON stands for.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::code::{self, encode};
use super::from_json;

/// With more names than these, looking for one twice needs a table.
const FEW: usize = 24;

/// Appends the value of a JSON text.
///
/// # Errors
/// When it is not JSON, or nests too deep.
pub(super) fn transcribe(json: &[u8], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let start = out.len();
    let mut has_twins = false;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let whole = Transcript {
        out,
        has_twins: &mut has_twins,
    };
    whole.deserialize(&mut deserializer)?;
    deserializer.end()?;
    if has_twins {
        // The last of them counts, in the place of the first: a map knows how.
        out.truncate(start);
        encode(&from_json(json)?, out);
    }
    Ok(())
}

/// Whether no name is there twice.
pub(super) fn are_distinct<N: Eq + Hash>(names: &[N]) -> bool {
    if names.len() > FEW {
        return names.iter().collect::<HashSet<_>>().len() == names.len();
    }
    let mut rest = names;
    while let Some((name, others)) = rest.split_first() {
        if others.contains(name) {
            return false;
        }
        rest = others;
    }
    true
}

/// Where a value is written.
struct Transcript<'o> {
    out: &'o mut Vec<u8>,
    /// Whether an object has two members of one name.
    has_twins: &'o mut bool,
}

impl Transcript<'_> {
    fn inner(&mut self) -> Transcript<'_> {
        Transcript {
            out: self.out,
            has_twins: self.has_twins,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Transcript<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Transcript<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<(), E> {
        code::truth(v, self.out);
        Ok(())
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<(), E> {
        code::signed(v, self.out);
        Ok(())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<(), E> {
        code::unsigned(v, self.out);
        Ok(())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<(), E> {
        code::float(v, self.out);
        Ok(())
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<(), E> {
        code::text(v, self.out);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        code::none(self.out);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let count = code::begin_list(self.out);
        let mut elements = 0;
        while seq.next_element_seed(self.inner())?.is_some() {
            elements += 1;
        }
        count.is(elements, self.out);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let count = code::begin_map(self.out);
        let mut names = Vec::new();
        loop {
            let start = self.out.len();
            // A name is written as a text is.
            if map.next_key_seed(self.inner())?.is_none() {
                break;
            }
            names.push(start..self.out.len());
            map.next_value_seed(self.inner())?;
        }
        count.is(names.len(), self.out);
        let written: Vec<&[u8]> = names.into_iter().map(|name| &self.out[name]).collect();
        *self.has_twins |= !are_distinct(&written);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    fn transcribed(json: &str) -> Vec<u8> {
        let mut out = b"before".to_vec();
        transcribe(json.as_bytes(), &mut out).unwrap();
        out.split_off(6)
    }

    fn encoded(json: &str) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&from_json(json.as_bytes()).unwrap(), &mut out);
        out
    }

    #[test]
    fn it_is_what_is_written_of_the_value() {
        let many = |count: usize, last: &str| {
            let members: Vec<String> = (0..count).map(|n| format!("\"m{n}\":{n}")).collect();
            format!("{{{},\"{last}\":true}}", members.join(","))
        };
        let samples = [
            "null".to_owned(),
            " true ".to_owned(),
            "false".to_owned(),
            "0".to_owned(),
            "-0".to_owned(),
            "-1".to_owned(),
            "-0.0".to_owned(),
            "1e3".to_owned(),
            "18446744073709551615".to_owned(),
            "18446744073709551616".to_owned(),
            "-9223372036854775808".to_owned(),
            "-9223372036854775809".to_owned(),
            r#""""#.to_owned(),
            r#""a text with \"quotes\", \u00e9 and é, and longer than what is kept inline""#
                .to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
            r#"[[],{},[{"a":[null]}], "b" ]"#.to_owned(),
            r#"{"z":{"y":[1,-2,3.5]},"a":"b","n\u0061me":null,"":{"":""}}"#.to_owned(),
            r#"{"a":1,"b":2,"a":{"c":3}}"#.to_owned(),
            r#"{"a":1,"\u0061":2}"#.to_owned(),
            r#"[{"x":{"a":[],"b":1,"b":2,"a":3}},4]"#.to_owned(),
            many(FEW - 1, "last"),
            many(FEW - 1, "m3"),
            many(FEW + 5, "last"),
            many(FEW + 5, "m3"),
        ];
        for json in samples {
            assert_eq!(transcribed(&json), encoded(&json), "{json}");
        }
    }

    /// Some value; few names, so that some are there twice, and sometimes many.
    fn any(random: &mut Rng, depth: usize) -> String {
        let plain = [
            "null",
            "true",
            "0",
            "-7",
            "1.5e300",
            "-0.0",
            "1e-9",
            "\"\"",
            "\"\\n\"",
            "\"é\\ud83d\\ude00\"",
        ];
        let names = ["a", "b", "\\u0061", "", "é"];
        let most = if random.u8(..9) == 0 { 40 } else { 5 };
        let count = random.usize(..most);
        match random.u8(..if depth == 0 { 1 } else { 3 }) {
            0 => (*random.choice(plain).unwrap()).to_owned(),
            1 => {
                let all: Vec<String> = (0..count).map(|_| any(random, depth - 1)).collect();
                format!("[{}]", all.join(", "))
            }
            _ => {
                let mut member = |n: usize| {
                    let name = match random.u8(..4) {
                        0 => (*random.choice(names).unwrap()).to_owned(),
                        _ => format!("m{n}"),
                    };
                    format!("\"{name}\": {}", any(random, depth - 1))
                };
                let all: Vec<String> = (0..count).map(&mut member).collect();
                format!("{{{}}}", all.join(" ,"))
            }
        }
    }

    #[test]
    fn whatever_comes_is_what_is_written_of_the_value() {
        let mut random = Rng::with_seed(7);
        for _ in 0..3_000 {
            let json = any(&mut random, 4);
            assert_eq!(transcribed(&json), encoded(&json), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for json in [
            "",
            "{",
            "[1,]",
            "nul",
            "1 2",
            r#"{"a":1,}"#,
            r#"{1:2}"#,
            &deep,
        ] {
            let here = transcribe(json.as_bytes(), &mut Vec::new()).unwrap_err();
            let there = from_json(json.as_bytes()).unwrap_err();
            assert_eq!(here.to_string(), there.to_string(), "{json}");
        }
    }
}
