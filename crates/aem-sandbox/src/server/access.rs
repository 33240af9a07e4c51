//! Who asks: users, bearer tokens, and the groups that open Closed User Groups.
//!
//! Source: aem-protocol.md, sections 1.1, 8.1, 8.4 and 9.2.

use super::options::Options;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The group that reads everything.
const ADMINISTRATORS: &str = "administrators";
/// More issued tokens than this are not kept; the ones that end first go first.
const MAX_TOKENS: usize = 10_000;

/// A user for basic authentication.
#[derive(Clone)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// Groups and other principals the user stands for, besides its own name; `administrators` reads everything.
    pub groups: Vec<String>,
}

/// A bearer token that is known from the start.
#[derive(Clone)]
pub struct AccessToken {
    /// The token, without `Bearer`.
    pub token: String,
    /// Groups and other principals it stands for; `administrators` reads everything.
    pub groups: Vec<String>,
    /// How long it is accepted after the start; `None` is for ever.
    pub life: Option<Duration>,
}

/// A folder only some may read, as a Closed User Group would close it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedFolder {
    /// The folder's path, `/content/dam/harbor/members`.
    pub path: String,
    /// Who may read what is below.
    pub groups: Vec<String>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, groups, .. } = self;
        write!(f, "User {{ name: {name:?}, groups: {groups:?}, .. }}")
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { groups, life, .. } = self;
        write!(
            f,
            "AccessToken {{ groups: {groups:?}, life: {life:?}, .. }}"
        )
    }
}

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reader {
    /// Nobody in particular.
    Anonymous,
    /// Somebody with these principals.
    Known(Vec<String>),
    /// Somebody whose credentials are wrong or have ended.
    Refused,
}

impl Reader {
    /// Whether closed folders of these groups are open to the reader.
    pub(super) fn may_read(&self, groups: &[String]) -> bool {
        match self {
            Self::Known(own) => own
                .iter()
                .any(|group| group == ADMINISTRATORS || groups.contains(group)),
            Self::Anonymous | Self::Refused => false,
        }
    }
}

/// All credentials that are accepted now.
pub(super) struct Access {
    users: Vec<User>,
    authorizations: Vec<String>,
    clients: Option<Vec<String>>,
    tokens: Mutex<HashMap<String, Accepted>>,
    /// Whether a bearer token nobody knows is refused, and not ignored as where there are no tokens at all.
    knows_tokens: bool,
    /// The same for users.
    knows_users: bool,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

struct Accepted {
    groups: Vec<String>,
    until: Option<Instant>,
}

impl Access {
    pub(super) fn new(options: &Options) -> Self {
        let now = Instant::now();
        let is_author = !options.behind_dispatcher();
        let tokens = options.tokens.iter().map(|token| {
            let accepted = Accepted {
                groups: token.groups.clone(),
                until: token.life.and_then(|life| now.checked_add(life)),
            };
            (token.token.clone(), accepted)
        });
        Self {
            users: options.users.clone(),
            authorizations: options.authorizations.clone(),
            clients: options.registered_clients.clone(),
            tokens: Mutex::new(tokens.collect()),
            knows_tokens: !options.tokens.is_empty() || options.has_ims() || is_author,
            knows_users: !options.users.is_empty() || is_author,
        }
    }

    /// Whether the client with this id may come in at all. Without an id it is not one of the Developer Console.
    pub(super) fn admits(&self, client: Option<&str>) -> bool {
        match (&self.clients, client) {
            (Some(registered), Some(client)) => registered.iter().any(|known| known == client),
            _ => true,
        }
    }

    /// Who is behind an `Authorization` header.
    pub(super) fn reader(&self, authorization: Option<&str>) -> Reader {
        let Some(given) = authorization else {
            return Reader::Anonymous;
        };
        if self.authorizations.iter().any(|known| known == given) {
            return Reader::Known(vec![ADMINISTRATORS.to_owned()]);
        }
        let (scheme, credentials) = given.split_once(' ').unwrap_or((given, ""));
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return self.bearer(credentials);
        }
        if scheme.eq_ignore_ascii_case("basic") {
            let stranger = if self.knows_users {
                Reader::Refused
            } else {
                Reader::Anonymous
            };
            return self.basic(credentials).unwrap_or(stranger);
        }
        Reader::Refused
    }

    fn bearer(&self, token: &str) -> Reader {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.get(token) {
            Some(accepted) if accepted.until.is_none_or(|until| until > Instant::now()) => {
                Reader::Known(accepted.groups.clone())
            }
            None if !self.knows_tokens => Reader::Anonymous,
            _ => Reader::Refused,
        }
    }

    /// Sling decodes ISO-8859-1, JavaScript clients send UTF-8: both are tried.
    fn basic(&self, credentials: &str) -> Option<Reader> {
        let bytes = STANDARD.decode(credentials).ok()?;
        let latin: String = bytes.iter().copied().map(char::from).collect();
        let texts = [String::from_utf8(bytes).ok(), Some(latin)];
        let user = texts.iter().flatten().find_map(|text| {
            let (name, password) = text.split_once(':')?;
            self.users
                .iter()
                .find(|user| user.name == name && user.password == password)
        })?;
        let mut groups = user.groups.clone();
        groups.push(user.name.clone());
        Some(Reader::Known(groups))
    }

    /// Issues a token that is accepted for `life`.
    #[cfg_attr(
        not(any(feature = "ims", test)),
        expect(dead_code, reason = "only IMS issues tokens")
    )]
    pub(super) fn issue(&self, groups: Vec<String>, life: Duration) -> String {
        let now = Instant::now();
        let token = fresh_token();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MAX_TOKENS {
            tokens.retain(|_, accepted| accepted.until.is_none_or(|until| until > now));
        }
        if tokens.len() >= MAX_TOKENS {
            let first = tokens
                .iter()
                .filter(|(_, accepted)| accepted.until.is_some())
                .min_by_key(|(_, accepted)| accepted.until)
                .map(|(token, _)| token.clone());
            first.map(|token| tokens.remove(&token));
        }
        let until = now.checked_add(life);
        tokens.insert(token.clone(), Accepted { groups, until });
        token
    }
}

/// Two hashes under the keys the process was started with: nothing to guess between tests, which is all it has to be.
fn fresh_token() -> String {
    let part = || {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u8(1);
        hasher.finish()
    };
    format!("sandbox.{:016x}{:016x}", part(), part())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_tokens_and_strangers() {
        let options = Options {
            users: vec![User {
                name: "jörg".to_owned(),
                password: "a:b".to_owned(),
                groups: vec!["members".to_owned()],
            }],
            tokens: vec![AccessToken {
                token: "t".to_owned(),
                groups: Vec::new(),
                life: Some(Duration::ZERO),
            }],
            ..Options::default()
        };
        let access = Access::new(&options);
        let known = Reader::Known(vec!["members".to_owned(), "jörg".to_owned()]);
        let utf8 = format!("Basic {}", STANDARD.encode("jörg:a:b"));
        let latin = format!("basic {}", STANDARD.encode(b"j\xf6rg:a:b"));
        assert_eq!(access.reader(Some(&utf8)), known);
        assert_eq!(access.reader(Some(&latin)), known);
        assert_eq!(access.reader(None), Reader::Anonymous);
        for refused in ["Basic x", "Bearer t", "Bearer none", "Digest a", ""] {
            assert_eq!(access.reader(Some(refused)), Reader::Refused, "{refused}");
        }
        let token = access.issue(vec!["members".to_owned()], Duration::from_secs(60));
        let reader = access.reader(Some(&format!("Bearer {token}")));
        assert!(reader.may_read(&["members".to_owned()]));
        assert!(!reader.may_read(&["staff".to_owned()]));
        assert!(!format!("{options:?}").contains("a:b"));
    }
}
