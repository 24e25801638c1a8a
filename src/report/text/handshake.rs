//! One handshake of a connection in detail: the request, the answer with its certificates, and what
//! proves it.

use std::io;
use std::sync::Arc;

use super::super::told::comparison::{names as names_of, usages};
use super::super::told::handshake::{described, framed, possession};
use super::super::told::{counted, inference};
use super::super::untrusted::{NAME_COLUMNS, cut};
use super::super::{names, times};
use super::details::{Details, left_out};
use super::page::Page;
use super::{Detail, SHOWN_AUTHORITIES};
use crate::certificate::{Certificate, display_name};
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Finished, Handshake, Possession, Presented,
    PresentedKey, StreamName,
};
use crate::tls::ClientCertificateType;

impl Details<'_> {
    /// One handshake, line by line.
    pub(super) fn handshake(&self, handshake: &Handshake, page: &mut Page<'_>) -> io::Result<()> {
        page.field(2, "handshake", &described(handshake))?;
        if self.is_verbose() && !handshake.server_chain.is_empty() {
            page.field(2, "server", "its certificates")?;
            self.chain(&handshake.server_chain, page)?;
        }
        match &handshake.certificate_request {
            Some(request) => self.request(request, page)?,
            None => page.field(2, "request", "none seen")?,
        }
        match &handshake.client_authentication {
            ClientAuthentication::NotRequested => {
                page.field(2, "answer", "none due: no certificate was requested")?;
            }
            ClientAuthentication::Declined { frames } => {
                page.field(2, "answer", &format!("{}: empty Certificate", framed(frames)))?;
            }
            ClientAuthentication::Presented(presented) => {
                self.presented(presented, handshake, page)?;
            }
            ClientAuthentication::PresentedKey(presented) => {
                self.presented_key(presented, handshake, page)?;
            }
            ClientAuthentication::Resumed { original } => {
                let answer = if handshake.uses_psk_of_unknown_origin() {
                    "none due: a pre-shared key is used, and where it comes from is not in the \
                     capture"
                } else {
                    "none due: an earlier session is resumed"
                };
                page.field(2, "answer", answer)?;
                if let Some(original) = original {
                    let capture = self.report.evidence.captures.get(original.capture);
                    let path = capture.map_or("?", |capture| capture.path.as_str());
                    let status = names::status(&original.client_authentication).replace('_', " ");
                    page.field(
                        2,
                        "original",
                        &format!(
                            "{} from frame {} of {path}: {status}",
                            StreamName(original.stream),
                            original.frame
                        ),
                    )?;
                    if let ClientAuthentication::Presented(presented) =
                        &original.client_authentication
                    {
                        self.chain(presented.chain.get(..1).unwrap_or_default(), page)?;
                    }
                }
            }
            ClientAuthentication::Obscured(obscurity) => {
                page.field(2, "answer", &format!("cannot be told: {}", obscurity.detail))?;
                if let Some(inference) = &handshake.inference {
                    let expected = self.report.expected_certificate();
                    page.field(2, "inference", &inference::sentence(inference, expected))?;
                }
            }
        }
        if handshake.finished == Finished::Verified {
            page.field(
                2,
                "Finished",
                "those of both sides fit: nothing was lost or reordered by accident; whoever holds \
                 the secrets could have made them",
            )?;
        }
        for seen in &handshake.alerts {
            let sender = match seen.from_client {
                Some(true) => "client",
                Some(false) => "server",
                None => "unknown side",
            };
            let alert = seen.alert;
            page.field(
                2,
                "alert",
                &format!("frame {}: {sender}, {} {}", seen.frame, alert.level, alert.description),
            )?;
        }
        Ok(())
    }

    fn request(&self, request: &CertificateRequest, page: &mut Page<'_>) -> io::Result<()> {
        let cut_short = if request.malformed { ", malformed, read as far as it goes" } else { "" };
        page.field(2, "request", &format!("{}{cut_short}", framed(&request.frames)))?;
        let types: Vec<String> = request
            .certificate_types
            .iter()
            .map(|number| ClientCertificateType(*number).to_string())
            .collect();
        if !types.is_empty() {
            page.field(4, "types", &types.join(", "))?;
        }
        let schemes: Vec<String> =
            request.signature_schemes.iter().map(ToString::to_string).collect();
        if !schemes.is_empty() {
            page.field(4, "schemes", &schemes.join(", "))?;
        }
        let schemes: Vec<String> =
            request.certificate_signature_schemes.iter().map(ToString::to_string).collect();
        if !schemes.is_empty() {
            page.field(4, "certificates", &format!("signed with {}", schemes.join(", ")))?;
        }
        for filter in &*request.oid_filters {
            page.field(4, "filter", &names::oid_filter(filter))?;
        }
        if request.trust_anchors {
            page.field(4, "anchors", "trust anchor identifiers too, in place of authorities")?;
        }
        let authorities = &request.certificate_authorities;
        if authorities.is_empty() {
            let none = if request.malformed { "none read" } else { "none listed" };
            return page.field(4, "authorities", none);
        }
        let shown = match self.style.detail {
            Detail::Everything => authorities.len(),
            _ => SHOWN_AUTHORITIES,
        };
        for (index, name) in authorities.iter().take(shown).enumerate() {
            let label = if index == 0 { "authorities" } else { "" };
            page.field(4, label, &cut(&display_name(name), NAME_COLUMNS))?;
        }
        left_out(page, 4, authorities.len(), shown, 0)
    }

    fn presented(
        &self,
        presented: &Presented,
        handshake: &Handshake,
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let number = presented.chain.len().try_into().unwrap_or(u64::MAX);
        let mut text = framed(&presented.frames);
        text.push_str(&format!(": {}", counted(number, "certificate", "certificates")));
        if !presented.chain_complete {
            text.push_str(", the rest of the chain is missing");
        }
        page.field(2, "answer", &text)?;
        self.chain(&presented.chain, page)?;
        proof(&presented.possession, handshake, page)
    }

    fn presented_key(
        &self,
        presented: &PresentedKey,
        handshake: &Handshake,
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let answer = format!("{}: a raw public key, no certificate", framed(&presented.frames));
        page.field(2, "answer", &answer)?;
        page.field(4, "key", &presented.key.public_key.description)?;
        page.field(4, "key SHA-256", &presented.key.spki_sha256.to_string())?;
        proof(&presented.possession, handshake, page)
    }
}

impl Details<'_> {
    fn is_verbose(&self) -> bool {
        self.style.detail == Detail::Everything
    }

    fn chain(&self, certificates: &[Arc<Certificate>], page: &mut Page<'_>) -> io::Result<()> {
        for (position, certificate) in certificates.iter().enumerate() {
            let label = position + 1;
            let fields = match &certificate.fields {
                Ok(fields) => fields,
                Err(why) => {
                    page.field(
                        4,
                        "",
                        &format!("{label}. cannot be read: {}", cut(why, NAME_COLUMNS)),
                    )?;
                    thumbprints(certificate, page)?;
                    continue;
                }
            };
            let subject = cut(&fields.subject, NAME_COLUMNS);
            page.field(4, &format!("{label}. subject"), &subject)?;
            page.field(4, "   issuer", &cut(&fields.issuer, NAME_COLUMNS))?;
            thumbprints(certificate, page)?;
            let shown = |time: Option<i64>| {
                time.and_then(times::certificate_time)
                    .unwrap_or_else(|| "an unreadable time".to_owned())
            };
            let validity = format!("{} to {}", shown(fields.not_before), shown(fields.not_after));
            page.field(4, "   valid", &validity)?;
            page.field(4, "   key", &cut(&fields.public_key.description, NAME_COLUMNS))?;
            page.field(4, "   usages", &usages(fields))?;
            if self.is_verbose() {
                page.field(4, "   serial", &cut(&fields.serial, NAME_COLUMNS))?;
                page.field(4, "   DNS names", &names_of(&fields.dns_names))?;
            }
            for oddity in &fields.oddities {
                page.field(4, "   odd", &cut(oddity, NAME_COLUMNS))?;
            }
        }
        Ok(())
    }
}

fn thumbprints(certificate: &Certificate, page: &mut Page<'_>) -> io::Result<()> {
    page.field(4, "   SHA-1", &certificate.sha1.to_string())?;
    page.field(4, "   SHA-256", &certificate.sha256.to_string())
}

fn proof(proved: &Possession, handshake: &Handshake, page: &mut Page<'_>) -> io::Result<()> {
    let verify = &handshake.certificate_verify_frames;
    let place = if verify.is_empty() { String::new() } else { format!("{}: ", framed(verify)) };
    page.field(2, "possession", &format!("{place}{}", possession(proved, !verify.is_empty())))
}
