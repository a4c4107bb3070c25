//! Convolutions, alone or together with the maximum pooling behind them.

use super::{accumulates, effective, multiplies, repeats_of, taps};
use crate::core::Work;
use crate::credit::WeightForm;
use crate::graph::{Layer, NodeId, Op, Weights};
use crate::scalar::{Held, Scalar, read};
use crate::shape::repeated;
use neurotrain_kernels::conv::{self, Conv, ConvCost, Input, Pool, Pooled, Post};
use neurotrain_kernels::pool;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{HostTensor, Phase, SynapticOps};
use std::borrow::Cow;
use std::sync::Arc;

/// A gradient on its way back from a layer's current to its synapse.
pub(crate) enum Back<'a, R: Scalar> {
    /// With respect to the synapse's output.
    Output(Cow<'a, [R]>),
    /// With respect to the maxima of a convolution's output.
    Maxima(Maxima<'a, R>),
}

/// A gradient behind a maximum pooling, and what the forward pass found there.
pub(crate) struct Maxima<'a, R: Scalar> {
    pub(crate) node: NodeId,
    pub(crate) pool: Pool,
    pub(crate) gradient: Cow<'a, [R]>,
    pub(crate) places: Arc<Vec<u8>>,
}

/// Maxima of a current, and where they are wanted their places.
pub(crate) type PooledCurrent<R> = (Vec<R>, Option<Arc<Vec<u8>>>);

impl<R: Scalar> Maxima<'_, R> {
    fn post(&self) -> Post<'_, R> {
        Post::Pooled(Pooled {
            pool: self.pool,
            gradient: &self.gradient,
            places: &self.places,
        })
    }
}

impl<R: Scalar> Work<'_, R> {
    /// The pooling that is computed with the convolution of a layer, when there is one: its node comes first on the path of
    /// the current.
    pub(crate) fn pooled_conv(&self, layer: &Layer) -> Option<(NodeId, Pool)> {
        let node = *layer.current_path.first()?;
        match (&self.plan.nodes[layer.synapse].op, &self.plan.nodes[node].op) {
            (Op::Conv2d { .. }, &Op::MaxPool { kernel, stride }) => Some((node, Pool { kernel, stride })),
            _ => None,
        }
    }

    /// Maxima of the current of a convolution, and where they are `wanted` their places. Steps with the same input are
    /// computed once.
    pub(crate) fn pooled_forward(
        &mut self,
        node: NodeId,
        (pool, wanted): (Pool, bool),
        x: &HostTensor,
        rows: usize,
    ) -> Result<PooledCurrent<R>> {
        let session = self.session;
        let run = |work: &mut Self, x: &HostTensor, rows: usize| {
            work.conv_product(node, x, rows, |geometry, input, matrix, bias, cost| {
                conv::forward_pooled(geometry, pool, wanted, input, matrix, bias, cost, |length| {
                    session.buffer(length)
                })
            })
        };
        let (values, places) = match repeated(x)? {
            Some((frame, times)) if rows.is_multiple_of(times) => {
                let once = self.repeating(times, |work| run(work, &frame, rows / times))?;
                (once.0.repeat(times), once.1.repeat(times))
            }
            _ => run(self, x, rows)?,
        };
        Ok((values, wanted.then(|| Arc::new(places))))
    }

    /// Current of a convolution for `rows` samples.
    pub(super) fn conv_forward(&mut self, node: NodeId, x: &HostTensor, rows: usize) -> Result<Vec<R>> {
        let session = self.session;
        self.conv_product(node, x, rows, |geometry, input, matrix, bias, cost| {
            conv::forward(geometry, input, matrix, bias, cost, |length| {
                session.buffer(length)
            })
        })
    }

    /// Runs `body(geometry, input, weights, bias, cost)` and counts it as a forward product.
    fn conv_product<T>(
        &mut self,
        node: NodeId,
        x: &HostTensor,
        rows: usize,
        body: impl FnOnce(&Conv, Input<'_, R>, &[R], &[R], &ConvCost) -> T,
    ) -> Result<T> {
        let (geometry, weights) = self.geometry(node)?;
        let bias = match weights.bias {
            Some(bias) => read(self.state.params[bias].value()?, <[R]>::to_vec)?,
            None => Vec::new(),
        };
        let cost = self.conv_cost();
        let session = self.session;
        let param = &mut self.state.params[weights.weight];
        let (out, effective) = param.with_matrix(weights.standardise, |matrix| {
            with_input(x, rows, &geometry, |input| {
                let _scratch = Held::scratch(session, conv::forward_bytes(&geometry, &input, &cost));
                (
                    body(&geometry, input, matrix, &bias, &cost),
                    effective_input(&geometry, &input),
                )
            })
        })??;
        self.count(Phase::Forward, rows * geometry.work(), effective);
        Ok(out)
    }

    /// Gradient of the weights of a convolution as they are stored, behind its maximum pooling, summed over `rows` samples.
    pub(crate) fn pooled_weight_grad(
        &mut self,
        node: NodeId,
        form: WeightForm,
        post: &Maxima<'_, R>,
        x: &HostTensor,
        rows: usize,
    ) -> Result<Vec<R>> {
        let (gradient, weights) = match repeated(x)? {
            // Steps with the same input: the sum of their postsynaptic sides meets it once.
            Some((frame, times)) if rows.is_multiple_of(times) && rows > 0 => {
                let window = self.window(post.node)?;
                let map = pool::max_adjoint_sum(&window, &post.gradient, &post.places, times);
                let _scratch = self.scratch(&map);
                self.repeating(times, |work| {
                    work.conv_weight_grad(node, Post::Map(&map), &frame, rows / times)
                })?
            }
            _ => self.conv_weight_grad(node, post.post(), x, rows)?,
        };
        self.through_standardisation(&weights, form, gradient)
    }

    /// Gradient of the weights that a convolution uses.
    pub(super) fn conv_weight_grad(
        &mut self,
        node: NodeId,
        post: Post<'_, R>,
        x: &HostTensor,
        rows: usize,
    ) -> Result<(Vec<R>, Weights)> {
        let (geometry, weights) = self.geometry(node)?;
        let cost = self.conv_cost();
        let _scratch = Held::scratch(self.session, conv::weight_grad_bytes::<R>(&geometry, rows));
        let (gradient, effective) = with_input(x, rows, &geometry, |input| {
            (
                conv::weight_grad(&geometry, post, input, &cost),
                effective_input(&geometry, &input),
            )
        })?;
        self.count(Phase::Learning, rows * geometry.work(), effective);
        Ok((gradient, weights))
    }

    /// Gradient with respect to the input of a convolution, behind its maximum pooling.
    pub(crate) fn pooled_input_grad(
        &mut self,
        node: NodeId,
        form: WeightForm,
        post: &Maxima<'_, R>,
        rows: usize,
    ) -> Result<Vec<R>> {
        self.conv_input_grad(node, form, post.post(), rows)
    }

    /// Gradient with respect to the input of a convolution.
    pub(super) fn conv_input_grad(
        &mut self,
        node: NodeId,
        form: WeightForm,
        post: Post<'_, R>,
        rows: usize,
    ) -> Result<Vec<R>> {
        let (geometry, weights) = self.geometry(node)?;
        let (cost, products) = (self.conv_cost(), taps::of_post(&geometry, &post));
        let standardise = weights.standardise.filter(|_| form == WeightForm::Used);
        let session = self.session;
        let out = self.state.params[weights.weight].with_matrix(standardise, |matrix| {
            conv::input_grad(&geometry, post, matrix, &cost, |length| session.buffer(length))
        })?;
        let effective = multiplies(products);
        self.count(Phase::Learning, rows * geometry.work(), effective);
        Ok(out)
    }

    /// What decides how convolutions are computed.
    fn conv_cost(&self) -> ConvCost {
        self.session.cost().conv().clone()
    }

    /// The geometry and the parameters of a convolution node.
    fn geometry(&self, node: NodeId) -> Result<(Conv, Weights)> {
        let at = &self.plan.nodes[node];
        let input = &self.plan.nodes[at.inputs[0]].shape;
        match (&at.op, input.as_slice()) {
            (
                Op::Conv2d {
                    weights,
                    stride,
                    padding,
                },
                &[channels, height, width],
            ) => {
                let shape = &self.plan.info.params[weights.weight].shape;
                let geometry = Conv {
                    channels,
                    height,
                    width,
                    outputs: shape[0],
                    kernel: [shape[2], shape[3]],
                    stride: *stride,
                    padding: *padding,
                };
                Ok((geometry, *weights))
            }
            _ => Err(Error::new(
                "host-fault",
                format!("node `{}` is no convolution", at.name),
            )),
        }
    }
}

/// Lends the input of a convolution in the form that it is kept in.
fn with_input<R: Scalar, T>(
    x: &HostTensor,
    rows: usize,
    geometry: &Conv,
    body: impl FnOnce(Input<'_, R>) -> T,
) -> Result<T> {
    let inputs = geometry.channels * geometry.height * geometry.width;
    match x.event_index() {
        Some(events) if events.rows == rows && events.cols == inputs => match repeats_of(x, &events) {
            Some(majority) => Ok(body(Input::Repeats(&events, &majority))),
            None => Ok(body(Input::Events(&events))),
        },
        Some(events) if events.rows * events.cols == rows * inputs => match events.reshape(rows, inputs) {
            Some(events) => Ok(body(Input::Events(&events))),
            None => read(x, |x: &[R]| body(Input::Dense(x))),
        },
        _ => read(x, |x: &[R]| body(Input::Dense(x))),
    }
}

/// Effective operations of a product with an input.
fn effective_input<R: Scalar>(geometry: &Conv, input: &Input<'_, R>) -> SynapticOps {
    let products = taps::of_input(geometry, input);
    match input {
        Input::Dense(x) => effective(x, products),
        Input::Events(_) | Input::Repeats(..) => accumulates(products),
    }
}
