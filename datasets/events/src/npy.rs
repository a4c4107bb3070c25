//! Events as numpy stores them: `.npy` with a row `x, y, p, t` per event, or `.npz` with arrays `t`, `x`, `y` and `p`.

use crate::stream::{EventStream, Recorder, Sensor};
use neurotrain_data_files::npy::Array;
use neurotrain_plugin_api::{Error, Result};
use std::io::Read;
use zip::ZipArchive;

/// A bound on what an array of an archive may decompress to.
const MAX_BYTES: u64 = 1 << 32;

/// Decodes the two-dimensional array in file `name`: columns x, y, p and t, with t in units of `unit` microseconds.
///
/// # Errors
/// `bad-data` naming the offset.
pub fn decode(name: &str, bytes: &[u8], sensor: Sensor, unit: f64) -> Result<EventStream> {
    let array = Array::parse(name, bytes)?;
    let &[n, 4] = array.shape.as_slice() else {
        return Err(Error::bad_data(format!(
            "{name}: an array of shape {:?}, but events are rows of x, y, p and t",
            array.shape
        )));
    };
    let mut recorder = Recorder::new(name, sensor, n);
    for i in 0..n {
        let at = |column| match array.fortran {
            true => column * n + i,
            false => i * 4 + column,
        };
        let [x, y, p, t] = [0, 1, 2, 3].map(|column| array.real(at(column)));
        record(&mut recorder, array.offset(at(0)), (name, i), [x, y, p, t * unit])?;
    }
    recorder.finish()
}

/// Decodes the arrays `t`, `x`, `y` and `p` of the archive `name`, with t in units of `unit` microseconds.
///
/// # Errors
/// `bad-data` naming array and offset.
pub fn decode_npz(name: &str, bytes: &[u8], sensor: Sensor, unit: f64) -> Result<EventStream> {
    let damaged = |what: &str, e: &dyn std::fmt::Display| {
        Error::bad_data(format!("{name}: {what}: {e}")).with_hint("the archive is damaged; replace it")
    };
    let mut archive =
        ZipArchive::new(std::io::Cursor::new(bytes)).map_err(|e| damaged("not a whole zip archive", &e))?;
    let mut contents = Vec::new();
    for key in ["t", "x", "y", "p"] {
        let member = format!("{key}.npy");
        let entry = archive.by_name(&member).map_err(|e| damaged(&member, &e))?;
        let mut content = Vec::new();
        let read = entry.take(MAX_BYTES).read_to_end(&mut content);
        read.map_err(|e| damaged(&member, &e))?;
        contents.push((format!("{name}/{member}"), content));
    }
    let arrays: Vec<Array<'_>> = contents
        .iter()
        .map(|(name, content)| Array::parse(name, content))
        .collect::<Result<_>>()?;
    let [t, x, y, p] = arrays.as_slice() else {
        return Err(damaged("arrays", &"are missing"));
    };
    let n = t.len();
    if arrays.iter().any(|a| a.shape.len() != 1 || a.len() != n) {
        let shapes: Vec<_> = arrays.iter().map(|a| &a.shape).collect();
        return Err(Error::bad_data(format!(
            "{name}: arrays t, x, y and p of shapes {shapes:?}"
        )));
    }
    let mut recorder = Recorder::new(name, sensor, n);
    for i in 0..n {
        let event = [x.real(i), y.real(i), p.real(i), t.real(i) * unit];
        record(&mut recorder, t.offset(i), (name, i), event)?;
    }
    recorder.finish()
}

fn record(
    recorder: &mut Recorder<'_>,
    offset: usize,
    (name, i): (&str, usize),
    event: [f64; 4],
) -> Result<()> {
    let [x, y, p, t] = event;
    let whole = |v: f64| v.fract() == 0.0 && (0.0..f64::from(u32::MAX)).contains(&v);
    // Exact in a double, with room for later sums.
    let timed = (0.0..9.0e15).contains(&t);
    if !whole(x) || !whole(y) || (p != 0.0 && p != 1.0) || !timed {
        return Err(Error::bad_data(format!(
            "{name}: offset {offset}: event {i} has x {x}, y {y}, p {p} and t {t} µs"
        ))
        .with_hint("the file is damaged, or its columns have another order than x, y, p, t"));
    }
    recorder.push(offset, t as i64, (x as u32, y as u32), p == 1.0)
}
