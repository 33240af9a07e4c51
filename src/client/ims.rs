//! Adobe's identity service: credentials in, token out (`aem-protocol.md`, sections 8.3 and 8.4).

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::attempt::asked_to_wait;
use super::authorizer::{number, whole_life};
use super::body::{Unread, whole};
use super::mask::Mask;
use super::retry::{Ending, Next, next};
use super::transport::{Progress, Transport};
use crate::config::{Fetch, OAuth, ServiceCredentials};
use crate::packing::Room;
use crate::secret::Secret;
use crate::source::{Cause, NoToken};

/// How long the signed request is valid; the exchange follows at once.
const JWT_LIFE: Duration = Duration::from_secs(5 * 60);

/// No token lives longer (section 8.3).
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest answer that is read, in bytes. A token has a few thousand.
const LONGEST_ANSWER: u64 = 64 << 10;

/// The service with the credentials for it.
pub(super) struct Ims {
    transport: Transport,
    credentials: Credentials,
    retries: u32,
    mask: Arc<Mask>,
}

enum Credentials {
    Service(Box<ServiceCredentials>),
    OAuth(Box<OAuth>),
}

/// A token and how long it lives.
pub(super) struct Token {
    pub(super) token: Secret,
    pub(super) life: Duration,
}

/// What the service answers, good or bad.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<Value>,
    error: Option<String>,
    error_description: Option<String>,
}

/// What `expires_in` counts.
#[derive(Clone, Copy)]
enum Unit {
    /// At `/ims/exchange/jwt`.
    Milliseconds,
    /// At `/ims/token/v3`, and milliseconds in older versions.
    Seconds,
}

/// An exchange that failed.
struct Failed {
    error: NoToken,
    /// How long the service asks to be left alone.
    retry_after: Option<Duration>,
}

impl From<NoToken> for Failed {
    fn from(error: NoToken) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

impl Ims {
    pub(super) fn service(
        credentials: ServiceCredentials,
        limits: &Fetch,
        mask: &Arc<Mask>,
    ) -> Result<Self, NoToken> {
        let ims = credentials.ims.clone();
        let credentials = Credentials::Service(Box::new(credentials));
        Self::new(&ims, credentials, limits, mask)
    }

    pub(super) fn oauth(oauth: OAuth, limits: &Fetch, mask: &Arc<Mask>) -> Result<Self, NoToken> {
        let ims = oauth.ims.clone();
        Self::new(&ims, Credentials::OAuth(Box::new(oauth)), limits, mask)
    }

    fn new(
        ims: &str,
        credentials: Credentials,
        limits: &Fetch,
        mask: &Arc<Mask>,
    ) -> Result<Self, NoToken> {
        let origin = Url::parse(ims).map_err(|error| NoToken::NoWay(format!("{ims}: {error}")))?;
        // A way of its own: neither AEM's headers nor its credentials belong here.
        Ok(Self {
            transport: Transport::new(&origin, limits).map_err(NoToken::NoWay)?,
            credentials,
            retries: limits.retries,
            mask: Arc::clone(mask),
        })
    }

    /// Exchanges the credentials for a token; tried again when the service has trouble.
    pub(super) async fn exchange(&self) -> Result<Token, NoToken> {
        let mut attempt = 1;
        loop {
            let Failed { error, retry_after } = match self.try_exchange().await {
                Ok(token) => return Ok(token),
                Err(failed) => failed,
            };
            let ending = match &error {
                NoToken::Unreachable { .. } => Ending::NoAnswer,
                NoToken::Refused { status, .. } => Ending::Status(*status),
                NoToken::Missing => Ending::Damaged,
                NoToken::Key(_) | NoToken::Unsendable | NoToken::NoWay(_) => return Err(error),
            };
            match next(ending, attempt, self.retries, retry_after, fastrand::f64()) {
                Next::Wait(wait) => tokio::time::sleep(wait).await,
                Next::Stop | Next::TooLong(_) => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn try_exchange(&self) -> Result<Token, Failed> {
        let (ims, path, unit, form) = match &self.credentials {
            Credentials::Service(service) => {
                let jwt = sign(service)?;
                self.mask.add(&jwt);
                let form = [
                    ("client_id", service.client_id.clone()),
                    ("client_secret", service.client_secret.expose().to_owned()),
                    ("jwt_token", jwt),
                ];
                let path = "/ims/exchange/jwt";
                (&service.ims, path, Unit::Milliseconds, encode(&form))
            }
            Credentials::OAuth(oauth) => {
                let form = [
                    ("grant_type", "client_credentials".to_owned()),
                    ("client_id", oauth.client_id.clone()),
                    ("client_secret", oauth.client_secret.expose().to_owned()),
                    ("scope", oauth.scopes.clone()),
                ];
                (&oauth.ims, "/ims/token/v3", Unit::Seconds, encode(&form))
            }
        };
        let started = Instant::now();
        let request = self
            .transport
            .client()
            .post(format!("{ims}{path}"))
            .header(
                reqwest::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .body(form);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.failed(&error, Progress::Sending, started).await),
        };
        let status = response.status().as_u16();
        let retry_after = asked_to_wait(&response);
        let body = match whole(response, LONGEST_ANSWER, Room::default()).await {
            Ok((body, _)) => body,
            Err(Unread::TooLarge) => return Err(NoToken::Missing.into()),
            Err(Unread::Garbled(why)) => return Err(self.unreachable(Cause::BrokeOff(why))),
            Err(Unread::Broken(error)) => {
                return Err(self.failed(&error, Progress::Reading, started).await);
            }
        };
        match read(status, &body, unit) {
            Ok(token) => {
                self.mask.add(token.token.expose());
                Ok(token)
            }
            Err(NoToken::Refused { status, reason }) => {
                let reason = self.mask.text(&reason);
                let error = NoToken::Refused { status, reason };
                Err(Failed { error, retry_after })
            }
            Err(error) => Err(Failed { error, retry_after }),
        }
    }

    /// No answer, or half of one.
    async fn failed(&self, error: &reqwest::Error, progress: Progress, started: Instant) -> Failed {
        self.unreachable(self.transport.failed(error, progress, started).await)
    }

    fn unreachable(&self, cause: Cause) -> Failed {
        Failed::from(NoToken::Unreachable {
            service: self.origin().to_owned(),
            cause: Box::new(cause),
        })
    }

    fn origin(&self) -> &str {
        match &self.credentials {
            Credentials::Service(service) => &service.ims,
            Credentials::OAuth(oauth) => &oauth.ims,
        }
    }
}

/// The answer as a token or as the reason why there is none.
fn read(status: u16, body: &[u8], unit: Unit) -> Result<Token, NoToken> {
    let answer: Option<Answer> = serde_json::from_slice(body).ok();
    if !(200..300).contains(&status) {
        let reason = answer.and_then(|answer| answer.error_description.or(answer.error));
        let reason = reason.unwrap_or_else(|| "it does not say why".to_owned());
        return Err(NoToken::Refused { status, reason });
    }
    let answer = answer.ok_or(NoToken::Missing)?;
    let token = answer
        .access_token
        .filter(|token| !token.is_empty())
        .ok_or(NoToken::Missing)?;
    let said = answer.expires_in.as_ref().and_then(number);
    let life = life(said, unit, whole_life(&token));
    Ok(Token {
        token: Secret::new(token),
        life,
    })
}

/// How long a token lives: the shorter of what the answer and the token itself say. Nothing, and nothing
/// sensible, leaves it to AEM to refuse the token when it has ended.
fn life(said: Option<u64>, unit: Unit, own: Option<Duration>) -> Duration {
    let said = said.map(|number| match unit {
        Unit::Seconds if number <= LONGEST_LIFE.as_secs() => Duration::from_secs(number),
        Unit::Seconds | Unit::Milliseconds => Duration::from_millis(number),
    });
    let known = [said, own].into_iter().flatten();
    let known = known.filter(|life| !life.is_zero());
    known.fold(LONGEST_LIFE, Duration::min)
}

/// The JWT that the technical account presents.
fn sign(service: &ServiceCredentials) -> Result<String, NoToken> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut claims = json!({
        "iss": service.org,
        "sub": service.id,
        "aud": format!("{}/c/{}", service.ims, service.client_id),
        "exp": (now + JWT_LIFE).as_secs(),
    });
    for scope in service.metascopes.iter().filter(|scope| !scope.is_empty()) {
        claims[format!("{}/s/{scope}", service.ims)] = json!(true);
    }
    let bad = |error: jsonwebtoken::errors::Error| NoToken::Key(error.to_string());
    let key = EncodingKey::from_rsa_pem(service.private_key.expose().as_bytes()).map_err(bad)?;
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).map_err(bad)
}

/// A form body. Secrets have every character there is.
fn encode(fields: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_of_a_life_is_known_or_told_by_its_size() {
        let life = |number: &str, unit| {
            let body = format!(r#"{{"access_token":"x","expires_in":{number}}}"#);
            read(200, body.as_bytes(), unit)
                .ok()
                .map(|token| token.life.as_secs())
        };
        assert_eq!(life("86399993", Unit::Milliseconds), Some(86_399));
        assert_eq!(life("2000", Unit::Milliseconds), Some(2));
        assert_eq!(life("86399", Unit::Seconds), Some(86_399));
        assert_eq!(life("2", Unit::Seconds), Some(2));
        assert_eq!(life("86399994", Unit::Seconds), Some(86_399));
        assert_eq!(life("\"3600\"", Unit::Seconds), Some(3_600));
        for nonsense in ["0", "null", "-1", "\"soon\"", "18446744073709551615"] {
            assert_eq!(life(nonsense, Unit::Seconds), Some(86_400), "{nonsense}");
        }
    }

    #[test]
    fn a_token_may_know_better() {
        let (hour, day) = (Duration::from_secs(3_600), Duration::from_secs(86_400));
        assert_eq!(life(Some(86_400), Unit::Seconds, Some(hour)), hour);
        assert_eq!(life(Some(3_600), Unit::Seconds, Some(day)), hour);
        assert_eq!(life(None, Unit::Seconds, Some(hour)), hour);
        assert_eq!(life(None, Unit::Seconds, Some(Duration::ZERO)), day);
    }

    #[test]
    fn a_refusal_is_passed_on() {
        let body = br#"{"error":"invalid_token","error_description":"JWT token is incorrectly formatted"}"#;
        let refusal = |status, body: &[u8]| match read(status, body, Unit::Seconds).err() {
            Some(NoToken::Refused { status, reason }) => Some((status, reason)),
            _ => None,
        };
        assert_eq!(
            refusal(400, body),
            Some((400, "JWT token is incorrectly formatted".to_owned()))
        );
        assert_eq!(
            refusal(502, b"<html>"),
            Some((502, "it does not say why".to_owned()))
        );
        let silent = read(200, b"{}", Unit::Seconds).err();
        assert!(matches!(silent, Some(NoToken::Missing)));
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encode(&[("a", "x y&z=ü".to_owned())]), "a=x+y%26z%3D%C3%BC");
    }
}
