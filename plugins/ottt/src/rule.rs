use crate::manifest;
use crate::objective::Objective;
use crate::presynaptic::{Presynaptic, Traces, Tracing, matrices};
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Credit, Ctx, Error, Execution, Field, LayerInfo, Matrix, Network,
    NetworkInfo, Optimizer, Report, Result, Scores, Tensor, Trainer,
};

/// Spatial backpropagation at every step, with presynaptic traces in place of the unrolled past.
#[derive(Debug)]
pub struct Ottt {
    online_updates: bool,
    execution: Execution,
    loss_lambda: f64,
    grad_clip: f64,
    sanitize_grads: bool,
    tracing: Tracing,
    /// Whether standardised convolutions between layers are differentiated as if their weights were used as stored.
    raw_ws_grad: bool,
    /// Whether classes are read from the readout's membranes, which the loss trains, or from its spikes.
    membrane_readout: bool,
    optimizer: Optimizer,
}

impl Trainer for Ottt {
    const KEY: &'static str = "ottt";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(config: &Config, network: &NetworkInfo) -> Result<()> {
        if config.bool("online_updates")? && config.execution()? == Execution::Sequence {
            return Err(Error::refused(
                "`execution: sequence` runs all steps before any update, but `online_updates` updates after every step",
            )
            .with_hint("set `online_updates: false`, or leave `execution` at `auto`"));
        }
        match network.layers.last() {
            Some(layer) if layer.readout && layer.recurrent.is_none() => Ok(()),
            Some(layer) if layer.readout => Err(Error::refused(format!(
                "the readout `{}` is recurrent; OTTT reads its loss from a feed-forward readout",
                layer.name
            ))),
            _ => Err(Error::refused(
                "the network has no readout layer to compute a loss from",
            )),
        }
    }

    fn new(config: &Config, net: &Network, _ctx: &Ctx) -> Result<Self> {
        // The reference's vgg9 exposes its decay to the rule, the other networks do not.
        let half = if config.get("lambda_half").is_some() {
            config.switch("lambda_half")?
        } else {
            config.neurotrain()? && net.info().net_type != "vgg9"
        };
        let raw_ws_grad = config.switch("raw_ws_grad")?;
        Ok(Ottt {
            online_updates: config.bool("online_updates")?,
            execution: config.execution()?,
            loss_lambda: config.f64("loss_lambda")?,
            grad_clip: config.f64("grad_clip")?,
            sanitize_grads: config.bool("sanitize_grads")?,
            tracing: Tracing {
                fixed_decay: half.then_some(0.5),
                input: config.bool("trace_input")?,
                // The reference's vgg9 calls its integrating head's product past the module that is traced.
                integrator: !(raw_ws_grad && net.info().net_type == "vgg9"),
            },
            raw_ws_grad,
            membrane_readout: match config.get("readout") {
                None => !config.neurotrain()?,
                Some(_) => config.text("readout")? == "membrane",
            },
            optimizer: Optimizer::momentum(config.f64("lr")?, 0.9),
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        if self.online_updates || self.execution != Execution::Sequence {
            self.online(net, batch, ctx)
        } else {
            self.deferred(net, batch, ctx)
        }
    }

    fn predict(&mut self, net: &Network, batch: &Batch, _ctx: &Ctx) -> Result<Option<Tensor>> {
        if !self.membrane_readout {
            return Ok(None);
        }
        net.reset(batch.len())?;
        net.run_readout(batch.input())?;
        net.field(net.readout()?, Field::Membrane)?.sum(&[0]).map(Some)
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.optimizer.save("optimizer", state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.optimizer.load("optimizer", state)
    }
}

impl Ottt {
    /// Step by step: the weights move after every step, so that the forward pass of the next one sees them, or once at
    /// the end of the sequence.
    fn online(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        let objective = self.objective(batch);
        let readout = net.readout()?;
        let mut presynaptic = Presynaptic::Online(Traces::new(net));
        let mut scores = if self.membrane_readout {
            Scores::summing(Field::Membrane)
        } else {
            Scores::new()
        };
        let (mut loss, mut sums) = (0.0, Vec::new());
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            if let Presynaptic::Online(traces) = &mut presynaptic {
                traces.advance(net, &self.tracing, ctx)?;
            }
            let (step_loss, error) =
                objective.evaluate(&net.field(readout, Field::Membrane)?, batch.labels())?;
            loss += step_loss;
            let grads = self.gradients(net, error, &presynaptic)?;
            if self.online_updates {
                self.update(net, &grads, ctx)?;
            } else if sums.is_empty() {
                sums = grads;
            } else {
                for ((_, sum), (_, grad)) in sums.iter().zip(&grads) {
                    sum.add_scaled(1.0, grad)?;
                }
            }
        }
        self.update(net, &sums, ctx)?;
        Ok(Report::new(loss, scores.total()?.argmax(-1)?))
    }

    /// No weight moves inside the sequence, so all steps are one: a run, a sweep, one product per matrix. The sequence is
    /// kept, which the rule does only when it is asked to.
    fn deferred(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.run(batch.input())?;
        let membrane = net.field(net.readout()?, Field::Membrane)?;
        let (loss, error) = self.objective(batch).evaluate(&membrane, batch.labels())?;
        let grads = self.gradients(net, error, &Presynaptic::Sequence)?;
        let scores = if self.membrane_readout {
            membrane.sum(&[0])?
        } else {
            Scores::of_run(net)?
        };
        let predictions = scores.argmax(-1)?;
        self.update(net, &grads, ctx)?;
        Ok(Report::new(loss, predictions))
    }

    fn objective(&self, batch: &Batch) -> Objective {
        Objective {
            mse_share: self.loss_lambda,
            steps: batch.steps(),
        }
    }

    /// Gradients of all parameters; `error` is the gradient with respect to the readout's membrane.
    fn gradients(&self, net: &Network, error: Tensor, pre: &Presynaptic) -> Result<Vec<(usize, Tensor)>> {
        let readout = net.readout()?.index;
        let mut credit = Credit::new(net);
        credit.add(readout, error)?;
        let mut grads = Vec::new();
        for layer in net.layers().iter().rev() {
            let Some(credit_here) = credit.take(layer) else {
                continue;
            };
            let post = if layer.index == readout {
                credit_here
            } else {
                credit_here.mul(&net.field(layer, Field::Surrogate)?)?
            };
            // The first block is exact in the reference as well.
            let raw = self.raw_ws_grad && layer.synapse == "conv2d" && !layer.sources.is_empty();
            for matrix in matrices(layer) {
                let (post, pre) = pre.factors(net, &self.tracing, layer, matrix, &post)?;
                let grad = if raw {
                    net.weight_grad_raw(layer, matrix, &post, &pre)?
                } else {
                    net.weight_grad(layer, matrix, &post, &pre)?
                };
                grads.push((weight(layer, matrix), grad));
            }
            for bias in layer
                .bias
                .into_iter()
                .chain(layer.recurrent.as_ref().and_then(|r| r.bias))
            {
                grads.push((bias, net.bias_grad(layer, &post)?));
            }
            credit.add_all(if raw {
                net.input_grad_raw(layer, &post)?
            } else {
                net.input_grad(layer, &post)?
            })?;
        }
        Ok(grads)
    }

    fn update(&mut self, net: &Network, grads: &[(usize, Tensor)], ctx: &Ctx) -> Result<()> {
        let limit = self.grad_clip;
        for (param, grad) in grads {
            let mut grad = grad.clone();
            if self.sanitize_grads {
                grad = grad.nan_to_num(0.0, limit, -limit)?;
            }
            if limit > 0.0 {
                grad = grad.clamp(-limit, limit)?;
            }
            self.optimizer.step(net, *param, &grad, ctx)?;
        }
        Ok(())
    }
}

fn weight(layer: &LayerInfo, matrix: Matrix) -> usize {
    match (&layer.recurrent, matrix) {
        (Some(recurrent), Matrix::Recurrent) => recurrent.weight,
        _ => layer.weight,
    }
}
