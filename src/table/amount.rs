//! Amounts with a unit: durations and sizes.

use std::time::Duration;

use super::Table;

const DURATIONS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

const SIZES: [(&str, u64); 6] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("B", 1),
];

/// A duration such as `500ms`, `10s`, `2m`, `1h`, `30d`; nothing else, and not zero.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    amount(text, &DURATIONS).map(Duration::from_millis)
}

fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, name) = text.split_at(split);
    let (_, factor) = units.iter().find(|(unit, _)| *unit == name.trim())?;
    let amount = digits.parse::<u64>().ok()?.checked_mul(*factor)?;
    (amount > 0).then_some(amount)
}

impl Table<'_> {
    /// A duration such as `"500ms"`, `"10s"`, `"2m"`, `"1h"`.
    #[must_use]
    pub fn duration(&self, key: &'static str) -> Option<Duration> {
        let expected = "a duration such as \"500ms\", \"10s\" or \"2m\"";
        self.amount(key, &DURATIONS, expected)
            .map(Duration::from_millis)
    }

    /// A duration, or `"off"`, which is none.
    #[must_use]
    pub fn duration_or_off(&self, key: &'static str) -> Option<Duration> {
        let text = self.string(key).filter(|text| !text.incomplete)?;
        if text.value == "off" {
            return None;
        }
        let expected = "\"off\" or a duration such as \"5m\" or \"24h\"";
        self.amount(key, &DURATIONS, expected)
            .map(Duration::from_millis)
    }

    /// A size in bytes such as `"64MiB"`.
    #[must_use]
    pub fn size(&self, key: &'static str) -> Option<u64> {
        self.amount(key, &SIZES, "a size such as \"64MiB\"")
    }

    fn amount(&self, key: &'static str, units: &[(&str, u64)], expected: &str) -> Option<u64> {
        let text = self.string(key).filter(|text| !text.incomplete)?;
        let read = amount(&text.value, units);
        if read.is_none() {
            let message = format!(
                "`{}` must be {expected}, not \"{}\"",
                self.full(key),
                self.reader.written(&text)
            );
            self.reader.error(text.span, message);
        }
        read
    }
}
