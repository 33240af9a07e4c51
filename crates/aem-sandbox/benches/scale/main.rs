//! A large package: how long loading it takes, how much memory it needs, and how long its pages take over HTTP.
//!
//! `cargo bench -p aem-sandbox` measures 50,000 fragments, `cargo bench -p aem-sandbox -- 100000` another number. They
//! are written to `TMPDIR` first, and so are loaded from memory. On some disks removing them at the end takes longer
//! than all the rest; `TMPDIR=/dev/shm` takes the disk out.
#![expect(
    clippy::print_stdout,
    reason = "a program that measures prints what it measured"
)]

mod package;

use aem_sandbox::{Options, Repository, Sandbox};
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

/// Fragments, if nothing else is said; and where this is only tried out, as `cargo test --benches` does.
const MEASURED: usize = 50_000;
const TRIED: usize = 500;
/// Edges of a page.
const PAGE: usize = 100;
/// How often the same is measured.
const LOADS: usize = 3;
const REQUESTS: usize = 31;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo tells a benchmark that it is to be measured.
    let is_measured = env::args().any(|argument| argument == "--bench");
    let asked = env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok());
    let count = asked.unwrap_or(if is_measured { MEASURED } else { TRIED });
    let dir = tempfile::tempdir()?;
    timed(&format!("{count} fragments written"), || {
        package::write(dir.path(), count)
    })?;
    load(dir.path())?;
    serve(dir.path(), count)?;
    timed("files removed", || Ok(dir.close()?))
}

fn load(dir: &Path) -> Result<(), Box<dyn Error>> {
    for _ in 0..LOADS {
        let repository = timed("load", || Ok(Repository::load(dir)?))?;
        println!("{:>34}", memory());
        drop(repository);
    }
    Ok(())
}

fn serve(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let options = Options {
        watch: false,
        ..Options::default()
    };
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let sandbox = timed("sandbox started", || {
        Ok(runtime.block_on(Sandbox::start(dir, options, local))?)
    })?;
    for sort in ["", "rating DESC, title"] {
        pages(&sandbox, sort, count)?;
    }
    println!("{:>34}", memory());
    timed("sandbox stopped", || {
        runtime.block_on(sandbox.stop());
        Ok(())
    })
}

/// All pages in their order, then three of them again and again.
fn pages(sandbox: &Sandbox, sort: &str, count: usize) -> Result<(), Box<dyn Error>> {
    let order = if sort.is_empty() { "unsorted" } else { sort };
    let mut cursors = vec![String::new()];
    timed(&format!("all pages, {order}"), || {
        for page in 1..count.div_ceil(PAGE) {
            cursors.push(end_cursor(&ask(sandbox, sort, &cursors[page - 1])?)?);
        }
        Ok(())
    })?;
    let last = cursors.len() - 1;
    for (name, at) in [("first", 0), ("middle", last / 2), ("last", last)] {
        let mut times = Vec::new();
        for _ in 0..REQUESTS {
            let begun = Instant::now();
            ask(sandbox, sort, &cursors[at])?;
            times.push(begun.elapsed());
        }
        times.sort();
        let (median, worst) = (times[REQUESTS / 2], times[REQUESTS - 1]);
        println!(
            "{:>24} {median:>9.2?}  worst {worst:.2?}",
            format!("{name} page")
        );
    }
    Ok(())
}

/// Does something and prints how long it took.
fn timed<T>(
    what: &str,
    act: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let begun = Instant::now();
    let result = act()?;
    println!("{what:>24} {:>9.2?}", begun.elapsed());
    Ok(result)
}

/// Resident memory now and at most, where the system tells.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes / 1024)
    };
    match (of("VmRSS:"), of("VmHWM:")) {
        (Some(now), Some(most)) => format!("resident {now} MiB, at most {most} MiB"),
        _ => String::new(),
    }
}

fn end_cursor(body: &str) -> Result<String, Box<dyn Error>> {
    let (_, rest) = body
        .split_once("\"endCursor\":\"")
        .ok_or_else(|| format!("an answer without a cursor: {body}"))?;
    let (cursor, _) = rest.split_once('"').ok_or("an answer that ends early")?;
    Ok(cursor.to_owned())
}

fn ask(sandbox: &Sandbox, sort: &str, after: &str) -> Result<String, Box<dyn Error>> {
    let after = after.replace('+', "%2B").replace('=', "%3D");
    let sort = sort.replace(' ', "%20");
    let mut stream = TcpStream::connect(sandbox.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(
        stream,
        "GET /graphql/execute.json/many/posts;sort={sort};after={after}; HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut body = String::new();
    stream.read_to_string(&mut body)?;
    Ok(body)
}
