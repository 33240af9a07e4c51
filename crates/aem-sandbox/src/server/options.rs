//! What a sandbox can be told before it starts.

use super::access::{AccessToken, ClosedFolder, User};
use super::fault::Fault;
#[cfg(feature = "ims")]
use super::ims::Ims;
use crate::execute::{DateOperators, Settings};
use std::path::PathBuf;
use std::time::Duration;

/// Which AEM service is played (aem-protocol.md, section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tier {
    /// Production delivery, behind a Dispatcher.
    #[default]
    Publish,
    /// The second publish service, for checking before go-live.
    Preview,
    /// Content management: every endpoint is open, every request needs credentials.
    Author,
}

impl Tier {
    /// As it is called on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Preview => "preview",
            Self::Author => "author",
        }
    }
}

/// Which HTTP status a GraphQL error has (section 9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphqlStatus {
    /// 200, as AEM is delivered.
    #[default]
    Always200,
    /// 400 or 500 as the GraphQL-over-HTTP draft says, and its media type: a switch AEM has too.
    OverHttp,
}

/// Which filter rules the Dispatcher has (section 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DispatcherRules {
    /// Those of current default configurations: persisted queries are open.
    #[default]
    Current,
    /// Those of old project archetypes: no GraphQL at all until the project opens it.
    ArchetypeOld,
}

/// What the web server does with `%2F` in a path (section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncodedSlash {
    /// It goes through to AEM as it is.
    #[default]
    NoDecode,
    /// 404, where the virtual host lacks `AllowEncodedSlashes`.
    NotFound,
}

/// Switches of the sandbox; the defaults behave like AEM as a Cloud Service as it is delivered.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which service is played.
    pub tier: Tier,
    /// Whether the Dispatcher lets ad hoc queries through to Publish and Preview (section 1.3).
    pub adhoc_on_publish: bool,
    /// Whether the Dispatcher lets `list.json` through to Publish and Preview.
    pub list_on_publish: bool,
    /// Whether answers carry an `ETag` and `If-None-Match` gets a 304 (section 2.3: not promised by AEM).
    pub etags: bool,
    /// Whether answers carry `Last-Modified` and `If-Modified-Since` gets a 304 (not promised by AEM either).
    pub last_modified: bool,
    /// Whether `_dynamicUrl` is delivered; AEM 6.5 and the local SDK have none.
    pub image_delivery: bool,
    /// Whether AEM's standard renditions (`cq5dam.web.1280.1280.jpeg` and the like) are made of the original where the
    /// package has none, as asset processing would have; AEM itself answers 404. Needs the feature `images`.
    pub standard_renditions: bool,
    /// Which status GraphQL errors have.
    pub graphql_status: GraphqlStatus,
    /// How date operators compare.
    pub date_operators: DateOperators,
    /// Extensions below `/content` that the project's Dispatcher opens besides the default ones.
    pub open_extensions: Vec<String>,
    /// `Authorization` header values the author tier accepts; `admin:admin` as on the local SDK at first.
    pub authorizations: Vec<String>,
    /// Users for basic authentication, besides `authorizations`.
    pub users: Vec<User>,
    /// Bearer tokens that are accepted from the start.
    pub tokens: Vec<AccessToken>,
    /// Folders only some may read on Publish and Preview, besides those the package closes with `rep:cugPolicy`.
    pub closed_folders: Vec<ClosedFolder>,
    /// The technical account that `/ims/…` gives tokens to; `None` is no IMS.
    #[cfg(feature = "ims")]
    pub ims: Option<Ims>,
    /// The client ids that are registered with this service: a request with another one in `X-Api-Key` gets 403. `None`
    /// asks nobody (section 8.4).
    pub registered_clients: Option<Vec<String>>,
    /// Which filter rules the Dispatcher has.
    pub dispatcher_rules: DispatcherRules,
    /// What happens to `%2F` in paths on Publish and Preview.
    pub encoded_slash: EncodedSlash,
    /// Whether the OpenAPI delivery of fragments is switched on (section 10.2; Publish and Preview only).
    pub openapi: bool,
    /// How long every answer of AEM takes at least.
    pub latency: Duration,
    /// A CDN in front that keeps answers this long: edits show when it ends, or with a cache buster (section 2.7).
    pub stale: Option<Duration>,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// A file with more faults (JSON, TOML, or one to a line). It is read again when it has changed, which sets all faults
    /// anew; a file that is wrong then leaves them as they were, and [`Sandbox::loads`](crate::Sandbox::loads) tells.
    pub faults_file: Option<PathBuf>,
    /// Decides what faults with a probability strike.
    pub fault_seed: u64,
    /// Whether edits of the packages are served without a restart (needs the feature `watch`).
    pub watch: bool,
    /// Host in `_authorUrl`.
    pub author_url: String,
    /// Host in `_publishUrl`.
    pub publish_url: String,
    /// How many requests are remembered for [`Sandbox::requests`](crate::Sandbox::requests); older ones are dropped.
    pub remembered_requests: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tier: Tier::Publish,
            adhoc_on_publish: false,
            list_on_publish: false,
            etags: true,
            last_modified: true,
            image_delivery: true,
            standard_renditions: false,
            graphql_status: GraphqlStatus::Always200,
            date_operators: DateOperators::Documented,
            open_extensions: Vec::new(),
            authorizations: vec!["Basic YWRtaW46YWRtaW4=".to_owned()],
            users: Vec::new(),
            tokens: Vec::new(),
            closed_folders: Vec::new(),
            #[cfg(feature = "ims")]
            ims: None,
            registered_clients: None,
            dispatcher_rules: DispatcherRules::Current,
            encoded_slash: EncodedSlash::NoDecode,
            openapi: true,
            latency: Duration::ZERO,
            stale: None,
            faults: Vec::new(),
            faults_file: None,
            fault_seed: 0,
            watch: true,
            author_url: "https://author-p123-e456.adobeaemcloud.com".to_owned(),
            publish_url: "https://publish-p123-e456.adobeaemcloud.com".to_owned(),
            remembered_requests: 20_000,
        }
    }
}

impl Options {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            author_url: self.author_url.clone(),
            publish_url: self.publish_url.clone(),
            image_delivery: self.image_delivery,
            date_operators: self.date_operators,
        }
    }

    /// Whether there are token endpoints.
    pub(super) fn has_ims(&self) -> bool {
        #[cfg(feature = "ims")]
        return self.ims.is_some();
        #[cfg(not(feature = "ims"))]
        false
    }

    pub(super) fn behind_dispatcher(&self) -> bool {
        self.tier != Tier::Author
    }
}
