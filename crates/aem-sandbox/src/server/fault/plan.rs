//! Which request a fault strikes: patterns, sequences, counts, probability.
//!
//! All of it follows from the order of requests and the seed, so a run can be repeated.

use super::pages::Pages;
use super::strike::Strike;
use super::{Effect, Fault};
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a block lasts.
const BLOCK: Duration = Duration::from_secs(5);

/// The faults of a running sandbox.
#[derive(Debug)]
pub(in crate::server) struct Faults {
    seed: u64,
    active: Mutex<Vec<Active>>,
}

/// A fault and how far it has come.
#[derive(Debug)]
struct Active {
    fault: Fault,
    matched: u64,
    struck: u64,
    /// Which step is next, and how often it has struck.
    step: usize,
    used: u64,
    blocked_until: Option<Instant>,
    random: u64,
    pages: Arc<Mutex<Pages>>,
}

impl Faults {
    pub(in crate::server) fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let plan = Self {
            seed,
            active: Mutex::default(),
        };
        plan.set(faults);
        plan
    }

    /// Replaces all faults; their sequences begin anew.
    pub(in crate::server) fn set(&self, faults: Vec<Fault>) {
        let active = faults.into_iter().zip(0..);
        let active = active.map(|(fault, number)| Active::new(fault, self.seed, number));
        *self.lock() = active.collect();
    }

    /// Adds faults after those that are there.
    pub(super) fn add(&self, faults: Vec<Fault>) {
        let mut active = self.lock();
        for fault in faults {
            let number = u64::try_from(active.len()).unwrap_or(u64::MAX);
            let fault = Active::new(fault, self.seed, number);
            active.push(fault);
        }
    }

    /// What happens to a request; the first fault that strikes counts.
    pub(in crate::server) fn pick(&self, method: &Method, target: &str) -> Option<Strike> {
        let mut active = self.lock();
        active
            .iter_mut()
            .find_map(|fault| fault.strike(method, target))
    }

    /// The faults and how far they have come.
    pub(super) fn report(&self) -> Value {
        let active = self.lock();
        let report = active.iter().map(|active| {
            json!({
                "fault": active.fault.to_string(),
                "matched": active.matched,
                "struck": active.struck,
                "ended": active.step >= active.fault.steps.len(),
            })
        });
        json!({ "seed": self.seed, "faults": report.collect::<Vec<_>>() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Active {
    fn new(fault: Fault, seed: u64, number: u64) -> Self {
        Self {
            fault,
            matched: 0,
            struck: 0,
            step: 0,
            used: 0,
            blocked_until: None,
            random: seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            pages: Arc::default(),
        }
    }

    fn strike(&mut self, method: &Method, target: &str) -> Option<Strike> {
        let fault = &self.fault;
        let methods_match = fault.method.as_ref().is_none_or(|m| m == method.as_str());
        if !methods_match || !matches(&fault.pattern, target) {
            return None;
        }
        self.matched += 1;
        if self
            .blocked_until
            .is_some_and(|until| Instant::now() < until)
        {
            self.struck += 1;
            return Some(self.make(Effect::Block));
        }
        if self.matched <= fault.after {
            return None;
        }
        // Drawn for every match, so that the outcome of one does not move the others.
        let probability = self.fault.probability;
        if probability.is_some() && probability <= Some(self.draw()) {
            return None;
        }
        let effect = self.next()?;
        if effect == Effect::Block {
            let period = self.fault.details.period.unwrap_or(BLOCK);
            self.blocked_until = Instant::now().checked_add(period);
        }
        if effect == Effect::Ok {
            return None;
        }
        self.struck += 1;
        Some(self.make(effect))
    }

    /// The next effect of the sequence.
    fn next(&mut self) -> Option<Effect> {
        if self.step >= self.fault.steps.len() && self.fault.repeat {
            self.step = 0;
        }
        let step = self.fault.steps.get(self.step)?;
        self.used += 1;
        if step.times.is_some_and(|times| self.used >= times) {
            self.step += 1;
            self.used = 0;
        }
        Some(step.effect)
    }

    fn make(&self, effect: Effect) -> Strike {
        Strike {
            effect,
            details: self.fault.details.clone(),
            pages: Arc::clone(&self.pages),
        }
    }

    /// A number from 0 up to 1 (splitmix64).
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Whether a pattern with `*` matches a whole text. Linear in the text for each star.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_targets() {
        for (pattern, text, expected) in [
            ("*", "/", true),
            ("/graphql/*", "/graphql/execute.json/a/b", true),
            ("/graphql/*", "/content/graphql/", false),
            ("*.jpg", "/content/dam/a.jpg", true),
            ("*.jpg", "/content/dam/a.jpg?x", false),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-c-b", false),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/ab*ba", "/aba", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    fn run(fault: &str, requests: usize) -> Vec<bool> {
        let plan = Faults::new(vec![fault.parse().unwrap()], 42);
        (0..requests)
            .map(|_| plan.pick(&Method::GET, "/x").is_some())
            .collect()
    }

    #[test]
    fn sequences_run_and_end() {
        assert_eq!(
            run("503:2,ok,429", 6),
            [true, true, false, true, false, false]
        );
        assert_eq!(run("503;after=1", 3), [false, true, true]);
        assert_eq!(run("503,ok;repeat", 4), [true, false, true, false]);
        assert_eq!(run("503;method=POST", 2), [false, false]);
        assert_eq!(run("503@/y", 1), [false]);
        assert_eq!(run("block;for=1m", 3), [true, true, true]);
    }

    #[test]
    fn chance_follows_the_seed() {
        let struck = run("503;p=0.25", 1000);
        assert_eq!(struck, run("503;p=0.25", 1000));
        let count = struck.iter().filter(|s| **s).count();
        assert!((200..300).contains(&count), "{count}");
        assert!(run("503;p=1", 5).iter().all(|s| *s));
        assert!(!run("503;p=0", 5).iter().any(|s| *s));
    }
}
