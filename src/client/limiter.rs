//! How hard a host is asked: requests in flight, requests a second, and pauses.
//!
//! The number in flight starts at what is configured, is halved whenever AEM says that it is too much,
//! and grows back by one for every few good answers. A pause holds every request back, not only the one
//! that was told: a penalty is for the machine.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Good answers in a row after which one more request may be in flight.
const GOOD_FOR_MORE: usize = 10;

/// Bounds the requests to one host.
pub(super) struct Limiter {
    slots: Semaphore,
    state: Mutex<State>,
    most: usize,
    /// Between two requests, when a rate is set.
    interval: Option<Duration>,
}

struct State {
    /// Requests allowed in flight now.
    allowed: usize,
    /// Permits that could not be taken away at once, as they were in use.
    owed: usize,
    good: usize,
    paused_until: Option<Instant>,
    /// When the next request may be sent, at the configured rate.
    next: Option<Instant>,
}

/// A place among the requests in flight.
pub(super) struct Slot<'l> {
    limiter: &'l Limiter,
    permit: Option<SemaphorePermit<'l>>,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            state.owed -= 1;
        }
    }
}

impl Limiter {
    pub(super) fn new(most: usize, per_second: Option<f64>) -> Self {
        let state = State {
            allowed: most,
            owed: 0,
            good: 0,
            paused_until: None,
            next: None,
        };
        let interval = per_second.map(|rate| Duration::from_secs_f64(1.0 / rate));
        Self {
            slots: Semaphore::new(most),
            state: Mutex::new(state),
            most,
            interval,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits until a request may be sent.
    pub(super) async fn slot(&self) -> Slot<'_> {
        // The semaphore is never closed; were it, nothing would be left to bound.
        let permit = self.slots.acquire().await.ok();
        let slot = Slot {
            limiter: self,
            permit,
        };
        loop {
            let wait = self
                .state()
                .paused_until
                .filter(|until| *until > Instant::now());
            match wait {
                Some(until) => tokio::time::sleep_until(until).await,
                None => break,
            }
        }
        if let Some(turn) = self.turn() {
            tokio::time::sleep_until(turn).await;
        }
        slot
    }

    /// When this request may be sent, at the configured rate.
    fn turn(&self) -> Option<Instant> {
        let interval = self.interval?;
        let mut state = self.state();
        let turn = state.next.unwrap_or_else(Instant::now).max(Instant::now());
        state.next = Some(turn + interval);
        Some(turn)
    }

    /// A good answer came.
    pub(super) fn good(&self) {
        let mut state = self.state();
        state.good += 1;
        if state.good >= GOOD_FOR_MORE && state.allowed < self.most {
            state.good = 0;
            state.allowed += 1;
            if state.owed > 0 {
                state.owed -= 1;
            } else {
                self.slots.add_permits(1);
            }
        }
    }

    /// AEM says that it is too much.
    pub(super) fn too_much(&self) {
        let mut state = self.state();
        state.good = 0;
        let halved = (state.allowed / 2).max(1);
        let fewer = state.allowed - halved;
        state.allowed = halved;
        let taken = self.slots.forget_permits(fewer);
        state.owed += fewer - taken;
    }

    /// Holds every request back for a while.
    pub(super) fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let mut state = self.state();
        if state.paused_until.is_none_or(|known| known < until) {
            state.paused_until = Some(until);
        }
    }

    #[cfg(test)]
    fn allowed(&self) -> usize {
        self.state().allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn halves_at_once_and_recovers_slowly() {
        let limiter = Limiter::new(8, None);
        limiter.too_much();
        assert_eq!(limiter.allowed(), 4);
        for _ in 0..9 {
            limiter.too_much();
        }
        assert_eq!(limiter.allowed(), 1);
        for _ in 0..GOOD_FOR_MORE {
            limiter.good();
        }
        assert_eq!(limiter.allowed(), 2);
        for _ in 0..1_000 {
            limiter.good();
        }
        assert_eq!(limiter.allowed(), 8);
        assert_eq!(limiter.slots.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn places_in_use_are_taken_away_when_they_are_given_back() {
        let limiter = Limiter::new(4, None);
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(limiter.slot().await);
        }
        limiter.too_much();
        held.clear();
        assert_eq!(limiter.slots.available_permits(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_back() {
        let limiter = Limiter::new(4, None);
        let start = Instant::now();
        limiter.pause(Duration::from_secs(5));
        limiter.pause(Duration::from_secs(2));
        let _first = limiter.slot().await;
        let _second = limiter.slot().await;
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_spaces_requests_out() {
        let limiter = Limiter::new(100, Some(10.0));
        let start = Instant::now();
        for _ in 0..11 {
            limiter.slot().await;
        }
        assert_eq!(start.elapsed().as_millis(), 1_000);
    }
}
