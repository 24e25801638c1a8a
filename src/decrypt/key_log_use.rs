//! Which key logs had anything to do with what was read.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a key log that was read as a file had to do with the captures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeyLogUse {
    /// Sessions that it has secrets for, but those of which an earlier one has some too.
    pub sessions: usize,
    /// Those of them that were met in a capture.
    pub met: usize,
}

/// The secrets of one session, whichever way key logs name it.
#[derive(Debug)]
pub(super) struct Session<T> {
    secrets: T,
    /// The key log that named it first, of those that were read as files.
    file: Option<usize>,
    met: AtomicBool,
}

impl<T: Default> Session<T> {
    pub(super) fn new(file: Option<usize>) -> Self {
        Self { secrets: T::default(), file, met: AtomicBool::new(false) }
    }
}

impl<T> Session<T> {
    /// Its secrets, for a session that a capture shows.
    pub(super) fn meet(&self) -> &T {
        self.met.store(true, Ordering::Relaxed);
        &self.secrets
    }

    /// Its secrets, which may be those of another session than the one at hand.
    pub(super) fn try_out(&self) -> &T {
        &self.secrets
    }

    pub(super) fn secrets_mut(&mut self) -> &mut T {
        &mut self.secrets
    }

    /// Counts it for its file.
    pub(super) fn count(&self, uses: &mut [KeyLogUse]) {
        if let Some(own) = self.file.and_then(|file| uses.get_mut(file)) {
            own.sessions += 1;
            own.met += usize::from(self.met.load(Ordering::Relaxed));
        }
    }
}
