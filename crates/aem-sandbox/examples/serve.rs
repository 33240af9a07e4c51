//! Serves a content package until it is stopped: `serve DIR [--tier TIER] [--port PORT] [--token TOKEN] [--ad-hoc]`.
//!
//! Prints the origin on the first line of stdout once it answers.
#![expect(clippy::print_stdout, reason = "tells its caller where it listens")]

use aem_sandbox::{AccessToken, Options, Sandbox, Tier};
use std::error::Error;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::default();
    let mut dir = None;
    let mut port = 0;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--tier" => {
                options.tier = match value()?.as_str() {
                    "publish" => Tier::Publish,
                    "preview" => Tier::Preview,
                    "author" => Tier::Author,
                    other => return Err(format!("there is no tier `{other}`").into()),
                }
            }
            "--port" => port = value()?.parse()?,
            "--token" => options.tokens.push(AccessToken {
                token: value()?,
                groups: vec!["administrators".to_owned()],
                life: None,
            }),
            "--ad-hoc" => options.adhoc_on_publish = true,
            _ => dir = Some(PathBuf::from(argument)),
        }
    }
    let dir = dir.ok_or("which folder?")?;
    let sandbox = Sandbox::start(&dir, options, ([127, 0, 0, 1], port).into()).await?;
    println!("{}", sandbox.origin());
    std::future::pending().await
}
