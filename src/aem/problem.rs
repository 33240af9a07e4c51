//! Errors of the REST delivery: problem documents (RFC 7807; `aem-protocol.md`, section 10.2).

use serde::Deserialize;

use super::shape::is_object;

/// What AEM says is wrong with a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The status of the answer, which is believed more than the document's own.
    #[serde(skip)]
    pub status: u16,
    /// What kind of problem it is.
    pub title: Option<String>,
    /// What is wrong this time.
    pub detail: Option<String>,
}

impl Problem {
    /// Reads a body; `None` when it says nothing.
    pub(super) fn read(status: u16, body: &[u8]) -> Option<Self> {
        let read: Self = is_object(body)
            .then(|| serde_json::from_slice(body).ok())
            .flatten()?;
        let says = read.title.is_some() || read.detail.is_some();
        says.then_some(Self { status, ..read })
    }

    /// What it says, in one line.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = [self.title.as_deref(), self.detail.as_deref()];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.collect();
        parts.join(": ")
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn reads_what_it_can() {
        let whole =
            br#"{"type":"about:blank","title":"Not Found","status":404,"detail":"no fragment x"}"#;
        let problem = Problem::read(404, whole).unwrap();
        assert_eq!(
            (problem.status, problem.text().as_str()),
            (404, "Not Found: no fragment x")
        );
        let short = Problem::read(400, br#"{"detail":"bad limit","title":null}"#).unwrap();
        assert_eq!(short.text(), "bad limit");
        let half = Problem::read(400, br#"{"title":"Bad Request","detail":""}"#).unwrap();
        assert_eq!(half.text(), "Bad Request");
        for nothing in [
            "",
            "{}",
            "[]",
            "{\"title\":null}",
            "{\"title\":[]}",
            "[\"a\"]",
            "<html>",
        ] {
            assert_eq!(Problem::read(404, nothing.as_bytes()), None, "{nothing}");
        }
    }
}
