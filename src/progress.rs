//! What a build tells while it runs; how it looks is the command line's business.

/// A part of a build that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Asking AEM whether what an earlier build got is still right.
    Confirm,
    /// Asking AEM.
    Fetch,
    /// Rendering pages.
    Render,
    /// Downloading assets.
    Assets,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So much.
    Exactly(u64),
    /// So much, and perhaps more.
    AtLeast(u64),
}

impl Total {
    /// The number that is sure.
    #[must_use]
    pub fn at_least(self) -> u64 {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) => number,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let sum = self.at_least() + other.at_least();
        match (self, other) {
            (Self::Exactly(_), Self::Exactly(_)) => Self::Exactly(sum),
            _ => Self::AtLeast(sum),
        }
    }
}

/// Hears how far a build has come. Called from many threads.
pub trait Progress: Send + Sync {
    /// So many queries will be asked, with so many requests, and with how many of them if all is as in the
    /// last build. Heard before the fetch starts.
    fn plan(&self, queries: usize, requests: Total, expected: Option<u64>);

    /// A stage starts. `total` is the number of steps, where known.
    fn start(&self, stage: Stage, total: Option<u64>);

    /// There are more steps than was known at the start.
    fn more(&self, stage: Stage, steps: u64);

    /// Steps were done.
    fn advance(&self, stage: Stage, steps: u64);

    /// A stage went well. One that failed is never finished.
    fn finish(&self, stage: Stage);

    /// A stage is over and came to nothing, which is no failure.
    fn leave(&self, stage: Stage);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn plan(&self, _: usize, _: Total, _: Option<u64>) {}
    fn more(&self, _: Stage, _: u64) {}
    fn start(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn finish(&self, _: Stage) {}
    fn leave(&self, _: Stage) {}
}
