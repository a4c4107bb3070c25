//! Events in the order of time.

use neurotrain_plugin_api::{Error, EventBatch, Result};

/// The events of a recording, one entry in each list per event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventStream {
    /// Times in microseconds, never decreasing.
    pub t: Vec<i64>,
    /// Columns, from the left.
    pub x: Vec<u16>,
    /// Rows, from the top.
    pub y: Vec<u16>,
    /// 1 where it became brighter, 0 where darker.
    pub p: Vec<u8>,
}

/// The size of a sensor in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensor {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl EventStream {
    /// Number of events.
    pub fn len(&self) -> usize {
        self.t.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.t.is_empty()
    }

    /// The events with `start <= t < end`.
    #[must_use]
    pub fn between(&self, start: i64, end: i64) -> EventStream {
        let from = self.t.partition_point(|t| *t < start);
        let to = self.t.partition_point(|t| *t < end).max(from);
        EventStream {
            t: self.t[from..to].to_vec(),
            x: self.x[from..to].to_vec(),
            y: self.y[from..to].to_vec(),
            p: self.p[from..to].to_vec(),
        }
    }

    /// Appends the recording to `batch` as one more sample.
    pub fn append_to(&self, batch: &mut EventBatch) {
        batch.t.extend_from_slice(&self.t);
        batch.x.extend_from_slice(&self.x);
        batch.y.extend_from_slice(&self.y);
        batch.p.extend_from_slice(&self.p);
        batch.offsets.push(batch.t.len() as u64);
    }
}

/// Collects the events of a file and checks them.
#[derive(Debug)]
pub(crate) struct Recorder<'a> {
    name: &'a str,
    sensor: Sensor,
    stream: EventStream,
    last: i64,
}

impl<'a> Recorder<'a> {
    /// For file `name`; `room` is the number of events that are expected, by the bytes that are there.
    pub(crate) fn new(name: &'a str, sensor: Sensor, room: usize) -> Self {
        Recorder {
            name,
            sensor,
            stream: EventStream {
                t: Vec::with_capacity(room),
                x: Vec::with_capacity(room),
                y: Vec::with_capacity(room),
                p: Vec::with_capacity(room),
            },
            last: i64::MIN,
        }
    }

    /// Adds the event that lies at `offset` of the file.
    #[inline]
    pub(crate) fn push(&mut self, offset: usize, t: i64, (x, y): (u32, u32), on: bool) -> Result<()> {
        if t < self.last {
            return Err(self.fault(offset, &format!("is at {t} µs, after one at {} µs", self.last)));
        }
        if x >= u32::from(self.sensor.width) || y >= u32::from(self.sensor.height) {
            let Sensor { width, height } = self.sensor;
            return Err(self.fault(
                offset,
                &format!("is at column {x}, row {y}, outside of the sensor of {width}×{height} pixels"),
            ));
        }
        self.last = t;
        self.stream.t.push(t);
        self.stream.x.push(x as u16);
        self.stream.y.push(y as u16);
        self.stream.p.push(on.into());
        Ok(())
    }

    fn fault(&self, offset: usize, what: &str) -> Error {
        Error::bad_data(format!(
            "{}: offset {offset}: event {} {what}",
            self.name,
            self.stream.len()
        ))
        .with_hint("the file is damaged or from another camera; replace it")
    }

    /// The recording.
    pub(crate) fn finish(self) -> Result<EventStream> {
        match self.stream.is_empty() {
            true => Err(Error::bad_data(format!("{}: holds no events", self.name))),
            false => Ok(self.stream),
        }
    }
}
