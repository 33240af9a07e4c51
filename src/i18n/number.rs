//! How a language writes numbers: `1,234.5` and `1 234,5`.

use std::str::FromStr;

use fixed_decimal::{SignedRoundingMode, UnsignedRoundingMode};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::Locale;

/// The numbers of one language.
pub struct Numbers(Option<DecimalFormatter>);

impl Numbers {
    /// The numbers of the language with that tag; of one that is not known, those of no language in
    /// particular.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let locale = Locale::from_str(tag).unwrap_or(Locale::UNKNOWN);
        Self(DecimalFormatter::try_new(locale.into(), Default::default()).ok())
    }

    /// The number as the language writes it: with that many digits behind the mark, else with those it
    /// has.
    #[must_use]
    pub fn write(&self, number: &Decimal, digits: Option<u8>) -> String {
        let mut number = number.clone();
        if let Some(digits) = digits {
            let place = -i16::from(digits);
            let mode = SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfExpand);
            number.round_with_mode(place, mode);
            number.pad_end(place);
        }
        match &self.0 {
            Some(formatter) => formatter.format(&number).to_string(),
            None => number.to_string(),
        }
    }
}

/// A number by its digits, without zeros at the end of a fraction: AEM's floating point fields deliver
/// `17.0` where an author wrote 17.
#[must_use]
pub fn decimal(digits: &str) -> Option<Decimal> {
    let mut decimal = Decimal::from_str(digits).ok()?;
    if digits.contains('.') {
        decimal.trim_end();
    }
    Some(decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(tag: &str, digits: &str, places: Option<u8>) -> String {
        Numbers::of(tag).write(&decimal(digits).unwrap(), places)
    }

    #[test]
    fn every_language_has_its_marks() {
        assert_eq!(write("en", "1234567.5", None), "1,234,567.5");
        assert_eq!(write("fr", "1234567.5", None), "1\u{202f}234\u{202f}567,5");
        assert_eq!(write("de", "-1234.50", None), "-1.234,5");
        assert_eq!(write("es", "1234", None), "1234", "no group of one digit");
        assert_eq!(write("hi", "1234567", None), "12,34,567");
        assert_eq!(write("ar-EG", "12", None), "١٢");
        assert_eq!(write("no-such-language", "1234.5", None), "1,234.5");
    }

    #[test]
    fn digits_are_rounded_and_filled() {
        assert_eq!(write("en", "2.345", Some(2)), "2.35");
        assert_eq!(write("en", "2.5", Some(0)), "3");
        assert_eq!(write("en", "17.0", None), "17");
        assert_eq!(write("en", "1200", None), "1,200");
        assert_eq!(write("en", "17", Some(1)), "17.0");
        assert!(decimal("1e3").is_some() && decimal("x").is_none());
    }
}
