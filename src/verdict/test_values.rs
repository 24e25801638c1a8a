//! Observations and expectations made by hand, for the tests of this module.

use std::sync::Arc;

use crate::certificate::{Certificate, Fields, PublicKey, Sha1Thumbprint, Sha256Thumbprint};
use crate::expect::{Expectation, ExpectedCertificate, ExpectedOutcome};
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Finished, Handshake, HandshakeKind, ObscuredReason,
    Obscurity, Observation, Original, Outcome, Possession, Presented, SeenAlert, Session,
    Visibility,
};

/// A certificate whose digests, key and subject are its number, issued by the next number.
pub(super) fn certificate(number: u8) -> Certificate {
    Certificate {
        der: vec![number],
        sha1: Sha1Thumbprint([number; 20]),
        sha256: Sha256Thumbprint([number; 32]),
        fields: Ok(Fields {
            subject: format!("CN={number}"),
            subject_der: vec![0x30, number],
            issuer: format!("CN={}", number + 1),
            issuer_der: vec![0x30, number + 1],
            serial: "01".to_owned(),
            not_before: Default::default(),
            not_after: Default::default(),
            public_key: PublicKey { spki_der: vec![number], description: "RSA 2048".to_owned() },
            spki_sha256: Sha256Thumbprint([number; 32]),
            extended_key_usages: None,
            digital_signature: None,
            dns_names: Vec::new(),
            signature_algorithm: "sha256WithRSAEncryption".to_owned(),
            is_ca: false,
            authority_key_identifier: None,
            subject_key_identifier: None,
            oddities: Vec::new(),
        }),
    }
}

/// A complete chain of the certificates with these numbers, its key proved, in frames 9 and 10.
pub(super) fn presentation(numbers: &[u8]) -> Presented {
    Presented {
        frames: [9, 10].into(),
        chain: numbers.iter().map(|number| Arc::new(certificate(*number))).collect(),
        chain_complete: true,
        possession: Possession::Verified { scheme: "rsa_pss_rsae_sha256".to_owned() },
    }
}

pub(super) fn presented(numbers: &[u8]) -> ClientAuthentication {
    ClientAuthentication::Presented(presentation(numbers))
}

pub(super) fn declined() -> ClientAuthentication {
    ClientAuthentication::Declined { frames: [9].into() }
}

pub(super) fn obscurity(reason: ObscuredReason) -> Obscurity {
    Obscurity { reason, detail: "something could not be seen".to_owned() }
}

pub(super) fn obscured(reason: ObscuredReason) -> ClientAuthentication {
    ClientAuthentication::Obscured(obscurity(reason))
}

/// A resumption of the handshake in stream 3, which showed this.
pub(super) fn resumed(original: ClientAuthentication) -> ClientAuthentication {
    ClientAuthentication::Resumed {
        original: Some(Box::new(Original {
            capture: 0,
            elsewhere: None,
            stream: Some(3),
            handshake: 0,
            frame: 2,
            client_authentication: original,
            outcome: Outcome::Completed,
        })),
    }
}

pub(super) fn request() -> CertificateRequest {
    CertificateRequest { frames: [7].into(), ..Default::default() }
}

/// A completed TLS handshake in the clear that shows this; asked for where there is an answer.
pub(super) fn handshake(client_authentication: ClientAuthentication) -> Handshake {
    let answered = matches!(
        client_authentication,
        ClientAuthentication::Declined { .. } | ClientAuthentication::Presented(_)
    );
    let verified = match &client_authentication {
        ClientAuthentication::Presented(presented) => {
            !matches!(presented.possession, Possession::NotSeen | Possession::Missing)
        }
        _ => false,
    };
    Handshake {
        kind: HandshakeKind::Initial,
        protocol_version: None,
        cipher_suite: None,
        visibility: Visibility::Clear,
        hello_retry_request: false,
        resumed: matches!(client_authentication, ClientAuthentication::Resumed { .. }),
        certificate_request: answered.then(request),
        client_authentication,
        server_chain: Arc::default(),
        certificate_message_missing: false,
        outcome: Outcome::Completed,
        alerts: Vec::new(),
        client_hello_frames: [4].into(),
        server_hello_frames: [6].into(),
        certificate_verify_frames: if verified { [11].into() } else { [].into() },
        session: Session::default(),
        finished: Finished::NotChecked,
        inference: None,
    }
}

pub(super) fn observation(handshakes: impl IntoIterator<Item = Handshake>) -> Observation {
    Observation { handshakes: handshakes.into_iter().collect(), ..Default::default() }
}

/// A fatal or warning alert in frame 12.
pub(super) fn alert(from_client: Option<bool>, level: u8, description: u8) -> SeenAlert {
    SeenAlert {
        from_client,
        alert: crate::tls::Alert {
            level: crate::tls::AlertLevel(level),
            description: crate::tls::AlertDescription(description),
        },
        frame: 12,
    }
}

/// The certificate with this number, by its SHA-1.
pub(super) fn expect_sha1(number: u8) -> Expectation {
    expect(ExpectedCertificate {
        sha1: Some(certificate(number).sha1),
        ..ExpectedCertificate::default()
    })
}

/// The certificate with this number, by its file.
pub(super) fn expect_file(number: u8) -> Expectation {
    expect_certificate(certificate(number))
}

pub(super) fn expect_certificate(certificate: Certificate) -> Expectation {
    expect(ExpectedCertificate {
        sha1: Some(certificate.sha1),
        sha256: Some(certificate.sha256),
        certificate: Some(certificate),
        label: Some("client.pem".to_owned()),
        ..ExpectedCertificate::default()
    })
}

pub(super) fn expect(certificate: ExpectedCertificate) -> Expectation {
    Expectation {
        outcome: ExpectedOutcome::Certificate,
        certificates: vec![certificate],
        ..Expectation::default()
    }
}
