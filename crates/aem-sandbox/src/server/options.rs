//! What a sandbox can be told before it starts.

use crate::execute::{DateOperators, Settings};

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
            image_delivery: true,
            standard_renditions: false,
            graphql_status: GraphqlStatus::Always200,
            date_operators: DateOperators::Documented,
            open_extensions: Vec::new(),
            authorizations: vec!["Basic YWRtaW46YWRtaW4=".to_owned()],
            author_url: "https://author-p123-e456.adobeaemcloud.com".to_owned(),
            publish_url: "https://publish-p123-e456.adobeaemcloud.com".to_owned(),
            remembered_requests: 20_000,
        }
    }
}

impl Options {
    pub(super) fn settings(&self) -> Settings {
        Settings {
            author_url: self.author_url.clone(),
            publish_url: self.publish_url.clone(),
            image_delivery: self.image_delivery,
            date_operators: self.date_operators,
        }
    }

    pub(super) fn behind_dispatcher(&self) -> bool {
        self.tier != Tier::Author
    }
}
