use crate::contrast::ClassCounts;
use crate::manifest;
use crate::path::Path;
use crate::student::Student;
use crate::target::{Neuron, Target, TargetGrad};
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, Field, LayerInfo, Network, NetworkInfo, Optimizer, Report,
    Result, Surrogate, Tensor, Trainer,
};

/// Layer-wise contrast of a forward pass of the samples with one of the labels.
#[derive(Debug)]
pub struct Tp {
    /// Decay of all traces.
    decay: f64,
    /// Of the target path, by hidden layer.
    neurons: Vec<Neuron>,
    paths: Vec<Path>,
    /// Parameter index of the projection of labels onto the first layer, `[n, C]`.
    projection: usize,
    train_projection: bool,
    train_recurrent_bias: bool,
    raw_head: bool,
    optimizer: Optimizer,
}

impl Trainer for Tp {
    const KEY: &'static str = "tp";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        let (hidden, readout) = network.require_readout()?;
        if hidden.is_empty() {
            return Err(Error::refused(
                "TP contrasts the traces of hidden layers, and this network has none",
            )
            .with_hint("give the model at least one entry in `hidden_sizes`"));
        }
        if readout.neuron.kind != "integrator" || readout.recurrent.is_some() {
            return Err(Error::refused(format!(
                "TP trains an integrating readout; `{}` is of kind `{}`",
                readout.name, readout.neuron.kind
            ))
            .with_hint(
                "set `out_integrator: true` on the model, or `head_type: leaky_integrator` on `vgg9`",
            ));
        }
        if let Some(layer) = hidden.iter().find(|l| !l.spiking()) {
            return Err(Error::refused(format!(
                "TP traces spikes; `{}` is of kind `{}`",
                layer.name, layer.neuron.kind
            )));
        }
        let fed_alone = |layer: &LayerInfo| match layer.index {
            0 => layer.sources.is_empty(),
            _ => !layer.sources.is_empty() && !layer.from_input,
        };
        if let Some(layer) = network.layers.iter().find(|l| !fed_alone(l)) {
            return Err(Error::refused(format!(
                "TP sends the label through the first layer in the place of the input; `{}` reads the input as well",
                layer.name
            )));
        }
        let size = |shape: &[usize]| shape.iter().product::<usize>();
        for layer in &hidden[1..] {
            let mut sources = layer.sources.iter().map(|source| &network.layers[*source]);
            if let Some(source) = sources.find(|s| size(&s.output_shape) != size(&layer.input_shape)) {
                return Err(Error::refused(format!(
                    "TP follows sums of layers and pooling in equal windows between them; `{}` passes on {:?}, but `{}` \
                     reads {:?}",
                    source.name, source.output_shape, layer.name, layer.input_shape
                )));
            }
        }
        Ok(())
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let paths = Path::of(net, ctx)?;
        let neurotrain = config.neurotrain()?;
        let constant = |key: &str, theirs: f64, network: f64| -> Result<f64> {
            let unset = if neurotrain { theirs } else { network };
            Ok(config.f64_opt(key)?.unwrap_or(unset))
        };
        let surrogate = Surrogate::Atan {
            scale: config.f64("surrogate_scale")?,
        };
        let neurons = net
            .hidden()
            .iter()
            .map(|layer| {
                Ok(Neuron {
                    decay: constant("alpha", 0.53, layer.neuron.beta)?,
                    threshold: constant("vth", 1.0, layer.neuron.threshold)?,
                    surrogate,
                })
            })
            .collect::<Result<_>>()?;
        let (classes, first) = (net.info().classes, &net.layers()[0]);
        let shape = [first.output_shape.iter().product(), classes];
        let start = ctx.normal("tp.S", 0, &shape, 0.0, (2.0 / classes.max(1) as f64).sqrt())?;
        let projection = net.register("S.weight", &start)?;
        let train_projection = config.bool("train_target_propagator")?;
        net.mark_trained(projection, train_projection)?;
        let train_recurrent_bias = !config.switch("rec_bias_frozen")?;
        for bias in net
            .layers()
            .iter()
            .filter_map(|l| l.recurrent.as_ref().and_then(|r| r.bias))
        {
            net.mark_trained(bias, train_recurrent_bias)?;
        }
        let lr = config.f64("lr")?;
        Ok(Tp {
            decay: config.f64("beta")?,
            neurons,
            paths,
            projection,
            train_projection,
            train_recurrent_bias,
            raw_head: config.switch("raw_head")? && net.info().net_type == "vgg9",
            optimizer: match config.bool("use_optimizer")? {
                true => Optimizer::adam(lr),
                false => Optimizer::sgd(lr),
            },
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let counts = ClassCounts::of(batch, ctx)?;
        let mut blocks = Vec::new();
        for layer in net.hidden() {
            blocks.push(Block {
                student: Student::new(layer, batch.len(), ctx)?,
                target: Target::new(layer, layer.index == 0, batch.classes(), ctx)?,
            });
        }
        let readout = net.readout()?;
        // Of what the readout reads: the output of the last hidden layer, or a sum or an average of such.
        let top = ctx.zeros(&[batch.len(), readout.input_shape.iter().product()])?;
        let mut logits = ctx.zeros(&[batch.len(), batch.classes()])?;
        let mut label_trace = 0.0;
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            label_trace = self.decay * label_trace + 1.0;
            let mut grads = Vec::new();
            for layer in net.hidden() {
                self.advance(net, layer, &mut blocks)?;
                let distance = match sum_of_sources(layer, |source| &blocks[source].target.trace)? {
                    None => counts.distance_of_labels(label_trace)?,
                    Some(trace) => counts.distance(&maps(&trace, &net.layers()[layer.sources[0]])?)?,
                };
                let block = &blocks[layer.index];
                self.block_gradients(net, layer, block, &counts, &distance, batch, &mut grads)?;
            }
            logits = self.logits(net, &logits)?;
            top.trace(self.decay, &net.input(readout)?.reshape(&top.shape())?)?;
            self.readout_gradients(net, &logits, &top, batch, &mut grads)?;
            for (param, grad) in grads {
                self.optimizer.step(net, param, &grad, ctx)?;
            }
        }
        Ok(Report::new(
            logits.cross_entropy(batch.labels())?,
            logits.argmax(1)?,
        ))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.optimizer.load("optimizer", state)
    }
}

/// Both passes in one layer.
struct Block {
    student: Student,
    target: Target,
}

impl Tp {
    /// Both passes of one layer, by one step.
    fn advance(&self, net: &Network, layer: &LayerInfo, blocks: &mut [Block]) -> Result<()> {
        let below = sum_of_sources(layer, |source| &blocks[source].target.output)?;
        let (block, neuron) = (&mut blocks[layer.index], &self.neurons[layer.index]);
        block.student.advance(net, layer, self.decay)?;
        match below {
            None => block
                .target
                .step_from_labels(&net.param(self.projection)?, neuron, self.decay),
            Some(below) => {
                let path = &self.paths[layer.index];
                block.target.step(net, layer, path, &below, neuron, self.decay)
            }
        }
    }

    /// Gradients of one layer's contrast, by `distance [C, C]` in what the layer reads.
    #[expect(clippy::too_many_arguments, reason = "all of them differ in kind")]
    fn block_gradients(
        &self,
        net: &Network,
        layer: &LayerInfo,
        block: &Block,
        counts: &ClassCounts,
        distance: &Tensor,
        batch: &Batch,
        grads: &mut Vec<(usize, Tensor)>,
    ) -> Result<()> {
        let path = &self.paths[layer.index];
        let share = 1.0 / positions(layer) as f64;
        let (student, classes) = (&block.student.trace, batch.classes());
        let target = block.target.trace.reshape(&[classes, student.dim(1)?])?;
        let similarity = student.matmul_transposed(&target)?.scale(share)?;
        let contrast = counts.gradient(&similarity, distance, batch)?.scale(share)?; // [B, C]

        let post = block.student.post(net, layer, path, &contrast.matmul(&target)?)?;
        let previous = match &layer.recurrent {
            Some(_) => Some(net.field(layer, Field::PreviousSpikes)?),
            None => None,
        };
        let mut own = net.layer_grads(layer, &post, &net.input(layer)?, previous.as_ref())?;
        if let Some(bias) = layer.recurrent.as_ref().and_then(|r| r.bias)
            && !self.train_recurrent_bias
        {
            own.retain(|(param, _)| *param != bias);
        }

        let of_output = contrast
            .transposed_matmul(student)?
            .reshape(&block.target.output.shape())?;
        let neuron = &self.neurons[layer.index];
        match block.target.gradient(net, layer, path, of_output, neuron)? {
            Some(TargetGrad::Projection(grad)) if self.train_projection => {
                grads.push((self.projection, grad))
            }
            Some(TargetGrad::Weights { weights, post }) => {
                for (param, grad) in &mut own {
                    if *param == layer.weight {
                        *grad = grad.add(&weights)?;
                    } else if Some(*param) == layer.bias {
                        *grad = grad.add(&net.bias_grad(layer, &post)?)?;
                    }
                }
            }
            _ => (),
        }
        grads.append(&mut own);
        Ok(())
    }

    /// The readout's membranes `[B, C]` after this step.
    fn logits(&self, net: &Network, before: &Tensor) -> Result<Tensor> {
        let readout = net.readout()?;
        match self.raw_head {
            false => net.field(readout, Field::Membrane),
            true => before.add(
                &net.input(readout)?
                    .matmul_transposed(&net.param(readout.weight)?)?,
            ),
        }
    }

    /// The delta rule on the readout, with the trace of what it reads.
    fn readout_gradients(
        &self,
        net: &Network,
        logits: &Tensor,
        trace: &Tensor,
        batch: &Batch,
        grads: &mut Vec<(usize, Tensor)>,
    ) -> Result<()> {
        let readout = net.readout()?;
        let error = logits.softmax_minus_one_hot(batch.labels(), 1.0 / batch.len().max(1) as f64)?;
        match self.raw_head {
            true => grads.push((readout.weight, error.outer_sum(trace)?)),
            false => grads.append(&mut net.layer_grads(readout, &error, trace, None)?),
        }
        Ok(())
    }
}

/// What `layer` reads of the layers that feed it, or nothing for the first one. Blocks with a shortcut add spikes.
fn sum_of_sources<'a>(layer: &LayerInfo, of: impl Fn(usize) -> &'a Tensor) -> Result<Option<Tensor>> {
    let mut sources = layer.sources.iter().map(|source| of(*source));
    let Some(first) = sources.next() else {
        return Ok(None);
    };
    sources
        .try_fold(first.clone(), |sum, source| sum.add(source))
        .map(Some)
}

/// Positions of the map that a layer passes on; 1 for a fully connected layer.
fn positions(layer: &LayerInfo) -> usize {
    layer.output_shape.iter().skip(1).product::<usize>().max(1)
}

/// Rows of what a layer passes on as `[rows, channels, positions]`.
fn maps(rows: &Tensor, layer: &LayerInfo) -> Result<Tensor> {
    let channels = layer.output_shape.first().copied().unwrap_or(1);
    rows.reshape(&[rows.dim(0)?, channels, positions(layer)])
}
