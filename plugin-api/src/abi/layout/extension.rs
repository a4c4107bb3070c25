//! Telling an extension from a break.

use std::collections::BTreeMap;

/// Whether `newer` only appends to `older`, both from [`dump`](super::dump): no type is gone, every line of
/// an old one is still there in its place, and new lines stand only at the end of types that may grow.
///
/// A block headed `in any order` may gain lines anywhere.
///
/// # Errors
/// Every difference that is not an extension, one sentence each.
pub fn check_extension(older: &str, newer: &str) -> Result<(), Vec<String>> {
    let newer = blocks(newer);
    let faults: Vec<String> = blocks(older)
        .into_iter()
        .filter_map(|(name, old)| match newer.get(name) {
            None => Some(format!("`{name}` is gone")),
            Some(new) if is_set(&old) => lost_line(name, &old, new),
            Some(new) => changed_line(name, &old, new),
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn is_set(block: &[&str]) -> bool {
    block.first().is_some_and(|head| head.contains("in any order"))
}

fn lost_line(name: &str, old: &[&str], new: &[&str]) -> Option<String> {
    let line = old.iter().find(|line| !new.contains(line))?;
    Some(format!("`{name}`: `{}` is gone or changed", line.trim()))
}

fn changed_line(name: &str, old: &[&str], new: &[&str]) -> Option<String> {
    let grows = old.first().is_some_and(|head| head.contains("may grow"));
    let fixed = |i: usize, line: &str| match line.split_once("; size ") {
        // The size of a structure that grows is meant to change.
        Some((before, _)) if i == 0 && grows => before.to_owned(),
        _ => line.to_owned(),
    };
    for (i, line) in old.iter().enumerate() {
        let found = new.get(i).copied().unwrap_or("nothing");
        if fixed(i, line) != fixed(i, found) {
            return Some(format!("`{name}`: `{}` became `{}`", line.trim(), found.trim()));
        }
    }
    let appended = new.get(old.len()).filter(|_| !grows)?;
    Some(format!(
        "`{name}` may not grow, but has `{}` appended",
        appended.trim()
    ))
}

// The first block is the header with the version numbers, which are meant to change.
fn blocks(text: &str) -> BTreeMap<&str, Vec<&str>> {
    text.split("\n\n")
        .skip(1)
        .filter_map(|block| {
            let mut lines = block.trim_matches('\n').lines();
            Some((lines.next()?, lines.collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check_extension;

    const OLD: &str = "api 1.0\n\nstatic D\n  may grow; align 4; size 8\n    @0 a: u32\n\nT\n  struct C; size 4, \
        align 4\n    @0 x: u32\n\nV\n  prefix type, may grow; align 8, fixed fields 1\n    @0 call: fn() -> ()\n";

    #[test]
    fn appended_lines_extend() {
        let new = OLD.replace("size 8\n    @0 a: u32", "size 12\n    @0 a: u32\n    @4 b: u32")
            + "    @8 more: fn() -> ()\n";
        assert_eq!(check_extension(OLD, &new), Ok(()));
        assert!(check_extension(&new, OLD).is_err());
    }

    #[test]
    fn a_set_may_gain_lines_anywhere_but_lose_none() {
        let old = "api 1.0\n\nops\n  in any order\n    ADD = 1\n    MUL = 3\n";
        let new = old.replace("    MUL", "    SUB = 2\n    MUL");
        assert_eq!(check_extension(old, &new), Ok(()));
        assert!(check_extension(&new, old).is_err());
        assert!(check_extension(old, &old.replace("MUL = 3", "MUL = 4")).is_err());
    }

    #[test]
    fn anything_else_breaks() {
        for (from, to) in [
            ("@0 x: u32", "@0 x: i32"),
            ("    @0 x: u32\n", "    @0 x: u32\n    @4 y: u32\n"),
            ("fixed fields 1", "fixed fields 2"),
            (
                "    @0 call: fn() -> ()\n",
                "    @0 first: fn() -> ()\n    @8 call: fn() -> ()\n",
            ),
            ("\nT\n", "\nU\n"),
            ("size 4, align 4", "size 8, align 4"),
        ] {
            assert!(
                check_extension(OLD, &OLD.replacen(from, to, 1)).is_err(),
                "{from} -> {to}"
            );
        }
    }
}
