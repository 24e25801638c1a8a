//! A run in which there is no TLS connection to judge.

use super::words;
use super::{Finding, Strength};
use crate::verdict::{Judgement, Verdict};
use crate::witness::{Evidence, OtherKind, OtherStreams};

/// What there is in place of TLS.
pub(super) fn instead(evidence: &Evidence, judgements: &[Judgement<'_>]) -> Option<Finding> {
    let nothing = evidence.connections.is_empty();
    let none_selected = judgements.iter().all(|one| one.verdict == Verdict::NotSelected);
    if !nothing && (judgements.is_empty() || !none_selected) {
        return None;
    }
    let packets: u64 = evidence.captures.iter().map(|capture| capture.packets).sum();
    if packets == 0 && evidence.captures.iter().all(|capture| capture.error.is_none()) {
        return Some(Finding {
            code: "capture-empty",
            strength: Strength::Certain,
            text: "the capture holds no packet at all".to_owned(),
            frames: Vec::new(),
            next_step: Some(
                "record without a filter first (tcpdump -i any -s 0), on the host where TLS ends"
                    .to_owned(),
            ),
        });
    }
    let kinds =
        [OtherKind::PlainHttp, OtherKind::Refused, OtherKind::Unanswered, OtherKind::Silent];
    let told = kinds.into_iter().find_map(|kind| {
        // The commonest of a kind is what was meant.
        let of_kind = evidence.others.iter().filter(|other| other.kind == kind);
        of_kind.max_by_key(|other| (other.streams, std::cmp::Reverse(other.first_frame)))
    });
    if let Some(other) = told.filter(|_| nothing) {
        return Some(streams(other));
    }
    not_followed(evidence).or_else(|| filtered(evidence)).filter(|_| nothing)
}

/// A recorder that was told to leave packets out.
fn filtered(evidence: &Evidence) -> Option<Finding> {
    let recorders = evidence.captures.iter().filter_map(|capture| capture.recorder.as_ref());
    let filter = recorders.flat_map(|recorder| &recorder.filters).next()?;
    Some(Finding {
        code: "capture-filtered",
        strength: Strength::Possible,
        text: format!(
            "the recorder kept only what its filter `{}` lets through, and no TLS is among it",
            words::short(filter)
        ),
        frames: Vec::new(),
        next_step: Some("record with the server's port and address as the filter".to_owned()),
    })
}

fn streams(other: &OtherStreams) -> Finding {
    let (count, server) = (other.streams, words::end(Some(other.server)));
    let connections =
        if count == 1 { "1 connection".to_owned() } else { format!("{count} connections") };
    let (code, text, next) = match other.kind {
        OtherKind::PlainHttp => (
            "plain-http",
            format!("plain HTTP without TLS was spoken on {connections} to {server}"),
            "have the client use https:// with the port on which the server speaks TLS; where a \
             front end ends TLS before this host, capture there",
        ),
        OtherKind::Refused => (
            "connection-refused",
            format!(
                "the TCP connection was refused: {server} answered the SYN of {connections} with RST, \
                 so that nothing listens on that port or a firewall answers for it"
            ),
            "look whether the server runs and listens on that port",
        ),
        OtherKind::Unanswered => (
            "connection-unanswered",
            format!(
                "nobody answered: the SYN of {connections} to {server} met no answer in the capture, \
                 so that the host is not reachable, or a firewall drops it, or the capture holds one \
                 direction only"
            ),
            "look at routes, security groups and firewalls between the two",
        ),
        OtherKind::Silent => (
            "connection-silent",
            format!(
                "{connections} to {server} carried no data at all: consistent with a probe of the \
                 port, as load balancers make them"
            ),
            "make the client call the backend while the capture runs",
        ),
    };
    Finding {
        code,
        strength: Strength::Certain,
        text,
        frames: vec![other.first_frame],
        next_step: Some(next.to_owned()),
    }
}

/// Packets that may carry TLS in a form that is not followed.
fn not_followed(evidence: &Evidence) -> Option<Finding> {
    let kinds = evidence.captures.iter().flat_map(|capture| &capture.coverage.not_followed);
    let most = kinds.max_by_key(|kind| kind.packets)?;
    Some(Finding {
        code: "not-followed",
        strength: Strength::Certain,
        text: format!(
            "there is no TLS over TCP, and there are {} packets of {}, which are not followed",
            most.packets,
            words::short(&most.what)
        ),
        frames: vec![most.first_frame],
        next_step: Some(
            "have the client use TLS over TCP for a test (HTTP/1.1 or HTTP/2 in place of HTTP/3), or \
             capture where the tunnel ends"
                .to_owned(),
        ),
    })
}
