//! A preview that runs, and a client that says whatever a test likes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Child, SiteTest};

/// No answer may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `frieze serve`; ends when dropped.
pub(super) struct Preview {
    pub(super) child: Child,
    /// `localhost:PORT`
    pub(super) host: String,
}

impl Preview {
    /// Serves a site on a free port.
    pub(super) fn of(site: &SiteTest) -> Self {
        Self::with(site, &[])
    }

    /// The same with more arguments.
    pub(super) fn with(site: &SiteTest, arguments: &[&str]) -> Self {
        let arguments = [&["serve", "--port", "0"], arguments].concat();
        let mut child = site.start(&arguments);
        let (line, _) = child.first_line();
        let url = line.trim_end().rsplit(' ').next().unwrap();
        let host = url
            .strip_prefix("http://")
            .and_then(|u| u.strip_suffix('/'));
        let host = host.unwrap_or_else(|| panic!("no address in {line:?}"));
        Self {
            host: host.to_owned(),
            child,
        }
    }

    /// A connection.
    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// What comes back for these bytes until the connection ends.
    pub(super) fn say(&self, bytes: impl AsRef<[u8]>) -> Reply {
        let mut stream = self.connect();
        // Who is refused early may not be heard to the end.
        let _ = stream.write_all(bytes.as_ref());
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        Reply::of(&reply)
    }

    /// Asks for a target with more headers, each with its line break.
    pub(super) fn ask(&self, method: &str, target: &str, headers: &str) -> Reply {
        let host = &self.host;
        self.say(format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
        ))
    }

    /// Gets a path.
    pub(super) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    /// Asks until an answer is right.
    #[track_caller]
    pub(super) fn until(&self, path: &str, is_right: impl Fn(&Reply) -> bool) -> Reply {
        let end = Instant::now() + PATIENCE;
        loop {
            let reply = self.get(path);
            if is_right(&reply) {
                return reply;
            }
            assert!(Instant::now() < end, "{path} stays {reply:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Follows the events of a page, of which a browser has a version.
    pub(super) fn events(&self, page: &str, version: &str) -> Events {
        let mut stream = self.connect();
        let host = &self.host;
        write!(
            stream,
            "GET /_frieze/events?page={page}&version={version} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        )
        .unwrap();
        Events(BufReader::new(stream))
    }
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// 0 where there was none.
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.unwrap_or_default(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().skip(1);
        let mut headers = headers.filter_map(|line| line.split_once(": "));
        let found = headers.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// The version of a page, as our script has it.
    #[track_caller]
    pub(super) fn version(&self) -> &str {
        let (_, rest) = self.body.split_once("data-version=\"").expect("a script");
        rest.split('"').next().unwrap()
    }
}

/// A stream of events.
pub(super) struct Events(BufReader<TcpStream>);

impl Events {
    /// The next event: name and data.
    #[track_caller]
    pub(super) fn next(&mut self) -> (String, String) {
        let mut name = None;
        let end = Instant::now() + PATIENCE;
        loop {
            // Words that mean nothing may come for ever.
            assert!(Instant::now() < end, "no event in time");
            let mut line = String::new();
            let read = self.0.read_line(&mut line).expect("an event in time");
            assert_ne!(read, 0, "the stream ended");
            if let Some(event) = line.strip_prefix("event: ") {
                name = Some(event.trim_end().to_owned());
            }
            if let (Some(name), Some(data)) = (&name, line.strip_prefix("data: ")) {
                return (name.clone(), data.trim_end().to_owned());
            }
        }
    }

    /// The data of the next event of a kind.
    #[track_caller]
    pub(super) fn next_of(&mut self, kind: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "no `{kind}` in time");
            let (name, data) = self.next();
            if name == kind {
                return data;
            }
        }
    }
}
