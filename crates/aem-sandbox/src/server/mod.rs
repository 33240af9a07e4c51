//! The HTTP server: a running [`Sandbox`].
//!
//! Every request comes to one handler, which works on the raw path because AEM does: [`dispatcher`] decides whether it
//! gets through, [`graphql`] and [`delivery`] answer, [`reply`] adds the headers. Source: aem-protocol.md, sections 1
//! to 3, 7 and 9.

mod delivery;
mod dispatcher;
mod graphiql;
mod graphql;
mod home;
#[cfg(feature = "images")]
mod images;
mod options;
mod persisted_query;
mod record;
mod reply;
mod summary;

pub use options::{GraphqlStatus, Options, Tier};
pub use record::RecordedRequest;
pub use summary::{SitesConfiguration, Summary};

use crate::execute::{DELIVERY, Engine};
use crate::repository::{LoadError, Repository};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use axum::serve::ListenerExt as _;
use delivery::Files;
use record::Record;
use reply::Reply;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Larger request bodies are refused.
const MAX_BODY: usize = 4 << 20;
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
    engine: Engine,
    options: Options,
    record: Record,
    #[cfg(feature = "images")]
    images: images::ImageService,
}

impl Sandbox {
    /// Loads the package in `dir` and serves it on `addr`; port 0 takes a free port.
    ///
    /// # Errors
    /// When the address cannot be bound or the folder holds no package.
    pub async fn start(
        dir: &Path,
        options: Options,
        addr: SocketAddr,
    ) -> Result<Self, SandboxError> {
        let listener = bind(addr).await?;
        let dir = dir.to_owned();
        let loading = tokio::task::spawn_blocking(move || Repository::load(&dir));
        let repository = loading.await.map_err(|_| SandboxError::Interrupted)??;
        Self::serve(listener, addr, repository, options)
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
        Self::serve(listener, addr, repository, options)
    }

    fn serve(
        listener: TcpListener,
        asked: SocketAddr,
        repository: Repository,
        options: Options,
    ) -> Result<Self, SandboxError> {
        let address = listener.local_addr().map_err(|source| SandboxError::Bind {
            address: asked,
            source,
        })?;
        let record = Record::new(options.remembered_requests);
        let engine = Engine::new(repository, options.settings());
        let state = Arc::new(Shared {
            engine,
            options,
            record,
            #[cfg(feature = "images")]
            images: images::ImageService::default(),
        });
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&state));
        // Answers go out at once instead of waiting to be joined with the next.
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            // The sender's drop ends it as well as its message.
            let stopped = async { drop(stopped.await) };
            // Serving only fails where accepting does, and axum retries that by itself.
            let _ = axum::serve(listener, router)
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
        Summary::of(&self.state.engine)
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

async fn handle(State(state): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let entry = head
        .uri
        .path_and_query()
        .map_or_else(|| path.clone(), ToString::to_string);
    let method = head.method;
    let headers = head.headers;
    let etags = state.options.etags;

    let answering = Arc::clone(&state);
    let asked = method.clone();
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned);
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let reply = match to_bytes(body, MAX_BODY).await {
        // Queries are computed, files are read: neither belongs on a thread that serves sockets.
        Ok(body) => tokio::task::spawn_blocking(move || {
            let request = Asked {
                method: &asked,
                path: &path,
                query: &query,
                accept: &accept,
                body: &body,
            };
            answering.answer(&request, authorization.as_deref())
        })
        .await
        .unwrap_or_else(|_| Reply::html(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(_) => Reply::html(StatusCode::PAYLOAD_TOO_LARGE),
    };
    respond(&state, reply, method, &headers, entry, etags)
}

fn respond(
    state: &Shared,
    reply: Reply,
    method: Method,
    headers: &HeaderMap,
    path: String,
    etags: bool,
) -> Response<Body> {
    let response = reply.respond(&method, headers, etags);
    state.record.add(RecordedRequest {
        method: method.as_str().to_owned(),
        path,
        status: response.status().as_u16(),
    });
    response
}

/// A request, as far as answers depend on it.
struct Asked<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a str,
    accept: &'a str,
    body: &'a [u8],
}

impl Shared {
    fn answer(&self, request: &Asked<'_>, authorization: Option<&str>) -> Reply {
        let Asked {
            method,
            path,
            query,
            accept,
            body,
        } = *request;
        let options = &self.options;
        if options.behind_dispatcher() {
            let tools = home::owns(path) || graphiql::owns(path);
            if !tools && !dispatcher::allows(options, method, path, query) {
                return Reply::html(StatusCode::NOT_FOUND);
            }
        } else if !authorization
            .is_some_and(|given| options.authorizations.iter().any(|known| known == given))
        {
            return Reply::html(StatusCode::UNAUTHORIZED)
                .header(header::WWW_AUTHENTICATE, "Basic realm=\"Sling\"");
        }
        if !matches!(*method, Method::GET | Method::HEAD | Method::POST) {
            return Reply::html(StatusCode::METHOD_NOT_ALLOWED)
                .header(header::ALLOW, "GET, HEAD, POST");
        }
        if let Some(rest) = path.strip_prefix("/graphql/execute.json") {
            return graphql::execute(&self.engine, options, method, rest, body);
        }
        if let Some(rest) = path.strip_prefix("/graphql/list.json") {
            let configuration = rest.trim_matches('/');
            return graphql::list(
                &self.engine,
                (!configuration.is_empty()).then_some(configuration),
            );
        }
        if let Some((configuration, extension)) = endpoint(path) {
            return match extension {
                "json" => {
                    let request = graphql::AdHocQuery {
                        configuration,
                        query,
                        body,
                    };
                    graphql::adhoc(&self.engine, options, method, &request)
                }
                "GQLschema" => graphql::schema_text(&self.engine, configuration),
                _ => Reply::html(StatusCode::NOT_FOUND),
            };
        }
        if home::owns(path) {
            return home::page(&self.engine, options);
        }
        if graphiql::owns(path) {
            return graphiql::serve(&self.engine, options, path);
        }
        let files = Files {
            engine: &self.engine,
            options,
            #[cfg(feature = "images")]
            images: &self.images,
        };
        if path.starts_with(DELIVERY) && options.image_delivery {
            return files.dynamic(path, query, accept);
        }
        if path.starts_with("/content/dam/") {
            return files.asset(path);
        }
        Reply::html(StatusCode::NOT_FOUND)
    }
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
