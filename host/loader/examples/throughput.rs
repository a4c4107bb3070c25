//! How fast batches come: rate and direct coding of the bundled MNIST subset, beside a plain copy of memory.
//!
//! `cargo run --release -p neurotrain-loader --example throughput`

#![expect(clippy::print_stdout, reason = "a program that reports figures")]

use neurotrain_data_mnist::Mnist;
use neurotrain_loader::{Coding, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::export::{Exported, RStr, open_dataset};
use neurotrain_plugin_api::{Dataset, Result};
use neurotrain_tensor::{Callbacks, RealType, Services, Session, SessionConfig};
use std::hint::black_box;
use std::time::Instant;

const EPOCHS: u64 = 20;

fn main() -> Result<()> {
    println!(
        "{:<7} {:>4} {:>8} {:>9} {:>11} {:>10}",
        "coding", "T", "threads", "prefetch", "samples/s", "spikes/s"
    );
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| neurotrain_plugin_api::Error::new("io", e.to_string()))?;
        for (coding, steps) in [
            (Coding::Rate, 10),
            (Coding::Rate, 25),
            (Coding::Rate, 100),
            (Coding::Direct, 10),
        ] {
            pool.install(|| {
                measure(
                    threads,
                    LoaderConfig {
                        coding,
                        steps,
                        prefetch: 0,
                        ..LoaderConfig::default()
                    },
                )
            })?;
        }
    }
    // With loading ahead, the global pool serves the background thread.
    measure(
        rayon::current_num_threads(),
        LoaderConfig {
            prefetch: 2,
            ..LoaderConfig::default()
        },
    )?;
    let source = vec![1_u8; 256 << 20];
    let mut target = vec![2_u8; 256 << 20];
    let start = Instant::now();
    target.copy_from_slice(black_box(&source));
    black_box(&target);
    println!(
        "copy of memory: {:.1} GB/s",
        source.len() as f64 / start.elapsed().as_secs_f64() / 1e9
    );
    Ok(())
}

fn measure(threads: usize, config: LoaderConfig) -> Result<()> {
    let session = Session::new(SessionConfig {
        device: "cpu".into(),
        dtype: RealType::F32,
        seed: 1,
        ..SessionConfig::default()
    })?;
    let host = Services::new(session.clone(), Callbacks::default());
    let settings = RStr::from_str(r#"{"source": "bundled"}"#);
    let data = open_dataset(
        &[Exported::dataset::<Mnist>()],
        RStr::from_str(Mnist::KEY),
        settings,
        host,
    );
    let (coding, steps, prefetch) = (config.coding, config.steps, config.prefetch);
    let loader = Loader::open(data.into_result()?, &session, config)?;
    let (mut samples, mut spikes) = (0, 0);
    let start = Instant::now();
    for epoch in 0..EPOCHS {
        for batch in loader.epoch(Split::Train, epoch)? {
            let batch = batch?;
            samples += batch.len();
            spikes += batch.input.event_index().map_or(0, |events| events.nnz());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{:<7} {steps:>4} {threads:>8} {prefetch:>9} {:>11.0} {:>9.0}M",
        format!("{coding:?}"),
        samples as f64 / seconds,
        spikes as f64 / seconds / 1e6
    );
    Ok(())
}
