//! A line of the log: a JSON object whose last member is the CRC-32 of everything before it.
//!
//! `{"time":"…","record":{…},"crc32":"0123abcd"}`

use super::record::LogEntry;

const PREFIX: &str = ",\"crc32\":\"";
const SUFFIX: &str = "\"}";
const DIGITS: usize = 8;

/// The line for `entry`, with its newline.
pub(super) fn encode(entry: &LogEntry) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(entry)?;
    line.pop();
    let sum = crc32fast::hash(line.as_bytes());
    line.push_str(PREFIX);
    line.push_str(&format!("{sum:08x}"));
    line.push_str(SUFFIX);
    line.push('\n');
    Ok(line)
}

/// The entry of a line without its newline.
///
/// # Errors
/// Why the line is not what was written.
pub(super) fn decode(line: &[u8]) -> Result<LogEntry, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not text".to_owned())?;
    let cut = text.len().checked_sub(PREFIX.len() + DIGITS + SUFFIX.len());
    let parts = cut
        .filter(|c| text.is_char_boundary(*c))
        .map(|c| text.split_at(c));
    let (body, tail) = parts.ok_or("it has no checksum")?;
    let digits = tail.strip_prefix(PREFIX).and_then(|t| t.strip_suffix(SUFFIX));
    let sum = digits
        .and_then(|d| u32::from_str_radix(d, 16).ok())
        .ok_or("it has no checksum")?;
    if crc32fast::hash(body.as_bytes()) != sum {
        return Err("its checksum does not match".to_owned());
    }
    serde_json::from_str(&format!("{body}}}")).map_err(|e| format!("it cannot be understood: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_log::LogRecord;
    use proptest::prelude::*;

    fn entry(text: &str) -> LogEntry {
        let record = LogRecord::Message {
            level: "info".to_owned(),
            text: text.to_owned(),
        };
        LogEntry {
            time: "2026-01-31T12:00:00Z".to_owned(),
            record,
        }
    }

    proptest! {
        #[test]
        fn any_text_survives(text in ".*") {
            let line = encode(&entry(&text)).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(decode(line.trim_end_matches('\n').as_bytes()).unwrap(), entry(&text));
        }

        #[test]
        fn any_changed_byte_is_noticed(text in ".{0,40}", at in any::<prop::sample::Index>(), flip in 1_u8..) {
            let mut line = encode(&entry(&text)).unwrap().into_bytes();
            line.pop();
            let at = at.index(line.len());
            line[at] ^= flip;
            // Hexadecimal digits may be written in either case; the value they say stays the same.
            let original = encode(&entry(&text)).unwrap();
            let same = line.eq_ignore_ascii_case(original.trim_end().as_bytes())
                && at >= line.len() - 10;
            prop_assert!(same || decode(&line).is_err());
        }

        #[test]
        fn any_cut_is_noticed(text in ".{0,40}", at in any::<prop::sample::Index>()) {
            let line = encode(&entry(&text)).unwrap();
            let at = at.index(line.len() - 1);
            prop_assert!(decode(&line.as_bytes()[..at]).is_err());
        }
    }
}
