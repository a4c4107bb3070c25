//! Steps that repeat much of each other: what most of them have in common is convolved once for each sample.

use super::forward::{Maxima, Task};
use super::pack::ByInput;
use super::segments::{Shape, gather, scatter};
use super::spots::{Meets, Spots};
use super::weight::fill_last;
use super::{Conv, Post};
use crate::aligned::Aligned;
use crate::parallel::{column_blocks_mut, tasks};
use crate::{Majority, Real};
use std::ops::Range;

/// Samples of one task where there are many.
const SAMPLES: usize = 4;
/// Samples from which there are.
const MANY: usize = 64;
/// Fewest samples that give several threads enough to do: all steps of one are one task.
const FEWEST: usize = 8;

/// Whether steps of so many samples are worth it.
pub(super) fn worth(spikes: &Majority) -> bool {
    spikes.batch >= FEWEST
}

/// The forward product of `spikes` by weights `packed` as `form` says, `size` results for every step of a sample.
#[allow(clippy::too_many_arguments, reason = "what the sparse way has made")]
pub(super) fn forward<R: Real>(
    task: &Task<'_, R>,
    spikes: &Majority,
    form: &ByInput,
    packed: &[R],
    meets: &Meets,
    size: usize,
    out: &mut [R],
    places: &mut [u8],
) {
    let width = spikes.batch * size;
    let together = if spikes.batch < MANY { 1 } else { SAMPLES };
    let mut places = column_blocks_mut(places, width, together * size).into_iter();
    let blocks: Vec<_> = column_blocks_mut(out, width, together * size)
        .into_iter()
        .map(|steps| (steps, places.next().unwrap_or_default()))
        .enumerate()
        .collect();
    let work = spikes.steps * spikes.batch * task.conv.work();
    tasks(blocks, work, |(block, (mut steps, mut places))| {
        let mut worker = Worker::new(task, spikes, form, packed, meets);
        let samples = steps.first().map_or(0, |step| step.len() / size);
        for k in 0..samples {
            let own = k * size..(k + 1) * size;
            let steps = steps.iter_mut().map(|step| &mut step[own.clone()]);
            let mut places = places.iter_mut().map(|step| &mut step[own.clone()]);
            worker.sample(
                block * together + k,
                steps.map(|step| (step, places.next().unwrap_or_default())),
            );
        }
    });
}

/// The samples of one task.
struct Worker<'a, R> {
    task: &'a Task<'a, R>,
    spikes: &'a Majority,
    form: &'a ByInput,
    packed: &'a [R],
    meets: &'a Meets,
    spots: Spots<R>,
    /// Maps of what the steps have in common, and of one step, a block of outputs behind the other.
    common: Aligned<R>,
    map: Aligned<R>,
    maxima: Maxima<R>,
}

impl<'a, R: Real> Worker<'a, R> {
    fn new(
        task: &'a Task<'a, R>,
        spikes: &'a Majority,
        form: &'a ByInput,
        packed: &'a [R],
        meets: &'a Meets,
    ) -> Self {
        let map = task.conv.positions() * form.blocks.lanes;
        Worker {
            task,
            spikes,
            form,
            packed,
            meets,
            spots: Spots::new(task.conv),
            common: Aligned::zeros(form.blocks.count * map),
            map: Aligned::zeros(map),
            maxima: Maxima::default(),
        }
    }

    /// Writes the results and places of all steps of a sample.
    fn sample<'o>(&mut self, sample: usize, steps: impl Iterator<Item = (&'o mut [R], &'o mut [u8])>) {
        let (conv, blocks) = (self.task.conv, self.form.blocks);
        let size = self.map.len();
        let shape = |binary| Shape::new(conv, self.form, binary);
        let (ones, signed) = (shape(true), shape(false));
        self.spots
            .of_lists(self.meets, [(self.spikes.base.row(sample), R::ONE)]);
        self.common.fill(R::ZERO);
        let weights = self.packed.chunks_exact(self.form.block());
        for (weights, common) in weights.zip(self.common.chunks_exact_mut(size)) {
            scatter(&ones, &self.spots, weights, common);
        }
        for (t, (out, places)) in steps.enumerate() {
            self.spots
                .of_lists(self.meets, differences(self.spikes, sample, t));
            let weights = self.packed.chunks_exact(self.form.block());
            for (block, (weights, common)) in weights.zip(self.common.chunks_exact(size)).enumerate() {
                self.map.copy_from_slice(common);
                scatter(&signed, &self.spots, weights, &mut self.map);
                let results = out.len() / conv.outputs;
                self.task.deliver(
                    &mut self.map,
                    blocks.lanes,
                    blocks.of(block),
                    results,
                    out,
                    places,
                    &mut self.maxima,
                );
            }
        }
    }
}

/// How step `t` of a sample differs from the majority.
fn differences<R: Real>(spikes: &Majority, sample: usize, t: usize) -> [(&[u32], R); 2] {
    let row = sample * spikes.steps + t;
    [
        (spikes.added.row(row), R::ONE),
        (spikes.missing.row(row), -R::ONE),
    ]
}

/// Adds what all steps of `samples` contribute to the gradient `sum`, packed as `form` says.
pub(super) fn add_gradient<R: Real>(
    conv: &Conv,
    form: &ByInput,
    meets: &Meets,
    post: &Post<'_, R>,
    spikes: &Majority,
    samples: Range<usize>,
    sum: &mut [R],
) {
    let (ones, signed) = (Shape::new(conv, form, true), Shape::new(conv, form, false));
    let size = conv.positions() * form.blocks.lanes;
    let mut spots = Spots::new(conv);
    let (mut map, mut total) = (Aligned::zeros(size), Aligned::<R>::zeros(size));
    for sample in samples {
        for (block, sum) in sum.chunks_exact_mut(form.block()).enumerate() {
            total.fill(R::ZERO);
            for t in 0..spikes.steps {
                let row = t * spikes.batch + sample;
                fill_last(
                    conv,
                    post,
                    row,
                    form.blocks.of(block),
                    &mut map,
                    form.blocks.lanes,
                );
                total.iter_mut().zip(map.iter()).for_each(|(t, x)| *t += *x);
                spots.of_lists(meets, differences(spikes, sample, t));
                gather(&signed, &spots, &map, sum);
            }
            spots.of_lists(meets, [(spikes.base.row(sample), R::ONE)]);
            gather(&ones, &spots, &total, sum);
        }
    }
}
