//! The expected certificate's issuer and the authorities that the request names.

use super::case::{Case, Pool};
use super::names::{Listed, listed};
use super::words;
use super::{Finding, Strength};
use crate::certificate::Fields;
use crate::inspect::CertificateRequest;

/// How a certificate stands to the authorities of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// The request names none: any will do.
    Any,
    /// Its issuer is named.
    Named,
    /// Its issuer is named in another encoding.
    NamedAlike,
    /// An issuer further up is named, by way of intermediates that are at hand here.
    Through(String),
    /// No name leads to it.
    Unnamed,
}

/// Intermediates that are followed; real chains have two or three.
const CHAIN: usize = 8;

/// How a certificate stands to the authorities of a request.
pub(super) fn standing(fields: &Fields, request: &CertificateRequest, pool: &Pool<'_>) -> Standing {
    let authorities = &request.certificate_authorities;
    if authorities.is_empty() {
        return Standing::Any;
    }
    match listed(&fields.issuer_der, authorities) {
        Listed::Same => return Standing::Named,
        Listed::Alike => return Standing::NamedAlike,
        Listed::Not => {}
    }
    let mut issuer = fields.issuer_der.as_slice();
    for _ in 0..CHAIN {
        let Some(above) = pool.of_subject(issuer) else {
            break;
        };
        if listed(&above.issuer_der, authorities) != Listed::Not {
            return Standing::Through(words::short(&above.issuer));
        }
        issuer = &above.issuer_der;
    }
    Standing::Unnamed
}

/// A client that goes by the authorities withholds a certificate whose issuer is not among them.
pub(super) fn withheld(case: &Case<'_>) -> Option<Finding> {
    let (request, fields) = (case.request()?, case.expected_fields()?);
    let issuer = words::short(&fields.issuer);
    let authorities = &request.certificate_authorities;
    let count = match authorities.len() {
        1 => "certificate_authorities of the request holds".to_owned(),
        many => format!("the {many} certificate_authorities of the request are"),
    };
    let others = match request.trust_anchors {
        true => "; it also lists trust anchors, which may allow it all the same",
        false => "",
    };
    let (code, strength, text) = match standing(fields, request, case.pool) {
        Standing::Any | Standing::Named => return None,
        Standing::NamedAlike => (
            "issuer-encoded-differently",
            Strength::Possible,
            format!(
                "the issuer of the expected certificate ({issuer}) is listed in the request with the \
                 same words in another encoding: consistent with a client that compares names byte \
                 for byte, as Go does"
            ),
        ),
        Standing::Through(named) => (
            "intermediate-not-at-hand",
            Strength::Possible,
            format!(
                "the request names {named} and not {issuer}, which issued the expected certificate: \
                 consistent with a client that does not hold the intermediate certificate between \
                 the two, and so finds no chain to a name of the list{others}"
            ),
        ),
        Standing::Unnamed => (
            "issuer-not-in-certificate-authorities",
            if request.trust_anchors { Strength::Possible } else { Strength::Likely },
            format!(
                "the issuer of the expected certificate, {issuer}, is not among the names that the \
                 server accepts ({count} {}), and no intermediate certificate at hand links it to \
                 one of them: consistent with a client that withholds what finds no chain to the \
                 list{others}",
                words::names(authorities)
            ),
        ),
    };
    Some(Finding {
        code,
        strength,
        text,
        frames: request.frames.to_vec(),
        next_step: Some(match code {
            "issuer-not-in-certificate-authorities" => format!(
                "have the server name {issuer} (nginx ssl_client_certificate, Apache \
                 SSLCACertificateFile, a certificate trust list of Windows), or give the client a \
                 certificate of an issuer in the list, with its intermediates"
            ),
            _ => "give the client the intermediate certificates beside its own (in the PFX, or in \
                  the intermediate store of its host)"
                .to_owned(),
        }),
    })
}
