//! How long a large package takes: writing it, loading it, and its first, middle and last page over HTTP.
//!
//! `cargo run --release --example scale -- 50000`
#![expect(
    clippy::print_stdout,
    reason = "a program that measures prints what it measured"
)]

use aem_sandbox::{Options, Repository, Sandbox};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<jcr:root xmlns:sling="http://sling.apache.org/jcr/sling/1.0" xmlns:dam="http://www.day.com/dam/1.0" xmlns:cq="http://www.day.com/jcr/cq/1.0" xmlns:jcr="http://www.jcp.org/jcr/1.0" xmlns:nt="http://www.jcp.org/jcr/nt/1.0""#;
const QUERY: &str = "query ($after: String, $sort: String) { postPaginated(first: 100, after: $after, sort: $sort) {
  edges { cursor node { _path title author body { html } rating } } pageInfo { endCursor hasNextPage } } }";
const PAGE: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = env::args().nth(1).map_or(Ok(50_000), |n| n.parse())?;
    let dir = env::temp_dir().join(format!("aem-sandbox-scale-{}", std::process::id()));
    let begun = Instant::now();
    write(&dir, count)?;
    println!("{count} fragments written in {:.1?}", begun.elapsed());
    for run in ["first", "second"] {
        let begun = Instant::now();
        let repository = Repository::load(&dir)?;
        println!("{run} load: {:.2?}, {}", begun.elapsed(), memory());
        drop(repository);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let options = Options {
        watch: false,
        ..Options::default()
    };
    let begun = Instant::now();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let sandbox = runtime.block_on(Sandbox::start(&dir, options, address))?;
    println!("started in {:.2?}, {}", begun.elapsed(), memory());
    for sort in ["", "rating DESC, title"] {
        let mut cursors = vec![String::new()];
        let begun = Instant::now();
        for page in 1..count.div_ceil(PAGE) {
            let body = ask(&sandbox, sort, &cursors[page - 1])?;
            let at = body
                .find("\"endCursor\":\"")
                .ok_or("an answer without a cursor")?
                + 13;
            let end = body[at..].find('"').unwrap_or_default();
            cursors.push(body[at..at + end].to_owned());
        }
        println!(
            "sort `{sort}`: {} pages in {:.2?}",
            cursors.len(),
            begun.elapsed()
        );
        for (name, at) in [
            ("first", 0),
            ("middle", cursors.len() / 2),
            ("last", cursors.len() - 1),
        ] {
            let mut times = Vec::new();
            for _ in 0..31 {
                let begun = Instant::now();
                ask(&sandbox, sort, &cursors[at])?;
                times.push(begun.elapsed());
            }
            times.sort();
            println!(
                "  {name} page: median {:.2?}, worst {:.2?}",
                times[15], times[30]
            );
        }
    }
    println!("at the end {}", memory());
    runtime.block_on(sandbox.stop());
    fs::remove_dir_all(&dir)?;
    Ok(())
}

/// Resident memory, where the system tells.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    format!("resident {}", line.unwrap_or("unknown").trim())
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

/// A package of one model, a thousand fragments to a folder.
fn write(dir: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let put = |path: &str, text: &str| {
        let file = dir.join("jcr_root").join(path);
        fs::create_dir_all(file.parent().unwrap_or(dir))?;
        fs::write(file, text)
    };
    let mut fields = String::new();
    for (name, meta, kind) in [
        ("title", "text-single", "string"),
        ("author", "text-single", "string"),
        ("body", "text-multi", "string/multiline"),
        ("topics", "tags", "string/tags[]"),
        ("rating", "number", "long"),
        ("featured", "boolean", "boolean"),
        ("published", "date", "calendar/datetime"),
        ("next", "fragment-reference", "string/content-fragment"),
    ] {
        let model = "fragmentmodelreference=\"/conf/many/settings/dam/cfm/models/post\"";
        write!(
            fields,
            "<{name} metaType=\"{meta}\" name=\"{name}\" valueType=\"{kind}\" {model}/>"
        )?;
    }
    put(
        "conf/many/settings/dam/cfm/models/post/.content.xml",
        &format!(
            "{HEAD} jcr:primaryType=\"cq:Template\"><jcr:content jcr:title=\"Post\"><model><cq:dialog><content><items>{fields}\
             </items></content></cq:dialog></model></jcr:content></jcr:root>"
        ),
    )?;
    put(
        "content/_cq_graphql/many/endpoint/.content.xml",
        &format!("{HEAD} sling:resourceType=\"graphql/sites/components/endpoint\"/>"),
    )?;
    put(
        "conf/many/settings/graphql/persistentQueries/.content.xml",
        &format!("{HEAD}><posts><jcr:content jcr:data=\"{{Binary}}\"/></posts></jcr:root>"),
    )?;
    put(
        "conf/many/settings/graphql/persistentQueries/posts/_jcr_content/_jcr_data.binary",
        QUERY,
    )?;
    let text = "&lt;p>A paragraph of the length that paragraphs have, with &lt;b>some&lt;/b> markup in it.&lt;/p>&#xa;".repeat(6);
    for number in 0..count {
        let next = (number + 1) % count;
        let fragment = format!(
            r#"{HEAD}
    jcr:primaryType="dam:Asset" jcr:uuid="{:08x}-0000-4000-8000-{number:012x}">
    <jcr:content jcr:primaryType="dam:AssetContent" jcr:title="Post {number}" contentFragment="{{Boolean}}true"
        jcr:lastModified="{{Date}}2024-03-07T18:48:31.772+01:00">
        <data jcr:primaryType="nt:unstructured" cq:model="/conf/many/settings/dam/cfm/models/post">
            <master jcr:primaryType="nt:unstructured" title="Post {number}" author="Author {}" body="{text}"
                body_x0040_ContentType="text/html" topics="[sea:fog,sea:salt]" rating="{{Long}}{}" featured="{{Boolean}}true"
                published="{{Date}}2024-03-07T17:48:31.772Z"
                next="/content/dam/many/en/{:03}/post-{next:06}"/>
        </data>
        <metadata jcr:primaryType="nt:unstructured" cq:tags="[sea:fog]"/>
    </jcr:content>
</jcr:root>
"#,
            number.wrapping_mul(2_654_435_761) & 0xffff_ffff,
            number % 91,
            number % 97,
            next / 1000,
        );
        let path = format!(
            "content/dam/many/en/{:03}/post-{number:06}/.content.xml",
            number / 1000
        );
        put(&path, &fragment)?;
    }
    Ok(())
}
