//! What can be typed after `frieze serve`.

use std::time::Duration;

use clap::value_parser;

use crate::cli::args::Answers;
use crate::serve::http::{Host, Hosts};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Serve {
    /// Address to listen on; any other than `localhost` lets others in
    #[arg(long, value_name = "ADDRESS", default_value = "localhost")]
    pub(super) host: Host,
    /// Port; 0 takes a free one [default: 4000, or the next that is free]
    #[arg(short, long, value_name = "PORT", value_parser = value_parser!(u16))]
    pub(super) port: Option<u16>,
    /// Open the site in a browser
    #[arg(long)]
    pub(super) open: bool,
    /// Ask AEM this often whether content has changed, such as `10s`
    #[arg(long, value_name = "DURATION", value_parser = poll)]
    pub(super) poll: Option<Duration>,
    #[command(flatten)]
    pub(super) answers: Answers,
    /// Name by which browsers may call the preview, such as that of a tunnel; can be given several times
    #[arg(long, value_name = "NAME", value_parser = Hosts::read)]
    pub(super) allow_host: Vec<String>,
    /// Token that events of AEM have to bring, as `?token=` of the webhook's address
    #[arg(
        long,
        value_name = "TOKEN",
        env = "FRIEZE_WEBHOOK_TOKEN",
        hide_env_values = true
    )]
    pub(super) webhook_token: Option<String>,
}

/// A time between two questions; no host is to be asked without a pause.
fn poll(text: &str) -> Result<Duration, String> {
    match crate::table::duration(text) {
        Some(duration) if duration >= Duration::from_secs(1) => Ok(duration),
        Some(_) => Err("there has to be a second between two questions".to_owned()),
        None => Err("a duration looks like `10s` or `1m`".to_owned()),
    }
}
