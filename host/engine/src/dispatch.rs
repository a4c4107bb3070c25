//! Operation codes to calls.

use crate::core::{Core, Work};
use crate::credit::{Matrix, WeightForm};
use crate::forward::Keep;
use crate::operands::Operands;
use crate::profile::span;
use crate::scalar::Scalar;
use neurotrain_kernels::optim::Adam;
use neurotrain_plugin_api::abi::{Args, ops};
use neurotrain_plugin_api::{Error, Field, LayerInfo, Result};
use neurotrain_tensor::HostTensor;

/// Name of an operation in messages.
pub(crate) fn name(op: u32) -> &'static str {
    match op {
        ops::NET_RESET => "reset",
        ops::NET_STEP => "step",
        ops::NET_RUN => "run",
        ops::NET_RUN_ON => "run_on",
        ops::NET_STATE => "state",
        ops::NET_SET_STATE => "set_state",
        ops::NET_FIELD => "field",
        ops::NET_CURRENT => "current",
        ops::NET_SET_NEURON => "set_neuron",
        ops::NET_NEURON_ADJOINT | ops::NET_NEURON_ADJOINT_ON => "neuron_adjoint",
        ops::NET_WEIGHT_GRAD => "weight_grad",
        ops::NET_INPUT_GRAD => "input_grad",
        ops::NET_OUTER_UPDATE => "outer_update",
        ops::NET_WEIGHT_GRAD_RAW => "weight_grad_raw",
        ops::NET_INPUT_GRAD_RAW => "input_grad_raw",
        ops::NET_PARAM => "param",
        ops::NET_PARAM_SET => "set_param",
        ops::NET_PARAM_ADD => "add_param",
        ops::NET_ADAM => "adam",
        ops::NET_SGD => "sgd",
        ops::NET_REGISTER => "register",
        ops::NET_MARK_TRAINED => "mark_trained",
        ops::NET_PLASTICITY => "plasticity",
        _ => "network operation",
    }
}

impl<R: Scalar> Core<R> {
    /// Applies a network operation.
    pub(crate) fn apply(&self, op: u32, args: Args<'_>) -> Result<Vec<HostTensor>> {
        let operands = Operands::new(name(op), args);
        self.work(|work| work.apply(op, &operands))
    }
}

impl<R: Scalar> Work<'_, R> {
    fn apply(&mut self, op: u32, o: &Operands<'_>) -> Result<Vec<HostTensor>> {
        let info = &self.plan.info;
        let _span = span(o.name, || layer_of(&info.layers, op, o));
        let nothing = |()| Vec::new();
        let one = |tensor| vec![tensor];
        match op {
            ops::NET_RESET => self.reset(o.size(0)?).map(nothing),
            ops::NET_STEP => self.step(&o.tensor(0)?).map(nothing),
            ops::NET_RUN | ops::NET_RUN_ON => {
                let keep = if o.flag(0) { Keep::Record } else { Keep::Readout };
                let run = if op == ops::NET_RUN {
                    Self::run
                } else {
                    Self::run_on
                };
                run(self, &o.tensor(0)?, keep).map(nothing)
            }
            ops::NET_STATE => self.carried(),
            ops::NET_SET_STATE => self.carry_on(o).map(nothing),
            ops::NET_FIELD => {
                let code = o.int(1)?;
                let field = Field::from_code(code).ok_or_else(|| {
                    Error::new("unsupported", format!("`field`: this host has no field {code}"))
                })?;
                self.field(o.size(0)?, field).map(one)
            }
            ops::NET_CURRENT => self.current(o.size(0)?, &o.tensor(0)?).map(one),
            ops::NET_SET_NEURON => self
                .set_neuron(o.size(0)?, o.text(), o.real_or(0, 0.0))
                .map(nothing),
            ops::NET_NEURON_ADJOINT | ops::NET_NEURON_ADJOINT_ON => {
                // Two flags say which gradients are given; without them both are, an absent one as an empty tensor.
                let (has_spikes, has_membrane) = if o.ints() > 2 {
                    (o.flag(2), o.flag(3))
                } else {
                    (true, true)
                };
                let given = |present: bool, position: usize| -> Result<Option<HostTensor>> {
                    let tensor = present.then(|| o.tensor(position)).transpose()?;
                    Ok(tensor.filter(|t| t.shape()[..] != [0]))
                };
                let spikes = given(has_spikes, 0)?;
                let membrane = given(has_membrane, usize::from(has_spikes))?;
                let last = usize::from(has_spikes) + usize::from(has_membrane);
                let next = given(op == ops::NET_NEURON_ADJOINT_ON, last)?;
                let (spikes, membrane) = (spikes.as_ref(), membrane.as_ref());
                self.neuron_adjoint(o.size(0)?, spikes, membrane, next.as_ref(), o.flag(1))
                    .map(one)
            }
            ops::NET_WEIGHT_GRAD | ops::NET_WEIGHT_GRAD_RAW => {
                let matrix = Matrix::from_code(o.name, o.int(1)?)?;
                let form = if op == ops::NET_WEIGHT_GRAD {
                    WeightForm::Used
                } else {
                    WeightForm::Stored
                };
                self.weight_grad(o.size(0)?, matrix, form, &o.tensor(0)?, &o.tensor(1)?)
                    .map(one)
            }
            ops::NET_INPUT_GRAD => self.input_grad(o.size(0)?, WeightForm::Used, &o.tensor(0)?),
            ops::NET_INPUT_GRAD_RAW => self.input_grad(o.size(0)?, WeightForm::Stored, &o.tensor(0)?),
            ops::NET_OUTER_UPDATE => {
                let matrix = Matrix::from_code(o.name, o.int(1)?)?;
                self.outer_update(o.size(0)?, matrix, o.real(0)?, &o.tensor(0)?, &o.tensor(1)?)
                    .map(nothing)
            }
            ops::NET_PARAM => self.param_value(o.size(0)?).map(one),
            ops::NET_PARAM_SET => self.param_set(o.size(0)?, &o.tensor(0)?).map(nothing),
            ops::NET_PARAM_ADD => self.param_add(o.size(0)?, o.real(0)?, &o.tensor(0)?).map(nothing),
            ops::NET_ADAM => {
                let adam = Adam {
                    lr: o.real(0)?,
                    b1: o.real(1)?,
                    b2: o.real(2)?,
                    eps: o.real(3)?,
                    step: o.real(4)? as u64,
                    weight_decay: o.real_or(5, 0.0),
                };
                self.adam(o.size(0)?, &adam, &o.tensor(0)?, &o.tensor(1)?, &o.tensor(2)?)
                    .map(nothing)
            }
            ops::NET_SGD => {
                let options = (o.real(0)?, o.real(1)?, o.real(2)? != 0.0);
                self.momentum(o.size(0)?, options, &o.tensor(0)?, &o.tensor(1)?)
                    .map(nothing)
            }
            ops::NET_REGISTER => self.register(o.text(), &o.tensor(0)?, o.flag(0)).map(one),
            ops::NET_MARK_TRAINED => self.mark_trained(o.size(0)?, o.flag(1)).map(nothing),
            ops::NET_PLASTICITY => {
                let (x, thresholds) = (o.tensor(0)?, o.tensor(1)?);
                self.plasticity(o.size(0)?, o.text(), &x, &thresholds, o.real_or(0, 1.0))
                    .map(one)
            }
            other => Err(Error::new(
                "unsupported",
                format!("this host knows no network operation {other}"),
            )
            .with_hint("the plugin was built against a newer API; use a newer host")),
        }
    }

    fn set_neuron(&mut self, index: usize, constant: &str, value: f64) -> Result<()> {
        let (_, info) = self.layer("set_neuron", index)?;
        self.state.neurons[index]
            .set(constant, value)
            .map_err(|e| e.context(format!("`set_neuron` of layer {index} (`{}`)", info.name)))
    }
}

/// The layer that an operation is about.
fn layer_of<'a>(layers: &'a [LayerInfo], op: u32, o: &Operands<'_>) -> Option<&'a LayerInfo> {
    let index = o.size(0).ok()?;
    match op {
        ops::NET_RESET | ops::NET_STEP | ops::NET_RUN | ops::NET_RUN_ON => None,
        ops::NET_STATE | ops::NET_SET_STATE | ops::NET_REGISTER => None,
        ops::NET_PARAM
        | ops::NET_PARAM_SET
        | ops::NET_PARAM_ADD
        | ops::NET_ADAM
        | ops::NET_SGD
        | ops::NET_MARK_TRAINED => layers.iter().find(|layer| {
            let recurrent = layer.recurrent.as_ref();
            let biases = [layer.bias, recurrent.and_then(|r| r.bias)];
            layer.weight == index
                || recurrent.is_some_and(|r| r.weight == index)
                || biases.contains(&Some(index))
        }),
        _ => layers.get(index),
    }
}
