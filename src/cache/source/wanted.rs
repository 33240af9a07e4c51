//! What AEM is asked for: the answer to a question, and the file of an asset.

use std::io;
use std::path::Path;

use futures::future::BoxFuture;

use super::CachedSource;
use super::turns::Turns;
use crate::aem::{AssetFile, Envelope, Outline};
use crate::cache::bodies::Bodies;
use crate::cache::record::Content;
use crate::cache::{Key, Realm};
use crate::query::Freshness;
use crate::source::{
    AssetBody, Cause, Conditions, Delivery, Knows, Reply, Request, SourceError, Upstream,
};

/// Something that AEM is asked for. The closures are for threads that may wait for the disk.
pub(super) trait Wanted: Sync {
    /// What comes.
    type Sent: Clone + Send + Sync + 'static;

    /// What is had in the end.
    type Got: Send + 'static;

    /// Where it is kept.
    fn key(&self, realm: &Realm) -> Key;

    /// What was asked for in this build.
    fn turns(source: &CachedSource) -> &Turns<Self::Sent>;

    /// What it is called when nobody is asked.
    fn name(&self) -> String;

    /// What it is called when an upstream is.
    fn address(&self, upstream: &dyn Upstream) -> String;

    fn freshness(&self) -> Freshness;

    fn round(&self) -> u32;

    /// Whether it is an answer that there is nothing.
    fn takes_nothing(&self) -> bool;

    /// Whether a failure means that there is nothing.
    fn means_nothing(&self, cause: &Cause) -> bool;

    /// Whether something says that there is nothing.
    fn is_nothing(&self, sent: &Self::Sent) -> bool;

    fn ask<'a>(
        &'a self,
        upstream: &'a dyn Upstream,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<Self::Sent>, SourceError>>;

    /// What tells it from others; what did so earlier, where it is the same in another form.
    fn content(
        &self,
        sent: &Self::Sent,
        earlier: Option<&Content>,
    ) -> impl FnOnce(&Bodies) -> Content + Send + 'static;

    /// What helps to read what comes in its place, if there is anything.
    fn outline(&self, _sent: &Self::Sent) -> Option<Outline> {
        None
    }

    /// Whether it is whole. What is not is no use to a later build, and must not take the place of something
    /// that is.
    fn is_whole(&self, sent: &Self::Sent) -> bool;

    /// Keeps it.
    fn keep(
        &self,
        sent: &Self::Sent,
        content: &Content,
    ) -> impl FnOnce(&Bodies) -> io::Result<()> + Send + 'static;

    /// What is had when this was sent.
    fn got(sent: Self::Sent) -> Self::Got;

    /// What is had of something that need not be read.
    fn known(&self, content: &Content) -> Option<Self::Got>;

    /// Reads it; `None` when it is damaged or gone.
    fn read(&self, content: &Content)
    -> impl FnOnce(&Bodies) -> Option<Self::Got> + Send + 'static;

    /// Gives what was sent to somebody else who wants it; `None` when it was sent for one only.
    fn again(&self, sent: &Self::Sent) -> Option<Self::Sent>;
}

/// The answer to a request, for somebody who may know it.
pub(super) struct Question<'a> {
    pub(super) request: &'a Request,
    pub(super) knows: &'a Knows<'a>,
}

impl Wanted for Question<'_> {
    type Sent = Envelope;
    /// None where it is known.
    type Got = Option<Envelope>;

    fn key(&self, realm: &Realm) -> Key {
        Key::of_request(realm, self.request)
    }

    fn turns(source: &CachedSource) -> &Turns<Envelope> {
        &source.answers
    }

    fn name(&self) -> String {
        self.request.to_string()
    }

    fn address(&self, upstream: &dyn Upstream) -> String {
        upstream.describe(self.request)
    }

    fn freshness(&self) -> Freshness {
        self.request.freshness
    }

    fn round(&self) -> u32 {
        self.request.round
    }

    fn takes_nothing(&self) -> bool {
        self.request.optional
    }

    fn means_nothing(&self, cause: &Cause) -> bool {
        cause.finds_nothing()
    }

    fn is_nothing(&self, got: &Envelope) -> bool {
        got.decoded_roots().next().is_none()
    }

    fn ask<'a>(
        &'a self,
        upstream: &'a dyn Upstream,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<Envelope>, SourceError>> {
        upstream.ask(self.request, conditions)
    }

    fn content(
        &self,
        got: &Envelope,
        earlier: Option<&Content>,
    ) -> impl FnOnce(&Bodies) -> Content + Send + 'static {
        let (got, earlier) = (got.clone(), earlier.cloned());
        move |bodies| {
            let content = Content {
                hash: got.hash(),
                size: got.body().len() as u64,
                packing: got.short_form().1,
                content_type: None,
            };
            // Not every server packs the same text the same way each time. Few that have changed are as long as before.
            let may_be_same = |earlier: &Content| {
                let is_packed = earlier.packing.is_some() || content.packing.is_some();
                is_packed && earlier.size == content.size && earlier.hash != content.hash
            };
            earlier
                .filter(may_be_same)
                .filter(|earlier| bodies.read(earlier).as_ref() == Some(got.body()))
                .unwrap_or(content)
        }
    }

    fn outline(&self, got: &Envelope) -> Option<Outline> {
        got.outline()
    }

    fn is_whole(&self, got: &Envelope) -> bool {
        got.is_whole()
    }

    fn keep(
        &self,
        got: &Envelope,
        content: &Content,
    ) -> impl FnOnce(&Bodies) -> io::Result<()> + Send + 'static {
        let (body, content) = (got.short_form().0.clone(), content.clone());
        move |bodies| bodies.keep(&content, &body)
    }

    fn got(sent: Envelope) -> Option<Envelope> {
        Some(sent)
    }

    fn known(&self, content: &Content) -> Option<Option<Envelope>> {
        (self.knows)(&content.hash).then_some(None)
    }

    fn read(
        &self,
        content: &Content,
    ) -> impl FnOnce(&Bodies) -> Option<Option<Envelope>> + Send + 'static {
        let (api, content) = (self.request.ask.api(), content.clone());
        move |bodies| Envelope::decode(api, bodies.read(&content)?).ok().map(Some)
    }

    fn again(&self, got: &Envelope) -> Option<Envelope> {
        // As it came, it is only there to be kept.
        Some(got.clone().that_came(None))
    }
}

/// An asset's original, and the file it shall be in.
pub(super) struct Original<'a> {
    pub(super) path: &'a AssetFile,
    pub(super) file: &'a Path,
}

impl Wanted for Original<'_> {
    type Sent = AssetBody;
    type Got = AssetBody;

    fn key(&self, realm: &Realm) -> Key {
        Key::of_asset(realm, self.path)
    }

    fn turns(source: &CachedSource) -> &Turns<AssetBody> {
        &source.assets
    }

    fn name(&self) -> String {
        self.path.to_string()
    }

    fn address(&self, _: &dyn Upstream) -> String {
        format!("GET {}", self.path.request_path())
    }

    fn freshness(&self) -> Freshness {
        Freshness::Revalidate
    }

    fn round(&self) -> u32 {
        0
    }

    fn takes_nothing(&self) -> bool {
        self.path.is_rendition()
    }

    fn means_nothing(&self, cause: &Cause) -> bool {
        cause.misses()
    }

    fn is_nothing(&self, _: &AssetBody) -> bool {
        false
    }

    fn ask<'a>(
        &'a self,
        upstream: &'a dyn Upstream,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<AssetBody>, SourceError>> {
        upstream.download(self.path, self.file, conditions)
    }

    fn content(
        &self,
        got: &AssetBody,
        _: Option<&Content>,
    ) -> impl FnOnce(&Bodies) -> Content + Send + 'static {
        let content = Content {
            hash: got.hash.as_str().into(),
            size: got.size,
            packing: None,
            content_type: got.content_type.clone(),
        };
        move |_| content
    }

    fn is_whole(&self, _: &AssetBody) -> bool {
        true
    }

    fn keep(
        &self,
        _: &AssetBody,
        content: &Content,
    ) -> impl FnOnce(&Bodies) -> io::Result<()> + Send + 'static {
        let (file, content) = (self.file.to_path_buf(), content.clone());
        move |bodies| bodies.keep_file(&content, &file)
    }

    fn got(sent: AssetBody) -> AssetBody {
        sent
    }

    fn known(&self, _: &Content) -> Option<AssetBody> {
        None
    }

    fn read(
        &self,
        content: &Content,
    ) -> impl FnOnce(&Bodies) -> Option<AssetBody> + Send + 'static {
        let (file, content) = (self.file.to_path_buf(), content.clone());
        move |bodies| {
            bodies.copy(&content, &file)?;
            Some(AssetBody {
                hash: content.hash.to_string(),
                size: content.size,
                content_type: content.content_type,
                // Whoever gives it away says where it comes from.
                delivery: Delivery::Kept,
            })
        }
    }

    fn again(&self, _: &AssetBody) -> Option<AssetBody> {
        None
    }
}
