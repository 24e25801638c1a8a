//! Certificate (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2).

use crate::tls::{HandshakeMessage, Malformed, Reader};

/// The certificates of a message, end-entity first, as far as they are there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateList<'a> {
    /// DER of each whole certificate.
    pub certificates: Vec<&'a [u8]>,
    /// What keeps the list from being complete.
    pub end: ListEnd,
}

/// How a certificate list ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ListEnd {
    /// With its last certificate.
    Complete,
    /// At a missing byte or a limit.
    Cut,
    /// At bytes that TLS does not allow there.
    Malformed(Malformed),
}

impl<'a> CertificateList<'a> {
    /// Reads a Certificate message, or the beginning of one; at most `limit` certificates.
    pub fn read(message: &'a HandshakeMessage, limit: usize) -> Self {
        let mut list = Self { certificates: Vec::new(), end: ListEnd::Complete };
        let mut reader = Reader::new(message.body());
        if let Err(malformed) = list.fill(&mut reader, message.length, limit) {
            // What is cut ends too early for a reader: that says nothing against its sender.
            list.end = match malformed {
                Malformed::Ends(_) if !message.complete => ListEnd::Cut,
                malformed => ListEnd::Malformed(malformed),
            };
        }
        list
    }

    /// Reads the body of a TLS 1.3 Certificate, which has a context before the list and extensions
    /// after each certificate; at most `limit` certificates.
    pub fn read_tls13(body: &'a [u8], limit: usize) -> Self {
        let mut list = Self { certificates: Vec::new(), end: ListEnd::Complete };
        if let Err(malformed) = list.fill_tls13(Reader::new(body), limit) {
            list.end = ListEnd::Malformed(malformed);
        }
        list
    }

    /// Whether the message is known to hold no certificate.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.end == ListEnd::Complete
    }

    fn fill_tls13(&mut self, mut reader: Reader<'a>, limit: usize) -> Result<(), Malformed> {
        reader.vector8("certificate_request_context")?;
        let mut entries = Reader::new(reader.vector24("certificate_list")?);
        reader.end("Certificate")?;
        while !entries.is_empty() {
            if self.certificates.len() == limit {
                self.end = ListEnd::Cut;
                return Ok(());
            }
            let certificate = entries.vector24("cert_data")?;
            entries.vector16("extensions of a certificate")?;
            if certificate.is_empty() {
                return Err(Malformed::Value("length of a certificate"));
            }
            self.certificates.push(certificate);
        }
        Ok(())
    }

    fn fill(
        &mut self,
        reader: &mut Reader<'a>,
        message_length: usize,
        limit: usize,
    ) -> Result<(), Malformed> {
        let length = reader.u24("certificate_list")?;
        if length + 3 != message_length {
            return Err(Malformed::Value("length of certificate_list"));
        }
        let mut remaining = length;
        while remaining > 0 {
            if self.certificates.len() == limit {
                self.end = ListEnd::Cut;
                return Ok(());
            }
            let certificate_length = reader.u24("length of a certificate")?;
            if certificate_length == 0 || certificate_length + 3 > remaining {
                return Err(Malformed::Value("length of a certificate"));
            }
            self.certificates.push(reader.take(certificate_length, "certificate")?);
            remaining -= certificate_length + 3;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::tls::HandshakeType;

    /// A list of two certificates of 2 and 1 bytes.
    const TWO: [u8; 12] = [0, 0, 9, 0, 0, 2, 0xaa, 0xab, 0, 0, 1, 0xba];

    fn message(body: &[u8], present: usize) -> HandshakeMessage {
        let mut raw = vec![11, 0, 0, u8::try_from(body.len()).unwrap()];
        raw.extend(&body[..present]);
        HandshakeMessage {
            message_type: HandshakeType::CERTIFICATE,
            length: body.len(),
            complete: present == body.len(),
            raw,
            over_limit: false,
            frames: vec![1],
        }
    }

    #[test]
    fn every_whole_certificate_is_read_however_the_message_is_cut() {
        for present in 0..TWO.len() {
            let message = message(&TWO, present);
            let list = CertificateList::read(&message, 10);
            let expected = usize::from(present >= 8);
            assert_eq!((list.certificates.len(), list.end), (expected, ListEnd::Cut));
            assert!(!list.is_empty(), "a cut list is not an empty one");
        }
        let message = message(&TWO, TWO.len());
        let list = CertificateList::read(&message, 10);
        assert_eq!(list.certificates, [[0xaa, 0xab].as_slice(), &[0xba]]);
        assert_eq!(list.end, ListEnd::Complete);
    }

    #[test]
    fn a_tls_1_3_list_has_a_context_and_extensions() {
        let one = [0, 0, 0, 9, 0, 0, 2, 0xaa, 0xab, 0, 2, 1, 1];
        let list = CertificateList::read_tls13(&one, 10);
        assert_eq!(list.certificates, [[0xaa, 0xab].as_slice()]);
        assert_eq!(list.end, ListEnd::Complete);
        assert!(CertificateList::read_tls13(&[0, 0, 0, 0], 10).is_empty());
        for length in 0..one.len() {
            assert!(!CertificateList::read_tls13(&one[..length], 10).is_empty());
        }
    }

    #[test]
    fn only_a_list_of_length_zero_is_empty() {
        assert!(CertificateList::read(&message(&[0, 0, 0], 3), 10).is_empty());
        assert!(!CertificateList::read(&message(&[0, 0, 0], 2), 10).is_empty());
        assert!(!CertificateList::read(&message(&[], 0), 10).is_empty());
        assert!(!CertificateList::read(&message(&[0, 0, 3, 0, 0, 0], 6), 10).is_empty());
    }

    #[test]
    fn lengths_that_do_not_agree_are_malformed() {
        for body in [vec![0, 0, 8, 0, 0, 2, 1, 1, 0, 0, 1, 1], vec![0, 0, 4, 0, 0, 2, 1]] {
            let message = message(&body, body.len());
            let list = CertificateList::read(&message, 10);
            assert!(matches!(list.end, ListEnd::Malformed(_)), "{list:?}");
        }
    }

    #[test]
    fn a_chain_beyond_the_limit_is_cut() {
        let message = message(&TWO, TWO.len());
        let list = CertificateList::read(&message, 1);
        assert_eq!((list.certificates.len(), list.end), (1, ListEnd::Cut));
    }
}
