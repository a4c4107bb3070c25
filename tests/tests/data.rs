//! `neurotrain data`: fetching from a server of this machine, and what becomes of a plugin that dies.

use neurotrain_tests::{Answer, Crate, Finished, Program, Server};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

/// The data set `squares`, built once for all tests.
static PLUGIN: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    Crate::write(
        folder.path(),
        "fixture-squares",
        include_str!("data/plugin.rs"),
        &[],
    )
    .build()
});

/// What the plugin's manifest describes.
fn content() -> Vec<u8> {
    (0..3000).map(|i| (i % 251) as u8).collect()
}

struct Host(Program);

impl Host {
    fn new() -> Self {
        Host(Program::neurotrain())
    }

    fn data(&self, args: &[&str]) -> Finished {
        self.command(args, self.0.command())
    }

    fn command(&self, args: &[&str], mut command: std::process::Command) -> Finished {
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
            "SSL_CERT_FILE",
        ] {
            command.env_remove(name);
        }
        let output = command
            .arg("data")
            .args(args)
            .arg("--plugin-path")
            .arg(&*PLUGIN)
            .output()
            .expect("the program starts");
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn fetch(&self, bases: &[String], more: &[&str]) -> Finished {
        let mut args = vec!["fetch", "squares"];
        bases.iter().for_each(|base| args.extend(["--mirror", base]));
        args.extend(more);
        self.data(&args)
    }

    /// Where files go unless told otherwise.
    fn folder(&self) -> PathBuf {
        self.0.scratch().join("data-home/neurotrain/data/squares")
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn expect_whole(&self) {
        assert_eq!(
            std::fs::read(self.folder().join("values.bin")).expect("the file"),
            content()
        );
        assert_eq!(self.files(), ["values.bin"]);
    }
}

/// Its name, what a server answers, and what is said of it.
type Misbehaviour = (&'static str, fn() -> Answer, &'static str);

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not said:\n{text}");
    }
}

#[test]
fn a_data_set_of_somebody_else_is_fetched_listed_described_verified_and_drawn() {
    let host = Host::new();
    let absent = host.data(&["info", "squares"]).expect(1);
    says(
        &absent.stderr,
        &["squares/values.bin", "neurotrain data fetch squares"],
    );
    says(
        &host.data(&["list"]).expect(0).stdout,
        &["squares", "not here", "2.9 KiB; original: by hand"],
    );
    let server = Server::start(|asked| match asked.path.as_str() {
        "sets/squares/values.bin" => Answer::File(content()),
        _ => Answer::Status(404),
    });
    let fetched = host.fetch(&[server.url("sets")], &[]).expect(0);
    says(
        &fetched.stdout,
        &["values.bin fetched", "2.9 KiB", "size, MD5 right"],
    );
    host.expect_whole();
    says(
        &host.fetch(&[server.url("sets")], &[]).expect(0).stdout,
        &["was here"],
    );
    assert_eq!(server.asked().len(), 1);

    let list = host.data(&["list", "--json"]).expect(0).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let row = list
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["key"] == "squares"));
    let row = row.expect("a row");
    assert_eq!((&row["state"], &row["bytes"]), (&"found".into(), &3000.into()));
    assert!(
        row["place"]
            .as_str()
            .is_some_and(|place| place.ends_with("data/squares")),
        "{row}"
    );

    let info = host.data(&["info", "squares", "--json"]).expect(0).stdout;
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let train = &info["statistics"]["splits"][0];
    assert_eq!(
        (&train["samples"], &train["classes"][1]["samples"]),
        (&20.into(), &10.into())
    );
    let mean = content()[..2000].iter().map(|b| f64::from(*b)).sum::<f64>() / 2000.0 / 255.0;
    assert!((train["activity"]["mean"].as_f64().expect("a number") - mean).abs() < 1e-9);
    says(
        &host.data(&["info", "squares"]).expect(0).stdout,
        &["1×10×10", "20", "test activity"],
    );

    let verified = host.data(&["verify", "squares"]).expect(0).stdout;
    says(
        &verified,
        &["ok, size, MD5", "20 train, 10 test", "Everything is right"],
    );

    let drawn = host
        .data(&["preview", "squares", "--out", "pictures"])
        .expect(0)
        .stdout;
    says(
        &drawn,
        &["pictures/squares-samples.png", "pictures/squares-activity.png"],
    );
    for line in drawn.lines() {
        let png = std::fs::read(host.0.scratch().join(line)).expect("a picture");
        assert!(png.starts_with(b"\x89PNG") && png.len() > 500, "{line}");
    }
}

#[test]
fn a_damaged_file_is_a_fault_that_names_file_and_offset() {
    let host = Host::new();
    std::fs::create_dir_all(host.folder()).expect("a folder");
    std::fs::write(host.folder().join("values.bin"), &content()[..2950]).expect("written");
    let short = host.data(&["verify", "squares"]).expect(1);
    says(
        &short.stderr,
        &[
            "squares/values.bin: ends at offset 2950, but has 3000",
            "before sample 9",
        ],
    );
    let mut flipped = content();
    flipped[1234] ^= 1;
    std::fs::write(host.folder().join("values.bin"), flipped).expect("written");
    says(&host.data(&["verify"]).expect(1).stderr, &["its MD5 is"]);
    // A fetch does not overwrite it.
    let server = Server::start(|_| Answer::File(content()));
    says(
        &host.fetch(&[server.url("")], &[]).expect(1).stderr,
        &["is there, but is not what is published"],
    );
    assert!(server.asked().is_empty());
    says(
        &host
            .data(&["verify", "squares", "--set", "fault=label"])
            .expect(1)
            .stderr,
        &["label 7"],
    );
}

#[test]
fn a_plugin_that_dies_is_an_error() {
    let host = Host::new();
    std::fs::create_dir_all(host.folder()).expect("a folder");
    std::fs::write(host.folder().join("values.bin"), content()).expect("written");
    for command in ["info", "preview", "verify"] {
        let died = host.data(&[command, "squares", "--set", "fault=abort"]).expect(1);
        says(
            &died.stderr,
            &[
                "fixture-squares 0.3.1",
                "reading of `squares`",
                "SIGABRT",
                "about to abort",
            ],
        );
    }
}

#[test]
fn mirrors_that_misbehave_are_told_and_the_next_one_is_asked() {
    let good = Server::start(|_| Answer::File(content()));
    let bad: [Misbehaviour; 5] = [
        ("404", || Answer::Status(404), "404"),
        (
            "page",
            || Answer::Page("<!doctype html><title>Sign in</title>".into()),
            "web page",
        ),
        ("wrong", || Answer::File(vec![9; 3000]), "MD5"),
        ("short", || Answer::File(vec![9; 2999]), "2999 bytes"),
        ("stalled", || Answer::Stalled(content(), 0), "timeout"),
    ];
    for (name, answer, word) in bad {
        let host = Host::new();
        let server = Server::start(move |_| answer());
        let patience = ["--stall-timeout", "0.3", "--retries", "0"];
        let both = host.fetch(&[server.url("a"), good.url("b")], &patience).expect(0);
        says(&both.stderr, &[word, &server.url("a/squares/values.bin")]);
        host.expect_whole();

        let host = Host::new();
        let alone = host.fetch(&[server.url("a")], &patience).expect(1);
        says(
            &alone.stderr,
            &[
                word,
                &server.url("a/values.bin"),
                "squares/values.bin",
                "what to do",
            ],
        );
        assert!(
            !host.files().contains(&"values.bin".to_owned()),
            "{name}: {:?}",
            host.files()
        );
    }
}

#[test]
fn a_cut_transfer_is_resumed_by_the_next_process_and_an_ignored_range_starts_again() {
    for whole in [false, true] {
        let host = Host::new();
        let cut = Server::start(|asked| match (asked.path.as_str(), asked.earlier) {
            ("x/squares/values.bin", 0) => Answer::Cut(content(), 1000),
            _ => Answer::Status(500),
        });
        let failed = host.fetch(&[cut.url("x")], &["--retries", "0"]).expect(1);
        says(&failed.stderr, &["1000 bytes that arrived are kept"]);
        assert!(host.files().contains(&"values.bin.part".to_owned()));
        let server = Server::start(move |_| {
            if whole {
                Answer::Whole(content())
            } else {
                Answer::File(content())
            }
        });
        host.fetch(&[server.url("x")], &[]).expect(0);
        assert_eq!(server.asked()[0].from, Some(1000));
        host.expect_whole();
    }
}

#[test]
fn two_processes_fetch_a_file_once() {
    let host = Host::new();
    let server = Server::start(|_| Answer::Slow(content(), Duration::from_millis(150)));
    let base = [server.url("x")];
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| host.fetch(&base, &[]).expect(0)))
            .collect();
        both.into_iter()
            .for_each(|one| drop(one.join().expect("no panic")));
    });
    assert_eq!(server.asked().len(), 1);
    host.expect_whole();
}

#[test]
fn what_cannot_be_fetched_is_said_before_anything_is_written() {
    let host = Host::new();
    let manual = host
        .data(&["fetch", "squares", "--edition", "original"])
        .expect(1);
    says(
        &manual.stderr,
        &[
            "signed.bin cannot be fetched by a program",
            "sign the form",
            "neurotrain/data/squares",
        ],
    );
    says(
        &host
            .data(&["fetch", "squares", "--edition", "other"])
            .expect(2)
            .stderr,
        &["no edition `other`", "`original`"],
    );
    says(
        &host.data(&["fetch", "square"]).expect(2).stderr,
        &["did you mean", "squares"],
    );
    says(
        &host
            .data(&["fetch", "squares", "--mirror", "file:///etc"])
            .expect(2)
            .stderr,
        &["http://"],
    );
    let plan = host
        .data(&["fetch", "squares", "--optional", "--dry-run"])
        .expect(0)
        .stdout;
    says(
        &plan,
        &["values.bin (2.9 KiB): http://127.0.0.1:9/values.bin", "more.bin"],
    );
    let into = host
        .data(&["fetch", "squares", "--into", "here", "--retries", "0"])
        .expect(1);
    says(
        &into.stderr,
        &["http://127.0.0.1:9/values.bin", "here/squares/values.bin"],
    );
    assert!(!host.folder().exists() && !host.0.scratch().join("here/squares/values.bin").exists());
}
