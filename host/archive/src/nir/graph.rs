//! NIR nodes, as far as the networks of this program need them.

/// A graph ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NirGraph {
    pub(crate) nodes: Vec<NirNode>,
    pub(crate) edges: Vec<(String, String)>,
    /// Length of a step in seconds.
    pub(crate) dt: f64,
    /// Whether neuron constants are written in double precision, as the weights are.
    pub(crate) double: bool,
}

/// A named node with what NIR itself cannot say of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NirNode {
    pub(crate) name: String,
    pub(crate) kind: NirKind,
    pub(crate) metadata: Annotations,
}

/// What NIR itself cannot say, by name.
pub(crate) type Annotations = Vec<(&'static str, Metadata)>;

/// A value of a node's metadata.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Metadata {
    Number(f64),
    Text(String),
}

/// A primitive. Weights are names of parameters, shapes are those of one sample at one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NirKind {
    Input {
        shape: Vec<usize>,
    },
    Output {
        shape: Vec<usize>,
    },
    Linear {
        weight: String,
    },
    Affine {
        weight: String,
        bias: String,
    },
    Conv2d(Conv2d),
    AvgPool2d {
        kernel: [usize; 2],
        stride: [usize; 2],
    },
    Flatten {
        input: Vec<usize>,
    },
    Scale {
        factor: f64,
        shape: Vec<usize>,
    },
    /// Perfect integrator `dv/dt = r I`.
    Integrator {
        r: f64,
        shape: Vec<usize>,
    },
    /// Leaky integrator `tau dv/dt = -v + r I`.
    LeakyIntegrator {
        tau: f64,
        r: f64,
        shape: Vec<usize>,
    },
    /// Perfect integrator that fires.
    IntegrateFire {
        r: f64,
        threshold: f64,
        shape: Vec<usize>,
    },
    /// Leaky integrator that fires.
    LeakyIntegrateFire {
        tau: f64,
        r: f64,
        threshold: f64,
        shape: Vec<usize>,
    },
}

/// A convolution over `input` (height, width).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conv2d {
    pub(crate) weight: String,
    pub(crate) bias: Option<String>,
    pub(crate) channels: usize,
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) input: [usize; 2],
}

impl NirNode {
    pub(crate) fn new(name: &str, kind: NirKind) -> Self {
        NirNode {
            name: name.to_owned(),
            kind,
            metadata: Vec::new(),
        }
    }
}
