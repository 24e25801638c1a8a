//! A presented certificate that the server did not take: what its alert means, and what the
//! certificate itself rules in or out.

use super::authorities::{Standing, standing};
use super::case::Case;
use super::purpose;
use super::signed_with::{is_weak, unaccepted};
use super::validity::{Dates, dates, invalid_issuer, told};
use super::words;
use super::{Finding, Strength};
use crate::certificate::Fields;
use crate::inspect::{Outcome, Possession, Presented};
use crate::tls::AlertDescription;

/// Why the server refused, from its alert.
pub(super) fn by_alert(case: &Case<'_>) -> Option<Finding> {
    let seen = case.refusal()?;
    let refusal = Refusal::new(case, seen.alert.description)?;
    let (code, strength, why) = refusal.why();
    let mut frames = refusal.presented.frames.to_vec();
    frames.push(seen.frame);
    Some(Finding {
        code,
        strength,
        text: format!(
            "the server refused the certificate with the fatal alert {} (frame {}): {why}",
            seen.alert.description, seen.frame
        ),
        frames,
        next_step: Some(next(code).to_owned()),
    })
}

/// A server that closes on the client's certificate and says nothing.
pub(super) fn silently(case: &Case<'_>) -> Option<Finding> {
    let (handshake, closed) = (case.handshake?, case.connection.closed?);
    case.presented()?;
    let is_silent = handshake.outcome == Outcome::Refused
        && case.refusal().is_none()
        && case.connection.closed_by_client() == Some(false);
    is_silent.then(|| Finding {
        code: "server-closed-silently",
        strength: Strength::Likely,
        text: format!(
            "the server closed the connection ({}, frame {}) right after the client's certificate, \
             without an alert and without any data: consistent with a server that refuses the \
             certificate so, as Node.js does with rejectUnauthorized",
            if closed.reset { "RST" } else { "FIN" },
            closed.frame
        ),
        frames: vec![closed.frame],
        next_step: Some(words::LOOK_AT_LOG.to_owned()),
    })
}

fn next(code: &str) -> &'static str {
    match code {
        "refused-expired" | "refused-not-yet-valid" => "renew the certificate; check the clocks",
        "refused-issuer-unknown" => {
            "add the issuer to the CA certificates that the server trusts for clients"
        }
        "refused-chain-incomplete" => {
            "have the client send its intermediate certificates, or give them to the server"
        }
        "refused-revoked" => "ask the issuer why it was revoked, and have a new one issued",
        "refused-signature" => "look at how the client signs: another key, or a broken one",
        "refused-pss-salt" => {
            "have the client sign with a salt as long as the digest (a TPM needs newer firmware or \
             another provider), or limit it to rsa_pkcs1 schemes with TLS 1.2"
        }
        "refused-usage" => "give the client a certificate that is meant for clients",
        "refused-weak-signature" => "have the certificate issued again, signed with SHA-256",
        _ => "the server's own log has its reason; the alert alone does not tell more",
    }
}

/// A refusal and what there is to explain it.
struct Refusal<'a> {
    case: &'a Case<'a>,
    alert: AlertDescription,
    presented: &'a Presented,
    fields: Option<&'a Fields>,
}

/// A code, how strong it is, and the words.
struct Reason(&'static str, Strength, String);

impl<'a> Refusal<'a> {
    fn new(case: &'a Case<'a>, alert: AlertDescription) -> Option<Self> {
        let presented = case.presented()?;
        let fields = case.leaf().and_then(|leaf| leaf.fields.as_ref().ok());
        Some(Self { case, alert, presented, fields })
    }

    fn why(&self) -> (&'static str, Strength, String) {
        let told = self.reason().unwrap_or_else(|| self.other());
        (told.0, told.1, told.2)
    }

    /// What in the certificate, its chain or the signature explains the alert.
    fn reason(&self) -> Option<Reason> {
        use AlertDescription as A;
        // Some servers say the same about everything, and some have an alert for each thing.
        let says_all = matches!(
            self.alert,
            A::BAD_CERTIFICATE
                | A::CERTIFICATE_UNKNOWN
                | A::ACCESS_DENIED
                | A::HANDSHAKE_FAILURE
                | A::INTERNAL_ERROR
        );
        let is = |alerts: &[A]| says_all || alerts.contains(&self.alert);
        if self.alert == A::CERTIFICATE_REVOKED {
            return Some(Reason(
                "refused-revoked",
                Strength::Certain,
                "it holds the certificate for revoked, by a CRL or an OCSP answer".to_owned(),
            ));
        }
        let when = |alerts: &[A], check: fn(&Self) -> Option<Reason>| {
            if is(alerts) { check(self) } else { None }
        };
        let weak = [A::UNSUPPORTED_CERTIFICATE, A::INSUFFICIENT_SECURITY, A::UNKNOWN_CA];
        when(&[A::DECRYPT_ERROR, A::ILLEGAL_PARAMETER], Self::signature)
            .or_else(|| when(&[A::CERTIFICATE_EXPIRED], Self::dates))
            .or_else(|| when(&[A::CERTIFICATE_EXPIRED], Self::dates_of_issuers))
            .or_else(|| when(&[A::DECRYPT_ERROR, A::ILLEGAL_PARAMETER], Self::salt))
            .or_else(|| when(&[A::UNSUPPORTED_CERTIFICATE], Self::usage))
            .or_else(|| when(&[A::UNKNOWN_CA], Self::issuer))
            .or_else(|| when(&weak, Self::weak_signature))
            .or_else(|| when(&[A::DECRYPT_ERROR], Self::same_named_ca))
    }

    fn signature(&self) -> Option<Reason> {
        match &self.presented.possession {
            Possession::Failed { scheme, .. } => Some(Reason(
                "refused-signature",
                Strength::Certain,
                format!("the signature of its CertificateVerify ({scheme}) does not fit"),
            )),
            _ => None,
        }
    }

    fn salt(&self) -> Option<Reason> {
        match &self.presented.possession {
            Possession::Verified { scheme } if scheme.contains(" salt of ") => Some(Reason(
                "refused-pss-salt",
                Strength::Likely,
                format!(
                    "the CertificateVerify is {scheme}, which proves the key; RFC 8446 section 4.2.3 \
                     wants a salt as long as the digest, and OpenSSL and Go refuse another one, as \
                     some TPMs make it"
                ),
            )),
            _ => None,
        }
    }

    fn dates(&self) -> Option<Reason> {
        let (fields, at) = (self.fields?, self.case.at());
        let told = told(fields, at)?;
        let says_so = self.alert == AlertDescription::CERTIFICATE_EXPIRED;
        Some(match dates(fields, at) {
            Dates::NotYet(_) => Reason(
                "refused-not-yet-valid",
                Strength::Likely,
                format!(
                    "the certificate was {told}{}",
                    if says_so { " (rustls says it so)" } else { "" }
                ),
            ),
            _ => Reason(
                "refused-expired",
                if says_so { Strength::Certain } else { Strength::Likely },
                format!("the certificate had {told}"),
            ),
        })
    }

    fn dates_of_issuers(&self) -> Option<Reason> {
        let chain = self.presented.chain.iter().map(|one| &**one);
        let (issuer, told) = invalid_issuer(chain, self.case.at())?;
        Some(Reason(
            "refused-issuer-not-valid",
            Strength::Likely,
            format!(
                "the client's own certificate was valid, and {} of its chain was {told}",
                words::subject(issuer)
            ),
        ))
    }

    fn usage(&self) -> Option<Reason> {
        let fields = self.fields?;
        if purpose::lacks_client_authentication(fields) {
            return Some(Reason(
                "refused-usage",
                Strength::Likely,
                format!(
                    "the extended key usage of the certificate lacks clientAuth ({})",
                    purpose::usages(fields)
                ),
            ));
        }
        (fields.digital_signature == Some(false)).then(|| {
            Reason(
                "refused-usage",
                Strength::Likely,
                "the key usage of the certificate lacks digitalSignature".to_owned(),
            )
        })
    }

    fn issuer(&self) -> Option<Reason> {
        let (fields, request) = (self.fields?, self.case.request()?);
        let issuer = words::short(&fields.issuer);
        if fields.issuer_der == fields.subject_der {
            return Some(Reason(
                "refused-issuer-unknown",
                Strength::Likely,
                format!(
                    "the certificate ({issuer}) is self-signed, and the server does not know it"
                ),
            ));
        }
        match standing(fields, request, self.case.pool) {
            Standing::Unnamed => Some(Reason(
                "refused-issuer-unknown",
                if request.trust_anchors { Strength::Possible } else { Strength::Likely },
                format!(
                    "the issuer of the certificate, {issuer}, is not among the authorities of its \
                     request ({}), so the server does not know it, or lacks an intermediate \
                     certificate between the two",
                    words::names(&request.certificate_authorities)
                ),
            )),
            Standing::Through(named) if self.presented.chain.len() == 1 => Some(Reason(
                "refused-chain-incomplete",
                Strength::Likely,
                format!(
                    "the client sent its own certificate alone; its issuer {issuer} is an \
                     intermediate, and the server knows {named} above it: the chain lacks the \
                     intermediate certificate"
                ),
            )),
            _ => None,
        }
    }

    fn weak_signature(&self) -> Option<Reason> {
        let weak = self.presented.chain.iter().find_map(|one| {
            let fields = one.fields.as_ref().ok()?;
            let is_root = fields.issuer_der == fields.subject_der;
            (!is_root && is_weak(&fields.signature_algorithm)).then_some((one, fields))
        });
        if let Some((one, fields)) = weak {
            return Some(Reason(
                "refused-weak-signature",
                Strength::Likely,
                format!(
                    "{} is signed with {}, which servers no longer take",
                    words::subject(one),
                    fields.signature_algorithm
                ),
            ));
        }
        let (fields, request) = (self.fields?, self.case.request()?);
        unaccepted(fields, request)?;
        Some(Reason(
            "refused-weak-signature",
            Strength::Possible,
            format!(
                "the certificate is itself signed with {}, which is not among the schemes of the \
                 server's request",
                fields.signature_algorithm
            ),
        ))
    }

    fn same_named_ca(&self) -> Option<Reason> {
        if self.alert != AlertDescription::DECRYPT_ERROR {
            return None;
        }
        let fields = self.fields?;
        let has_identifier = fields.authority_key_identifier.is_some();
        let proved = matches!(self.presented.possession, Possession::Verified { .. });
        proved.then(|| {
            Reason(
                "refused-same-named-ca",
                if has_identifier { Strength::Possible } else { Strength::Likely },
                format!(
                    "the signature of its CertificateVerify is good, so that it is the certificate's \
                     own signature which the server could not check: consistent with a CA of the \
                     same name ({}) and another key in its store{}",
                    words::short(&fields.issuer),
                    if has_identifier {
                        ""
                    } else {
                        "; the certificate has no authority key identifier to tell the two apart"
                    }
                ),
            )
        })
    }

    /// Where nothing in the certificate explains it.
    fn other(&self) -> Reason {
        use AlertDescription as A;
        let issuer = self.fields.map(|fields| words::short(&fields.issuer)).unwrap_or_default();
        let named = match (self.fields, self.case.request()) {
            (Some(fields), Some(request)) => match standing(fields, request, self.case.pool) {
                Standing::Any => {
                    format!("its request lists no authorities, the issuer is {issuer}")
                }
                Standing::Through(name) => {
                    format!("the name of an issuer further up the chain ({name}) is listed")
                }
                _ => format!("the name of its issuer ({issuer}) is listed in the request"),
            },
            _ => format!("its issuer is {issuer}"),
        };
        let text = match self.alert {
            A::UNKNOWN_CA => format!(
                "{named}: consistent with a CA of the same name and another key in the server's \
                 store, with a verification depth that this chain exceeds (chain too long), with a \
                 CA that it does not trust for clients, or with a CRL that it lacks"
            ),
            A::CERTIFICATE_EXPIRED => "no certificate of the chain had ended at the time of the \
                 connection: consistent with a CRL that is out of date, with an old intermediate or \
                 root in the server's own store, or with the server's clock"
                .to_owned(),
            A::BAD_CERTIFICATE => format!(
                "its dates and usages fit and {named}: consistent with a rule of the server beyond \
                 those (Go and others say it for everything), such as allowed names or thumbprints, \
                 key size, or an issuer that it does not trust"
            ),
            A::ACCESS_DENIED => format!(
                "its dates fit and {named}: consistent with a rule of the server on who may come; \
                 GnuTLS says it for every certificate that it does not verify"
            ),
            A::CERTIFICATE_UNKNOWN => format!(
                "its dates and usages fit and {named}: consistent with a path that the server could \
                 not build or check (Java, Windows), a revocation check that did not work included"
            ),
            A::UNSUPPORTED_CERTIFICATE => "its usages fit: consistent with a kind or size of key \
                 that the server does not take"
                .to_owned(),
            A::HANDSHAKE_FAILURE => format!(
                "its dates and usages fit and {named}: consistent with a check of the application, \
                 or with a key or signature that the server does not take"
            ),
            _ => format!("{named}; what the server had against it, the alert does not tell"),
        };
        Reason("refused", Strength::Possible, text)
    }
}
