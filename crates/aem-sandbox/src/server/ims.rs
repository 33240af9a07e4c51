//! Adobe IMS: the exchange of a signed JWT, and client credentials, for an access token.
//!
//! Source: aem-protocol.md, sections 8.2 to 8.4.

use super::access::Access;
use super::persisted_query::decode;
use super::reply::Reply;
use axum::http::{Method, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// How long a token lives, if nothing else is said.
const LIFE: Duration = Duration::from_secs(86_400);
/// A JWT may not end later than this after now.
const MAX_EXP: u64 = 86_400;

/// A technical account that IMS gives tokens to.
#[derive(Clone)]
pub struct Ims {
    /// Host that claims name, `ims-na1.adobelogin.com`; `None` is the sandbox's own host and port.
    pub endpoint: Option<String>,
    /// The account's client id.
    pub client_id: String,
    /// The account's client secret.
    pub client_secret: String,
    /// The organisation, the claim `iss`.
    pub organization: String,
    /// The technical account, the claim `sub`.
    pub account: String,
    /// Metascopes a JWT has to claim.
    pub metascopes: Vec<String>,
    /// Scopes a client may ask for with client credentials.
    pub scopes: Vec<String>,
    /// Certificate or public key, PEM, that JWTs are verified with; `None` closes the exchange.
    pub public_key: Option<String>,
    /// How long issued tokens are accepted.
    pub token_life: Duration,
    /// Groups an issued token stands for.
    pub groups: Vec<String>,
}

impl fmt::Debug for Ims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client_id, .. } = self;
        write!(f, "Ims {{ client_id: {client_id:?}, .. }}")
    }
}

impl Ims {
    /// The account of a service credentials file, as the AEM Developer Console gives it out (section 8.3). The private
    /// key in it is not needed.
    ///
    /// # Errors
    /// What is missing in the file, in words.
    pub fn from_service_credentials(json: &str) -> Result<Self, String> {
        let file: Value =
            serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))?;
        let text = |pointer: &str| {
            let found = file.pointer(pointer).and_then(Value::as_str);
            found.map(str::to_owned).ok_or_else(|| {
                format!(
                    "no text at {}",
                    pointer.trim_start_matches('/').replace('/', ".")
                )
            })
        };
        let metascopes = text("/integration/metascopes")?;
        Ok(Self {
            endpoint: Some(text("/integration/imsEndpoint")?),
            client_id: text("/integration/technicalAccount/clientId")?,
            client_secret: text("/integration/technicalAccount/clientSecret")?,
            organization: text("/integration/org")?,
            account: text("/integration/id")?,
            metascopes: list(&metascopes).map(str::to_owned).collect(),
            scopes: Vec::new(),
            public_key: Some(text("/integration/publicKey")?),
            token_life: LIFE,
            groups: vec!["contributors".to_owned()],
        })
    }

    /// A client that uses client credentials (section 8.4).
    pub fn client(id: &str, secret: &str, scopes: &[&str]) -> Self {
        Self {
            endpoint: None,
            client_id: id.to_owned(),
            client_secret: secret.to_owned(),
            organization: String::new(),
            account: format!("{id}@techacct.adobe.com"),
            metascopes: Vec::new(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            public_key: None,
            token_life: LIFE,
            groups: vec!["contributors".to_owned()],
        }
    }

    /// Answers a token request; `host` is the sandbox's own.
    pub(super) fn answer(
        &self,
        access: &Access,
        method: &Method,
        path: &str,
        body: &[u8],
        host: &str,
    ) -> Reply {
        if *method != Method::POST {
            return Reply::html(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, "POST");
        }
        let form = form(body);
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("client_id") != self.client_id {
            return refuse("invalid_client", "invalid client_id parameter");
        }
        if field("client_secret") != self.client_secret {
            return refuse("invalid_client", "invalid client_secret parameter");
        }
        let seconds = self.token_life.as_secs();
        match path {
            "/ims/exchange/jwt" => match self.verify(field("jwt_token"), host) {
                Err(reason) => refuse("invalid_token", &reason),
                Ok(()) => {
                    let milliseconds = u64::try_from(self.token_life.as_millis());
                    self.grant(access, milliseconds.unwrap_or(u64::MAX))
                }
            },
            "/ims/token/v3" if field("grant_type") != "client_credentials" => refuse(
                "unsupported_grant_type",
                "grant_type must be client_credentials",
            ),
            "/ims/token/v3" => {
                let asked = field("scope");
                let unknown =
                    list(asked).find(|scope| !self.scopes.iter().any(|known| known == scope));
                match unknown {
                    Some(scope) => refuse(
                        "invalid_scope",
                        &format!("scope {scope} is not allowed for this client"),
                    ),
                    None if asked.is_empty() => refuse("invalid_scope", "no scope given"),
                    None => self.grant(access, seconds),
                }
            }
            _ => Reply::html(StatusCode::NOT_FOUND),
        }
    }

    fn grant(&self, access: &Access, expires_in: u64) -> Reply {
        let mut groups = self.groups.clone();
        groups.push(self.account.clone());
        let token = access.issue(groups, self.token_life);
        let body =
            json!({ "token_type": "bearer", "access_token": token, "expires_in": expires_in });
        Reply::json(StatusCode::OK, &body).header(header::CACHE_CONTROL, "no-store")
    }

    /// Signature, expiry, and the claims of section 8.3.
    fn verify(&self, token: &str, host: &str) -> Result<(), String> {
        let key = self
            .public_key
            .as_deref()
            .ok_or("JWT exchange is not open for this client")?;
        let key = DecodingKey::from_rsa_pem(key.as_bytes())
            .map_err(|error| format!("the account's public key cannot be used: {error}"))?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.leeway = 0;
        // The audience is compared below, where the scheme and both hosts are known.
        rules.validate_aud = false;
        rules.required_spec_claims = HashSet::from(["exp".to_owned()]);
        let claims = jsonwebtoken::decode::<Value>(token, &key, &rules)
            .map_err(|error| format!("JWT token is incorrectly formatted, {error}"))?
            .claims;
        let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if claim("iss") != self.organization {
            return Err("the claim iss is not the organization of the client".to_owned());
        }
        if claim("sub") != self.account {
            return Err("the claim sub is not the technical account of the client".to_owned());
        }
        let hosts = [self.endpoint.as_deref().unwrap_or(host), host];
        let on_host = |url: &str, rest: &str| {
            let url = url
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            hosts
                .iter()
                .any(|host| url.strip_prefix(host) == Some(rest))
        };
        if !on_host(claim("aud"), &format!("/c/{}", self.client_id)) {
            return Err("the claim aud is not the endpoint with the client id".to_owned());
        }
        let latest = jsonwebtoken::get_current_timestamp() + MAX_EXP;
        if claims
            .get("exp")
            .and_then(Value::as_u64)
            .is_none_or(|exp| exp > latest)
        {
            return Err("the claim exp is more than a day ahead".to_owned());
        }
        let claimed = |scope: &String| {
            let rest = format!("/s/{scope}");
            let mut members = claims.as_object().into_iter().flatten();
            members.any(|(name, value)| *value == true && on_host(name, &rest))
        };
        match self.metascopes.iter().find(|scope| !claimed(scope)) {
            Some(scope) => Err(format!("the metascope {scope} is not claimed")),
            None => Ok(()),
        }
    }
}

/// Comma separated names.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

fn form(body: &[u8]) -> HashMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter_map(|(name, value)| {
            let decode = |text: &str| decode(&text.replace('+', "%20"));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

fn refuse(error: &str, description: &str) -> Reply {
    let body = json!({ "error": error, "error_description": description });
    let status = if error == "invalid_client" {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    Reply::json(status, &body)
}
