//! Builds in turn, in every scenario.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde::Serialize;

use crate::args::{Program, RunOptions, Verify};
use crate::compare::{self, Contents};
use crate::corpus::Revision;
use crate::measure::{self, Used};
use crate::origin::Stats;
use crate::report::{self, Load};
use crate::served::Served;
use crate::work::Work;

/// The name of the yardstick among programs.
pub(crate) const YARDSTICK: &str = "yardstick";

/// What a build finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scenario {
    /// Nothing: no cache, no output.
    Cold,
    /// What a build left, and the same content.
    Unchanged,
    /// One body in a hundred is another.
    Bodies,
    /// One title and body in a hundred are others.
    Titles,
    /// Nothing, for a site of one page: what starting costs.
    OnePage,
    /// What a build of one page left, and the same content.
    OnePageAgain,
}

impl Scenario {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Cold,
        Self::Unchanged,
        Self::Bodies,
        Self::Titles,
        Self::OnePage,
        Self::OnePageAgain,
    ];

    /// Those of the whole site, in the order in which they follow from each other.
    const WHOLE: [Self; 4] = [Self::Cold, Self::Unchanged, Self::Bodies, Self::Titles];

    /// Those of a site of one page.
    const ONE: [Self; 2] = [Self::OnePage, Self::OnePageAgain];

    /// The cold build of the same site.
    pub(crate) fn cold(self) -> Self {
        match self {
            Self::OnePage | Self::OnePageAgain => Self::OnePage,
            Self::Cold | Self::Unchanged | Self::Bodies | Self::Titles => Self::Cold,
        }
    }

    fn revision(self) -> Revision {
        match self {
            Self::Cold | Self::Unchanged | Self::OnePage | Self::OnePageAgain => Revision::First,
            Self::Bodies => Revision::Bodies,
            Self::Titles => Revision::Titles,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Unchanged => "nothing changed",
            Self::Bodies => "1 % of bodies",
            Self::Titles => "1 % of titles",
            Self::OnePage => "one page",
            Self::OnePageAgain => "one page again",
        }
    }
}

/// One build.
#[derive(Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) program: String,
    pub(crate) scenario: Scenario,
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) used: Used,
    /// How many pages there are and how many were rendered, if the program tells.
    pub(crate) pages: Option<Pages>,
    /// What was asked, if the origin tells.
    pub(crate) asked: Option<Stats>,
    /// What lay in the output then, in the first round.
    pub(crate) output: Option<Contents>,
}

/// The pages of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Pages {
    pub(crate) total: usize,
    pub(crate) rendered: usize,
}

impl Pages {
    /// As Frieze's summary tells: `1 query (2 requests), 64 items, 93 pages (0 rendered), 5 assets`.
    fn read(summary: &str) -> Option<Self> {
        let mut parts = summary.lines().flat_map(|line| line.split(", "));
        let number = |text: &str| text.split(' ').next()?.parse().ok();
        let (total, rest) = parts.find_map(|part| part.split_once(" page"))?;
        let total = number(total)?;
        let rendered = rest.split_once('(').map(|(_, rest)| number(rest));
        Some(Self {
            total,
            rendered: rendered.unwrap_or(Some(total))?,
        })
    }
}

/// Where and against what is measured.
struct Bench<'a> {
    options: &'a RunOptions,
    work: Work,
    site: PathBuf,
    /// One of one page, for the same origin.
    one: Option<PathBuf>,
    /// Absent for a site that names its own.
    served: Option<Served>,
    samples: Vec<Sample>,
}

/// Measures everything and reports it.
pub(crate) fn run(options: &RunOptions) -> io::Result<()> {
    let before = Load::now();
    let work = Work::new(options.work.as_deref(), &options.content)?;
    let (site, one, served) = match &options.site {
        Some(site) => (site.clone(), None, None),
        None => {
            let served = match &options.origin {
                Some(origin) => Served::at(origin),
                None => Served::start(&options.content)?,
            };
            let paging = options.content.paging;
            let (site, one) = (work.write_site(paging)?, work.write_one(paging)?);
            (site, Some(one), Some(served))
        }
    };
    let mut bench = Bench {
        options,
        work,
        site,
        one,
        served,
        samples: Vec::new(),
    };
    for round in 0..options.rounds.get() {
        bench.round(round)?;
    }
    let work = bench.work.dir().display().to_string();
    report::write(options, &bench.samples, &work, &[before, Load::now()])
}

impl Bench<'_> {
    /// Everything once. Programs follow each other closely, so that a machine that is slow for a while is slow for all.
    fn round(&mut self, round: usize) -> io::Result<()> {
        if self.served.is_some() {
            self.change(Revision::First)?;
            let output = self.work.empty(YARDSTICK)?;
            self.yardstick(&output, round)?;
            self.work.empty(YARDSTICK)?;
        }
        for program in &self.options.programs {
            self.program(program, round)?;
        }
        Ok(())
    }

    fn yardstick(&mut self, output: &Path, round: usize) -> io::Result<()> {
        let mut command = self.yardstick_into(output)?;
        self.sample(YARDSTICK, Scenario::Cold, round, &mut command, output)
    }

    fn yardstick_into(&self, output: &Path) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(YARDSTICK).arg("--output").arg(output);
        command.args(["--paging", self.options.content.paging.name()]);
        command.args(["--origin", self.origin()]);
        Ok(command)
    }

    /// One program through all scenarios.
    fn program(&mut self, program: &Program, round: usize) -> io::Result<()> {
        let dir = self.work.empty("frieze")?;
        for scenario in Scenario::WHOLE {
            let revision = scenario.revision();
            if self.served.is_none() && revision != Revision::First {
                continue;
            }
            self.change(revision)?;
            let site = self.site.clone();
            self.build(program, scenario, round, (&site, &dir))?;
            if self.options.verify == Verify::Yes && self.served.is_some() {
                self.verify(&dir.join("public"))?;
            }
        }
        if let Some(one) = self.one.clone() {
            self.work.empty("frieze")?;
            self.change(Revision::First)?;
            for scenario in Scenario::ONE {
                self.build(program, scenario, round, (&one, &dir))?;
            }
        }
        self.work.empty("frieze")?;
        Ok(())
    }

    /// One build of a site into a folder with output and cache.
    fn build(
        &mut self,
        program: &Program,
        scenario: Scenario,
        round: usize,
        (site, dir): (&Path, &Path),
    ) -> io::Result<()> {
        let output = dir.join("public");
        let mut command = Command::new(&program.path);
        command.arg("--root").arg(site);
        command.arg("build").arg("--output-dir").arg(&output);
        command.arg("--cache-dir").arg(dir.join("cache"));
        command.env("BENCH_ORIGIN", self.origin());
        self.sample(&program.name, scenario, round, &mut command, &output)
    }

    fn sample(
        &mut self,
        program: &str,
        scenario: Scenario,
        round: usize,
        command: &mut Command,
        output: &Path,
    ) -> io::Result<()> {
        let name = scenario.name();
        let _ = writeln!(io::stderr(), "round {}: {program}, {name}", round + 1);
        let served = self.served.as_ref();
        let asked = served.map(Served::stats).transpose()?;
        let started = SystemTime::now();
        let (used, summary) = measure::run(command)?;
        let asked = match (served, asked) {
            (Some(served), Some(before)) => Some(served.stats()?.since(before)),
            _ => None,
        };
        let output = match round {
            0 => Some(compare::contents(output, started)?),
            _ => None,
        };
        self.samples.push(Sample {
            program: program.to_owned(),
            scenario,
            round,
            used,
            pages: Pages::read(&summary),
            asked,
            output,
        });
        Ok(())
    }

    /// Holds what was built against what the yardstick makes of the same content.
    fn verify(&self, output: &Path) -> io::Result<()> {
        let other = self.work.empty(YARDSTICK)?;
        measure::run(&mut self.yardstick_into(&other)?)?;
        compare::same(output, &other)?;
        self.work.empty(YARDSTICK)?;
        Ok(())
    }

    fn change(&self, revision: Revision) -> io::Result<()> {
        self.served
            .as_ref()
            .map_or(Ok(()), |served| served.change(revision))
    }

    fn origin(&self) -> &str {
        self.served.as_ref().map_or("", |served| &served.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_what_was_rendered() {
        let pages = |line: &str| {
            let pages = Pages::read(&format!("{line}\n5 files written in 1.00 s\n"))?;
            Some((pages.total, pages.rendered))
        };
        assert_eq!(
            pages("8 queries (29 requests), 64 items, 93 pages (0 rendered), 101 assets"),
            Some((93, 0))
        );
        assert_eq!(
            pages("1 query (1 request), 1 item, 1 page, no assets"),
            Some((1, 1))
        );
        assert_eq!(pages("something else"), None);
    }
}
