//! Dates and times: ISO 8601 text to an instant with its stored offset, and back in AEM's forms.
//!
//! Only what the repository and filters need, so that no date library is in the tree. Source: aem-protocol.md,
//! section 4.3 (output forms) and 14.2 (stored form).

const DAY_MS: i64 = 86_400_000;

/// A point in time with the offset it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    instant: i64,
    /// Offset from UTC in minutes, as stored.
    offset: i32,
}

impl Calendar {
    /// Reads `2024-06-21`, `12:30[:45[.123]]` (on 1970-01-01) or a date and time with optional fraction and offset.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((date, time)) = text.split_once(['T', ' ']) {
            let (time, offset) = split_offset(time)?;
            return Self::at(days(date)?, milliseconds(time)?, offset);
        }
        if text.contains(':') {
            let (time, offset) = split_offset(text)?;
            return Self::at(0, milliseconds(time)?, offset);
        }
        Self::at(days(text)?, 0, 0)
    }

    fn at(days: i64, milliseconds: i64, offset: i32) -> Option<Self> {
        let instant = days * DAY_MS + milliseconds - i64::from(offset) * 60_000;
        Some(Self { instant, offset })
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, for comparing.
    pub fn instant(self) -> i64 {
        self.instant
    }

    /// The same instant in UTC, as `_metadata` prints it.
    pub fn to_utc(self) -> Self {
        Self { offset: 0, ..self }
    }

    /// `2022-10-17T12:51:30.000-04:00`, the `Calendar` scalar.
    pub fn date_time(self) -> String {
        let zone = match self.offset {
            0 => "Z".to_owned(),
            o => format!(
                "{}{:02}:{:02}",
                if o < 0 { '-' } else { '+' },
                o.abs() / 60,
                o.abs() % 60
            ),
        };
        let ms = self.local().rem_euclid(DAY_MS) % 1000;
        format!("{}T{}.{ms:03}{zone}", self.date(), self.time())
    }

    /// `2024-06-21`, the `Date` scalar.
    pub fn date(self) -> String {
        let (year, month, day) = civil(self.local().div_euclid(DAY_MS));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `12:51:30`, the `Time` scalar.
    pub fn time(self) -> String {
        let seconds = self.local().rem_euclid(DAY_MS) / 1000;
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// Milliseconds since midnight, in the stored offset.
    pub fn time_of_day(self) -> i64 {
        self.local().rem_euclid(DAY_MS)
    }

    /// Days since 1970-01-01, in the stored offset.
    pub fn day(self) -> i64 {
        self.local().div_euclid(DAY_MS)
    }

    fn local(self) -> i64 {
        self.instant + i64::from(self.offset) * 60_000
    }
}

/// Splits `12:30:00+02:00` into the time and the offset in minutes.
fn split_offset(time: &str) -> Option<(&str, i32)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, zone) = time.split_at(at);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone[1..].replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits, 14)?, 0),
        4 => (number(digits.get(..2)?, 14)?, number(digits.get(2..)?, 59)?),
        _ => return None,
    };
    Some((time, sign * i32::try_from(hours * 60 + minutes).ok()?))
}

/// `HH:mm[:ss[.fraction]]` in milliseconds.
fn milliseconds(time: &str) -> Option<i64> {
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 23)?;
    let minutes = number(parts.next()?, 59)?;
    let seconds = parts.next().map_or(Some(0), |s| number(s, 60))?;
    if parts.next().is_some() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths.parse::<i64>().ok()?)
}

/// Days since 1970-01-01 of a proleptic Gregorian `yyyy-MM-dd`.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 9999)?;
    let month = number(parts.next()?, 12)?;
    let day = number(parts.next()?, 31)?;
    if parts.next().is_some() || month == 0 || day == 0 {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // The 31st of a short month lands on another date; that is how it shows.
    (civil(days).2 == day).then_some(days)
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Plain digits up to a maximum.
fn number(text: &str, max: i64) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| *n <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_offset_is_kept() {
        let date = Calendar::parse("1988-09-26T14:09:00.000-07:00").unwrap();
        assert_eq!(date.date_time(), "1988-09-26T14:09:00.000-07:00");
        assert_eq!(date.to_utc().date_time(), "1988-09-26T21:09:00.000Z");
        assert_eq!(date.date(), "1988-09-26");
        assert_eq!(date.time(), "14:09:00");
    }

    #[test]
    fn short_forms_are_read() {
        assert_eq!(
            Calendar::parse("2024-02-29").unwrap().date_time(),
            "2024-02-29T00:00:00.000Z"
        );
        assert_eq!(Calendar::parse("07:30").unwrap().time(), "07:30:00");
        assert_eq!(
            Calendar::parse("1969-12-31T23:59:59.5Z").unwrap().instant(),
            -500
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "x",
            "2023-02-29",
            "2024-13-01",
            "25:00",
            "2024-01-01T10",
            "1-2-3-4",
            "T",
            "é:é",
        ] {
            assert_eq!(Calendar::parse(text), None, "{text}");
        }
    }
}
