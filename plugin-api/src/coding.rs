//! The parameters of the host's coding of static samples.

use crate::ParamSchema;

/// The parameters of the host's encoder, to be included in a data set's schema: `T`, `coding` and the parameters of the
/// codings, `augment`, `compat` and `random_test`. NeuroTrain's `direct_coding` is another spelling of `coding` in
/// campaigns.
///
/// `steps` and `coding` are the data set's defaults. With values x in `[0, 1]`:
///
/// | `coding` | spikes |
/// |---|---|
/// | `rate` | independent at every step with probability x |
/// | `direct` | none: the standardised value at every step |
/// | `latency` | one, at tau · ln(x / (x − theta)), or tau · (1 − x) with `latency_linear`; `latency_normalize` stretches times to the last step, `latency_clip` silences x < theta |
/// | `burst` | ⌈`burst_spikes` · x⌉ from step 0 on, ⌈far − (far − near) · x⌉ steps apart, where near is `burst_min_interval` and far `burst_max_interval` |
/// | `delta` | where a value is `delta_threshold` above that of the step before, or above what was sent so far (`delta_reference`); -1 where it is as much below (`delta_off_spikes`). Also of samples with time steps of their own |
///
/// Latency and delta are those of snnTorch (J. K. Eshraghian et al., Proceedings of the IEEE 111(9), 2023); bursts are
/// those of W. Guo et al., Frontiers in Neuroscience 15:638474, 2021; what was sent is the reference of step-forward
/// coding (N. Kasabov et al., Neural Networks 78, 2016).
pub fn coding_params(steps: i64, coding: &str) -> Vec<ParamSchema> {
    let mut params = vec![
        ParamSchema::int("T", steps, "number of time steps").range(1.0, 100_000.0),
        ParamSchema::choice(
            "coding",
            coding,
            &["rate", "direct", "latency", "burst", "delta"],
            "rate: Bernoulli spikes with the pixel value as probability; direct: the standardised frame at every step; \
             latency: one spike, the earlier the larger the value; burst: more and closer spikes for larger values; \
             delta: spikes where values change",
        ),
    ];
    params.extend(latency());
    params.extend(burst());
    params.extend(delta());
    params.extend([
        ParamSchema::bool(
            "augment",
            true,
            "crop and mirror training images as the data set allows (direct coding)",
        ),
        ParamSchema::compat(),
        ParamSchema::switch(
            "random_test",
            "draw the noise of rate-coded validation and test samples anew each epoch",
        ),
    ]);
    params
}

fn latency() -> [ParamSchema; 5] {
    [
        ParamSchema::float(
            "latency_threshold",
            0.01,
            "value below which there is no spike of its own time (latency)",
        )
        .range(1e-6, 0.999),
        ParamSchema::float("latency_tau", 1.0, "time constant in steps (latency)").range(1e-6, 1e6),
        ParamSchema::bool(
            "latency_linear",
            false,
            "spike times fall linearly with the value instead of logarithmically (latency)",
        ),
        ParamSchema::bool(
            "latency_normalize",
            true,
            "stretch the spike times of a sample to its last step (latency)",
        ),
        ParamSchema::bool(
            "latency_clip",
            true,
            "values below the threshold are silent, instead of spiking last (latency)",
        ),
    ]
}

fn burst() -> [ParamSchema; 3] {
    [
        ParamSchema::int("burst_spikes", 5, "spikes of the largest value (burst)").range(1.0, 100_000.0),
        ParamSchema::int(
            "burst_min_interval",
            2,
            "steps between the spikes of the largest value (burst)",
        )
        .range(1.0, 100_000.0),
        ParamSchema::int(
            "burst_max_interval",
            0,
            "steps between spikes of the smallest values; 0: T (burst)",
        )
        .range(0.0, 100_000.0),
    ]
}

fn delta() -> [ParamSchema; 4] {
    [
        ParamSchema::float("delta_threshold", 0.1, "the smallest change that counts (delta)")
            .range(1e-6, 1e6),
        ParamSchema::bool("delta_off_spikes", false, "falls are spikes of value -1 (delta)"),
        ParamSchema::bool(
            "delta_padding",
            false,
            "the first values are no change from 0 (delta)",
        ),
        ParamSchema::choice(
            "delta_reference",
            "previous",
            &["previous", "sent"],
            "what values are compared with: those of the step before, or the sum of what was sent (delta)",
        ),
    ]
}
