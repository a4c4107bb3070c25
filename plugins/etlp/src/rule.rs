use crate::feedback::Distribution;
use crate::manifest;
use crate::teaching::Teaching;
use crate::traces::Traces;
use crate::update::Update;
use neurotrain_plugin_api::{
    Batch, Bundle, Component, Config, Ctx, Field, LayerInfo, Network, NetworkInfo, Report, Result, Scores,
    Surrogate, Tensor, Trainer,
};

/// Presynaptic traces times a postsynaptic pseudo-derivative times the projected label, at every step.
#[derive(Debug)]
pub struct Etlp {
    surrogate_scale: f64,
    /// Where the pseudo-derivative is evaluated: before or after the reset.
    membrane: Field,
    /// What the trace of a recurrent matrix is fed with.
    recurrent_source: Field,
    teaching: Teaching,
    /// Parameter index of the feedback matrix `[n, C]` of each hidden layer.
    feedback: Vec<usize>,
    update: Update,
}

impl Trainer for Etlp {
    const KEY: &'static str = "etlp";

    fn manifest() -> Component {
        manifest::manifest()
    }

    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        network.require_spiking_readout("ETLP")?;
        network.require_linear("ETLP")?;
        for layer in &network.layers {
            layer.require_spiking("ETLP", "spiking neurons")?;
        }
        Ok(())
    }

    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        Ok(Etlp {
            surrogate_scale: config.f64("surrogate_scale")?,
            membrane: if config.switch("post_reset_psi")? {
                Field::Reported
            } else {
                Field::Membrane
            },
            recurrent_source: if config.switch("rec_trace_early")? {
                Field::Spikes
            } else {
                Field::PreviousSpikes
            },
            teaching: Teaching::new(config.f64("update_rate_hz")?, config.f64("dt_ms")?),
            feedback: feedback(config, net, ctx)?,
            update: Update::new(config, net)?,
        })
    }

    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let teaches = self.teaching.events(batch, ctx)?;
        let projected = self.projected_labels(net, batch)?;
        let mut traces = Traces::of_layers(net, batch.len(), self.recurrent_source, ctx)?;
        let mut scores = Scores::new();
        let squared = ctx.zeros(&[batch.len(), batch.classes()])?;
        for (t, teaches) in teaches.into_iter().enumerate() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            let error = net.spikes(net.readout()?)?.minus_one_hot(batch.labels(), 1.0)?; // [B, C]
            squared.add_scaled(1.0, &error.mul(&error)?)?;
            for (layer, traces) in net.layers().iter().zip(&mut traces) {
                traces.advance(net, layer)?;
                if teaches {
                    // The readout, which comes after the hidden layers, sees its own error.
                    let signal = projected.get(layer.index).unwrap_or(&error);
                    let post = signal.mul(&self.pseudo_derivative(net, layer)?)?; // [B, n]
                    self.update.apply(net, layer, &post, traces, ctx)?;
                }
            }
        }
        let loss = squared.mean(&[])?.item()? / batch.steps() as f64;
        Ok(Report::new(loss, scores.total()?.argmax(-1)?).scalar("lr", self.update.lr()))
    }

    fn save(&self, state: &mut Bundle) -> Result<()> {
        self.update.save(state)
    }

    fn load(&mut self, state: &Bundle) -> Result<()> {
        self.update.load(state)
    }
}

impl Etlp {
    /// `-Y Fᵀ [B, n]` of every hidden layer: the same at every step.
    fn projected_labels(&self, net: &Network, batch: &Batch) -> Result<Vec<Tensor>> {
        self.feedback
            .iter()
            .map(|matrix| {
                net.param(*matrix)?
                    .transpose(0, 1)?
                    .gather_rows(batch.labels(), -1.0)
            })
            .collect()
    }

    fn pseudo_derivative(&self, net: &Network, layer: &LayerInfo) -> Result<Tensor> {
        let threshold = layer.neuron.threshold;
        let triangle = Surrogate::Triangular {
            scale: self.surrogate_scale,
            width: threshold,
        };
        net.field(layer, self.membrane)?
            .pseudo_derivative(&triangle, threshold)
    }
}

fn feedback(config: &Config, net: &Network, ctx: &Ctx) -> Result<Vec<usize>> {
    let distribution = Distribution::from_name(config.text("feedback_distribution")?)?;
    let (scale, classes) = (config.f64("feedback_scale")?, net.readout()?.size());
    net.hidden()
        .iter()
        .map(|layer| {
            let matrix = distribution.draw(ctx, layer.index, [layer.size(), classes], scale)?;
            net.register_fixed(&format!("feedback.{}", layer.index), &matrix)
        })
        .collect()
}
