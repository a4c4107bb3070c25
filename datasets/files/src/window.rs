//! A part of a file, read as if it were a file of its own.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

/// The bytes `start..start + len` of a file.
#[derive(Debug)]
pub(crate) struct Window {
    file: File,
    start: u64,
    len: u64,
    at: u64,
}

impl Window {
    /// A whole file.
    pub(crate) fn whole(file: File) -> Result<Window> {
        let len = file.metadata()?.len();
        Window::new(file, 0, len)
    }

    /// `len` bytes of `file` from `start` on, all of which must be there.
    pub(crate) fn new(mut file: File, start: u64, len: u64) -> Result<Window> {
        let end = start.checked_add(len);
        if end.is_none_or(|end| file.metadata().is_ok_and(|m| m.len() < end)) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        file.seek(SeekFrom::Start(start))?;
        Ok(Window {
            file,
            start,
            len,
            at: 0,
        })
    }
}

impl Read for Window {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let room = to.len().min(left);
        let read = self.file.read(&mut to[..room])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        // A place after the end is like the end: nothing can be read there.
        let at = at
            .ok_or_else(|| Error::from(ErrorKind::InvalidInput))?
            .min(self.len);
        self.file.seek(SeekFrom::Start(self.start + at))?;
        self.at = at;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, b"0123456789").unwrap();
        let open = || File::open(&path).unwrap();
        let mut window = Window::new(open(), 3, 4).unwrap();
        let mut text = String::new();
        window.read_to_string(&mut text).unwrap();
        assert_eq!(text, "3456");
        assert_eq!(window.seek(SeekFrom::End(-1)).unwrap(), 3);
        text.clear();
        window.read_to_string(&mut text).unwrap();
        assert_eq!(text, "6");
        assert_eq!(window.seek(SeekFrom::Start(99)).unwrap(), 4);
        assert!(window.seek(SeekFrom::Current(-5)).is_err());
        assert!(Window::new(open(), 8, 3).is_err() && Window::new(open(), 1, u64::MAX).is_err());
    }
}
