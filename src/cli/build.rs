//! `frieze build`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Runtime;

use super::args::{Answers, Build, Deny, Global};
use super::memory::{self, Memory};
use super::origin::Answering;
use super::place::{self, Site, outside_inputs};
use super::report::Draft;
use super::ui::Ui;
use crate::config::{self, CACHE_FOLDER, Overrides};
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned, closest};
use crate::interrupt::Interrupt;
use crate::output::{DirSink, Files, Sink, Verified};
use crate::pipeline::{self, Aim, Inputs, Record, Reuse, Run, Settings, Warnings};
use crate::query::QuerySet;
use crate::report::Metrics;

/// Builds the site into its output folder, and reports on it.
pub(super) fn run(global: &Global, args: &Build, ui: &Ui) -> Result<(), Diagnostics> {
    let mut draft = Draft::of(args);
    let result = build(global, args, ui, &mut draft).map_err(|errors| {
        // A warning may be what explains the error.
        let mut all = std::mem::take(&mut draft.warnings);
        all.extend(errors);
        all
    });
    if let Some(metrics) = Metrics::of(&draft.record) {
        ui.note(metrics.to_string().trim_end());
    }
    match (draft.write(&result, ui.ci()), result) {
        (Ok(()), result) => result,
        (Err(unwritten), Ok(())) => Err(unwritten.into()),
        (Err(unwritten), Err(mut errors)) => {
            errors.push(unwritten);
            Err(errors)
        }
    }
}

fn build(global: &Global, args: &Build, ui: &Ui, draft: &mut Draft) -> Result<(), Diagnostics> {
    let root = root(&global.root)?;
    let overrides = Overrides {
        base_url: args.base_url.clone(),
        output: args.output_dir.clone(),
        ..overrides(global, &args.answers)
    };
    set_jobs(args.jobs)?;
    let baseline = memory::baseline(args.baseline.as_deref())?;
    let cache = overrides.cache.clone();
    let cache = cache.unwrap_or_else(|| root.join(CACHE_FOLDER));
    let memory = Memory::of(baseline, cache, &root, &mut draft.warnings);
    let history = memory.history().clone();
    draft.memory = Some(memory);
    let started = Instant::now();
    let prepared = pipeline::prepare(&root, &overrides);
    let preparing = started.elapsed();
    let mut misplaced = misplaced(draft, &root, &overrides, prepared.as_ref().ok());
    let inputs = match prepared {
        Ok(inputs) => inputs.into_value(&mut draft.warnings),
        Err(mut errors) => {
            errors.extend(misplaced);
            return Err(errors);
        }
    };
    draft.config = Some(Arc::clone(&inputs.config));
    misplaced.extend(unknown(&args.accept_shrink, &inputs.queries));
    misplaced.finish(())?;
    let policy = match args.deny {
        Some(Deny::Warnings) => Warnings::Deny,
        None => Warnings::Allow,
    };
    if policy == Warnings::Deny && !draft.warnings.is_empty() {
        return Err(std::mem::take(&mut draft.warnings).denied());
    }
    outside_inputs("cache folder", &inputs.config.cache, &inputs)?;
    let sink = DirSink::open(&inputs.config.output, &root, &inputs.paths())?;
    let sink = sink.remembering(&inputs.config.cache);
    let runtime = runtime()?;
    let interrupt = listen(&runtime);
    let answering = match &args.snapshot {
        Some(folder) => Answering::of_snapshot(folder, &inputs.config)?,
        None => Answering::start(&inputs.config, &args.answers, &runtime)?,
    };
    if policy == Warnings::Deny && !answering.warnings.is_empty() {
        return Err(answering.warnings.denied());
    }
    // Now, and not at the end: a build may fail for what they say.
    ui.report(&answering.warnings);
    draft.told.extend(answering.warnings.clone());
    // What comes from a snapshot is as old as that: it is held against itself only.
    let origin = match &args.snapshot {
        Some(folder) => format!("snapshot:{}", folder.display()),
        None => inputs.config.aem.origin.name(&inputs.config.root),
    };
    let record = Record::of(origin);
    draft.record = match args.metrics {
        true => record.measuring(),
        false => record,
    };
    draft.record.took("prepare", preparing);
    let settings = Settings {
        warnings: policy,
        accept_shrink: args.accept_shrink.clone(),
        reuse: Reuse::default(),
        aim: Aim::Output,
        history,
        now: draft.started.clone(),
    };
    let run = Run {
        source: answering.source(),
        progress: ui,
        interrupt: &interrupt,
        runtime: &runtime,
        settings: &settings,
        record: &draft.record,
    };
    let mut sink: Box<dyn Sink> = Box::new(sink);
    if args.verify_incremental {
        let expected = from_nothing(&run, pipeline::prepare(&root, &overrides)?.value)?;
        sink = Box::new(Verified::new(sink, expected));
    }
    let built = run.build(inputs, sink);
    draft.asked(answering.source());
    let built = built?.into_value(&mut draft.warnings);
    if let Some(memory) = &draft.memory {
        memory.keep(&built.history, &mut draft.warnings);
    }
    ui.report(&draft.warnings);
    ui.summary(draft.built.insert(built), global.verbose);
    Ok(())
}

/// The files of the same build without any help of earlier ones. The host is asked once: answers are had again as they
/// are kept.
fn from_nothing(run: &Run<'_>, inputs: Inputs) -> Result<Files, Diagnostics> {
    let files = Files::default();
    let settings = Settings {
        reuse: Reuse::Nothing,
        ..run.settings.clone()
    };
    let clean = Run {
        settings: &settings,
        record: &Record::of(run.record.account.origin().to_owned()),
        ..*run
    };
    clean.build(inputs, Box::new(files.clone()))?;
    Ok(files)
}

/// What the options of every command that asks AEM change in the configuration.
pub(super) fn overrides(global: &Global, answers: &Answers) -> Overrides {
    let absolute =
        |folder: &PathBuf| std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    Overrides {
        file: global.config.clone(),
        environment: global.env.clone().filter(|name| !name.is_empty()),
        tier: answers.tier.map(Into::into),
        cache: answers.cache_dir.as_ref().map(absolute),
        ..Overrides::default()
    }
}

/// What is wrong with the place for the report. Of a site with mistakes it is known where things are by
/// default.
fn misplaced(
    draft: &mut Draft,
    root: &Path,
    overrides: &Overrides,
    prepared: Option<&Warned<Inputs>>,
) -> Diagnostics {
    let (file, output) = (root.join(config::FILE), root.join(config::OUTPUT_FOLDER));
    let inputs = prepared.map(|prepared| &prepared.value);
    let output = overrides.output.as_ref().unwrap_or(&output);
    let site = Site {
        root,
        file: overrides.file.as_ref().unwrap_or(&file),
        inputs: inputs.map_or_else(|| pipeline::folders(root), place::read),
        output: inputs.map_or(output, |inputs| &inputs.config.output),
    };
    draft.check_place(&site).err().into_iter().collect()
}

/// Names in `--accept-shrink` that are not those of definitions.
fn unknown(names: &[String], queries: &QuerySet) -> Diagnostics {
    let unknown = |name: &String| {
        let near = closest(name, queries.iter().map(|(_, query)| &*query.name));
        Diagnostic::error(
            Kind::Config,
            format!("`--accept-shrink {name}` names no query definition"),
        )
        .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
    };
    names
        .iter()
        .filter(|name| queries.find(name).is_none())
        .map(unknown)
        .collect()
}

/// The site's folder, made absolute so that messages can be relative to it.
pub(super) fn root(root: &Path) -> Result<PathBuf, Diagnostics> {
    std::path::absolute(root).map_err(|error| {
        Diagnostic::error(
            Kind::Config,
            format!("`--root {}` cannot be used: {error}", root.display()),
        )
        .into()
    })
}

/// How many threads render; a second call in one process keeps the first number.
fn set_jobs(jobs: Option<u16>) -> Result<(), Diagnostics> {
    let Some(jobs) = jobs else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.into())
        .build_global()
        .map_err(|error| {
            Diagnostic::error(
                Kind::Config,
                format!("`--jobs {jobs}` cannot be used: {error}"),
            )
            .into()
        })
}

pub(super) fn runtime() -> Result<Runtime, Diagnostics> {
    Runtime::new().map_err(|error| {
        Diagnostic::error(
            Kind::Config,
            format!("the threads for the network cannot be started: {error}"),
        )
        .into()
    })
}

/// Raised by Ctrl-C. A second one ends the process at once: what a template or a slow disk keeps busy
/// cannot hear the first. Even a commit may be cut short, its journal is finished by the next start.
pub(super) fn listen(runtime: &Runtime) -> Interrupt {
    let interrupt = Interrupt::new();
    let raised = interrupt.clone();
    // Signals are heard from the first poll on, and from here on none may be missed.
    let mut signal = Box::pin(tokio::signal::ctrl_c());
    let mut early = runtime.block_on(futures::future::poll_immediate(&mut signal));
    runtime.spawn(async move {
        loop {
            let heard = match early.take() {
                Some(heard) => heard,
                None => signal.await,
            };
            if heard.is_err() {
                return;
            }
            if raised.is_raised() {
                end_at_once();
            }
            raised.raise();
            signal = Box::pin(tokio::signal::ctrl_c());
        }
    });
    interrupt
}

#[expect(
    clippy::exit,
    reason = "somebody asked twice, and no thread can be made to stop"
)]
fn end_at_once() {
    std::process::exit(super::exit::Exit::Interrupted as i32);
}
