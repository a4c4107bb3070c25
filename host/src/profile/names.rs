//! What spans stand for, in words.

/// Which part of the program a span belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A stage of the run.
    Stage,
    /// A batch.
    Batch,
    /// Waiting for data, or inside the rule.
    Part,
    /// A network operation.
    Network,
    /// A tensor operation of the rule's own.
    Tensor,
}

impl Kind {
    /// The kind of the spans that are called `name`.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "stage" => Kind::Stage,
            "batch" => Kind::Batch,
            "network" => Kind::Network,
            "tensor" => Kind::Tensor,
            _ => Kind::Part,
        }
    }
}

/// Stage of what does not run in the run's own thread.
pub(super) const BESIDE: &str = "beside";

/// The phase that time in operation `op` counts as.
pub(super) fn phase(kind: Kind, op: &str) -> &'static str {
    match (kind, op) {
        (Kind::Stage, "set-up") => "opening data, network and rule",
        (Kind::Stage, "archive") => "log and archive",
        (Kind::Stage | Kind::Batch, _) => "the host's own loop",
        (Kind::Part, "data") => "waiting for data",
        (Kind::Part, "load") => "loading in the background",
        (Kind::Part, _) => "rule: own code",
        (Kind::Tensor, _) => "rule: tensor operations",
        (Kind::Network, "product") => "forward product",
        (Kind::Network, "sweep") => "neuron sweep",
        (Kind::Network, "product_sweep") => "forward product and sweep",
        (Kind::Network, "node") => "pooling and other nodes",
        (Kind::Network, "step" | "run" | "run_on" | "scores" | "reset") => "forward pass, other",
        (Kind::Network, "neuron_adjoint") => "neuron adjoint",
        (Kind::Network, "weight_grad" | "weight_grad_raw") => "weight gradient",
        (Kind::Network, "input_grad" | "input_grad_raw") => "input gradient",
        (Kind::Network, "outer_update") => "weight gradient and update",
        (Kind::Network, "plasticity") => "plasticity",
        (Kind::Network, "adam" | "sgd" | "add_param" | "set_param") => "parameter update",
        (Kind::Network, _) => "reading state",
    }
}

/// The stage under which a table shows `stage`, and its place.
pub(super) fn shown(stage: &str) -> (usize, &str) {
    match stage {
        "set-up" => (0, stage),
        "training" => (1, stage),
        "validation" | "test" => (2, "evaluation"),
        "archive" => (3, stage),
        BESIDE => (5, "beside the run"),
        _ => (4, "other"),
    }
}
