//! What is told of a connection, in little memory once its handshake is over.

use super::event::Peer;
use super::inspector::Inspector;
use super::settled::Settled;
use super::shared::Shared;

/// An inspector while there is something to inspect, and what is left of it afterwards.
#[derive(Debug)]
pub struct Story {
    shared: Shared,
    inspector: Option<Box<Inspector>>,
    settled: Option<Box<Settled>>,
}

impl Story {
    /// The story of a connection of which nothing is known.
    pub fn new(shared: &Shared) -> Self {
        Self { shared: shared.clone(), inspector: None, settled: None }
    }

    /// The inspector; `None` before it was told anything and while the story is settled.
    pub fn inspector(&self) -> Option<&Inspector> {
        self.inspector.as_deref()
    }

    /// The inspector, whatever became of it.
    pub fn resume(&mut self) -> &mut Inspector {
        let Self { shared, inspector, settled } = self;
        inspector.get_or_insert_with(|| match settled.take() {
            Some(settled) => Box::new(settled.into_inspector(shared)),
            None => Box::new(Inspector::sharing(shared)),
        })
    }

    /// The inspector, for its conclusion.
    pub fn into_inspector(mut self) -> Inspector {
        self.resume();
        match self.inspector {
            Some(inspector) => *inspector,
            None => Inspector::sharing(&self.shared),
        }
    }

    /// Lets go of the messages, where no other one is due that could be read without secrets; says
    /// whether the story is settled then.
    ///
    /// What the messages prove is found out before. Nothing is lost but what a message proves that
    /// covers them and comes later than TLS lets it come.
    pub fn settle(&mut self) -> bool {
        let over = |inspector: &mut Box<Inspector>| {
            (inspector.is_established() || inspector.has_told_all())
                && Settled::has_room_for(inspector)
        };
        if let Some(inspector) = self.inspector.take_if(over) {
            self.settled = Some(Box::new(Settled::new(*inspector)));
        }
        self.is_settled()
    }

    /// Whether it is settled.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.settled.is_some()
    }

    /// Takes encrypted records of `peer` that nobody may open, of any type but handshake; `false`,
    /// and nothing is changed, where the inspector must be told.
    #[inline]
    pub fn pass_encrypted(&mut self, peer: Peer) -> bool {
        let Some(settled) = &mut self.settled else {
            return false;
        };
        settled.encrypted_record(peer);
        true
    }

    /// [`Inspector::change_cipher_spec_protects`].
    pub fn change_cipher_spec_protects(&self) -> Option<bool> {
        match (&self.settled, &self.inspector) {
            (Some(settled), _) => settled.change_cipher_spec_protects(),
            (None, Some(inspector)) => inspector.change_cipher_spec_protects(),
            (None, None) => None,
        }
    }

    /// Whether the server's hello is known.
    pub fn has_server_hello(&self) -> bool {
        match (&self.settled, &self.inspector) {
            (Some(settled), _) => settled.has_server_hello(),
            (None, inspector) => inspector.as_ref().is_some_and(|told| told.has_server_hello()),
        }
    }

    /// [`Inspector::has_told_all`].
    pub fn has_told_all(&self) -> bool {
        match (&self.settled, &self.inspector) {
            (Some(settled), _) => settled.has_told_all(),
            (None, inspector) => inspector.as_ref().is_some_and(|told| told.has_told_all()),
        }
    }

    /// [`Inspector::may_need_lengths`].
    pub fn may_need_lengths(&self) -> bool {
        match (&self.settled, &self.inspector) {
            (Some(settled), _) => settled.may_need_lengths(),
            (None, inspector) => inspector.as_ref().is_some_and(|told| told.may_need_lengths()),
        }
    }

    /// Memory held, in bytes.
    pub fn held(&self) -> usize {
        let inspector = self.inspector.as_ref();
        inspector.map_or(0, |told| size_of::<Inspector>() + told.held())
            + self.settled.as_ref().map_or(0, |settled| settled.held())
    }
}
