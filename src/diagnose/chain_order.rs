//! A chain whose first certificate is not the client's own (RFC 5246 section 7.4.2).

use super::case::Case;
use super::words;
use super::{Finding, Strength};
use crate::inspect::Possession;

/// The issuer, or a root, was sent first.
pub(super) fn wrong(case: &Case<'_>) -> Option<Finding> {
    let presented = case.presented()?;
    let [first, others @ ..] = presented.chain.as_slice() else {
        return None;
    };
    let next_step = Some(
        "put the client's own certificate first in the file that the client sends, then each issuer \
         after the one it issued"
            .to_owned(),
    );
    let frames = presented.frames.to_vec();
    if let Possession::Failed { signer: Some(signer), scheme } = &presented.possession {
        let own = presented.chain.get(*signer)?;
        return Some(Finding {
            code: "chain-in-wrong-order",
            strength: Strength::Certain,
            text: format!(
                "the client sent its chain in the wrong order: certificate 1 is {}, and the \
                 signature of its CertificateVerify ({scheme}) belongs to certificate {}, {}, which \
                 is its own and should stand first",
                words::subject(first),
                signer + 1,
                words::subject(own)
            ),
            frames,
            next_step,
        });
    }
    let fields = first.fields.as_ref().ok()?;
    let issued = others.iter().position(|other| {
        let other = other.fields.as_ref();
        other.is_ok_and(|other| {
            other.issuer_der == fields.subject_der && other.subject_der != fields.subject_der
        })
    })?;
    if matches!(presented.possession, Possession::Verified { .. }) {
        return None;
    }
    Some(Finding {
        code: "chain-in-wrong-order",
        strength: Strength::Likely,
        text: format!(
            "the client sent its chain in the wrong order: certificate 1 is {}, which issued \
             certificate {}, {}",
            words::subject(first),
            issued + 2,
            others.get(issued).map(|other| words::subject(other)).unwrap_or_default()
        ),
        frames,
        next_step,
    })
}
