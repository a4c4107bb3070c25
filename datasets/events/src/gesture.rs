//! The label files of DVS128 Gesture (Amir et al., CVPR 2017): a line `class,startTime_usec,endTime_usec`, then one
//! for each gesture of a recording.

use neurotrain_plugin_api::{Error, Result};

/// A gesture of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gesture {
    /// Class, from 0.
    pub class: u8,
    /// First microsecond.
    pub start: i64,
    /// The microsecond after the last.
    pub end: i64,
}

/// Number of classes.
pub const CLASSES: u8 = 11;

/// Reads the content of file `name`. Gestures may overlap, as they do in some official files.
///
/// # Errors
/// `bad-data` naming the line, also for a gesture that ends before it starts.
pub fn labels(name: &str, bytes: &[u8]) -> Result<Vec<Gesture>> {
    let fault = |line: usize, what: &str| {
        Error::bad_data(format!("{name}: line {line}: {what}"))
            .with_hint("the file is damaged or no label file of DVS128 Gesture; replace it")
    };
    let text = std::str::from_utf8(bytes).map_err(|e| fault(1, &format!("no text: {e}")))?;
    let mut lines = text.lines().enumerate();
    let first = lines.next().map_or("", |(_, line)| line.trim());
    if first != "class,startTime_usec,endTime_usec" {
        return Err(fault(1, "is not `class,startTime_usec,endTime_usec`"));
    }
    let mut gestures = Vec::new();
    for (i, line) in lines {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let numbers: Option<Vec<i64>> = line.split(',').map(|f| f.trim().parse().ok()).collect();
        let Some(&[class, start, end]) = numbers.as_deref() else {
            return Err(fault(i + 1, &format!("`{line}` is not three whole numbers")));
        };
        let Some(class) = u8::try_from(class).ok().filter(|c| (1..=CLASSES).contains(c)) else {
            return Err(fault(i + 1, &format!("class {class} is not from 1 to {CLASSES}")));
        };
        if start < 0 || end <= start {
            return Err(fault(i + 1, &format!("a gesture from {start} to {end} µs")));
        }
        gestures.push(Gesture {
            class: class - 1,
            start,
            end,
        });
    }
    match gestures.is_empty() {
        true => Err(fault(1, "no gesture follows")),
        false => Ok(gestures),
    }
}
