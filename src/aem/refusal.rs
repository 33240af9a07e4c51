//! Answers that are no answers to a query: who refused a request, and why (sections 1.4 and 9.2).
//!
//! One status has several causes, and most bodies are somebody's error page. So headers and body decide
//! with the status; where they do not, the reason stays as open as it is.

use super::HttpAnswer;

/// A request that was refused, or that met trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// Why, as far as the answer tells.
    pub reason: Reason,
    /// What the page or the text of the answer says, shortened.
    pub says: Option<String>,
    /// `Server`: who answered.
    pub server: Option<String>,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// 204: AEM's answer to a request with `Origin` that it has not cached (section 2.3).
    NoContent,
    /// 401: no credentials, or not good ones.
    Unauthorised,
    /// 401: the token is known, and its time is over.
    Expired,
    /// 403: the client id is not registered for the service (section 8.4).
    UnknownClient,
    /// 403: a CDN misses its key (section 1.1).
    EdgeKey,
    /// 403 without a word why.
    Forbidden,
    /// 405 to a request that reads: an IP allow list (section 1.4).
    AllowList,
    /// 405 with the methods that are allowed: the address does not take this one.
    Method,
    /// 406: a traffic filter rule, or the penalty of a rate limit (section 9.2).
    TrafficFilter,
    /// 407: the proxy asks for credentials.
    Proxy,
    /// 414: the address is too long for somebody on the way.
    TooLong,
    /// 421: the host name is not one of the service's (section 1.1).
    WrongHost,
    /// 429: too many requests.
    TooMany,
    /// The environment sleeps until somebody wakes it.
    Hibernated,
    /// A page to log in, with status 200.
    LoginPage,
    /// 500 and above: AEM, its CDN or the way between are in trouble.
    Trouble,
    /// Anything else.
    Other,
}

impl Refusal {
    /// A status that nobody explains.
    #[must_use]
    pub fn bare(status: u16) -> Self {
        Self {
            status,
            reason: Reason::Other,
            says: None,
            server: None,
            retry_after: None,
        }
    }
}

/// The longest excerpt of a body shown, in characters.
const EXCERPT: usize = 160;

/// How much of a body is looked at.
const LOOKED_AT: usize = 16 << 10;

impl HttpAnswer {
    /// Why an answer that is no GraphQL envelope was given.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let text = self.text();
        Refusal {
            status: self.status,
            reason: reason(self, &text.to_lowercase()),
            says: says(&text),
            server: self.hints.server.clone(),
            retry_after: self.hints.retry_after.clone(),
        }
    }

    /// The beginning of the body as text.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(LOOKED_AT)]).into_owned()
    }

    /// The first characters of the body, on one line.
    pub(super) fn excerpt(&self) -> String {
        shortened(&self.text())
    }
}

impl Reason {
    /// What a status means where nothing else tells.
    #[must_use]
    pub fn usual(status: u16) -> Self {
        match status {
            204 => Self::NoContent,
            401 => Self::Unauthorised,
            403 => Self::Forbidden,
            405 => Self::AllowList,
            406 => Self::TrafficFilter,
            407 => Self::Proxy,
            414 => Self::TooLong,
            421 => Self::WrongHost,
            429 => Self::TooMany,
            500..600 => Self::Trouble,
            _ => Self::Other,
        }
    }
}

fn reason(answer: &HttpAnswer, text: &str) -> Reason {
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let authenticate = answer.hints.authenticate.as_deref().unwrap_or_default();
    let ended = |text: &str| text.contains("invalid_token") || text.contains("expired");
    match answer.status {
        _ if is_hibernated(answer.status, text) => Reason::Hibernated,
        200..300 if is_login(text) => Reason::LoginPage,
        401 if ended(&authenticate.to_lowercase()) || ended(text) => Reason::Expired,
        403 if any(&["edge key", "edge-key"]) => Reason::EdgeKey,
        403 if any(&[
            "api key",
            "api-key",
            "api_key",
            "client id",
            "client_id",
            "clientid",
        ]) =>
        {
            Reason::UnknownClient
        }
        405 if answer.hints.allow.is_some() => Reason::Method,
        status => Reason::usual(status),
    }
}

/// Adobe does not document what a hibernated environment answers. The word in a page of trouble is
/// enough; any other page has to be about an environment too, since content may be about hedgehogs.
fn is_hibernated(status: u16, text: &str) -> bool {
    let about_environments = ["environment", "developer console", "cloud manager"];
    text.contains("hibernat")
        && (status >= 500 || about_environments.iter().any(|word| text.contains(word)))
}

/// AEM's own login form, or that of Adobe's identity service.
fn is_login(text: &str) -> bool {
    let marks = [
        "j_security_check",
        "j_password",
        "/libs/granite/core/content/login",
        "adobelogin.com",
    ];
    marks.iter().any(|mark| text.contains(mark))
}

/// The title of a page, else its text; of anything else the beginning. `None` when it says nothing.
fn says(text: &str) -> Option<String> {
    let said = match title(text) {
        Some(title) => shortened(title),
        None if text.trim_start().starts_with('<') => shortened(&without_tags(text)),
        None => shortened(text),
    };
    Some(said).filter(|said| !said.is_empty())
}

fn without_tags(text: &str) -> String {
    let after_tag = |piece: &'_ str| -> String {
        let (_, text) = piece.split_once('>').unwrap_or_default();
        text.to_owned()
    };
    text.split('<')
        .skip(1)
        .map(after_tag)
        .collect::<Vec<_>>()
        .join(" ")
}

fn title(text: &str) -> Option<&str> {
    // ASCII only changes no byte's place.
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(text[start..end].trim()).filter(|title| !title.is_empty())
}

fn shortened(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Hints;
    use super::*;
    use bytes::Bytes;

    fn refusal(status: u16, hints: Hints, body: &'static str) -> Refusal {
        let answer = HttpAnswer {
            status,
            content_type: Some("text/html".into()),
            location: None,
            hints,
            body: Bytes::from_static(body.as_bytes()),
        };
        answer.refusal()
    }

    fn reason(status: u16, body: &'static str) -> Reason {
        refusal(status, Hints::default(), body).reason
    }

    #[test]
    fn a_status_alone_has_its_usual_reason() {
        for (status, expected) in [
            (204, Reason::NoContent),
            (400, Reason::Other),
            (401, Reason::Unauthorised),
            (403, Reason::Forbidden),
            (405, Reason::AllowList),
            (406, Reason::TrafficFilter),
            (407, Reason::Proxy),
            (414, Reason::TooLong),
            (421, Reason::WrongHost),
            (429, Reason::TooMany),
            (500, Reason::Trouble),
            (503, Reason::Trouble),
        ] {
            assert_eq!(reason(status, "<html>"), expected, "{status}");
        }
    }

    #[test]
    fn headers_and_bodies_know_more() {
        let hints = |authenticate: Option<&str>, allow: Option<&str>| Hints {
            authenticate: authenticate.map(str::to_owned),
            allow: allow.map(str::to_owned),
            ..Hints::default()
        };
        let bearer = hints(Some("Bearer error=\"invalid_token\""), None);
        assert_eq!(refusal(401, bearer, "").reason, Reason::Expired);
        assert_eq!(reason(401, "The token has expired"), Reason::Expired);
        let get = hints(None, Some("GET, HEAD"));
        assert_eq!(refusal(405, get, "").reason, Reason::Method);
        assert_eq!(
            reason(403, "Request misses X-AEM-Edge-Key"),
            Reason::EdgeKey
        );
        assert_eq!(
            reason(
                403,
                r#"{"error_code":"403003","message":"Api Key is invalid"}"#
            ),
            Reason::UnknownClient
        );
        assert_eq!(
            reason(200, "<form action=\"/libs/x/j_security_check\">"),
            Reason::LoginPage
        );
    }

    #[test]
    fn hibernation_is_told_from_hedgehogs() {
        for (status, body) in [
            (503, "<h1>Hibernated</h1>"),
            (
                200,
                "<p>This environment is hibernated. De-hibernate it in the Developer Console.",
            ),
            (404, "Environment hibernating"),
        ] {
            assert_eq!(reason(status, body), Reason::Hibernated, "{body}");
        }
        assert_eq!(reason(404, "How hedgehogs hibernate"), Reason::Other);
    }

    #[test]
    fn an_error_page_is_known_by_its_title() {
        let says = |body| refusal(403, Hints::default(), body).says;
        assert_eq!(
            says(
                "<!DOCTYPE html>\n<head><TITLE lang=en> 403\n Not  allowed. </TITLE><body><h1>Error"
            ),
            Some("403 Not allowed.".into())
        );
        assert_eq!(says("<title>x"), Some("x".into()));
        assert_eq!(says("<html><p>Go <b>away</b>!"), Some("Go away !".into()));
        assert_eq!(says("<html>\n</html>"), None);
        assert_eq!(says(" Not\n allowed "), Some("Not allowed".into()));
        assert_eq!(says("  "), None);
    }
}
