//! Damaged files of every format: read, or refused with the file's name; never a panic.

use crate::fixture::all;
use neurotrain_data_events::gesture;
use proptest::prelude::*;

#[test]
fn every_truncation_is_refused_or_gives_fewer_events() {
    for (format, file, decode) in all() {
        for end in 0..file.len() {
            match decode(&file[..end]) {
                // A file cut between events (or packets) of a format without a count is a shorter recording.
                Ok(stream) => assert!(stream.len() < 5, "{format} {end}"),
                Err(error) => assert!(error.message().contains("some/file"), "{format} {end}: {error:?}"),
            }
        }
    }
}

#[test]
fn formats_that_say_how_long_they_are_notice_every_truncation() {
    let whole = |format: &str| format.starts_with("np") || format.starts_with("whole");
    for (format, file, decode) in all().into_iter().filter(|(f, ..)| whole(f)) {
        for end in 0..file.len() {
            assert!(decode(&file[..end]).is_err(), "{format} {end}");
        }
    }
}

#[test]
fn no_flipped_bit_panics() {
    for (format, file, decode) in all() {
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut file = file.clone();
                file[at] ^= 1 << bit;
                if let Err(error) = decode(&file) {
                    assert!(
                        error.message().contains("some/file"),
                        "{format} {at}.{bit}: {error:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for (_, file, decode) in all() {
            let _ = decode(&bytes);
            // The same after a start that is right.
            let start = file.len() / 2;
            let _ = decode(&[&file[..start], &bytes].concat());
        }
        let _ = gesture::labels("l", &bytes);
    }

    #[test]
    fn several_flipped_bytes_never_panic(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for (_, file, decode) in all() {
            let mut file = file;
            for (at, value) in &flips {
                let at = at.index(file.len());
                file[at] = *value;
            }
            let _ = decode(&file);
        }
    }
}
