//! What the rules of this workspace promise beyond agreeing with the reference.

mod bench;
mod convolutions;
mod eligibilities;
mod executions;
mod identities;
mod literal;
mod memory;
mod one_step;
#[path = "../golden_rules/plugins.rs"]
mod plugins;
mod reach;
mod refusals;
mod resets;
mod resume;
mod schedules;
mod synaptic;
mod updates;
