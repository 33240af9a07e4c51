//! A server that gives the answers a test writes, good or bad.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// More connections than any test needs: a client that never stops asking fails its test.
const MAX_CONNECTIONS: usize = 2_000;

/// No peer is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, still encoded.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// The length that is announced, when it is not the real one.
    announced: Option<usize>,
    /// Whether nothing is sent until the server stops.
    withheld: bool,
}

impl Answer {
    /// A body of some type, with status 200.
    pub(crate) fn of(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            announced: None,
            withheld: false,
        }
    }

    /// JSON, as AEM sends it.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::of("application/json;charset=utf-8", body)
    }

    /// A list of items below the root `articleList`.
    pub(crate) fn items<S: AsRef<str>>(items: &[S]) -> Self {
        let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        Self::json(format!(
            r#"{{"data":{{"articleList":{{"items":[{}]}}}}}}"#,
            items.join(",")
        ))
    }

    /// The word that nothing has changed.
    pub(crate) fn not_modified() -> Self {
        Self::json("").status(304)
    }

    /// An error page, as a web server sends it.
    pub(crate) fn page(status: u16) -> Self {
        Self::of("text/html", "<html><title>No</title></html>").status(status)
    }

    /// No answer while the server runs.
    pub(crate) fn never() -> Self {
        Self {
            withheld: true,
            ..Self::json("")
        }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Announces more bytes than there are.
    pub(crate) fn cut(mut self) -> Self {
        self.announced = Some(self.body.len() + 100);
        self
    }

    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", self.status);
        let length = self.announced.unwrap_or(self.body.len());
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.extend(["Content-Length: ", &length.to_string(), "\r\n\r\n"]);
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)
    }
}

/// An origin where nobody answers, for as long as the guard lives: the port is that of a connection's
/// other end, which is taken but does not listen.
pub(crate) fn nobody() -> (String, impl Drop) {
    let server = Scripted::always(Answer::never());
    let connection = TcpStream::connect(server.address).unwrap();
    let origin = format!("http://{}", connection.local_addr().unwrap());
    (origin, Guard { server, connection })
}

/// What keeps the port of [`nobody`] taken.
struct Guard {
    server: Scripted,
    connection: TcpStream,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Lets the server see that nothing more will come, and stop.
        let _ = self.connection.shutdown(std::net::Shutdown::Both);
        let _ = &self.server;
    }
}

type Script = dyn Fn(&Request) -> Answer + Send + Sync;

/// A running server.
pub(crate) struct Scripted {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    script: Mutex<Arc<Script>>,
    requests: Mutex<Vec<Request>>,
    /// How many connections were made, with or without a request on them.
    connections: AtomicUsize,
    stopping: AtomicBool,
    /// Something of the above changed.
    changed: Condvar,
}

impl Scripted {
    /// Answers every request as the script says.
    pub(crate) fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(Arc::new(script)),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || own.accept(&listener));
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    /// Gives one answer to everything.
    pub(crate) fn always(answer: Answer) -> Self {
        Self::start(move |_| answer.clone())
    }

    /// Answers from now on as another script says.
    pub(crate) fn now(&self, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(script);
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// What was asked since so many requests.
    pub(crate) fn requests_after(&self, count: usize) -> Vec<Request> {
        self.requests().split_off(count)
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until so much was asked, all in all.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        let requests = self.shared.requests.lock().unwrap();
        let (requests, timeout) = self
            .shared
            .changed
            .wait_timeout_while(requests, PATIENCE, |requests| requests.len() < count)
            .unwrap();
        drop(requests);
        assert!(!timeout.timed_out(), "nobody asks");
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        {
            // Under the lock, so that no thread is between looking and waiting.
            let _requests = self.shared.requests.lock();
            self.shared.stopping.store(true, Ordering::SeqCst);
            self.shared.changed.notify_all();
        }
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take()
            && accepting.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the scripted server panicked");
        }
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        let mut connections = Vec::new();
        for stream in listener.incoming() {
            if self.stopping.load(Ordering::SeqCst) {
                break;
            }
            self.connections.fetch_add(1, Ordering::SeqCst);
            assert!(connections.len() < MAX_CONNECTIONS, "too many connections");
            let (own, stream) = (Arc::clone(self), stream.unwrap());
            connections.push(std::thread::spawn(move || own.serve(stream)));
        }
        for connection in connections {
            assert!(connection.join().is_ok(), "a connection panicked");
        }
    }

    fn serve(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        // A client may go away at any time.
        let Some(request) = read(&stream) else { return };
        let script = Arc::clone(&self.script.lock().unwrap());
        let answer = script(&request);
        let mut requests = self.requests.lock().unwrap();
        requests.push(request);
        self.changed.notify_all();
        if answer.withheld {
            let stopping = |_: &mut Vec<Request>| !self.stopping.load(Ordering::SeqCst);
            drop(self.changed.wait_while(requests, stopping).unwrap());
            return;
        }
        drop(requests);
        let _ = answer.send(&mut stream);
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
