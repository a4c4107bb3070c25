//! A complete learning rule: the delta rule with random feedback, local in time and space.
//
// Three factors change a weight: a trace of the presynaptic spikes, the postsynaptic neuron's readiness to
// fire, and the output error that a fixed random matrix brings to the layer. At every step t
//
//     trace   = beta * trace + x_t
//     error   = s_t(readout) - one_hot(label)
//     signal  = error                                     readout
//             = (error F) * surrogate'(membrane - theta)  hidden layers, F random and fixed
//     W      -= lr / B * signal' trace
use neurotrain_plugin_api::{
    Batch, Component, Config, Ctx, Error, Field, Matrix, Network, NetworkInfo, ParamSchema, Report, Result,
    Scores, Taxonomy, Tensor, Trainer, export_plugin,
};

struct DeltaRule {
    lr: f64,
    feedback: Vec<usize>,
}

impl Trainer for DeltaRule {
    const KEY: &'static str = "delta_rule";

    // What `neurotrain plugins show delta_rule` prints, and what campaigns are checked against.
    fn manifest() -> Component {
        Component::new(
            Self::KEY,
            "Delta rule",
            "traces times output errors through random feedback",
        )
        .networks(&["fc"])
        .param(
            ParamSchema::float("lr", 2e-2, "learning rate")
                .range(0.0, 1.0)
                .search(1e-4, 1e-1)
                .log(),
        )
        .taxonomy(Taxonomy {
            strategy: "supervised".into(),
            learning_signal: "output error through random feedback".into(),
            temporally_local: true,
            spatially_local: true,
            traces: true,
            projection: "dfa".into(),
            memory_in_t: "constant".into(),
            ..Taxonomy::default()
        })
    }

    // Refuse what the rule cannot train, before anything is built; the reason is shown to the user.
    fn check(_config: &Config, network: &NetworkInfo) -> Result<()> {
        match network.layers.last() {
            Some(readout) if readout.spiking() => Ok(()),
            _ => Err(
                Error::refused("the delta rule compares readout spikes with the label")
                    .with_hint("set `out_integrator: false` on the model"),
            ),
        }
    }

    // Bind to a network. Randomness is a function of the run's seed, a purpose and an index.
    fn new(config: &Config, net: &Network, ctx: &Ctx) -> Result<Self> {
        let classes = net.readout()?.size();
        let mut feedback = Vec::new();
        for layer in net.hidden() {
            let shape = [classes, layer.size()];
            let matrix = ctx.normal("delta_rule.feedback", layer.index as u64, &shape, 0.0, 1.0)?;
            feedback.push(net.register_fixed(&format!("feedback.{}", layer.index), &matrix)?);
        }
        Ok(DeltaRule {
            lr: config.f64("lr")?,
            feedback,
        })
    }

    // One batch: B samples, T steps. `?` passes errors on; shapes that do not fit say so.
    fn train_batch(&mut self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Report> {
        net.reset(batch.len())?;
        let rate = self.lr / batch.len() as f64;
        let mut scores = Scores::new();
        let mut traces = Vec::new();
        for layer in net.layers() {
            let inputs = layer.input_shape.iter().product();
            traces.push(ctx.zeros(&[batch.len(), inputs])?);
        }
        for t in 0..batch.steps() {
            net.step(&batch.step(t)?)?;
            scores.add_step(net)?;
            let error = net.spikes(net.readout()?)?.minus_one_hot(batch.labels(), 1.0)?; // [B, C]
            for (layer, trace) in net.layers().iter().zip(&traces) {
                trace.trace(layer.neuron.beta, &net.input(layer)?)?;
                let signal = match self.feedback.get(layer.index) {
                    Some(f) => error
                        .matmul(&net.param(*f)?)?
                        .mul(&net.field(layer, Field::Surrogate)?)?,
                    None => error.clone(),
                };
                net.outer_update(layer, Matrix::FeedForward, -rate, &signal, trace)?;
            }
        }
        let total: &Tensor = scores.total()?; // [B, C]
        Ok(Report::new(
            total.cross_entropy(batch.labels())?,
            total.argmax(-1)?,
        ))
    }
}

export_plugin!(trainers: [DeltaRule]);
