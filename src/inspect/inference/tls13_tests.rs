//! TLS 1.3 handshakes as record lengths show them, under every kind of padding.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::InferredAnswer::{Declined, NotRequested, Presented};
use super::padding::MOST_CONSTANT;
use super::tls13::infer;
use super::{Inference, InferredAnswer, LengthRange, Negotiated, RecordLengths};
use crate::limits::Limits;
use crate::tls::{CipherSuite, ContentType, ProtocolVersion};

const SHA256: u16 = 0x1301;
const SHA384: u16 = 0x1302;
/// A server that asked, and one that did not, as OpenSSL sends them with SHA-256.
const ASKED: [u16; 5] = [23, 62, 799, 281, 53];
const NOT_ASKED: [u16; 4] = [23, 799, 281, 53];

fn lengths(records: &[u16]) -> RecordLengths {
    let mut lengths = RecordLengths::default();
    for length in records {
        lengths.note(ContentType::APPLICATION_DATA, *length, &Limits::default());
    }
    lengths
}

fn negotiated(suite: u16) -> Negotiated {
    Negotiated {
        version: Some(ProtocolVersion::TLS_1_3),
        cipher_suite: Some(CipherSuite(suite)),
        ..Negotiated::default()
    }
}

fn infer_from(negotiated: &Negotiated, client: &[u16], server: &[u16]) -> Option<Inference> {
    infer(negotiated, false, &lengths(client), &lengths(server))
}

fn answers(suite: u16, client: &[u16], server: &[u16]) -> Vec<InferredAnswer> {
    infer_from(&negotiated(suite), client, server).unwrap().answers
}

#[test]
fn a_finished_alone_has_no_room_for_a_certificate() {
    assert_eq!(answers(SHA256, &[53], &[]), [NotRequested]);
    assert_eq!(answers(SHA384, &[69, 22], &[]), [NotRequested]);
    // Up to seven bytes of padding leave no room for an empty Certificate either.
    assert_eq!(answers(SHA256, &[60, 19], &[]), [NotRequested]);
}

#[test]
fn an_empty_certificate_has_no_room_for_a_finished() {
    assert_eq!(answers(SHA256, &[25, 53], &[]), [Declined]);
    assert_eq!(answers(SHA384, &[41, 85, 38, 35], &[]), [Declined]);
    // Mbed TLS pads both to multiples of 16.
    assert_eq!(answers(SHA256, &[32, 64, 48], &[]), [Declined]);
}

#[test]
fn a_whole_flight_in_one_record_is_told_by_its_sum() {
    assert_eq!(answers(SHA256, &[61, 19], &[]), [Declined]);
    assert_eq!(answers(SHA256, &[524, 22, 19], &[]), [Presented]);
    let inference = infer_from(&negotiated(SHA256), &[524, 22, 19], &[]).unwrap();
    assert!(inference.certificate_length.unwrap().contains(379));
    assert_eq!(inference.certificate_and_signature, Some(450..=450));
}

#[test]
fn separate_records_tell_the_certificate_and_its_key() {
    for (client, suite) in
        [(&[409, 95, 53][..], SHA256), (&[425, 111, 69, 38], SHA256), (&[409, 96, 69], SHA384)]
    {
        let inference = infer_from(&negotiated(suite), client, &[]).unwrap();
        assert_eq!(inference.conclusion(), Some(Presented), "{client:?}");
        assert_eq!(inference.requested, Some(true));
        let certificate = inference.certificate_length;
        assert_eq!(certificate, Some(LengthRange { least: 379, most: Some(379) }));
        assert_eq!(inference.key_types, ["ECDSA 256"]);
    }
    // In parts of 512 bytes.
    let inference = infer_from(&negotiated(SHA384), &[529, 500, 97, 69, 22], &[]).unwrap();
    assert_eq!(inference.certificate_length.unwrap().least, 512 + 483 - 13);
}

#[test]
fn records_padded_to_a_multiple_may_be_anything_that_has_room() {
    let all = [NotRequested, Declined, Presented];
    assert_eq!(answers(SHA384, &[528, 528, 528], &[]), all);
    assert_eq!(answers(SHA384, &[1040, 528, 528], &[]), all);
    assert_eq!(answers(SHA256, &[528, 40, 19], &[]), all);
    assert_eq!(answers(SHA256, &[528], &[]), all);
    // With Mbed TLS the one record may be a Finished, or an empty Certificate before it.
    assert_eq!(answers(SHA256, &[64, 48], &[]), [NotRequested, Declined]);
    assert_eq!(answers(SHA256, &[64, 48], &NOT_ASKED), [NotRequested]);
}

#[test]
fn padding_that_java_adds_is_known() {
    assert_eq!(answers(SHA256, &[69, 38, 35], &[]), [NotRequested]);
    assert_eq!(answers(SHA384, &[85, 38], &[]), [NotRequested]);
    // A shorter record is not padded like that, and then neither was the first.
    assert_eq!(answers(SHA256, &[69, 19], &[]), [NotRequested, Declined]);
}

#[test]
fn the_server_tells_where_the_client_does_not() {
    let unanswered = infer_from(&negotiated(SHA256), &[], &ASKED).unwrap();
    assert_eq!(unanswered.answers, [Declined, Presented]);
    assert_eq!(unanswered.requested, Some(true));
    assert_eq!(answers(SHA256, &[19], &NOT_ASKED), [NotRequested]);
    assert_eq!(answers(SHA256, &[528, 40], &ASKED), [Declined, Presented]);
    assert_eq!(infer_from(&negotiated(SHA256), &[], &[]), None);
    assert_eq!(infer_from(&negotiated(SHA256), &[19], &[]), None);
}

#[test]
fn two_sides_that_contradict_each_other_tell_nothing() {
    let all = [NotRequested, Declined, Presented];
    assert_eq!(answers(SHA256, &[53], &ASKED), all);
    assert_eq!(answers(SHA256, &[25, 53], &NOT_ASKED), all);
}

#[test]
fn a_server_flight_in_another_form_tells_nothing() {
    for server in [
        &[1100][..],
        &[23, 799, 281],
        // The Certificate may stand in two parts.
        &[23, 799, 600, 281, 53],
        &[23, 53],
    ] {
        assert_eq!(infer_from(&negotiated(SHA256), &[], server), None, "{server:?}");
    }
}

#[test]
fn early_data_hides_where_the_flight_begins() {
    let early = Negotiated { early_data: true, ..negotiated(SHA256) };
    assert_eq!(infer_from(&early, &[409, 95, 53], &[]), None);
    assert_eq!(infer_from(&early, &[409, 95, 53], &ASKED).unwrap().conclusion(), None);
}

#[test]
fn messages_that_no_standard_knows_leave_only_the_plain_forms() {
    let chrome = Negotiated { other_messages: true, ..negotiated(SHA256) };
    let answers = |client: &[u16]| infer_from(&chrome, client, &[]).unwrap().answers;
    let all = [NotRequested, Declined, Presented];
    assert_eq!(answers(&[53, 90]), [NotRequested]);
    assert_eq!(answers(&[25, 53]), [Declined]);
    assert_eq!(answers(&[409, 95, 53]), [Presented]);
    // Settings of the application before the Finished.
    assert_eq!(answers(&[400, 30]), all);
    assert_eq!(answers(&[27, 53]), all);
    // As Chrome sends its settings of HTTP/2, ten bytes, to a server of the same library.
    assert_eq!(answers(&[63, 87, 363, 26]), all);
}

#[test]
fn compression_leaves_a_lower_bound() {
    let offered = Negotiated { compressed_certificate: true, ..negotiated(SHA256) };
    let inference = infer_from(&offered, &[409, 95, 53], &[]).unwrap();
    assert_eq!(inference.conclusion(), Some(Presented));
    assert_eq!(inference.certificate_length, Some(LengthRange { least: 315, most: None }));
    assert_eq!(inference.key_types, ["ECDSA 256"]);
}

#[test]
fn a_raw_public_key_is_shorter_than_a_certificate() {
    let raw = Negotiated { raw_public_key: true, ..negotiated(SHA256) };
    let inference = infer_from(&raw, &[17 + 57, 89, 53], &[]).unwrap();
    assert_eq!(inference.conclusion(), Some(Presented));
    assert_eq!(inference.certificate_length, None);
    assert_eq!(inference.key_types, ["Ed25519"]);
    let all = [NotRequested, Declined, Presented];
    assert_eq!(answers(SHA256, &[17 + 57 + 10, 89, 53], &[]), all);
}

/// Whatever a client that follows one rule of padding sends, no other answer is concluded.
#[test]
fn no_rule_of_padding_leads_to_a_wrong_conclusion() {
    let pad = |rule: usize, message: usize| match rule {
        0..=MOST_CONSTANT => message + rule,
        _ => (message + 1).next_multiple_of(rule - MOST_CONSTANT) - 1,
    };
    let mut wrong = Vec::new();
    for rule in 0..1400 {
        for finished in [36, 52] {
            let suite = if finished == 36 { SHA256 } else { SHA384 };
            for (truth, messages) in [
                (NotRequested, vec![finished, 5, 90]),
                (Declined, vec![8, finished, 5, 90]),
                (Declined, vec![8 + finished, 5, 90]),
                (Presented, vec![392, 79, finished, 5, 90]),
                (Presented, vec![392 + 79 + finished, 5, 90]),
            ] {
                let client: Vec<u16> = messages
                    .iter()
                    .map(|message| u16::try_from(pad(rule, *message) + 17).unwrap())
                    .collect();
                let seen = answers(suite, &client, &[]);
                if !seen.contains(&truth) {
                    wrong.push((rule, truth, client, seen));
                }
            }
        }
    }
    // Eight bytes of padding on a Finished are as long as an empty Certificate before it, alone
    // or with the padding that Java adds; no library is known to pad like that.
    wrong.retain(|(rule, truth, ..)| (*truth, *rule) != (NotRequested, 8));
    wrong.retain(|(rule, truth, ..)| (*truth, *rule) != (NotRequested, 24));
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{wrong:?}");
}
