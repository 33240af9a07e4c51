//! The `Authorization` of requests: fixed, or a token that is exchanged, shared and renewed.
//!
//! Tokens live in memory only. However many requests need a new one, one exchange is made: whoever comes
//! while it is under way waits for its outcome.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::ims::{Ims, ImsError};
use crate::config::Auth;

/// A token is renewed when this share of its life is over (section 8.5 of `aem-protocol.md`).
const RENEW_AT: f64 = 0.9;

/// Gives requests their authorisation.
pub(super) struct Authorizer {
    fixed: Option<HeaderValue>,
    /// Also sent, to AEM only (section 8.4).
    api_key: Option<HeaderValue>,
    exchange: Option<Exchange>,
}

struct Exchange {
    ims: Ims,
    live: Mutex<Option<Live>>,
}

struct Live {
    header: HeaderValue,
    renew_at: Instant,
    /// Counts exchanges, so that a refused token is dropped once however many requests it fails.
    generation: u64,
}

/// What a request carries.
#[derive(Clone)]
pub(super) struct Authorization {
    pub(super) header: Option<HeaderValue>,
    pub(super) api_key: Option<HeaderValue>,
    generation: Option<u64>,
}

impl Authorization {
    /// Whether a refusal may be cured by another token.
    pub(super) fn is_renewable(&self) -> bool {
        self.generation.is_some()
    }
}

/// A header value that no log shows.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Authorizer {
    pub(super) fn new(auth: &Auth) -> Result<Self, ImsError> {
        let none = Self {
            fixed: None,
            api_key: None,
            exchange: None,
        };
        let exchange = |ims| Exchange {
            ims,
            live: Mutex::new(None),
        };
        Ok(match auth {
            Auth::None => none,
            Auth::Basic { user, password } => {
                let credentials = STANDARD.encode(format!("{user}:{}", password.expose()));
                Self {
                    fixed: sensitive(&format!("Basic {credentials}")),
                    ..none
                }
            }
            Auth::Token(token) => Self {
                fixed: sensitive(&format!("Bearer {}", token.expose())),
                ..none
            },
            Auth::ServiceCredentials(credentials) => Self {
                exchange: Some(exchange(Ims::service(credentials.as_ref().clone())?)),
                ..none
            },
            Auth::OAuth(oauth) => Self {
                api_key: sensitive(&oauth.client_id),
                exchange: Some(exchange(Ims::oauth(oauth.as_ref().clone())?)),
                ..none
            },
        })
    }

    /// What the next request carries. `refused` is what AEM answered 401 to: that token is not given
    /// again.
    pub(super) async fn get(
        &self,
        refused: Option<&Authorization>,
    ) -> Result<Authorization, ImsError> {
        let Some(exchange) = &self.exchange else {
            return Ok(Authorization {
                header: self.fixed.clone(),
                api_key: self.api_key.clone(),
                generation: None,
            });
        };
        // Held during the exchange: the others wait here for its outcome.
        let mut live = exchange.live.lock().await;
        let refused = refused.and_then(|authorization| authorization.generation);
        let last = live.as_ref().map_or(0, |live| live.generation);
        let usable = live
            .as_ref()
            .filter(|live| live.renew_at > Instant::now() && Some(live.generation) != refused);
        if usable.is_none() {
            let token = exchange.ims.exchange().await?;
            let header =
                sensitive(&format!("Bearer {}", token.token.expose())).ok_or(ImsError::NoToken)?;
            let renew_at = Instant::now() + token.life.mul_f64(RENEW_AT);
            *live = Some(Live {
                header,
                renew_at,
                generation: last + 1,
            });
        }
        let live = live.as_ref().ok_or(ImsError::NoToken)?;
        Ok(Authorization {
            header: Some(live.header.clone()),
            api_key: self.api_key.clone(),
            generation: Some(live.generation),
        })
    }
}

/// How long a token that cannot be renewed still lives, where it says so itself: JWTs of the identity
/// service carry `exp`, or `created_at` and `expires_in` in milliseconds. Zero means expired.
pub(super) fn remaining_life(token: &str, now: Duration) -> Option<Duration> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    let number = |name: &str| {
        let value = claims.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    let expires = match number("exp") {
        Some(seconds) => Duration::from_secs(seconds),
        None => Duration::from_millis(number("created_at")?.checked_add(number("expires_in")?)?),
    };
    Some(expires.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn fixed_credentials_are_headers() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let header = |auth: &Auth| {
            let authorization = runtime
                .block_on(Authorizer::new(auth).unwrap().get(None))
                .unwrap();
            assert!(!authorization.is_renewable());
            authorization.header.map(|header| {
                assert!(header.is_sensitive());
                header.to_str().unwrap().to_owned()
            })
        };
        assert_eq!(header(&Auth::None), None);
        let basic = Auth::Basic {
            user: "admin".into(),
            password: Secret::new("ädmin"),
        };
        assert_eq!(header(&basic).as_deref(), Some("Basic YWRtaW46w6RkbWlu"));
        assert_eq!(
            header(&Auth::Token(Secret::new("abc"))).as_deref(),
            Some("Bearer abc")
        );
    }

    #[test]
    fn a_token_tells_how_long_it_lives() {
        let token = |claims: &str| format!("x.{}.y", URL_SAFE_NO_PAD.encode(claims));
        let life = |claims: &str| remaining_life(&token(claims), Duration::from_secs(1_000));
        assert_eq!(life(r#"{"exp":1500}"#), Some(Duration::from_secs(500)));
        assert_eq!(life(r#"{"exp":900}"#), Some(Duration::ZERO));
        assert_eq!(
            life(r#"{"created_at":"1000000","expires_in":"86400000"}"#),
            Some(Duration::from_secs(86_400))
        );
        assert_eq!(life("{}"), None);
        assert_eq!(remaining_life("opaque", Duration::ZERO), None);
    }
}
