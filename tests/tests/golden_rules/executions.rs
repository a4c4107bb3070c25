//! The traces in every execution of the rules that have several.

use crate::agrees;
use crate::replay::Variation;

#[test]
fn rules_reproduce_the_reference_step_by_step() {
    for prefixes in [
        &["ottt__fc_snn__", "ottt__r_snn__", "ottt__conv_snn__"][..],
        &["eprop__r_snn__"],
        &["ostl__fc_snn__", "ostl__r_snn__"],
        // The reference's recurrent form mixes rows, and is refused.
        &["osttp__fc_snn__"],
        // Below a max-pool it is refused.
        &["esd_rtrl__fc_snn__", "esd_rtrl__r_snn__"],
    ] {
        agrees(prefixes, &Variation::rule("execution", "online"));
    }
}

#[test]
fn rules_reproduce_the_reference_with_the_sequence_kept() {
    // The reference's OTTT moves weights at every step and keeps nothing.
    for prefixes in [
        &["eprop__r_snn__"][..],
        &["ostl__fc_snn__", "ostl__r_snn__"],
        &["osttp__fc_snn__", "osttp__r_snn__"],
        &["esd_rtrl__fc_snn__", "esd_rtrl__r_snn__", "esd_rtrl__conv_snn__"],
    ] {
        agrees(prefixes, &Variation::rule("execution", "sequence"));
    }
}
