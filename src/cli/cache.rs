//! `frieze cache`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{Cache as Args, Global};
use super::build::root;
use super::ui::Ui;
use crate::cache::Cache;
use crate::config::CACHE_FOLDER;
use crate::diag::{Diagnostic, Diagnostics, Kind};

pub(super) fn run(global: &Global, args: &Args, ui: &Ui) -> Result<(), Diagnostics> {
    match args {
        Args::Info { cache_dir } => info(&folder(global, cache_dir.as_deref())?, ui),
        Args::Gc {
            older_than,
            cache_dir,
        } => sweep(&folder(global, cache_dir.as_deref())?, *older_than, ui),
    }
}

/// The cache of the site, without a look at its configuration: that may well be broken just now.
fn folder(global: &Global, chosen: Option<&Path>) -> Result<PathBuf, Diagnostics> {
    match chosen {
        Some(folder) => Ok(folder.to_path_buf()),
        None => Ok(root(&global.root)?.join(CACHE_FOLDER)),
    }
}

fn info(folder: &Path, ui: &Ui) -> Result<(), Diagnostics> {
    let cache = Cache::at(folder);
    if !cache.exists() {
        ui.result(&format!("there is no cache at {}", folder.display()));
        return Ok(());
    }
    let contents = cache
        .contents()
        .map_err(|error| unreadable(folder, &error))?;
    let line = |name: &str, value: String| ui.result(&format!("{name:<10}{value}"));
    line("folder", folder.display().to_string());
    line("records", contents.records.to_string());
    if contents.damaged > 0 {
        line("damaged", contents.damaged.to_string());
    }
    line(
        "bodies",
        format!("{}, {}", contents.bodies, size(contents.bytes)),
    );
    if contents.items > 0 {
        line("items", size(contents.items));
    }
    if let (Some(oldest), Some(newest)) = (contents.oldest, contents.newest) {
        let (newest, oldest) = (age(newest), age(oldest));
        let range = if newest == oldest {
            newest
        } else {
            format!("{newest} to {oldest}")
        };
        line("confirmed", format!("{range} ago"));
    }
    Ok(())
}

fn sweep(folder: &Path, older_than: Duration, ui: &Ui) -> Result<(), Diagnostics> {
    let swept = Cache::at(folder)
        .sweep(older_than)
        .map_err(|error| unreadable(folder, &error))?;
    ui.result(&format!(
        "{} records and {} other files removed, {}",
        swept.records,
        swept.files,
        size(swept.bytes)
    ));
    Ok(())
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!(
        "the cache `{}` cannot be looked after: {error}",
        folder.display()
    );
    Diagnostic::error(Kind::Config, message)
        .help("give rights to the folder, or delete it: it is safe to")
}

/// Bytes in their largest unit.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

/// A duration in its largest unit.
fn age(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
