//! An AEM-compatible HTTP server over a FileVault content package.
//!
//! [`Sandbox::start`] loads the content package an AEM project keeps in git and answers as AEM Publish would: persisted
//! and ad hoc GraphQL queries over the schema derived from the Content Fragment Models, and the assets. It is for tests
//! and for people without an AEM at hand. Content can also be built in memory: [`Repository::builder`].
//!
//! Inside: `repository` loads content, `schema` derives GraphQL types, `execute` runs queries, [`rich_text`] converts
//! multi line text, `server` speaks HTTP. What AEM does is taken from `aem-protocol.md`; comments cite its sections.

mod execute;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod problem;
mod repository;
pub mod rich_text;
mod schema;
mod server;

pub use execute::DateOperators;
pub use problem::{Position, Problem};
pub use repository::{
    Calendar, FieldKind, LoadError, Model, NewFragment, Property, Repository, RepositoryBuilder,
    Scalar,
};
#[cfg(feature = "ims")]
pub use server::Ims;
pub use server::{
    AccessToken, ClosedFolder, DispatcherRules, EncodedSlash, Fault, FaultError, GraphqlStatus,
    Loaded, Options, RecordedRequest, Reload, Sandbox, SandboxError, SitesConfiguration, Summary,
    Tier, User,
};

/// The examples of the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
