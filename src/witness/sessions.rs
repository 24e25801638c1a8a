//! The sessions that later connections may resume, where the connections that made them are not
//! kept.

use std::collections::HashMap;
use std::sync::Arc;

use super::evidence::Connection;
use super::resumption::{is_same_answer, original, set_original};
use crate::inspect::{ClientAuthentication, Handshake, Original};

/// Sessions and the full handshakes that made them, in two halves: when the younger one is full, the
/// older one is forgotten.
#[derive(Debug)]
pub(super) struct Sessions {
    /// `None` stands for sessions that handshakes with different answers issued.
    young: HashMap<[u8; 32], Option<Arc<Original>>>,
    old: HashMap<[u8; 32], Option<Arc<Original>>>,
    limit: usize,
}

impl Sessions {
    /// Remembers about `limit` sessions at most.
    pub(super) fn new(limit: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), limit: limit / 2 }
    }

    /// Fills in the originals that are known in the handshakes `wanted`, and learns the sessions
    /// that these made; adds them to `made`.
    pub(super) fn link(
        &mut self,
        connection: &mut Connection,
        wanted: impl Fn(&Handshake) -> bool,
        made: &mut Vec<[u8; 32]>,
    ) {
        for position in 0..connection.observation.handshakes.len() {
            let handshake = connection.observation.handshakes.get(position);
            let Some(handshake) = handshake.filter(|one| wanted(one)) else {
                continue;
            };
            let is_resumed =
                matches!(handshake.client_authentication, ClientAuthentication::Resumed { .. });
            let source = if is_resumed {
                self.original(handshake)
            } else if handshake.session.issued.is_empty() {
                None
            } else {
                original(connection, position).map(Arc::new)
            };
            let (Some(source), Some(handshake)) =
                (source, connection.observation.handshakes.get_mut(position))
            else {
                continue;
            };
            if is_resumed {
                set_original(handshake, Original::clone(&source));
            }
            for id in &handshake.session.issued {
                made.push(*id);
                self.learn(*id, Arc::clone(&source));
            }
        }
    }

    /// The one handshake that made the sessions offered; two lead nowhere.
    fn original(&self, handshake: &Handshake) -> Option<Arc<Original>> {
        let mut offered = handshake.session.offered.iter().filter_map(|id| self.known(id));
        let found = offered.next()?.as_ref()?;
        offered.all(|other| other.as_ref() == Some(found)).then(|| Arc::clone(found))
    }

    fn known(&self, id: &[u8; 32]) -> Option<&Option<Arc<Original>>> {
        self.young.get(id).or_else(|| self.old.get(id))
    }

    fn learn(&mut self, id: [u8; 32], original: Arc<Original>) {
        let is_one = self.known(&id).is_none_or(|known| {
            known.as_ref().is_some_and(|known| {
                is_same_answer(&known.client_authentication, &original.client_authentication)
            })
        });
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, is_one.then_some(original));
    }
}
