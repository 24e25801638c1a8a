//! The HTML report: what stands in it, and hostile text in its bytes and in a browser.

use std::path::Path;
use std::process::Command;

use mtls_witness::report::{Layout, Part, Report, html};

use crate::formats::findings;
use crate::world::{HOSTILE, World, hostile_world};

fn html_of(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    html::write(report, Layout::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Elements that the page may have; a capture can add none.
const ELEMENTS: &[&str] = &[
    "a", "article", "bdi", "body", "code", "dd", "div", "dl", "dt", "footer", "g", "h1", "h2",
    "h3", "h4", "head", "header", "html", "li", "line", "link", "main", "meta", "ol", "p",
    "polygon", "pre", "rect", "section", "span", "strong", "style", "svg", "table", "tbody", "td",
    "text", "th", "thead", "title", "tr", "tspan", "ul",
];

/// The names of all tags.
fn tags(page: &str) -> Vec<&str> {
    let tags = page.split('<').skip(1).filter_map(|rest| {
        let name = rest.trim_start_matches('/');
        name.split(|character: char| !character.is_ascii_alphanumeric()).next()
    });
    tags.filter(|name| !name.is_empty()).collect()
}

#[test]
fn page_holds_everything_that_there_is_to_say() {
    let world = World::new();
    let command = ["verify", "--sni", "*.contoso.com", "backend.pcapng"].map(str::to_owned);
    let report = Report { command: &command, ..world.report() };
    let page = html_of(&report);
    for expected in [
        ">ERROR<",
        "1 of 2 captures could not be used",
        "tcp.stream == 0",
        "CN=client.contoso.com, O=Contoso",
        ">CertificateRequest<",
        ">Alert<",
        "fatal unknown_ca",
        "frame.number == 9",
        "What the capture cannot tell",
        "mtls-witness verify --sni &#39;*.contoso.com&#39; backend.pcapng",
        "prefers-color-scheme: dark",
        "@media print",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

#[test]
fn page_loads_and_runs_nothing() {
    let page = html_of(&World::new().report());
    assert!(page.contains("default-src 'none'"));
    for forbidden in ["<script", "http:", "https:", "//", "@import", "url(", "javascript:", " on"] {
        let found =
            page.match_indices(forbidden).map(|(at, _)| &page[at..(at + 40).min(page.len())]);
        // Words may begin with "on"; attributes would have a "=".
        let found: Vec<&str> = found
            .filter(|text| forbidden != " on" || text.split(' ').nth(1).unwrap().contains("=\""))
            .collect();
        assert_eq!(found, Vec::<&str>::new());
    }
}

#[test]
fn hostile_text_stays_inert_in_the_bytes_of_the_page() {
    let world = hostile_world();
    assert!(HOSTILE.contains("<script>|\""));
    let (each, of_run) = findings(world.evidence.connections.len());
    let command = [HOSTILE.to_owned()];
    let told =
        Report { findings: &each, run_findings: &of_run, command: &command, ..world.report() };
    let part = Part {
        name: HOSTILE,
        expectation: &world.expectation,
        selection: &world.selection,
        judgements: &world.judgements,
        results: told.results,
        result: told.result,
        of_connections: told.of_connections,
        hypotheses: &[],
    };
    let parts = [part.clone(), part];
    let of_parts = Report { parts: &parts, ..told };
    for report in [told, of_parts, world.inspected()] {
        let page = html_of(&report);
        for tag in tags(&page) {
            assert!(ELEMENTS.contains(&tag) || tag == "DOCTYPE", "<{tag}");
        }
        for character in page.chars() {
            assert!(character == '\n' || !character.is_control(), "{character:?}");
            assert!(!matches!(character, '\u{202e}' | '\u{200b}'), "{character:?}");
        }
        assert!(page.contains("\\u{202e}\\u{200b}\\x9b31m&#60;script&#62;|&#34;\\"), "{page}");
    }
}

#[test]
fn links_lead_to_what_is_in_the_page_and_ids_are_unique() {
    let page = html_of(&World::new().report());
    let values = |attribute: &str| -> Vec<String> {
        let attribute = format!(" {attribute}=\"");
        let parts = page.split(&attribute).skip(1);
        parts.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let ids = values("id");
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for link in values("href").iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(ids.iter().any(|id| id == link), "{link}");
    }
    for label in values("aria-labelledby") {
        assert!(ids.contains(&label), "{label}");
    }
}

#[test]
fn hostile_text_stays_inert_in_a_browser() {
    let Some(browser) =
        ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
            Command::new(name).arg("--version").output().is_ok_and(|it| it.status.success())
        })
    else {
        eprintln!("skipped: there is no Chromium");
        return;
    };
    let folder = std::env::temp_dir().join(format!("mtls-witness-html-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let page = folder.join("report.html");
    std::fs::write(&page, html_of(&hostile_world().report())).unwrap();
    let Some(document) = dump(browser, &folder, &page) else {
        std::fs::remove_dir_all(&folder).unwrap();
        eprintln!("skipped: {browser} does not start here");
        return;
    };
    std::fs::remove_dir_all(&folder).unwrap();
    for tag in tags(&document) {
        assert!(ELEMENTS.contains(&tag) || tag == "DOCTYPE", "<{tag}: {document}");
    }
    assert!(document.contains("&lt;script&gt;"), "{document}");
    assert!(document.trim_end().ends_with("</html>"), "{document}");
}

/// The document as the browser has it after the page was loaded.
fn dump(browser: &str, folder: &Path, page: &Path) -> Option<String> {
    let out = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg("--dump-dom")
        .arg(page)
        .output()
        .ok()?;
    let document = String::from_utf8(out.stdout).ok()?;
    (out.status.success() && document.contains("<html")).then_some(document)
}
