//! ISO 8601 dates and date-times, as logs write them: `2024-05-01`, `2024-05-01T12:30:00.25+02:00`, `2024-05-01 12:30:00 UTC`.

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970 (UTC), or `None` where the text is something else. Without an offset it is UTC; slashes may
/// stand for the date's hyphens.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut rest = text.trim().as_bytes();
    let year = digits(&mut rest, 4)?;
    let separator = one_of(&mut rest, b"-/")?;
    let month = digits(&mut rest, 2)?;
    one_of(&mut rest, &[separator])?;
    let day = digits(&mut rest, 2)?;
    let date = days_since_1970(year, month, day)? * DAY_MS;
    if rest.is_empty() {
        return Some(date);
    }
    one_of(&mut rest, b"Tt ")?;
    let time = time_of_day(&mut rest)?;
    Some(date + time - offset(rest)?)
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff…` in milliseconds. A leap second runs into the next minute.
fn time_of_day(rest: &mut &[u8]) -> Option<i64> {
    let hours = digits(rest, 2).filter(|&hours| hours <= 24)?;
    one_of(rest, b":")?;
    let minutes = digits(rest, 2).filter(|&minutes| minutes < 60)?;
    let mut ms = (hours * 60 + minutes) * 60_000;
    if one_of(rest, b":").is_some() {
        ms += digits(rest, 2).filter(|&seconds| seconds <= 60)? * 1000;
        if one_of(rest, b".,").is_some() {
            ms += fraction(rest)?;
        }
    }
    Some(ms)
}

/// Decimals of a second, in milliseconds; those beyond the third are dropped.
fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let mut ms = 0;
    let mut place = 100;
    let before = rest.len();
    while let Some(digit) = digits(rest, 1) {
        ms += digit * place;
        place /= 10;
    }
    (rest.len() < before).then_some(ms)
}

/// Nothing, `Z`, ` UTC`, ` GMT`, `±hh`, `±hhmm` or `±hh:mm`, in milliseconds east of Greenwich.
fn offset(rest: &[u8]) -> Option<i64> {
    let mut rest = rest.trim_ascii_start();
    if matches!(rest, b"" | b"Z" | b"z" | b"UTC" | b"GMT") {
        return Some(0);
    }
    let sign = if one_of(&mut rest, b"+-")? == b'+' { 1 } else { -1 };
    let hours = digits(&mut rest, 2).filter(|&hours| hours < 24)?;
    // The colon is optional.
    let _ = one_of(&mut rest, b":");
    let minutes = if rest.is_empty() { 0 } else { digits(&mut rest, 2)? };
    rest.is_empty().then_some(sign * (hours * 60 + minutes) * 60_000)
}

/// Takes exactly `count` digits.
fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(count)?;
    if !head.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *rest = tail;
    Some(head.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// Takes one byte if it is among those wanted.
fn one_of(rest: &mut &[u8], wanted: &[u8]) -> Option<u8> {
    let (&first, tail) = rest.split_first()?;
    wanted.contains(&first).then(|| {
        *rest = tail;
        first
    })
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`).
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_and_times_with_and_without_offset() {
        // `date -u -d … +%s`
        let noon = 1_714_566_600_000;
        for text in [
            "2024-05-01T12:30:00Z",
            "2024-05-01 12:30:00 UTC",
            "2024/05/01 12:30",
            "2024-05-01t14:30:00+02:00",
            "2024-05-01T14:30:00.0+0200",
            "2024-05-01T07:30:00 -05",
            " 2024-05-01T12:30 ",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        assert_eq!(parse("2024-05-01T12:30:00.1239Z"), Some(noon + 123));
        assert_eq!(parse("1970-01-01"), Some(0));
        assert_eq!(parse("1969-12-31"), Some(-86_400_000));
        assert_eq!(parse("2000-02-29"), Some(951_782_400_000));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2024-02-30",
            "1900-02-29",
            "31/01/2024",
            "2024-1-1",
            "2024-05/01",
            "2024-05-01T",
            "2024-05-01T25:00",
            "2024-05-01T12:61",
            "2024-05-01T12:30:00.",
            "2024-05-01T12:30+",
            "2024-05-01T12:30+02:0",
            "2024-05-01T12:30 CEST",
            "2024-05-01x",
            "２０２４-05-01",
            "yesterday",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
