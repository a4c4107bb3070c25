//! Made-up recordings in the data set's layout, and real ones where there are any.

use neurotrain_data_files::testing::{TestHost, shared_data, size};
use neurotrain_data_fsdd::Fsdd;
use neurotrain_plugin_api::{Dataset, EventBatch, Samples};
use std::path::Path;

/// A WAV file of 16 bits at 8 kHz.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        file.extend(word.to_le_bytes());
    }
    file.extend(8000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    for word in [2_u16, 16] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    samples.iter().for_each(|s| file.extend(s.to_le_bytes()));
    file
}

/// A tone of 200 Hz and more for each digit.
fn spoken(digit: u32) -> Vec<u8> {
    let step = std::f64::consts::TAU * (200.0 + 40.0 * f64::from(digit)) / 8000.0;
    let samples: Vec<i16> = (0..1600)
        .map(|i| ((f64::from(i) * step).sin() * 8000.0) as i16)
        .collect();
    wav(&samples)
}

/// Digits 0 to 9 of `ann`, `bob` and `cyd`, indices 4 and 5.
fn host(dir: &Path) -> TestHost {
    let folder = dir.join("FSDD/recordings");
    std::fs::create_dir_all(&folder).unwrap();
    for digit in 0..10 {
        for speaker in ["ann", "bob", "cyd"] {
            for index in [4, 5] {
                std::fs::write(
                    folder.join(format!("{digit}_{speaker}_{index}.wav")),
                    spoken(digit),
                )
                .unwrap();
            }
        }
    }
    TestHost::with_dir(dir)
}

fn read(data: &Fsdd, split: &str, indices: &[u64]) -> (EventBatch, Vec<i64>) {
    match data.read(split, indices).unwrap() {
        Samples::Events { events, labels } => (events, labels),
        _ => panic!("spikes are events"),
    }
}

const FEW: (&str, i64) = ("channels", 30);

#[test]
fn recordings_become_spikes_in_both_divisions() {
    let dir = tempfile::tempdir().unwrap();
    let host = host(dir.path());
    let official = host.open_with::<Fsdd>(|c| c.set(FEW.0, FEW.1)).unwrap();
    let info = official.info();
    assert_eq!(
        (info.shape, info.sensor, info.classes),
        (vec![30], vec![1, 30], 10)
    );
    assert_eq!((info.splits.len(), info.variant.as_str()), (2, "subset 60"));
    let (events, labels) = read(&official, "test", &[29, 0, 29]);
    assert_eq!(labels, [9, 0, 9]);
    // A higher tone fires higher units, and a recording is the same whenever it is asked for.
    let mean = |i: usize| {
        let units = &events.x[events.range(i)];
        units.iter().map(|u| f64::from(*u)).sum::<f64>() / units.len() as f64
    };
    assert!(mean(0) > mean(1) + 1.0, "{} {}", mean(0), mean(1));
    assert_eq!(events.x[events.range(0)], events.x[events.range(2)]);
    assert!(events.t[events.range(0)].is_sorted() && *events.t.iter().max().unwrap() < 200_000);
    let speaker = host
        .open_with::<Fsdd>(|c| {
            c.set(FEW.0, FEW.1);
            c.set("split", "speaker");
            c.set("test_speakers", "cyd");
            c.set("validation_speakers", " bob ,");
        })
        .unwrap();
    let sizes = ["train", "validation", "test"].map(|s| size(&speaker.info(), s));
    assert_eq!(sizes, [20, 20, 20]);
    assert_eq!(read(&speaker, "validation", &[19]).1, [9]);
}

#[test]
fn faults_name_the_file_or_the_setting() {
    let dir = tempfile::tempdir().unwrap();
    let host = host(dir.path());
    let open = |key: &'static str, value: &'static str| {
        let data = host.open_with::<Fsdd>(|c| {
            c.set(FEW.0, FEW.1);
            c.set("split", "speaker");
            c.set("test_speakers", "ann");
            c.set("validation_speakers", "");
            c.set(key, value);
        });
        data.map(|d| d.info().splits.len())
            .map_err(|e| e.message().to_owned())
    };
    assert_eq!(open("split", "speaker"), Ok(2));
    assert!(
        open("test_speakers", "dan")
            .unwrap_err()
            .contains("speaker `dan`")
    );
    assert!(
        open("test_speakers", "ann,bob,cyd")
            .unwrap_err()
            .contains("none is left")
    );
    assert!(
        open("test_speakers", "")
            .unwrap_err()
            .contains("`test_speakers` is empty")
    );
    assert!(
        open("validation_speakers", "ann")
            .unwrap_err()
            .contains("in both")
    );
    let message = |bytes: &[u8]| {
        std::fs::write(dir.path().join("FSDD/recordings/0_ann_5.wav"), bytes).unwrap();
        let data = host.open_with::<Fsdd>(|c| c.set(FEW.0, FEW.1)).unwrap();
        let error = data.read("train", &[1, 0]).unwrap_err();
        assert!(error.message().contains("0_ann_5.wav"), "{error:?}");
        error.message().to_owned()
    };
    let whole = spoken(0);
    message(&whole[..whole.len() - 7]);
    message(b"no sound at all");
    assert!(message(&wav(&[0; 800])).contains("silent"));
    std::fs::write(dir.path().join("FSDD/recordings/readme.wav"), "x").unwrap();
    let error = host.open::<Fsdd>(&[]).unwrap_err();
    assert!(error.message().contains("readme.wav is not called"), "{error:?}");
    let empty = tempfile::tempdir().unwrap();
    let error = TestHost::with_dir(empty.path()).open::<Fsdd>(&[]).unwrap_err();
    assert_eq!(error.code(), "missing-data");
}

/// 120 of the real recordings: one of each digit and speaker to test, one to learn from.
#[test]
fn real_recordings_of_a_digit_resemble_each_other() {
    let Some(data) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("FSDD/recordings");
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir(data.join("bundle-default/fsdd-subset")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let fsdd = TestHost::with_dir(dir.path())
        .open_with::<Fsdd>(|c| c.set("channels", 100))
        .unwrap();
    let features = |split: &str| {
        let all: Vec<u64> = (0..60).collect();
        let (events, labels) = read(&fsdd, split, &all);
        let of = |i: usize| {
            let range = events.range(i);
            assert!((200..20_000).contains(&range.len()), "{} spikes", range.len());
            let (from, to) = (events.t[range.start], events.t[range.end - 1] + 1);
            // Spikes in ten parts of the time by ten groups of channels.
            let mut grid = vec![0.0_f64; 100];
            for e in range {
                let bin = (events.t[e] - from) * 10 / (to - from);
                grid[bin as usize * 10 + usize::from(events.x[e] / 10)] += 1.0;
            }
            grid.iter_mut().for_each(|v| *v = v.sqrt());
            let norm = grid.iter().map(|v| v * v).sum::<f64>().sqrt();
            grid.iter().map(|v| v / norm).collect::<Vec<f64>>()
        };
        ((0..60).map(of).collect::<Vec<_>>(), labels)
    };
    let ((known, said), (tested, truth)) = (features("train"), features("test"));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let right = tested.iter().zip(&truth).filter(|(test, label)| {
        let best = (0..60).max_by(|a, b| dot(test, &known[*a]).total_cmp(&dot(test, &known[*b])));
        said[best.unwrap()] == **label
    });
    let right = right.count();
    println!("nearest neighbour: {right} of 60");
    assert!(right >= 36, "{right} of 60");
}
