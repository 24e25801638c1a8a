//! `resolve` in words: what should be seen, why, and what is odd.

use std::io::{self, Write};

use super::super::Resolution;
use super::super::recipe::Recipe;
use super::super::told::expected::{all_remarks, expected_certificate, steps};
use super::super::told::{Meaning, counted};
use super::Style;
use super::not_read;
use super::page::Page;
use crate::expect::{Endpoints, Expectation, ExpectedOutcome, Prediction};

/// Writes what a configuration says about each server.
///
/// # Errors
///
/// Whatever `out` fails with.
pub fn write_resolution(
    resolutions: &[Resolution<'_>],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, style);
    for (index, resolution) in resolutions.iter().enumerate() {
        if index > 0 && style.detail != super::Detail::Answer {
            page.blank()?;
        }
        one(resolution, style, &mut page)?;
    }
    if style.detail == super::Detail::Answer {
        return Ok(());
    }
    let expectations = || resolutions.iter().map(|one| one.expectation);
    if expectations().any(|one| !one.not_read.is_empty()) {
        page.blank()?;
        not_read::write(expectations(), style, 2, &mut page)?;
    }
    remarks(resolutions, &mut page)?;
    recipe(resolutions, &mut page)
}

fn one(resolution: &Resolution<'_>, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    let expectation = resolution.expectation;
    page.answer(word(expectation), &format!("{}: {}", resolution.name, claim(expectation)))?;
    if style.detail == super::Detail::Answer {
        return Ok(());
    }
    page.field(2, "connections", &connections(&expectation.endpoints))?;
    for certificate in &expectation.certificates {
        page.field(2, "certificate", &expected_certificate(certificate))?;
    }
    if let Some(condition) = &expectation.none_if {
        page.field(2, "or none", condition)?;
    }
    for (index, hypothesis) in expectation.hypotheses.iter().enumerate() {
        let allowed: Vec<String> = hypothesis.predictions.iter().map(Prediction::text).collect();
        let mut text = format!("{} predicts {}", hypothesis.name, allowed.join(" or "));
        if !hypothesis.also.is_empty() {
            let also: Vec<String> = hypothesis.also.iter().map(Prediction::text).collect();
            text.push_str(&format!(
                "; allows {} too, because no source says what takes precedence",
                also.join(" or ")
            ));
        }
        page.field(2, if index == 0 { "hypotheses" } else { "" }, &text)?;
    }
    for (index, reason) in steps(expectation).iter().enumerate() {
        page.field(2, if index == 0 { "because" } else { "" }, reason)?;
    }
    Ok(())
}

/// What is odd, once for all servers.
fn remarks(resolutions: &[Resolution<'_>], page: &mut Page<'_>) -> io::Result<()> {
    let lint = all_remarks(resolutions);
    if lint.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let number = lint.len().try_into().unwrap_or(u64::MAX);
    page.heading(&counted(number, "remark", "remarks"), ("", Meaning::Plain))?;
    for remark in lint {
        page.paragraph(2, &remark.to_string())?;
    }
    Ok(())
}

/// How to record what should be seen.
fn recipe(resolutions: &[Resolution<'_>], page: &mut Page<'_>) -> io::Result<()> {
    let Some(recipe) = Recipe::new(resolutions.iter().map(|one| one.expectation)) else {
        return Ok(());
    };
    page.blank()?;
    page.heading("to record it on the backend host", ("", Meaning::Plain))?;
    page.field(2, "Linux", &recipe.linux)?;
    for (index, command) in recipe.windows.iter().enumerate() {
        page.field(2, if index == 0 { "Windows" } else { "" }, command)?;
    }
    page.field(2, "handshake", recipe.new_connection)
}

fn word(expectation: &Expectation) -> (&'static str, Meaning) {
    match expectation.outcome {
        ExpectedOutcome::Candidates => ("EXPECT ONE OF", Meaning::Heading),
        ExpectedOutcome::Certificate => ("EXPECT", Meaning::Heading),
        ExpectedOutcome::NoHandshake => ("EXPECT NO HANDSHAKE", Meaning::Heading),
        ExpectedOutcome::None => ("EXPECT NONE", Meaning::Heading),
        ExpectedOutcome::Undecidable => ("UNDECIDABLE", Meaning::Open),
    }
}

/// The last reason says it in words.
fn claim(expectation: &Expectation) -> String {
    let last = expectation.reasons.last().map(String::as_str).unwrap_or_default();
    format!("{}.", last.strip_prefix("expected ").unwrap_or(last))
}

fn connections(endpoints: &Endpoints) -> String {
    let mut parts = Vec::new();
    if !endpoints.server_names.is_empty() {
        parts.push(format!("to the server name {}", endpoints.server_names.join(" or ")));
    }
    if !endpoints.addresses.is_empty() {
        let addresses: Vec<String> = endpoints.addresses.iter().map(ToString::to_string).collect();
        parts.push(format!("to the address {}", addresses.join(" or ")));
    }
    if !endpoints.ports.is_empty() {
        let ports: Vec<String> = endpoints.ports.iter().map(ToString::to_string).collect();
        parts.push(format!("port {}", ports.join(" or ")));
    }
    match parts.as_slice() {
        [] => "not told by the configuration: select them with --sni or --server".to_owned(),
        parts => parts.join(", "),
    }
}
