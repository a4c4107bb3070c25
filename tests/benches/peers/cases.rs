//! What is compared.

/// Rules and networks of NeuroTrain that go together.
const REFERENCE: [(&str, &[&str]); 10] = [
    ("bptt", &["fc_snn", "r_snn", "conv_snn"]),
    ("ottt", &["fc_snn", "r_snn", "conv_snn"]),
    ("decolle", &["fc_snn", "conv_snn"]),
    ("esd_rtrl", &["fc_snn", "r_snn", "conv_snn"]),
    ("stsf", &["fc_snn"]),
    ("tp", &["fc_snn", "r_snn", "conv_snn"]),
    ("etlp", &["fc_snn", "r_snn"]),
    ("eprop", &["r_snn"]),
    ("ostl", &["fc_snn", "r_snn"]),
    ("osttp", &["fc_snn", "r_snn"]),
];
/// Rules that are also measured over 100 steps.
const LONG: [&str; 3] = ["bptt", "ottt", "esd_rtrl"];
/// Networks of the library script, and what they are here.
const LIBRARY: [(&str, &str, &str); 4] = [
    ("fc", "fc_snn", "mnist"),
    ("shd_fc", "fc_snn", "shd"),
    ("shd_rec", "r_snn", "shd"),
    ("conv", "conv_snn", "mnist"),
];
const LIBRARIES: [&str; 3] = ["snntorch", "spikingjelly", "norse"];

/// Whose code is on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The Python benchmark.
    Reference,
    /// A library.
    Library,
    /// PyTorch's way to load data.
    Loader,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) peer: Peer,
    /// The words of its name.
    words: Vec<String>,
    /// Arguments of `neurotrain bench`.
    pub(crate) ours: Vec<String>,
    /// Arguments of the peer's script.
    pub(crate) theirs: Vec<String>,
}

impl Case {
    fn new(peer: Peer, name: &str, ours: &str, theirs: &str) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Case {
            peer,
            words: words(name),
            ours: words(ours),
            theirs: words(theirs),
        }
    }

    pub(crate) fn name(&self) -> String {
        self.words.join(" ")
    }

    /// Whether its name has all of `words`.
    pub(crate) fn has(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.words.contains(word))
    }

    /// The script below `tests/peers`.
    pub(crate) fn script(&self) -> &'static str {
        match self.peer {
            Peer::Reference => "neurotrain_step.py",
            Peer::Library => "train_step.py",
            Peer::Loader => "loading.py",
        }
    }
}

/// All comparisons.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (rule, networks) in REFERENCE {
        for network in networks {
            cases.push(training(rule, network, "mnist"));
        }
    }
    for rule in LONG {
        for network in ["fc_snn", "r_snn"] {
            cases.push(training(rule, network, "shd"));
        }
    }
    for network in ["fc_snn", "r_snn", "conv_snn"] {
        cases.push(Case::new(
            Peer::Reference,
            &format!("neurotrain evaluate {network} mnist"),
            &format!("evaluate --rules bptt --models {network} {}", input("mnist")),
            &format!("--phase evaluate --rule bptt --network {network} --shape mnist"),
        ));
    }
    cases.push(Case::new(
        Peer::Reference,
        "neurotrain load mnist",
        "load --dataset MNIST --steps 10 --batch 256",
        "--phase load",
    ));
    cases.push(Case::new(
        Peer::Loader,
        "pytorch load mnist 2-workers",
        "load --dataset MNIST --steps 10 --batch 256",
        "--workers 2",
    ));
    for library in LIBRARIES {
        for (theirs, ours, shape) in LIBRARY {
            cases.push(Case::new(
                Peer::Library,
                &format!("{library} train bptt {ours} {shape}"),
                &format!("train --rules bptt --models {ours} {}", input(shape)),
                &format!("--peer {library} --network {theirs}"),
            ));
        }
    }
    cases
}

/// What our side learns from: digits that both sides have, or spikes at random.
fn input(shape: &str) -> String {
    match shape {
        "mnist" => "--dataset MNIST".to_owned(),
        other => format!("--shape {other}"),
    }
}

fn training(rule: &str, network: &str, shape: &str) -> Case {
    Case::new(
        Peer::Reference,
        &format!("neurotrain train {rule} {network} {shape}"),
        &format!("train --rules {rule} --models {network} {}", input(shape)),
        &format!("--phase train --rule {rule} --network {network} --shape {shape}"),
    )
}
