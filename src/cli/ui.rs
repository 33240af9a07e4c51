//! The only place that prints.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use anstream::ColorChoice;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Color;
use crate::diag::{Diagnostics, Style};
use crate::pipeline::Report;
use crate::progress::{Progress, Stage, Total};

/// The terminal, or what stands in for one.
pub(super) struct Ui {
    choice: ColorChoice,
    quiet: bool,
    /// Bars need a terminal; without one, each stage says a line when it is over.
    bars: Option<MultiProgress>,
    stages: Mutex<Vec<(Stage, ProgressBar)>>,
}

impl Ui {
    pub(super) fn new(color: Color, quiet: bool) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let bars = (!quiet && std::io::stderr().is_terminal())
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self {
            choice,
            quiet,
            bars,
            stages: Mutex::default(),
        }
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
    }

    /// One line about something that is not quite right.
    #[cfg(feature = "sandbox")]
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
            let _ = writeln!(stdout, "{text}");
        }
    }

    /// Something that was asked for, as it is, whoever is quiet.
    pub(super) fn data(&self, text: &str) {
        // Whoever closed the pipe does not want to know the rest.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
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
            let shown: Vec<&str> = commit
                .left_alone
                .iter()
                .take(5)
                .map(String::as_str)
                .collect();
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
        let stages = self
            .stages
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, bar)) = stages.iter().find(|(own, _)| *own == stage) {
            then(bar);
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

/// `1 answer`, `12 answers or more`.
fn expected(total: Total) -> String {
    match total {
        Total::Exactly(number) => count(number, "answer", "answers"),
        Total::AtLeast(number) => format!("{} or more", count(number, "answer", "answers")),
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
    fn plan(&self, queries: usize, requests: Total) {
        if self.bars.is_none() && !self.quiet {
            let queries = count(queries as u64, "query", "queries");
            let requests = expected(requests);
            self.to_stderr(&format!("fetching {queries}: {requests}\n"));
        }
    }

    fn more(&self, stage: Stage, steps: u64) {
        self.with_bar(stage, |bar| bar.inc_length(steps));
    }

    fn start(&self, stage: Stage, total: Option<u64>) {
        let bar = match (&self.bars, total) {
            (None, _) => ProgressBar::hidden(),
            (Some(bars), Some(total)) => bars.add(ProgressBar::new(total)),
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
        stages.push((stage, bar));
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
