//! The pre-shared keys that a ClientHello offers (RFC 8446 section 4.2.11).

use crate::tls::{Malformed, Reader};

/// The identities of a `pre_shared_key` extension; the ServerHello chooses one by its index.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct OfferedPsks {
    identities: Vec<u8>,
}

/// One identity: a ticket, or a name that both sides were given in another way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PskIdentity<'a> {
    /// The ticket or the name.
    pub identity: &'a [u8],
    /// Milliseconds since the ticket was issued, added to a number that only the two sides know;
    /// "for identities established externally, an obfuscated_ticket_age of 0 SHOULD be used".
    pub obfuscated_ticket_age: u32,
}

impl OfferedPsks {
    /// Reads the extension's data; the binders are left alone.
    ///
    /// # Errors
    /// Where the list of identities is not one.
    pub fn read(data: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(data);
        let identities = reader.vector16("identities")?.to_vec();
        reader.vector16("binders")?;
        reader.end("pre_shared_key")?;
        let offered = Self { identities };
        offered.iter().try_for_each(|identity| identity.map(drop))?;
        Ok(offered)
    }

    /// The identity that `selected_identity` of a ServerHello means.
    pub fn get(&self, selected: u16) -> Option<PskIdentity<'_>> {
        self.iter().nth(usize::from(selected))?.ok()
    }

    /// How many identities there are.
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    fn iter(&self) -> impl Iterator<Item = Result<PskIdentity<'_>, Malformed>> {
        let mut reader = Reader::new(&self.identities);
        std::iter::from_fn(move || {
            (!reader.is_empty()).then(|| {
                let one = PskIdentity::read(&mut reader);
                // After a fault there is nothing to go on from.
                if one.is_err() {
                    reader.rest();
                }
                one
            })
        })
    }
}

impl<'a> PskIdentity<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let identity = reader.vector16("identity")?;
        if identity.is_empty() {
            return Err(Malformed::Value("length of an identity"));
        }
        let age = u32::from_be_bytes(reader.array("obfuscated_ticket_age")?);
        Ok(Self { identity, obfuscated_ticket_age: age })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The identities `ab` and `c`, with ages 1 and 0, and one binder of two bytes.
    const TWO: [u8; 22] =
        [0, 15, 0, 2, b'a', b'b', 0, 0, 0, 1, 0, 1, b'c', 0, 0, 0, 0, 0, 3, 2, 9, 9];

    #[test]
    fn the_index_chooses_among_several_identities() {
        let offered = OfferedPsks::read(&TWO).unwrap();
        assert_eq!(offered.count(), 2);
        assert_eq!(offered.get(0).unwrap().identity, b"ab");
        assert_eq!(offered.get(1).unwrap().identity, b"c");
        assert_eq!(offered.get(1).unwrap().obfuscated_ticket_age, 0);
        assert_eq!(offered.get(2), None);
    }

    #[test]
    fn a_list_that_is_cut_offers_nothing() {
        for end in 0..TWO.len() {
            assert!(OfferedPsks::read(&TWO[..end]).is_err(), "cut at {end}");
        }
        let mut lying = TWO;
        lying[3] = 200;
        assert!(OfferedPsks::read(&lying).is_err());
        let empty = [0, 6, 0, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!(OfferedPsks::read(&empty), Err(Malformed::Value("length of an identity")));
    }
}
