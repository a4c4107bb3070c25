//! How fast recordings of N-MNIST are decoded and framed, beside tonic with PyTorch's DataLoader where
//! NEUROTRAIN_PEERS_PYTHON names a Python interpreter that has them.
//!
//! `cargo run --release -p neurotrain-loader --example events -- FOLDER`, a folder that holds `NMNIST/Train` and
//! `NMNIST/Test`.

#![expect(clippy::print_stdout, reason = "a program that reports figures")]

use neurotrain_data_nmnist::NMnist;
use neurotrain_loader::{DEFAULT_CACHE_BYTES, FrameCache, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::export::{Exported, RStr, open_dataset};
use neurotrain_plugin_api::{Config, Dataset, Error, Result};
use neurotrain_tensor::{Callbacks, DataDirs, RealType, Services, Session, SessionConfig};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

const STEPS: usize = 10;
const BATCH: usize = 256;
const ROUNDS: u64 = 3;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| {
        Error::new(
            "bad-config",
            "name the folder that holds NMNIST/Train and NMNIST/Test",
        )
    })?;
    let dir = tempfile::tempdir()?;
    let cache = FrameCache {
        folder: dir.path().to_owned(),
        max_bytes: DEFAULT_CACHE_BYTES,
        dataset: NMnist::KEY.into(),
        identity: String::new(),
    };
    // Before and after the peer, since the machine may be busier at one time than at another.
    let mut decoded = measure(&folder, None)?;
    let mut cached = measure(&folder, Some(&cache))?;
    let theirs = peer(&folder)?;
    decoded = decoded.max(measure(&folder, None)?);
    cached = cached.max(measure(&folder, Some(&cache))?);
    println!(
        "samples/s of N-MNIST, T = {STEPS}, batches of {BATCH}, {} threads",
        rayon::current_num_threads()
    );
    println!("host, decoded            {decoded:>10.0}");
    println!("host, cached             {cached:>10.0}");
    for (name, rate) in theirs {
        let ours = if name.starts_with("cached") {
            cached
        } else {
            decoded
        };
        println!("tonic, {name:<17} {rate:>10.0}   host / tonic {:.1}", ours / rate);
    }
    Ok(())
}

/// What the script says; nothing where there is none.
fn peer(folder: &str) -> Result<Vec<(String, f64)>> {
    let Some(python) = std::env::var_os("NEUROTRAIN_PEERS_PYTHON") else {
        println!("tonic  skipped: NEUROTRAIN_PEERS_PYTHON names no Python interpreter");
        return Ok(Vec::new());
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/framing.py");
    let run = Command::new(python)
        .args([
            script,
            "time",
            &format!("{folder}/NMNIST/Train"),
            &STEPS.to_string(),
            &BATCH.to_string(),
        ])
        .output()?;
    let rates: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&run.stdout)
        .map_err(|_| Error::new("io", String::from_utf8_lossy(&run.stderr)))?;
    Ok(rates
        .into_iter()
        .filter_map(|(name, rate)| Some((name, rate.as_f64()?)))
        .collect())
}

/// The best of some epochs of the training split.
fn measure(folder: &str, cache: Option<&FrameCache>) -> Result<f64> {
    let session = Session::new(SessionConfig {
        device: "cpu".into(),
        dtype: RealType::F32,
        seed: 1,
        ..SessionConfig::default()
    })?;
    let dir = PathBuf::from(folder);
    let callbacks = Callbacks {
        data_dirs: Box::new(move |_| {
            Ok(DataDirs {
                dirs: vec![dir.clone()],
                bundled: None,
            })
        }),
        ..Callbacks::default()
    };
    let host = Services::new(session.clone(), callbacks);
    let json = Config::defaults(&NMnist::manifest().params).to_json();
    let opened = open_dataset(
        &[Exported::dataset::<NMnist>()],
        RStr::from_str(NMnist::KEY),
        RStr::from_str(&json),
        host,
    );
    let config = LoaderConfig {
        steps: STEPS,
        batch_size: BATCH,
        prefetch: 2,
        validation_fraction: 0.0,
        cache: cache.cloned(),
        ..LoaderConfig::default()
    };
    let loader = Loader::open(opened.into_result()?, &session, config)?;
    let mut best = 0.0_f64;
    for round in 0..ROUNDS {
        let start = Instant::now();
        for batch in loader.epoch(Split::Train, round)? {
            batch?;
        }
        best = best.max(loader.samples(Split::Train) as f64 / start.elapsed().as_secs_f64());
    }
    Ok(best)
}
