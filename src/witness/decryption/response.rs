//! The status of the first HTTP/1 response that a server sends, and nothing more of it.

/// Octets of a response's head that are held while its status is looked for.
const MOST: usize = 8 << 10;

/// Looks for the first final status among decrypted application data (RFC 9112 section 4).
#[derive(Debug, Default)]
pub(super) struct FirstResponse {
    head: Vec<u8>,
    over: bool,
}

impl FirstResponse {
    /// Whether more may still tell it.
    pub(super) fn is_due(&self) -> bool {
        !self.over
    }

    /// Gives up: what follows is not known to begin where a response does.
    pub(super) fn give_up(&mut self) {
        self.over = true;
        self.head = Vec::new();
    }

    /// Memory held, in bytes.
    pub(super) fn held(&self) -> usize {
        self.head.capacity()
    }

    /// Takes what comes next; gives the status once it is known.
    pub(super) fn read(&mut self, plaintext: &[u8]) -> Option<u16> {
        if self.over {
            return None;
        }
        let room = MOST.saturating_sub(self.head.len());
        self.head.extend_from_slice(plaintext.get(..room).unwrap_or(plaintext));
        let mut rest = self.head.as_slice();
        let (status, is_over) = loop {
            match status(rest) {
                Status::Final(status) => break (Some(status), true),
                Status::None => break (None, true),
                Status::NeedMore => break (None, self.head.len() >= MOST),
                // Further responses follow an interim one (RFC 9110 section 15.2).
                Status::Interim => match memchr::memmem::find(rest, b"\r\n\r\n") {
                    Some(end) => rest = rest.get(end + 4..).unwrap_or_default(),
                    None => break (None, self.head.len() >= MOST),
                },
            }
        };
        if is_over {
            self.give_up();
        }
        status
    }
}

enum Status {
    Final(u16),
    Interim,
    NeedMore,
    None,
}

/// The status of the response that begins here.
fn status(bytes: &[u8]) -> Status {
    const BEGINNING: &[u8] = b"HTTP/1.";
    let shown = bytes.len().min(BEGINNING.len());
    if bytes.get(..shown) != BEGINNING.get(..shown) {
        return Status::None;
    }
    let Some(&[minor, b' ', a, b, c, after, ..]) = bytes.get(BEGINNING.len()..) else {
        return if bytes.len() < BEGINNING.len() + 6 { Status::NeedMore } else { Status::None };
    };
    let digits = [a, b, c];
    if !minor.is_ascii_digit()
        || !digits.iter().all(u8::is_ascii_digit)
        || !matches!(after, b' ' | b'\r' | b'\n')
    {
        return Status::None;
    }
    let status = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match status {
        101 | 200..=599 => Status::Final(status),
        100..=199 => Status::Interim,
        _ => Status::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_final_status_is_read_whatever_the_records_are_cut_into() {
        let data =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\nHTTP/1.1 200 OK\r\n";
        for size in 1..data.len() {
            let mut response = FirstResponse::default();
            let told: Vec<u16> =
                data.chunks(size).filter_map(|piece| response.read(piece)).collect();
            assert_eq!(told, [403], "pieces of {size}");
            assert!(!response.is_due());
        }
    }

    #[test]
    fn what_is_no_response_gives_no_status() {
        let long = vec![b'x'; MOST * 2];
        let endless = [b"HTTP/1.1 103 Early Hints\r\n".as_slice(), &long].concat();
        for data in [
            b"\0\0\x12\x04\0\0\0\0\0HTTP/1.1 200 OK".as_slice(),
            b"HTTP/2 200 OK\r\n",
            b"HTTP/1.1 2000 OK\r\n",
            b"HTTP/1.1 999 OK\r\n",
            b"HTTP/1.1 20x OK\r\n",
            &endless,
        ] {
            let mut response = FirstResponse::default();
            assert_eq!(response.read(data), None);
            assert!(!response.is_due());
            assert_eq!(response.read(b"HTTP/1.1 403 Forbidden\r\n"), None);
        }
    }
}
