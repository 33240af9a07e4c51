//! A connection to an origin: the least that speaks HTTP.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use flate2::read::GzDecoder;

/// One connection, kept open.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
    body: Vec<u8>,
}

impl Client {
    /// Connects to `http://host:port`.
    pub(crate) fn connect(origin: &str) -> io::Result<Self> {
        let host = origin.strip_prefix("http://").unwrap_or(origin);
        let host = host.trim_end_matches('/').to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            host,
            body: Vec::new(),
        })
    }

    /// Asks, and puts the body of the answer into `text`, decompressed.
    pub(crate) fn ask(&mut self, method: &str, path: &str, text: &mut Vec<u8>) -> io::Result<()> {
        let host = &self.host;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let head = self.head()?;
        if head.status != 200 {
            let status = head.status;
            return Err(io::Error::other(format!("{status} for {method} {path}")));
        }
        self.body.resize(head.length, 0);
        self.stream.read_exact(&mut self.body)?;
        text.clear();
        if head.is_compressed {
            GzDecoder::new(&*self.body).read_to_end(text)?;
        } else {
            text.extend_from_slice(&self.body);
        }
        Ok(())
    }

    fn head(&mut self) -> io::Result<Head> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut head = Head {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            length: 0,
            is_compressed: false,
        };
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                return Ok(head);
            }
            match header.split_once(": ") {
                Some(("Content-Length", value)) => head.length = value.parse().unwrap_or(0),
                Some(("Content-Encoding", "gzip")) => head.is_compressed = true,
                _ => {}
            }
        }
    }
}

struct Head {
    status: u16,
    length: usize,
    is_compressed: bool,
}
