//! The only place that prints.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anstream::ColorChoice;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Color;
use super::ci::Ci;
use crate::diag::{Diagnostics, Style, clean};
use crate::pipeline::Report;
use crate::progress::{Progress, Stage, Total};

/// The terminal, or what stands in for one.
pub(super) struct Ui {
    choice: ColorChoice,
    ci: Ci,
    quiet: bool,
    /// Bars need a terminal; without one, each stage says a line when it is over.
    bars: Option<MultiProgress>,
    stages: Mutex<Vec<Running>>,
    /// How many answers the fetch will probably need.
    expected: AtomicU64,
}

/// A stage that is under way.
struct Running {
    stage: Stage,
    bar: ProgressBar,
    /// Steps that are sure to be made.
    sure: u64,
}

impl Ui {
    pub(super) fn new(color: Color, quiet: bool, ci: Ci) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let bars = (!quiet && std::io::stderr().is_terminal())
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self {
            choice,
            ci,
            quiet,
            bars,
            stages: Mutex::default(),
            expected: AtomicU64::new(0),
        }
    }

    /// Where we run.
    pub(super) fn ci(&self) -> &Ci {
        &self.ci
    }

    /// Diagnostics, with their number at the end when there are several errors.
    pub(super) fn report(&self, found: &Diagnostics) {
        let (errors, warnings) = found.counts();
        if errors == 0 && (self.quiet || warnings == 0) {
            return;
        }
        let mut text = found.render(Style::Coloured);
        if errors > 1 {
            text.push_str(&errors.to_string());
            text.push_str(" errors\n");
        }
        self.to_stderr(&text);
        self.print(&self.ci.annotations(found));
    }

    /// One line about something that is not quite right.
    #[cfg(any(feature = "sandbox", feature = "serve"))]
    pub(super) fn warn(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!("warning: {text}\n"));
        }
    }

    /// One line of a result.
    pub(super) fn result(&self, text: &str) {
        if !self.quiet {
            let mut stdout = anstream::AutoStream::new(std::io::stdout().lock(), self.choice);
            // Whoever closed the pipe does not want to know the rest.
            let _ = writeln!(stdout, "{}", self.ci.text(text));
        }
    }

    /// JSON that was asked for, whoever is quiet.
    pub(super) fn data(&self, json: &str) {
        let json = self.ci.json(json);
        // Whoever closed the pipe does not want to know the rest.
        let _ = std::io::stdout().lock().write_all(json.as_bytes());
    }

    /// One line beside a result.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            self.to_stderr(&format!("{text}\n"));
        }
    }

    /// What a build did.
    pub(super) fn summary(&self, report: &Report, verbose: bool) {
        let commit = &report.commit;
        if verbose {
            for path in &commit.changed.written {
                self.result(&format!("  wrote {path}"));
            }
            for path in &commit.changed.removed {
                self.result(&format!("  removed {path}"));
            }
        }
        let queries = count(report.queries as u64, "query", "queries");
        let requests = count(report.query_requests, "request", "requests");
        let list = [
            format!("{queries} ({requests})"),
            count(report.items as u64, "item", "items"),
            pages(report),
            count(report.assets as u64, "asset", "assets"),
        ];
        self.result(&list.join(", "));
        self.result(&format!(
            "{} written, {} unchanged, {} removed in {:.2} s",
            count(commit.written, "file", "files"),
            commit.unchanged,
            commit.removed,
            report.elapsed.as_secs_f64()
        ));
        if !self.quiet {
            for remark in &report.remarks {
                self.to_stderr(&format!("{remark}\n"));
            }
        }
        if !commit.left_alone.is_empty() && !self.quiet {
            // Others have named them.
            let shown = commit.left_alone.iter().take(5).map(|name| clean(name));
            let shown: Vec<String> = shown.collect();
            let more = match commit.left_alone.len().saturating_sub(5) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let shown = shown.join(", ");
            self.to_stderr(&format!(
                "left alone, since frieze did not make them: {shown}{more}\n"
            ));
        }
    }

    fn to_stderr(&self, text: &str) {
        self.print(&self.ci.text(text));
    }

    /// Prints to stderr what holds no text of others, or has it disarmed.
    fn print(&self, text: &str) {
        let print = || {
            let mut stderr = anstream::AutoStream::new(std::io::stderr().lock(), self.choice);
            let _ = stderr.write_all(text.as_bytes());
        };
        match &self.bars {
            // Clearing as well as suspending: the bar of a stage that failed would stay for ever.
            Some(bars) => bars.suspend(|| {
                let _ = bars.clear();
                print();
            }),
            None => print(),
        }
    }

    fn with_bar(&self, stage: Stage, then: impl FnOnce(&ProgressBar)) {
        self.with_stage(stage, |running| then(&running.bar));
    }

    fn with_stage(&self, stage: Stage, then: impl FnOnce(&mut Running)) {
        let mut stages = self
            .stages
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(running) = stages.iter_mut().find(|own| own.stage == stage) {
            then(running);
        }
    }

    /// How long a stage's bar is: what is sure, or what is expected where that is more.
    fn length(&self, stage: Stage, sure: u64) -> u64 {
        match stage {
            Stage::Fetch => sure.max(self.expected.load(Ordering::Relaxed)),
            _ => sure,
        }
    }
}

/// How many pages there are, and how many were rendered when that is not all.
fn pages(report: &Report) -> String {
    let pages = count(report.pages as u64, "page", "pages");
    if report.rendered == report.pages {
        pages
    } else {
        format!("{pages} ({} rendered)", report.rendered)
    }
}

/// `1 page`, `2 pages`.
fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}

/// `1 answer`, `12 answers or more`, `about 30 answers`.
fn answers(total: Total, expected: Option<u64>) -> String {
    let number = |number| count(number, "answer", "answers");
    match (total, expected) {
        (Total::Exactly(sure), _) => number(sure),
        (Total::AtLeast(sure), Some(expected)) if expected >= sure => {
            format!("about {}", number(expected))
        }
        (Total::AtLeast(sure), _) => format!("{} or more", number(sure)),
    }
}

/// What a stage is called while it runs, and what was done when it is over.
fn words(stage: Stage) -> (&'static str, &'static str, &'static str, &'static str) {
    match stage {
        Stage::Confirm => ("checking", "checked", "answer", "answers"),
        Stage::Fetch => ("fetching", "fetched", "answer", "answers"),
        Stage::Render => ("rendering", "rendered", "page", "pages"),
        Stage::Assets => ("downloading", "downloaded", "asset", "assets"),
    }
}

impl Progress for Ui {
    fn plan(&self, queries: usize, requests: Total, expected: Option<u64>) {
        self.expected
            .store(expected.unwrap_or_default(), Ordering::Relaxed);
        if self.bars.is_none() && !self.quiet {
            let queries = count(queries as u64, "query", "queries");
            let requests = answers(requests, expected);
            self.to_stderr(&format!("fetching {queries}: {requests}\n"));
        }
    }

    fn more(&self, stage: Stage, steps: u64) {
        self.with_stage(stage, |running| {
            running.sure += steps;
            let length = self.length(stage, running.sure);
            running.bar.set_length(length);
        });
    }

    fn start(&self, stage: Stage, total: Option<u64>) {
        let bar = match (&self.bars, total) {
            (None, _) => ProgressBar::hidden(),
            (Some(bars), Some(total)) => bars.add(ProgressBar::new(self.length(stage, total))),
            (Some(bars), None) => bars.add(ProgressBar::new_spinner()),
        };
        let template = match total {
            Some(_) => "{prefix:>12} [{bar:30}] {pos}/{len} {eta}",
            None => "{prefix:>12} {spinner} {pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(words(stage).0);
        let mut stages = self
            .stages
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        stages.push(Running {
            stage,
            bar,
            sure: total.unwrap_or_default(),
        });
    }

    fn advance(&self, stage: Stage, steps: u64) {
        self.with_bar(stage, |bar| bar.inc(steps));
    }

    fn finish(&self, stage: Stage) {
        let mut done = None;
        self.with_bar(stage, |bar| {
            done = Some(bar.position());
            bar.finish_and_clear();
        });
        if let (None, false, Some(done)) = (&self.bars, self.quiet, done) {
            let (_, verb, one, many) = words(stage);
            self.to_stderr(&format!("{verb} {}\n", count(done, one, many)));
        }
    }

    fn leave(&self, stage: Stage) {
        self.with_bar(stage, ProgressBar::finish_and_clear);
    }
}
