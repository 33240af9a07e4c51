//! The `Authorization` of requests: fixed, or a token that is exchanged, shared and renewed.
//!
//! Tokens live in memory only. However many requests need a new one, one exchange is made: whoever comes
//! while it is under way waits for its outcome, good or bad.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::ims::Ims;
use super::mask::Mask;
use crate::config::{Auth, Fetch};
use crate::secret::Secret;
use crate::source::NoToken;

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
    tokens: Mutex<Tokens>,
    /// Whether a fresh token was refused like the one before it.
    renewing_is_no_use: AtomicBool,
}

/// What came of the exchanges so far.
#[derive(Default)]
struct Tokens {
    live: Option<Live>,
    /// Why there will be no token any more.
    failed: Option<NoToken>,
}

struct Live {
    header: HeaderValue,
    life: Duration,
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

/// A header value that no log shows.
fn sensitive(text: &str) -> Result<HeaderValue, NoToken> {
    let mut value = HeaderValue::from_str(text).map_err(|_| NoToken::Unsendable)?;
    value.set_sensitive(true);
    Ok(value)
}

impl Authorizer {
    pub(super) fn new(auth: &Auth, limits: &Fetch, mask: &Arc<Mask>) -> Result<Self, NoToken> {
        let none = Self {
            fixed: None,
            api_key: None,
            exchange: None,
        };
        let exchange = |ims| {
            Some(Exchange {
                ims,
                tokens: Mutex::default(),
                renewing_is_no_use: AtomicBool::new(false),
            })
        };
        Ok(match auth {
            Auth::None => none,
            Auth::Basic { user, password } => {
                let credentials = STANDARD.encode(format!("{user}:{}", password.expose()));
                Self {
                    fixed: Some(sensitive(&format!("Basic {credentials}"))?),
                    ..none
                }
            }
            Auth::Token(token) => Self {
                fixed: Some(sensitive(&format!("Bearer {}", token.expose()))?),
                ..none
            },
            Auth::ServiceCredentials(credentials) => Self {
                exchange: exchange(Ims::service(credentials.as_ref().clone(), limits, mask)?),
                ..none
            },
            Auth::OAuth(oauth) => Self {
                api_key: Some(sensitive(&oauth.client_id)?),
                exchange: exchange(Ims::oauth(oauth.as_ref().clone(), limits, mask)?),
                ..none
            },
        })
    }

    /// What the next request carries. `refused` is what AEM answered 401 to: that token is not given
    /// again.
    pub(super) async fn get(
        &self,
        refused: Option<&Authorization>,
    ) -> Result<Authorization, NoToken> {
        let Some(exchange) = &self.exchange else {
            return Ok(Authorization {
                header: self.fixed.clone(),
                api_key: self.api_key.clone(),
                generation: None,
            });
        };
        let refused = refused.and_then(|authorization| authorization.generation);
        let (header, generation) = exchange.token(refused).await?;
        Ok(Authorization {
            header: Some(header),
            api_key: self.api_key.clone(),
            generation: Some(generation),
        })
    }

    /// The token that was exchanged last. While one is being exchanged, nobody has got it yet.
    pub(super) fn tokens(&self) -> Vec<Secret> {
        let tokens = self
            .exchange
            .as_ref()
            .and_then(|e| e.tokens.try_lock().ok());
        let header = tokens
            .as_ref()
            .and_then(|tokens| Some(&tokens.live.as_ref()?.header));
        let token = header.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
        token.map(Secret::new).into_iter().collect()
    }

    /// How long the token lives that credentials were exchanged for; `None` where there is no exchange.
    pub(super) async fn life(&self) -> Result<Option<Duration>, NoToken> {
        let Some(exchange) = &self.exchange else {
            return Ok(None);
        };
        exchange.token(None).await?;
        let tokens = exchange.tokens.lock().await;
        Ok(tokens.live.as_ref().map(|live| live.life))
    }

    /// Whether a refusal may be cured by another token.
    pub(super) fn can_renew(&self, refused: &Authorization) -> bool {
        let exchange = self.exchange.as_ref();
        refused.generation.is_some()
            && exchange.is_some_and(|e| !e.renewing_is_no_use.load(Ordering::Relaxed))
    }

    /// Remembers that a fresh token was refused as well: the technical account may not read what was
    /// asked for, and further exchanges would only tire the identity service.
    pub(super) fn renewing_is_no_use(&self) {
        if let Some(exchange) = &self.exchange {
            exchange.renewing_is_no_use.store(true, Ordering::Relaxed);
        }
    }
}

impl Exchange {
    /// A token that lives and is not of the generation that was refused, with its own generation.
    async fn token(&self, refused: Option<u64>) -> Result<(HeaderValue, u64), NoToken> {
        // Held during the exchange: the others wait here for its outcome.
        let mut tokens = self.tokens.lock().await;
        if let Some(error) = &tokens.failed {
            return Err(error.clone());
        }
        if let Some(live) = &tokens.live
            && live.renew_at > Instant::now()
            && Some(live.generation) != refused
        {
            return Ok((live.header.clone(), live.generation));
        }
        let generation = tokens.live.as_ref().map_or(0, |live| live.generation) + 1;
        let exchanged = self.ims.exchange().await.and_then(|token| {
            let header = sensitive(&format!("Bearer {}", token.token.expose()))?;
            Ok((header, token.life))
        });
        match exchanged {
            Ok((header, life)) => {
                tokens.live = Some(Live {
                    header: header.clone(),
                    life,
                    renew_at: Instant::now() + life.mul_f64(RENEW_AT),
                    generation,
                });
                Ok((header, generation))
            }
            Err(error) => {
                tokens.failed = Some(error.clone());
                Err(error)
            }
        }
    }
}

/// How long a token that cannot be renewed still lives, where it says so itself: JWTs of the identity
/// service carry `exp`, or `created_at` and `expires_in` in milliseconds. Zero means expired.
pub(super) fn remaining_life(token: &str, now: Duration) -> Option<Duration> {
    let claims = claims(token)?;
    let number = |name: &str| number(claims.get(name)?);
    let expires = match number("exp") {
        Some(seconds) => Duration::from_secs(seconds),
        None => Duration::from_millis(number("created_at")?.checked_add(number("expires_in")?)?),
    };
    Some(expires.saturating_sub(now))
}

/// How long a token lives from its making, where it says so itself. This machine's clock has no part in
/// it, and may be wrong.
pub(super) fn whole_life(token: &str) -> Option<Duration> {
    let claims = claims(token)?;
    let number = |name: &str| number(claims.get(name)?);
    match number("expires_in") {
        Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
        None => Some(Duration::from_secs(
            number("exp")?.checked_sub(number("iat")?)?,
        )),
    }
}

/// What a JWT says, unchecked.
fn claims(token: &str) -> Option<serde_json::Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// A number, which the identity service also writes as a string.
pub(super) fn number(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn authorizer(auth: &Auth) -> Authorizer {
        Authorizer::new(auth, &Fetch::default(), &Arc::default()).unwrap()
    }

    #[test]
    fn what_cannot_be_sent_is_not_left_out() {
        let token = Auth::Token(Secret::new("two\nlines"));
        let refused = Authorizer::new(&token, &Fetch::default(), &Arc::default());
        assert!(matches!(refused.err(), Some(NoToken::Unsendable)));
    }

    #[test]
    fn fixed_credentials_are_headers() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let header = |auth: &Auth| {
            let authorization = runtime.block_on(authorizer(auth).get(None)).unwrap();
            assert!(!authorizer(auth).can_renew(&authorization));
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
        let whole = |claims: &str| whole_life(&token(claims)).map(|life| life.as_secs());
        assert_eq!(whole(r#"{"created_at":"1","expires_in":"2000"}"#), Some(2));
        assert_eq!(whole(r#"{"iat":500,"exp":1500}"#), Some(1_000));
        assert_eq!(whole(r#"{"exp":1500}"#), None);
    }
}
