//! Times as Slurm writes them.

/// Seconds of `[D-]HH:MM:SS`, `D-HH[:MM]`, `MM:SS` or `MM`.
pub(crate) fn seconds_of(text: &str) -> Option<u64> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(days.parse::<u64>().ok()?), rest),
        None => (None, text),
    };
    let parts: Vec<u64> = rest
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let seconds = match (days, &parts[..]) {
        (Some(_), [hours]) => hours * 3600,
        (Some(_), [hours, minutes]) => hours * 3600 + minutes * 60,
        (_, [hours, minutes, seconds]) => hours * 3600 + minutes * 60 + seconds,
        (None, [minutes, seconds]) => minutes * 60 + seconds,
        (None, [minutes]) => minutes * 60,
        _ => return None,
    };
    Some(days.unwrap_or(0) * 86_400 + seconds).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::seconds_of;

    #[test]
    fn the_forms_of_slurm_are_read() {
        assert_eq!(seconds_of("04:00:00"), Some(14_400));
        assert_eq!(seconds_of("1-12:00:00"), Some(129_600));
        assert_eq!(seconds_of("2-06"), Some(194_400));
        assert_eq!(seconds_of("90"), Some(5_400));
        assert_eq!(seconds_of("02:30"), Some(150));
        for wrong in ["", "4h", "1:2:3:4", "00:00:00", "-1"] {
            assert_eq!(seconds_of(wrong), None, "{wrong}");
        }
    }
}
