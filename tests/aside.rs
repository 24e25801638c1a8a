//! Captures that are read beside each other are read as they are one after the other.
#![expect(clippy::unwrap_used, reason = "tests")]

mod recorded;

use std::fs::File;
use std::path::PathBuf;

use mtls_witness::limits::Limits;
use mtls_witness::witness::{Evidence, Witness};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

fn in_turn(witness: &mut Witness, path: &PathBuf) {
    let name = path.display().to_string();
    let open = || File::open(path);
    if let Err(error) = witness.examine_file(&name, open().unwrap(), open) {
        witness.unusable(&name, error.to_string());
    }
}

fn one_after_the_other(paths: &[PathBuf]) -> Evidence {
    let mut witness = Witness::new(Limits::default());
    paths.iter().for_each(|path| in_turn(&mut witness, path));
    witness.finish()
}

/// Says also how many of them were taken as they had been read aside.
fn beside_each_other(paths: &[PathBuf]) -> (Evidence, usize) {
    let mut witness = Witness::new(Limits::default());
    let (first, second) = paths.split_at(paths.len() / 2);
    let examine = |paths: &[PathBuf]| -> Vec<_> {
        let aside = |path: &PathBuf| {
            witness.examine_aside(&path.display().to_string(), File::open(path).unwrap())
        };
        paths.iter().map(aside).collect()
    };
    let asides = std::thread::scope(|scope| {
        let second = scope.spawn(|| examine(second));
        let mut all = examine(first);
        all.extend(second.join().unwrap());
        all
    });
    let mut taken = 0;
    for (path, aside) in paths.iter().zip(asides) {
        let is_taken = aside.ok().flatten().is_some_and(|aside| witness.take(aside));
        taken += usize::from(is_taken);
        if !is_taken {
            in_turn(&mut witness, path);
        }
    }
    (witness.finish(), taken)
}

/// Those with secrets in them, which count for the captures after them too, and the others.
fn by_secrets() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let has_secrets = |path: &PathBuf| {
        let witness = Witness::new(Limits::default());
        let examined = witness.examine_aside("", File::open(path).unwrap());
        examined.is_ok_and(|aside| aside.is_none())
    };
    recorded::captures().into_iter().partition(has_secrets)
}

#[test]
fn captures_without_secrets_are_taken_as_they_were_read() {
    let (_, others) = by_secrets();
    let (evidence, taken) = beside_each_other(&others);
    assert_eq!(evidence, one_after_the_other(&others));
    let unusable = evidence.captures.iter().filter(|capture| capture.error.is_some()).count();
    assert_eq!(taken + unusable, others.len());
}

#[test]
fn captures_after_one_with_secrets_are_read_again() {
    let (with_secrets, mut others) = by_secrets();
    assert!(!with_secrets.is_empty());
    others.truncate(40);
    others.splice(20..20, with_secrets);
    let (evidence, taken) = beside_each_other(&others);
    assert_eq!(evidence, one_after_the_other(&others));
    assert!(taken <= 20, "{taken}");
}
