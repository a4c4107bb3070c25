//! Eligibilities of synapses, never formed per synapse.
//!
//! The eligibility of synapse i → j is `ε_t = J_t ε_{t-1} + x_t`, so that a learning signal `post_t` (times
//! `h'_t`) leaves the gradient
//!
//! ```text
//! Σ_t post_t ε_t = Σ_τ A_τᵀ x_τ,    A_τ = post_τ + J_{τ+1} A_{τ+1}
//! ```
//!
//! with one factor per neuron and step. The complete eligibilities of a recurrent layer, in which neuron j
//! also depends on the weights of neuron p, have the Jacobian `M_t = R_t diag(h'_{t-1}) + diag(J_t)` in place
//! of `J_t`, and the same holds with `M_{τ+1}ᵀ A_{τ+1}`. Neither contains weights that are being learnt, except
//! for `R`, of which the matrix in force at step τ + 1 is meant. So the sum stays exact when weights move inside
//! the sequence: then only the last step has a learning signal, and the recursion runs anew at every step.

use neurotrain_plugin_api::{Result, Tensor};

/// What carries eligibilities from step to step, seen backwards.
pub(crate) struct Transport<'a> {
    /// `J_τ [B, n]` into step τ from the one before; the first is not read.
    pub(crate) gains: &'a [Tensor],
    /// The other neurons of the layer; `None`: diagonal eligibilities.
    pub(crate) recurrence: Option<Recurrence<'a>>,
}

/// Influence of a layer's neurons on each other.
pub(crate) struct Recurrence<'a> {
    /// `h'_τ [B, n]`.
    pub(crate) slopes: &'a [Tensor],
    /// `R [n, n]` in force at each step, or one for all.
    pub(crate) matrices: &'a [Tensor],
}

impl Transport<'_> {
    /// `A_τ` of all steps, stacked, where only the last has a signal `post [B, n]`.
    pub(crate) fn of_last(&self, post: &Tensor) -> Result<Tensor> {
        self.sweep(post.clone(), |_, carried| Ok(carried))
    }

    /// `A_τ` of all steps, stacked, for signals `posts [T, B, n]`.
    pub(crate) fn of_all(&self, posts: &Tensor) -> Result<Tensor> {
        let last = posts.select(0, self.gains.len() - 1)?;
        self.sweep(last, |tau, carried| carried.add(&posts.select(0, tau)?))
    }

    fn sweep(&self, last: Tensor, add_signal: impl Fn(usize, Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let mut factors = vec![last];
        for tau in (0..self.gains.len() - 1).rev() {
            let carried = self.back(&factors[factors.len() - 1], tau)?;
            factors.push(add_signal(tau, carried)?);
        }
        Tensor::stack(&factors.iter().rev().collect::<Vec<_>>(), 0)
    }

    /// From step τ + 1 to step τ.
    fn back(&self, later: &Tensor, tau: usize) -> Result<Tensor> {
        let own = later.mul(&self.gains[tau + 1])?;
        match &self.recurrence {
            None => Ok(own),
            Some(Recurrence { slopes, matrices }) => {
                let matrix = matrices.get(tau + 1).unwrap_or(&matrices[0]);
                own.add_product(1.0, &slopes[tau], &later.matmul(matrix)?)
            }
        }
    }
}
