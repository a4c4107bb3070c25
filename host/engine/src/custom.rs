//! Nodes of a model plugin's own: the host calls its forward function and its vector-Jacobian product.
//!
//! A node with an attribute `weight` is a synapse: its weight (and bias) follow its input as further inputs, so its
//! vector-Jacobian product gives their gradients too.

use crate::core::Work;
use crate::graph::Weights;
use crate::scalar::{Scalar, read};
use crate::shape::{count, join, reshape};
use abi_stable::std_types::RStr;
use neurotrain_plugin_api::abi::RawModelBox;
use neurotrain_plugin_api::{Bundle, Error, Result, Tensor};
use neurotrain_tensor::{Category, HostTensor};

impl<R: Scalar> Work<'_, R> {
    fn plugin(&self, node: &str) -> Result<&RawModelBox> {
        self.model.ok_or_else(|| {
            Error::new(
                "unsupported",
                format!("no model family is at hand that computes node {node}"),
            )
            .with_hint("a network with nodes of a plugin's own needs that plugin to be opened")
        })
    }

    /// Output of a node for inputs `[rows, ..]`, checked to be `[rows, shape..]`.
    pub(crate) fn custom_forward(
        &self,
        json: &str,
        inputs: &[HostTensor],
        rows: usize,
        shape: &[usize],
    ) -> Result<HostTensor> {
        let answer = self
            .plugin(json)?
            .node_forward(RStr::from_str(json), bundle(inputs, None)?)
            .into_result()
            .map_err(|e| Error::from(e).context(format!("node {json}")))?;
        expect(answer.tensor("output")?, &join(&[rows], shape), json)
    }

    /// Gradients with respect to the inputs of a node, each of its input's shape.
    pub(crate) fn custom_vjp(
        &self,
        json: &str,
        inputs: &[HostTensor],
        gradient: &HostTensor,
    ) -> Result<Vec<HostTensor>> {
        let answer = self
            .plugin(json)?
            .node_vjp(RStr::from_str(json), bundle(inputs, Some(gradient))?)
            .into_result()
            .map_err(|e| Error::from(e).context(format!("node {json}")))?;
        let one = |(i, input): (usize, &HostTensor)| {
            expect(answer.tensor(&format!("grad_input.{i}"))?, &input.dims(), json)
        };
        inputs.iter().enumerate().map(one).collect()
    }

    /// A synapse's inputs: `x [rows, ..]` and its parameters.
    fn custom_operands(&mut self, weights: &Weights, x: &HostTensor, rows: usize) -> Result<Vec<HostTensor>> {
        let shape = join(&[rows], &[count(x.shape()) / rows.max(1)]);
        let shape = match x.shape().len() {
            // Already `[rows, ..]`.
            n if n > 1 && x.shape()[0] == rows => x.dims(),
            _ => shape,
        };
        let mut inputs = vec![reshape(x, &shape)?];
        for param in [Some(weights.weight), weights.bias].into_iter().flatten() {
            inputs.push(snapshot(self.state.params[param].value()?)?);
        }
        Ok(inputs)
    }

    pub(crate) fn custom_synapse(
        &mut self,
        json: &str,
        weights: &Weights,
        x: &HostTensor,
        rows: usize,
        shape: &[usize],
    ) -> Result<Vec<R>> {
        let inputs = self.custom_operands(weights, x, rows)?;
        read(&self.custom_forward(json, &inputs, rows, shape)?, <[R]>::to_vec)
    }

    /// Gradients with respect to the input and to the weight.
    pub(crate) fn custom_synapse_grads(
        &mut self,
        json: &str,
        weights: &Weights,
        x: &HostTensor,
        post: &[R],
        rows: usize,
        shape: &[usize],
    ) -> Result<(Vec<R>, Vec<R>)> {
        let inputs = self.custom_operands(weights, x, rows)?;
        let dims = join(&[rows], shape);
        let gradient = HostTensor::from_vec(self.session, post.to_vec(), &dims, Category::RuleState)?;
        let grads = self.custom_vjp(json, &inputs, &gradient)?;
        match grads.as_slice() {
            [x, weight, ..] => Ok((read(x, <[R]>::to_vec)?, read(weight, <[R]>::to_vec)?)),
            _ => Err(Error::new("host-fault", format!("node {json} has no weight"))),
        }
    }
}

/// Another tensor with the same values now; changes of either are not seen by the other.
pub(crate) fn snapshot(tensor: &HostTensor) -> Result<HostTensor> {
    tensor.snapshot()
}

fn bundle(inputs: &[HostTensor], gradient: Option<&HostTensor>) -> Result<Bundle> {
    let mut bundle = Bundle::new();
    for (i, input) in inputs.iter().enumerate() {
        bundle.put_tensor(
            &format!("input.{i}"),
            Tensor::from_raw(snapshot(input)?.into_raw()),
        );
    }
    if let Some(gradient) = gradient {
        bundle.put_tensor("grad_output", Tensor::from_raw(snapshot(gradient)?.into_raw()));
    }
    Ok(bundle)
}

fn expect(found: Tensor, dims: &[usize], json: &str) -> Result<HostTensor> {
    let tensor = HostTensor::of(found.raw())?;
    if tensor.shape()[..] != *dims {
        let message = format!(
            "node {json} gave a tensor of shape {:?}, not {dims:?}",
            tensor.shape()
        );
        return Err(Error::new("shape-mismatch", message)
            .with_hint("its attribute `shape` says the shape of one sample of its output"));
    }
    Ok(tensor)
}
