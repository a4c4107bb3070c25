//! TensorBoard event files.
//!
//! A file is a sequence of records; a record is a length, its masked CRC-32C, the bytes of an `Event` protocol buffer,
//! and their masked CRC-32C. Only the few fields that scalars need are written.

use neurotrain_archive::{EpochMetrics, RunRecord, Scores};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What comes first in every file.
const VERSION: &str = "brain.Event:2";

/// A run's curves, one step per epoch, and its final test at the last step.
///
/// Times are counted back from when the archive was made, so that the same run gives the same bytes.
pub fn event_file(record: &RunRecord) -> Vec<u8> {
    let end = created(record);
    let seconds = |e: &EpochMetrics| {
        if e.wall_seconds.is_finite() {
            e.wall_seconds
        } else {
            0.0
        }
    };
    let mut now = end - record.epochs.iter().map(seconds).sum::<f64>();
    let mut out = Vec::new();
    record_of(&mut out, &event(now, 0, &field_bytes(3, VERSION.as_bytes())));
    for (step, epoch) in (1..).zip(&record.epochs) {
        now += seconds(epoch);
        put_step(&mut out, now, step, &scalars(record, epoch));
    }
    let last = record.epochs.len() as u64;
    let test = record
        .test
        .map(|test| split("final_test", test))
        .into_iter()
        .flatten();
    put_step(&mut out, end, last, &test.collect::<Vec<_>>());
    out
}

/// As TensorBoard wants it: `events.out.tfevents.<seconds>.<host>`.
pub fn event_file_name(record: &RunRecord) -> String {
    format!("events.out.tfevents.{}.neurotrain", created(record) as u64)
}

/// Seconds since 1970.
fn created(record: &RunRecord) -> f64 {
    OffsetDateTime::parse(&record.created, &Rfc3339).map_or(0.0, |time| time.unix_timestamp().max(0) as f64)
}

/// Every number of an epoch with its tag; TensorBoard groups tags by what stands before the slash.
fn scalars(record: &RunRecord, epoch: &EpochMetrics) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = split("train", epoch.train).into();
    found.extend(
        epoch
            .validation
            .map(|s| split("validation", s))
            .into_iter()
            .flatten(),
    );
    found.extend(epoch.test.map(|s| split("test", s)).into_iter().flatten());
    let layers = record.layers.iter().zip(&epoch.activation_sparsity);
    found.extend(layers.map(|(layer, value)| (format!("sparsity/{layer}"), *value)));
    found.extend(
        epoch
            .scalars
            .iter()
            .map(|(name, value)| (format!("rule/{name}"), *value)),
    );
    found.push(("measured/wall_seconds".to_owned(), epoch.wall_seconds));
    found.push(("measured/samples_per_second".to_owned(), epoch.samples_per_second));
    let peak = epoch.peak_training_state_bytes as f64;
    found.push(("measured/peak_state_bytes".to_owned(), peak));
    found
}

fn split(name: &str, scores: Scores) -> [(String, f64); 2] {
    [
        (format!("accuracy/{name}"), scores.accuracy),
        (format!("loss/{name}"), scores.loss),
    ]
}

fn put_step(out: &mut Vec<u8>, time: f64, step: u64, scalars: &[(String, f64)]) {
    for (tag, value) in scalars {
        let mut summary = field_bytes(1, tag.as_bytes());
        summary.push(2 << 3 | WIRE_32);
        summary.extend((*value as f32).to_le_bytes());
        let summary = field_bytes(5, &field_bytes(1, &summary));
        record_of(out, &event(time, step, &summary));
    }
}

const WIRE_VARINT: u8 = 0;
const WIRE_64: u8 = 1;
const WIRE_BYTES: u8 = 2;
const WIRE_32: u8 = 5;

/// An `Event`: wall time, step, and what happened.
fn event(time: f64, step: u64, what: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1 << 3 | WIRE_64];
    bytes.extend(time.to_le_bytes());
    bytes.push(2 << 3 | WIRE_VARINT);
    varint(&mut bytes, step);
    bytes.extend(what);
    bytes
}

fn field_bytes(field: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![field << 3 | WIRE_BYTES];
    varint(&mut bytes, content.len() as u64);
    bytes.extend(content);
    bytes
}

/// Seven bits at a time, lowest first; all but the last byte have the highest bit set.
fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn record_of(out: &mut Vec<u8>, content: &[u8]) {
    let length = (content.len() as u64).to_le_bytes();
    out.extend(length);
    out.extend(masked(&length).to_le_bytes());
    out.extend(content);
    out.extend(masked(content).to_le_bytes());
}

/// A checksum of data that may contain checksums.
fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as a reader takes them apart.
    fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
            let (sum, rest) = rest.split_first_chunk::<4>().unwrap();
            assert_eq!(u32::from_le_bytes(*sum), masked(length));
            let (content, rest) = rest.split_at(u64::from_le_bytes(*length) as usize);
            let (sum, rest) = rest.split_first_chunk::<4>().unwrap();
            assert_eq!(u32::from_le_bytes(*sum), masked(content));
            found.push(content);
            bytes = rest;
        }
        found
    }

    #[test]
    fn checksums_are_the_published_ones() {
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(masked(b"123456789"), 0xc78a_b0e5);
        // How a file of TensorFlow itself begins: a record of 24 bytes.
        assert_eq!(
            masked(&24_u64.to_le_bytes()).to_le_bytes(),
            [0xa3, 0x7f, 0x4b, 0x22]
        );
    }

    #[test]
    fn the_first_record_is_the_version() {
        let record = RunRecord {
            created: "1970-01-01T00:00:10Z".to_owned(),
            ..RunRecord::default()
        };
        let bytes = event_file(&record);
        let mut expected = vec![0x09];
        expected.extend(10_f64.to_le_bytes());
        expected.extend([0x10, 0x00, 0x1a, 13]);
        expected.extend(b"brain.Event:2");
        assert_eq!(records(&bytes), [&expected[..]]);
        assert_eq!(event_file_name(&record), "events.out.tfevents.10.neurotrain");
    }

    #[test]
    fn a_scalar_is_a_record_byte_by_byte() {
        let mut out = Vec::new();
        put_step(&mut out, 1.5, 300, &[("a/b".to_owned(), 0.25)]);
        let mut expected = vec![0x09];
        expected.extend(1.5_f64.to_le_bytes());
        // step 300; summary of 12 bytes; value of 10 bytes; tag of 3 bytes.
        expected.extend([0x10, 0xac, 0x02, 0x2a, 12, 0x0a, 10, 0x0a, 3]);
        expected.extend(b"a/b");
        expected.push(0x15);
        expected.extend(0.25_f32.to_le_bytes());
        assert_eq!(records(&out), [&expected[..]]);
    }

    #[test]
    fn every_epoch_is_a_step() {
        let epoch = EpochMetrics {
            wall_seconds: 2.0,
            validation: Some(Scores::default()),
            ..EpochMetrics::default()
        };
        let record = RunRecord {
            created: "1970-01-01T00:00:10Z".to_owned(),
            epochs: vec![epoch.clone(), epoch],
            test: Some(Scores::default()),
            ..RunRecord::default()
        };
        let bytes = event_file(&record);
        // The version, 2 × (2 train, 2 validation, 3 measured), 2 of the test.
        assert_eq!(records(&bytes).len(), 1 + 2 * 7 + 2);
        let times: Vec<f64> = records(&bytes)
            .iter()
            .map(|r| f64::from_le_bytes(r[1..9].try_into().unwrap()))
            .collect();
        assert_eq!((times[0], times[1], times[8], times[15]), (6.0, 8.0, 10.0, 10.0));
    }
}
