//! The HTTP server: a running [`Sandbox`].
//!
//! Every request comes to one handler, which works on the raw path because AEM does: [`dispatcher`] decides whether it
//! gets through, [`graphql`] and [`delivery`] answer, [`reply`] adds the headers. Source: aem-protocol.md, sections 1
//! to 3, 7 and 9.

mod access;
mod delivery;
mod dispatcher;
mod edge;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod graphiql;
mod graphql;
mod home;
#[cfg(feature = "images")]
mod images;
#[cfg(feature = "ims")]
mod ims;
mod live;
mod openapi;
mod options;
mod page_model;
mod persist;
mod persisted_query;
mod record;
mod reply;
mod summary;
mod transport;
mod validators;
#[cfg(feature = "watch")]
mod watch;
mod wire;

pub use access::{AccessToken, ClosedFolder, User};
pub use fault::{Fault, FaultError};
#[cfg(feature = "ims")]
pub use ims::Ims;
pub use live::{Loaded, Reload};
pub use options::{DispatcherRules, EncodedSlash, GraphqlStatus, Options, Tier};
pub use record::RecordedRequest;
pub use summary::{SitesConfiguration, Summary};

use crate::execute::DELIVERY;
use crate::repository::{LoadError, Packages, Repository};
use access::{Access, Reader};
use axum::Router;
use axum::http::{Method, StatusCode, header};
use delivery::Files;
use edge::Edge;
use fault::{Faults, FaultsFile};
use live::Live;
use record::Record;
use reply::Reply;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wire::{Peer, Wires};

/// How long [`Sandbox::stop`] waits for requests under way.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The content cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The faults in the options' file cannot be used.
    #[error(transparent)]
    Faults(#[from] FaultError),
    /// The loading task was cancelled by the runtime.
    #[error("loading the content was interrupted")]
    Interrupted,
}

/// A running AEM-compatible server. It stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// What all requests share.
#[derive(Debug)]
struct Shared {
    live: Live,
    access: Access,
    faults: Faults,
    faults_file: Option<FaultsFile>,
    edge: Option<Edge>,
    options: Options,
    record: Record,
    /// Its own host and port.
    #[cfg(feature = "ims")]
    host: String,
    /// Where the content comes from, the lowest layer first.
    packages: Vec<PathBuf>,
    #[cfg(feature = "images")]
    images: images::ImageService,
}

impl AsRef<Live> for Shared {
    fn as_ref(&self) -> &Live {
        &self.live
    }
}

impl Sandbox {
    /// Loads the package in `dir`, a folder or a `.zip`, and serves it on `addr`; port 0 takes a free port.
    ///
    /// # Errors
    /// When the address cannot be bound or there is no package.
    pub async fn start(
        dir: &Path,
        options: Options,
        addr: SocketAddr,
    ) -> Result<Self, SandboxError> {
        Self::start_layers(&[dir.to_owned()], options, addr).await
    }

    /// Loads packages laid over each other, the lowest first, by the modes and patterns of their `filter.xml`. With
    /// [`Options::watch`] edits of them are served as they are saved.
    ///
    /// # Errors
    /// When the address cannot be bound or one of them is no package.
    pub async fn start_layers(
        layers: &[PathBuf],
        options: Options,
        addr: SocketAddr,
    ) -> Result<Self, SandboxError> {
        let listener = bind(addr).await?;
        let packages = if cfg!(feature = "watch") && options.watch {
            Packages::followed(layers)
        } else {
            Packages::new(layers)
        };
        let begun = SystemTime::now();
        let loading = tokio::task::spawn_blocking(move || (packages.load(), packages));
        let (repository, packages) = loading.await.map_err(|_| SandboxError::Interrupted)?;
        let sandbox = Self::serve(listener, addr, repository?, layers.to_vec(), options)?;
        #[cfg(feature = "watch")]
        if sandbox.state.options.watch {
            watch::follow(packages, begun, &sandbox.state);
        }
        #[cfg(not(feature = "watch"))]
        drop((packages, begun));
        Ok(sandbox)
    }

    /// Serves a repository that is already there.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start_with(
        repository: Repository,
        options: Options,
        addr: SocketAddr,
    ) -> Result<Self, SandboxError> {
        let listener = bind(addr).await?;
        Self::serve(listener, addr, repository, Vec::new(), options)
    }

    fn serve(
        listener: TcpListener,
        asked: SocketAddr,
        repository: Repository,
        packages: Vec<PathBuf>,
        options: Options,
    ) -> Result<Self, SandboxError> {
        let address = listener.local_addr().map_err(|source| SandboxError::Bind {
            address: asked,
            source,
        })?;
        let record = Record::new(options.remembered_requests);
        let mut faults = options.faults.clone();
        let mut faults_file = None;
        if let Some(file) = &options.faults_file {
            let (file, more) = FaultsFile::open(file)?;
            faults.extend(more);
            faults_file = Some(file);
        }
        let state = Arc::new(Shared {
            live: Live::new(repository, &options),
            access: Access::new(&options),
            faults: Faults::new(faults, options.fault_seed),
            faults_file,
            edge: options.stale.map(Edge::new),
            options,
            record,
            #[cfg(feature = "ims")]
            host: address.to_string(),
            packages,
            #[cfg(feature = "images")]
            images: images::ImageService::default(),
        });
        let router = Router::new()
            .fallback(transport::handle)
            .with_state(Arc::clone(&state))
            .into_make_service_with_connect_info::<Peer>();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            // The sender's drop ends it as well as its message.
            let stopped = async { drop(stopped.await) };
            // Serving only fails where accepting does, and axum retries that by itself.
            let _ = axum::serve(Wires(listener), router)
                .with_graceful_shutdown(stopped)
                .await;
        });
        Ok(Self {
            address,
            state,
            stop: Some(stop),
            serving,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin of its URLs, `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it serves.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.state.live.snapshot().engine)
    }

    /// Tells of every load of the content, the first and those after edits, and of the file of faults, with the problems
    /// of each.
    pub fn loads(&self) -> tokio::sync::watch::Receiver<Reload> {
        self.state.live.loads()
    }

    /// Replaces the faults, those of the file as well; sequences begin anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.state.faults.set(faults);
    }

    /// The requests it has answered, oldest first, as far as they are remembered.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.record.all()
    }

    /// Stops listening, lets requests under way finish, and returns when all is closed.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(STOP_WITHIN, &mut self.serving)
            .await
            .is_err()
        {
            self.serving.abort();
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, SandboxError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| SandboxError::Bind { address, source })
}

/// A request, as far as answers depend on it.
struct Asked<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a str,
    accept: &'a str,
    /// The client id of a technical account.
    api_key: Option<&'a str>,
    body: &'a [u8],
}

impl Shared {
    fn answer(&self, request: &Asked<'_>, authorization: Option<&str>) -> Reply {
        let Asked {
            method,
            path,
            query,
            accept,
            api_key,
            body,
        } = *request;
        let options = &self.options;
        #[cfg(feature = "ims")]
        if let (Some(ims), true) = (&options.ims, path.starts_with("/ims/")) {
            return ims.answer(&self.access, method, path, body, &self.host);
        }
        if !self.access.admits(api_key) {
            return Reply::html(StatusCode::FORBIDDEN);
        }
        let reader = self.access.reader(authorization);
        let snapshot = self.live.snapshot();
        if options.behind_dispatcher() {
            let tools = home::owns(path) || graphiql::owns(path);
            if !tools && !dispatcher::allows(options, method, path, query) {
                return Reply::html(StatusCode::NOT_FOUND);
            }
            if reader == Reader::Refused {
                return unauthorized();
            }
        } else if !matches!(reader, Reader::Known(_)) {
            return unauthorized();
        }
        let engine = &*snapshot.view(&reader);
        if let Some(rest) = path.strip_prefix("/graphql/persist.json") {
            return persist::persist(engine, self.live.changes(), method, rest, body);
        }
        if !matches!(*method, Method::GET | Method::HEAD | Method::POST) {
            return Reply::html(StatusCode::METHOD_NOT_ALLOWED)
                .header(header::ALLOW, "GET, HEAD, POST");
        }
        if let Some(rest) = path.strip_prefix("/graphql/execute.json") {
            return graphql::execute(engine, options, method, rest, body);
        }
        if let Some(rest) = path.strip_prefix("/graphql/list.json") {
            let configuration = rest.trim_matches('/');
            return graphql::list(engine, (!configuration.is_empty()).then_some(configuration));
        }
        if let Some((configuration, extension)) = endpoint(path) {
            return match extension {
                "json" => {
                    let request = graphql::AdHocQuery {
                        configuration,
                        query,
                        body,
                    };
                    graphql::adhoc(engine, options, method, &request)
                }
                "GQLschema" => graphql::schema_text(engine, configuration),
                "schemaerrors" => graphql::schema_errors(engine, configuration),
                _ => Reply::html(StatusCode::NOT_FOUND),
            };
        }
        if home::owns(path) {
            let loads = self.live.loads();
            let content = home::Content {
                engine,
                packages: &self.packages,
                problems: &loads.borrow().problems,
            };
            return home::page(&content, options);
        }
        if graphiql::owns(path) {
            return graphiql::serve(engine, options, path);
        }
        let files = Files {
            engine,
            options,
            #[cfg(feature = "images")]
            images: &self.images,
        };
        if path.starts_with(DELIVERY) && options.image_delivery {
            return files.dynamic(path, query, accept);
        }
        if let Some(rest) = path.strip_prefix(openapi::PREFIX)
            && options.openapi
            && options.behind_dispatcher()
        {
            return openapi::answer(engine, rest, query, accept);
        }
        if let Some(page) = path.strip_suffix(".model.json") {
            return page_model::answer(engine, page);
        }
        if path.starts_with("/content/dam/") {
            return files.asset(path);
        }
        Reply::html(StatusCode::NOT_FOUND)
    }
}

fn unauthorized() -> Reply {
    Reply::html(StatusCode::UNAUTHORIZED).header(header::WWW_AUTHENTICATE, "Basic realm=\"Sling\"")
}

/// Configuration and extension of `/content/_cq_graphql/{config}/endpoint.{ext}`, also in its other spellings.
fn endpoint(path: &str) -> Option<(&str, &str)> {
    let spellings = [
        "/content/_cq_graphql/",
        "/content/cq:graphql/",
        "/content/cq%3Agraphql/",
        "/content/graphql/",
    ];
    let rest = spellings
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))?;
    let (configuration, extension) = rest.rsplit_once("/endpoint.")?;
    Some((configuration, extension))
}
