//! Optimisers whose state belongs to the rule.

use crate::abi::{Bundle, ops};
use crate::{Ctx, Error, Network, Result, Tensor};
use std::collections::BTreeMap;

/// An optimiser over parameters of a network. Each parameter has its own state and step counter; a parameter
/// that receives no gradient in a step is skipped and its counter does not advance.
#[derive(Debug, Clone)]
pub struct Optimizer {
    kind: Kind,
    /// Learning rate.
    pub lr: f64,
    states: BTreeMap<usize, Moments>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Adam { b1: f64, b2: f64, eps: f64 },
    Sgd,
    Momentum { momentum: f64 },
}

#[derive(Debug, Clone)]
struct Moments {
    first: Tensor,
    second: Option<Tensor>,
    steps: u64,
}

impl Optimizer {
    /// Adam with `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8` (Kingma & Ba, arXiv:1412.6980).
    pub fn adam(lr: f64) -> Self {
        Self::with(
            Kind::Adam {
                b1: 0.9,
                b2: 0.999,
                eps: 1e-8,
            },
            lr,
        )
    }

    /// Plain gradient descent, without state.
    pub fn sgd(lr: f64) -> Self {
        Self::with(Kind::Sgd, lr)
    }

    /// Gradient descent with momentum: the buffer starts as the first gradient; no dampening, no Nesterov.
    pub fn momentum(lr: f64, momentum: f64) -> Self {
        Self::with(Kind::Momentum { momentum }, lr)
    }

    fn with(kind: Kind, lr: f64) -> Self {
        Optimizer {
            kind,
            lr,
            states: BTreeMap::new(),
        }
    }

    /// One step on parameter `param` (an index of [`NetworkInfo::params`](crate::NetworkInfo)).
    pub fn step(&mut self, net: &Network, param: usize, grad: &Tensor, ctx: &Ctx) -> Result<()> {
        let index = [param as i64];
        match self.kind {
            Kind::Sgd => net.add_param(param, -self.lr, grad),
            Kind::Momentum { momentum } => {
                let lr = self.lr;
                let state = self.state(param, grad, ctx, false)?;
                state.steps += 1;
                let first = f64::from(u8::from(state.steps == 1));
                net.unit(
                    ops::NET_SGD,
                    &[grad, &state.first],
                    &[lr, momentum, first],
                    &index,
                    "",
                )
            }
            Kind::Adam { b1, b2, eps } => {
                let lr = self.lr;
                let state = self.state(param, grad, ctx, true)?;
                state.steps += 1;
                let Some(second) = &state.second else {
                    return Err(Error::new(
                        "bad-state",
                        format!("Adam has no second moment for parameter {param}"),
                    ));
                };
                let reals = [lr, b1, b2, eps, state.steps as f64, 0.0];
                net.unit(ops::NET_ADAM, &[grad, &state.first, second], &reals, &index, "")
            }
        }
    }

    fn state(&mut self, param: usize, like: &Tensor, ctx: &Ctx, second: bool) -> Result<&mut Moments> {
        use std::collections::btree_map::Entry;
        Ok(match self.states.entry(param) {
            Entry::Occupied(e) => e.into_mut(),
            Entry::Vacant(e) => {
                let shape = like.shape();
                e.insert(Moments {
                    first: ctx.zeros(&shape)?,
                    second: if second { Some(ctx.zeros(&shape)?) } else { None },
                    steps: 0,
                })
            }
        })
    }

    /// Adds the state to a bundle under `prefix`.
    pub fn save(&self, prefix: &str, state: &mut Bundle) -> Result<()> {
        let params: Vec<i64> = self.states.keys().map(|k| *k as i64).collect();
        let steps: Vec<i64> = self.states.values().map(|s| s.steps as i64).collect();
        state.put_ints(&format!("{prefix}.params"), &params);
        state.put_ints(&format!("{prefix}.steps"), &steps);
        for (param, moments) in &self.states {
            state.put_tensor(&format!("{prefix}.{param}.first"), moments.first.copy()?);
            if let Some(second) = &moments.second {
                state.put_tensor(&format!("{prefix}.{param}.second"), second.copy()?);
            }
        }
        Ok(())
    }

    /// Restores what [`save`](Optimizer::save) wrote.
    pub fn load(&mut self, prefix: &str, state: &Bundle) -> Result<()> {
        let params = state.ints(&format!("{prefix}.params"))?;
        let steps = state.ints(&format!("{prefix}.steps"))?;
        self.states.clear();
        for (param, steps) in params.into_iter().zip(steps) {
            let first = state.tensor(&format!("{prefix}.{param}.first"))?.copy()?;
            let second = match self.kind {
                Kind::Adam { .. } => Some(state.tensor(&format!("{prefix}.{param}.second"))?.copy()?),
                _ => None,
            };
            self.states.insert(
                param as usize,
                Moments {
                    first,
                    second,
                    steps: steps as u64,
                },
            );
        }
        Ok(())
    }
}
