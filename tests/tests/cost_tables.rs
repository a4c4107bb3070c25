//! The table that chooses between dense and event-driven products: named, measured, frozen, archived, repeated.

use neurotrain_archive::{open_run, same_results};
use neurotrain_tests::{Program, archives_below};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The built-in table with the times of one kernel changed.
fn table(host: &Program, name: &str, change: impl Fn(&mut [Value])) -> PathBuf {
    let path = host.scratch().join(name);
    let file = path.to_str().expect("UTF-8");
    host.run(["bench", "calibrate", "--show", "builtin", "--write", file])
        .expect(0);
    let mut table: Value = serde_json::from_str(&read(&path)).expect("JSON");
    for kind in ["forward", "gradient", "update"] {
        for cell in table[kind]["cells"].as_array_mut().expect("cells") {
            change(cell.as_array_mut().expect("a cell"));
        }
    }
    std::fs::write(&path, table.to_string()).expect("the scratch folder is writable");
    path
}

/// So that every product is done event by event.
fn slow_dense(cell: &mut [Value]) {
    cell[0] = Value::from(1e15);
}

/// So that none is.
fn fast_dense(cell: &mut [Value]) {
    cell[0] = Value::from(1e-9);
}

fn train(host: &Program, out: &str, more: &[&str]) -> neurotrain_tests::Finished {
    let mut args = vec![
        "train",
        "--trainer",
        "bptt",
        "--model",
        "fc_snn",
        "--dataset",
        "digits",
    ];
    args.extend(["--epochs", "1", "--out", out]);
    args.extend(["--set", "model.hidden_sizes=[24]", "--set", "dataset.T=4"]);
    args.extend(more);
    host.run(args)
}

fn only_archive(host: &Program, out: &str) -> PathBuf {
    let found = archives_below(&host.scratch().join(out));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn the_same_table_gives_the_same_bits_and_is_archived() {
    let host = Program::neurotrain();
    let events = table(&host, "events.json", slow_dense);
    let flag = ["--cost-table", events.to_str().expect("UTF-8")];
    train(&host, "one", &flag).expect(0);
    train(&host, "two", &[&flag[..], &["--threads", "2"]].concat()).expect(0);
    let (one, two) = (only_archive(&host, "one"), only_archive(&host, "two"));
    let comparison = same_results(&one, &two).expect("two archives");
    assert!(comparison.same(), "{:?}", comparison.differences);

    let kept = open_run(&one).expect("an archive").record.provenance.cost_table;
    let kept = kept.expect("the table is archived");
    assert_eq!(kept.origin, flag[1]);
    let (archived, given): (Value, Value) = (
        serde_json::from_str(&kept.json).expect("JSON"),
        serde_json::from_str(&read(&events)).expect("JSON"),
    );
    assert_eq!(archived["forward"]["cells"], given["forward"]["cells"]);
    let campaign = one.ancestors().nth(3).expect("the campaign's folder");
    assert_eq!(read(&campaign.join("cost-table.json")), kept.json);
    let shown = host
        .run(["archive", "show", one.to_str().expect("UTF-8")])
        .expect(0);
    assert!(shown.stdout.contains(&kept.digest), "{}", shown.stdout);
}

#[test]
fn a_table_is_part_of_a_run_and_a_change_is_told() {
    let host = Program::neurotrain();
    let id = |out: &str| {
        let archives = archives_below(&host.scratch().join(out));
        let ids = archives
            .iter()
            .map(|file| open_run(file).expect("an archive").record.run_id);
        ids.collect::<Vec<_>>()
    };
    train(&host, "built", &[]).expect(0);
    let builtin = table(&host, "same.json", |_| ());
    train(&host, "same", &["--cost-table", builtin.to_str().expect("UTF-8")]).expect(0);
    assert_eq!(
        id("built"),
        id("same"),
        "the built-in table by name or from a file"
    );

    let dense = table(&host, "dense.json", fast_dense);
    let again = train(&host, "built", &["--cost-table", dense.to_str().expect("UTF-8")]).expect(0);
    assert!(again.stderr.contains("another cost table"), "{}", again.stderr);
    let ids = id("built");
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");

    // Repeating keeps the table, though the environment says `builtin`.
    let of_dense = archives_below(&host.scratch().join("built"))
        .into_iter()
        .find(|file| {
            let kept = open_run(file).expect("an archive").record.provenance.cost_table;
            kept.is_some_and(|kept| kept.origin.ends_with("dense.json"))
        })
        .expect("the run with the file's table");
    let folder = of_dense.parent().expect("its folder");
    let repeated = host.run(["repeat", folder.to_str().expect("UTF-8")]).expect(0);
    assert!(!repeated.stderr.contains("warning"), "{}", repeated.stderr);
    let copy = PathBuf::from(format!("{}.2", folder.display())).join("run.h5");
    assert!(same_results(&of_dense, &copy).expect("two archives").same());
    let table_of = |file: &Path| open_run(file).expect("an archive").record.provenance.cost_table;
    assert_eq!(table_of(&of_dense), table_of(&copy));
}

#[test]
fn what_is_no_table_is_refused_before_training() {
    let host = Program::neurotrain();
    let absent = train(&host, "out", &["--cost-table", "absent.json"]).expect(2);
    assert!(
        absent.stderr.contains("absent.json") && absent.stderr.contains("bench calibrate"),
        "{}",
        absent.stderr
    );
    std::fs::write(host.scratch().join("new.json"), r#"{"version": 99}"#).expect("writable");
    let newer = train(&host, "out", &["--cost-table", "new.json"]).expect(2);
    assert!(newer.stderr.contains("version 99"), "{}", newer.stderr);
    assert!(archives_below(&host.scratch().join("out")).is_empty());
}

#[test]
fn a_measured_table_is_kept_until_it_is_damaged() {
    let host = Program::neurotrain();
    host.run(["bench", "calibrate", "--show"]).expect(1);
    let measured = host
        .run(["bench", "calibrate", "--seconds", "0", "--json"])
        .expect(0);
    let measured: Value = serde_json::from_str(&measured.stdout).expect("JSON");
    let digest = measured["digest"].as_str().expect("a digest");
    let first = train(&host, "first", &["--cost-table", "auto"]).expect(0);
    assert!(!first.stderr.contains("Measuring"), "{}", first.stderr);
    let table_of = |out: &str| {
        let record = open_run(&only_archive(&host, out)).expect("an archive").record;
        record.provenance.cost_table.expect("a table")
    };
    assert_eq!(
        (
            table_of("first").origin.as_str(),
            table_of("first").digest.as_str()
        ),
        ("auto", digest)
    );

    let file = PathBuf::from(measured["origin"].as_str().expect("a file"));
    std::fs::write(&file, "{\"version\":1,").expect("the cache is writable");
    let second = train(&host, "second", &["--cost-table", "auto"]).expect(0);
    assert!(
        second.stderr.contains("is ignored") && second.stderr.contains("Measuring"),
        "{}",
        second.stderr
    );
    assert_eq!(read(&file), table_of("second").json);
}
