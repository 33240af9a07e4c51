//! When AEM is asked next, by itself: whether its content has changed, or whether it is well again.

use std::time::Duration;

/// The first pause after a failure.
const FIRST: Duration = Duration::from_secs(2);
/// The longest.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// AEM is left alone for so many times as long as it took to answer.
const SHARE: u32 = 4;
/// By how much of itself a pause after a failure is longer or shorter, so that many previews do not come at once.
const JITTER: f64 = 0.25;

/// The pauses between two looks at AEM. It knows no clock.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Between two looks that go well; none without `--poll`.
    interval: Option<Duration>,
    failures: u32,
    /// How long the last look took.
    took: Duration,
    /// For the jitter.
    random: fastrand::Rng,
}

impl Schedule {
    /// A look after every interval; without one only after failures, until AEM is well.
    #[must_use]
    pub fn new(interval: Option<Duration>, seed: u64) -> Self {
        Self {
            interval,
            failures: 0,
            took: Duration::ZERO,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// AEM has answered, after so long.
    pub fn succeeded(&mut self, took: Duration) {
        self.failures = 0;
        self.took = took;
    }

    /// AEM could not be asked; this took so long.
    pub fn failed(&mut self, took: Duration) {
        self.failures = self.failures.saturating_add(1);
        self.took = took;
    }

    /// Whether the last look failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// How long to wait from now on; for ever where there is nothing to look for.
    pub fn pause(&mut self) -> Option<Duration> {
        if self.failures == 0 {
            let interval = self.interval?;
            return Some(interval.max((self.took * SHARE).min(LONGEST)));
        }
        let doubled = FIRST * 2_u32.saturating_pow((self.failures - 1).min(16));
        // One who polls every hour does not want to come more often because AEM is ill.
        let pause = doubled.max(self.took).min(LONGEST);
        let pause = pause.max(self.interval.unwrap_or_default().min(LONGEST));
        let share = 1.0 + JITTER * (2.0 * self.random.f64() - 1.0);
        Some(pause.mul_f64(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pauses(schedule: &mut Schedule, failures: usize) -> Vec<f64> {
        let pause = |_| {
            schedule.failed(SECOND);
            schedule.pause().unwrap().as_secs_f64()
        };
        (0..failures).map(pause).collect()
    }

    #[test]
    fn without_an_interval_only_failures_are_a_reason() {
        let mut schedule = Schedule::new(None, 1);
        assert_eq!(schedule.pause(), None);
        schedule.failed(SECOND);
        assert!(schedule.is_failing() && schedule.pause().is_some());
        schedule.succeeded(SECOND);
        assert!(!schedule.is_failing());
        assert_eq!(schedule.pause(), None);
    }

    #[test]
    fn one_who_is_slow_is_asked_less_often() {
        let mut schedule = Schedule::new(Some(10 * SECOND), 1);
        assert_eq!(schedule.pause(), Some(10 * SECOND));
        schedule.succeeded(2 * SECOND);
        assert_eq!(schedule.pause(), Some(10 * SECOND));
        schedule.succeeded(15 * SECOND);
        assert_eq!(schedule.pause(), Some(60 * SECOND));
        schedule.succeeded(3_000 * SECOND);
        assert_eq!(schedule.pause(), Some(LONGEST));
        schedule.succeeded(SECOND);
        assert_eq!(
            schedule.pause(),
            Some(10 * SECOND),
            "at once, when it is well"
        );
    }

    #[test]
    fn one_who_fails_is_left_alone_for_longer_and_longer() {
        let mut schedule = Schedule::new(None, 1);
        let found = pauses(&mut schedule, 40);
        for (found, exact) in found
            .iter()
            .zip([2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0])
        {
            assert!(
                (0.75 * exact..=1.25 * exact).contains(found),
                "{found} for {exact}"
            );
        }
        let longest = LONGEST.as_secs_f64();
        for found in &found[8..] {
            assert!((0.75 * longest..=1.25 * longest).contains(found), "{found}");
        }
        assert!(found[8..].windows(2).any(|two| two[0] != two[1]), "jitter");
        // Not more often than it would be asked if it were well.
        let mut schedule = Schedule::new(Some(60 * SECOND), 2);
        assert!(pauses(&mut schedule, 1)[0] >= 45.0);
    }

    #[test]
    fn two_previews_do_not_come_at_once() {
        let first = |seed| pauses(&mut Schedule::new(None, seed), 3);
        assert_ne!(first(1), first(2));
        assert_eq!(first(1), first(1), "a seed repeats itself");
    }
}
