//! Key logs however they were kept, and what memory they take.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{self, Read};

use super::key_log::{KeyLog, KeyLogSummary};
use super::key_log_label::Label;
use super::secret::Secret;
use crate::limits::Limits;

const RANDOM: &str = "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7";
const SECRET: &str = "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21";

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(RANDOM.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    bytes
}

fn master(digit: char) -> String {
    digit.to_string().repeat(96)
}

fn read(bytes: &[u8]) -> (KeyLog, KeyLogSummary) {
    let mut key_log = KeyLog::new(&Limits::default());
    let summary = key_log.add(bytes);
    (key_log, summary)
}

fn lengths(key_log: &KeyLog, label: Label) -> Vec<usize> {
    let secrets = key_log.of(&random()).unwrap();
    secrets.candidates(label).map(Secret::length).collect()
}

fn usual() -> String {
    let mut text = String::from("# comment CLIENT_RANDOM aa bb\n\n");
    text += &format!("CLIENT_RANDOM {RANDOM} {}\n", master('a'));
    for label in &Label::ALL[2..] {
        text += &format!("{} {RANDOM} {SECRET}\n", label.name());
    }
    text + &format!("EXPORTER_SECRET {RANDOM} {SECRET}\n")
}

#[track_caller]
fn is_usual(bytes: &[u8]) {
    let (key_log, summary) = read(bytes);
    let expected = KeyLogSummary { used: 6, unneeded: 1, ..KeyLogSummary::default() };
    assert_eq!(summary, expected);
    assert_eq!(lengths(&key_log, Label::ClientRandom), [48]);
    for &label in &Label::ALL[2..] {
        assert_eq!(lengths(&key_log, label), [32]);
    }
}

#[test]
fn every_label_is_read_however_the_text_was_kept() {
    let text = usual();
    is_usual(text.as_bytes());
    is_usual(text.replace('\n', "\r\n").as_bytes());
    is_usual(text.trim_end().as_bytes());
    is_usual(&[b"\xef\xbb\xbf", text.as_bytes()].concat());
    is_usual(&text.replace(' ', "\t").into_bytes());
    let upper: String = text.replace(RANDOM, &RANDOM.to_uppercase());
    is_usual(upper.replace(SECRET, &SECRET.to_uppercase()).as_bytes());
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    is_usual(&little);
    is_usual(&[b"\xff\xfe", little.as_slice()].concat());
    is_usual(&[b"\xfe\xff", big.as_slice()].concat());
}

#[test]
fn reading_in_pieces_gives_the_same() {
    struct Pieces<'a>(&'a [u8], usize);
    impl Read for Pieces<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buf.len());
            buf[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let text = usual();
    for size in [1, 2, 3, 7, 64, 1000] {
        let mut key_log = KeyLog::new(&Limits::default());
        let summary = key_log.read(Pieces(text.as_bytes(), size)).unwrap();
        assert_eq!(summary, read(text.as_bytes()).1);
        assert_eq!(lengths(&key_log, Label::ServerTrafficSecret0), [32]);
    }
}

#[test]
fn what_stands_before_and_after_an_entry_does_not_matter() {
    for line in [
        format!(
            "Nov 23 10:00:01 lb tmm[11]: Rule /Common/k: CLIENT_RANDOM {RANDOM} {}",
            master('a')
        ),
        format!("<14>CLIENT_RANDOM {RANDOM} {} # done", master('a')),
        format!("{{\"line\":\"CLIENT_RANDOM {RANDOM} {}\"}}", master('a')),
        format!("CLIENT_RANDOM,0x{RANDOM},0x{}", master('a')),
        format!("\u{1b}[32mCLIENT_RANDOM\u{1b}[0m {RANDOM} {}", master('a'))
            .replace("\u{1b}[0m", ""),
    ] {
        let (key_log, summary) = read(line.as_bytes());
        assert_eq!(summary.used, 1, "{line}");
        assert_eq!(lengths(&key_log, Label::ClientRandom), [48]);
    }
}

#[test]
fn lines_without_labels_are_read_by_their_layout() {
    let other = "11".repeat(32);
    let start = "2021-07-22T10:11:12Z 10.0.0.1:1234 10.0.0.2:443 example.com";
    for line in [
        format!("{start} {RANDOM} {}", master('a')),
        format!("{start} c02f {other} {RANDOM} {}", master('a')),
        format!("2021-07-22T10:11:12Z ? ?  c02f {other} {RANDOM} {}", master('a')),
    ] {
        let (key_log, summary) = read(line.as_bytes());
        assert_eq!(summary.used, 1, "{line}");
        assert_eq!(lengths(&key_log, Label::ClientRandom), [48]);
    }
    for (digits, length) in [(64, 32), (96, 48)] {
        let secrets = ["a", "b", "c", "d"].map(|digit| digit.repeat(digits)).join(" ");
        let line = format!("{start} 1301 {other} {RANDOM} {secrets}");
        let (key_log, summary) = read(line.as_bytes());
        assert_eq!(summary, KeyLogSummary { used: 1, ..KeyLogSummary::default() });
        let secrets = key_log.of(&random()).unwrap();
        for (label, first) in [
            (Label::ClientHandshakeTrafficSecret, 0xaa),
            (Label::ServerHandshakeTrafficSecret, 0xbb),
            (Label::ClientTrafficSecret0, 0xcc),
            (Label::ServerTrafficSecret0, 0xdd),
        ] {
            let found: Vec<_> = secrets.candidates(label).collect();
            assert_eq!(found, [&Secret::new(&vec![first; length])]);
        }
    }
}

#[test]
fn rsa_lines_are_found_by_what_they_name() {
    let text = format!(
        "RSA 0102030405060708 {}\nRSA Session-ID:{RANDOM} Master-Key:{}\n",
        master('b'),
        master('c')
    );
    let (key_log, summary) = read(text.as_bytes());
    assert_eq!(summary.used, 2);
    let encrypted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    let found: Vec<_> = key_log.premaster_secrets(&encrypted).collect();
    assert_eq!(found, [&Secret::new(&[0xbb; 48])]);
    let found: Vec<_> = key_log.master_secrets_of_session(&random()).collect();
    assert_eq!(found, [&Secret::new(&[0xcc; 48])]);
    assert_eq!(key_log.premaster_secrets(&[1, 2]).count(), 0);
}

#[test]
fn other_values_for_the_same_secret_are_candidates_up_to_a_bound() {
    let mut text = String::new();
    for digit in ['a', 'b', 'a', 'c', 'd', 'e'] {
        text += &format!("CLIENT_RANDOM {RANDOM} {}\n", master(digit));
    }
    let (key_log, summary) = read(text.as_bytes());
    assert_eq!((summary.used, summary.duplicates, summary.over_limit), (6, 1, 1));
    assert_eq!(lengths(&key_log, Label::ClientRandom), [48; 4]);
}

#[test]
fn what_is_no_entry_is_counted_as_what_it_is() {
    for (line, expected) in [
        (format!("QUIC_CLIENT_SECRET {RANDOM} {SECRET}"), "unknown"),
        (format!("CLIENT_RANDOM {RANDOM} {}", &master('a')[..90]), "malformed"),
        (format!("CLIENT_RANDOM {} {}", &RANDOM[2..], master('a')), "malformed"),
        (format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM} {}", &SECRET[..40]), "malformed"),
        (format!("CLIENT_TRAFFIC_SECRET_N {RANDOM} {SECRET}"), "unneeded"),
        (format!("EARLY_EXPORTER_SECRET {RANDOM} {SECRET}"), "unneeded"),
        ("no key log at all, only words".to_owned(), "ignored"),
        ("CLIENT_RANDOM".to_owned(), "ignored"),
        ("    # CLIENT_RANDOM".to_owned(), "nothing"),
        ("  \t ".to_owned(), "nothing"),
    ] {
        let (key_log, summary) = read(line.as_bytes());
        let mut right = KeyLogSummary::default();
        match expected {
            "unknown" => right.unknown_labels = 1,
            "malformed" => right.malformed = 1,
            "unneeded" => right.unneeded = 1,
            "ignored" => right.ignored = 1,
            _ => {}
        }
        assert_eq!(summary, right, "{line}");
        assert!(key_log.is_empty(), "{line}");
    }
}

#[test]
fn memory_is_bounded_and_what_did_not_fit_is_counted() {
    let limits = Limits { secrets_bytes: 10_000, ..Limits::default() };
    let mut key_log = KeyLog::new(&limits);
    let mut summary = KeyLogSummary::default();
    for number in 0..1000 {
        let line = format!("CLIENT_RANDOM {number:064x} {}\n", master('a'));
        summary += key_log.add(line.as_bytes());
    }
    assert_eq!(summary.used, 1000);
    assert!(key_log.held() <= 10_000 && key_log.connections() > 30);
    let kept = u64::try_from(key_log.connections()).unwrap();
    assert_eq!(summary.over_limit, 1000 - kept);
}

#[test]
fn garbage_gives_nothing_and_hides_nothing() {
    let mut state = 1_u32;
    let mut random_byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let noise: Vec<u8> = std::iter::repeat_with(&mut random_byte).take(1 << 20).collect();
    let (key_log, _) = read(&noise);
    assert!(key_log.is_empty());
    let line = format!("\nCLIENT_RANDOM {RANDOM} {}\n", master('a'));
    let (key_log, summary) = read(&[&noise, line.as_bytes(), &noise].concat());
    assert_eq!((summary.used, lengths(&key_log, Label::ClientRandom)), (1, vec![48]));
    // One word, and one line, without end.
    assert!(read(&vec![b'a'; 1 << 20]).0.is_empty());
    assert!(read("a b ".repeat(1 << 18).as_bytes()).0.is_empty());
}

#[test]
fn debug_shows_no_secret() {
    let (key_log, _) = read(usual().as_bytes());
    let shown = format!("{key_log:?} {:?}", key_log.of(&random()));
    assert!(!shown.contains("b3ed") && !shown.contains("179") && shown.contains("32 bytes"));
}
