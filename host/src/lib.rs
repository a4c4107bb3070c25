//! The `neurotrain` program: finds plugins, expands campaigns, runs each experiment in a process of its own,
//! and sums up.
//!
//! - [`cli`]: arguments, and who answers them.
//! - [`output`]: the only code that writes to the terminal.
//! - [`runtime`]: plugins opened and their components created; whoever uses it runs plugin code.
//! - `process`: child processes of this program.
//! - `check`: asks plugins about a campaign, in a child.
//! - `cost`: where the cost table of a campaign comes from.
//! - `estimate`: what a campaign will take.
//! - `worker`: one run, in a child.
//! - `supervisor`: a campaign; it never runs plugin code.
//! - `profile`: where the time of a run goes.
//! - [`data`]: which data sets are here, what is in them, and how to get the others.
//! - [`campaign_commands`]: campaigns handed to batch systems, and seen from another terminal.
//! - `report`: what came out.
//! - `taxonomy`: what rules say of themselves, held against measurement.
//! - [`archive_commands`]: runs listed, checked, merged, compared and exported.
//! - [`golden`], [`bench`]: recorded traces, and measurements.

pub mod archive_commands;
pub mod bench;
pub mod campaign_commands;
mod check;
pub mod cli;
mod cost;
pub mod data;
mod estimate;
pub mod golden;
pub mod output;
mod process;
mod profile;
mod report;
pub mod runtime;
mod supervisor;
mod taxonomy;
mod worker;
