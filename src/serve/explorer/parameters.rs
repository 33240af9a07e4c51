//! What follows the `?` of a question.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::Refused;

/// The parameters of a question; of those that come twice, the first counts.
pub(super) struct Parameters(Vec<(String, String)>);

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

impl Parameters {
    pub(super) fn read(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(
            pairs
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .collect(),
        )
    }

    /// A text; an empty one is none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let own = self.0.iter().find(|(key, _)| key == name);
        own.map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Refused> {
        self.text(name)
            .ok_or_else(|| Refused::Wrong(format!("the parameter `{name}` is missing")))
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Refused> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let number = text.parse();
        let wrong = |_| Refused::Wrong(format!("`{name}` is a number from 0, and not `{text}`"));
        number.map(Some).map_err(wrong)
    }

    /// `offset` and `limit`, of which there is a highest one.
    pub(super) fn window(&self, limit: usize, highest: usize) -> Result<Window, Refused> {
        Ok(Window {
            offset: self.number("offset")?.unwrap_or(0),
            limit: self.number("limit")?.unwrap_or(limit).clamp(1, highest),
        })
    }
}

impl Window {
    /// What is in it, and how many there are in all.
    pub(super) fn of<T>(self, all: impl Iterator<Item = T>) -> (Vec<T>, usize) {
        let mut total = 0;
        let end = self.offset.saturating_add(self.limit);
        let inside = all.filter(|_| {
            total += 1;
            total > self.offset && total <= end
        });
        let inside = inside.collect();
        (inside, total)
    }

    /// A list as it is told: `name` is what it is called.
    pub(super) fn told(self, name: &str, list: Vec<Value>, total: usize) -> Value {
        let end = self.offset.saturating_add(list.len());
        json!({
            "total": total,
            "offset": self.offset,
            "limit": self.limit,
            "next": (end < total && !list.is_empty()).then_some(end),
            name: list,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_what_is_no_number_is_refused() {
        let parameters = Parameters::read("q=%C3%A9t%C3%A9+1&empty=&offset=-1&limit=999&q=2");
        assert_eq!(parameters.text("q"), Some("été 1"));
        assert_eq!(parameters.text("empty"), None);
        assert_eq!(parameters.text("other"), None);
        assert_eq!(
            parameters.number("offset"),
            Err(Refused::Wrong(
                "`offset` is a number from 0, and not `-1`".into()
            ))
        );
        assert!(parameters.window(10, 100).is_err());
    }

    #[test]
    fn a_window_has_bounds_and_says_what_comes_next() {
        let window = Parameters::read("offset=2&limit=999")
            .window(10, 3)
            .unwrap();
        assert_eq!(
            window,
            Window {
                offset: 2,
                limit: 3
            }
        );
        assert_eq!(window.of(0..7), (vec![2, 3, 4], 7));
        let told = |window: Window, count: usize| {
            let (list, total) = window.of((0..count).map(Value::from));
            window.told("list", list, total)["next"].clone()
        };
        assert_eq!(told(window, 7), json!(5));
        assert_eq!(told(window, 5), Value::Null);
        let far = Window {
            offset: usize::MAX,
            limit: 3,
        };
        assert_eq!(told(far, 5), Value::Null);
    }
}
