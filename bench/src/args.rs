//! What can be typed, read by hand: a benchmark that is built in seconds is run more often.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::corpus::Corpus;

/// Enough for a median that one disturbed round does not move.
const ROUNDS: NonZeroUsize = NonZeroUsize::new(5).expect("not zero");

/// How to use it.
pub(crate) const USAGE: &str = "\
usage: bench run [OPTIONS]         builds the site with Frieze and by hand, in turn, and compares
       bench origin [OPTIONS]      serves the content until its standard input ends
       bench yardstick --origin URL --output DIR [--paging PAGING]

What there is (run, origin):
  --items N          articles [default: 10000]
  --words N          words of each: 620 make 11 KB of JSON, 77 make 2 KB [default: 620, from 1000000 items on 77]
  --seed N           other articles [default: 1]
  --paging PAGING    offset or cursor [default: offset]
  --latency MS       milliseconds that every answer takes [default: 0]
  --listen ADDRESS   of `bench origin` [default: 127.0.0.1:0]

How it is measured (run):
  --frieze [NAME=]PATH   program to measure; can be given several times, and they take turns
  --rounds N             how often everything is done [default: 5]
  --verify               compare every folder with that of the yardstick, byte by byte
  --origin URL           use an origin that runs already, with the same options
  --work DIR             folder for everything that is written [default: one in memory if it fits, else a temporary one]
  --site DIR             measure a site of your own, with the AEM or the sandbox that it names, and no yardstick
";

/// How an answer of many pages is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// Windows side by side.
    Offset,
    /// One page after the other.
    Cursor,
}

impl Paging {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Offset => "offset",
            Self::Cursor => "cursor",
        }
    }
}

impl FromStr for Paging {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "offset" => Ok(Self::Offset),
            "cursor" => Ok(Self::Cursor),
            _ => Err("it is `offset` or `cursor`".to_owned()),
        }
    }
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Run(RunOptions),
    Origin(OriginOptions),
    Yardstick(YardstickOptions),
    Help,
}

/// What an origin serves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OriginOptions {
    pub(crate) corpus: Corpus,
    pub(crate) paging: Paging,
    pub(crate) latency: Duration,
    pub(crate) listen: SocketAddr,
}

/// What the yardstick builds.
#[derive(Debug)]
pub(crate) struct YardstickOptions {
    /// Scheme, host and port.
    pub(crate) origin: String,
    pub(crate) output: PathBuf,
    pub(crate) paging: Paging,
}

/// A program to measure.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// What is measured.
#[derive(Debug)]
pub(crate) struct RunOptions {
    /// What the origin serves.
    pub(crate) content: OriginOptions,
    pub(crate) programs: Vec<Program>,
    pub(crate) rounds: NonZeroUsize,
    pub(crate) verify: Verify,
    pub(crate) origin: Option<String>,
    pub(crate) work: Option<PathBuf>,
    pub(crate) site: Option<PathBuf>,
}

/// Whether what is built is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verify {
    No,
    Yes,
}

/// The options as they were typed, taken out one by one.
struct Typed(Vec<String>);

impl Typed {
    /// The value of the last `--name VALUE`.
    fn take<T: FromStr<Err: ToString>>(&mut self, name: &str) -> Result<Option<T>, String> {
        let mut taken = None;
        while let Some(text) = self.take_text(name)? {
            let read = text.parse();
            let wrong =
                |error: T::Err| format!("`{name} {text}` cannot be used: {}", error.to_string());
            taken = Some(read.map_err(wrong)?);
        }
        Ok(taken)
    }

    fn take_text(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(at) = self.0.iter().position(|typed| typed == name) else {
            return Ok(None);
        };
        if at + 1 == self.0.len() {
            return Err(format!("`{name}` needs a value"));
        }
        self.0.remove(at);
        Ok(Some(self.0.remove(at)))
    }

    fn take_flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|typed| typed != name);
        self.0.len() < before
    }

    fn end(self) -> Result<(), String> {
        match self.0.first() {
            None => Ok(()),
            Some(unknown) => Err(format!(
                "`{unknown}` is not an option here; see `bench help`"
            )),
        }
    }
}

/// Reads the command line.
pub(crate) fn parse(mut typed: impl Iterator<Item = String>) -> Result<Command, String> {
    let command = typed.next();
    let mut typed = Typed(typed.collect());
    let read = match command.as_deref() {
        Some("run") => Command::Run(run(&mut typed)?),
        Some("origin") => Command::Origin(origin(&mut typed)?),
        Some("yardstick") => Command::Yardstick(YardstickOptions {
            origin: typed.take("--origin")?.ok_or("`--origin URL` is missing")?,
            output: typed.take("--output")?.ok_or("`--output DIR` is missing")?,
            paging: typed.take("--paging")?.unwrap_or(Paging::Offset),
        }),
        Some("help" | "--help" | "-h") => return Ok(Command::Help),
        Some(other) => return Err(format!("`{other}` is not a command; see `bench help`")),
        None => return Err("which command? See `bench help`".to_owned()),
    };
    typed.end()?;
    Ok(read)
}

fn origin(typed: &mut Typed) -> Result<OriginOptions, String> {
    let items = typed.take("--items")?.unwrap_or(10_000);
    let words = typed.take("--words")?;
    Ok(OriginOptions {
        corpus: Corpus {
            seed: typed.take("--seed")?.unwrap_or(1),
            items,
            words: words.unwrap_or(if items < 1_000_000 { 620 } else { 77 }),
        },
        paging: typed.take("--paging")?.unwrap_or(Paging::Offset),
        latency: Duration::from_millis(typed.take("--latency")?.unwrap_or(0)),
        listen: typed
            .take("--listen")?
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
    })
}

fn run(typed: &mut Typed) -> Result<RunOptions, String> {
    let mut programs = Vec::new();
    while let Some(text) = typed.take_text("--frieze")? {
        let (name, path) = text.split_once('=').unwrap_or(("frieze", &text));
        programs.push(Program {
            name: name.to_owned(),
            path: path.into(),
        });
    }
    let options = RunOptions {
        content: origin(typed)?,
        programs,
        rounds: typed.take("--rounds")?.unwrap_or(ROUNDS),
        verify: match typed.take_flag("--verify") {
            true => Verify::Yes,
            false => Verify::No,
        },
        origin: typed.take("--origin")?,
        work: typed.take("--work")?,
        site: typed.take("--site")?,
    };
    if options.programs.is_empty() {
        return Err("`--frieze PATH` is missing: which program is to be measured?".to_owned());
    }
    Ok(options)
}
