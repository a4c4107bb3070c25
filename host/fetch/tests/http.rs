//! Fetching from servers that serve and misbehave.

use neurotrain_fetch::{Event, Fetched, Settings, check_file, fetch};
use neurotrain_plugin_api::{Error, Result, Source};
use neurotrain_tests::{Answer, Asked, Server};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// 300,000 bytes, MD5 and SHA-256 known.
fn content() -> Vec<u8> {
    (0..300_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// The source of [`content`], with the checksums that `check_file` finds.
fn source() -> Source {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("x");
    std::fs::write(&path, content()).expect("written");
    // An error names the checksum that it finds.
    let error = check_file(&Source::file("x").md5("0"), &path).expect_err("no MD5");
    let md5 = error.message().split("its MD5 is ").nth(1).expect("an MD5")[..32].to_owned();
    Source::file("x.bin").bytes(300_000).md5(&md5)
}

struct Case {
    dir: tempfile::TempDir,
    source: Source,
}

impl Case {
    fn new() -> Self {
        Case {
            dir: tempfile::tempdir().expect("a folder"),
            source: source(),
        }
    }

    fn target(&self) -> PathBuf {
        self.dir.path().join("set/x.bin")
    }

    fn fetch(&self, mirrors: &[String]) -> Result<Fetched> {
        self.watched(mirrors, &mut |_| ())
    }

    fn watched(&self, mirrors: &[String], watch: &mut dyn FnMut(Event<'_>)) -> Result<Fetched> {
        let settings = Settings {
            stall: Duration::from_millis(400),
            retries: 2,
            backoff: Duration::from_millis(10),
        };
        fetch(&self.source, mirrors, &self.target(), &settings, watch)
    }

    /// Names in the folder.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path().join("set"));
        let names = entries.into_iter().flatten().flatten();
        let mut names: Vec<_> = names
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn expect_whole(&self) {
        assert_eq!(std::fs::read(self.target()).expect("the file"), content());
        assert_eq!(self.files(), ["x.bin"]);
    }

    /// An error that names all of `words`, and no file under the final name.
    fn expect_error(&self, error: &Error, words: &[&str]) {
        for word in words {
            assert!(error.to_string().contains(word), "`{word}` is not said: {error}");
        }
        assert!(!self.target().exists());
    }
}

/// Its name, what a server answers, and what is said of it.
type Misbehaviour = (&'static str, fn() -> Answer, &'static str);

fn range_of(asked: &[Asked]) -> Vec<Option<usize>> {
    asked.iter().map(|a| a.from).collect()
}

#[test]
fn a_file_arrives_whole_and_is_recognised_the_second_time() {
    let case = Case::new();
    let server = Server::start(|_| Answer::File(content()));
    let urls = [server.url("x.bin")];
    let first = case.fetch(&urls).expect("fetched");
    assert_eq!((first.bytes, first.checked_by), (300_000, vec!["size", "MD5"]));
    case.expect_whole();
    assert_eq!(case.fetch(&urls).expect("there").url, None);
    assert_eq!(server.asked().len(), 1);
    // Another file of that name is not overwritten.
    std::fs::write(case.target(), b"mine").expect("written");
    let error = case.fetch(&urls).expect_err("another file");
    assert!(error.message().contains("is there, but"), "{error}");
    assert_eq!(std::fs::read(case.target()).expect("the file"), b"mine");
}

#[test]
fn a_cut_transfer_is_resumed_where_it_was_cut() {
    let case = Case::new();
    let server = Server::start(|asked| match asked.earlier {
        0 => Answer::Cut(content(), 100_000),
        1 => Answer::Cut(content(), 50_000),
        _ => Answer::File(content()),
    });
    case.fetch(&[server.url("x.bin")]).expect("fetched");
    case.expect_whole();
    assert_eq!(range_of(&server.asked()), [None, Some(100_000), Some(150_000)]);
    assert!(server.asked()[1].if_range.is_some());
}

#[test]
fn a_later_process_resumes_from_another_mirror() {
    let case = Case::new();
    let broken = Server::start(|asked| match asked.earlier {
        0 => Answer::Cut(content(), 120_000),
        _ => Answer::Status(503),
    });
    let error = case.fetch(&[broken.url("x.bin")]).expect_err("never whole");
    case.expect_error(
        &error,
        &[
            "503",
            &broken.url("x.bin"),
            "set/x.bin",
            "120000 bytes that arrived are kept",
        ],
    );
    assert_eq!(case.files(), ["x.bin.part", "x.bin.part.json"]);
    let sound = Server::start(|_| Answer::File(content()));
    case.fetch(&[sound.url("x.bin")]).expect("fetched");
    assert_eq!(range_of(&sound.asked()), [Some(120_000)]);
    case.expect_whole();
}

#[test]
fn a_server_that_ignores_ranges_starts_from_the_beginning() {
    let case = Case::new();
    let server = Server::start(|asked| match asked.earlier {
        0 => Answer::Cut(content(), 100_000),
        _ => Answer::Whole(content()),
    });
    case.fetch(&[server.url("x.bin")]).expect("fetched");
    case.expect_whole();
}

#[test]
fn a_file_that_changed_meanwhile_is_not_put_together_of_two() {
    let mut case = Case::new();
    // Without checksums the server's tag alone tells versions apart.
    case.source = Source::file("x.bin");
    let server = Server::start(|asked| match asked.earlier {
        0 => Answer::Cut(vec![7; 300_000], 100_000),
        _ => Answer::File(content()),
    });
    case.fetch(&[server.url("x.bin")]).expect("fetched");
    case.expect_whole();
}

#[test]
fn wrong_bytes_of_an_earlier_attempt_are_thrown_away() {
    let case = Case::new();
    std::fs::create_dir_all(case.dir.path().join("set")).expect("a folder");
    std::fs::write(case.dir.path().join("set/x.bin.part"), vec![0; 1000]).expect("written");
    let server = Server::start(|_| Answer::File(content()));
    case.fetch(&[server.url("x.bin")]).expect("fetched");
    assert_eq!(range_of(&server.asked()), [Some(1000), None]);
    case.expect_whole();
}

#[test]
fn the_next_mirror_is_asked_after_a_page_a_404_a_wrong_file_and_a_stall() {
    let bad: [Misbehaviour; 5] = [
        ("404", || Answer::Status(404), "404"),
        (
            "page",
            || Answer::Page("<html><title>Log in</title>".into()),
            "a web page",
        ),
        ("wrong", || Answer::File(vec![1; 300_000]), "MD5"),
        ("short", || Answer::File(vec![1; 299_999]), "299999 bytes"),
        ("stall", || Answer::Stalled(content(), 0), "timeout"),
    ];
    for (name, answer, word) in bad {
        let case = Case::new();
        let server = Server::start(move |asked| match asked.path.as_str() {
            "good" => Answer::File(content()),
            _ => answer(),
        });
        let mut reasons = Vec::new();
        let result = case.watched(&[server.url("bad"), server.url("good")], &mut |event| {
            if let Event::GivenUp { why, .. } = event {
                reasons.push(why.to_owned());
            }
        });
        assert_eq!(result.expect(name).url, Some(server.url("good")), "{name}");
        assert!(
            reasons.len() == 1 && reasons[0].contains(word),
            "{name}: {reasons:?}"
        );
        case.expect_whole();
        // Alone it is an error that names the address and the file.
        let case = Case::new();
        let error = case.fetch(&[server.url("bad")]).expect_err(name);
        case.expect_error(&error, &[word, &server.url("bad"), "set/x.bin", "--mirror"]);
    }
}

#[test]
fn a_stalled_transfer_goes_on_where_it_stopped() {
    let case = Case::new();
    let server = Server::start(|asked| match asked.earlier {
        0 => Answer::Stalled(content(), 200_000),
        _ => Answer::File(content()),
    });
    case.fetch(&[server.url("x.bin")]).expect("fetched");
    assert_eq!(range_of(&server.asked()), [None, Some(200_000)]);
    case.expect_whole();
}

#[test]
fn two_at_once_fetch_it_once() {
    let case = Case::new();
    let server = Server::start(|_| Answer::Slow(content(), Duration::from_millis(30)));
    let urls = [server.url("x.bin")];
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(|| case.fetch(&urls))).collect();
        for one in all {
            one.join().expect("no panic").expect("fetched");
        }
    });
    assert_eq!(server.asked().len(), 1);
    case.expect_whole();
}

#[test]
fn what_a_person_must_get_is_said() {
    let mut case = Case::new();
    case.source = Source::manual("x.bin", "sign the form");
    let error = case.fetch(&[]).expect_err("by hand");
    case.expect_error(&error, &["cannot be fetched by a program", "sign the form"]);
    case.source = Source::file("x.bin");
    let error = case
        .fetch(&["file:///etc/passwd".to_owned()])
        .expect_err("no web address");
    case.expect_error(&error, &["http://"]);
    assert!(
        case.files()
            .iter()
            .all(|name| !Path::new(name).ends_with("x.bin"))
    );
}

#[test]
fn a_host_that_is_not_known_is_not_asked_twice() {
    let case = Case::new();
    let mut retries = 0;
    let error = case.watched(&["http://no-such-host.invalid/x.bin".to_owned()], &mut |event| {
        retries += usize::from(matches!(event, Event::Retrying { .. }));
    });
    let error = error.expect_err("no host");
    // A resolver that answers late is one that does not answer.
    if !error.message().contains("timeout") {
        case.expect_error(&error, &["host is not known", "no-such-host.invalid"]);
        assert_eq!(retries, 0);
    }
}
