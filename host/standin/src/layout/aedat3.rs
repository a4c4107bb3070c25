//! DVS128 Gesture: recordings of many gestures each in AEDAT 3.1, lists of the gestures, and lists of the recordings.

use crate::content::{Recording, Recordings, Split};
use crate::options::Options;
use crate::write::file;
use neurotrain_plugin_api::Result;
use neurotrain_plugin_api::rng::Stream;
use std::fmt::Write;
use std::path::Path;

const LIGHTS: [&str; 5] = ["fluorescent", "fluorescent_led", "lab", "led", "natural"];
/// Microseconds from the start of the clock to the first gesture.
const START: u32 = 80_000_000;
/// Microseconds between gestures.
const PAUSE: u32 = 100_000;
/// Events of a packet.
const PACKET: usize = 4096;

const HEADER: &str = "#!AER-DAT3.1\r\n\
    #Format: RAW\r\n\
    #Source 1: DVS128\r\n\
    #Start-Time: 2026-01-01 00:00:00 (TZ+0000)\r\n\
    #stand-in: the content is made up\r\n\
    #!END-HEADER\r\n";

/// Every recording holds each gesture equally often, once where the people of the official set are enough.
pub(crate) fn write(dir: &Path, options: &Options, recordings: &Recordings) -> Result<(usize, usize)> {
    let mut sizes = Vec::new();
    for (list, split, people, n) in [
        ("trials_to_train.txt", Split::Train, 1..=23, options.train),
        ("trials_to_test.txt", Split::Test, 24..=29, options.test),
    ] {
        let names: Vec<String> = people
            .flat_map(|person| LIGHTS.map(|light| format!("user{person:02}_{light}")))
            .collect();
        let rounds = n.div_ceil(recordings.classes);
        let trials = rounds.min(names.len());
        let mut text = String::new();
        let mut gestures = 0;
        for (trial, name) in names.iter().take(trials).enumerate() {
            let rounds = rounds * (trial + 1) / trials - rounds * trial / trials;
            let mut order = Vec::new();
            for round in 0..rounds {
                let purpose = split.purpose(recordings.key, "order");
                let index = (trial << 16 | round) as u64;
                order.extend(Stream::new(options.seed, &purpose, index).permutation(recordings.classes));
            }
            let of_gesture =
                |i: usize, class: usize| recordings.recording(split, gestures + i, class as u8, options.seed);
            let (events, labels) = trial_of(&order, recordings.duration, of_gesture);
            gestures += order.len();
            file(&dir.join(format!("{name}.aedat")), &aedat(&events))?;
            file(&dir.join(format!("{name}_labels.csv")), labels.as_bytes())?;
            text += &format!("{name}.aedat\n");
        }
        file(&dir.join(list), text.as_bytes())?;
        sizes.push(gestures);
    }
    Ok((sizes[0], sizes[1]))
}

/// The events of gestures of classes `order` one after the other, and the list of them.
fn trial_of(
    order: &[usize],
    duration: u32,
    of_gesture: impl Fn(usize, usize) -> Recording,
) -> (Recording, String) {
    let mut events = Recording::new();
    let mut labels = "class,startTime_usec,endTime_usec\n".to_owned();
    let mut start = START;
    for (i, class) in order.iter().enumerate() {
        for mut event in of_gesture(i, *class) {
            event.t += start;
            events.push(event);
        }
        // Writing to a text cannot fail.
        let _ = writeln!(labels, "{},{start},{}", class + 1, start + duration);
        start += duration + PAUSE;
    }
    (events, labels)
}

fn aedat(events: &Recording) -> Vec<u8> {
    let mut out = HEADER.as_bytes().to_vec();
    for packet in events.chunks(PACKET) {
        let n = packet.len() as u32;
        // Polarity events of source 1, of eight bytes, with their time at offset 4.
        out.extend([1_u16, 1].map(u16::to_le_bytes).concat());
        out.extend([8, 4, 0, n, n, n].map(u32::to_le_bytes).concat());
        for event in packet {
            let data = u32::from(event.x) << 17 | u32::from(event.y) << 2 | u32::from(event.on) << 1 | 1;
            out.extend([data, event.t].map(u32::to_le_bytes).concat());
        }
    }
    out
}
