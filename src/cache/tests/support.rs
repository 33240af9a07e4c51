//! An AEM in memory, and builds that ask it through a cache.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression;
use futures::future::BoxFuture;
use serde_json::Value;
use tempfile::TempDir;

use crate::aem::{AssetFile, Envelope, Outline, PersistedQuery, Variables};
use crate::cache::record::millis;
use crate::cache::{Cache, CachedSource, Policy, Realm};
use crate::packing::samples::gzip_at;
use crate::packing::{Packed, Packing};
use crate::query::{Ask, Freshness};
use crate::secret::Secret;
use crate::source::{
    Answer, AssetBody, Cause, Conditions, Delivery, Reply, Request, Source, SourceError, Upstream,
    Usage, Validators,
};

/// An AEM whose content, validators and moods a test decides. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Aem(Arc<Mutex<State>>);

#[derive(Default)]
pub(super) struct State {
    /// Bodies by question, as [`question`] writes it, and files by path.
    content: BTreeMap<String, Vec<u8>>,
    /// Which validators answers have.
    pub(super) validators: Sends,
    /// `Age` of answers, and of those past the CDN.
    pub(super) ages: [Option<Duration>; 2],
    /// What goes wrong with a question whose text has this in it.
    failures: Vec<(&'static str, Cause)>,
    /// How hard answers are packed, from 0 to 9. Those that become longer by it are kept as they are.
    pub(super) packs: u32,
    asked: Vec<Asked>,
}

/// Which validators an AEM sends.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sends {
    #[default]
    Tags,
    Dates,
    Nothing,
}

/// One request as it reached AEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) what: String,
    pub(super) unless: Validators,
    pub(super) bypass: Option<Arc<str>>,
    pub(super) before: Arc<Outline>,
}

impl Aem {
    /// One with the query `x/a` and the asset `/content/dam/x/a.jpg`.
    pub(super) fn new() -> Self {
        let aem = Self::default();
        aem.state().packs = 6;
        aem.has("x/a {}", &list(&["one", "two"]));
        aem.has(ASSET, "pixels");
        aem
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Answers a question like this from now on.
    pub(super) fn has(&self, question: &str, body: &str) {
        let body = body.as_bytes().to_vec();
        self.state().content.insert(question.to_owned(), body);
    }

    /// Fails for questions with a text in them from now on.
    pub(super) fn fails(&self, part: &'static str, cause: Cause) {
        self.state().failures.push((part, cause));
    }

    /// Is well again.
    pub(super) fn recovers(&self) {
        self.state().failures.clear();
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state().asked)
    }

    fn reply(&self, what: &str, conditions: &Conditions) -> Result<Reply<Bytes>, Cause> {
        let mut state = self.state();
        state.asked.push(Asked {
            what: what.to_owned(),
            unless: conditions.unless.clone(),
            bypass: conditions.bypass.clone(),
            before: Arc::clone(&conditions.before),
        });
        let failure = state.failures.iter().find(|(part, _)| what.contains(part));
        if let Some((_, cause)) = failure {
            return Err(cause.clone());
        }
        let body = state.content.get(what);
        let body = Bytes::from(body.cloned().unwrap_or_else(|| panic!("no `{what}` here")));
        let tag = format!("\"{}\"", &blake3::hash(&body).to_hex()[..8]);
        let validators = match state.validators {
            Sends::Tags => Validators {
                etag: Some(tag),
                last_modified: None,
            },
            Sends::Dates => Validators {
                etag: None,
                last_modified: Some(tag),
            },
            Sends::Nothing => Validators::default(),
        };
        let age = state.ages[usize::from(conditions.bypass.is_some())];
        if !conditions.unless.is_empty() && conditions.unless == validators {
            return Ok(Reply::NotModified { age });
        }
        Ok(Reply::Sent {
            content: body,
            validators,
            age,
        })
    }
}

impl Upstream for Aem {
    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn tokens(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn ask<'a>(
        &'a self,
        request: &'a Request,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<Envelope>, SourceError>> {
        Box::pin(async move {
            let reply = self.reply(&question(request), conditions);
            // Somebody else may ask meanwhile.
            tokio::task::yield_now().await;
            let packs = self.state().packs;
            let decode = |body: Bytes| {
                let packed = gzip(&body, packs);
                request.ask.decode(body).unwrap().that_came(Some(packed))
            };
            map(reply, decode).map_err(|cause| failed(&question(request), cause))
        })
    }

    fn download<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<AssetBody>, SourceError>> {
        let reply = self.reply(&path.to_string(), conditions);
        let save = |body: Bytes| {
            std::fs::write(file, &body).unwrap();
            AssetBody {
                hash: blake3::hash(&body).to_hex().to_string(),
                size: body.len() as u64,
                content_type: Some("image/jpeg".to_owned()),
                delivery: Delivery::New,
            }
        };
        let reply = map(reply, save).map_err(|cause| failed(&path.to_string(), cause));
        Box::pin(std::future::ready(reply))
    }

    fn describe(&self, request: &Request) -> String {
        question(request)
    }
}

fn map<T>(
    reply: Result<Reply<Bytes>, Cause>,
    read: impl FnOnce(Bytes) -> T,
) -> Result<Reply<T>, Cause> {
    Ok(match reply? {
        Reply::NotModified { age } => Reply::NotModified { age },
        Reply::Sent {
            content,
            validators,
            age,
        } => Reply::Sent {
            content: read(content),
            validators,
            age,
        },
    })
}

/// Packs a body.
pub(super) fn gzip(body: &[u8], level: u32) -> Packed {
    Packed {
        packing: Packing::Gzip,
        bytes: gzip_at(Compression::new(level), body).into(),
    }
}

fn failed(request: &str, cause: Cause) -> SourceError {
    SourceError {
        request: request.into(),
        cause,
    }
}

/// `x/a {"first":2}`
fn question(request: &Request) -> String {
    format!("{} {}", request.ask, request.variables.to_json())
}

/// The asset that every AEM has.
pub(super) const ASSET: &str = "/content/dam/x/a.jpg";

/// A list of items with these titles.
pub(super) fn list(titles: &[&str]) -> String {
    let items = titles
        .iter()
        .map(|title| format!(r#"{{"title":"{title}"}}"#));
    let items: Vec<String> = items.collect();
    format!(
        r#"{{"data":{{"aList":{{"items":[{}]}}}}}}"#,
        items.join(",")
    )
}

/// A question of a definition with this `freshness`.
pub(super) fn request(query: &str, freshness: Freshness) -> Request {
    Request {
        ask: Ask::Persisted(PersistedQuery::parse(query, None).unwrap()),
        variables: Variables::new(),
        query: "a".into(),
        freshness,
        optional: false,
        round: 0,
        meter: Arc::default(),
    }
}

/// A question with one variable.
pub(super) fn with(query: &str, name: &str, value: impl Into<Value>) -> Request {
    let mut request = request(query, Freshness::Revalidate);
    request.variables.set(name, value.into());
    request
}

/// Builds that share a cache.
pub(super) struct Builds {
    pub(super) aem: Aem,
    dir: TempDir,
    pub(super) policy: Policy,
    pub(super) realm: Realm,
    /// How many builds began: each some milliseconds after the one before.
    begun: Cell<u64>,
}

impl Builds {
    pub(super) fn new() -> Self {
        Self {
            aem: Aem::new(),
            dir: tempfile::tempdir().unwrap(),
            policy: Policy {
                unseen: "1".into(),
                ..Policy::default()
            },
            realm: Realm {
                origin: "https://a.example".to_owned(),
                tier: "publish".to_owned(),
                identity: "none".to_owned(),
            },
            begun: Cell::new(0),
        }
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.dir.path().join(".frieze")
    }

    pub(super) fn cache(&self) -> Cache {
        Cache::at(&self.folder())
    }

    /// The source of one build.
    pub(super) fn next(&self) -> CachedSource {
        let (aem, realm) = (Box::new(self.aem.clone()), self.realm.clone());
        CachedSource::new(aem, self.cache(), realm, self.policy_now())
    }

    /// The policy of a build that begins now.
    pub(super) fn policy_now(&self) -> Policy {
        self.begun.set(self.begun.get() + 5);
        Policy {
            build: millis(SystemTime::now()) + self.begun.get(),
            ..self.policy.clone()
        }
    }

    /// The source of a build that asks nobody.
    pub(super) fn offline(&self) -> CachedSource {
        CachedSource::offline(self.cache(), self.realm.clone(), self.policy_now())
    }

    /// Asks `x/a` in a build of its own.
    pub(super) async fn ask(&self, freshness: Freshness) -> Result<Answer, SourceError> {
        self.next().answer(&request("x/a", freshness)).await
    }

    /// Downloads the asset in a build of its own.
    pub(super) async fn download(&self) -> (Result<AssetBody, SourceError>, Vec<u8>) {
        self.download_from(&self.next()).await
    }

    pub(super) async fn download_from(
        &self,
        source: &CachedSource,
    ) -> (Result<AssetBody, SourceError>, Vec<u8>) {
        let file = self.dir.path().join("download");
        let path = AssetFile::parse(ASSET).unwrap();
        let body = source.asset(&path, &file).await;
        (body, std::fs::read(file).unwrap_or_default())
    }

    /// Rewrites every record with its own checksum.
    pub(super) fn edit_records(&self, edit: impl Fn(&mut Value)) {
        for file in self.records() {
            let text = std::fs::read_to_string(&file).unwrap();
            let (_, json) = text.split_once('\n').unwrap();
            let mut record: Value = serde_json::from_str(json).unwrap();
            edit(&mut record);
            let json = record.to_string();
            let check = blake3::hash(json.as_bytes()).to_hex();
            std::fs::write(&file, format!("{check}\n{json}\n")).unwrap();
        }
    }

    /// Makes everything that is kept older, or younger than now.
    pub(super) fn age(&self, seconds: i64) {
        self.edit_records(|record| {
            for key in ["since", "validated", "nothing", "used"] {
                let time = record[key].as_i64();
                record[key] = time.map(|time| time - seconds * 1000).into();
            }
        });
    }

    /// The files of all records.
    pub(super) fn records(&self) -> Vec<PathBuf> {
        let mut files = self.files("answers-2");
        files.retain(|file| file.file_name().unwrap().len() == 64);
        files
    }

    /// The files below a folder of the cache, sorted.
    pub(super) fn files(&self, folder: &str) -> Vec<PathBuf> {
        walkdir::WalkDir::new(self.folder().join(folder))
            .sort_by_file_name()
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .collect()
    }
}

/// What a good answer says.
pub(super) fn text(answer: &Answer) -> String {
    String::from_utf8(answer.envelope.body().to_vec()).unwrap()
}

/// A delivery in short.
pub(super) fn kind(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::New => "new",
        Delivery::Unchanged => "unchanged",
        Delivery::Kept => "kept",
        Delivery::Stale { .. } => "stale",
    }
}
