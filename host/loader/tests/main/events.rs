//! Recordings of an event camera.

use crate::support::{config, dataset, epoch, inputs, session};
use neurotrain_loader::{Loader, LoaderConfig, Split};
use neurotrain_plugin_api::{
    Component, Config, Ctx, Dataset, DatasetInfo, Error, EventBatch, EventFraming, Result, Samples,
    event_params,
};
use neurotrain_tensor::RealType;

/// Recordings on a sensor of 2×3 pixels: sample i has i + 2 events at times 0, 100, 200, …, in the pixels in turn.
pub(crate) struct Recordings(Config);

const SAMPLES: usize = 21;

impl Dataset for Recordings {
    const KEY: &'static str = "recordings";

    fn manifest() -> Component {
        Component {
            params: event_params(4, 0),
            ..Component::default()
        }
    }

    fn open(config: &Config, _: &Ctx) -> Result<Self> {
        Ok(Recordings(config.clone()))
    }

    fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "events".into(),
            shape: EventFraming::from_config(&self.0).unwrap().shape(2, 3),
            sensor: if self.fault() == "sensor" {
                vec![2, 4]
            } else {
                vec![2, 3]
            },
            classes: 3,
            splits: vec![("train".into(), SAMPLES), ("test".into(), 5)],
            scale: 1.0,
            revision: self.0.text("revision").unwrap_or("").into(),
            ..DatasetInfo::default()
        }
    }

    fn read(&self, _: &str, indices: &[u64]) -> Result<Samples> {
        let labels = indices.iter().map(|i| (i % 3) as i64).collect();
        match self.fault() {
            "unreadable" => return Err(Error::bad_data("there are no files any more")),
            "slow" => std::thread::sleep(std::time::Duration::from_millis(100)),
            _ => {}
        }
        if self.fault() == "values" {
            return Ok(Samples::Bytes {
                values: vec![0; indices.len() * 12],
                labels,
            });
        }
        let mut events = EventBatch::default();
        for i in indices {
            for e in 0..i + 2 {
                events.t.push(e as i64 * 100);
                events
                    .x
                    .push((e % 3) as u16 + 5 * u16::from(self.fault() == "place"));
                events.y.push((e / 3 % 2) as u16);
                events.p.push((e % 2) as u8);
            }
            events.offsets.push(events.t.len() as u64);
        }
        if self.fault() == "recordings" {
            events.offsets.pop();
            events.t.clear();
            events.x.clear();
            events.y.clear();
            events.p.clear();
            events.offsets.fill(0);
        }
        Ok(Samples::Events { events, labels })
    }
}

impl Recordings {
    fn fault(&self) -> &str {
        self.0.text("fault").unwrap_or("")
    }
}

fn try_open(settings: &[(&str, &str)], config: LoaderConfig) -> Result<Loader> {
    let session = session(RealType::F32);
    let mut params = Config::defaults(&Recordings::manifest().params);
    settings.iter().for_each(|(key, value)| params.set(key, *value));
    Loader::open(
        dataset::<Recordings>(&session, settings),
        &session,
        config.with_params(&params)?,
    )
}

fn open(settings: &[(&str, &str)]) -> Loader {
    try_open(settings, config()).unwrap()
}

/// Frames by a literal reading: four bins of the time from first to last event.
fn expected(sample: u64, binary: bool) -> Vec<f32> {
    let mut frames = vec![0.0_f32; 4 * 12];
    let width = (sample + 1) * 100 / 4;
    for e in 0..sample + 2 {
        let step = e * 100 / width;
        if step < 4 {
            let cell = (e % 2 * 2 + e / 3 % 2) * 3 + e % 3;
            let value = &mut frames[(step * 12 + cell) as usize];
            *value = if binary { 1.0 } else { *value + 1.0 };
        }
    }
    frames
}

#[test]
fn binary_frames_are_event_indices() {
    let loader = open(&[]);
    for split in [Split::Train, Split::Test] {
        let batches = epoch(&loader, split, 0);
        for batch in &batches {
            assert_eq!(batch.input.dims(), [4, batch.len(), 2, 2, 3]);
            assert!(batch.input.event_index().is_some() && !batch.constant_input);
        }
        for (sample, values) in inputs(&batches) {
            assert_eq!(values, expected(sample, true), "{sample}");
        }
    }
}

#[test]
fn counts_are_dense() {
    let batches = epoch(&open(&[("frame_values", "count")]), Split::Test, 0);
    assert!(batches.iter().all(|b| b.input.event_index().is_none()));
    for (sample, values) in inputs(&batches) {
        assert_eq!(values, expected(sample, false), "{sample}");
    }
}

#[test]
fn a_last_batch_may_be_left_out() {
    // 17 training samples in batches of 16.
    let sizes = |settings: &[(&str, &str)]| {
        let loader = open(settings);
        let sizes: Vec<usize> = epoch(&loader, Split::Train, 0).iter().map(|b| b.len()).collect();
        assert_eq!(sizes.len(), loader.batches(Split::Train));
        assert_eq!(epoch(&loader, Split::Test, 0).len(), 1);
        sizes
    };
    assert_eq!(sizes(&[]), [16, 1]);
    assert_eq!(sizes(&[("compat", "neurotrain")]), [16]);
}

#[test]
fn what_does_not_fit_is_said() {
    let error = |fault: &str| {
        try_open(&[("fault", fault)], config())
            .and_then(|loader| loader.epoch(Split::Test, 0)?.next().unwrap())
            .unwrap_err()
            .to_string()
    };
    assert!(
        error("sensor").contains("frames have shape [2, 2, 4], not [2, 2, 3]"),
        "{}",
        error("sensor")
    );
    assert!(
        error("values").contains("no array called `event_offsets`"),
        "{}",
        error("values")
    );
    assert!(
        error("recordings").contains("5 samples were asked for, 4 recordings came"),
        "{}",
        error("recordings")
    );
    assert!(
        error("place").contains("sample 0: event 0 has column 5"),
        "{}",
        error("place")
    );
}
