use super::*;
use neurotrain_plugin_api::Slicing;
use proptest::prelude::*;

pub(super) const OFF: EventFraming = EventFraming {
    slicing: Slicing::TimeBins,
    denoise: None,
    binary: true,
    clamp: None,
    merge_polarities: false,
    signed: false,
    downsample: 1,
};

/// A sample of events (t, x, y, p).
pub(super) fn batch(events: &[(i64, u16, u16, u8)]) -> EventBatch {
    EventBatch {
        offsets: vec![0, events.len() as u64],
        t: events.iter().map(|e| e.0).collect(),
        x: events.iter().map(|e| e.1).collect(),
        y: events.iter().map(|e| e.2).collect(),
        p: events.iter().map(|e| e.3).collect(),
    }
}

fn framer(framing: EventFraming, steps: usize, sensor: [usize; 2]) -> Framer {
    let info = DatasetInfo {
        sensor: sensor.to_vec(),
        ..DatasetInfo::default()
    };
    Framer::new(&info, framing, steps)
}

/// Frames `[T, cells]` of one sample.
pub(super) fn frames(
    framing: EventFraming,
    steps: usize,
    sensor: [usize; 2],
    events: &EventBatch,
) -> Vec<Vec<f32>> {
    let framer = framer(framing, steps, sensor);
    let cells: usize = framer.frame.iter().product();
    let framed = framer.frames(events, &[0]).unwrap();
    match join(&framed, steps, cells, framer.has_values(), Encoded::F32).unwrap() {
        Encoded::Events(index) => (0..steps)
            .map(|t| {
                let mut frame = vec![0.0; cells];
                let cells = &index.index[index.offsets[t] as usize..index.offsets[t + 1] as usize];
                assert!(cells.windows(2).all(|w| w[0] < w[1]));
                cells.iter().for_each(|c| frame[*c as usize] = 1.0);
                frame
            })
            .collect(),
        Encoded::F32(dense) => dense.values.chunks(cells).map(<[f32]>::to_vec).collect(),
        Encoded::F64(_) => panic!("single precision was asked for"),
    }
}

/// How many events each frame holds.
fn counts(framing: EventFraming, steps: usize, t: &[i64]) -> Vec<f32> {
    let events: Vec<_> = t.iter().map(|t| (*t, 0, 0, 0)).collect();
    let framing = EventFraming {
        binary: false,
        ..framing
    };
    let frames = frames(framing, steps, [1, 1], &batch(&events));
    frames.iter().map(|f| f.iter().sum()).collect()
}

#[test]
fn time_bins_are_equal_and_leave_out_the_last_event() {
    let t: Vec<i64> = (0..=100).collect();
    assert_eq!(counts(OFF, 10, &t), [10.0; 10]);
    // The width is rounded down: 4 ms bins of 19 ms, so that events from 16 on are left out.
    let t: Vec<i64> = (0..20).collect();
    assert_eq!(counts(OFF, 4, &t), [4.0; 4]);
    // Shorter than its number of bins: no frame has any event.
    assert_eq!(counts(OFF, 10, &[5, 6, 7, 8]), [0.0; 10]);
    assert_eq!(counts(OFF, 3, &[]), [0.0; 3]);
    assert_eq!(counts(OFF, 3, &[-30, -20, -10, 0]), [1.0; 3]);
}

#[test]
fn event_bins_windows_and_counts() {
    let of = |slicing| EventFraming { slicing, ..OFF };
    let t: Vec<i64> = (0..23).map(|i| i * i).collect();
    assert_eq!(counts(of(Slicing::EventBins), 5, &t), [4.0; 5]);
    // Windows of 100 µs from 0 on; the recording ends at 484, so that four are whole.
    assert_eq!(
        counts(of(Slicing::TimeWindow(100)), 6, &t),
        [10.0, 5.0, 3.0, 2.0, 0.0, 0.0]
    );
    assert_eq!(counts(of(Slicing::TimeWindow(100)), 2, &t), [10.0, 5.0]);
    assert_eq!(counts(of(Slicing::TimeWindow(1000)), 2, &t), [23.0, 0.0]);
    assert_eq!(counts(of(Slicing::EventCount(7)), 4, &t), [7.0, 7.0, 7.0, 0.0]);
    assert_eq!(counts(of(Slicing::EventCount(40)), 2, &t), [23.0, 0.0]);
    assert_eq!(counts(of(Slicing::EventCount(7)), 2, &[]), [0.0; 2]);
}

#[test]
fn cells_are_channel_row_column() {
    let events = batch(&[(0, 2, 1, 1), (1, 2, 1, 1), (2, 0, 0, 0), (10, 0, 0, 0)]);
    let both = frames(OFF, 1, [2, 3], &events);
    assert_eq!(both, [[1., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 1.]]);
    let count = EventFraming { binary: false, ..OFF };
    assert_eq!(frames(count, 1, [2, 3], &events)[0][11], 2.0);
    let merged = EventFraming {
        merge_polarities: true,
        ..count
    };
    assert_eq!(frames(merged, 1, [2, 3], &events), [[1., 0., 0., 0., 0., 2.]]);
    let signed = EventFraming {
        signed: true,
        ..count
    };
    assert_eq!(frames(signed, 1, [2, 3], &events), [[-1., 0., 0., 0., 0., 2.]]);
    let sign = EventFraming {
        binary: true,
        ..signed
    };
    assert_eq!(frames(sign, 1, [2, 3], &events), [[-1., 0., 0., 0., 0., 1.]]);
    let clamped = EventFraming {
        clamp: Some(1),
        ..signed
    };
    assert_eq!(
        frames(clamped, 1, [2, 3], &events),
        frames(sign, 1, [2, 3], &events)
    );
    let small = EventFraming {
        downsample: 2,
        ..merged
    };
    assert_eq!(frames(small, 1, [2, 3], &events), [[1., 2.]]);
}

/// Times that the filter of 10 ms keeps.
fn kept(events: &[(i64, u16, u16, u8)]) -> Vec<i64> {
    let b = batch(events);
    let recording = Recording {
        t: &b.t,
        x: &b.x,
        y: &b.y,
        p: &b.p,
    };
    denoise::keep(recording, 10_000).t
}

#[test]
fn the_filter_keeps_events_with_an_earlier_side_neighbour() {
    const LATE: i64 = 50_000;
    let far = (0, 9, 9, 0);
    // Alone: kept only before the filter's time, since all pixels start as if they had just had an event.
    assert_eq!(kept(&[far, (9_999, 5, 5, 1)]), [0, 9_999]);
    assert_eq!(kept(&[far, (10_000, 5, 5, 1)]), [0]);
    assert_eq!(
        kept(&[far, (LATE, 5, 5, 1), (LATE + 9_999, 5, 6, 0)]),
        [0, LATE + 9_999]
    );
    assert_eq!(kept(&[far, (LATE, 5, 5, 1), (LATE + 10_000, 5, 6, 0)]), [0]);
    // Diagonal neighbours and the pixel itself do not count.
    assert_eq!(
        kept(&[far, (LATE, 5, 5, 1), (LATE + 1, 6, 6, 1), (LATE + 2, 5, 5, 1)]),
        [0]
    );
    // Dropped events count as neighbours of later ones; all four sides do.
    for (x, y) in [(4, 5), (6, 5), (5, 4), (5, 6)] {
        assert_eq!(kept(&[far, (LATE, 5, 5, 1), (LATE, x, y, 1)]), [0, LATE]);
    }
    // A grid of one pixel has no neighbours.
    assert_eq!(kept(&[(0, 0, 0, 0), (1, 0, 0, 0)]), [0; 0]);
    assert_eq!(kept(&[]), [0; 0]);
}

#[test]
fn events_that_cannot_be_are_refused() {
    let framer = framer(OFF, 2, [4, 3]);
    let message = |events: &[(i64, u16, u16, u8)]| {
        framer
            .frames(&batch(events), &[77])
            .unwrap_err()
            .message()
            .to_owned()
    };
    assert!(
        message(&[(5, 0, 0, 0), (4, 0, 0, 0)]).contains("sample 77: event 1 is at 4 µs, after one at 5 µs")
    );
    assert!(message(&[(0, 3, 0, 0)]).contains("event 0 has column 3"));
    assert!(message(&[(0, 0, 4, 0)]).contains("row 4"));
    assert!(message(&[(0, 0, 0, 2)]).contains("polarity 2"));
    assert!(message(&[(i64::MIN, 0, 0, 0), (i64::MAX, 0, 0, 0)]).contains("events from"));
}

proptest! {
    /// A literal reading of the rules, event by event and frame by frame.
    #[test]
    fn frames_are_those_of_the_rules(
        mut events in proptest::collection::vec((0..60_000_i64, 0..7_u16, 0..5_u16, 0..2_u8), 0..200),
        steps in 1..12_usize, filter in prop_oneof![Just(None), (1..20_000_i64).prop_map(Some)],
        binary: bool, polarities in 0..3, side in 1..4_u16, clamp in prop_oneof![Just(None), (1..4_u32).prop_map(Some)],
    ) {
        events.sort_by_key(|e| e.0);
        let framing = EventFraming {
            slicing: Slicing::TimeBins, denoise: filter, binary, clamp, merge_polarities: polarities == 1,
            signed: polarities == 2, downsample: side,
        };
        let merge = polarities > 0;
        let found = frames(framing, steps, [5, 7], &batch(&events));
        let mut memory = std::collections::HashMap::new();
        let (cols, rows) =
            (events.iter().map(|e| e.1).max().unwrap_or(0) as i32, events.iter().map(|e| e.2).max().unwrap_or(0) as i32);
        let events: Vec<_> = events.into_iter().filter(|&(t, x, y, _)| {
            let Some(filter) = filter else { return true };
            let (x, y) = (i32::from(x), i32::from(y));
            memory.insert((x, y), t + filter);
            [(1, 0), (-1, 0), (0, 1), (0, -1)].iter().any(|(dx, dy)| {
                let (x, y) = (x + dx, y + dy);
                (0..=cols).contains(&x) && (0..=rows).contains(&y) && *memory.get(&(x, y)).unwrap_or(&filter) > t
            })
        }).collect();
        let (h, w) = (5_usize.div_ceil(side.into()), 7_usize.div_ceil(side.into()));
        let mut wanted = vec![vec![0.0; if merge { 1 } else { 2 } * h * w]; steps];
        if let (Some(first), Some(last)) = (events.first(), events.last()) {
            let width = (last.0 - first.0) / steps as i64;
            for (t, x, y, p) in &events {
                if let Some(step) = (t - first.0).checked_div(width).filter(|s| *s < steps as i64) {
                    let channel = if merge { 0 } else { usize::from(*p) };
                    let cell = (channel * h + usize::from(y / side)) * w + usize::from(x / side);
                    let value = &mut wanted[step as usize][cell];
                    *value += if polarities == 2 && *p == 0 { -1.0 } else { 1.0 };
                }
            }
        }
        let limit: f32 = if binary { 1.0 } else { clamp.map_or(f32::MAX, |c| c as f32) };
        for value in wanted.iter_mut().flatten() {
            *value = f32::clamp(*value, -limit, limit);
        }
        prop_assert_eq!(found, wanted);
    }
}
