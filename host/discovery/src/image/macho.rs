//! Mach-O: the symbol table and the descriptor's bytes.

use super::{Image, damaged};
use crate::fault::Fault;
use neurotrain_plugin_api::abi::DESCRIPTOR_SYMBOL;
use object::endian::LittleEndian as LE;
use object::macho::{self, MachHeader64};
use object::read::macho::{MachHeader, MachOFile};
use object::read::{Object, ObjectSegment, ObjectSymbol, ReadRef};

pub(super) fn read<'data, R: ReadRef<'data>>(data: R) -> Result<Image, Fault> {
    let file = MachOFile::<MachHeader64<LE>, R>::parse(data).map_err(damaged("file header"))?;
    let header = file.macho_header();
    let found = match header.filetype(LE) {
        macho::MH_DYLIB | macho::MH_BUNDLE => None,
        macho::MH_OBJECT => Some("an object file (`.o`)"),
        macho::MH_EXECUTE => Some("a program"),
        _ => Some("a Mach-O file of another kind"),
    };
    if let Some(found) = found {
        return Err(Fault::NotALibrary {
            found: found.to_owned(),
        });
    }
    let arch = match header.cputype(LE) {
        macho::CPU_TYPE_X86_64 => "x86_64",
        macho::CPU_TYPE_ARM64 => "aarch64",
        _ => "an unknown machine",
    };
    Ok(Image {
        arch: arch.to_owned(),
        os: "macos".to_owned(),
        needs_glibc: None,
        descriptor: descriptor(&file)?,
    })
}

fn descriptor<'data, R: ReadRef<'data>>(
    file: &MachOFile<'data, MachHeader64<LE>, R>,
) -> Result<Vec<u8>, Fault> {
    if file.symbols().next().is_none() {
        return Err(Fault::NoSymbolTable);
    }
    let symbol = file
        .symbols()
        .find(|symbol| {
            // C symbols carry a leading underscore here.
            symbol.is_definition()
                && symbol
                    .name_bytes()
                    .is_ok_and(|name| name.strip_prefix(b"_") == Some(DESCRIPTOR_SYMBOL.as_bytes()))
        })
        .ok_or(Fault::NoDescriptor)?;
    // Symbols have no size in this format: what the segment holds from there on, within reason.
    file.segments()
        .find_map(|segment| {
            let within = symbol.address().checked_sub(segment.address())?;
            segment
                .data()
                .ok()?
                .get(usize::try_from(within).ok()?..)
                .filter(|bytes| !bytes.is_empty())
        })
        .map(|bytes| bytes[..bytes.len().min(crate::descriptor::LONGEST as usize)].to_vec())
        .ok_or_else(|| Fault::BadDescriptor {
            what: "the symbol's address lies outside the file".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::read_data;
    use object::write::{Object, Symbol, SymbolSection};
    use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};

    // The only writer at hand writes object files, so the type of file is changed afterwards.
    fn library(name: &[u8], content: &[u8], filetype: u32) -> Vec<u8> {
        let mut file = Object::new(BinaryFormat::MachO, Architecture::Aarch64, Endianness::Little);
        let section = file.section_id(object::write::StandardSection::Data);
        let symbol = file.add_symbol(Symbol {
            name: name.to_vec(),
            value: 0,
            size: 0,
            kind: SymbolKind::Data,
            scope: SymbolScope::Dynamic,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        file.append_section_data(section, b"something before it", 1);
        file.add_symbol_data(symbol, section, content, 16);
        let mut bytes = file.write().expect("a written file");
        bytes[12..16].copy_from_slice(&filetype.to_le_bytes());
        bytes
    }

    #[test]
    fn the_descriptor_is_found_behind_its_symbol() {
        let bytes = library(DESCRIPTOR_SYMBOL.as_bytes(), b"NEUROTRAIN and more", 6);
        let image = read_data(bytes.as_slice()).expect("a library");
        assert_eq!((image.arch.as_str(), image.os.as_str()), ("aarch64", "macos"));
        assert!(
            image.descriptor.starts_with(b"NEUROTRAIN and more"),
            "{:?}",
            image.descriptor
        );
    }

    #[test]
    fn other_files_are_told_apart() {
        let code = |bytes: &[u8]| read_data(bytes).map(|_| ()).expect_err("no plugin").code();
        assert_eq!(
            code(&library(b"SOMETHING_ELSE", b"NEUROTRAIN", 6)),
            "not-a-plugin"
        );
        assert_eq!(
            code(&library(DESCRIPTOR_SYMBOL.as_bytes(), b"NEUROTRAIN", 1)),
            "not-a-library"
        );
        assert_eq!(
            code(&library(DESCRIPTOR_SYMBOL.as_bytes(), b"NEUROTRAIN", 2)),
            "not-a-library"
        );
    }

    #[test]
    fn cut_files_never_pass() {
        let whole = library(DESCRIPTOR_SYMBOL.as_bytes(), b"NEUROTRAIN and more", 6);
        for length in 0..whole.len() - 1 {
            if let Ok(image) = read_data(&whole[..length]) {
                assert!(
                    image.descriptor.starts_with(b"NEUROTRAIN and more"),
                    "{length} bytes"
                );
            }
        }
    }
}
