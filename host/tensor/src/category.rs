//! What memory is used for.

/// What a tensor is kept for; its bytes are metered under this heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Batches, labels and targets as they come from the loader.
    Input,
    /// Trainable and fixed parameters.
    Parameter,
    /// Membranes, spikes and other state that neurons carry from step to step.
    NeuronState,
    /// Whatever a rule makes: traces, eligibilities, optimiser moments and its temporaries.
    RuleState,
    /// Layer quantities recorded over time.
    Activation,
    /// What one operation uses while it runs.
    Scratch,
    /// Memory of dropped tensors that is kept for the next ones.
    Free,
}

impl Category {
    /// All categories, in the order of their index.
    pub const ALL: [Category; 7] = [
        Category::Input,
        Category::Parameter,
        Category::NeuronState,
        Category::RuleState,
        Category::Activation,
        Category::Scratch,
        Category::Free,
    ];

    /// Name in reports and archives.
    pub fn name(self) -> &'static str {
        match self {
            Category::Input => "input",
            Category::Parameter => "parameter",
            Category::NeuronState => "neuron_state",
            Category::RuleState => "rule_state",
            Category::Activation => "activation",
            Category::Scratch => "scratch",
            Category::Free => "free",
        }
    }

    /// Whether it belongs to the state that a rule of constant memory keeps constant in the number of steps.
    pub fn is_training_state(self) -> bool {
        matches!(
            self,
            Category::NeuronState | Category::RuleState | Category::Activation | Category::Scratch
        )
    }
}
