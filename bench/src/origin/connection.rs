//! One connection: as much of HTTP/1.1 as the clients of a benchmark need.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::thread;

use super::Origin;
use super::answers::PAGE;
use crate::args::Paging;
use crate::corpus::Revision;

/// Where the persisted query is.
const QUERY: &str = "/graphql/execute.json/bench/articles";

struct Request {
    method: String,
    path: String,
    if_none_match: Option<String>,
}

/// Answers requests until the client goes.
pub(super) fn serve(stream: TcpStream, origin: &Origin) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    while let Some(request) = read(&mut input)? {
        respond(&mut out, &request, origin)?;
    }
    Ok(())
}

/// The next request; `None` when the client has no more. Bodies are not expected.
fn read(input: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut if_none_match = None;
    loop {
        line.clear();
        input.read_line(&mut line)?;
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("if-none-match")
        {
            if_none_match = Some(value.trim().to_owned());
        }
    }
    Ok(Some(Request {
        method,
        path,
        if_none_match,
    }))
}

fn respond(out: &mut TcpStream, request: &Request, origin: &Origin) -> io::Result<()> {
    let revision = request.path.strip_prefix("/bench/revision/");
    match (request.method.as_str(), revision) {
        ("GET", None) if request.path == "/bench/stats" => {
            let stats = serde_json::to_string(&origin.stats())?;
            send(
                out,
                "200 OK",
                "Content-Type: application/json\r\n",
                stats.as_bytes(),
            )
        }
        ("PUT", Some(name)) if let Some(revision) = Revision::parse(name) => {
            origin.change(revision);
            send(out, "200 OK", "", b"")
        }
        ("GET", None) if let Some(variables) = request.path.strip_prefix(QUERY) => {
            thread::sleep(origin.latency);
            content(out, request, variables, origin)
        }
        _ => send(out, "404 Not Found", "Content-Type: text/html\r\n", b""),
    }
}

fn content(
    out: &mut TcpStream,
    request: &Request,
    variables: &str,
    origin: &Origin,
) -> io::Result<()> {
    let variables = variables
        .replace("%3B", ";")
        .replace("%3b", ";")
        .replace("%3D", "=")
        .replace("%3d", "=");
    let variable = |name: &str| {
        let mut pairs = variables.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(found, _)| *found == name)?;
        value.parse::<usize>().ok()
    };
    let (start, size) = match origin.answers.paging() {
        Paging::Offset => (variable("offset"), variable("limit")),
        Paging::Cursor => (variable("after"), variable("first")),
    };
    let (start, size) = (start.unwrap_or(0), size.unwrap_or(PAGE));
    let answer = origin.answers.get(start, size, origin.revision());
    origin.requests.fetch_add(1, Ordering::Relaxed);
    let etag = format!("ETag: {}\r\n", answer.etag);
    if request.if_none_match.as_deref() == Some(&answer.etag) {
        origin.not_modified.fetch_add(1, Ordering::Relaxed);
        return send(out, "304 Not Modified", &etag, b"");
    }
    let size = answer.gzip.len() as u64;
    origin.bytes.fetch_add(size, Ordering::Relaxed);
    let headers = format!("Content-Type: application/json\r\nContent-Encoding: gzip\r\n{etag}");
    send(out, "200 OK", &headers, &answer.gzip)
}

fn send(out: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    // Small ones in one piece.
    let mut message = head.into_bytes();
    message.extend_from_slice(body);
    out.write_all(&message)
}
