//! The messages of a handshake, one below the other.

use std::io;

use super::super::told::Meaning;
use super::super::told::ladder::{Peer, rungs};
use super::page::Page;
use crate::inspect::{Handshake, Observation};

/// Writes a line for each message: its frame, who sent it, and what it carried.
pub(super) fn write(
    observation: &Observation,
    handshake: &Handshake,
    page: &mut Page<'_>,
) -> io::Result<()> {
    for (index, rung) in rungs(observation, handshake, Meaning::Plain).into_iter().enumerate() {
        let frames: Vec<String> = rung.frames.iter().take(2).map(u64::to_string).collect();
        let more = if rung.frames.len() > frames.len() { ",…" } else { "" };
        let frames = format!("{}{more}", frames.join(","));
        let arrow = match rung.from {
            Some(Peer::Client) => "client ->",
            Some(Peer::Server) => "server ->",
            None => "",
        };
        let carried = match rung.carried.as_str() {
            "" => String::new(),
            carried => format!(": {carried}"),
        };
        let text = format!("{arrow} {}{carried}", rung.message);
        let label = if index == 0 { "messages" } else { "" };
        page.framed(2, label, &frames, &text)?;
    }
    Ok(())
}
