//! Words of a shell.

/// `text` as a shell reads it back.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("/a/b-1.2"), "/a/b-1.2");
        assert_eq!(shell_word("/it's here"), r"'/it'\''s here'");
        for text in ["", "a b", "$HOME", "`id`", "a\nb", "~", "*", "'", "\\", "#", "ü"] {
            let script = format!("printf %s {}", shell_word(text));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
