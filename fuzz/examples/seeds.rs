//! Writes the valid inputs that the tests use into `corpus/<target>`, for fuzzers to begin with.
//!
//! `cargo run --example seeds [TARGET...]`; all targets where none is named.

#[path = "../../tests/recorded/mod.rs"]
mod recorded;
#[path = "../../tests/fuzzing/seeds.rs"]
mod seeds;

use std::fs;
use std::path::Path;

/// The folder that this crate stands in.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() -> std::io::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for target in seeds::TARGETS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == target.name) {
            continue;
        }
        let folder = Path::new(PROJECT).join("fuzz/corpus").join(target.name);
        fs::create_dir_all(&folder)?;
        let seeds = (target.seeds)();
        for (number, seed) in seeds.iter().enumerate() {
            (target.run)(seed);
            fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
        println!("{}: {} inputs in {}", target.name, seeds.len(), folder.display());
    }
    Ok(())
}
