//! What can be typed after `frieze sandbox`.

use std::path::PathBuf;
use std::time::Duration;

use aem_sandbox::{ClosedFolder, Fault, User};
use clap::{Arg, ArgAction, ValueEnum, value_parser};

use crate::cli::args::TierArg;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Sandbox {
    /// Folders or .zip files of content packages, later ones laid over earlier ones
    #[arg(value_name = "PACKAGE", required = true)]
    pub(super) packages: Vec<PathBuf>,
    /// Port on the loopback interface; 0 takes a free one
    #[arg(short, long, value_name = "PORT", default_value_t = 4503)]
    pub(super) port: u16,
    /// Serve the packages as they are now, whatever is edited later
    #[arg(long)]
    pub(super) no_watch: bool,

    /// AEM service to play
    #[arg(long, value_enum, value_name = "TIER", default_value_t = TierArg::Publish, help_heading = "What AEM answers")]
    pub(super) tier: TierArg,
    /// Answer ad hoc queries on publish and preview, which AEM blocks by default
    #[arg(long, help_heading = "What AEM answers")]
    pub(super) ad_hoc: bool,
    /// Answer list.json on publish and preview, which AEM blocks by default
    #[arg(long, help_heading = "What AEM answers")]
    pub(super) list: bool,
    /// Rules of the Dispatcher before publish and preview
    #[arg(long, value_enum, value_name = "RULES", default_value_t = Rules::Current, help_heading = "What AEM answers")]
    pub(super) dispatcher_rules: Rules,
    /// What becomes of `%2F` in a path before publish and preview
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Slash::NoDecode, help_heading = "What AEM answers")]
    pub(super) encoded_slash: Slash,
    /// Answer 404 below /adobe/contentFragments
    #[arg(long, help_heading = "What AEM answers")]
    pub(super) no_openapi: bool,
    /// Give no `_dynamicUrl` and answer 404 below it, like AEM 6.5 and the local SDK
    #[arg(long, help_heading = "What AEM answers")]
    pub(super) no_image_delivery: bool,
    /// Make AEM's standard renditions where the package has none (in builds with `--features full`)
    #[arg(long, help_heading = "What AEM answers")]
    pub(super) standard_renditions: bool,

    /// Send no `ETag`
    #[arg(long, help_heading = "On the way")]
    pub(super) no_etag: bool,
    /// Send no `Last-Modified`
    #[arg(long, help_heading = "On the way")]
    pub(super) no_last_modified: bool,
    /// Keep answers this long, such as `30s`, as a CDN does; edits show later
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "On the way")]
    pub(super) stale: Option<Duration>,
    /// Take at least this long for each answer, such as `200ms`
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "On the way")]
    pub(super) latency: Option<Duration>,

    /// Bearer token that may read everything; can be given several times
    #[arg(long, value_name = "TOKEN", help_heading = "Who may ask")]
    pub(super) token: Vec<String>,
    /// User for basic authentication, and a group of that name; can be given several times
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = user, help_heading = "Who may ask")]
    pub(super) user: Vec<User>,
    /// Folder that only this group may read on publish and preview; can be given several times
    #[arg(long, value_name = "PATH=GROUP", value_parser = closed_folder, help_heading = "Who may ask")]
    pub(super) closed_folder: Vec<ClosedFolder>,
    /// Service credentials from AEM's Developer Console, to be exchanged for tokens at /ims/exchange/jwt
    #[arg(long, value_name = "FILE", help_heading = "Who may ask")]
    pub(super) ims: Option<PathBuf>,
    /// Client id that is registered; others in `X-Api-Key` get 403; can be given several times
    #[arg(long, value_name = "ID", help_heading = "Who may ask")]
    pub(super) registered_client: Vec<String>,

    /// Misbehave, such as `503:2@/graphql/*`; can be given several times
    #[arg(long, value_name = "FAULT", help_heading = "What goes wrong")]
    pub(super) fault: Vec<Fault>,
    /// File with more faults (.json, .toml, or one to a line), read again when it changes
    #[arg(long, value_name = "FILE", help_heading = "What goes wrong")]
    pub(super) faults_file: Option<PathBuf>,
    /// Seed of faults that strike by chance
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "What goes wrong"
    )]
    pub(super) fault_seed: u64,
}

/// Rules of a Dispatcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Rules {
    /// Those of new projects: persisted queries are open
    Current,
    /// Those of old project archetypes: nothing of GraphQL is open
    ArchetypeOld,
}

/// What a web server does with an encoded slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Slash {
    /// It goes through as it is
    NoDecode,
    /// 404, where the virtual host lacks `AllowEncodedSlashes`
    NotFound,
}

/// Options of every command that mean nothing here: they stay out of the help.
pub(in crate::cli) fn without_a_site() -> [Arg; 4] {
    let option = |name: &'static str, short| {
        let arg = Arg::new(name).long(name).short(short);
        arg.global(true).hide(true)
    };
    [
        option("root", 'r').value_parser(value_parser!(PathBuf)),
        option("config", 'c').value_parser(value_parser!(PathBuf)),
        option("env", 'e'),
        option("verbose", 'v').action(ArgAction::SetTrue),
    ]
}

fn duration(text: &str) -> Result<Duration, String> {
    let read = crate::table::duration(text);
    read.ok_or_else(|| "a duration looks like `200ms`, `30s` or `5m`".to_owned())
}

fn user(text: &str) -> Result<User, String> {
    match text.split_once(':') {
        Some((name, password)) if !name.is_empty() => Ok(User {
            name: name.to_owned(),
            password: password.to_owned(),
            groups: Vec::new(),
        }),
        _ => Err("a user looks like `alice:secret`".to_owned()),
    }
}

fn closed_folder(text: &str) -> Result<ClosedFolder, String> {
    let parts = text.rsplit_once('=');
    let parts = parts.map(|(path, group)| (path.trim_end_matches('/'), group));
    match parts {
        Some((path, group)) if path.starts_with("/content/dam/") && !group.is_empty() => {
            Ok(ClosedFolder {
                path: path.to_owned(),
                groups: vec![group.to_owned()],
            })
        }
        _ => Err("a closed folder looks like `/content/dam/site/en/members=members`".to_owned()),
    }
}
