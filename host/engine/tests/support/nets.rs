//! The reference's networks, built by hand.

use neurotrain_plugin_api::{Graph, Init, Lif, Surrogate, serde_json::json};

pub const FAST: Surrogate = Surrogate::FastSigmoid { slope: 25.0 };

pub fn lif(beta: f64, reset: &str, order: &str, surrogate: Surrogate) -> Lif {
    Lif {
        beta,
        threshold: 1.0,
        reset: reset.into(),
        reset_order: order.into(),
        surrogate,
    }
}

pub fn fc(inputs: usize, hidden: &[usize], classes: usize, reset: &str, integrator: bool) -> Graph {
    let mut g = Graph::new("fc");
    let mut from = g.input(&[inputs]);
    from = g.node("flatten", "flatten", json!({}), &[&from]);
    let mut width = inputs;
    for (l, n) in hidden.iter().chain([&classes]).enumerate() {
        from = g.linear(
            &format!("linear{l}"),
            &format!("synapses.{l}.weight"),
            width,
            *n,
            &from,
        );
        from = if integrator && l == hidden.len() {
            g.integrator("readout", 1.0, &from)
        } else {
            g.lif(&format!("lif{l}"), &lif(0.9, reset, "delayed", FAST), &from)
        };
        width = *n;
    }
    g.output(&from);
    g
}

pub fn rec(inputs: usize, hidden: &[usize], classes: usize, reset: &str, integrator: bool) -> Graph {
    let mut g = Graph::new("rec");
    let mut from = g.input(&[inputs]);
    from = g.node("flatten", "flatten", json!({}), &[&from]);
    let mut width = inputs;
    for (l, &n) in hidden.iter().enumerate() {
        let bound = Init::fan_in(n);
        from = g.linear(
            &format!("input{l}"),
            &format!("input_layers.{l}.weight"),
            width,
            n,
            &from,
        );
        from = g.lif(&format!("lif{l}"), &lif(0.9, reset, "immediate", FAST), &from);
        let (weight, bias) = (
            format!("recurrent_layers.{l}.recurrent.weight"),
            format!("recurrent_layers.{l}.recurrent.bias"),
        );
        g.param(&weight, &[n, n], bound);
        g.param(&bias, &[n], bound);
        let back = g.node(
            &format!("rec{l}"),
            "recurrent",
            json!({"weight": weight, "bias": bias}),
            &[&from],
        );
        g.edge(&back, &from);
        width = n;
    }
    from = g.linear("fc_out", "fc_out.weight", width, classes, &from);
    from = if integrator {
        g.integrator("readout", 1.0, &from)
    } else {
        g.lif("readout", &lif(0.9, reset, "delayed", FAST), &from)
    };
    g.output(&from);
    g
}

pub fn conv(shape: [usize; 3], classes: usize, integrator: bool) -> Graph {
    let mut g = Graph::new("conv");
    let mut from = g.input(&shape);
    let mut channels = shape[0];
    let mut map = [shape[1], shape[2]];
    for (l, out) in [12, 32].into_iter().enumerate() {
        let weight = format!("conv{}.weight", l + 1);
        g.param(&weight, &[out, channels, 5, 5], Init::fan_in(channels * 25));
        from = g.node(
            &format!("conv{}", l + 1),
            "conv2d",
            json!({ "weight": weight }),
            &[&from],
        );
        from = g.node(
            &format!("pool{}", l + 1),
            "max_pool2d",
            json!({"kernel": 2, "stride": 2}),
            &[&from],
        );
        from = g.lif(
            &format!("lif{}", l + 1),
            &lif(0.9, "subtract", "delayed", FAST),
            &from,
        );
        channels = out;
        map = [(map[0] - 4) / 2, (map[1] - 4) / 2];
    }
    from = g.node("flatten", "flatten", json!({}), &[&from]);
    from = g.linear("fc", "fc.weight", channels * map[0] * map[1], classes, &from);
    from = if integrator {
        g.integrator("readout", 1.0, &from)
    } else {
        g.lif("readout", &lif(0.9, "subtract", "delayed", FAST), &from)
    };
    g.output(&from);
    g
}

/// What distinguishes the VGG9 recipes.
pub struct Vgg {
    pub shape: [usize; 3],
    pub channels: Vec<usize>,
    pub beta: f64,
    pub gain: f64,
    pub pools: Vec<usize>,
    pub v2: bool,
    pub classes: usize,
}

pub fn vgg9(c: &Vgg) -> Graph {
    let mut g = Graph::new("vgg9");
    let mut from = g.input(&c.shape);
    let [mut channels, mut h, mut w] = c.shape;
    let surrogate = if c.v2 {
        Surrogate::Atan { scale: 1.0 }
    } else {
        Surrogate::Sigmoid { slope: 4.0 }
    };
    for (l, &out) in c.channels.iter().enumerate() {
        let l = l + 1;
        let weight = format!("conv{l}.weight");
        let fan_in = channels * 9;
        g.param(
            &weight,
            &[out, channels, 3, 3],
            Init::Normal {
                mean: 0.0,
                std: (2.0 / fan_in as f64).sqrt(),
            },
        );
        let attrs = json!({"weight": weight, "padding": 1, "standardise": {"gain": c.gain, "eps": 1e-4, "unbiased": true}});
        from = g.node(&format!("conv{l}"), "conv2d", attrs, &[&from]);
        from = g.lif(
            &format!("lif{l}"),
            &lif(c.beta, "subtract", "delayed", surrogate),
            &from,
        );
        if !c.v2 {
            from = g.node(&format!("scale{l}"), "scale", json!({"factor": 2.74}), &[&from]);
        }
        if c.pools.contains(&l) {
            let kind = if c.v2 { "max_pool2d" } else { "avg_pool2d" };
            from = g.node(
                &format!("pool{l}"),
                kind,
                json!({"kernel": 2, "stride": 2}),
                &[&from],
            );
            (h, w) = (h / 2, w / 2);
        }
        channels = out;
    }
    let _ = (h, w);
    if c.v2 {
        from = g.node(
            "pool8",
            "adaptive_avg_pool2d",
            json!({"output": [2, 2]}),
            &[&from],
        );
        from = g.node("flatten", "flatten", json!({}), &[&from]);
        g.param(
            "head.fc.weight",
            &[c.classes, channels * 4],
            Init::fan_in(channels * 4),
        );
        let attrs =
            json!({"weight": "head.fc.weight", "standardise": {"gain": 1.8, "eps": 1e-5, "unbiased": false}});
        from = g.node("head", "linear", attrs, &[&from]);
        from = g.integrator("readout", 1.0, &from);
    } else {
        from = g.node("global", "adaptive_avg_pool2d", json!({"output": 1}), &[&from]);
        from = g.node("flatten", "flatten", json!({}), &[&from]);
        g.param(
            "head.weight",
            &[c.classes, channels],
            Init::Normal { mean: 0.0, std: 0.01 },
        );
        g.param("head.bias", &[c.classes], Init::Constant { value: 0.0 });
        from = g.node(
            "head",
            "linear",
            json!({"weight": "head.weight", "bias": "head.bias"}),
            &[&from],
        );
    }
    g.output(&from);
    g
}
