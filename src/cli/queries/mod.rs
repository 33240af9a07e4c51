//! `frieze queries`: the definitions, what they ask, and what that brings.

mod list;
mod run;
mod show;

use super::args::{Global, Queries as Args};
use super::site::Site;
use super::ui::Ui;
use crate::diag::{Diagnostic, Diagnostics, Kind, closest};
use crate::query::{QueryId, QuerySet};

pub(super) fn run(global: &Global, args: &Args, ui: &Ui) -> Result<(), Diagnostics> {
    match args {
        Args::List { format } => list::run(&Site::read(global, None)?, *format, ui),
        Args::Show { name, tier } => show::run(&Site::read(global, *tier)?, name, ui),
        Args::Run(args) => run::run(&Site::read(global, args.tier)?, args, ui),
    }
}

/// The definition of that name.
fn find(queries: &QuerySet, name: &str) -> Result<QueryId, Diagnostic> {
    queries.find(name).ok_or_else(|| {
        let names: Vec<&str> = queries.iter().map(|(_, query)| &*query.name).collect();
        let help = match closest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the definitions are {}", names.join(", ")),
        };
        Diagnostic::error(Kind::Config, format!("there is no definition `{name}`")).help(help)
    })
}
