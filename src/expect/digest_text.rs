//! What programs print that take digests of files: sha1sum, sha256sum, openssl dgst, shasum --tag.

/// A digest as such a program printed it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Printed<'a> {
    /// The algorithm, where the program named it.
    pub(super) algorithm: Option<&'a str>,
    /// The digits.
    pub(super) digits: &'a str,
    /// The file whose digest it is; `None` for standard input.
    pub(super) file: Option<&'a str>,
}

/// What a file is by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FileForm {
    /// DER.
    Der,
    /// DER or PEM.
    Either,
    /// PEM.
    Pem,
}

impl<'a> Printed<'a> {
    /// What the file is by its name; `None` for standard input.
    pub(super) fn form(&self) -> Option<(FileForm, &'a str)> {
        let file = self.file?;
        let extension = file.rsplit(['/', '\\']).next()?.rsplit_once('.').map(|(_, last)| last);
        let form = match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
            "pem" | "b64" | "base64" | "txt" => FileForm::Pem,
            "der" | "bin" => FileForm::Der,
            _ => FileForm::Either,
        };
        Some((form, file))
    }

    /// The file, where it is PEM by its name.
    pub(super) fn pem_file(&self) -> Option<&'a str> {
        self.form().filter(|(form, _)| *form == FileForm::Pem).map(|(_, file)| file)
    }
}

/// Takes such a line apart: `DIGITS  FILE`, `DIGITS *FILE`, `SHA256(FILE)= DIGITS`,
/// `SHA256 (FILE) = DIGITS`; `None` for every other text.
pub(super) fn printed(text: &str) -> Option<Printed<'_>> {
    let text = text.trim();
    if let Some((before, digits)) = text.rsplit_once('=')
        && let Some(before) = before.trim_end().strip_suffix(')')
        && let Some((algorithm, file)) = before.split_once('(')
    {
        let digits = digits.trim();
        let algorithm = algorithm.trim();
        let is_name = !algorithm.is_empty()
            && algorithm.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '/'));
        let is_digits = is_digest(digits);
        return (is_name && is_digits).then_some(Printed {
            algorithm: Some(algorithm),
            digits,
            file: named(file),
        });
    }
    // A backslash in front says that the file's name is escaped.
    let line = text.strip_prefix('\\').unwrap_or(text);
    let (digits, file) = line.split_once([' ', '\t'])?;
    if !is_digest(digits) {
        return None;
    }
    let name = file.trim_start();
    let name = name.strip_prefix('*').unwrap_or(name);
    let is_file = name == "-" || name.contains(['.', '/', '\\']) || file.starts_with([' ', '*']);
    let is_digits = name.chars().all(|one| one.is_ascii_hexdigit() || matches!(one, ' ' | ':'));
    let is_printed = is_file && !is_digits && !name.is_empty();
    is_printed.then_some(Printed { algorithm: None, digits, file: named(name) })
}

/// The bytes of hexadecimal digits.
pub(super) fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| u8::try_from(pair.iter().fold(0, |byte, digit| byte << 4 | digit)).ok())
        .collect()
}

fn is_digest(digits: &str) -> bool {
    digits.len() >= 32 && digits.chars().all(|one| one.is_ascii_hexdigit() || one == ':')
}

fn named(file: &str) -> Option<&str> {
    (!matches!(file, "-" | "stdin" | "")).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    #[test]
    fn every_program_is_understood() {
        for (text, algorithm, file) in [
            (format!("{SHA1}  client.der"), None, Some("client.der")),
            (format!("{SHA1} *client.der"), None, Some("client.der")),
            (format!("\\{SHA1}  a\\\\b.der"), None, Some("a\\\\b.der")),
            (format!("{SHA1}  -"), None, None),
            (format!("{SHA1}  client"), None, Some("client")),
            (format!("SHA1(client.der)= {SHA1}"), Some("SHA1"), Some("client.der")),
            (format!("SHA2-256(stdin)= {SHA1}"), Some("SHA2-256"), None),
            (format!("SHA1 (a (1).der) = {SHA1}"), Some("SHA1"), Some("a (1).der")),
        ] {
            let printed = printed(&text);
            let found = printed.map(|one| (one.algorithm, one.digits, one.file));
            assert_eq!(found, Some((algorithm, SHA1, file)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            SHA1,
            "a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d",
            "sha1 Fingerprint=A9:99:3E:36",
            "Cert Hash(sha1): a9 99",
            "",
            "=",
            "(=",
        ] {
            assert_eq!(printed(text), None, "{text}");
        }
    }

    #[test]
    fn name_of_the_file_tells_its_form() {
        let form = |file| Printed { algorithm: None, digits: SHA1, file: Some(file) }.form();
        assert_eq!(form("a/client.PEM"), Some((FileForm::Pem, "a/client.PEM")));
        assert_eq!(form("client.der"), Some((FileForm::Der, "client.der")));
        assert_eq!(form("pem"), Some((FileForm::Either, "pem")));
    }
}
