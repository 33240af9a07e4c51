//! Our secrets in the words of others.
//!
//! Messages show what servers write, and servers repeat what they are sent: error pages have the headers
//! of the request in them, identity services the form. So what is no good answer is searched for every
//! secret in every form before anybody makes a message of it.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use crate::aem::HttpAnswer;
use crate::config::{Aem, Auth, Fetch, proxy_url};

/// Shorter texts are words that stand anywhere.
const SHORTEST: usize = 6;

/// What stands for a secret.
const SHOWN: &str = "[secret]";

/// Secrets that may come back.
#[derive(Default)]
pub(super) struct Mask {
    /// Each in all its forms, those first that have others in them.
    forms: RwLock<Vec<Vec<u8>>>,
}

impl Mask {
    /// Everything that requests of this configuration carry. Tokens are [added](Self::add) as they come.
    pub(super) fn of(aem: &Aem, limits: &Fetch) -> Self {
        let mask = Self::default();
        match &aem.auth {
            Auth::None => {}
            Auth::Basic { user, password } => {
                mask.add(password.expose());
                mask.add(&format!("{user}:{}", password.expose()));
            }
            Auth::Token(token) => mask.add(token.expose()),
            Auth::ServiceCredentials(service) => {
                mask.add(service.client_secret.expose());
                mask.add(service.private_key.expose());
            }
            Auth::OAuth(oauth) => mask.add(oauth.client_secret.expose()),
        }
        for (_, value) in &aem.headers {
            mask.add(value.expose());
        }
        for proxy in proxies(limits) {
            if let Some(password) = proxy.password() {
                let user = percent_decode_str(proxy.username()).decode_utf8_lossy();
                let password = percent_decode_str(password).decode_utf8_lossy();
                mask.add(&password);
                mask.add(&format!("{user}:{password}"));
            }
        }
        mask
    }

    /// Adds a secret; of a key each line is one.
    pub(super) fn add(&self, secret: &str) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        let lines = secret.lines().map(str::trim);
        let lines = lines.filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"));
        forms.extend(lines.flat_map(self::forms));
        forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
    }

    /// An answer without them.
    pub(super) fn answer(&self, mut answer: HttpAnswer) -> HttpAnswer {
        if let Some(body) = self.masked(&answer.body) {
            answer.body = Bytes::from(body);
        }
        let hints = &mut answer.hints;
        let texts = [
            &mut answer.content_type,
            &mut answer.location,
            &mut hints.server,
            &mut hints.authenticate,
            &mut hints.retry_after,
            &mut hints.allow,
        ];
        for text in texts.into_iter().flatten() {
            *text = self.text(text);
        }
        answer
    }

    /// A text without them.
    pub(super) fn text(&self, text: &str) -> String {
        match self.masked(text.as_bytes()) {
            Some(masked) => String::from_utf8_lossy(&masked).into_owned(),
            None => text.to_owned(),
        }
    }

    /// The bytes without them; `None` when there were none.
    fn masked(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let mut masked: Option<Vec<u8>> = None;
        for form in forms.iter() {
            let now = masked.as_deref().unwrap_or(bytes);
            if memmem::find(now, form).is_some() {
                masked = Some(replace(now, form));
            }
        }
        masked
    }
}

/// The configured proxy, or all of the system's.
fn proxies(limits: &Fetch) -> Vec<Url> {
    let configured = limits.proxy.clone().map(|proxy| vec![proxy]);
    let system = || {
        let names = ["http_proxy", "https_proxy", "all_proxy"];
        let names = names
            .into_iter()
            .flat_map(|name| [name.to_owned(), name.to_uppercase()]);
        names.filter_map(|name| std::env::var(name).ok()).collect()
    };
    let all = configured.unwrap_or_else(system);
    all.iter().filter_map(|proxy| proxy_url(proxy)).collect()
}

fn replace(bytes: &[u8], form: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = 0;
    for at in memmem::find_iter(bytes, form) {
        replaced.extend_from_slice(&bytes[rest..at]);
        replaced.extend_from_slice(SHOWN.as_bytes());
        rest = at + form.len();
    }
    replaced.extend_from_slice(&bytes[rest..]);
    replaced
}

/// A secret as it is, and as it is written in URLs, forms, JSON, HTML and headers.
fn forms(secret: &str) -> BTreeSet<Vec<u8>> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    let ampersands = secret.replace('&', "&amp;").replace('<', "&lt;");
    let quotes = ampersands.replace('"', "&quot;");
    let mut forms: BTreeSet<Vec<u8>> = [
        secret.to_owned(),
        // What a header can hold of it.
        secret.chars().filter(char::is_ascii).collect(),
        percent.to_ascii_lowercase(),
        percent,
        form,
        json[1..json.len() - 1].to_owned(),
        quotes.replace('>', "&gt;"),
        quotes,
        ampersands.replace('>', "&gt;"),
        ampersands,
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    // Inside a longer text the letters of Base64 depend on what stands before.
    for before in 0..3 {
        let text = [vec![0; before], secret.as_bytes().to_vec()].concat();
        let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            forms.insert(encoded.as_bytes()[first..last].to_vec());
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mask = Mask::default();
        mask.add("pa&ss/wörd \"x\"");
        mask.text(text)
    }

    #[test]
    fn every_form_is_found() {
        for echo in [
            "pa&ss/wörd \"x\"".to_owned(),
            "pa%26ss%2Fw%C3%B6rd%20%22x%22".to_owned(),
            "pa%26ss%2fw%c3%b6rd%20%22x%22".to_owned(),
            "pa%26ss%2Fw%C3%B6rd+%22x%22".to_owned(),
            "pa&ss/wörd \\\"x\\\"".to_owned(),
            "pa&amp;ss/wörd &quot;x&quot;".to_owned(),
        ] {
            let text = format!("you sent {echo}, {echo}.");
            assert_eq!(masked(&text), "you sent [secret], [secret].", "{echo}");
        }
        let header = STANDARD_NO_PAD.encode("somebody:pa&ss/wörd \"x\"");
        let shown = masked(&format!("Basic {header}"));
        assert!(
            shown.starts_with("Basic ") && shown.contains(SHOWN),
            "{shown}"
        );
        assert_eq!(masked("pass"), "pass");
    }

    #[test]
    fn words_are_no_secrets() {
        let mask = Mask::default();
        mask.add("admin");
        assert_eq!(mask.text("the admin page"), "the admin page");
    }

    #[test]
    fn all_of_an_answer_is_searched() {
        let mask = Mask::default();
        mask.add("s3cret-value");
        let text = || Some("x s3cret-value y".to_owned());
        let answer = HttpAnswer {
            status: 401,
            content_type: text(),
            location: text(),
            hints: crate::aem::Hints {
                server: text(),
                authenticate: text(),
                retry_after: text(),
                allow: text(),
            },
            body: Bytes::from_static(b"x s3cret-value y"),
        };
        let shown = format!("{:?}", mask.answer(answer));
        assert_eq!(shown.matches("x [secret] y").count(), 7, "{shown}");
    }
}
