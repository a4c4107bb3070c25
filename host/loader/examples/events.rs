//! How fast recordings of N-MNIST are decoded and framed, beside tonic with PyTorch's DataLoader where
//! NEUROTRAIN_PEERS_PYTHON names a Python interpreter that has them.
//!
//! `cargo run --release -p neurotrain-loader --example events -- FOLDER`, a folder that holds `NMNIST/Train` and
//! `NMNIST/Test`.

#![expect(clippy::print_stdout, reason = "a program that reports figures")]

use neurotrain_data_nmnist::NMnist;
use neurotrain_loader::{Loader, LoaderConfig, Split};
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
    let ours = measure(&folder)?;
    println!(
        "host   {ours:>9.0} samples/s, {} threads",
        rayon::current_num_threads()
    );
    let Some(python) = std::env::var_os("NEUROTRAIN_PEERS_PYTHON") else {
        println!("tonic  skipped: NEUROTRAIN_PEERS_PYTHON names no Python interpreter");
        return Ok(());
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/framing.py");
    let run = Command::new(python)
        .args([
            script,
            "time",
            &format!("{folder}/NMNIST/Test"),
            &STEPS.to_string(),
            &BATCH.to_string(),
        ])
        .output()?;
    let theirs = String::from_utf8_lossy(&run.stdout).trim().parse::<f64>();
    let theirs = theirs.map_err(|_| Error::new("io", String::from_utf8_lossy(&run.stderr)))?;
    println!(
        "tonic  {theirs:>9.0} samples/s; host / tonic {:.1}",
        ours / theirs
    );
    Ok(())
}

/// The best of some epochs of the training split.
fn measure(folder: &str) -> Result<f64> {
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
