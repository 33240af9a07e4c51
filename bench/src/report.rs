//! What was measured: medians, how far apart the rounds were, and ratios within each round.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;

use serde::Serialize;

use crate::args::{RunOptions, Verify};
use crate::compare::Contents;
use crate::origin::Stats;
use crate::run::{Pages, Sample, Scenario, YARDSTICK};

/// A number over all rounds.
#[derive(Clone, Copy, Debug, Serialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        };
        Some(Self { median, min, max })
    }

    /// How far the rounds lie apart, in per cent of the median.
    fn noise(self) -> f64 {
        100.0 * (self.max - self.min) / self.median
    }
}

/// How much the machine had to do, as the system tells: runnable tasks, over one, five and fifteen minutes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Load(Option<[f64; 3]>);

impl Load {
    pub(crate) fn now() -> Self {
        let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
        let mut next = || numbers.next();
        Self((|| Some([next()?, next()?, next()?]))())
    }
}

/// One program in one scenario.
#[derive(Debug, Serialize)]
struct Line<'a> {
    program: &'a str,
    scenario: Scenario,
    wall: Spread,
    cpu: Spread,
    system: Spread,
    peak: Spread,
    /// Times of the yardstick of the same round.
    to_yardstick: Option<Ratio>,
    /// Times of the same program's cold build of the same site and round.
    to_cold: Option<Ratio>,
    /// Times of the first program in the same scenario and round.
    to_first: Option<Ratio>,
    pages: Option<Pages>,
    asked: Option<Stats>,
    output: Option<Contents>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Ratio {
    wall: Spread,
    cpu: Spread,
}

#[derive(Serialize)]
struct Report<'a> {
    /// A site of one's own; what is said about content is then about another one.
    site: Option<&'a Path>,
    items: usize,
    words: usize,
    seed: u64,
    paging: &'a str,
    latency_ms: u128,
    rounds: usize,
    /// Whether every output was compared with the yardstick's.
    verified: bool,
    processors: usize,
    work: &'a str,
    load: &'a [Load; 2],
    summary: Vec<Line<'a>>,
    samples: &'a [Sample],
}

/// JSON to standard output, a table to standard error.
pub(crate) fn write(
    options: &RunOptions,
    samples: &[Sample],
    work: &str,
    load: &[Load; 2],
) -> io::Result<()> {
    let content = &options.content;
    let report = Report {
        site: options.site.as_deref(),
        items: content.corpus.items,
        words: content.corpus.words,
        seed: content.corpus.seed,
        paging: content.paging.name(),
        latency_ms: content.latency.as_millis(),
        rounds: options.rounds.get(),
        verified: options.verify == Verify::Yes && options.site.is_none(),
        processors: thread::available_parallelism().map_or(1, Into::into),
        work,
        load,
        summary: lines(options, samples),
        samples,
    };
    table(&report)?;
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &report)?;
    writeln!(out)
}

fn lines<'a>(options: &'a RunOptions, samples: &'a [Sample]) -> Vec<Line<'a>> {
    let programs = options.programs.iter().map(|program| program.name.as_str());
    let first = &options.programs[0].name;
    let all = [YARDSTICK].into_iter().chain(programs);
    let pairs = all.flat_map(|program| Scenario::ALL.map(|scenario| (program, scenario)));
    pairs
        .filter_map(|(program, scenario)| line(samples, first, program, scenario))
        .collect()
}

fn line<'a>(
    samples: &'a [Sample],
    first: &str,
    program: &'a str,
    scenario: Scenario,
) -> Option<Line<'a>> {
    let own = of(samples, program, scenario);
    let spread = |number: fn(&Sample) -> f64| Spread::of(own.iter().map(|s| number(s)));
    let against = |name: &str, other: Scenario| {
        let is_itself = (name, other) == (program, scenario);
        let others = of(samples, name, other);
        let ratio = |number: fn(&Sample) -> f64| {
            let pairs = own.iter().zip(&others);
            Spread::of(pairs.map(|(own, other)| number(own) / number(other)))
        };
        let (wall, cpu) = (ratio(|s| s.used.wall)?, ratio(|s| s.used.cpu)?);
        (!is_itself).then_some(Ratio { wall, cpu })
    };
    Some(Line {
        program,
        scenario,
        wall: spread(|s| s.used.wall)?,
        cpu: spread(|s| s.used.cpu)?,
        system: spread(|s| s.used.system)?,
        #[expect(clippy::cast_precision_loss, reason = "nobody has that much memory")]
        peak: spread(|s| s.used.peak as f64)?,
        // The yardstick makes the whole site only.
        to_yardstick: (scenario.cold() == Scenario::Cold)
            .then(|| against(YARDSTICK, Scenario::Cold))
            .flatten(),
        to_cold: against(program, scenario.cold()),
        to_first: (program != YARDSTICK)
            .then(|| against(first, scenario))
            .flatten(),
        pages: own[0].pages,
        asked: own[0].asked,
        output: own[0].output,
    })
}

/// One sample of each round.
fn of<'a>(samples: &'a [Sample], program: &str, scenario: Scenario) -> Vec<&'a Sample> {
    let wanted = |s: &&Sample| s.program == program && s.scenario == scenario;
    samples.iter().filter(wanted).collect()
}

fn table(report: &Report<'_>) -> io::Result<()> {
    let mut out = io::stderr().lock();
    let Report {
        items,
        words,
        paging,
        latency_ms,
        rounds,
        ..
    } = report;
    let what = match report.site {
        Some(site) => format!("{}; ", site.display()),
        None => format!("{items} articles of {words} words, by {paging}, {latency_ms} ms; "),
    };
    writeln!(
        out,
        "\n{what}medians of {rounds}, ± how far rounds lie apart\n"
    )?;
    writeln!(
        out,
        "{:<12} {:<16} {:>14} {:>14} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "",
        "",
        "wall s",
        "CPU s",
        "peak MB",
        "rendered",
        "files",
        "written",
        "requests",
        "304",
        "yardstick",
        "cold"
    )?;
    for line in &report.summary {
        let timed = |it: Spread| {
            // What starting costs are milliseconds.
            let digits = if it.median < 0.1 { 3 } else { 2 };
            format!("{:.digits$} ±{:.0} %", it.median, it.noise())
        };
        let times =
            |it: Option<Ratio>| it.map_or_else(String::new, |it| format!("{:.2} ×", it.cpu.median));
        let output = |number: fn(Contents) -> usize| {
            line.output
                .map_or_else(String::new, |it| number(it).to_string())
        };
        let asked = |number: fn(Stats) -> u64| {
            line.asked
                .map_or_else(String::new, |it| number(it).to_string())
        };
        let rendered = line.pages.map(|pages| pages.rendered.to_string());
        writeln!(
            out,
            "{:<12} {:<16} {:>14} {:>14} {:>8.0} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
            line.program,
            line.scenario.name(),
            timed(line.wall),
            timed(line.cpu),
            line.peak.median / 1e6,
            rendered.unwrap_or_default(),
            output(|it| it.files),
            output(|it| it.written),
            asked(|it| it.requests),
            asked(|it| it.not_modified),
            times(line.to_yardstick),
            times(line.to_cold),
        )?;
    }
    writeln!(
        out,
        "\nThe last two: CPU time as a multiple of the yardstick's, and of the program's own cold build, in the same round."
    )
}
