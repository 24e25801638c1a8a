//! The command line that repeats a run.

/// The words as a POSIX shell takes them; `None` where there are none.
pub(in crate::report) fn command(words: &[String]) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    Some(format!("{} {}", env!("CARGO_PKG_NAME"), words.join(" ")))
}

fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,+@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_shell_would_take_apart_are_quoted() {
        let words = ["verify", "--sni", "*.a", "it's b.pcap", ""].map(str::to_owned);
        assert_eq!(
            command(&words).as_deref(),
            Some("mtls-witness verify --sni '*.a' 'it'\\''s b.pcap' ''")
        );
        assert_eq!(command(&[]), None);
    }
}
