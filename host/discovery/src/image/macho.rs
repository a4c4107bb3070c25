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
