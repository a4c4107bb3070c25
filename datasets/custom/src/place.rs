//! Where one's own data lies, and which samples are tested with when nothing says so.

use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Config, Ctx, Error, ParamSchema, Result};
use std::path::{Path, PathBuf};

/// The parameters read here.
pub(crate) fn place_params(what: &str) -> Vec<ParamSchema> {
    vec![
        ParamSchema::text("path", "", &format!("{what}, absolute or below a data folder")),
        ParamSchema::float(
            "test_fraction",
            0.2,
            "share of the samples of each class that is tested with when there is no test split",
        )
        .range(0.01, 0.9),
        ParamSchema::int("split_seed", 0, "which samples `test_fraction` draws").at_least(0.0),
    ]
}

/// A value, or that of absence.
pub(crate) fn text<'a>(config: &'a Config, key: &str, absent: &'a str) -> Result<&'a str> {
    match config.get(key) {
        Some(_) => config.text(key),
        None => Ok(absent),
    }
}

/// A whole number, 0 when absent.
pub(crate) fn count(config: &Config, key: &str) -> Result<usize> {
    match config.get(key) {
        Some(_) => config.usize(key),
        None => Ok(0),
    }
}

/// The file or folder that `path` names.
///
/// # Errors
/// `bad-config` when it names none, `missing-data` when there is no such thing.
pub(crate) fn find(key: &str, config: &Config, ctx: &Ctx) -> Result<PathBuf> {
    let wanted = Path::new(text(config, "path", "")?);
    if wanted.as_os_str().is_empty() {
        return Err(
            Error::new("bad-config", format!("{key}: `path` is not set")).with_hint(format!(
                "say where the data is, for instance `datasets: {{{key}: {{path: …}}}}`"
            )),
        );
    }
    let places: Vec<PathBuf> = match wanted.is_absolute() {
        true => vec![wanted.to_owned()],
        false => ctx.data_dirs(key)?.iter().map(|dir| dir.join(wanted)).collect(),
    };
    places.iter().find(|p| p.exists()).cloned().ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
        let looked = match looked.is_empty() {
            true => "no data folder is configured".to_owned(),
            false => format!("looked for {}", looked.join(", ")),
        };
        Error::new("missing-data", format!("{key}: `path` was not found; {looked}"))
            .with_hint("give an absolute path, or one below a data folder (`--data-dir`)")
    })
}

/// Samples to train and to test with: of each class, the configured share.
///
/// # Errors
/// `bad-config` when nothing would be left for one of them.
pub(crate) fn hold_out(labels: &[u16], config: &Config) -> Result<[Vec<usize>; 2]> {
    let fraction = config.f64_opt("test_fraction")?.unwrap_or(0.2);
    let seed = count(config, "split_seed")? as u64;
    let (mut train, mut test) = (Vec::new(), Vec::new());
    let classes = labels.iter().max().map_or(0, |l| usize::from(*l) + 1);
    for class in 0..classes {
        let of_class: Vec<usize> = (0..labels.len())
            .filter(|i| usize::from(labels[*i]) == class)
            .collect();
        let cut = (of_class.len() as f64 * fraction).round() as usize;
        let order = Stream::new(seed, "custom.test", class as u64).permutation(of_class.len());
        test.extend(order[..cut].iter().map(|i| of_class[*i]));
        train.extend(order[cut..].iter().map(|i| of_class[*i]));
    }
    if train.is_empty() || test.is_empty() {
        return Err(Error::new(
            "bad-config",
            format!(
                "`test_fraction` of {fraction} leaves {} samples to train and {} to test with",
                train.len(),
                test.len()
            ),
        )
        .with_hint("give a test split, or another share"));
    }
    train.sort_unstable();
    test.sort_unstable();
    Ok([train, test])
}
