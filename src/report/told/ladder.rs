//! The messages of one handshake in their order: who sent each, in which frames, what it carried.

use crate::certificate::Certificate;
use crate::inspect::{
    ClientAuthentication, Finished, Frames, Handshake, Observation, Outcome, Possession,
};
use crate::report::untrusted::{NAME_COLUMNS, cut};
use crate::verdict::Cause;

use super::row::leaf_name;
use super::{Meaning, counted};

/// Columns after which a subject is cut.
const SUBJECT_COLUMNS: usize = 80;

/// One rung of the ladder.
#[derive(Clone, Debug)]
pub(in crate::report) struct Rung {
    /// Who sent it; `None` is a remark between the two.
    pub(in crate::report) from: Option<Peer>,
    /// Frames that carried it, as the connection's are counted; empty where they are not known.
    pub(in crate::report) frames: Vec<u64>,
    /// The message.
    pub(in crate::report) message: String,
    /// What it carried; hostile text.
    pub(in crate::report) carried: String,
    /// What it is to the question.
    pub(in crate::report) meaning: Meaning,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::report) enum Peer {
    Client,
    Server,
}

impl Rung {
    fn new(from: Peer, frames: &Frames, message: &str, carried: String) -> Self {
        Self {
            from: Some(from),
            frames: frames.iter().copied().collect(),
            message: message.to_owned(),
            carried,
            meaning: Meaning::Plain,
        }
    }

    fn remark(message: &str, meaning: Meaning) -> Self {
        Self {
            from: None,
            frames: Vec::new(),
            message: message.to_owned(),
            carried: String::new(),
            meaning,
        }
    }

    fn meaning(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }
}

/// The ladder of a handshake; `meaning` is that of the verdict, where this handshake decided.
pub(in crate::report) fn rungs(
    observation: &Observation,
    handshake: &Handshake,
    meaning: Meaning,
) -> Vec<Rung> {
    let mut rungs = Vec::new();
    hellos(observation, handshake, &mut rungs);
    let is_tls13 = handshake.protocol_version.is_some_and(|version| version.is_tls13());
    // TLS 1.3 asks before the server's Certificate, older versions after it.
    if is_tls13 {
        request(handshake, &mut rungs);
        server_certificate(handshake, &mut rungs);
    } else {
        server_certificate(handshake, &mut rungs);
        request(handshake, &mut rungs);
    }
    answer(handshake, meaning, &mut rungs);
    if handshake.finished == Finished::Verified {
        rungs.push(Rung::remark("Finished of both sides fit", Meaning::Plain));
    }
    for seen in &handshake.alerts {
        let from = match seen.from_client {
            Some(true) => Some(Peer::Client),
            Some(false) => Some(Peer::Server),
            None => None,
        };
        rungs.push(Rung {
            from,
            frames: vec![seen.frame],
            message: "Alert".to_owned(),
            carried: format!("{} {}", seen.alert.level, seen.alert.description),
            meaning: Meaning::Bad,
        });
    }
    let (end, meaning) = match handshake.outcome {
        Outcome::Completed => ("the handshake completed", Meaning::Good),
        Outcome::Refused => ("the server refused", Meaning::Bad),
        Outcome::Unfinished => ("the handshake did not complete", Meaning::Bad),
        Outcome::Unknown => ("how it ended is not in the capture", Meaning::Open),
    };
    rungs.push(Rung::remark(end, meaning));
    rungs
}

fn hellos(observation: &Observation, handshake: &Handshake, rungs: &mut Vec<Rung>) {
    if !handshake.client_hello_frames.is_empty() {
        let is_first = observation.handshakes.first() == Some(handshake);
        let name = observation.server_name.as_deref().filter(|_| is_first);
        let carried = name.map(|name| format!("server name {}", cut(name, NAME_COLUMNS)));
        let carried = carried.unwrap_or_default();
        rungs.push(Rung::new(Peer::Client, &handshake.client_hello_frames, "ClientHello", carried));
    }
    if !handshake.server_hello_frames.is_empty() {
        let version = handshake.protocol_version.map(|version| version.to_string());
        let suite = handshake.cipher_suite.map(|suite| suite.to_string());
        let mut carried: Vec<String> = version.into_iter().chain(suite).collect();
        if handshake.resumed {
            carried.push("an earlier session or a pre-shared key".to_owned());
        }
        let frames = &handshake.server_hello_frames;
        rungs.push(Rung::new(Peer::Server, frames, "ServerHello", carried.join(", ")));
    }
}

fn server_certificate(handshake: &Handshake, rungs: &mut Vec<Rung>) {
    if let Some(leaf) = handshake.server_chain.first() {
        let carried = chain_of(leaf, handshake.server_chain.len());
        rungs.push(Rung::new(Peer::Server, &Frames::new(), "Certificate", carried));
    }
}

fn request(handshake: &Handshake, rungs: &mut Vec<Rung>) {
    let Some(request) = &handshake.certificate_request else {
        if matches!(handshake.client_authentication, ClientAuthentication::NotRequested) {
            rungs.push(Rung::remark("no CertificateRequest", Meaning::Open));
        }
        return;
    };
    let number = |count: usize| count.try_into().unwrap_or(u64::MAX);
    let schemes = counted(number(request.signature_schemes.len()), "scheme", "schemes");
    let authorities = match request.certificate_authorities.len() {
        0 => "no authorities named".to_owned(),
        count => counted(number(count), "authority", "authorities"),
    };
    let carried = match request.signature_schemes.is_empty() {
        true => authorities,
        false => format!("{authorities}, {schemes}"),
    };
    rungs.push(Rung::new(Peer::Server, &request.frames, "CertificateRequest", carried));
}

fn answer(handshake: &Handshake, meaning: Meaning, rungs: &mut Vec<Rung>) {
    match &handshake.client_authentication {
        ClientAuthentication::NotRequested => {}
        ClientAuthentication::Declined { frames } => {
            let carried = "empty: no certificate".to_owned();
            let rung = Rung::new(Peer::Client, frames, "Certificate", carried);
            rungs.push(rung.meaning(meaning));
        }
        ClientAuthentication::Presented(presented) => {
            let carried = presented.chain.first();
            let carried = carried.map(|leaf| chain_of(leaf, presented.chain.len()));
            let carried = carried.unwrap_or_default();
            let rung = Rung::new(Peer::Client, &presented.frames, "Certificate", carried);
            rungs.push(rung.meaning(meaning));
            rungs.push(proof(&presented.possession, handshake));
        }
        ClientAuthentication::PresentedKey(presented) => {
            let carried = format!("a raw public key, {}", presented.key.public_key.description);
            let rung = Rung::new(Peer::Client, &presented.frames, "Certificate", carried);
            rungs.push(rung.meaning(meaning));
            rungs.push(proof(&presented.possession, handshake));
        }
        ClientAuthentication::Resumed { .. } => {
            let remark = "no certificate is exchanged: an earlier session, or a pre-shared key";
            rungs.push(Rung::remark(remark, meaning));
        }
        ClientAuthentication::Obscured(obscurity) => {
            let remark = format!(
                "the answer cannot be told ({})",
                Cause::Obscured(obscurity.reason).code().replace('_', " ")
            );
            rungs.push(Rung::remark(&remark, Meaning::Open));
        }
    }
}

fn proof(possession: &Possession, handshake: &Handshake) -> Rung {
    let frames = &handshake.certificate_verify_frames;
    let (carried, meaning) = match possession {
        Possession::Verified { scheme } => (format!("signature fits, {scheme}"), Meaning::Good),
        Possession::Failed { scheme, .. } => {
            (format!("signature does not fit, {scheme}"), Meaning::Bad)
        }
        Possession::Missing => {
            return Rung::remark("no CertificateVerify: the client went on", Meaning::Bad);
        }
        Possession::NotSeen if frames.is_empty() => {
            return Rung::remark("CertificateVerify was not seen", Meaning::Open);
        }
        Possession::NotSeen => {
            ("what it covers is not all in the capture".to_owned(), Meaning::Open)
        }
        Possession::NotCheckable { .. } => ("cannot be checked".to_owned(), Meaning::Open),
    };
    Rung::new(Peer::Client, frames, "CertificateVerify", carried).meaning(meaning)
}

fn chain_of(leaf: &Certificate, length: usize) -> String {
    match length {
        0 | 1 => leaf_name(leaf, SUBJECT_COLUMNS),
        length => format!("{} and {} more", leaf_name(leaf, SUBJECT_COLUMNS), length - 1),
    }
}
