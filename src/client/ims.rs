//! Adobe's identity service: credentials in, token out (`aem-protocol.md`, sections 8.3 and 8.4).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::attempt::asked_to_wait;
use super::authorizer::{number, whole_life};
use super::retry::{Ending, Next, next};
use crate::config::{Fetch, OAuth, ServiceCredentials};
use crate::secret::Secret;

/// How long the signed request is valid; the exchange follows at once.
const JWT_LIFE: Duration = Duration::from_secs(5 * 60);

/// No token lives longer (section 8.3).
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest answer that is read, in bytes. A token has a few thousand.
const LONGEST_ANSWER: usize = 64 << 10;

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ImsError {
    /// The service cannot be reached.
    #[error("the identity service {0} cannot be reached")]
    Unreachable(String),
    /// It refuses, and says why.
    #[error("the identity service refuses the credentials (status {status}): {reason}")]
    Refused {
        /// Its status.
        status: u16,
        /// Its words.
        reason: String,
    },
    /// The key cannot sign.
    #[error("the private key cannot be used: {0}")]
    Key(String),
    /// It answered without one.
    #[error("the identity service answered without a token")]
    NoToken,
    /// A line break, for example.
    #[error("the credentials hold characters that cannot be sent")]
    Unsendable,
}

/// The service with the credentials for it.
pub(super) struct Ims {
    client: Client,
    credentials: Credentials,
    retries: u32,
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
    error: ImsError,
    /// How long the service asks to be left alone.
    retry_after: Option<Duration>,
}

impl From<ImsError> for Failed {
    fn from(error: ImsError) -> Self {
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
    ) -> Result<Self, ImsError> {
        let ims = credentials.ims.clone();
        Self::new(&ims, Credentials::Service(Box::new(credentials)), limits)
    }

    pub(super) fn oauth(oauth: OAuth, limits: &Fetch) -> Result<Self, ImsError> {
        let ims = oauth.ims.clone();
        Self::new(&ims, Credentials::OAuth(Box::new(oauth)), limits)
    }

    fn new(ims: &str, credentials: Credentials, limits: &Fetch) -> Result<Self, ImsError> {
        let unreachable = || ImsError::Unreachable(ims.to_owned());
        let origin = Url::parse(ims).map_err(|_| unreachable())?;
        // A client of its own: neither AEM's headers nor its credentials belong here.
        Ok(Self {
            client: super::client(&origin, limits).map_err(|_| unreachable())?,
            credentials,
            retries: limits.retries,
        })
    }

    /// Exchanges the credentials for a token; tried again when the service has trouble.
    pub(super) async fn exchange(&self) -> Result<Token, ImsError> {
        let mut attempt = 1;
        loop {
            let Failed { error, retry_after } = match self.try_exchange().await {
                Ok(token) => return Ok(token),
                Err(failed) => failed,
            };
            let ending = match &error {
                ImsError::Unreachable(_) => Ending::NoAnswer,
                ImsError::Refused { status, .. } => Ending::Status(*status),
                ImsError::NoToken => Ending::Damaged,
                ImsError::Key(_) | ImsError::Unsendable => return Err(error),
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
        let unreachable = |_| ImsError::Unreachable(ims.clone());
        let mut response = self
            .client
            .post(format!("{ims}{path}"))
            .header(
                reqwest::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .body(form)
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status().as_u16();
        let retry_after = asked_to_wait(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(ImsError::NoToken.into());
            }
            body.extend_from_slice(&chunk);
        }
        read(status, &body, unit).map_err(|error| Failed { error, retry_after })
    }
}

/// The answer as a token or as the reason why there is none.
fn read(status: u16, body: &[u8], unit: Unit) -> Result<Token, ImsError> {
    let answer: Option<Answer> = serde_json::from_slice(body).ok();
    if !(200..300).contains(&status) {
        let reason = answer.and_then(|answer| answer.error_description.or(answer.error));
        let reason = reason.unwrap_or_else(|| "it does not say why".to_owned());
        return Err(ImsError::Refused { status, reason });
    }
    let answer = answer.ok_or(ImsError::NoToken)?;
    let token = answer
        .access_token
        .filter(|token| !token.is_empty())
        .ok_or(ImsError::NoToken)?;
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
fn sign(service: &ServiceCredentials) -> Result<String, ImsError> {
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
    let bad = |error: jsonwebtoken::errors::Error| ImsError::Key(error.to_string());
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
            read(200, body.as_bytes(), unit).map(|token| token.life.as_secs())
        };
        assert_eq!(life("86399993", Unit::Milliseconds), Ok(86_399));
        assert_eq!(life("2000", Unit::Milliseconds), Ok(2));
        assert_eq!(life("86399", Unit::Seconds), Ok(86_399));
        assert_eq!(life("2", Unit::Seconds), Ok(2));
        assert_eq!(life("86399994", Unit::Seconds), Ok(86_399));
        assert_eq!(life("\"3600\"", Unit::Seconds), Ok(3_600));
        for nonsense in ["0", "null", "-1", "\"soon\"", "18446744073709551615"] {
            assert_eq!(life(nonsense, Unit::Seconds), Ok(86_400), "{nonsense}");
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
        assert_eq!(
            read(400, body, Unit::Seconds).err(),
            Some(ImsError::Refused {
                status: 400,
                reason: "JWT token is incorrectly formatted".into()
            })
        );
        assert_eq!(
            read(200, b"{}", Unit::Seconds).err(),
            Some(ImsError::NoToken)
        );
        assert!(matches!(
            read(502, b"<html>", Unit::Seconds).err(),
            Some(ImsError::Refused { status: 502, .. })
        ));
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encode(&[("a", "x y&z=ü".to_owned())]), "a=x+y%26z%3D%C3%BC");
    }
}
