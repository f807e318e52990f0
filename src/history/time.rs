//! Times as files give them, and the unit that a file's numbers are in.

use std::fmt;

use super::iso8601;
use super::report::Reason;

/// The start of the year 2100: later times are mistakes.
const YEAR_2100_MS: i64 = 4_102_444_800_000;

/// The start of 1990: a whole log before it counts something else.
const YEAR_1990_MS: i64 = 631_152_000_000;

/// A time as a file gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stamp {
    /// None given.
    Missing,
    /// A number whose unit only the whole file tells.
    Number(f64),
    /// Milliseconds since 1970.
    Millis(i64),
}

impl Stamp {
    /// `None` where the text is neither empty, a number nor an ISO 8601 time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::Missing);
        }
        // `f64` would also take "inf" and "nan".
        if let Ok(number) = text.parse::<f64>()
            && number.is_finite()
        {
            return Some(Self::Number(number));
        }
        iso8601::parse(text).map(Self::Millis)
    }

    /// The milliseconds, where they are settled.
    pub(super) fn millis(self) -> Option<i64> {
        match self {
            Self::Millis(millis) => Some(millis),
            Self::Missing | Self::Number(_) => None,
        }
    }

    pub(super) fn is_before_1990(self) -> bool {
        self.millis().is_some_and(|millis| millis < YEAR_1990_MS)
    }

    /// Milliseconds within 1970..2100, or why not.
    pub(super) fn settle(self, unit: Unit) -> Result<i64, Reason> {
        let millis = match self {
            Self::Missing => return Err(Reason::NoTime),
            Self::Number(number) if number < 0.0 => return Err(Reason::Before1970),
            Self::Number(number) if Unit::of(number) != unit => return Err(Reason::OtherUnit),
            Self::Number(number) => (number * unit.in_millis()).round() as i64,
            Self::Millis(millis) => millis,
        };
        match millis {
            ..0 => Err(Reason::Before1970),
            YEAR_2100_MS.. => Err(Reason::After2100),
            _ => Ok(millis),
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Millis(millis) => write!(f, "{millis} ms"),
        }
    }
}

/// The unit of a file's numeric times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    /// The unit in which a number of this magnitude is a plausible time. Each range holds a thousandfold: as seconds, 1e11
    /// is the year 5138; as milliseconds, it is 1973.
    pub(super) fn of(number: f64) -> Self {
        match number {
            ..1e11 => Self::Seconds,
            1e11..1e14 => Self::Millis,
            1e14..1e17 => Self::Micros,
            _ => Self::Nanos,
        }
    }

    /// The unit of a file: that of the median, so that a few odd times do not decide. Seconds where there are no numbers.
    pub(super) fn of_file(stamps: impl Iterator<Item = Stamp>) -> Self {
        let mut numbers: Vec<f64> = stamps
            .filter_map(|stamp| match stamp {
                Stamp::Number(number) if number >= 0.0 => Some(number),
                _ => None,
            })
            .collect();
        let middle = numbers.len() / 2;
        if numbers.is_empty() {
            return Self::Seconds;
        }
        Self::of(*numbers.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    fn in_millis(self) -> f64 {
        match self {
            Self::Seconds => 1e3,
            Self::Millis => 1.0,
            Self::Micros => 1e-3,
            Self::Nanos => 1e-6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(texts: &[&str]) -> Vec<Result<i64, Reason>> {
        let stamps: Vec<Stamp> = texts.iter().filter_map(|text| Stamp::parse(text)).collect();
        let unit = Unit::of_file(stamps.iter().copied());
        stamps.iter().map(|stamp| stamp.settle(unit)).collect()
    }

    #[test]
    fn one_moment_in_every_unit() {
        let moment = 1_714_566_600_000;
        for text in [
            "1714566600",
            "1714566600.0",
            "1.7145666e9",
            "1714566600000",
            "1714566600000000",
            "1714566600000000000",
            "2024-05-01T12:30:00Z",
        ] {
            assert_eq!(settled(&[text]), [Ok(moment)], "{text}");
        }
    }

    #[test]
    fn the_odd_unit_out_is_refused() {
        assert_eq!(
            settled(&["1714566600", "1714566601", "1714566602000"]),
            [Ok(1_714_566_600_000), Ok(1_714_566_601_000), Err(Reason::OtherUnit)]
        );
        assert_eq!(settled(&["1714566600", "1714566601000", "1714566602000"])[0], Err(Reason::OtherUnit));
    }

    #[test]
    fn negative_and_far_future_times_are_refused() {
        assert_eq!(
            settled(&["-1", "5000000000", "1714566600", "1969-12-31", "2100-01-01"]),
            [
                Err(Reason::Before1970),
                Err(Reason::After2100),
                Ok(1_714_566_600_000),
                Err(Reason::Before1970),
                Err(Reason::After2100),
            ]
        );
    }

    #[test]
    fn what_is_no_time_is_not_parsed() {
        for text in ["inf", "-inf", "NaN", "soon", "12:30"] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
        assert_eq!(Stamp::parse("  "), Some(Stamp::Missing));
    }
}
