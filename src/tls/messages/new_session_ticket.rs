//! NewSessionTicket (RFC 5077 section 3.3, RFC 8446 section 4.6.1).

use crate::tls::Reader;

/// The ticket of a whole body, TLS 1.2 and older; `None` where the body is not one, or the ticket
/// is empty.
pub fn session_ticket(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.take(4, "ticket_lifetime_hint").ok()?;
    let ticket = reader.vector16("ticket").ok()?;
    (reader.is_empty() && !ticket.is_empty()).then_some(ticket)
}

/// The ticket of a whole body of TLS 1.3; `None` where the body is not one. A client offers it as
/// the identity of a pre-shared key.
pub fn tls13_session_ticket(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.take(4, "ticket_lifetime").ok()?;
    reader.take(4, "ticket_age_add").ok()?;
    reader.vector8("ticket_nonce").ok()?;
    let ticket = reader.vector16("ticket").ok()?;
    reader.vector16("extensions").ok()?;
    (reader.is_empty() && !ticket.is_empty()).then_some(ticket)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn a_ticket_of_tls_1_3_stands_after_its_nonce() {
        let body = [0, 0, 0, 9, 1, 2, 3, 4, 1, 0, 0, 2, b't', b'k', 0, 0];
        assert_eq!(tls13_session_ticket(&body), Some(b"tk".as_slice()));
        for end in 0..body.len() {
            assert_eq!(tls13_session_ticket(&body[..end]), None, "cut at {end}");
        }
        assert_eq!(session_ticket(&body), None);
    }
}
