//! An inferred certificate against the one that is expected.

use super::{Inference, InferredAnswer, SMALLEST_CERTIFICATE, signature};
use crate::certificate::Certificate;

/// How the lengths of what was sent go with a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// They are the same, as those of many other certificates.
    Consistent,
    /// They are others: under the assumptions of the inference it was not this certificate.
    Refuted,
    /// They leave it open: it may have been sent with its issuers, or compressed.
    Undecided,
}

/// What a second certificate takes at least in a chain: its own bytes and three of its length.
const SMALLEST_ISSUER: usize = SMALLEST_CERTIFICATE + 3;

impl Inference {
    /// Compares with a certificate; `None` unless the conclusion is that one was sent.
    pub fn compare(&self, certificate: &Certificate) -> Option<Comparison> {
        if self.conclusion() != Some(InferredAnswer::Presented) {
            return None;
        }
        let key = certificate.fields.as_ref().ok().map(|fields| &fields.public_key.description);
        let signature = key.and_then(|key| signature::lengths_by(key));
        Some(self.compare_lengths(certificate.der.len(), signature))
    }

    fn compare_lengths(
        &self,
        length: usize,
        signature: Option<std::ops::RangeInclusive<usize>>,
    ) -> Comparison {
        if let (Some(seen), Some(own)) = (self.signature_length, &signature)
            && (seen.least > *own.end() || seen.most.is_some_and(|most| most < *own.start()))
        {
            return Comparison::Refuted;
        }
        let (least, most) = match (&self.certificate_and_signature, signature) {
            (Some(together), Some(own)) => (
                together.start().saturating_sub(*own.end()),
                Some(together.end().saturating_sub(*own.start())),
            ),
            _ => match self.certificate_length {
                Some(range) => (range.least, range.most),
                None => return Comparison::Undecided,
            },
        };
        let Some(most) = most else {
            return Comparison::Undecided;
        };
        if length > most {
            Comparison::Refuted
        } else if length >= least {
            match self.certificate_and_signature.is_some() && self.signature_length.is_none() {
                // Without the key type, a range this wide is no agreement.
                true if most - least > MOST_SPREAD => Comparison::Undecided,
                _ => Comparison::Consistent,
            }
        } else if most - length < SMALLEST_ISSUER {
            Comparison::Refuted
        } else {
            Comparison::Undecided
        }
    }
}

/// Spread of certificate lengths up to which being within it means something: that of the longest
/// ECDSA signatures and of a block cipher's padding.
const MOST_SPREAD: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::{LengthRange, SentCertificate};
    use super::*;

    fn presented(certificate: &SentCertificate) -> Inference {
        let mut inference = Inference::of(vec![InferredAnswer::Presented]);
        inference.describe(certificate);
        inference
    }

    #[test]
    fn another_length_refutes_and_the_same_is_only_consistent() {
        let sent = SentCertificate::Lone { certificate: 379..=379, signature: 71..=71 };
        let inference = presented(&sent);
        assert_eq!(inference.compare_lengths(379, Some(66..=72)), Comparison::Consistent);
        assert_eq!(inference.compare_lengths(379, None), Comparison::Consistent);
        assert_eq!(inference.compare_lengths(378, Some(66..=72)), Comparison::Refuted);
        assert_eq!(inference.compare_lengths(380, Some(66..=72)), Comparison::Refuted);
        assert_eq!(inference.compare_lengths(379, Some(256..=256)), Comparison::Refuted);
    }

    #[test]
    fn a_shorter_certificate_may_have_been_sent_with_its_issuer() {
        let sent = SentCertificate::Lone { certificate: 1200..=1200, signature: 256..=256 };
        assert_eq!(presented(&sent).compare_lengths(700, Some(256..=256)), Comparison::Undecided);
    }

    #[test]
    fn in_one_record_the_sum_is_compared() {
        let inference = presented(&SentCertificate::WithSignature(450..=450));
        assert_eq!(inference.compare_lengths(379, Some(66..=72)), Comparison::Consistent);
        assert_eq!(inference.compare_lengths(400, Some(66..=72)), Comparison::Refuted);
        assert_eq!(inference.compare_lengths(300, Some(66..=72)), Comparison::Refuted);
        assert_eq!(inference.compare_lengths(379, None), Comparison::Undecided);
    }

    #[test]
    fn nothing_is_compared_where_nothing_is_concluded() {
        let inference = Inference::of(vec![InferredAnswer::Declined, InferredAnswer::Presented]);
        assert_eq!(inference.conclusion(), None);
        assert_eq!(inference.requested, Some(true));
        let certificate = Certificate::from_der(&[0x30, 0]);
        assert_eq!(inference.compare(&certificate), None);
        let unknown = presented(&SentCertificate::Unknown);
        assert_eq!(unknown.compare(&certificate), Some(Comparison::Undecided));
        let open = LengthRange { least: 10, most: None };
        assert!(open.contains(10) && open.contains(4000) && !open.contains(9));
    }
}
