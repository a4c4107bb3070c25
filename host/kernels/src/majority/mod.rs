//! Spikes that repeat: sequences in which many inputs fire in most of the steps, as those of rate-coded images do.

mod gradient;

pub use gradient::{turned_bytes, weight_gradient_into};

use crate::Events;
use crate::marks::append_ones;
use crate::parallel::splits;
use rayon::prelude::*;

/// Fewest steps of a sequence that is looked at.
const STEPS: usize = 4;
/// Samples that are tried before all of them are turned.
const TRIED: usize = 4;
/// Most terms, as a share of the spikes, that are worth it.
const WORTH: f64 = 0.7;
/// Samples of one task.
const BLOCK: usize = 8;
/// Bits of a word of a set of inputs.
const BITS: usize = u64::BITS as usize;

/// A sequence of spikes as the inputs that fire in most of the steps, and what differs from them in each:
/// `x[t, b] = base[b] + added[t, b] - missing[t, b]`.
///
/// A sum over the spikes of a step is that of `base`, which all steps share, and those of the differences. An input that
/// fires in `n` of `T` steps adds `min(n, 1 + T - n)` terms instead of `n`. What is added and subtracted again leaves
/// rounding behind: the sum of a silent step need not be exactly 0, and one infinite term makes it no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Majority {
    /// Time steps.
    pub steps: usize,
    /// Samples.
    pub batch: usize,
    /// Inputs that fire in most of the steps, `[batch, cols]`.
    pub base: Events,
    /// Spikes of other inputs. Row `b * steps + t` is step `t` of sample `b`.
    pub added: Events,
    /// Steps in which inputs of `base` are silent, with the same rows.
    pub missing: Events,
}

impl Majority {
    /// The sequence `events`, whose row `t * batch + b` is step `t` of sample `b`; `None` where that is not worth it: by a
    /// look at a few samples, and then by the number of terms.
    pub fn of(events: &Events, batch: usize) -> Option<Majority> {
        if batch == 0 || !events.rows.is_multiple_of(batch) || events.rows < STEPS * batch {
            return None;
        }
        let tried = TRIED.min(batch);
        let (terms, spikes) = (0..tried).map(|k| k * batch / tried).fold((0, 0), |sum, b| {
            let of_sample = Majority::of_samples(events, batch, b, 1);
            let spikes = of_sample.base.nnz() * of_sample.steps + of_sample.added.nnz();
            (
                sum.0 + of_sample.terms(),
                sum.1 + spikes - of_sample.missing.nnz(),
            )
        });
        if terms as f64 > WORTH * spikes as f64 || spikes == 0 {
            return None;
        }
        let firsts: Vec<usize> = (0..batch).step_by(BLOCK).collect();
        let part = |first: &usize| Majority::of_samples(events, batch, *first, BLOCK.min(batch - first));
        // A few operations for every spike.
        let parts: Vec<Majority> = if splits(4 * events.nnz()) {
            firsts.par_iter().map(part).collect()
        } else {
            firsts.iter().map(part).collect()
        };
        let whole = Majority {
            steps: events.rows / batch,
            batch,
            base: Events::stack(parts.iter().map(|part| &part.base))?,
            added: Events::stack(parts.iter().map(|part| &part.added))?,
            missing: Events::stack(parts.iter().map(|part| &part.missing))?,
        };
        (whole.terms() as f64 <= WORTH * events.nnz() as f64).then_some(whole)
    }

    /// Samples `first..first + len` of the sequence.
    fn of_samples(events: &Events, batch: usize, first: usize, len: usize) -> Majority {
        let (steps, cols) = (events.rows / batch, events.cols);
        let width = cols.div_ceil(BITS);
        let mut fired = vec![0u64; steps * width];
        let [mut majority, mut own] = [(); 2].map(|()| vec![0u64; width]);
        let spikes: usize = (0..steps)
            .map(|t| (events.offsets[t * batch + first + len] - events.offsets[t * batch + first]) as usize)
            .sum();
        let mut base = Rows::new(len, cols, spikes / steps);
        let mut added = Rows::new(len * steps, cols, spikes / 4);
        let mut missing = Rows::new(len * steps, cols, spikes / 4);
        for b in first..first + len {
            fired.fill(0);
            for (t, set) in fired.chunks_exact_mut(width.max(1)).enumerate() {
                collect(events.row(t * batch + b), set);
            }
            for (k, word) in majority.iter_mut().enumerate() {
                *word = frequent(fired.iter().skip(k).step_by(width), steps);
            }
            base.push(&majority);
            for set in fired.chunks_exact(width.max(1)) {
                difference(set, &majority, &mut own);
                added.push(&own);
                difference(&majority, set, &mut own);
                missing.push(&own);
            }
        }
        Majority {
            steps,
            batch: len,
            base: base.0,
            added: added.0,
            missing: missing.0,
        }
    }

    /// Rows of a table that a product adds or subtracts.
    pub fn terms(&self) -> usize {
        self.base.nnz() + self.added.nnz() + self.missing.nnz()
    }

    /// Bytes of the indices.
    pub fn bytes(&self) -> usize {
        self.base.bytes() + self.added.bytes() + self.missing.bytes()
    }
}

/// Those of `set` that are not in `other`.
fn difference(set: &[u64], other: &[u64], own: &mut [u64]) {
    for ((own, x), y) in own.iter_mut().zip(set).zip(other) {
        *own = x & !y;
    }
}

/// The set of these columns, which ascend.
fn collect(columns: &[u32], set: &mut [u64]) {
    // The word that is being filled stays in a register.
    let (mut at, mut word) = (0, 0);
    for &c in columns {
        let k = c as usize / BITS;
        if k != at {
            set[at] |= word;
            (at, word) = (k, 0);
        }
        word |= 1 << (c as usize % BITS);
    }
    if let Some(last) = set.get_mut(at) {
        *last |= word;
    }
}

/// The bits that are set in so many of the `steps` words that their complement has fewer terms: in `n` with
/// `2 n > steps + 1`.
fn frequent<'a>(words: impl Iterator<Item = &'a u64>, steps: usize) -> u64 {
    // Bit by bit the number of words that have it: plane k holds the k-th digits.
    let mut planes = [0u64; usize::BITS as usize];
    let digits = (usize::BITS - steps.leading_zeros()) as usize;
    for word in words {
        let mut carry = *word;
        for plane in &mut planes[..digits] {
            if carry == 0 {
                break;
            }
            let sum = *plane ^ carry;
            carry &= *plane;
            *plane = sum;
        }
    }
    let limit = steps.div_ceil(2);
    let (mut greater, mut equal) = (0, u64::MAX);
    for (k, plane) in planes[..digits].iter().enumerate().rev() {
        let digit = if limit >> k & 1 == 1 { u64::MAX } else { 0 };
        greater |= equal & plane & !digit;
        equal &= !(plane ^ digit);
    }
    greater
}

/// Rows as they come.
struct Rows(Events);

impl Rows {
    /// Room for `rows` rows with `ones` ones.
    fn new(rows: usize, cols: usize, ones: usize) -> Rows {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Rows(Events {
            rows: 0,
            cols,
            offsets,
            index: Vec::with_capacity(ones),
        })
    }

    fn push(&mut self, words: &[u64]) {
        append_ones(words, &mut self.0.index);
        self.0.rows += 1;
        self.0.offsets.push(self.0.index.len() as u32);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Majority, frequent};
    use crate::Events;
    use proptest::prelude::*;

    /// Inputs that fire with probabilities of their own, from never to always.
    pub(crate) fn repeating(steps: usize, batch: usize, cols: usize, seed: u64) -> Events {
        let mut state = seed.wrapping_mul(2).wrapping_add(1);
        let mut draw = move || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as f64 / (1u64 << 31) as f64
        };
        let rates: Vec<f64> = (0..batch * cols).map(|_| 1.6 * draw() - 0.3).collect();
        let dense: Vec<f32> = (0..steps * batch * cols)
            .map(|k| f32::from(draw() < rates[k % (batch * cols)]))
            .collect();
        Events::from_dense(&dense, steps * batch, cols).expect("ones and zeros")
    }

    fn spelled_out(m: &Majority) -> Vec<f32> {
        let [base, added, missing] = [&m.base, &m.added, &m.missing].map(Events::to_dense::<f32>);
        let cols = m.base.cols;
        let mut dense: Vec<f32> = Vec::new();
        for t in 0..m.steps {
            for b in 0..m.batch {
                dense.extend((0..cols).map(|c| {
                    let k = (b * m.steps + t) * cols + c;
                    base[b * cols + c] + added[k] - missing[k]
                }));
            }
        }
        dense
    }

    proptest! {
        #[test]
        fn nothing_is_lost(steps in 4usize..40, batch in 1usize..40, cols in 1usize..200, seed: u64) {
            let events = repeating(steps, batch, cols, seed);
            if let Some(m) = Majority::of(&events, batch) {
                prop_assert_eq!(spelled_out(&m), events.to_dense::<f32>());
                prop_assert!(m.terms() <= events.nnz());
            }
            let all = Majority::of_samples(&events, batch, 0, batch);
            prop_assert_eq!(spelled_out(&all), events.to_dense::<f32>());
        }
    }

    #[test]
    fn an_input_is_in_the_base_when_its_complement_is_shorter() {
        for steps in 1usize..40 {
            for n in 0..=steps {
                let words: Vec<u64> = (0..steps).map(|t| u64::from(t < n)).collect();
                let expected = u64::from(1 + steps - n < n);
                assert_eq!(frequent(words.iter(), steps), expected, "{n} of {steps}");
            }
        }
    }

    #[test]
    fn what_does_not_repeat_stays_as_it_is() {
        let dense: Vec<f32> = (0..8 * 3 * 64).map(|k| f32::from(k * k % 7 == 1)).collect();
        let events = Events::from_dense(&dense, 24, 64).expect("ones and zeros");
        assert!(events.nnz() > 0);
        assert_eq!(Majority::of(&events, 3), None);
        assert_eq!(Majority::of(&Events::empty(24, 64), 3), None);
        assert_eq!(Majority::of(&events, 0), None);
        assert_eq!(Majority::of(&events, 24), None);
    }

    #[test]
    fn a_still_image_is_its_base() {
        let dense: Vec<f32> = (0..10 * 2 * 70).map(|k| f32::from(k % 70 < 30)).collect();
        let events = Events::from_dense(&dense, 20, 70).expect("ones and zeros");
        let m = Majority::of(&events, 2).expect("worth it");
        assert_eq!((m.base.nnz(), m.added.nnz(), m.missing.nnz()), (60, 0, 0));
    }
}
