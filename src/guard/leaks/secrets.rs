//! Every secret of a configuration, with what to call it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::config::{Auth, Config};
use crate::secret::Secret;

/// A shorter secret is not looked for: `admin` and `test` are in too many texts, and whoever uses one has
/// nothing to hide.
const SHORTEST: usize = 6;

/// Headers whose values everybody may know. An `X-Forwarded-Host` is the site's own name, on every page.
const PUBLIC: [&str; 9] = [
    "accept-encoding",
    "accept-language",
    "cache-control",
    "forwarded",
    "referer",
    "user-agent",
    "via",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// A secret and what to call it.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) secret: Secret,
}

/// All secrets: those of the configuration, and the tokens they were exchanged for.
pub(super) fn all(config: &Config, tokens: Vec<Secret>) -> Vec<Named> {
    let aem = &config.aem;
    let mut all = Vec::new();
    let mut add = |name: &str, text: &str| {
        // Under its first name, should it have several.
        let known = all
            .iter()
            .any(|known: &Named| known.secret.expose() == text);
        if text.len() >= SHORTEST && !known {
            let (name, secret) = (name.to_owned(), Secret::new(text));
            all.push(Named { name, secret });
        }
    };
    of_auth(&aem.auth, &mut add);
    for (name, value) in &aem.headers {
        if !PUBLIC.contains(&name.to_ascii_lowercase().as_str()) {
            add(&format!("the header `{name}`"), value.expose());
        }
    }
    for (key, value) in &aem.unused {
        let name = key.rsplit('.').next().unwrap_or_default();
        if !PUBLIC.contains(&name.to_ascii_lowercase().as_str()) {
            add(&format!("`{key}`"), value.expose());
        }
    }
    let proxy = config
        .fetch
        .proxy
        .as_deref()
        .and_then(|proxy| Url::parse(proxy).ok());
    if let Some(password) = proxy.as_ref().and_then(Url::password) {
        add("the password of `fetch.proxy`", password);
    }
    for token in tokens {
        add("an access token to AEM", token.expose());
    }
    all
}

fn of_auth(auth: &Auth, add: &mut impl FnMut(&str, &str)) {
    match auth {
        Auth::None => {}
        Auth::Basic { user, password } => {
            add("the password of `[aem.auth]`", password.expose());
            let both = STANDARD.encode(format!("{user}:{}", password.expose()));
            add(
                "user and password of `[aem.auth]`",
                both.trim_end_matches('='),
            );
        }
        Auth::Token(token) => add("the token of `[aem.auth]`", token.expose()),
        Auth::ServiceCredentials(credentials) => {
            add(
                "the client secret of `[aem.auth]`",
                credentials.client_secret.expose(),
            );
            let key = credentials.private_key.expose().lines().map(str::trim);
            // Each line: whoever prints a key may well break it otherwise.
            for line in key.filter(|line| !line.starts_with("-----")) {
                add("the private key of `[aem.auth]`", line);
            }
        }
        Auth::OAuth(oauth) => {
            add(
                "the client secret of `[aem.auth]`",
                oauth.client_secret.expose(),
            );
        }
    }
}
