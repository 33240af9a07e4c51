//! A value as a tree that somebody can look at: of a long text the beginning, of a long list the first members, and of
//! everything together no more than a browser shows without getting slow.

use serde_json::{Map, Value, json};

/// Characters of one text.
const TEXT: usize = 4_000;

/// Members of one object, elements of one list.
const MEMBERS: usize = 200;

/// Characters and members of the whole.
const WHOLE: usize = 60_000;

/// A value without what would be too much, and what was left out of it where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// The value.
    pub(super) value: Value,
    /// What was left out.
    pub(super) cut: Vec<Cut>,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Of what, as a JSON pointer.
    at: String,
    /// How much.
    rest: usize,
}

impl Tree {
    /// What can be shown of a value.
    pub(super) fn of(value: &Value) -> Self {
        let mut cutter = Cutter {
            left: WHOLE,
            at: String::new(),
            cut: Vec::new(),
        };
        let value = cutter.value(value);
        Self {
            value,
            cut: cutter.cut,
        }
    }

    /// As it is told.
    pub(super) fn told(self) -> Value {
        let cut = self.cut.into_iter();
        let cut = cut.map(|cut| json!({ "at": cut.at, "rest": cut.rest }));
        json!({ "value": self.value, "cut": cut.collect::<Vec<_>>() })
    }
}

struct Cutter {
    /// What may still be told.
    left: usize,
    /// The pointer to where it is.
    at: String,
    cut: Vec<Cut>,
}

impl Cutter {
    fn value(&mut self, value: &Value) -> Value {
        self.left = self.left.saturating_sub(1);
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => {
                let number = self.members(list.len());
                let list = list[..number].iter().enumerate();
                Value::Array(
                    list.map(|(at, value)| self.below(&at.to_string(), value))
                        .collect(),
                )
            }
            Value::Object(map) => {
                let number = self.members(map.len());
                let members = map.iter().take(number);
                let members = members.map(|(name, value)| (name.clone(), self.below(name, value)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn below(&mut self, name: &str, value: &Value) -> Value {
        let length = self.at.len();
        self.at.push('/');
        self.at
            .push_str(&name.replace('~', "~0").replace('/', "~1"));
        self.left = self.left.saturating_sub(name.len());
        let value = self.value(value);
        self.at.truncate(length);
        value
    }

    fn text(&mut self, text: &str) -> String {
        let most = TEXT.min(self.left);
        let Some((end, _)) = text.char_indices().nth(most) else {
            self.left -= text.chars().count();
            return text.to_owned();
        };
        self.left -= most;
        self.leave(text[end..].chars().count());
        text[..end].to_owned()
    }

    fn members(&mut self, number: usize) -> usize {
        let most = MEMBERS.min(self.left);
        if number > most {
            self.leave(number - most);
        }
        number.min(most)
    }

    fn leave(&mut self, rest: usize) {
        let at = self.at.clone();
        self.cut.push(Cut { at, rest });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_is_told_whole() {
        let value = json!({ "a": [1, null, "é"], "b": { "c": true } });
        let tree = Tree::of(&value);
        assert_eq!(
            tree,
            Tree {
                value,
                cut: Vec::new()
            }
        );
    }

    #[test]
    fn what_is_left_out_is_told() {
        let long = "é".repeat(TEXT + 5);
        let value = json!({ "a/b": [long], "list": vec![0; MEMBERS + 7] });
        let told = Tree::of(&value).told();
        assert_eq!(
            told["cut"],
            json!([{ "at": "/a~1b/0", "rest": 5 }, { "at": "/list", "rest": 7 }])
        );
        assert_eq!(told["value"]["a/b"][0], json!("é".repeat(TEXT)));
        assert_eq!(told["value"]["list"].as_array().unwrap().len(), MEMBERS);
    }

    #[test]
    fn the_whole_has_a_bound_however_it_is_made_up() {
        let wide = |depth: usize| {
            (0..depth).fold(json!("x".repeat(50)), |inner, _| json!(vec![inner; 40]))
        };
        for value in [wide(3), json!(vec!["y".repeat(TEXT * 2); MEMBERS * 2])] {
            let told = Tree::of(&value).told().to_string();
            assert!(told.len() < WHOLE * 8, "{}", told.len());
        }
    }
}
