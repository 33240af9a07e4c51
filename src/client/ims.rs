//! Adobe's identity service: credentials in, token out (`aem-protocol.md`, sections 8.3 and 8.4).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;

use crate::config::{OAuth, ServiceCredentials};
use crate::secret::Secret;

/// How long the signed request is valid; the exchange follows at once.
const JWT_LIFE: Duration = Duration::from_secs(5 * 60);

/// No token lives longer (section 8.3).
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Above this, `expires_in` is in milliseconds: one of the two endpoints answers so.
const MILLISECONDS_ABOVE: u64 = 1_000_000;

/// Time for an exchange, all of it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often an exchange is tried when the service has trouble.
const ATTEMPTS: u32 = 3;

/// Between two tries.
const BETWEEN: Duration = Duration::from_secs(1);

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
}

/// The service with the credentials for it.
pub(super) struct Ims {
    client: Client,
    credentials: Credentials,
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
    #[serde(default)]
    expires_in: u64,
    error: Option<String>,
    error_description: Option<String>,
}

impl Ims {
    pub(super) fn service(credentials: ServiceCredentials) -> Result<Self, ImsError> {
        Self::new(Credentials::Service(Box::new(credentials)))
    }

    pub(super) fn oauth(oauth: OAuth) -> Result<Self, ImsError> {
        Self::new(Credentials::OAuth(Box::new(oauth)))
    }

    fn new(credentials: Credentials) -> Result<Self, ImsError> {
        // A client of its own: neither AEM's headers nor its credentials belong here.
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(|_| ImsError::Unreachable("(no HTTP client)".to_owned()))?;
        Ok(Self {
            client,
            credentials,
        })
    }

    /// Exchanges the credentials for a token; tried again when the service has trouble.
    pub(super) async fn exchange(&self) -> Result<Token, ImsError> {
        let mut attempt = 1;
        loop {
            let result = self.try_exchange().await;
            let trouble = match &result {
                Err(ImsError::Unreachable(_)) => true,
                Err(ImsError::Refused { status, .. }) => matches!(status, 429 | 500..=599),
                _ => false,
            };
            if !trouble || attempt >= ATTEMPTS {
                return result;
            }
            attempt += 1;
            tokio::time::sleep(BETWEEN).await;
        }
    }

    async fn try_exchange(&self) -> Result<Token, ImsError> {
        let (ims, path, form) = match &self.credentials {
            Credentials::Service(service) => {
                let jwt = sign(service)?;
                let form = [
                    ("client_id", service.client_id.clone()),
                    ("client_secret", service.client_secret.expose().to_owned()),
                    ("jwt_token", jwt),
                ];
                (&service.ims, "/ims/exchange/jwt", encode(&form))
            }
            Credentials::OAuth(oauth) => {
                let form = [
                    ("grant_type", "client_credentials".to_owned()),
                    ("client_id", oauth.client_id.clone()),
                    ("client_secret", oauth.client_secret.expose().to_owned()),
                    ("scope", oauth.scopes.clone()),
                ];
                (&oauth.ims, "/ims/token/v3", encode(&form))
            }
        };
        let unreachable = |_| ImsError::Unreachable(ims.clone());
        let response = self
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
        let body = response.bytes().await.map_err(unreachable)?;
        read(status, &body)
    }
}

/// The answer as a token or as the reason why there is none.
fn read(status: u16, body: &[u8]) -> Result<Token, ImsError> {
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
    let life = if answer.expires_in > MILLISECONDS_ABOVE {
        Duration::from_millis(answer.expires_in)
    } else {
        Duration::from_secs(answer.expires_in)
    };
    Ok(Token {
        token: Secret::new(token),
        life: life.min(LONGEST_LIFE),
    })
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
    fn the_unit_of_a_life_is_told_by_its_size() {
        let life = |body: &str| read(200, body.as_bytes()).map(|token| token.life.as_secs());
        assert_eq!(
            life(r#"{"access_token":"x","expires_in":86399993}"#),
            Ok(86_399)
        );
        assert_eq!(
            life(r#"{"access_token":"x","expires_in":86399}"#),
            Ok(86_399)
        );
        assert_eq!(
            life(r#"{"access_token":"x","expires_in":999999}"#),
            Ok(86_400)
        );
    }

    #[test]
    fn a_refusal_is_passed_on() {
        let body = br#"{"error":"invalid_token","error_description":"JWT token is incorrectly formatted"}"#;
        assert_eq!(
            read(400, body).err(),
            Some(ImsError::Refused {
                status: 400,
                reason: "JWT token is incorrectly formatted".into()
            })
        );
        assert_eq!(read(200, b"{}").err(), Some(ImsError::NoToken));
        assert!(matches!(
            read(502, b"<html>").err(),
            Some(ImsError::Refused { status: 502, .. })
        ));
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encode(&[("a", "x y&z=ü".to_owned())]), "a=x+y%26z%3D%C3%BC");
    }
}
