//! Plugins that run: sound ones report, faulty ones cost a child process.

use crate::support::{GOOD, GOOD_NEXT, TestResult, build, fault, find, save};
use crate::{PROGRAM, patient};
use neurotrain_discovery::{ChildProber, ProbeFailure, Prober, Refusal, probe_in_child};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn refused(file: &Path) -> Refusal {
    match patient().probe(file) {
        Err(ProbeFailure::Refused(refusal)) => refusal,
        other => panic!("{other:?} instead of a refusal"),
    }
}

fn quarantined(manner: &str) -> Refusal {
    let folder = tempfile::tempdir().unwrap();
    let failure = patient()
        .probe(&fault(manner, folder.path()).unwrap())
        .expect_err(manner);
    assert!(failure.quarantines(), "{manner}: {failure}");
    let refusal = failure.into_refusal(Path::new("x.so"), None);
    assert!(refusal.hint.contains("--rescan"), "{manner}: {refusal}");
    refusal
}

#[test]
fn a_sound_plugin_reports_everything() -> TestResult {
    for plugin in [GOOD, GOOD_NEXT] {
        let report = patient().probe(&build(plugin))?;
        assert_eq!(report.manifest.name, plugin);
        assert_eq!(report.descriptor.name, plugin);
        assert_eq!(report.manifest.components.len(), 2);
        assert_eq!(report.layout_checked_by, "1.0");
        let hash: String = Sha256::digest(std::fs::read(build(plugin))?)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(report.sha256, hash);
    }
    let folder = tempfile::tempdir()?;
    patient().probe(&fault("none", folder.path())?)?;
    Ok(())
}

#[test]
fn crashes_are_quarantined_with_signal_and_last_words() {
    for (manner, signal, words) in [
        ("load-abort", "SIGABRT", "about to abort at load"),
        ("load-segv", "SIGSEGV", ""),
        ("load-panic", "SIGABRT", "told to panic at load"),
        ("init-abort", "SIGABRT", "about to abort at init"),
        ("manifest-abort", "SIGABRT", "about to abort at manifest"),
        ("unload-abort", "SIGABRT", "about to abort at unload"),
    ] {
        let refusal = quarantined(manner);
        assert_eq!(refusal.code, "crashed", "{manner}");
        assert!(refusal.message.contains(signal), "{manner}: {refusal}");
        assert!(refusal.details.contains(words), "{manner}: {}", refusal.details);
    }
}

#[test]
fn much_output_is_kept_short() {
    let refusal = quarantined("load-noise");
    assert_eq!(refusal.code, "crashed");
    assert!(refusal.details.ends_with("noise 99999"), "{}", refusal.details);
    assert!(refusal.details.lines().count() <= 21);
}

#[test]
fn leaving_without_a_report_is_quarantined() {
    for manner in ["load-exit", "init-exit", "manifest-exit"] {
        let refusal = quarantined(manner);
        assert_eq!(refusal.code, "exited", "{manner}");
        assert!(refusal.message.contains("exit code 0"), "{manner}: {refusal}");
    }
}

#[test]
fn hangs_end_at_the_time_limit() -> TestResult {
    let folder = tempfile::tempdir()?;
    for manner in ["load-hang", "init-hang", "manifest-hang"] {
        let prober = ChildProber {
            program: PROGRAM.into(),
            timeout: Duration::from_millis(300),
        };
        let failure = prober.probe(&fault(manner, folder.path())?).expect_err(manner);
        assert!(
            matches!(failure, ProbeFailure::TimedOut { .. }) && failure.quarantines(),
            "{manner}: {failure}"
        );
        assert!(failure.to_string().contains("0.3 s"), "{failure}");
    }
    Ok(())
}

#[test]
fn what_can_be_told_is_a_refusal() -> TestResult {
    let folder = tempfile::tempdir()?;
    for (manner, code, wanted) in [
        ("init-panic", "init", "its initialiser panicked"),
        ("manifest-panic", "manifest", "it is empty"),
        ("manifest-empty", "manifest", "it is empty"),
        ("manifest-invalid", "manifest", "no valid JSON"),
        ("manifest-other", "contradiction", "`somebody-else`"),
        (
            "manifest-schema",
            "schema",
            "trainer `faulty_rule`: parameter `lr` has a default that fails its own check",
        ),
    ] {
        let refusal = refused(&fault(manner, folder.path())?);
        assert_eq!(refusal.code, code, "{manner}: {refusal}");
        assert!(refusal.message.contains(wanted), "{manner}: {refusal}");
        assert!(
            refusal.message.starts_with("plugin `fixture-faulty` 0.3.1 ("),
            "{manner}: {refusal}"
        );
        if manner.ends_with("-panic") {
            assert!(
                refusal.details.contains("told to panic"),
                "{manner}: {}",
                refusal.details
            );
        }
    }
    Ok(())
}

#[test]
fn another_layout_is_told_in_a_sentence() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut bytes = std::fs::read(build(GOOD))?;
    // The name of a field in what abi_stable compares.
    let mut changed = 0;
    while let Some(at) = find(&bytes, b"open_dataset") {
        bytes[at + 11] = b'X';
        changed += 1;
    }
    assert!(changed > 0);
    let refusal = refused(&save(folder.path(), "layout.so", &bytes)?);
    assert_eq!(refusal.code, "layout");
    assert!(
        refusal
            .message
            .contains("PluginModule: field `open_dataseX` instead of `open_dataset`"),
        "{refusal}"
    );
    assert!(
        refusal.to_string().len() < 1200,
        "{} characters: {refusal}",
        refusal.to_string().len()
    );
    assert!(
        refusal.details.starts_with("Compared") && refusal.details.len() > 4000,
        "{}",
        refusal.details
    );
    Ok(())
}

#[test]
fn a_descriptor_without_a_module_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut bytes = std::fs::read(build(GOOD))?;
    while let Some(at) = find(&bytes, b"_1as_0lib_1header") {
        bytes[at + 1] = b'X';
    }
    assert_eq!(
        refused(&save(folder.path(), "hollow.so", &bytes)?).code,
        "no-root-module"
    );
    Ok(())
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn the_linker_is_quoted() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut bytes = std::fs::read(build(GOOD))?;
    let at = find(&bytes, b"libc.so.6\0").ok_or("no such library")?;
    bytes[at..at + 9].copy_from_slice(b"libc.so.X");
    let refusal = refused(&save(folder.path(), "lost.so", &bytes)?);
    assert_eq!(refusal.code, "linker");
    assert!(refusal.message.contains("libc.so.X"), "{refusal}");
    Ok(())
}

#[test]
fn a_prober_that_cannot_start_blames_nobody() {
    let prober = ChildProber {
        program: "/nowhere/at/all".into(),
        timeout: Duration::from_secs(1),
    };
    let failure = prober.probe(&build(GOOD)).expect_err("no program");
    assert!(matches!(failure, ProbeFailure::NotProbed(_)) && !failure.quarantines());
}

#[test]
fn files_with_odd_names_and_relative_paths_are_probed() -> TestResult {
    let folder = tempfile::tempdir()?;
    let odd = crate::copy(&build(GOOD), folder.path(), "odd name — ü'\".so");
    probe_in_child(Path::new(PROGRAM), &odd, Duration::from_secs(120))?;
    let output = Command::new(PROGRAM)
        .current_dir(folder.path())
        .args(["probe", "odd name — ü'\".so"])
        .output()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_probe_dies_with_its_parent() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = fault("load-hang", folder.path())?;
    let mut parent = Command::new(PROGRAM)
        .arg("probe")
        .arg(&file)
        .stderr(Stdio::null())
        .spawn()?;
    wait_until(|| children_probing(&file) == 1);
    parent.kill()?;
    parent.wait()?;
    wait_until(|| children_probing(&file) == 0);
    Ok(())
}

#[cfg(target_os = "linux")]
fn children_probing(file: &Path) -> usize {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let needle = file.as_os_str().as_encoded_bytes();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .filter(|line| find(line, b"__probe\0").is_some() && find(line, needle).is_some())
        .count()
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(120), "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}
