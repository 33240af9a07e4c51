//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::aem::Tier;

/// Freezes Adobe Experience Manager content into a static site.
#[derive(Debug, Parser)]
#[command(name = "frieze", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub(super) struct Global {
    /// Folder of the site
    #[arg(short, long, global = true, value_name = "DIR", default_value = ".")]
    pub(super) root: PathBuf,
    /// Configuration file [default: site.toml in the folder of the site]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Environment whose tables are laid over the configuration
    #[arg(short, long, global = true, value_name = "NAME", env = "FRIEZE_ENV")]
    pub(super) env: Option<String>,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more: every file written or removed, every request of `doctor`
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(super) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless the environment forbids it
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch the content and write the site
    Build(Build),
    /// Show the site while it is worked on
    #[cfg(feature = "serve")]
    Serve(Box<super::serve::Args>),
    /// Find out what stands between this site and AEM
    Doctor(Doctor),
    /// List the query definitions, show one, or ask it
    #[command(subcommand, arg_required_else_help = true)]
    Queries(Queries),
    /// Keep what a build fetches, to build from it anywhere
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Look after what builds keep for later ones
    #[command(subcommand)]
    Cache(Cache),
    /// Serve a content package as AEM would
    #[cfg(feature = "sandbox")]
    #[command(args = super::sandbox::without_a_site())]
    Sandbox(Box<super::sandbox::Args>),
}

#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// Folder to write the site to
    #[arg(short, long, value_name = "DIR")]
    pub(super) output_dir: Option<PathBuf>,
    /// Address the site will be served at
    #[arg(short = 'u', long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    #[command(flatten)]
    pub(super) answers: Answers,
    /// Folder of an earlier `frieze snapshot save`, to build from instead of AEM
    #[arg(long, value_name = "DIR", conflicts_with_all = ["offline", "refresh"])]
    pub(super) snapshot: Option<PathBuf>,
    /// Threads that render [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Let less come of this query than before, this once; can be given several times
    #[arg(long, value_name = "QUERY")]
    pub(super) accept_shrink: Vec<String>,
    /// Write a report for programs, as JSON, whatever becomes of the build
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Print how long stages, queries and templates took, and the memory
    #[arg(long)]
    pub(super) metrics: bool,
    /// Compare with the builds in this report rather than with those in the cache folder
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Fail on warnings
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) deny: Option<Deny>,
    /// Build from nothing as well, and fail if that makes any other file
    #[arg(long)]
    pub(super) verify_incremental: bool,
}

/// Where answers come from.
#[derive(Debug, clap::Args)]
pub(super) struct Answers {
    /// AEM service to ask
    #[arg(long, value_enum, value_name = "TIER")]
    pub(super) tier: Option<TierArg>,
    /// Ask nobody: use what earlier builds have kept
    #[arg(long, conflicts_with = "refresh")]
    pub(super) offline: bool,
    /// Ask for everything anew, past the CDN
    #[arg(long)]
    pub(super) refresh: bool,
    /// Folder for what later builds may use again [default: .frieze in the folder of the site]
    #[arg(long, value_name = "DIR")]
    pub(super) cache_dir: Option<PathBuf>,
}

/// How to look.
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// AEM service to ask
    #[arg(long, value_enum, value_name = "TIER")]
    pub(super) tier: Option<TierArg>,
    /// Form of what is found
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum Queries {
    /// List what is asked, how often, and what becomes of it
    List {
        /// Form of the list
        #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Text)]
        format: Format,
    },
    /// Show a definition with the requests that it makes
    Show {
        /// Definition: the name of its file without `.toml`
        #[arg(value_name = "NAME")]
        name: String,
        /// AEM service to ask
        #[arg(long, value_enum, value_name = "TIER")]
        tier: Option<TierArg>,
    },
    /// Ask a query now and print its items as JSON
    Run(RunQuery),
}

/// Which query is asked, and for what.
#[derive(Debug, clap::Args)]
pub(super) struct RunQuery {
    /// Definition: the name of its file without `.toml`
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Value of a variable, as JSON or as plain text; can be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) var: Vec<String>,
    /// Ask in this language only
    #[arg(long, value_name = "CODE")]
    pub(super) lang: Option<String>,
    /// Stop after so many items
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    /// Print AEM's answers as they came, one to a line, instead of the items
    #[arg(long)]
    pub(super) raw: bool,
    /// AEM service to ask
    #[arg(long, value_enum, value_name = "TIER")]
    pub(super) tier: Option<TierArg>,
    /// Ask past the CDN
    #[arg(long)]
    pub(super) refresh: bool,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Snapshot {
    /// Fetch everything a build needs and write it into a folder
    Save {
        /// Folder to write; an earlier snapshot in it is replaced
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[command(flatten)]
        answers: Answers,
    },
    /// List the items that differ between two snapshots
    Diff {
        /// Earlier snapshot
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// Later snapshot
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Cache {
    /// Tell what is in the cache
    Info {
        /// Folder of the cache [default: .frieze in the folder of the site]
        #[arg(long, value_name = "DIR")]
        cache_dir: Option<PathBuf>,
    },
    /// Throw away what no build has used for a while
    Gc {
        /// How long, such as `12h` or `30d`
        #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration)]
        older_than: std::time::Duration,
        /// Folder of the cache [default: .frieze in the folder of the site]
        #[arg(long, value_name = "DIR")]
        cache_dir: Option<PathBuf>,
    },
}

/// A duration as it is written in site.toml.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    let read = crate::table::duration(text);
    read.ok_or_else(|| "a duration looks like `12h` or `30d`".to_owned())
}

/// What a build does not put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Warnings end the build before anything is written
    Warnings,
}

/// An AEM service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TierArg {
    /// What visitors may see
    Publish,
    /// For checking before go-live
    Preview,
    /// Where content is edited
    Author,
}

impl From<TierArg> for Tier {
    fn from(tier: TierArg) -> Self {
        match tier {
            TierArg::Publish => Self::Publish,
            TierArg::Preview => Self::Preview,
            TierArg::Author => Self::Author,
        }
    }
}
