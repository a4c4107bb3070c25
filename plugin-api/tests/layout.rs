//! Guards the layout of the boundary: a change without a new version breaks every installed plugin.
//!
//! After an intended change, write the file anew with `UPDATE_LAYOUT=1 cargo test -p neurotrain-plugin-api
//! --test layout` and read the difference before committing it. From 1.0 on only a new minor version may
//! change it, by appending.

use neurotrain_plugin_api::abi::layout;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

/// Operation codes given out since the file was recorded. They change no layout and no older code: a host without them
/// answers `unsupported`. The file keeps what 1.0 had; this list keeps them from being renumbered.
#[cfg(not(feature = "next-minor"))]
const LATER_CODES: [&str; 7] = [
    "ELIGIBILITY_STEP = 93",
    "NET_RUN_ON = 306",
    "NET_STATE = 307",
    "NET_SET_STATE = 308",
    "NET_WEIGHT_GRAD_RAW = 324",
    "NET_INPUT_GRAD_RAW = 325",
    "NET_NEURON_ADJOINT_ON = 326",
];

/// The layouts as of the recording, which later codes do not touch.
#[cfg(not(feature = "next-minor"))]
fn recordable() -> String {
    let current = current();
    let is_later = |line: &&str| LATER_CODES.contains(&line.trim());
    let later: Vec<&str> = current.lines().filter(is_later).map(str::trim).collect();
    assert_eq!(later, LATER_CODES, "a code changed after it was given out");
    let rest: Vec<&str> = current.lines().filter(|line| !is_later(line)).collect();
    rest.join("\n") + "\n"
}

/// The layouts, and the numbers that cross the boundary as bare integers.
fn current() -> String {
    let mut text = layout::dump();
    for (name, source) in [
        ("operation codes", include_str!("../src/abi/ops.rs")),
        ("element types and forms", include_str!("../src/abi/tensor.rs")),
    ] {
        text.push_str(&format!("\n{name}\n  in any order\n"));
        for line in source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub const "))
        {
            if let Some((constant, value)) = line.trim_end_matches(';').split_once(": u32 = ") {
                text.push_str(&format!("    {constant} = {value}\n"));
            }
        }
    }
    text
}

fn golden() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("layout/api-1.0.txt")
}

#[cfg(not(feature = "next-minor"))]
#[test]
fn layout_is_the_recorded_one() -> Result<(), Box<dyn Error>> {
    let current = recordable();
    if std::env::var_os("UPDATE_LAYOUT").is_some() {
        std::fs::write(golden(), &current)?;
    }
    let recorded = std::fs::read_to_string(golden())?;
    if let Some((i, (now, then))) = current
        .lines()
        .chain([""])
        .zip(recorded.lines().chain([""]))
        .enumerate()
        .find(|(_, (a, b))| a != b)
    {
        return Err(format!(
            "layout/api-1.0.txt, line {}: recorded `{then}`, now `{now}`. Plugins built before the change no longer \
             load. If it is meant, raise the version and run UPDATE_LAYOUT=1 cargo test -p neurotrain-plugin-api \
             --test layout",
            i + 1
        )
        .into());
    }
    assert_eq!(current, recorded);
    Ok(())
}

#[test]
fn this_build_extends_the_recorded_layout() -> Result<(), Box<dyn Error>> {
    let recorded = std::fs::read_to_string(golden())?;
    layout::check_extension(&recorded, &current()).map_err(|faults| faults.join("\n"))?;
    if cfg!(feature = "next-minor") {
        assert!(
            layout::check_extension(&current(), &recorded).is_err(),
            "the next minor version appends nothing"
        );
    }
    Ok(())
}

#[test]
fn every_type_has_a_name_of_its_own() {
    let text = current();
    let names: Vec<&str> = text
        .split("\n\n")
        .filter_map(|block| block.lines().next())
        .collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(
        names.len(),
        distinct.len(),
        "two types share a name, so that a change of one could hide"
    );
    assert!(
        names.contains(&"VTable<RawTrainer>") && names.contains(&"RVec<Array>"),
        "{names:?}"
    );
}

#[test]
fn operation_codes_are_distinct() {
    let text = current();
    let ops = text
        .split("\n\n")
        .find(|block| block.starts_with("operation codes"));
    let numbers: Vec<&str> = ops
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|l| l.split(" = ").nth(1))
        .collect();
    assert!(numbers.len() > 50, "{numbers:?}");
    assert_eq!(
        numbers.iter().collect::<BTreeSet<_>>().len(),
        numbers.len(),
        "two operations share a code"
    );
}
