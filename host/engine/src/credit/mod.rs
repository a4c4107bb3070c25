//! Credit assignment: through neurons, to weights, and through synapses.

mod inputs;
mod neurons;
mod weights;

use crate::core::{Work, misfit};
use crate::graph::NodeId;
use crate::nodes::Inputs;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, leading};
use neurotrain_plugin_api::{Error, LayerInfo, Result};
use neurotrain_tensor::{Category, HostTensor};

/// Which matrix of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matrix {
    FeedForward,
    Recurrent,
}

/// Which weights a gradient passes through, where a synapse standardises them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WeightForm {
    /// The standardised ones, with the derivative of the standardisation: the exact gradient.
    Used,
    /// The stored ones, as if nothing were standardised.
    Stored,
}

impl Matrix {
    pub(crate) fn from_code(name: &str, code: i64) -> Result<Self> {
        match code {
            0 => Ok(Matrix::FeedForward),
            1 => Ok(Matrix::Recurrent),
            other => Err(Error::new(
                "bad-operand",
                format!("`{name}`: matrix {other} is neither 0 (feed-forward) nor 1 (recurrent)"),
            )),
        }
    }
}

impl<R: Scalar> Work<'_, R> {
    /// Current of layer `index` for `x [.., in]`.
    pub(crate) fn current(&mut self, index: usize, x: &HostTensor) -> Result<HostTensor> {
        let (layer, info) = self.layer("current", index)?;
        let lead = leading(x.shape(), &info.input_shape).ok_or_else(|| {
            misfit(
                "current",
                info,
                "the input",
                x.shape(),
                &format!("[.., {:?}]", info.input_shape),
            )
        })?;
        let mut values = self.synapse_forward(layer.synapse, x, count(&lead))?;
        for &node in &layer.current_path {
            values = self.along(node, values, &lead)?;
        }
        HostTensor::from_vec(
            self.session,
            values,
            &join(&lead, &info.shape),
            Category::RuleState,
        )
    }

    /// One node on the way of a current, flat `[lead, shape]`.
    fn along(&self, node: NodeId, current: Vec<R>, lead: &[usize]) -> Result<Vec<R>> {
        let source = self.plan.nodes[node].inputs[0];
        let category = Category::RuleState;
        let dims = join(lead, &self.plan.nodes[source].shape);
        let value = HostTensor::from_vec(self.session, current, &dims, category)?;
        let inputs = Inputs {
            values: &[value],
            lead,
            category,
        };
        read(&self.node_forward(node, &inputs)?.0, <[R]>::to_vec)
    }
}

fn recurrent_param(name: &str, info: &LayerInfo) -> Result<usize> {
    info.recurrent.as_ref().map(|r| r.weight).ok_or_else(|| {
        Error::new(
            "bad-operand",
            format!(
                "`{name}`: layer {} (`{}`) has no recurrent matrix",
                info.index, info.name
            ),
        )
    })
}
