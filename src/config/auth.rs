//! `[aem.auth]` and `[aem.headers]`: who we are to AEM.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use crate::aem::Tier;
use crate::diag::{Diagnostic, Kind, Location};
use crate::secret::Secret;
use crate::table::{Table, Text};

/// Where Adobe's identity service is, unless a credential says otherwise (`aem-protocol.md`, section 8.4).
const IMS: &str = "https://ims-na1.adobelogin.com";

/// How requests to AEM are authorised (section 8).
#[derive(Clone, Debug)]
pub enum Auth {
    /// Not at all, as visitors.
    None,
    /// User and password: local SDK and on-premise author.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token that was made elsewhere and cannot be renewed.
    Token(Secret),
    /// A JWT signed with a private key, exchanged for a token (section 8.3).
    ServiceCredentials(Box<ServiceCredentials>),
    /// A client id and secret, exchanged for a token (section 8.4).
    OAuth(Box<OAuth>),
}

/// What is needed of a service credentials file (section 8.3).
#[derive(Clone, Debug)]
pub struct ServiceCredentials {
    /// Origin of the identity service.
    pub ims: String,
    /// Client id of the technical account.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The technical account.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// What is asked for.
    pub metascopes: Vec<String>,
    /// The RSA key in PEM.
    pub private_key: Secret,
}

/// OAuth server-to-server credentials (section 8.4).
#[derive(Clone, Debug)]
pub struct OAuth {
    /// Origin of the identity service.
    pub ims: String,
    /// The client id, also sent to AEM as `X-Api-Key`.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// Comma-separated, as on the credential's page.
    pub scopes: String,
}

impl Auth {
    /// The name of the kind, for caches and reports.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::Token(_) => "token",
            Self::ServiceCredentials(_) => "service-credentials",
            Self::OAuth(_) => "oauth",
        }
    }
}

impl Auth {
    /// Who we are to AEM, without a word of what proves it: kind, and client id or user.
    #[must_use]
    pub fn identity(&self) -> String {
        let who = match self {
            Self::None | Self::Token(_) => return self.kind().to_owned(),
            Self::Basic { user, .. } => user,
            Self::ServiceCredentials(credentials) => &credentials.client_id,
            Self::OAuth(oauth) => &oauth.client_id,
        };
        format!("{} {who}", self.kind())
    }
}

/// Reads the credentials of a tier: its own table replaces the common one whole. What the others hold goes
/// to `unused`.
pub(super) fn read(
    aem: &Table<'_>,
    tier: Tier,
    root: &Path,
    unused: &mut Vec<(String, Secret)>,
) -> Auth {
    let Some(auth) = aem.table("auth") else {
        return Auth::None;
    };
    let own = auth.has(tier.name());
    for other in [Tier::Publish, Tier::Preview, Tier::Author] {
        if other != tier
            && let Some(table) = auth.table(other.name())
        {
            check_unused(&table.lenient(), unused);
        }
    }
    if own {
        let common = auth.has("kind");
        let tier_table = auth.table(tier.name());
        if common {
            check_unused(&auth.lenient(), unused);
        }
        return tier_table
            .and_then(|table| read_one(&table, root))
            .unwrap_or(Auth::None);
    }
    if !auth.has("kind")
        && [Tier::Publish, Tier::Preview, Tier::Author]
            .iter()
            .any(|t| auth.has(t.name()))
    {
        return Auth::None;
    }
    read_one(&auth, root).unwrap_or(Auth::None)
}

/// The kind of credentials that a tier has, whether it is the one that is asked or not.
pub(super) fn kind_of(aem: &Table<'_>, tier: Tier) -> &'static str {
    let Some(auth) = aem.raw("auth") else {
        return "none";
    };
    let own = member(auth, tier.name()).unwrap_or(auth);
    let kind = member(own, "kind").and_then(|kind| kind.get_ref().as_str());
    let known = KINDS.into_iter().find(|known| Some(*known) == kind);
    known.unwrap_or("none")
}

/// The names of the headers that a tier gets.
pub(super) fn header_names(aem: &Table<'_>, tier: Tier) -> Vec<String> {
    let headers = aem.raw("headers").and_then(|all| member(all, tier.name()));
    let headers = headers.and_then(|headers| headers.get_ref().as_table());
    let names = headers.into_iter().flatten();
    names.map(|(name, _)| name.get_ref().to_string()).collect()
}

fn member<'t, 'f>(value: &'t Spanned<DeValue<'f>>, key: &str) -> Option<&'t Spanned<DeValue<'f>>> {
    let mut members = value.get_ref().as_table()?.iter();
    let found = members.find(|(name, _)| name.get_ref() == key);
    found.map(|(_, value)| value)
}

/// Every key that some kind of credential has.
const KEYS: [&str; 9] = [
    "file",
    "json",
    "user",
    "password",
    "token",
    "client_id",
    "client_secret",
    "scopes",
    "ims",
];

const KINDS: [&str; 5] = ["none", "basic", "token", "service-credentials", "oauth"];

/// The keys of which the value itself is a secret. Files of credentials that are not needed are not read.
const SECRETS: [&str; 3] = ["password", "token", "client_secret"];

/// Asks for every key, so that the others are reported as unknown.
fn check_unused(table: &Table<'_>, unused: &mut Vec<(String, Secret)>) {
    let _ = table.word("kind", &KINDS);
    for key in KEYS {
        let text = table.string(key).filter(|text| !text.incomplete);
        if let Some(text) = text.filter(|_| SECRETS.contains(&key)) {
            unused.push((table.full(key), Secret::new(text.value)));
        }
    }
}

fn read_one(table: &Table<'_>, root: &Path) -> Option<Auth> {
    check_unused_keys_are_known(table);
    let Some(kind) = table.word("kind", &KINDS) else {
        if !table.has("kind") {
            table
                .reader()
                .error(table.span(), format!("`{}` is missing", table.full("kind")));
        }
        return None;
    };
    match kind.value.as_str() {
        "basic" => {
            let user = required(table, "user")?;
            if user.value.contains(':') {
                let full = table.full("user");
                let message = format!("`{full}` must not hold a colon: it ends the name");
                table.reader().error(user.span, message);
                return None;
            }
            Some(Auth::Basic {
                user: user.value,
                password: Secret::new(required(table, "password")?.value),
            })
        }
        "token" => read_token(table, root),
        "service-credentials" => read_service_credentials(table, root),
        "oauth" => read_oauth(table),
        _ => Some(Auth::None),
    }
}

fn read_oauth(table: &Table<'_>) -> Option<Auth> {
    let ims = match table.filled("ims") {
        None => IMS.to_owned(),
        Some(text) => match origin(&text.value) {
            Ok(ims) => ims,
            Err(why) => {
                let message = format!("`{}` {why}", table.full("ims"));
                table
                    .reader()
                    .push(Diagnostic::error(Kind::Config, message).at(table.reader().place(&text)));
                return None;
            }
        },
    };
    let client_id = required(table, "client_id")?;
    if !is_sendable(&client_id.value) {
        let full = table.full("client_id");
        let message = format!("`{full}` holds characters that no header can have");
        table.reader().error(client_id.span, message);
        return None;
    }
    Some(Auth::OAuth(Box::new(OAuth {
        ims,
        client_id: client_id.value,
        client_secret: Secret::new(required(table, "client_secret")?.value),
        scopes: required(table, "scopes")?.value,
    })))
}

/// Whether a word can be part of a header as it is: what cannot would be left out, or garbled.
fn is_sendable(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Keys of other kinds are no typing mistakes.
fn check_unused_keys_are_known(table: &Table<'_>) {
    for key in KEYS {
        let _ = table.has(key);
    }
}

fn required(table: &Table<'_>, key: &'static str) -> Option<Text> {
    let text = table.filled(key);
    if text.is_none() && !table.has(key) {
        table
            .reader()
            .error(table.span(), format!("`{}` is missing", table.full(key)));
    }
    text
}

/// Where an identity service is. `https://` is put before a bare host: IMS endpoints are written without
/// it. Secrets are sent there, so it has to be said exactly.
fn origin(host: &str) -> Result<String, &'static str> {
    let host = host.trim().trim_end_matches('/');
    let host = if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    };
    let Ok(url) = Url::parse(&host) else {
        return Err("is not the address of a host");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must start with https://, or be a host alone");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a path");
    }
    Ok(url.origin().ascii_serialization())
}

/// The text of `file`, or of `json`. Neither is ever shown, not even in an error.
fn document(table: &Table<'_>, root: &Path) -> Option<(String, Location)> {
    let reader = table.reader();
    if !table.is_strict() {
        // Another run's credentials need not be on this machine.
        let _ = (table.has("json"), table.has("file"));
        return None;
    }
    if let Some(json) = table.filled("json") {
        return Some((json.value, Location::file(&reader.file().name)));
    }
    let Some(file) = table.filled("file") else {
        if !table.has("file") {
            reader.error(
                table.span(),
                format!(
                    "`{}` or `{}` is missing",
                    table.full("file"),
                    table.full("json")
                ),
            );
        }
        return None;
    };
    match crate::fs::read_text(&root.join(&file.value)) {
        Ok(text) => Some((text.to_string(), Location::file(file.value))),
        Err(error) => {
            reader.error(
                file.span,
                format!("the credentials cannot be read: {}", error.source),
            );
            None
        }
    }
}

/// `token`, or the file of the local development token (section 8.2).
fn read_token(table: &Table<'_>, root: &Path) -> Option<Auth> {
    #[derive(Deserialize)]
    struct File {
        #[serde(rename = "accessToken")]
        access_token: String,
    }
    if let Some(token) = table.filled("token") {
        let place = Location::file(&table.reader().file().name);
        return checked_token(table, token.value.trim(), place);
    }
    if table.has("token") {
        return None;
    }
    let (text, location) = document(table, root)?;
    match serde_json::from_str::<File>(&text) {
        Ok(file) => checked_token(table, file.access_token.trim(), location),
        // A file with nothing but the token is common, too.
        Err(_) if is_sendable(text.trim()) && !text.contains('{') => {
            Some(Auth::Token(Secret::new(text.trim())))
        }
        Err(_) => {
            table.reader().push(
                Diagnostic::error(Kind::Config, "the file holds no token")
                    .at(location)
                    .note("a local development token is JSON with `accessToken`")
                    .help("download it anew from the AEM Developer Console, or write the token itself to the file"),
            );
            None
        }
    }
}

fn checked_token(table: &Table<'_>, token: &str, location: Location) -> Option<Auth> {
    if is_sendable(token) {
        return Some(Auth::Token(Secret::new(token)));
    }
    table.reader().push(
        Diagnostic::error(
            Kind::Config,
            "the token is not one word of plain characters",
        )
        .at(location)
        .help("give the token alone, without `Bearer`, quotes or line breaks"),
    );
    None
}

/// The file of a technical account (section 8.3).
fn read_service_credentials(table: &Table<'_>, root: &Path) -> Option<Auth> {
    #[derive(Deserialize)]
    struct File {
        integration: Integration,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Integration {
        ims_endpoint: String,
        metascopes: String,
        technical_account: Account,
        id: String,
        org: String,
        private_key: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Account {
        client_id: String,
        client_secret: String,
    }
    let (text, location) = document(table, root)?;
    let refuse = |why: String| {
        table.reader().push(
            Diagnostic::error(
                Kind::Config,
                format!("the service credentials cannot be used: {why}"),
            )
            .at(location.clone())
            .help("download them anew from the AEM Developer Console, Integrations"),
        );
        None
    };
    let file: File = match serde_json::from_str(&text) {
        Ok(file) => file,
        // The category only: serde quotes what it found.
        Err(error) => {
            return refuse(
                format!("{:?} error in line {}", error.classify(), error.line()).to_lowercase(),
            );
        }
    };
    let integration = file.integration;
    if let Err(why) = jsonwebtoken::EncodingKey::from_rsa_pem(integration.private_key.as_bytes()) {
        return refuse(format!("the private key is no RSA key in PEM ({why})"));
    }
    let ims = match origin(&integration.ims_endpoint) {
        Ok(ims) => ims,
        Err(why) => return refuse(format!("`imsEndpoint` {why}")),
    };
    Some(Auth::ServiceCredentials(Box::new(ServiceCredentials {
        ims,
        client_id: integration.technical_account.client_id,
        client_secret: Secret::new(integration.technical_account.client_secret),
        id: integration.id,
        org: integration.org,
        metascopes: integration
            .metascopes
            .split(',')
            .map(|s| s.trim().to_owned())
            .collect(),
        private_key: Secret::new(integration.private_key),
    })))
}

/// Headers sent to the tier's host only. Those of other tiers go to `unused`.
pub(super) fn read_headers(
    aem: &Table<'_>,
    tier: Tier,
    unused: &mut Vec<(String, Secret)>,
) -> Vec<(String, Secret)> {
    let Some(headers) = aem.table("headers") else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for other in [Tier::Publish, Tier::Preview, Tier::Author] {
        let Some(table) = headers.table(other.name()) else {
            continue;
        };
        let table = if other == tier {
            table
        } else {
            table.lenient()
        };
        let reader = table.reader();
        for (name, value) in table.entries() {
            let Some(text) = table.text(&name.value, value) else {
                continue;
            };
            let fine = reqwest::header::HeaderName::from_bytes(name.value.as_bytes()).is_ok()
                && reqwest::header::HeaderValue::from_str(&text.value).is_ok();
            let ours = [
                "host",
                "origin",
                "accept",
                "content-length",
                "authorization",
            ];
            if !fine {
                reader.error(
                    name.span,
                    format!("`{}` is not a header that can be sent", name.value),
                );
            } else if ours.contains(&name.value.to_ascii_lowercase().as_str()) {
                reader.error(
                    name.span,
                    format!("the header `{}` cannot be set here", name.value),
                );
            } else if other == tier {
                list.push((name.value, Secret::new(text.value)));
            } else if !text.incomplete {
                unused.push((table.full(&name.value), Secret::new(text.value)));
            }
        }
        let _ = table.open();
    }
    list
}
