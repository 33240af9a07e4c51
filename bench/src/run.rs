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
}

impl Scenario {
    /// In the order in which they follow from each other.
    pub(crate) const ALL: [Self; 4] = [Self::Cold, Self::Unchanged, Self::Bodies, Self::Titles];

    fn revision(self) -> Revision {
        match self {
            Self::Cold | Self::Unchanged => Revision::First,
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
    /// What was asked, if the origin tells.
    pub(crate) asked: Option<Stats>,
    /// What lay in the output then, in the first round.
    pub(crate) output: Option<Contents>,
}

/// Where and against what is measured.
struct Bench<'a> {
    options: &'a RunOptions,
    work: Work,
    site: PathBuf,
    /// Absent for a site that names its own.
    served: Option<Served>,
    samples: Vec<Sample>,
}

/// Measures everything and reports it.
pub(crate) fn run(options: &RunOptions) -> io::Result<()> {
    let before = Load::now();
    let work = Work::new(options.work.as_deref(), &options.content)?;
    let (site, served) = match &options.site {
        Some(site) => (site.clone(), None),
        None => {
            let served = match &options.origin {
                Some(origin) => Served::at(origin),
                None => Served::start(&options.content)?,
            };
            (work.write_site(options.content.paging)?, Some(served))
        }
    };
    let mut bench = Bench {
        options,
        work,
        site,
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
        let output = dir.join("public");
        for scenario in Scenario::ALL {
            let revision = scenario.revision();
            if self.served.is_none() && revision != Revision::First {
                continue;
            }
            self.change(revision)?;
            let mut command = Command::new(&program.path);
            command.arg("--root").arg(&self.site).arg("--quiet");
            command.arg("build").arg("--output-dir").arg(&output);
            command.arg("--cache-dir").arg(dir.join("cache"));
            command.env("BENCH_ORIGIN", self.origin());
            self.sample(&program.name, scenario, round, &mut command, &output)?;
            if self.options.verify == Verify::Yes && self.served.is_some() {
                self.verify(&output)?;
            }
        }
        self.work.empty("frieze")?;
        Ok(())
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
        let used = measure::run(command)?;
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
