//! Saying what a file is that is no dynamic library.

/// A noun phrase for the first bytes of a file.
pub(super) fn describe(head: &[u8]) -> String {
    let text = match head {
        [] => "an empty file",
        [b'#', b'!', ..] => "a script",
        [b'M', b'Z', ..] => "a Windows program or DLL",
        [b'P', b'K', 3 | 5, ..] => "a zip archive",
        [0x1f, 0x8b, ..] => "a gzip file",
        [0xca, 0xfe, 0xba, 0xbe, ..] => "a macOS universal binary (build it for one architecture)",
        [0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, ..] => {
            "a macOS library of an unsupported architecture"
        }
        head if head.starts_with(b"!<arch>\n") => "a static library (`.a`, `.rlib`)",
        head if head.starts_with(b"\x89HDF") => "an HDF5 file",
        head if head
            .iter()
            .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..)) =>
        {
            "a text file"
        }
        _ => "a file of another format",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn common_mistakes_are_named() {
        for (head, wanted) in [
            (&b""[..], "an empty file"),
            (b"#!/bin/sh\n", "a script"),
            (b"hello, world", "a text file"),
            ("übung".as_bytes(), "a text file"),
            (b"MZ\x90\0", "a Windows program or DLL"),
            (b"!<arch>\n/", "a static library (`.a`, `.rlib`)"),
            (b"\x01\x02\x03\x04", "a file of another format"),
        ] {
            assert_eq!(describe(head), wanted);
        }
    }
}
