//! What is known about a build whatever becomes of it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::fetch::Account;
use crate::fs;
use crate::render::Times;

/// What is known about a build whatever becomes of it, written down while it runs.
#[derive(Debug, Default)]
pub struct Record {
    /// What the queries cost and brought.
    pub account: Arc<Account>,
    stages: Mutex<Vec<StageCost>>,
    /// How long templates take, where that was asked for.
    templates: Option<Arc<Times>>,
}

/// What a stage took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageCost {
    /// Which.
    pub stage: &'static str,
    /// How long.
    pub time: Duration,
    /// The memory of the process at its end, where that was asked for and the system tells.
    pub memory: Option<Memory>,
}

impl Record {
    /// Of a build from this origin.
    #[must_use]
    pub fn of(origin: String) -> Self {
        Self {
            account: Arc::new(Account::of(origin)),
            ..Self::default()
        }
    }

    /// One that also measures memory, and each page: `--metrics`.
    #[must_use]
    pub fn measuring(self) -> Self {
        Self {
            templates: Some(Arc::default()),
            ..self
        }
    }

    /// How long templates took, where that was asked for.
    #[must_use]
    pub fn templates(&self) -> Option<&Arc<Times>> {
        self.templates.as_ref()
    }

    /// What each stage took that was begun and ended, in their order.
    #[must_use]
    pub fn stages(&self) -> Vec<StageCost> {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.clone()
    }

    /// Writes down how long a stage took.
    pub fn took(&self, stage: &'static str, time: Duration) {
        let measured = self.templates.as_ref();
        let memory = measured.and_then(|_| Memory::now());
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.push(StageCost {
            stage,
            time,
            memory,
        });
    }

    /// Does something and writes down how long it takes.
    pub(super) fn time<T>(&self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.took(stage, started.elapsed());
        done
    }
}

/// How much memory the process has, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// At most, since the process began.
    pub peak: u64,
}

impl Memory {
    /// What Linux tells without being asked in C; nothing elsewhere.
    #[must_use]
    pub fn now() -> Option<Self> {
        let status = fs::read_text(Path::new("/proc/self/status")).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kilobytes * 1_024)
        };
        Some(Self {
            resident: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }
}
