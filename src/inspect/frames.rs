//! The frames of one message, in little memory.

use std::ops::{Deref, DerefMut};
use std::slice;

/// Frame numbers of every packet that carried a byte of a message, ascending, without repeats.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Frames(Kept);

/// Nearly always there is one.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Kept {
    One(u64),
    /// None, or several.
    Others(Box<[u64]>),
}

impl Frames {
    /// No frames.
    pub fn new() -> Self {
        Self::default()
    }

    /// Memory held beside the value itself, in bytes.
    pub(super) fn held(&self) -> usize {
        match &self.0 {
            Kept::One(_) => 0,
            Kept::Others(frames) => size_of_val(&**frames),
        }
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::Others(Box::default())
    }
}

impl Deref for Frames {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        match &self.0 {
            Kept::One(frame) => slice::from_ref(frame),
            Kept::Others(frames) => frames,
        }
    }
}

impl DerefMut for Frames {
    fn deref_mut(&mut self) -> &mut [u64] {
        match &mut self.0 {
            Kept::One(frame) => slice::from_mut(frame),
            Kept::Others(frames) => frames,
        }
    }
}

impl From<Vec<u64>> for Frames {
    fn from(frames: Vec<u64>) -> Self {
        match *frames {
            [frame] => Self(Kept::One(frame)),
            _ => Self(Kept::Others(frames.into_boxed_slice())),
        }
    }
}

impl From<&[u64]> for Frames {
    fn from(frames: &[u64]) -> Self {
        match *frames {
            [frame] => Self(Kept::One(frame)),
            _ => Self(Kept::Others(frames.into())),
        }
    }
}

impl<const N: usize> From<[u64; N]> for Frames {
    fn from(frames: [u64; N]) -> Self {
        Self::from(frames.as_slice())
    }
}

impl FromIterator<u64> for Frames {
    fn from_iter<I: IntoIterator<Item = u64>>(frames: I) -> Self {
        Self::from(Vec::from_iter(frames))
    }
}

impl<'a> IntoIterator for &'a Frames {
    type Item = &'a u64;
    type IntoIter = slice::Iter<'a, u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Frames {
    type Item = &'a mut u64;
    type IntoIter = slice::IterMut<'a, u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_whatever_they_are_made_of() {
        for frames in [vec![], vec![7], vec![7, 9]] {
            let mut one = Frames::from(frames.clone());
            assert_eq!(*one, *frames);
            assert_eq!(one, Frames::from(frames.as_slice()));
            assert_eq!(one, frames.iter().copied().collect());
            one.iter_mut().for_each(|frame| *frame += 1);
            assert!(one.iter().eq(&frames.iter().map(|frame| frame + 1).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn one_frame_takes_no_memory_of_its_own() {
        assert_eq!((size_of::<Frames>(), Frames::from([7]).held()), (16, 0));
    }
}
