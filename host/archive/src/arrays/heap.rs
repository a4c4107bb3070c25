//! The heaps that lists of any length are stored in, checked before the library walks through them.
//!
//! The library takes the sizes of a heap's objects as they are (1.14 and 2.0): where damage has made one 0, or so large
//! that the sum wraps, it walks in circles for ever.

use memchr::memmem;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const SIGNATURE: &[u8] = b"GCOL";
/// Signature, version, three zeros, size.
const HEADER: usize = 16;
/// Index, references, four zeros, size.
const OBJECT: usize = 16;
const WINDOW: usize = 4 << 20;

/// Walks through every heap ("global heap collection") of the file at `path`.
///
/// # Errors
/// What is wrong with a heap, and where.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let fail = |e: io::Error| e.to_string();
    let mut file = File::open(path).map_err(fail)?;
    let length = file.metadata().map_err(fail)?.len();
    let finder = memmem::Finder::new(SIGNATURE);
    let mut window = Vec::new();
    let mut start = 0;
    while start < length {
        file.seek(SeekFrom::Start(start)).map_err(fail)?;
        window.clear();
        (&mut file)
            .take(WINDOW as u64)
            .read_to_end(&mut window)
            .map_err(fail)?;
        for at in finder.find_iter(&window) {
            check_heap(&mut file, start + at as u64, length)?;
        }
        // A signature may lie across the edge.
        start += (WINDOW + 1 - SIGNATURE.len()) as u64;
    }
    Ok(())
}

fn check_heap(file: &mut File, at: u64, length: u64) -> Result<(), String> {
    let mut header = [0; HEADER];
    if read(file, at, &mut header).is_err() {
        return Ok(());
    }
    let size = size_of(&header);
    // Spikes may spell the signature; the library refuses a heap whose header is damaged itself.
    if header[4..8] != [1, 0, 0, 0] || size < HEADER as u64 || size > length - at {
        return Ok(());
    }
    let mut heap = vec![0; size as usize];
    read(file, at, &mut heap).map_err(|e| e.to_string())?;
    let mut next = HEADER;
    while heap.len() - next >= OBJECT {
        let object = &heap[next..next + OBJECT];
        let free = object[..2] == [0, 0];
        let bytes = size_of(object);
        // The free space counts its own header.
        let needed = match free {
            true => Some(bytes).filter(|b| *b >= OBJECT as u64),
            false => bytes
                .checked_next_multiple_of(8)
                .and_then(|b| b.checked_add(OBJECT as u64)),
        };
        match needed.filter(|n| *n <= (heap.len() - next) as u64) {
            Some(needed) => next += needed as usize,
            None => {
                return Err(format!(
                    "the heap of lists at byte {at} is damaged: the object at its byte {next} has {bytes} bytes"
                ));
            }
        }
    }
    Ok(())
}

fn read(file: &mut File, at: u64, to: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(to)
}

/// The last eight of sixteen bytes.
fn size_of(header: &[u8]) -> u64 {
    header[8..16].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))
}
