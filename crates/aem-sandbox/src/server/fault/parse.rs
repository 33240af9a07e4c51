//! The grammar of faults, described at [`Fault`].

use super::{Details, Effect, Fault, NAMES, RetryAfter, Step};
use std::time::Duration;

/// Longer waits are surely a mistake.
const MAX_WAIT: Duration = Duration::from_secs(3600);
/// Larger bombs only cost time here.
const MAX_BYTES: usize = 16 << 30;

/// Reads a fault; the error is the reason alone.
pub(super) fn fault(text: &str) -> Result<Fault, String> {
    let (head, pattern) = text.split_once('@').unwrap_or((text, "*"));
    if pattern.is_empty() {
        return Err("the pattern after `@` is empty; write `@*` for all requests".to_owned());
    }
    let mut parts = head.split(';');
    let steps = steps(parts.next().unwrap_or_default())?;
    let mut fault = Fault {
        text: text.to_owned(),
        steps,
        pattern: pattern.to_owned(),
        method: None,
        after: 0,
        probability: None,
        repeat: false,
        details: Details::default(),
    };
    for part in parts.filter(|part| !part.trim().is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        set(&mut fault, key.trim(), value.trim())?;
    }
    Ok(fault)
}

fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = text.split(',').map(step).collect::<Result<Vec<_>, _>>()?;
    let alone = steps.len() == 1;
    for step in &mut steps {
        // In a sequence an effect without a count happens once; a block counts time instead of requests.
        if step.times.is_none() && (!alone || step.effect == Effect::Block) {
            step.times = Some(1);
        }
    }
    Ok(steps)
}

fn step(text: &str) -> Result<Step, String> {
    let (name, count) = match text.trim().split_once(':') {
        Some((name, count)) => (name, Some(count)),
        None => (text.trim(), None),
    };
    let times = match count {
        None => None,
        Some(count) => match count.parse() {
            Ok(times) if times > 0 => Some(times),
            _ => return Err(format!("`{count}` after `:` is not a count of requests")),
        },
    };
    if name.is_empty() {
        return Err(
            "an effect is missing; it is a status like `503`, or a name like `reset`".to_owned(),
        );
    }
    let effect = if name.bytes().all(|b| b.is_ascii_digit()) {
        match name.parse() {
            Ok(status @ 300..=599) => Effect::Status(status),
            _ => return Err(format!("`{name}` is not a status from 300 to 599")),
        }
    } else {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, effect)| *effect).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!(
                "there is no effect `{name}`; effects are a status like `503`, or {}",
                names.join(", ")
            )
        })?
    };
    Ok(Step { effect, times })
}

fn set(fault: &mut Fault, key: &str, value: &str) -> Result<(), String> {
    let details = &mut fault.details;
    let number = |what: &str| {
        value
            .parse::<u64>()
            .map_err(|_| format!("`{key}={value}` is not {what}"))
    };
    match key {
        "delay" => details.delay = Some(duration(key, value)?),
        "pause" => details.pause = Some(duration(key, value)?),
        "for" => details.period = Some(duration(key, value)?),
        "retry-after" => {
            let (form, seconds) = match value.split_once(':') {
                Some(("date", seconds)) => (RetryAfter::Date as fn(u64) -> _, seconds),
                _ => (RetryAfter::Seconds as fn(u64) -> _, value),
            };
            let seconds = seconds.parse().map_err(|_| {
                format!(
                    "`{key}={value}` is neither a number of seconds nor `date:` and such a number"
                )
            })?;
            details.retry_after = Some(form(seconds));
        }
        "bytes" => {
            let bytes = usize::try_from(number("a number of bytes")?).unwrap_or(usize::MAX);
            if bytes > MAX_BYTES {
                return Err(format!("`{key}={value}` is more than {MAX_BYTES}"));
            }
            details.bytes = Some(bytes);
        }
        "type" | "to" if value.is_empty() || value.chars().any(char::is_control) => {
            return Err(format!("`{key}=` needs a value that fits a header"));
        }
        "type" => details.content_type = Some(value.to_owned()),
        "to" => details.location = Some(value.to_owned()),
        "after" => fault.after = number("a count of requests")?,
        "p" => match value.parse::<f64>() {
            Ok(p) if (0.0..=1.0).contains(&p) => fault.probability = Some(p),
            _ => return Err(format!("`p={value}` is not a probability from 0 to 1")),
        },
        "method" => fault.method = Some(value.to_ascii_uppercase()),
        "repeat" if value.is_empty() => fault.repeat = true,
        _ => {
            return Err(format!(
                "there is no key `{key}`; keys are delay, retry-after, after, p, method, repeat, bytes, pause, for, \
                 type, to"
            ));
        }
    }
    Ok(())
}

/// `200ms`, `2s`, `1m`; a number alone is seconds.
fn duration(key: &str, value: &str) -> Result<Duration, String> {
    let (number, unit) = [("ms", 0.001), ("s", 1.0), ("m", 60.0)]
        .iter()
        .find_map(|(unit, seconds)| value.strip_suffix(unit).map(|number| (number, *seconds)))
        .unwrap_or((value, 1.0));
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
        .filter(|wait| *wait <= MAX_WAIT)
        .ok_or_else(|| {
            format!("`{key}={value}` is not a time like `200ms`, `2s` or `1m`, an hour at most")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        text.parse::<Fault>().unwrap_err().to_string()
    }

    #[test]
    fn sequences_keys_and_patterns() {
        let fault: Fault = "429:3,reset,ok:2,503;retry-after=date:2;delay=200ms;p=0.5;after=1;repeat;method=get@/graphql/*"
            .parse()
            .unwrap();
        let times: Vec<_> = fault.steps.iter().map(|step| step.times).collect();
        assert_eq!(times, [Some(3), Some(1), Some(2), Some(1)]);
        assert_eq!(fault.details.retry_after, Some(RetryAfter::Date(2)));
        assert_eq!(fault.details.delay, Some(Duration::from_millis(200)));
        assert_eq!(fault.pattern, "/graphql/*");
        assert!(fault.repeat && fault.method.as_deref() == Some("GET") && fault.after == 1);
        let fault: Fault = "503".parse().unwrap();
        assert_eq!((fault.steps[0].times, fault.pattern.as_str()), (None, "*"));
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, expected) in [
            (
                "",
                "fault ``: an effect is missing; it is a status like `503`, or a name like `reset`",
            ),
            ("200", "fault `200`: `200` is not a status from 300 to 599"),
            (
                "503:0",
                "fault `503:0`: `0` after `:` is not a count of requests",
            ),
            (
                "503@",
                "fault `503@`: the pattern after `@` is empty; write `@*` for all requests",
            ),
            (
                "503;p=2",
                "fault `503;p=2`: `p=2` is not a probability from 0 to 1",
            ),
            (
                "503;delay=2h",
                "fault `503;delay=2h`: `delay=2h` is not a time like `200ms`, `2s` or `1m`, an hour at most",
            ),
            (
                "cut;bytes=x",
                "fault `cut;bytes=x`: `bytes=x` is not a number of bytes",
            ),
            (
                "429;retry-after=soon",
                "fault `429;retry-after=soon`: `retry-after=soon` is neither a number of seconds nor `date:` and such a number",
            ),
        ] {
            assert_eq!(reason(text), expected);
        }
        assert!(reason("teapot").contains("effects are a status like `503`, or ok, delay, drip"));
        assert!(reason("503;colour=red").contains("there is no key `colour`; keys are delay"));
    }
}
