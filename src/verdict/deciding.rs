//! Which handshake gives a connection its value.

use crate::inspect::{
    ClientAuthentication, Handshake, ObscuredReason, Obscurity, Observation, Visibility,
};

/// What decides about a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deciding<'a> {
    /// The handshake at this index.
    Handshake(usize, &'a Handshake),
    /// No handshake is known to have asked, and one that could not be read may have.
    Hidden(&'a Obscurity),
    /// There is no handshake.
    Nothing,
}

/// The contract's rule: the last handshake in which the server is known to have asked; where none
/// is known, `obscured` if a handshake that could not be read may have asked, else the first.
pub fn deciding(observation: &Observation) -> Deciding<'_> {
    let handshakes = || observation.handshakes.iter().enumerate();
    if let Some((index, handshake)) =
        handshakes().rev().find(|(_, one)| is_known_to_have_asked(one))
    {
        return Deciding::Handshake(index, handshake);
    }
    // Where the first handshake is itself obscured, it is the one to speak of.
    let first = observation.handshakes.first();
    if let Some(handshake) = first.filter(|first| may_have_asked(first).is_some()) {
        return Deciding::Handshake(0, handshake);
    }
    let unread = handshakes().skip(1).find_map(|(_, handshake)| may_have_asked(handshake));
    match (unread.or(observation.hidden.as_deref()), first) {
        (Some(obscurity), _) => Deciding::Hidden(obscurity),
        (None, Some(handshake)) => Deciding::Handshake(0, handshake),
        (None, None) => Deciding::Nothing,
    }
}

/// Whether the server's request was seen, or an answer that there is only to a request.
pub(super) fn is_known_to_have_asked(handshake: &Handshake) -> bool {
    handshake.certificate_request.is_some()
        || matches!(
            handshake.client_authentication,
            ClientAuthentication::Declined { .. }
                | ClientAuthentication::Presented(_)
                | ClientAuthentication::PresentedKey(_)
        )
}

/// Why it cannot be told whether the server asked in this handshake, where it cannot.
///
/// An abbreviated handshake has no room for a request (RFC 5246 section 7.3): one that is known to
/// resume a session never asked, readable or not.
pub(super) fn may_have_asked(handshake: &Handshake) -> Option<&Obscurity> {
    match (&handshake.client_authentication, handshake.visibility) {
        (ClientAuthentication::Obscured(obscurity), _) => Some(obscurity),
        (ClientAuthentication::NotRequested, Visibility::Encrypted) => Some(&UNREADABLE),
        _ => None,
    }
}

/// For a handshake that is said to be encrypted without more.
static UNREADABLE: Obscurity =
    Obscurity { reason: ObscuredReason::Encrypted, detail: String::new() };

#[cfg(test)]
mod tests {
    use super::super::test_values::*;
    use super::*;

    fn index(observation: &Observation) -> Option<usize> {
        match deciding(observation) {
            Deciding::Handshake(index, _) => Some(index),
            Deciding::Hidden(_) | Deciding::Nothing => None,
        }
    }

    fn hidden(observation: &Observation) -> Option<ObscuredReason> {
        match deciding(observation) {
            Deciding::Hidden(obscurity) => Some(obscurity.reason),
            Deciding::Handshake(..) | Deciding::Nothing => None,
        }
    }

    #[test]
    fn no_handshake_decides_nothing() {
        assert_eq!(deciding(&Observation::default()), Deciding::Nothing);
    }

    #[test]
    fn hidden_request_without_any_handshake_is_hidden() {
        let observation = Observation {
            hidden: Some(obscurity(ObscuredReason::Gap).into()),
            ..Default::default()
        };
        assert_eq!(hidden(&observation), Some(ObscuredReason::Gap));
    }

    #[test]
    fn only_handshake_decides_whatever_it_shows() {
        for authentication in [
            ClientAuthentication::NotRequested,
            declined(),
            presented(&[1]),
            ClientAuthentication::Resumed { original: None },
            obscured(ObscuredReason::Gap),
        ] {
            assert_eq!(index(&observation([handshake(authentication)])), Some(0));
        }
    }

    #[test]
    fn last_handshake_known_to_have_asked_decides() {
        let asked_and_lost = Handshake {
            certificate_request: Some(request()),
            ..handshake(obscured(ObscuredReason::Gap))
        };
        for (authentications, expected) in [
            (vec![handshake(ClientAuthentication::NotRequested), handshake(presented(&[1]))], 1),
            (vec![handshake(declined()), handshake(presented(&[1]))], 1),
            (vec![handshake(presented(&[1])), handshake(declined())], 1),
            (vec![handshake(presented(&[1])), handshake(ClientAuthentication::NotRequested)], 0),
            (vec![handshake(presented(&[1])), asked_and_lost], 1),
            (
                vec![
                    handshake(declined()),
                    handshake(ClientAuthentication::Resumed { original: None }),
                ],
                0,
            ),
        ] {
            assert_eq!(index(&observation(authentications)), Some(expected));
        }
    }

    #[test]
    fn encrypted_renegotiation_after_not_requested_hides_the_answer() {
        for reason in [
            ObscuredReason::Encrypted,
            ObscuredReason::DecryptionFailed,
            ObscuredReason::EndedEarly,
            ObscuredReason::LimitReached,
        ] {
            let observation = observation([
                handshake(ClientAuthentication::NotRequested),
                handshake(obscured(reason)),
            ]);
            assert_eq!(hidden(&observation), Some(reason));
        }
    }

    #[test]
    fn encrypted_renegotiation_after_presented_does_not_decide() {
        let observation = observation([
            handshake(presented(&[1])),
            handshake(obscured(ObscuredReason::Encrypted)),
        ]);
        assert_eq!(index(&observation), Some(0));
    }

    #[test]
    fn encrypted_renegotiation_after_a_resumption_hides_the_answer() {
        let observation = observation([
            handshake(ClientAuthentication::Resumed { original: None }),
            handshake(obscured(ObscuredReason::Encrypted)),
        ]);
        assert_eq!(hidden(&observation), Some(ObscuredReason::Encrypted));
    }

    #[test]
    fn encrypted_handshake_never_counts_as_not_requested() {
        let unread = Handshake {
            visibility: Visibility::Encrypted,
            ..handshake(ClientAuthentication::NotRequested)
        };
        let observation = observation([handshake(ClientAuthentication::NotRequested), unread]);
        assert_eq!(hidden(&observation), Some(ObscuredReason::Encrypted));
    }

    #[test]
    fn encrypted_resumption_inside_the_connection_asked_for_nothing() {
        let resumed = Handshake {
            visibility: Visibility::Encrypted,
            ..handshake(ClientAuthentication::Resumed { original: None })
        };
        let observation = observation([handshake(ClientAuthentication::NotRequested), resumed]);
        assert_eq!(index(&observation), Some(0));
    }

    #[test]
    fn possible_post_handshake_authentication_hides_not_requested_but_not_presented() {
        let mut one = observation([handshake(ClientAuthentication::NotRequested)]);
        one.hidden = Some(obscurity(ObscuredReason::Encrypted).into());
        assert_eq!(hidden(&one), Some(ObscuredReason::Encrypted));

        let mut one = observation([handshake(presented(&[1]))]);
        one.hidden = Some(obscurity(ObscuredReason::Encrypted).into());
        assert_eq!(index(&one), Some(0));
    }

    #[test]
    fn obscured_first_handshake_speaks_for_itself() {
        let observation = observation([
            handshake(obscured(ObscuredReason::Gap)),
            handshake(obscured(ObscuredReason::Encrypted)),
        ]);
        assert_eq!(index(&observation), Some(0));
    }

    #[test]
    fn readable_renegotiations_without_a_request_leave_the_first_to_decide() {
        let observation = observation([
            handshake(ClientAuthentication::NotRequested),
            handshake(ClientAuthentication::NotRequested),
            handshake(ClientAuthentication::Resumed { original: None }),
        ]);
        assert_eq!(index(&observation), Some(0));
    }
}
