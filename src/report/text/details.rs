//! Everything about one connection, with the frames and filters to look it up in Wireshark.

use std::io;

use super::super::summary::Summary;
use super::super::untrusted::cut;
use super::super::{Report, names, times};
use super::answer::meaning;
use super::inference;
use super::page::{Meaning, NAME_COLUMNS, Page, counted};
use super::table::{capture_path, ends};
use super::{DETAILED_CONNECTIONS, Detail, SHOWN_ANOMALIES, SHOWN_AUTHORITIES, Style};
use crate::certificate::{Certificate, display_name};
use crate::inspect::{
    CertificateRequest, ClientAuthentication, Finished, Frames, Handshake, Possession, Presented,
    PresentedKey,
};
use crate::tls::ClientCertificateType;
use crate::verdict::{Judgement, Verdict};
use crate::witness::{Anomaly, Connection, Direction};

/// Writes the details of every connection that is to have them, and says how many have not.
pub(super) fn write(report: &Report<'_>, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    let relevant = if report.judged() { report.selected() } else { report.connections().count() };
    let many = relevant > DETAILED_CONNECTIONS;
    let mut omitted = 0_u64;
    for (connection, judgement) in report.connections() {
        let unselected = judgement.is_some_and(|it| it.verdict == Verdict::NotSelected);
        let everything = style.detail == Detail::Everything;
        if unselected && !everything {
            continue;
        }
        if many && !everything && needs_no_look(connection, judgement) {
            omitted += 1;
            continue;
        }
        page.blank()?;
        Details { report, style, connection, judgement }.write(page)?;
    }
    if omitted > 0 {
        let kind = if report.judged() { "as expected" } else { "without a request" };
        let connections = counted(omitted, "connection", "connections");
        page.blank()?;
        page.paragraph(0, &format!("{connections} {kind} not shown in detail; -v shows all."))?;
    }
    let outside = report.count(Verdict::NotSelected);
    if outside > 0 && style.detail != Detail::Everything {
        let connections =
            counted(outside.try_into().unwrap_or(u64::MAX), "connection", "connections");
        page.blank()?;
        page.paragraph(
            0,
            &format!("{connections} outside the selection not listed; -v lists all."),
        )?;
    }
    Ok(())
}

fn needs_no_look(connection: &Connection, judgement: Option<&Judgement<'_>>) -> bool {
    match judgement {
        Some(judgement) => judgement.verdict == Verdict::Match && judgement.cause.is_none(),
        None => matches!(
            *Summary::of(&connection.observation).authentication,
            ClientAuthentication::NotRequested
        ),
    }
}

/// One anomaly on one line.
pub(super) fn anomaly(anomaly: &Anomaly) -> String {
    let mut place = Vec::new();
    if let Some(frame) = anomaly.frame {
        place.push(format!("frame {frame}"));
    }
    match anomaly.direction {
        Some(Direction::ClientToServer) => place.push("client to server".to_owned()),
        Some(Direction::ServerToClient) => place.push("server to client".to_owned()),
        None => {}
    }
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    format!("{}{place}: {}", anomaly.code, cut(&anomaly.detail, NAME_COLUMNS))
}

/// Says how many anomalies are not shown, where some are not.
pub(super) fn left_out(
    page: &mut Page<'_>,
    indent: usize,
    listed: usize,
    shown: usize,
    omitted: u64,
) -> io::Result<()> {
    let hidden = listed.saturating_sub(shown);
    if hidden > 0 {
        page.field(indent, "", &format!("and {hidden} more; -v shows them"))?;
    }
    if omitted > 0 {
        page.field(indent, "", &format!("and {omitted} more that were only counted"))?;
    }
    Ok(())
}

struct Details<'a> {
    report: &'a Report<'a>,
    style: Style,
    connection: &'a Connection,
    judgement: Option<&'a Judgement<'a>>,
}

impl Details<'_> {
    fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let connection = self.connection;
        let observation = &connection.observation;
        let mut title = format!("stream {}", connection.stream);
        if self.report.evidence.captures.len() > 1 {
            title.push_str(&format!(" of {}", capture_path(self.report, connection)));
        }
        let word = match self.judgement {
            Some(judgement) => (judgement.verdict.code(), meaning(judgement.verdict)),
            None => ("", Meaning::Plain),
        };
        page.heading(&title, word)?;
        if let Some(judgement) = self.judgement {
            page.paragraph(2, &judgement.explanation())?;
        }
        page.field(2, "filter", &format!("tcp.stream == {}", connection.stream))?;
        page.field(2, "connection", &self.place())?;
        let captures = &self.report.evidence.captures;
        let (last, _) = self.report.evidence.locate(connection.capture, connection.last_frame);
        let mut before = 0;
        for (index, capture) in captures.iter().enumerate().take(last).skip(connection.capture) {
            before += capture.frames;
            if let Some(next) = captures.get(index + 1) {
                let path = cut(&next.path, NAME_COLUMNS);
                page.field(
                    2,
                    "goes on",
                    &format!("in {path}: frame 1 there is {} here", before + 1),
                )?;
            }
        }
        if let Some(name) = &observation.server_name {
            page.field(2, "server name", &cut(name, NAME_COLUMNS))?;
        }
        if let Some(alpn) = &observation.alpn {
            page.field(2, "protocol", &cut(alpn, NAME_COLUMNS))?;
        }
        for handshake in &observation.handshakes {
            self.handshake(handshake, page)?;
        }
        if let Some(hidden) = &observation.hidden {
            page.field(2, "hidden", &cut(&hidden.detail, NAME_COLUMNS * 2))?;
        }
        self.evidence(page)?;
        self.anomalies(page)
    }

    fn place(&self) -> String {
        let connection = self.connection;
        let mut parts = vec![ends(connection)];
        parts.push(format!("frames {} to {}", connection.first_frame, connection.last_frame));
        if let Some(time) = connection.started_at.and_then(times::packet_time) {
            parts.push(time);
        }
        parts.extend(connection.encapsulation.iter().copied().map(names::layer));
        if let Some(preamble) = &connection.preamble {
            parts.push(format!("after {}", cut(preamble, NAME_COLUMNS)));
        }
        parts.join(", ")
    }

    fn handshake(&self, handshake: &Handshake, page: &mut Page<'_>) -> io::Result<()> {
        page.field(2, "handshake", &described(handshake))?;
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
                            "stream {} from frame {} of {path}: {status}",
                            original.stream, original.frame
                        ),
                    )?;
                    if let ClientAuthentication::Presented(presented) =
                        &original.client_authentication
                    {
                        chain(presented.chain.get(..1).unwrap_or_default(), page)?;
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
            page.field(2, "integrity", "proved: the Finished of both sides fit these messages")?;
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
        chain(&presented.chain, page)?;
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

    fn evidence(&self, page: &mut Page<'_>) -> io::Result<()> {
        let summary = Summary::judged(&self.connection.observation, self.judgement);
        let (connection, evidence) = (self.connection, self.report.evidence);
        let frames = summary.evidence(connection, evidence, self.judgement);
        for (index, evident) in frames.into_iter().enumerate() {
            let label = if index == 0 { "evidence" } else { "" };
            let mut what = cut(&evident.what, NAME_COLUMNS);
            if evident.frame != evident.frame_there
                && let Some(capture) = evidence.captures.get(evident.capture)
            {
                what.push_str(&format!(" (in {})", cut(&capture.path, NAME_COLUMNS)));
            }
            page.pair(2, label, &evident.filter().to_string(), &what)?;
        }
        Ok(())
    }

    fn anomalies(&self, page: &mut Page<'_>) -> io::Result<()> {
        let anomalies = &self.connection.anomalies;
        let shown = match self.style.detail {
            Detail::Everything => anomalies.len(),
            _ => SHOWN_ANOMALIES,
        };
        for (index, item) in anomalies.iter().take(shown).enumerate() {
            let label = if index == 0 { "anomalies" } else { "" };
            page.field(2, label, &anomaly(item))?;
        }
        left_out(page, 2, anomalies.len(), shown, self.connection.anomalies_omitted)
    }
}

fn described(handshake: &Handshake) -> String {
    let mut parts = vec![names::kind(handshake.kind).replace('_', "-")];
    match handshake.protocol_version {
        Some(version) => parts.push(version.to_string()),
        None => parts.push("unknown version".to_owned()),
    }
    if let Some(suite) = handshake.cipher_suite {
        parts.push(suite.to_string());
    }
    parts.push(names::visibility(handshake.visibility).to_owned());
    if handshake.hello_retry_request {
        parts.push("after a HelloRetryRequest".to_owned());
    }
    if handshake.uses_psk_of_unknown_origin() {
        parts.push("with a pre-shared key".to_owned());
    } else if handshake.resumed {
        parts.push("resumed".to_owned());
    }
    if let Some(early_data) = handshake.session.early_data {
        parts.push(format!("early data {}", names::early_data(early_data)));
    }
    parts.push(format!("outcome {}", names::outcome(handshake.outcome)));
    parts.join(", ")
}

fn framed(frames: &Frames) -> String {
    /// Frames shown before the list is cut.
    const SHOWN: usize = 8;
    let mut list: Vec<String> = frames.iter().take(SHOWN).map(ToString::to_string).collect();
    if let (Some(last), true) = (frames.last(), frames.len() > SHOWN) {
        list.push(format!("… {last}"));
    }
    match list.len() {
        0 => "in no known frame".to_owned(),
        1 => format!("frame {}", list.concat()),
        _ => format!("frames {}", list.join(", ")),
    }
}

fn chain(certificates: &[std::sync::Arc<Certificate>], page: &mut Page<'_>) -> io::Result<()> {
    for (position, certificate) in certificates.iter().enumerate() {
        let label = position + 1;
        let fields = match &certificate.fields {
            Ok(fields) => fields,
            Err(why) => {
                page.field(4, "", &format!("{label}. cannot be read: {}", cut(why, NAME_COLUMNS)))?;
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
        let usages = match &fields.extended_key_usages {
            Some(usages) => cut(&usages.join(", "), NAME_COLUMNS),
            None if fields.oddities.is_empty() => "not restricted".to_owned(),
            None => "none read".to_owned(),
        };
        page.field(4, "   usages", &usages)?;
        for oddity in &fields.oddities {
            page.field(4, "   odd", &cut(oddity, NAME_COLUMNS))?;
        }
    }
    Ok(())
}

fn thumbprints(certificate: &Certificate, page: &mut Page<'_>) -> io::Result<()> {
    page.field(4, "   SHA-1", &certificate.sha1.to_string())?;
    page.field(4, "   SHA-256", &certificate.sha256.to_string())
}

fn proof(proved: &Possession, handshake: &Handshake, page: &mut Page<'_>) -> io::Result<()> {
    let verify = &handshake.certificate_verify_frames;
    let place = if verify.is_empty() { String::new() } else { format!("{}: ", framed(verify)) };
    page.field(2, "possession", &format!("{place}{}", possession(proved)))
}

fn possession(possession: &Possession) -> String {
    match possession {
        Possession::Verified { scheme } => {
            format!("proved: the CertificateVerify signature fits ({scheme})")
        }
        Possession::Failed { scheme } => {
            format!("FAILED: the CertificateVerify signature does not fit ({scheme})")
        }
        Possession::NotSeen => "not proved: no CertificateVerify in the capture".to_owned(),
        Possession::NotCheckable { why } => {
            format!("not proved: CertificateVerify cannot be checked: {}", cut(why, NAME_COLUMNS))
        }
    }
}
