//! Entries in key logs as they are found: with prefixes, in UTF-16, between noise.

use std::collections::VecDeque;

use zeroize::{Zeroize, Zeroizing};

use super::key_log::{Inserted, KeyLogSummary};
use super::key_log_label::Label;
use super::secret::Secret;

/// One secret and what it belongs to.
pub(super) enum Entry {
    /// `LABEL <client random> <secret>`.
    Connection { random: [u8; 32], label: Label, secret: Secret },
    /// `RSA <first 8 bytes of the encrypted premaster secret> <premaster secret>`.
    Premaster { encrypted: [u8; 8], secret: Secret },
    /// `RSA Session-ID:<session> Master-Key:<master secret>`.
    Session { id: Vec<u8>, secret: Secret },
}

impl Entry {
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Connection { secret, .. }
            | Self::Premaster { secret, .. }
            | Self::Session { secret, .. } => secret,
        }
    }
}

/// Finds the entries in bytes that come in pieces.
///
/// A line is taken as words, that is runs of letters, digits and underscores. Zero bytes are passed
/// over, which makes ASCII of UTF-16 in either byte order, with or without a byte order mark. Only
/// the last few words are held, whatever the length of a line.
#[derive(Default)]
pub(super) struct LineScanner {
    word: Zeroizing<Vec<u8>>,
    /// The word is longer than any that matters.
    overlong: bool,
    /// The last words of the line, `WORDS` at most.
    words: VecDeque<Zeroizing<Vec<u8>>>,
    /// Something other than blanks stands in the line.
    text: bool,
    comment: bool,
    verdict: Verdict,
}

/// What a line is, as far as it was read; a later one replaces an earlier one.
#[derive(Clone, Copy, Default, Eq, Ord, PartialEq, PartialOrd)]
enum Verdict {
    #[default]
    Noise,
    UnknownLabel,
    Malformed,
    Unneeded,
    Used,
}

/// The longest layout: see `unlabelled`.
const WORDS: usize = 6;

/// The longest word that matters, in bytes: a premaster secret of an 8192-bit Diffie-Hellman group
/// in hexadecimal, with `0x`.
const WORD: usize = 2050;

/// Labels of secrets that decrypt nothing here, or follow from others.
const UNNEEDED: [&str; 9] = [
    "EARLY_EXPORTER_SECRET",
    "EARLY_EXPORTER_MASTER_SECRET",
    "EXPORTER_SECRET",
    "CLIENT_TRAFFIC_SECRET_N",
    "SERVER_TRAFFIC_SECRET_N",
    "CLIENT_TRAFFIC_SECRET_1",
    "SERVER_TRAFFIC_SECRET_1",
    "ECH_SECRET",
    "ECH_CONFIG",
];

impl LineScanner {
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        summary: &mut KeyLogSummary,
        insert: &mut dyn FnMut(Entry) -> Inserted,
    ) {
        for &byte in bytes {
            match byte {
                0 => {}
                b'\n' | b'\r' => self.end_line(summary, insert),
                _ if self.comment => {}
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                    self.text = true;
                    self.overlong |= self.word.len() >= WORD;
                    if !self.overlong {
                        self.push_to_word(byte);
                    }
                }
                b'#' if !self.text => self.comment = true,
                // A byte order mark is no text.
                b' ' | b'\t' | 0xef | 0xbb | 0xbf | 0xfe | 0xff => self.end_word(summary, insert),
                _ => {
                    self.text = true;
                    self.end_word(summary, insert);
                }
            }
        }
    }

    pub(super) fn finish(
        mut self,
        summary: &mut KeyLogSummary,
        insert: &mut dyn FnMut(Entry) -> Inserted,
    ) {
        self.end_line(summary, insert);
    }

    /// Adds a byte without leaving copies behind in memory that was given back.
    fn push_to_word(&mut self, byte: u8) {
        if self.word.len() == self.word.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * self.word.len() + 128));
            larger.extend_from_slice(&self.word);
            self.word = larger;
        }
        self.word.push(byte);
    }

    fn end_word(&mut self, summary: &mut KeyLogSummary, insert: &mut dyn FnMut(Entry) -> Inserted) {
        if self.word.is_empty() {
            return;
        }
        if self.overlong {
            self.word.zeroize();
            self.words.clear();
            self.overlong = false;
            return;
        }
        if self.words.len() == WORDS {
            self.words.pop_front();
        }
        self.words.push_back(std::mem::take(&mut self.word));
        if let Some((verdict, entry)) = self.labelled() {
            self.settle(verdict, entry, summary, insert);
        }
    }

    fn end_line(&mut self, summary: &mut KeyLogSummary, insert: &mut dyn FnMut(Entry) -> Inserted) {
        self.end_word(summary, insert);
        if self.verdict == Verdict::Noise {
            for entry in self.unlabelled() {
                self.settle(Verdict::Used, Some(entry), summary, insert);
            }
        }
        if self.text && !self.comment {
            let count = match self.verdict {
                Verdict::Noise => &mut summary.ignored,
                Verdict::UnknownLabel => &mut summary.unknown_labels,
                Verdict::Malformed => &mut summary.malformed,
                Verdict::Unneeded => &mut summary.unneeded,
                Verdict::Used => &mut summary.used,
            };
            *count += 1;
        }
        self.words.clear();
        (self.text, self.comment, self.verdict) = (false, false, Verdict::Noise);
    }

    fn settle(
        &mut self,
        verdict: Verdict,
        entry: Option<Entry>,
        summary: &mut KeyLogSummary,
        insert: &mut dyn FnMut(Entry) -> Inserted,
    ) {
        self.verdict = self.verdict.max(verdict);
        match entry.map(insert) {
            Some(Inserted::Duplicate) => summary.duplicates += 1,
            Some(Inserted::OverLimit) => summary.over_limit += 1,
            Some(Inserted::Added) | None => {}
        }
    }

    /// The word so many before the last.
    fn back(&self, position: usize) -> &[u8] {
        let index = self.words.len().checked_sub(position + 1);
        index.and_then(|index| self.words.get(index)).map_or(&[], |word| word.as_slice())
    }

    /// What the last words are, where they end with a secret and tell by name what it is.
    fn labelled(&self) -> Option<(Verdict, Option<Entry>)> {
        let (label, id, secret) = (self.back(2), self.back(1), self.back(0));
        let is = |position, name: &str| self.back(position).eq_ignore_ascii_case(name.as_bytes());
        if is(1, "key") && is(2, "master") && is(4, "id") && is(5, "session") {
            let entry = session(self.back(3), secret);
            return Some((Verdict::of(entry.is_some()), entry));
        }
        if label.eq_ignore_ascii_case(b"RSA") {
            let entry = premaster(id, secret)?;
            return Some((Verdict::Used, Some(entry)));
        }
        let name = |known: &str| label.eq_ignore_ascii_case(known.as_bytes());
        if let Some(&label) = Label::ALL.iter().find(|known| name(known.name())) {
            let entry = connection(label, id, secret);
            return Some((Verdict::of(entry.is_some()), entry));
        }
        if UNNEEDED.iter().any(|known| name(known)) {
            return Some((Verdict::Unneeded, None));
        }
        let is_label = label.contains(&b'_') && !label.iter().any(u8::is_ascii_lowercase);
        let is_entry = is_label && hex_array::<32>(id).is_some() && hex(secret).is_some();
        is_entry.then_some((Verdict::UnknownLabel, None))
    }

    /// The entries of a line that ends with randoms and secrets and names none of them: what the
    /// `sslkeylog` library of drivenet writes.
    ///
    /// ```text
    /// … [server random] client-random master-secret                                TLS 1.2
    /// … server-random client-random client-handshake server-handshake client server TLS 1.3
    /// ```
    fn unlabelled(&self) -> Vec<Entry> {
        use Label::{
            ClientHandshakeTrafficSecret, ClientRandom, ClientTrafficSecret0,
            ServerHandshakeTrafficSecret, ServerTrafficSecret0,
        };
        const MASTER_SECRET_DIGITS: usize = 96;
        let lengths = std::array::from_fn::<_, WORDS, _>(|back| self.back(back).len());
        let entry = |label, random, secret| connection(label, self.back(random), self.back(secret));
        let entries = match lengths {
            [a @ (64 | 96), b, c, d, 64, 64] if a == b && b == c && c == d => vec![
                entry(ClientHandshakeTrafficSecret, 4, 3),
                entry(ServerHandshakeTrafficSecret, 4, 2),
                entry(ClientTrafficSecret0, 4, 1),
                entry(ServerTrafficSecret0, 4, 0),
            ],
            [MASTER_SECRET_DIGITS, 64, ..] => vec![entry(ClientRandom, 1, 0)],
            _ => Vec::new(),
        };
        entries.into_iter().collect::<Option<_>>().unwrap_or_default()
    }
}

impl Verdict {
    fn of(is_entry: bool) -> Self {
        if is_entry { Self::Used } else { Self::Malformed }
    }
}

fn connection(label: Label, random: &[u8], secret: &[u8]) -> Option<Entry> {
    let random = hex_array(random)?;
    let secret = hex(secret)?;
    let is_right = match label {
        Label::ClientRandom => secret.len() == 48,
        Label::PremasterSecret => !secret.is_empty(),
        // SHA-256 and SHA-384 are the hashes of all suites of TLS 1.3 that can be decrypted.
        _ => matches!(secret.len(), 32 | 48),
    };
    is_right.then(|| Entry::Connection { random, label, secret: secret.into() })
}

fn premaster(encrypted: &[u8], secret: &[u8]) -> Option<Entry> {
    let encrypted = hex_array(encrypted)?;
    let secret = hex(secret).filter(|secret| secret.len() == 48)?;
    Some(Entry::Premaster { encrypted, secret: secret.into() })
}

fn session(id: &[u8], secret: &[u8]) -> Option<Entry> {
    let id = hex(id).filter(|id| (1..=32).contains(&id.len()))?.to_vec();
    let secret = hex(secret).filter(|secret| secret.len() == 48)?;
    Some(Entry::Session { id, secret: secret.into() })
}

fn hex_array<const N: usize>(word: &[u8]) -> Option<[u8; N]> {
    hex(word)?.as_slice().try_into().ok()
}

/// Whole bytes in hexadecimal, perhaps after `0x`.
fn hex(word: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = word.strip_prefix(b"0x").unwrap_or(word);
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for &[high, low] in pairs {
        bytes.push(digit(high)? << 4 | digit(low)?);
    }
    rest.is_empty().then_some(bytes)
}
