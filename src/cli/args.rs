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
    /// List every file written or removed
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
    /// Serve a content package as AEM would
    #[cfg(feature = "sandbox")]
    Sandbox(Sandbox),
}

#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// Folder to write the site to
    #[arg(short, long, value_name = "DIR")]
    pub(super) output_dir: Option<PathBuf>,
    /// Address the site will be served at
    #[arg(short = 'u', long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// AEM service to ask
    #[arg(long, value_enum, value_name = "TIER")]
    pub(super) tier: Option<TierArg>,
    /// Threads that render [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Fail on warnings
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) deny: Option<Deny>,
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

#[cfg(feature = "sandbox")]
#[derive(Debug, clap::Args)]
pub(super) struct Sandbox {
    /// Folders or .zip files of content packages, later ones laid over earlier ones
    #[arg(value_name = "PACKAGE", required = true)]
    pub(super) packages: Vec<PathBuf>,
    /// Port on the loopback interface; 0 takes a free one
    #[arg(short, long, value_name = "PORT", default_value_t = 4503)]
    pub(super) port: u16,
    /// AEM service to play
    #[arg(long, value_enum, value_name = "TIER", default_value_t = TierArg::Publish)]
    pub(super) tier: TierArg,
    /// Answer ad hoc queries on publish and preview, which AEM blocks by default
    #[arg(long)]
    pub(super) ad_hoc: bool,
    /// Bearer token that may read everything; can be given several times
    #[arg(long, value_name = "TOKEN")]
    pub(super) token: Vec<String>,
    /// Misbehave, such as `503:2@/graphql/*`; can be given several times
    #[arg(long, value_name = "FAULT")]
    pub(super) fault: Vec<aem_sandbox::Fault>,
    /// Seed of faults that strike by chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) fault_seed: u64,
}
