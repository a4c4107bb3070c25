//! Files of SHD's layout through the host's reading of HDF5: real, of h5py, large, and damaged.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that may be skipped loudly"
)]

use neurotrain_archive::{ArrayReader, SpikeFile, write_spikes};
use neurotrain_data_files::testing::{TestHost, shared_data};
use neurotrain_data_shd::{EventsHdf5, Shd};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Dataset, EventBatch, Samples};
use std::path::Path;

fn host(dir: &Path) -> TestHost {
    let mut host = TestHost::with_dir(dir);
    host.hdf5 = Some(|request| ArrayReader::default().answer(request));
    host
}

fn events(samples: Samples) -> (EventBatch, Vec<i64>) {
    match samples {
        Samples::Events { events, labels } => (events, labels),
        _ => panic!("spikes are events"),
    }
}

/// A file that h5py wrote as the official ones are, with three recordings of speakers 0, 1 and 2.
#[test]
fn the_example_decodes_to_its_values() {
    let Some(data) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for name in ["shd_train.h5", "shd_test.h5"] {
        std::fs::copy(data.join("shd_related/shd_fmt_example.h5"), dir.path().join(name)).unwrap();
    }
    let shd = host(dir.path()).open::<Shd>(&[]).unwrap();
    let splits = [("train", 2), ("validation", 1), ("test", 3)].map(|(s, n)| (s.to_owned(), n));
    assert_eq!(shd.info().splits, splits);
    let (events, labels) = events(shd.read("test", &[0, 1, 2]).unwrap());
    assert_eq!(labels, [0, 11, 19]);
    assert_eq!(events.offsets, [0, 4, 9, 15]);
    // 0.11309814453125 s and so on, rounded down.
    assert_eq!(events.t[..4], [113_098, 120_727, 516_601, 735_351]);
    assert_eq!(events.x[..4], [516, 541, 366, 55]);
    assert_eq!(events.x[9..], [388, 162, 195, 400, 367, 7]);
}

/// 300 recordings, with chunked and deflated arrays.
#[test]
fn files_of_h5py_are_read() {
    let Some(python) = std::env::var_os("NEUROTRAIN_PYTHON") else {
        println!("skipped: NEUROTRAIN_PYTHON names no Python with h5py");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    const SCRIPT: &str = "
import h5py, numpy as np, sys
for name, chunked in (('plain', {}), ('packed', dict(chunks=(32,), compression='gzip', shuffle=True))):
    with h5py.File(f'{sys.argv[1]}/{name}.h5', 'w', libver='latest' if chunked else 'earliest') as f:
        n = 300
        times = f.create_dataset('spikes/times', (n,), h5py.vlen_dtype(np.float16), **chunked)
        units = f.create_dataset('spikes/units', (n,), h5py.vlen_dtype(np.uint16), **chunked)
        for i in range(n):
            k = 200 + 13 * i
            times[i] = (np.arange(k) / k).astype(np.float16)
            units[i] = (np.arange(k) * (i + 1)) % 700
        f.create_dataset('labels', data=(np.arange(n) % 20).astype(np.uint16), **chunked)
        f.create_dataset('extra/speaker', data=(np.arange(n) % 12).astype(np.uint16), **chunked)
        f.create_dataset('extra/keys', data=np.array([b'k%d' % i for i in range(20)]))
";
    let made = std::process::Command::new(python)
        .arg("-c")
        .arg(SCRIPT)
        .arg(dir.path())
        .status();
    assert!(made.unwrap().success());
    for name in ["plain.h5", "packed.h5"] {
        let data = host(dir.path())
            .open_with::<EventsHdf5>(|c| {
                c.set("train", name);
                c.set("test_speakers", vec![3, 4]);
                c.set("validation_speakers", vec![11]);
            })
            .unwrap();
        let info = data.info();
        assert_eq!((info.sensor, info.classes), (vec![1, 700], 20));
        assert_eq!(info.class_names[19], "k19");
        assert_eq!(
            info.splits.iter().map(|(_, n)| *n).collect::<Vec<_>>(),
            [225, 50, 25]
        );
        // Of speakers 3 and 4: recordings 3, 4, 15, 16, 27 …
        let (events, labels) = events(data.read("test", &[4, 1]).unwrap());
        assert_eq!(labels, [7, 4]);
        let k = 200 + 13 * 27;
        assert_eq!(events.offsets, [0, k, k + 252]);
        for i in 0..k as usize {
            assert_eq!(usize::from(events.x[i]), i * 28 % 700);
            // Half precision: 11 bits.
            let exact = i as f64 / k as f64 * 1e6;
            assert!(
                (events.t[i] as f64 - exact).abs() <= exact / 2048.0 + 2.0,
                "{} {exact}",
                events.t[i]
            );
        }
    }
}

/// Whatever is damaged, opening and reading end with recordings or an error that names the file.
#[test]
fn damaged_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let n = 40;
    let file = SpikeFile {
        times: (0..n)
            .map(|i| (0..50 + i).map(|k| k as f32 / 100.0).collect())
            .collect(),
        units: (0..n)
            .map(|i| (0..50 + i).map(|k| (k * 7 % 700) as u16).collect())
            .collect(),
        labels: (0..n as u16).map(|i| i % 20).collect(),
        speakers: (0..n as u16).map(|i| i % 4).collect(),
        class_names: (0..20).map(|c| c.to_string()).collect(),
        speaker_names: (0..4).map(|c| c.to_string()).collect(),
        notes: Vec::new(),
    };
    let (train, test) = (dir.path().join("shd_train.h5"), dir.path().join("shd_test.h5"));
    write_spikes(&test, &file).unwrap();
    let whole = std::fs::read(&test).unwrap();
    let attempt = |bytes: &[u8]| {
        std::fs::write(&train, bytes).unwrap();
        let shd = host(dir.path()).open::<Shd>(&[]);
        let read = shd.and_then(|shd| {
            let n = shd.info().splits[0].1 as u64;
            shd.read("train", &(0..n).collect::<Vec<_>>())
        });
        match read {
            Ok(samples) => Some(events(samples).1),
            Err(error) => {
                assert!(error.message().contains("shd_train.h5"), "{error:?}");
                None
            }
        }
    };
    assert_eq!(attempt(&whole).map(|l| l.len()), Some(30));
    for end in (0..whole.len()).step_by(whole.len() / 50) {
        assert_eq!(attempt(&whole[..end]), None, "cut at {end}");
    }
    let mut random = Stream::new(3, "flips", 0);
    let refused = (0..400)
        .filter(|_| {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << random.below(8);
            }
            attempt(&bytes).is_none()
        })
        .count();
    println!("{refused} of 400 damaged files were refused");
    assert!((20..400).contains(&refused), "{refused}");
}
