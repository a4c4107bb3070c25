//! First values of parameters.

use neurotrain_kernels::{Real, parallel};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Error, Init, Result};

/// Draws a parameter: a pure function of the seed, its name, its shape and its distribution. Row `k` of the leading axis
/// comes from stream `k` of purpose `init/<name>`.
pub(crate) fn draw<R: Real>(seed: u64, name: &str, shape: &[usize], init: Init) -> Result<Vec<R>> {
    let count: usize = shape.iter().product();
    let mut values = vec![R::ZERO; count];
    let row = (count / shape.first().copied().unwrap_or(1).max(1)).max(1);
    let purpose = format!("init/{name}");
    let fill = |next: fn(&mut Stream) -> f64, scale: f64, shift: f64, values: &mut [R]| {
        parallel::chunks_mut(values, row, count * 8, |first, part| {
            let mut stream = Stream::new(seed, &purpose, (first / row) as u64);
            for value in part {
                *value = R::from_f64(shift + scale * next(&mut stream));
            }
        });
    };
    match init {
        Init::Uniform { bound } => fill(Stream::uniform, 2.0 * bound, -bound, &mut values),
        Init::Normal { mean, std } => fill(Stream::normal, std, mean, &mut values),
        Init::Constant { value } => values.fill(R::from_f64(value)),
        other => {
            return Err(Error::new(
                "unsupported",
                format!("parameter `{name}`: this host does not know {other:?}"),
            )
            .with_hint("use a newer host"));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::draw;
    use neurotrain_plugin_api::Init;

    #[test]
    fn draws_are_functions_of_seed_and_name() {
        let init = Init::Uniform { bound: 0.5 };
        let of = |seed, name| draw::<f64>(seed, name, &[30, 20], init).expect("a known distribution");
        assert_eq!(of(1, "a"), of(1, "a"));
        assert_ne!(of(1, "a"), of(1, "b"));
        assert_ne!(of(1, "a"), of(2, "a"));
        let values = of(1, "a");
        let (low, high) = values
            .iter()
            .fold((0.0f64, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(
            (-0.5..-0.45).contains(&low) && (0.45..0.5).contains(&high),
            "{low} {high}"
        );
    }

    #[test]
    fn single_precision_rounds_the_same_draws() {
        let init = Init::Normal { mean: 1.0, std: 2.0 };
        let single = draw::<f32>(3, "w", &[7, 5], init).expect("a known distribution");
        let double = draw::<f64>(3, "w", &[7, 5], init).expect("a known distribution");
        assert!(single.iter().zip(double).all(|(s, d)| *s == d as f32));
    }
}
