//! The fixed random matrices that project labels onto neurons.

use neurotrain_plugin_api::{Ctx, Error, Result, Tensor};

/// Distribution of the entries of a feedback matrix `[n, C]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distribution {
    /// N(0, scale² / n).
    Normal,
    /// Uniform in ±scale.
    Uniform,
    /// Uniform in ±scale·√(6/C) (He et al. 2015, fan-in C).
    KaimingUniform,
}

impl Distribution {
    pub(crate) const NAMES: [&'static str; 3] = ["normal", "uniform", "kaiming_uniform"];

    pub(crate) fn from_name(name: &str) -> Result<Self> {
        match name {
            "normal" => Ok(Distribution::Normal),
            "uniform" => Ok(Distribution::Uniform),
            "kaiming_uniform" => Ok(Distribution::KaimingUniform),
            other => Err(
                Error::new("bad-config", format!("`feedback_distribution` is `{other}`"))
                    .with_hint(format!("one of {}", Self::NAMES.join(", "))),
            ),
        }
    }

    /// Matrix number `index`, `[neurons, classes]`.
    pub(crate) fn draw(
        self,
        ctx: &Ctx,
        index: usize,
        [neurons, classes]: [usize; 2],
        scale: f64,
    ) -> Result<Tensor> {
        let (purpose, index, shape) = ("etlp.feedback", index as u64, [neurons, classes]);
        match self {
            Distribution::Normal => ctx.normal(purpose, index, &shape, 0.0, scale / (neurons as f64).sqrt()),
            Distribution::Uniform => ctx.uniform(purpose, index, &shape, -scale, scale),
            Distribution::KaimingUniform => {
                let bound = scale * (6.0 / classes as f64).sqrt();
                ctx.uniform(purpose, index, &shape, -bound, bound)
            }
        }
    }
}
