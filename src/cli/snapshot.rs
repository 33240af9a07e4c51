//! `frieze snapshot`.

use std::path::Path;

use super::args::{Answers, Global, Snapshot as Args};
use super::build::{listen, overrides, root, runtime};
use super::origin::Answering;
use super::place::outside_inputs;
use super::ui::Ui;
use crate::cache::Realm;
use crate::diag::{Diagnostic, Diagnostics, Kind, clean};
use crate::output::Discard;
use crate::pipeline::{self, Record, Run, Settings};
use crate::snapshot::{Change, Recorder, Snapshot, diff};
use crate::source::Cause;

pub(super) fn run(global: &Global, args: &Args, ui: &Ui) -> Result<(), Diagnostics> {
    match args {
        Args::Save { folder, answers } => save(global, folder, answers, ui),
        Args::Diff { old, new } => compare(old, new, ui),
    }
}

/// Builds the site into nowhere, and keeps what it used on the way.
fn save(global: &Global, folder: &Path, answers: &Answers, ui: &Ui) -> Result<(), Diagnostics> {
    let folder = std::path::absolute(folder).map_err(|error| {
        let message = format!("`{}` cannot be used: {error}", folder.display());
        Diagnostic::error(Kind::Config, message)
    })?;
    let mut warnings = Diagnostics::new();
    let inputs = pipeline::prepare(&root(&global.root)?, &overrides(global, answers))?
        .into_value(&mut warnings);
    outside_inputs("cache folder", &inputs.config.cache, &inputs)?;
    outside_inputs("snapshot", &folder, &inputs)?;
    let realm = Realm::of(&inputs.config);
    let runtime = runtime()?;
    let interrupt = listen(&runtime);
    let answering = Answering::start(&inputs.config, answers, &runtime)?;
    ui.report(&answering.warnings);
    let recorder = Recorder::new(answering.source(), &folder)?;
    let sink = Box::new(Discard);
    let run = Run {
        source: &recorder,
        progress: ui,
        interrupt: &interrupt,
        runtime: &runtime,
        settings: &Settings::default(),
        record: &Record::default(),
    };
    let built = run.build(inputs, sink)?;
    ui.report(&warnings);
    ui.report(&built.warnings);
    let index = recorder.finish(&realm.origin, &realm.tier)?;
    ui.result(&format!(
        "{} answers and {} assets of {} ({}) saved to {}",
        index.answers(),
        index.assets(),
        index.origin,
        index.tier,
        folder.display()
    ));
    Ok(())
}

/// Lists what differs.
fn compare(old: &Path, new: &Path, ui: &Ui) -> Result<(), Diagnostics> {
    let (old, new) = (Snapshot::open(old)?, Snapshot::open(new)?);
    let unreadable = |cause: Cause| {
        let why = match cause {
            Cause::Damaged(why) => why,
            other => format!("{other:?}"),
        };
        Diagnostic::error(Kind::Config, format!("the snapshot is damaged: {why}"))
            .help("save it anew with `frieze snapshot save`")
    };
    for difference in diff(&old, &new).map_err(unreadable)? {
        let what = &difference.what;
        // Paths and names are AEM's words.
        ui.result(&clean(&match difference.change {
            Change::Added => format!("added   {what}"),
            Change::Removed => format!("removed {what}"),
            Change::Changed(members) if members.is_empty() => format!("changed {what}"),
            Change::Changed(members) => format!("changed {what}: {}", members.join(", ")),
        }));
    }
    Ok(())
}
