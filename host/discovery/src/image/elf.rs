//! ELF: the symbol table, the descriptor's bytes and the versions of glibc that are asked for.

use super::{Image, damaged};
use crate::fault::Fault;
use crate::machine::{GlibcVersion, Machine};
use neurotrain_plugin_api::abi::DESCRIPTOR_SYMBOL;
use object::elf::{self, FileHeader64};
use object::endian::LittleEndian as LE;
use object::read::elf::{FileHeader, ProgramHeader, SectionTable, Sym};
use object::read::{ReadRef, StringTable};

type Elf = FileHeader64<LE>;

// Far more versions than any library asks for; a table that claims more is damaged.
const MAX_VERSIONS: usize = 4096;

pub(super) fn read<'data, R: ReadRef<'data>>(data: R, head: &[u8], length: u64) -> Result<Image, Fault> {
    let &[_, _, _, _, class, encoding, ..] = head else {
        return Err(Fault::Truncated {
            expected: size_of::<Elf>() as u64,
            actual: length,
        });
    };
    if class != 2 || encoding != 1 {
        let width = if class == 1 { "32-bit" } else { "64-bit" };
        let order = if encoding == 2 {
            "big-endian"
        } else {
            "little-endian"
        };
        let built_for = format!("a {width} {order} machine");
        return Err(Fault::OtherMachine {
            built_for,
            machine: Machine::current().target(),
        });
    }
    if length < size_of::<Elf>() as u64 {
        return Err(Fault::Truncated {
            expected: size_of::<Elf>() as u64,
            actual: length,
        });
    }
    let header = Elf::parse(data).map_err(damaged("file header"))?;
    check_kind(header)?;
    check_length(header, data, length)?;
    let sections = header.sections(LE, data).map_err(damaged("section headers"))?;
    Ok(Image {
        arch: arch(header),
        os: os(header),
        needs_glibc: newest_glibc(&sections, data)?,
        descriptor: descriptor(header, &sections, data)?,
    })
}

fn check_kind(header: &Elf) -> Result<(), Fault> {
    let found = match header.e_type(LE) {
        elf::ET_DYN => return Ok(()),
        elf::ET_REL => "an object file (`.o`)",
        elf::ET_EXEC => "a program",
        elf::ET_CORE => "a core dump",
        _ => "an ELF file of another kind",
    };
    Err(Fault::NotALibrary {
        found: found.to_owned(),
    })
}

// A cut library would load and then die of SIGBUS: all that is to be mapped, and the tables, must be there.
fn check_length<'data, R: ReadRef<'data>>(header: &Elf, data: R, length: u64) -> Result<(), Fault> {
    let table = |start: u64, count: u16, size: u16| start.saturating_add(u64::from(count) * u64::from(size));
    let mut expected = table(header.e_phoff(LE), header.e_phnum(LE), header.e_phentsize(LE));
    if header.e_shoff(LE) != 0 {
        expected = expected.max(table(
            header.e_shoff(LE),
            header.e_shnum(LE),
            header.e_shentsize(LE),
        ));
    }
    if expected <= length {
        for segment in header
            .program_headers(LE, data)
            .map_err(damaged("program headers"))?
        {
            if segment.p_type(LE) == elf::PT_LOAD {
                expected = expected.max(segment.p_offset(LE).saturating_add(segment.p_filesz(LE)));
            }
        }
    }
    if expected > length {
        Err(Fault::Truncated {
            expected,
            actual: length,
        })
    } else {
        Ok(())
    }
}

fn descriptor<'data, R: ReadRef<'data>>(
    header: &Elf,
    sections: &SectionTable<'data, Elf, R>,
    data: R,
) -> Result<Vec<u8>, Fault> {
    let symbols = sections
        .symbols(LE, data, elf::SHT_DYNSYM)
        .map_err(damaged("dynamic symbols"))?;
    if symbols.is_empty() {
        return Err(Fault::NoSymbolTable);
    }
    let symbol = symbols
        .iter()
        .find(|symbol| {
            let name = symbol.name(LE, symbols.strings());
            !symbol.is_undefined(LE) && name.is_ok_and(|name| name == DESCRIPTOR_SYMBOL.as_bytes())
        })
        .ok_or(Fault::NoDescriptor)?;
    let address = symbol.st_value(LE);
    let segments = header
        .program_headers(LE, data)
        .map_err(damaged("program headers"))?;
    // Where the loader would map it, which is the truth; section offsets are advice.
    for segment in segments
        .iter()
        .filter(|segment| segment.p_type(LE) == elf::PT_LOAD)
    {
        let Some(within) = address.checked_sub(segment.p_vaddr(LE)) else {
            continue;
        };
        let Some(stored) = segment
            .p_filesz(LE)
            .checked_sub(within)
            .filter(|bytes| *bytes > 0)
        else {
            continue;
        };
        let offset = segment.p_offset(LE).checked_add(within).ok_or_else(nowhere)?;
        let size = symbol
            .st_size(LE)
            .min(stored)
            .min(super::super::descriptor::LONGEST);
        return data
            .read_bytes_at(offset, size)
            .map(<[u8]>::to_vec)
            .map_err(|()| nowhere());
    }
    Err(nowhere())
}

fn nowhere() -> Fault {
    Fault::BadDescriptor {
        what: "the symbol's address lies outside the file".to_owned(),
    }
}

fn newest_glibc<'data, R: ReadRef<'data>>(
    sections: &SectionTable<'data, Elf, R>,
    data: R,
) -> Result<Option<GlibcVersion>, Fault> {
    let fault = damaged("version requirements");
    let Some((mut files, link)) = sections.gnu_verneed(LE, data).map_err(&fault)? else {
        return Ok(None);
    };
    let strings: StringTable<'data, R> = sections.strings(LE, data, link).map_err(&fault)?;
    let (mut newest, mut seen) = (None, 0);
    while let Some((_, mut versions)) = files.next().map_err(&fault)? {
        while let Some(version) = versions.next().map_err(&fault)? {
            seen += 1;
            if seen > MAX_VERSIONS {
                return Err(Fault::Damaged {
                    what: "version requirements: endless".to_owned(),
                });
            }
            let name = version.name(LE, strings).map_err(&fault)?;
            let name = std::str::from_utf8(name).unwrap_or_default();
            if name.starts_with("GLIBC_") {
                newest = newest.max(GlibcVersion::parse(name));
            }
        }
    }
    Ok(newest)
}

fn arch(header: &Elf) -> String {
    let name = match header.e_machine(LE) {
        elf::EM_X86_64 => "x86_64",
        elf::EM_AARCH64 => "aarch64",
        elf::EM_RISCV => "riscv64",
        elf::EM_PPC64 => "powerpc64",
        elf::EM_S390 => "s390x",
        elf::EM_LOONGARCH => "loongarch64",
        other => return format!("an unknown machine ({})", other.0),
    };
    name.to_owned()
}

fn os(header: &Elf) -> String {
    match header.e_ident().os_abi {
        elf::ELFOSABI_FREEBSD => "freebsd",
        elf::ELFOSABI_NETBSD => "netbsd",
        elf::ELFOSABI_OPENBSD => "openbsd",
        elf::ELFOSABI_SOLARIS => "solaris",
        // Linux libraries say either.
        elf::ELFOSABI_SYSV | elf::ELFOSABI_GNU => "linux",
        _ => "unknown",
    }
    .to_owned()
}
