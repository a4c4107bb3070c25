//! Samples of events.

use neurotrain_plugin_api::{Dataset, Error, EventBatch, Samples};

pub(crate) fn read<D: Dataset>(
    data: &D,
    split: &str,
    indices: &[u64],
) -> Result<(EventBatch, Vec<i64>), Error> {
    match data.read(split, indices)? {
        Samples::Events { events, labels } => Ok((events, labels)),
        _ => panic!("recordings are events"),
    }
}
