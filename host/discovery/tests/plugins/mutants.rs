//! Damaged files never bring the reader down.

use crate::support::{GOOD, TestResult, build, find};
use neurotrain_discovery::{Machine, read_descriptor};
use neurotrain_plugin_api::rng::Stream;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

#[test]
fn random_damage_is_an_answer_not_a_panic() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("mutant.so");
    let bytes = std::fs::read(build(GOOD))?;
    std::fs::write(&path, &bytes)?;
    let file = OpenOptions::new().write(true).open(&path)?;
    let machine = Machine::current();
    let descriptor = find(&bytes, b"NEUROTRAIN-PLUG\0").ok_or("no descriptor")?;
    // Where a change matters: headers and tables at the front, the descriptor, the section headers at the end.
    let places = [
        (0, 64),
        (64, 0x1400),
        (descriptor, 1064),
        (bytes.len() - 4096, 4096),
    ];
    let mut refused = 0;
    for round in 0..3000_u64 {
        let mut random = Stream::new(7, "mutants", round);
        let mut draw = |below: usize| random.below(below as u64) as usize;
        let (start, length) = places[draw(places.len())];
        let changed: Vec<usize> = (0..=draw(4)).map(|_| start + draw(length)).collect();
        for at in &changed {
            let value = match draw(4) {
                0 => 0,
                1 => 0xff,
                _ => draw(256) as u8,
            };
            file.write_all_at(&[value], *at as u64)?;
        }
        if let Err(error) = read_descriptor(&path, &machine) {
            refused += 1;
            assert!(!error.to_string().is_empty() && !error.fault.hint().is_empty());
        }
        for at in changed {
            file.write_all_at(&bytes[at..=at], at as u64)?;
        }
    }
    assert!(refused > 500, "only {refused} of the mutants were noticed");
    read_descriptor(&path, &machine)?;
    Ok(())
}
