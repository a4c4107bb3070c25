//! Campaigns and experiments as text.

mod columns;
mod dry_run;
mod show;

pub use dry_run::dry_run;
pub use show::show;
