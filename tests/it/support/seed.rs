//! Where the random numbers of a run begin.

use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that gives the seed of a run that is to be repeated.
const VARIABLE: &str = "FRIEZE_SEED";

/// The seed in the environment, or else one that differs from run to run. Says which.
pub(crate) fn seed(test: &str) -> u64 {
    let given = std::env::var(VARIABLE).ok();
    let seed = given.map_or_else(from_the_clock, |seed| {
        seed.parse()
            .unwrap_or_else(|_| panic!("{VARIABLE}={seed} is not a number"))
    });
    println!("{test}: `{VARIABLE}={seed}` does the same again");
    seed
}

fn from_the_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos())
}
