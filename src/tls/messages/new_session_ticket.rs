//! NewSessionTicket, TLS 1.2 and older (RFC 5077 section 3.3).

use crate::tls::Reader;

/// The ticket of a whole body; `None` where the body is not one, or the ticket is empty.
pub fn session_ticket(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.take(4, "ticket_lifetime_hint").ok()?;
    let ticket = reader.vector16("ticket").ok()?;
    (reader.is_empty() && !ticket.is_empty()).then_some(ticket)
}
