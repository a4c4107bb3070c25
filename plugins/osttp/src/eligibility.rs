//! From learning signals to factors of gradients. No eligibility is formed per synapse.
//!
//! No weight moves inside a sequence, so that the sum over its steps can be taken in any order: with
//! `post_t = L_t ψ_t` every form below gives factors `A_τ [B, n]` such that the gradient is `Σ_τ A_τᵀ x_τ`, and
//! `Σ_τ A_τᵀ s_{τ-1}` for a recurrent matrix.

use crate::neuron::Factors;
use neurotrain_plugin_api::{Config, Error, Result, Tensor};

/// What the eligibilities onto a recurrent layer know of its recurrent matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eligibility {
    /// Nothing: `ε_t = J_t ε_{t-1} + x_t` in each neuron.
    Diagonal,
    /// Everything: the Jacobian of the whole layer.
    Exact,
    /// As in the reference, row j of the eligibilities takes in rows k, which belong to weights of other
    /// neurons.
    RowMixing,
}

impl Eligibility {
    pub(crate) const NAMES: [&'static str; 3] = ["diagonal", "exact", "row_mixing"];

    /// As configured; null is what `compat` says.
    pub(crate) fn configured(config: &Config) -> Result<Self> {
        Ok(match config.get("eligibility") {
            None if config.neurotrain()? => Eligibility::RowMixing,
            None => Eligibility::Diagonal,
            Some(_) => match config.text("eligibility")? {
                "exact" => Eligibility::Exact,
                "row_mixing" => Eligibility::RowMixing,
                _ => Eligibility::Diagonal,
            },
        })
    }

    /// `A [T, B, n]` for signals `post [T, B, n]`; `recurrent` is the layer's own matrix `[n, n]`.
    pub(crate) fn factors(self, post: Tensor, by: Factors, recurrent: Option<&Tensor>) -> Result<Tensor> {
        match (self, recurrent) {
            (Eligibility::Diagonal, _) | (_, None) => {
                let Factors { psi, gains } = by;
                drop(psi);
                post.scan_gain_reverse(&gains)
            }
            (Eligibility::Exact, Some(matrix)) => exact(&post, &by, matrix),
            (Eligibility::RowMixing, Some(matrix)) => row_mixing(&post, &by, matrix),
        }
    }
}

/// `A_τ = post_τ + J_{τ+1} A_{τ+1} + ψ_τ (A_{τ+1} R)`.
fn exact(post: &Tensor, by: &Factors, matrix: &Tensor) -> Result<Tensor> {
    let steps = post.dim(0)?;
    let mut factors = vec![post.select(0, steps - 1)?];
    for tau in (0..steps - 1).rev() {
        let later = &factors[factors.len() - 1];
        let factor = post
            .select(0, tau)?
            .add_product(1.0, later, &by.gains.select(0, tau + 1)?)?
            .add_product(1.0, &later.matmul(matrix)?, &by.psi.select(0, tau)?)?;
        factors.push(factor);
    }
    Tensor::stack(&factors.iter().rev().collect::<Vec<_>>(), 0)
}

/// Every row of an input starts with the same weight in all eligibilities of a sample, so that
/// `ε_t = Σ_τ p_{t,τ} ⊗ x_τ` with vectors `p_{t,τ} [n]`, whatever rows are mixed:
/// `p_{t,τ} = J_t p_{t-1,τ} + R (ψ_{t-1} p_{t-1,τ})`, `p_{τ,τ} = 1`, and `A_τ = Σ_{t≥τ} post_t p_{t,τ}`.
/// The vectors of all τ advance in one product with inner size n.
fn row_mixing(post: &Tensor, by: &Factors, matrix: &Tensor) -> Result<Tensor> {
    let [steps, samples, neurons] = post.shape()[..] else {
        return Err(Error::new(
            "shape-mismatch",
            format!(
                "signals of a recurrent layer have shape {:?}, not [T, B, n]",
                post.shape()
            ),
        ));
    };
    let ones = post.narrow(0, 0, 1)?.affine(0.0, 1.0)?;
    let mut vectors = ones.clone(); // p_{t,τ} for τ = 0..=t
    let mut factors = post.narrow(0, 0, 1)?;
    for t in 1..steps {
        let emitted = vectors.mul(&by.psi.select(0, t - 1)?)?; // [t, B, n]
        let received = emitted
            .reshape(&[t * samples, neurons])?
            .matmul_transposed(matrix)?
            .reshape(&[t, samples, neurons])?;
        let kept = vectors.mul(&by.gains.select(0, t)?)?.add(&received)?;
        let signal = post.select(0, t)?;
        let grown = factors.add(&kept.mul(&signal)?)?;
        factors = Tensor::cat(&[&grown, &post.narrow(0, t, 1)?], 0)?;
        vectors = Tensor::cat(&[&kept, &ones], 0)?;
    }
    Ok(factors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_form_follows_compat() {
        let configured = |compat: &str, form: Option<&str>| {
            let mut config = Config::defaults(&crate::manifest::params());
            config.set("compat", compat);
            if let Some(form) = form {
                config.set("eligibility", form);
            }
            Eligibility::configured(&config)
        };
        assert_eq!(configured("recommended", None), Ok(Eligibility::Diagonal));
        assert_eq!(configured("neurotrain", None), Ok(Eligibility::RowMixing));
        for compat in ["recommended", "neurotrain"] {
            assert_eq!(configured(compat, Some("exact")), Ok(Eligibility::Exact));
        }
    }
}
