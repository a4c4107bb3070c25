use crate::classifier::{Classifier, Start, channels, position_count, positions};
use crate::manifest;
use crate::traces::Traces;
use crate::upsampled::Upsampled;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Error, Field, LayerInfo, Matrix, Network, NetworkInfo, Optimizer,
    Report, Result, Scores, Surrogate, Tensor, Trainer,
};

/// Local errors of fixed random classifiers times presynaptic traces, at every step.
#[derive(Debug)]
pub struct Decolle {
    burn_in: usize,
    psi: Surrogate,
    /// Where the pseudo-derivative is evaluated: before or after the reset.
    membrane: Field,
    gap_unscaled: bool,
    train_recurrent_bias: bool,
    synapse_decay: f64,
    /// Penalties on mean membranes above and below their bounds.
    penalties: [f64; 2],
    layers: Vec<Local>,
    /// None: plain descent.
    adam: Option<Optimizer>,
}

/// What the rule keeps for a layer.
#[derive(Debug)]
struct Local {
    lr: f64,
    /// None for the readout, which sees the error itself.
    classifier: Option<Classifier>,
    upsampled: Option<Upsampled>,
}

/// Mean membranes are kept between these.
const MEMBRANE_BOUNDS: [f64; 2] = [-0.01, 0.1];

impl Trainer for Decolle {
    const KEY: &'static str = "decolle";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        let (hidden, readout) = network.require_readout()?;
        if let Some(layer) = hidden.iter().find(|l| !l.spiking()) {
            return Err(Error::refused(format!(
                "DECOLLE classifies by the spikes of every hidden layer; `{}` is of kind `{}`",
                layer.name, layer.neuron.kind
            )));
        }
        if readout.shape.len() != 1 || readout.recurrent.is_some() {
            return Err(Error::refused(format!(
                "DECOLLE reads its last error from a feed-forward readout with one neuron per class, which `{}` is not",
                readout.name
            )));
        }
        match network
            .layers
            .iter()
            .find(|l| l.synapse != "linear" && l.synapse != "conv2d")
        {
            Some(layer) => Err(Error::refused(format!(
                "DECOLLE trains linear and convolutional synapses; `{}` is {}",
                layer.name, layer.synapse
            ))),
            None => Ok(()),
        }
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let start = Start {
            scale: config.f64("g_scale")?,
            noise: match config.bool("h_with_noise")? {
                true => Some(config.f64("omega_std")?),
                false => None,
            },
        };
        let (lr, growth) = (
            config.f64("lr")?,
            if config.bool("lr_scale_per_layer")? {
                10.0
            } else {
                1.0
            },
        );
        let ignore_pooling = config.switch("ignore_pooling")?;
        let train_recurrent_bias = !config.switch("rec_bias_frozen")?;
        let mut layers = Vec::new();
        for layer in net.layers() {
            let classifier = match layer.readout {
                false => Some(Classifier::new(net, layer, start, ctx)?),
                true => {
                    if config.neurotrain()? {
                        Classifier::unused(net, layer, ctx)?;
                    }
                    None
                }
            };
            if let Some(bias) = layer.recurrent.as_ref().and_then(|r| r.bias) {
                net.mark_trained(bias, train_recurrent_bias)?;
            }
            layers.push(Local {
                lr: lr * f64::powi(growth, layer.index as i32),
                classifier,
                upsampled: match ignore_pooling {
                    true => Upsampled::of(net, layer, ctx)?,
                    false => None,
                },
            });
        }
        Ok(Decolle {
            burn_in: config.usize("burn_in")?,
            psi: match config.text("surrogate")? {
                "boxcar" => Surrogate::Boxcar {
                    half_width: config.f64("delta")?,
                },
                _ => Surrogate::Sigmoid {
                    slope: config.f64("surrogate_scale")?,
                },
            },
            membrane: match config.switch("post_reset_psi")? {
                true => Field::Reported,
                false => Field::Membrane,
            },
            gap_unscaled: config.switch("gap_unscaled")?,
            train_recurrent_bias,
            synapse_decay: config.f64("synapse_decay")?,
            penalties: [config.f64("lambda_u_upper")?, config.f64("lambda_u_lower")?],
            layers,
            adam: match config.get("use_optimizer") {
                None => !config.neurotrain()?,
                Some(_) => config.bool("use_optimizer")?,
            }
            .then(|| Optimizer::adam(lr)),
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let mut traces: Vec<Traces> = net
            .layers()
            .iter()
            .map(|layer| Traces::new(layer, self.synapse_decay))
            .collect();
        let mut scores = Scores::summing(Field::Membrane);
        let mut losses = Losses::new(batch, ctx)?;
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            for (layer, traces) in net.layers().iter().zip(&mut traces) {
                traces.advance(net, layer, ctx)?;
                let local = &self.layers[layer.index];
                let Some(post) = self.post(net, layer, local, batch, t >= self.burn_in, &mut losses)? else {
                    continue;
                };
                self.update(net, layer, &post, traces, ctx)?;
            }
        }
        let loss = losses.mean(batch.steps() * net.layers().len())?;
        Ok(Report::new(loss, scores.total()?.argmax(-1)?))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.adam
            .as_ref()
            .map_or(Ok(()), |adam| adam.save("optimizer", state))
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.adam
            .as_mut()
            .map_or(Ok(()), |adam| adam.load("optimizer", state))
    }
}

impl Decolle {
    /// Gradient of the layer's own loss with respect to its membranes, times the batch size; counts the losses.
    fn post(
        &self,
        net: &Network,
        layer: &LayerInfo,
        local: &Local,
        batch: &Batch,
        teaches: bool,
        losses: &mut Losses,
    ) -> Result<Option<Tensor>> {
        let Some(classifier) = &local.classifier else {
            if !teaches {
                return Ok(None);
            }
            let membrane = net.field(layer, self.membrane)?;
            losses.readout += membrane.cross_entropy(batch.labels())?;
            return membrane.softmax_minus_one_hot(batch.labels(), 1.0).map(Some);
        };
        let penalty = self.penalty(net, layer, losses)?;
        if !teaches {
            return Ok(None);
        }
        let error = classifier.error(net, layer, batch)?;
        losses.squares.add_scaled(1.0, &error.mul(&error)?)?;
        let share = self.share(layer) / batch.classes() as f64;
        let post = net
            .field(layer, self.membrane)?
            .pseudo_derivative(&self.psi, layer.neuron.threshold)?
            .mul(&classifier.project(net, layer, &error, share)?)?;
        match penalty {
            Some(penalty) => post.add(&penalty).map(Some),
            None => Ok(Some(post)),
        }
    }

    /// Gradient of the penalties on the mean membrane of each neuron or channel.
    fn penalty(&self, net: &Network, layer: &LayerInfo, losses: &mut Losses) -> Result<Option<Tensor>> {
        let [upper, lower] = self.penalties;
        if upper == 0.0 && lower == 0.0 {
            return Ok(None);
        }
        let mut axes = vec![0];
        axes.extend(positions(layer));
        let mean = net.field(layer, self.membrane)?.mean(&axes)?;
        let [above, below] = MEMBRANE_BOUNDS;
        let excess = mean.affine(1.0, -above)?;
        let lack = mean.affine(-1.0, below)?;
        losses.penalties +=
            upper * excess.relu()?.sum(&[])?.item()? + lower * lack.relu()?.sum(&[])?.item()?;
        let slope = excess
            .gt_scalar(0.0)?
            .scale(upper)?
            .sub(&lack.gt_scalar(0.0)?.scale(lower)?)?;
        let mut shape = vec![1, channels(layer)];
        shape.resize(layer.shape.len() + 1, 1);
        slope.scale(self.share(layer))?.reshape(&shape).map(Some)
    }

    /// Share of one position in the mean of a feature map.
    fn share(&self, layer: &LayerInfo) -> f64 {
        match self.gap_unscaled {
            true => 1.0,
            false => 1.0 / position_count(layer).max(1) as f64,
        }
    }

    fn update(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        post: &Tensor,
        traces: &Traces,
        ctx: &Ctx,
    ) -> Result<()> {
        let local = &self.layers[layer.index];
        // The mean over the batch, taken on the smaller side of the products.
        let post = &post.scale(1.0 / post.dim(0)?.max(1) as f64)?;
        let recurrent_bias = layer.recurrent.as_ref().and_then(|r| r.bias);
        let biases = layer
            .bias
            .into_iter()
            .chain(recurrent_bias.filter(|_| self.train_recurrent_bias));
        let Some(adam) = &mut self.adam else {
            let rate = -local.lr;
            if let Some(pre) = traces.input() {
                match &local.upsampled {
                    Some(upsampled) => net.add_param(layer.weight, rate, &upsampled.gradient(post, pre)?)?,
                    None => net.outer_update(layer, Matrix::FeedForward, rate, post, pre)?,
                }
            }
            if let Some(pre) = traces.recurrent() {
                net.outer_update(layer, Matrix::Recurrent, rate, post, pre)?;
            }
            for bias in biases {
                net.add_param(bias, rate * traces.one, &net.bias_grad(layer, post)?)?;
            }
            return Ok(());
        };
        adam.lr = local.lr;
        if let Some(pre) = traces.input() {
            let grad = match &local.upsampled {
                Some(upsampled) => upsampled.gradient(post, pre)?,
                None => net.weight_grad(layer, Matrix::FeedForward, post, pre)?,
            };
            adam.step(net, layer.weight, &grad, ctx)?;
        }
        if let (Some(recurrent), Some(pre)) = (&layer.recurrent, traces.recurrent()) {
            let grad = net.weight_grad(layer, Matrix::Recurrent, post, pre)?;
            adam.step(net, recurrent.weight, &grad, ctx)?;
        }
        for bias in biases {
            let grad = net.bias_grad(layer, post)?.scale(traces.one)?;
            adam.step(net, bias, &grad, ctx)?;
        }
        Ok(())
    }
}

/// Sums over the steps of a batch.
struct Losses {
    /// Squared errors of the hidden layers' classifiers `[B, C]`.
    squares: Tensor,
    readout: f64,
    penalties: f64,
}

impl Losses {
    fn new(batch: &Batch, ctx: &Ctx) -> Result<Self> {
        Ok(Losses {
            squares: ctx.zeros(&[batch.len(), batch.classes()])?,
            readout: 0.0,
            penalties: 0.0,
        })
    }

    fn mean(&self, count: usize) -> Result<f64> {
        let hidden = 0.5 * self.squares.mean(&[])?.item()?;
        Ok((hidden + self.readout + self.penalties) / count.max(1) as f64)
    }
}
