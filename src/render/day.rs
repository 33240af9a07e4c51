//! The filter `day`: a date as the page's language writes it.

use icu_calendar::Gregorian;
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YMD, YMDE};
use icu_datetime::input::Date;
use icu_datetime::options::YearStyle;
use icu_locale_core::Locale;
use tera::{Error, Kwargs, State, TeraResult, Value};

use super::Site;
use super::functions::{check_arguments, language};
use crate::diag::closest;

/// How much of a date is said: CLDR's lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// Sunday, 24 May 2026.
    Full,
    /// 24 May 2026.
    Long,
    /// With the month cut short, or as a number where the language prefers that.
    Medium,
    /// 24/05/2026.
    Short,
}

const LENGTHS: [(&str, Length); 4] = [
    ("full", Length::Full),
    ("long", Length::Long),
    ("medium", Length::Medium),
    ("short", Length::Short),
];

/// `day(length=, timezone=, lang=)`: the day of a date or time, in the Gregorian calendar.
pub(super) fn day(
    site: &Site,
    value: &Value,
    kwargs: Kwargs,
    state: &State<'_>,
) -> TeraResult<Value> {
    check_arguments("day", &kwargs, &["length", "timezone", "lang"])?;
    let length = length(kwargs.get::<&str>("length")?)?;
    let language = site.config.languages.get(language(site, &kwargs)?);
    if !value.is_string() && !value.is_number() {
        let message = "`day` was given what is no date; test for it with `{% if … %}` first";
        return Err(Error::message(message));
    }
    // It knows every spelling of a date, and gives years, months and days.
    let plain = tera_contrib::dates::date(value, kwargs, state)?;
    let date = parse(&plain).ok_or_else(|| Error::message(format!("`{plain}` is no day")))?;
    Ok(Value::from(write(&language.code, length, date)?))
}

fn length(name: Option<&str>) -> TeraResult<Length> {
    let Some(name) = name else {
        return Ok(Length::Long);
    };
    let known = LENGTHS.iter().find(|(own, _)| *own == name);
    known.map(|(_, length)| *length).ok_or_else(|| {
        let names = LENGTHS.map(|(own, _)| own);
        let help = match closest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("they are {}", names.join(", ")),
        };
        Error::message(format!("`{name}` is no `length` of `day`; {help}"))
    })
}

fn parse(plain: &str) -> Option<Date<Gregorian>> {
    let mut parts = plain.rsplitn(3, '-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (day, month) = (day.parse().ok()?, month.parse().ok()?);
    Date::try_new_gregorian(year.parse().ok()?, month, day).ok()
}

/// A date in a language; one that CLDR does not know is written like English is.
fn write(code: &str, length: Length, date: Date<Gregorian>) -> TeraResult<String> {
    let locale = Locale::try_from_str(code).unwrap_or(Locale::UNKNOWN);
    let preferences = (&locale).into();
    let failed = |why| Error::message(format!("no dates for `{code}`: {why}"));
    let fields = match length {
        Length::Full => {
            let formatter = FixedCalendarDateTimeFormatter::try_new(preferences, YMDE::long());
            return Ok(formatter.map_err(failed)?.format(&date).to_string());
        }
        Length::Long => YMD::long(),
        Length::Medium => YMD::medium(),
        Length::Short => YMD::short().with_year_style(YearStyle::Full),
    };
    let formatter = FixedCalendarDateTimeFormatter::try_new(preferences, fields);
    Ok(formatter.map_err(failed)?.format(&date).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(code: &str, length: Length) -> String {
        write(code, length, parse("2026-05-04").unwrap()).unwrap()
    }

    #[test]
    fn every_language_has_its_order_and_names() {
        assert_eq!(written("en", Length::Long), "May 4, 2026");
        assert_eq!(written("en-GB", Length::Long), "4 May 2026");
        assert_eq!(written("fr", Length::Long), "4 mai 2026");
        assert_eq!(written("de", Length::Long), "4. Mai 2026");
        assert_eq!(written("ja", Length::Long), "2026年5月4日");
        assert_eq!(written("ar-EG", Length::Long), "٤ مايو ٢٠٢٦");
        assert_eq!(written("fr", Length::Full), "lundi 4 mai 2026");
        assert_eq!(written("de", Length::Medium), "04.05.2026");
        assert_eq!(written("fr", Length::Short), "04/05/2026");
    }

    #[test]
    fn a_calendar_is_the_same_in_every_language() {
        // Thai dates would have the year 2569, Persian ones 1405.
        assert!(written("th", Length::Long).contains("2026"));
        assert!(written("fa", Length::Long).contains("۲۰۲۶"));
    }

    #[test]
    fn days_are_read() {
        assert!(parse("-0044-03-15").is_some());
        assert!(parse("2026-02-30").is_none());
        assert!(parse("soon").is_none());
    }
}
