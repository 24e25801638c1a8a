//! What the flow table holds of each 5-tuple, in four bytes, and where the rest of it is.

/// Where a connection is kept, or all of one 5-tuple are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Slot(u32);

/// A slot, unpacked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// There is none.
    New,
    /// It had no payload so far.
    Quiet(u32),
    /// It may still tell something.
    Open(u32),
    /// It told everything, or is watched only.
    Over(u32),
    /// The 5-tuple has had several.
    Several(u32),
}

impl Slot {
    /// Packs a state; `None` where its index does not fit.
    pub(super) fn pack(state: State) -> Option<Self> {
        let (kind, index) = match state {
            State::New => (0, 0),
            State::Quiet(index) => (1, index),
            State::Open(index) => (2, index),
            State::Over(index) => (3, index),
            State::Several(index) => (4, index),
        };
        (index <= u32::MAX >> KIND_BITS).then_some(Self(index << KIND_BITS | kind))
    }

    /// No connection.
    pub(super) const NEW: Self = Self(0);

    #[inline]
    pub(super) fn state(self) -> State {
        let index = self.0 >> KIND_BITS;
        match self.0 & KIND_MASK {
            1 => State::Quiet(index),
            2 => State::Open(index),
            3 => State::Over(index),
            4 => State::Several(index),
            _ => State::New,
        }
    }
}

const KIND_BITS: u32 = 3;
const KIND_MASK: u32 = (1 << KIND_BITS) - 1;

/// Values at indices that are used again.
#[derive(Debug)]
pub(super) struct Slab<T> {
    values: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { values: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Keeps a value; `None` where there are too many.
    pub(super) fn insert(&mut self, value: T) -> Option<u32> {
        if let Some(index) = self.free.pop() {
            *self.values.get_mut(usize::try_from(index).ok()?)? = Some(value);
            return Some(index);
        }
        let index = u32::try_from(self.values.len()).ok()?;
        self.values.push(Some(value));
        Some(index)
    }

    pub(super) fn remove(&mut self, index: u32) -> Option<T> {
        let value = self.values.get_mut(usize::try_from(index).ok()?)?.take()?;
        self.free.push(index);
        Some(value)
    }

    pub(super) fn get(&self, index: u32) -> Option<&T> {
        self.values.get(usize::try_from(index).ok()?)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.values.get_mut(usize::try_from(index).ok()?)?.as_mut()
    }

    /// How many values are kept.
    pub(super) fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut().flatten()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_slot_gives_back_what_was_packed() {
        for state in [
            State::New,
            State::Over(0),
            State::Quiet(7),
            State::Several(1),
            State::Open((1 << 29) - 1),
        ] {
            assert_eq!(Slot::pack(state).unwrap().state(), state);
        }
        assert_eq!(Slot::pack(State::Over(1 << 29)), None);
        assert_eq!(Slot::pack(State::New), Some(Slot::NEW));
    }

    #[test]
    fn indices_are_used_again() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a').unwrap(), slab.insert('b').unwrap());
        assert_eq!(slab.remove(a), Some('a'));
        assert_eq!(slab.remove(a), None);
        assert_eq!(slab.insert('c'), Some(a));
        assert_eq!((slab.get(a), slab.get(b), slab.len()), (Some(&'c'), Some(&'b'), 2));
    }
}
