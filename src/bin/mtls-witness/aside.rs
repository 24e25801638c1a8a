//! Several captures at a time, one on each processor.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use mtls_witness::witness::{Aside, Witness};

use crate::failure::Failure;
use crate::inputs::Input;
use crate::run::unreadable;

/// Examines every capture that does not depend on others, as many at a time as there are
/// processors. What comes of each is the same as in its turn; `None` is one that has to wait for it.
pub(crate) fn examine(witness: &Witness, inputs: &[Input]) -> Vec<Option<Result<Aside, Failure>>> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(inputs.len());
    if threads < 2 {
        return Vec::new();
    }
    let examined: Vec<_> = inputs.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    // Secrets in a capture are those of the later ones too: these wait for their turn.
    let met_secrets = AtomicBool::new(false);
    let work = || {
        while !met_secrets.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let (Some(input), Some(place)) = (inputs.get(index), examined.get(index)) else {
                return;
            };
            if !input.is_regular() {
                continue;
            }
            match examine_one(witness, input).transpose() {
                None => met_secrets.store(true, Ordering::Relaxed),
                one => *place.lock().unwrap_or_else(PoisonError::into_inner) = one,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let examined = examined.into_iter();
    examined.map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn examine_one(witness: &Witness, input: &Input) -> Result<Option<Aside>, Failure> {
    let name = input.name();
    let reader = input.open_with_progress(&name)?;
    witness.examine_aside(&name, reader).map_err(|error| unreadable(&name, &error))
}
