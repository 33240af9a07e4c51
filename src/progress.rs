//! What a build tells while it runs; how it looks is the command line's business.

/// A part of a build that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Asking AEM.
    Fetch,
    /// Rendering pages.
    Render,
    /// Downloading assets.
    Assets,
}

/// Hears how far a build has come. Called from many threads.
pub trait Progress: Send + Sync {
    /// A stage starts. `total` is the number of steps, where known.
    fn start(&self, stage: Stage, total: Option<u64>);

    /// Steps were done.
    fn advance(&self, stage: Stage, steps: u64);

    /// A stage went well. One that failed is never finished.
    fn finish(&self, stage: Stage);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn finish(&self, _: Stage) {}
}
