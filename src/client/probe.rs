//! One request with everything that can be seen of its answer: for looking at a host rather than using it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use super::{AemHost, head};
use crate::aem::HttpAnswer;
use crate::query::HttpRequest;
use crate::source::{NoToken, SourceError};

/// What came of a request that was made once.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The request, as `GET https://…`.
    pub request: Arc<str>,
    /// The answer, without secrets of ours that it repeats.
    pub answer: HttpAnswer,
    /// Its headers, names in lower case, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// From sending to the last byte.
    pub took: Duration,
}

impl Probed {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What becomes of an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It is read.
    Read,
    /// It is left on the way where all went well.
    Left,
}

impl AemHost {
    /// Makes one request, once, with all that says who we are.
    ///
    /// # Errors
    /// When there is no whole answer; any answer is one, whatever it says.
    pub async fn probe(&self, request: &HttpRequest, body: Body) -> Result<Probed, SourceError> {
        let url = format!("{}{}", self.origin, request.path);
        let name: Arc<str> = format!("{} {url}", request.method()).into();
        let failed = |cause| SourceError {
            request: Arc::clone(&name),
            cause,
        };
        let builder = match &request.body {
            None => self.transport.client().get(&url),
            Some(text) => self
                .transport
                .client()
                .post(&url)
                .header(CONTENT_TYPE, "application/json")
                .body(text.clone()),
        };
        let builder = builder.header(ACCEPT, HeaderValue::from_static(request.accept));
        let _slot = self.limiter.slot().await;
        let authorization = self.authorization(None).await.map_err(failed)?;
        let started = Instant::now();
        let sent = self.send(builder, &authorization).await;
        let sent = sent.map_err(|attempt| failed(attempt.cause))?;
        let headers = sent.response.headers().iter();
        let headers = headers
            .filter_map(|(name, value)| {
                Some((name.to_string(), self.mask.text(value.to_str().ok()?)))
            })
            .collect();
        let answer = match body {
            Body::Left if sent.response.status().is_success() => head(&sent.response),
            _ => self.read(sent).await.map_err(failed)?,
        };
        Ok(Probed {
            request: Arc::clone(&name),
            answer: self.mask.answer(answer),
            headers,
            took: started.elapsed(),
        })
    }

    /// Exchanges the credentials for a token, where they are of that kind, and says how long it lives.
    ///
    /// # Errors
    /// Why there is no token.
    pub async fn token_life(&self) -> Result<Option<Duration>, NoToken> {
        self.authorizer.life().await
    }

    /// The proxy that requests go through, without user and password.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.transport.proxy()
    }
}
