//! What the machine can do: the rates that everything else is held against.

mod caches;
mod loops;
mod measure;
mod rates;
mod report;

pub(super) use measure::measure;
pub(super) use rates::Rates;
#[cfg(test)]
pub(super) use rates::tests::round as round_rates;
pub(super) use report::run;
