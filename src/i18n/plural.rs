//! The plural forms a language has, by CLDR's rules.

use std::str::FromStr;

use icu_decimal::input::Decimal;
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};

/// The forms, as files name them.
pub(super) const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// How far counting shows which forms a language cannot do without. A form that only millions need, such
/// as French `many`, is not asked for.
const COMMON: u32 = 200;

/// The plural forms of one language.
pub(super) struct Plurals(Option<PluralRules>);

impl Plurals {
    /// The forms of the language with that tag; one that is not known has `other` only.
    pub(super) fn of(tag: &str) -> Self {
        let locale = Locale::from_str(tag).unwrap_or(Locale::UNKNOWN);
        Self(PluralRules::try_new(locale.into(), Default::default()).ok())
    }

    /// The form for a number.
    pub(super) fn form(&self, number: &Decimal) -> &'static str {
        let category = self.0.as_ref().map(|rules| rules.category_for(number));
        name(category.unwrap_or(PluralCategory::Other))
    }

    /// The forms that a text in this language needs, in the order of [`FORMS`].
    pub(super) fn needed(&self) -> Vec<&'static str> {
        let counted: Vec<&str> = (0..=COMMON).map(|n| self.form(&Decimal::from(n))).collect();
        let needed = |form: &&str| *form == "other" || counted.contains(form);
        FORMS.into_iter().filter(needed).collect()
    }

    /// Whether the language has the form at all.
    pub(super) fn has(&self, form: &str) -> bool {
        let mut known = self.0.iter().flat_map(PluralRules::categories);
        form == "other" || known.any(|category| name(category) == form)
    }
}

fn name(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::number::decimal;

    fn form(tag: &str, number: &str) -> &'static str {
        Plurals::of(tag).form(&decimal(number).unwrap())
    }

    #[test]
    fn forms_follow_the_language() {
        assert_eq!(form("en", "1"), "one");
        assert_eq!(form("en", "1.0"), "one", "AEM's whole numbers are whole");
        assert_eq!(form("en", "0"), "other");
        assert_eq!(form("fr", "0"), "one");
        assert_eq!(form("fr", "1.5"), "one");
        assert_eq!(form("pl", "22"), "few");
        assert_eq!(form("pl", "12"), "many");
        assert_eq!(form("ar", "2"), "two");
        assert_eq!(form("ja", "1"), "other");
        assert_eq!(form("qqq", "1"), "other");
    }

    #[test]
    fn what_is_needed_is_what_counting_meets() {
        let needed = |tag| Plurals::of(tag).needed().join(" ");
        assert_eq!(needed("en"), "one other");
        assert_eq!(needed("fr"), "one other");
        assert_eq!(needed("pl"), "one few many other");
        assert_eq!(needed("ar"), "zero one two few many other");
        assert_eq!(needed("ja"), "other");
        assert!(Plurals::of("fr").has("many") && !Plurals::of("en").has("few"));
    }
}
