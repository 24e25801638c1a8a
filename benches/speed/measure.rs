//! Runs programs and takes their time and memory, as the operating system accounts for them.

use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

/// What one run of a program used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Seconds from its start to its end.
    pub(crate) wall: f64,
    /// Seconds of processor time, of the program and of the system for it.
    pub(crate) cpu: f64,
    /// Largest resident memory, in bytes.
    pub(crate) peak: u64,
}

/// Runs a program to its end; its output is thrown away.
///
/// # Errors
/// Where it cannot be run, or ends with a status that is none of `expected`.
pub(crate) fn run(command: &mut Command, expected: &[i32]) -> io::Result<Usage> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn()?;
    let used = child.wait4()?;
    let wall = start.elapsed().as_secs_f64();
    if !used.status.code().is_some_and(|status| expected.contains(&status)) {
        return Err(io::Error::other(format!("{command:?}: {}", used.status)));
    }
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Usage { wall, cpu, peak: used.rusage.maxrss })
}

/// The value in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(f64::NAN);
    match values.len() % 2 {
        1 => upper,
        _ => (upper + values.get(middle.wrapping_sub(1)).copied().unwrap_or(f64::NAN)) / 2.0,
    }
}
