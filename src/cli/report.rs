//! What `frieze build` notes about itself for `--report FILE`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::args::Build;
use super::ci::Ci;
use super::clock;
use super::exit::Exit;
use super::memory;
use super::place::{Site, report_outside};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::fs;
use crate::guard::Mask;
use crate::pipeline::{Memory, Record, Report};
use crate::report::{self, Facts};
use crate::secret::Secret;
use crate::source::{Source, Usage};

/// A report while the build runs: whatever is known when it ends is in it.
pub(super) struct Draft {
    file: Option<PathBuf>,
    began: Instant,
    /// When the build was started.
    pub(super) started: String,
    /// The configuration.
    pub(super) config: Option<Arc<Config>>,
    /// What the stages wrote down.
    pub(super) record: Record,
    /// What earlier builds brought.
    pub(super) memory: Option<memory::Memory>,
    accepted: Vec<String>,
    /// Warnings that were told.
    pub(super) told: Diagnostics,
    /// Warnings that are still to be told.
    pub(super) warnings: Diagnostics,
    /// What the build did.
    pub(super) built: Option<Report>,
    usage: Usage,
    tokens: Vec<Secret>,
}

impl Draft {
    pub(super) fn of(args: &Build) -> Self {
        Self {
            file: args.report.clone(),
            began: Instant::now(),
            started: clock::utc(SystemTime::now()),
            config: None,
            record: Record::default(),
            memory: None,
            accepted: args.accept_shrink.clone(),
            told: Diagnostics::new(),
            warnings: Diagnostics::new(),
            built: None,
            usage: Usage::default(),
            tokens: Vec::new(),
        }
    }

    /// Holds the place for the report against the site, and tries whether it can be written there. It may be
    /// half an hour until it is.
    ///
    /// # Errors
    /// When it cannot; then nothing will be written there.
    pub(super) fn check_place(&mut self, site: &Site<'_>) -> Result<(), Diagnostic> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        report_outside(&file, site)?;
        fs::check_writable(&file).map_err(|error| unwritten(&error, &file))?;
        self.file = Some(file);
        Ok(())
    }

    /// Notes what was asked of a source, which may be gone when the report is written.
    pub(super) fn asked(&mut self, source: &dyn Source) {
        self.usage = source.usage();
        self.tokens = source.tokens();
    }

    /// Writes the report, if one was asked for, and what a CI system wants to have beside it.
    pub(super) fn write(
        &self,
        result: &Result<(), Diagnostics>,
        ci: &Ci,
    ) -> Result<(), Diagnostic> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut all = self.told.clone();
        all.extend(self.warnings.clone());
        let exit = match result {
            Ok(()) => Exit::Good,
            Err(errors) => {
                all.extend(errors.clone());
                Exit::of(errors)
            }
        };
        let history = self.built.as_ref().map(|built| &built.history);
        let facts = Facts {
            started: &self.started,
            elapsed: self.began.elapsed(),
            exit_code: exit as u8,
            config: self.config.as_deref(),
            record: &self.record,
            built: self.built.as_ref(),
            usage: self.usage,
            diagnostics: &all,
            history: history.or(self.memory.as_ref().map(memory::Memory::history)),
            accepted: &self.accepted,
            peak_memory: Memory::now().map(|memory| memory.peak),
        };
        let mask = self
            .config
            .as_ref()
            .map_or_else(Mask::none, |config| Mask::of(config, self.tokens.clone()));
        let report = (file.clone(), report::report(&facts));
        for (file, mut content) in [report].into_iter().chain(ci.beside(file, &all)) {
            mask.json(&mut content);
            let text = format!("{content:#}\n");
            fs::write_whole(&file, text.as_bytes()).map_err(|error| {
                let diagnostic = unwritten(&error, &file);
                match result {
                    Ok(()) => diagnostic.note("the site is complete and in place"),
                    Err(_) => diagnostic,
                }
            })?;
        }
        Ok(())
    }
}

fn unwritten(error: &fs::FsError, file: &Path) -> Diagnostic {
    let message = format!("there is no report: {error}");
    Diagnostic::error(Kind::Config, message)
        .at(Location::file(file.display().to_string()))
        .help("name a file that can be written with `--report FILE`")
}
