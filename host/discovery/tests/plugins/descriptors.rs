//! Files that are judged without running them.

use crate::support::{FAULTY, GOOD, TestResult, build, find, save};
use neurotrain_discovery::{
    ComponentKey, GlibcVersion, Machine, PluginError, Refusal, open_module, read_descriptor,
};
use object::read::elf::{ElfFile64, FileHeader as _, SectionHeader as _};
use object::{LittleEndian as LE, Object, ObjectSymbol};
use std::path::Path;

const MAGIC: &[u8] = b"NEUROTRAIN-PLUG\0";

/// Refused without running, and the same when opening is asked for.
fn refusal_of(path: &Path) -> Refusal {
    let error = read_descriptor(path, &Machine::current()).expect_err("a broken file");
    assert!(error.fault.before_any_code_ran());
    let opened: PluginError = open_module(path).map(|_| ()).expect_err("a broken file");
    assert_eq!(opened.fault.code(), error.fault.code());
    let refusal = Refusal::from(error);
    assert!(refusal.message.contains(&*path.to_string_lossy()), "{refusal}");
    assert!(
        refusal.message.ends_with("refused before any of its code ran"),
        "{refusal}"
    );
    assert!(!refusal.hint.is_empty());
    refusal
}

fn check(folder: &Path, name: &str, bytes: &[u8], code: &str, wanted: &[&str]) -> TestResult {
    let refusal = refusal_of(&save(folder, name, bytes)?);
    assert_eq!(refusal.code, code, "{name}: {refusal}");
    for part in wanted {
        let whole = refusal.to_string();
        assert!(whole.contains(part), "{name}: `{part}` is not in: {whole}");
    }
    Ok(())
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

fn good() -> TestResult<(Vec<u8>, usize)> {
    let bytes = std::fs::read(build(GOOD))?;
    let descriptor = find(&bytes, MAGIC).ok_or("no descriptor")?;
    Ok((bytes, descriptor))
}

#[test]
fn a_sound_plugin_tells_everything_without_being_run() -> TestResult {
    let descriptor = read_descriptor(&build(GOOD), &Machine::current())?;
    assert_eq!(
        (descriptor.name.as_str(), descriptor.version.as_str()),
        (GOOD, "0.3.1")
    );
    let keys: Vec<String> = descriptor.keys.iter().map(ComponentKey::to_string).collect();
    assert_eq!(keys, ["trainer:fixture_rule", "model:fixture_net"]);
    assert_eq!(
        (descriptor.api_major, descriptor.api_built, descriptor.components),
        (1, 0, 2)
    );
    assert!(!descriptor.panic_abort && !descriptor.debug_assertions);
    assert_eq!(descriptor.target, Machine::current().target());
    if Machine::current().glibc.is_some() {
        assert!(
            descriptor.needs_glibc >= Some(GlibcVersion(2, 2, 5)),
            "{:?}",
            descriptor.needs_glibc
        );
    }
    Ok(())
}

#[test]
fn things_that_are_no_library() -> TestResult {
    let folder = tempfile::tempdir()?;
    let dir = folder.path();
    check(dir, "empty.so", b"", "not-a-library", &["an empty file"])?;
    check(
        dir,
        "text.so",
        b"this is not a library\n",
        "not-a-library",
        &["a text file", "cargo build --release"],
    )?;
    check(
        dir,
        "script.so",
        b"#!/bin/sh\necho\n",
        "not-a-library",
        &["a script"],
    )?;
    let folder_so = dir.join("folder.so");
    std::fs::create_dir(&folder_so)?;
    assert_eq!(refusal_of(&folder_so).code, "not-a-library");
    assert_eq!(refusal_of(&dir.join("absent.so")).code, "unreadable");
    std::os::unix::fs::symlink(dir.join("nowhere"), dir.join("dangling.so"))?;
    assert_eq!(refusal_of(&dir.join("dangling.so")).code, "unreadable");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn elf_files_that_are_no_plugin() -> TestResult {
    let folder = tempfile::tempdir()?;
    let dir = folder.path();
    let (bytes, _) = good()?;
    let mut relocatable = bytes.clone();
    put(&mut relocatable, 16, &1_u16.to_le_bytes());
    check(
        dir,
        "object.so",
        &relocatable,
        "not-a-library",
        &["an object file"],
    )?;
    let mut program = bytes.clone();
    put(&mut program, 16, &2_u16.to_le_bytes());
    check(dir, "program.so", &program, "not-a-library", &["a program"])?;
    // A program of today is a position-independent one, and so a dynamic library without the symbol.
    check(
        dir,
        "pie.so",
        &std::fs::read(crate::PROGRAM)?,
        "not-a-plugin",
        &["export_plugin!"],
    )?;
    let mut renamed = bytes.clone();
    while let Some(at) = find(&renamed, b"NEUROTRAIN_PLUGIN_DESCRIPTOR\0") {
        put(&mut renamed, at, b"X");
    }
    check(
        dir,
        "stripped.so",
        &renamed,
        "not-a-plugin",
        &["exports no `NEUROTRAIN_PLUGIN_DESCRIPTOR`"],
    )?;
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn other_machines() -> TestResult {
    let folder = tempfile::tempdir()?;
    let dir = folder.path();
    let (bytes, _) = good()?;
    let here = Machine::current();
    for (machine, name) in [
        (183_u16, "aarch64-linux"),
        (62, "x86_64-linux"),
        (243, "riscv64-linux"),
        (9999, "(9999)"),
    ] {
        if name == here.target() {
            continue;
        }
        let mut other = bytes.clone();
        put(&mut other, 18, &machine.to_le_bytes());
        check(
            dir,
            "other.so",
            &other,
            "other-machine",
            &["plugin `fixture-good` 0.3.1", name, &here.target()],
        )?;
    }
    let mut narrow = bytes.clone();
    narrow[4] = 1;
    check(
        dir,
        "narrow.so",
        &narrow,
        "other-machine",
        &["32-bit little-endian"],
    )?;
    let mut big = bytes.clone();
    big[5] = 2;
    check(dir, "big.so", &big, "other-machine", &["64-bit big-endian"])?;
    let mut bsd = bytes;
    bsd[7] = 9;
    check(dir, "bsd.so", &bsd, "other-machine", &["freebsd"])?;
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn truncated_at_any_length() -> TestResult {
    let folder = tempfile::tempdir()?;
    let (bytes, _) = good()?;
    let steps = (0..80)
        .chain((80..bytes.len()).step_by(bytes.len() / 60))
        .chain([bytes.len() - 1]);
    for length in steps {
        let path = save(folder.path(), "cut.so", &bytes[..length])?;
        let error = read_descriptor(&path, &Machine::current()).expect_err("a cut file");
        let wanted = if length < 4 { "not-a-library" } else { "truncated" };
        assert_eq!(error.fault.code(), wanted, "{length} bytes: {error}");
    }
    let path = save(folder.path(), "cut.so", &bytes[..bytes.len() / 2])?;
    let message = refusal_of(&path).to_string();
    assert!(
        message.contains(&format!("the file has {}", bytes.len() / 2)) && message.contains("copy it again"),
        "{message}"
    );
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn headers_that_lie() -> TestResult {
    let folder = tempfile::tempdir()?;
    let dir = folder.path();
    let (bytes, descriptor) = good()?;
    let mut without_sections = bytes.clone();
    put(&mut without_sections, 40, &[0; 8]);
    put(&mut without_sections, 60, &[0; 4]);
    check(
        dir,
        "sstripped.so",
        &without_sections,
        "no-symbol-table",
        &["sstrip"],
    )?;
    for offset in [32, 40] {
        let mut absurd = bytes.clone();
        put(&mut absurd, offset, &(u64::MAX - 7).to_le_bytes());
        check(dir, "absurd.so", &absurd, "truncated", &[])?;
    }
    let entry = descriptor_symbol(&bytes)?;
    let mut short = bytes.clone();
    put(&mut short, entry + 16, &8_u64.to_le_bytes());
    check(dir, "short.so", &short, "bad-descriptor", &["8 bytes"])?;
    let mut cut = bytes.clone();
    put(&mut cut, entry + 16, &500_u64.to_le_bytes());
    check(
        dir,
        "short2.so",
        &cut,
        "bad-descriptor",
        &["500 bytes where it speaks of 1064"],
    )?;
    for address in [u64::MAX - 3, 0x7fff_ffff, 1 << 40] {
        let mut nowhere = bytes.clone();
        put(&mut nowhere, entry + 8, &address.to_le_bytes());
        check(
            dir,
            "nowhere.so",
            &nowhere,
            "bad-descriptor",
            &["outside the file"],
        )?;
    }
    let mut elsewhere = bytes.clone();
    put(&mut elsewhere, entry + 8, &0_u64.to_le_bytes());
    check(
        dir,
        "elsewhere.so",
        &elsewhere,
        "bad-descriptor",
        &["does not begin as every descriptor does"],
    )?;
    let mut wrong = bytes;
    put(&mut wrong, descriptor, b"n");
    check(dir, "magic.so", &wrong, "bad-descriptor", &[])?;
    Ok(())
}

// File offset of the symbol's entry in `.dynsym`.
fn descriptor_symbol(bytes: &[u8]) -> TestResult<usize> {
    let file = ElfFile64::<LE>::parse(bytes)?;
    let symbol = file
        .dynamic_symbols()
        .find(|symbol| symbol.name() == Ok("NEUROTRAIN_PLUGIN_DESCRIPTOR"))
        .ok_or("no symbol")?;
    let sections = file.elf_header().section_headers(LE, bytes)?;
    let table = sections
        .iter()
        .find(|s| s.sh_type(LE) == object::elf::SHT_DYNSYM)
        .ok_or("no table")?;
    Ok(usize::try_from(table.sh_offset(LE))? + symbol.index().0 * 24)
}

#[test]
fn descriptors_of_other_versions() -> TestResult {
    let folder = tempfile::tempdir()?;
    let dir = folder.path();
    let (bytes, at) = good()?;
    let with = |offset: usize, value: u32| {
        let mut changed = bytes.clone();
        put(&mut changed, at + offset, &value.to_le_bytes());
        changed
    };
    let who = "plugin `fixture-good` 0.3.1";
    let major = [
        "built for API 2.0",
        "this host speaks API 1.0 to 1.0",
        "neurotrain-plugin-api = \"1\"",
        who,
    ];
    check(dir, "major.so", &with(20, 2), "api-major", &major)?;
    check(
        dir,
        "ancient.so",
        &with(20, 0),
        "api-major",
        &["built for API 0.0"],
    )?;
    let minor = [
        "needs a host of API 1.99",
        "this host speaks API 1.0",
        "--precise 1.0.0",
        who,
    ];
    check(dir, "minor.so", &with(28, 99), "api-minor", &minor)?;
    check(
        dir,
        "small.so",
        &with(16, 36),
        "descriptor-too-small",
        &["36 bytes", "at least 1064", who],
    )?;
    check(
        dir,
        "abort.so",
        &with(32, 1),
        "panic-abort",
        &["panic = \"abort\"", "profile", who],
    )?;
    // A longer descriptor, a newer minor version and a debug build are welcome.
    for (offset, value) in [(16, 4000), (24, 9), (32, 2)] {
        let path = save(dir, "welcome.so", &with(offset, value))?;
        read_descriptor(&path, &Machine::current())?;
    }
    Ok(())
}

#[test]
fn lesser_machines() -> TestResult {
    let folder = tempfile::tempdir()?;
    let (mut bytes, at) = good()?;
    put(&mut bytes, at + 760, b"avx2 shiny1\0");
    let path = save(folder.path(), "shiny.so", &bytes)?;
    let mut machine = Machine::current();
    machine.features = [("avx2".to_owned(), true), ("shiny1".to_owned(), false)].into();
    let refusal = Refusal::from(read_descriptor(&path, &machine).expect_err("a feature is missing"));
    assert_eq!(refusal.code, "cpu-features");
    assert!(
        refusal.message.contains("lacks: shiny1;") && refusal.hint.contains("target-cpu=native"),
        "{refusal}"
    );
    machine.features.insert("shiny1".to_owned(), true);
    read_descriptor(&path, &machine)?;
    Ok(())
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn older_systems() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut machine = Machine::current();
    machine.glibc = Some(GlibcVersion(2, 3, 0));
    let refusal = Refusal::from(read_descriptor(&build(FAULTY), &machine).expect_err("glibc is too old"));
    assert_eq!(refusal.code, "glibc");
    assert!(
        refusal.message.contains("runs glibc 2.3") && refusal.hint.contains("glibc 2.3 or older"),
        "{refusal}"
    );
    // And as a file from the future says it.
    let mut bytes = std::fs::read(build(FAULTY))?;
    let at = find(&bytes, b"GLIBC_2.14\0").ok_or("no such version")?;
    put(&mut bytes, at, b"GLIBC_9.99");
    check(folder.path(), "future.so", &bytes, "glibc", &["needs glibc 9.99"])?;
    Ok(())
}
