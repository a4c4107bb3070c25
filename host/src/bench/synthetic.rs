//! Random batches of spikes.

use super::shape::Shape;
use neurotrain_kernels::Events;
use neurotrain_loader::Batch;
use neurotrain_plugin_api::Result;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// A batch `[steps, batch, ..shape.input]` of independent ones, with labels that go round the classes.
pub(super) fn batch(
    session: &Arc<Session>,
    shape: &Shape,
    steps: usize,
    batch: usize,
    density: f64,
) -> Result<Batch> {
    spikes(session, &shape.input, shape.classes, steps, batch, density)
}

/// The same for samples of shape `sample`.
pub(crate) fn spikes(
    session: &Arc<Session>,
    sample: &[usize],
    classes: usize,
    steps: usize,
    batch: usize,
    density: f64,
) -> Result<Batch> {
    let mut draw = Stream::new(session.seed(), "bench/input", 0);
    let cols = sample.iter().product();
    let events = bernoulli(&mut draw, steps * batch, cols, density)?;
    let mut dims = vec![steps, batch];
    dims.extend(sample);
    let label_values: Vec<i64> = (0..batch).map(|b| (b % classes) as i64).collect();
    Ok(Batch {
        input: HostTensor::events(session, Arc::new(events), &dims, Category::Input),
        labels: HostTensor::labels(session, &label_values)?,
        label_values,
        samples: (0..batch as u64).collect(),
        classes,
        epoch: 0,
        index: 0,
        nominal_batch: batch,
        constant_input: false,
    })
}

/// Ones with probability `density`, drawn gap by gap: the distance to the next one is geometric.
fn bernoulli(draw: &mut Stream, rows: usize, cols: usize, density: f64) -> Result<Events> {
    let mut events = Events {
        rows,
        cols,
        offsets: vec![0; rows + 1],
        index: Vec::with_capacity((1.1 * density * (rows * cols) as f64) as usize),
    };
    let scale = (1.0 - density).ln();
    let end = rows * cols;
    let mut at = 0;
    if density == 0.0 {
        return Ok(events);
    }
    loop {
        // A draw of 0 would be infinitely far away; from `end` on it makes no difference.
        let gap = if density < 1.0 {
            (1.0 - draw.uniform()).ln() / scale
        } else {
            0.0
        };
        at += gap.min(end as f64) as usize;
        if at >= end {
            break;
        }
        events.index.push((at % cols) as u32);
        events.offsets[at / cols + 1] = events.index.len() as u32;
        at += 1;
    }
    for row in 0..rows {
        events.offsets[row + 1] = events.offsets[row + 1].max(events.offsets[row]);
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_met_and_rows_are_ascending() {
        for density in [0.0, 0.01, 0.13, 0.5, 1.0] {
            let events = bernoulli(&mut Stream::new(1, "t", 0), 500, 200, density).unwrap();
            assert!(
                (events.density() - density).abs() < 0.01,
                "{density}: {}",
                events.density()
            );
            assert!((0..500).all(|r| events.row(r).is_sorted_by(|a, b| a < b)));
            let dense = events.to_dense::<f32>();
            assert_eq!(Events::from_dense(&dense, 500, 200), Some(events));
        }
    }
}
