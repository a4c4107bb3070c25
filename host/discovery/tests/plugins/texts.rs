//! What `plugins list`, `show` and `doctor` print.

use crate::copy;
use crate::registry::Place;
use crate::support::{FAULTY_NEXT, GOOD, TestResult, build, fault, save};
use neurotrain_discovery::{Registry, render};

fn place() -> TestResult<Place> {
    let mut place = Place::new(&["one", "two"]);
    copy(&build(GOOD), &place.path("one"), "good.so");
    copy(&build(GOOD), &place.path("two"), "good.so");
    fault("load-abort", &place.path("two"))?;
    // Found in a folder of its own accord, a library that is no plugin is no fault.
    let program = place.path("app");
    std::fs::create_dir_all(program.join("plugins"))?;
    std::fs::copy(crate::PROGRAM, program.join("plugins/pie.so"))?;
    save(&program.join("plugins"), "text.so", b"a text")?;
    place.options.search.program = Some(program.join("neurotrain"));
    Ok(place)
}

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn list_shows_what_can_be_used_and_on_request_the_rest() -> TestResult {
    let registry = place()?.scan();
    let text = render::list(&registry, false, Some(120));
    contains(
        &text,
        &[
            "fixture_rule",
            "Learns nothing.",
            "fixture-good 0.3.1",
            "fixture_net",
            "--plugin-path",
        ],
    );
    contains(
        &text,
        &[
            "Not shown: 1 refused file, 1 quarantined file, 2 shadowed components",
            "list --all",
        ],
    );
    assert!(!text.contains("SIGABRT"));
    let all = render::list(&registry, true, Some(120));
    contains(
        &all,
        &[
            "quarantined: ",
            "SIGABRT",
            "what to do: ",
            "  | about to abort at load",
            "a text file",
        ],
    );
    contains(
        &all,
        &[
            "not a plugin: ",
            "pie.so",
            "shadowed: `trainer:fixture_rule`",
            "a copy of the same file",
        ],
    );

    let json = render::list_json(&registry);
    assert_eq!(json["components"][0]["key"], "fixture_rule");
    assert_eq!(
        json["components"][0]["file"],
        registry.plugins[0].path.to_string_lossy().as_ref()
    );
    assert_eq!(json["components"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["unused"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["unused"][0]["status"]["verdict"], "quarantined");
    assert_eq!(json["unused"][0]["status"]["reason"]["code"], "crashed");
    Ok(())
}

#[test]
fn nothing_installed_is_said() {
    let registry = Registry::default();
    contains(
        &render::list(&registry, false, Some(80)),
        &["No plugin can be used", "plugins doctor"],
    );
    contains(&render::doctor(&registry), &["What to do:", "--plugin-path"]);
}

#[test]
fn show_tells_everything_of_a_component() -> TestResult {
    let registry = place()?.scan();
    let text = render::show(&registry, "fixture_rule", Some(140))?;
    contains(
        &text,
        &[
            "fixture_rule (trainer)",
            "fixture-good 0.3.1",
            "MIT OR Apache-2.0",
            "supervised",
        ],
    );
    contains(
        &text,
        &[
            "memory in T: constant",
            "not local in time",
            "1.0 (plugin-api 1.0.0)",
            "sha256",
        ],
    );
    contains(
        &text,
        &[
            "lr",
            "float",
            "0.01",
            "0.000001 to 1",
            "0.0001 to 0.1, log",
            "learning rate",
            "calm, wild",
        ],
    );
    contains(&text, registry.plugins[0].sha256.as_deref().as_slice());
    contains(&text, &["shadows"]);
    assert_eq!(render::show(&registry, "trainer:fixture_rule", Some(140))?, text);
    contains(
        &render::show(&registry, "fixture_net", None)?,
        &["fixture_net (model)", "no parameters"],
    );

    let error = render::show(&registry, "model:fixture_rule", None).expect_err("another kind");
    assert_eq!(error.hint, "`fixture_rule` is a trainer");
    let error = render::show(&registry, "fixture_nat", None).expect_err("a slip");
    assert_eq!(
        (error.to_string().as_str(), error.hint.as_str()),
        (
            "there is no component `fixture_nat`",
            "did you mean `fixture_net`?"
        )
    );

    let json = render::show_json(&registry, "fixture_rule")?;
    assert_eq!(json[0]["component"]["params"][0]["name"], "lr");
    assert_eq!(json[0]["descriptor"]["name"], GOOD);
    Ok(())
}

#[test]
fn doctor_goes_through_the_search_path() -> TestResult {
    let place = place()?;
    place.scan();
    let registry = place.scan();
    let text = render::doctor(&registry);
    contains(
        &text,
        &[
            "This host speaks API 1.0",
            "1. --plugin-path",
            "(1 file)",
            "2. --plugin-path",
            "(2 files)",
        ],
    );
    contains(&text, &["installation", "(not there)", "beside the program"]);
    contains(
        &text,
        &[
            "  ok ",
            "API 1.0, opens in ",
            "trainer:fixture_rule model:fixture_net",
        ],
    );
    contains(
        &text,
        &[
            "  quarantined ",
            "  refused ",
            "  no plugin ",
            "Shadowed, ",
            "(a copy of it)",
        ],
    );
    contains(
        &text,
        &["registry-1.json", "3 verdicts came from it", "What to do:\n- "],
    );
    let json = render::doctor_json(&registry);
    assert_eq!(json["host"]["api"], "1.0");
    assert_eq!(json["plugins"].as_array().map(Vec::len), Some(5));
    assert_eq!(
        json["advice"].as_array().map(Vec::len),
        Some(2),
        "{}",
        json["advice"]
    );
    Ok(())
}

#[test]
fn doctor_is_content_with_good_order() -> TestResult {
    let place = Place::new(&["one"]);
    copy(&build(GOOD), &place.path("one"), "good.so");
    copy(&build(FAULTY_NEXT), &place.path("one"), "next.so");
    contains(
        &render::doctor(&place.scan()),
        &["Everything is in order: 2 plugins can be used."],
    );
    Ok(())
}
