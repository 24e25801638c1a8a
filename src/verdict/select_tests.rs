#![expect(clippy::unwrap_used, reason = "tests")]

use super::select::*;
use crate::certificate::Certificate;
use crate::expect::Endpoints;

fn candidate() -> Candidate<'static> {
    Candidate {
        endpoints: ["10.0.0.4:51234".parse().unwrap(), "10.0.0.5:443".parse().unwrap()],
        client: Some(0),
        server_name: Some("backend.contoso.com"),
        is_name_known: true,
        server_certificate: None,
        has_handshake_bytes: true,
        stream: Some(3),
        started_at: Some(1_000),
        ended_at: Some(2_000),
    }
}

impl Selection {
    fn is_about_it(&self, candidate: &Candidate<'_>) -> bool {
        self.selects(candidate) == Selected::Yes
    }
}

fn server(text: &str) -> Selection {
    Selection { servers: vec![text.parse().unwrap()], ..Selection::default() }
}

fn client(text: &str) -> Selection {
    Selection { clients: vec![text.parse().unwrap()], ..Selection::default() }
}

fn name(text: &str) -> Selection {
    Selection { server_names: vec![text.to_owned()], ..Selection::default() }
}

#[test]
fn empty_selection_selects_everything() {
    assert!(Selection::default().is_about_it(&candidate()));
    let bare = Candidate { client: None, server_name: None, started_at: None, ..candidate() };
    assert!(Selection::default().is_about_it(&bare));
}

#[test]
fn server_is_the_side_that_did_not_send_the_client_hello() {
    assert!(server("10.0.0.5").is_about_it(&candidate()));
    assert!(server("10.0.0.5:443").is_about_it(&candidate()));
    assert!(!server("10.0.0.5:8443").is_about_it(&candidate()));
    assert!(!server("10.0.0.4").is_about_it(&candidate()));
    assert!(server("10.0.0.4").is_about_it(&Candidate { client: Some(1), ..candidate() }));
}

#[test]
fn configuration_selects_its_server_unless_the_user_named_one() {
    let endpoints = Endpoints {
        server_names: vec!["backend.contoso.com".to_owned()],
        ports: vec![443],
        ..Endpoints::default()
    };
    let selection = Selection::default().or_endpoints(&endpoints);
    assert!(selection.is_about_it(&candidate()));
    assert!(!selection.is_about_it(&Candidate { server_name: Some("other"), ..candidate() }));
    let management = Endpoints { ports: vec![19080], ..endpoints.clone() };
    assert!(!Selection::default().or_endpoints(&management).is_about_it(&candidate()));
    assert_eq!(server("10.0.0.5").or_endpoints(&endpoints), server("10.0.0.5"));
    assert_eq!(name("x").or_endpoints(&endpoints), name("x"));
}

#[test]
fn client_is_selected_by_network() {
    for (network, expected) in [
        ("10.0.0.0/24", true),
        ("10.0.0.4", true),
        ("10.0.0.4/32", true),
        ("10.0.0.5/32", false),
        ("10.0.0.6/30", true),
        ("0.0.0.0/0", true),
        ("11.0.0.0/8", false),
        ("::/0", true),
        ("::ffff:10.0.0.0/104", true),
        ("2001:db8::/32", false),
    ] {
        assert_eq!(client(network).is_about_it(&candidate()), expected, "{network}");
    }
}

#[test]
fn ipv6_networks_compare_leading_bits() {
    let v6 = Candidate {
        endpoints: ["[2001:db8:1::4]:5".parse().unwrap(), "[2001:db8::5]:443".parse().unwrap()],
        ..candidate()
    };
    assert!(client("2001:db8:1::/48").is_about_it(&v6));
    assert!(!client("2001:db8:2::/48").is_about_it(&v6));
    assert!(!client("10.0.0.0/8").is_about_it(&v6));
    assert!(server("[2001:db8::5]:443").is_about_it(&v6));
}

#[test]
fn mapped_addresses_equal_their_ipv4() {
    let mapped = Candidate {
        endpoints: [
            "[::ffff:10.0.0.4]:5".parse().unwrap(),
            "[::ffff:10.0.0.5]:443".parse().unwrap(),
        ],
        ..candidate()
    };
    assert!(server("10.0.0.5:443").is_about_it(&mapped));
    assert!(client("10.0.0.0/24").is_about_it(&mapped));
    assert!(server("[::ffff:10.0.0.5]:443").is_about_it(&candidate()));
}

#[test]
fn unknown_roles_match_on_either_end_but_not_on_the_same_for_both() {
    let unknown = Candidate { client: None, ..candidate() };
    assert!(server("10.0.0.4").is_about_it(&unknown));
    assert!(server("10.0.0.5").is_about_it(&unknown));
    let both = |address: &str| Selection {
        servers: vec![address.parse().unwrap()],
        clients: vec!["10.0.0.4".parse().unwrap()],
        ..Selection::default()
    };
    assert!(both("10.0.0.5").is_about_it(&unknown));
    assert!(!both("10.0.0.4").is_about_it(&unknown));
}

#[test]
fn names_ignore_case_and_a_dot_at_the_end() {
    for (pattern, expected) in [
        ("backend.contoso.com", true),
        ("Backend.Contoso.COM.", true),
        ("contoso.com", false),
        ("*.contoso.com", true),
        ("*.com", true),
        ("*.backend.contoso.com", false),
        ("*.toso.com", false),
        ("*.", false),
        ("", false),
    ] {
        assert_eq!(name(pattern).is_about_it(&candidate()), expected, "{pattern}");
    }
    let dotted = Candidate { server_name: Some("BACKEND.contoso.com."), ..candidate() };
    assert!(name("*.contoso.com").is_about_it(&dotted));
    let odd = Candidate { server_name: Some("é.é"), ..candidate() };
    assert!(!name("*.e").is_about_it(&odd));
    assert!(
        !name("*.contoso.com")
            .is_about_it(&Candidate { server_name: Some(".contoso.com"), ..candidate() })
    );
}

#[test]
fn hello_that_names_no_server_is_anothers() {
    let nameless = Candidate { server_name: None, ..candidate() };
    assert_eq!(name("backend.contoso.com").selects(&nameless), Selected::No);
}

#[test]
fn name_that_cannot_be_known_is_not_taken_for_another() {
    let hidden = Candidate { server_name: None, is_name_known: false, ..candidate() };
    let by_name = name("backend.contoso.com");
    assert_eq!(by_name.selects(&hidden), Selected::NameNotVisible);
    // What a hello that was not accepted names counts for nothing.
    let outer = Candidate { server_name: Some("backend.contoso.com"), ..hidden };
    assert_eq!(by_name.selects(&outer), Selected::NameNotVisible);
    assert_eq!(Selection::default().selects(&hidden), Selected::Yes);
    let elsewhere = Selection { servers: server("10.0.0.9").servers, ..by_name };
    assert_eq!(elsewhere.selects(&hidden), Selected::No);
}

#[test]
fn certificate_of_another_name_excludes_a_name_that_cannot_be_known() {
    for (dns_names, subject, pattern, expected) in [
        (&["backend.contoso.com"][..], "CN=x.example", "backend.contoso.com", true),
        (&["other.contoso.com"], "CN=backend.contoso.com", "backend.contoso.com", false),
        (&["*.contoso.com"], "", "backend.contoso.com", true),
        (&["*.contoso.com"], "", "a.backend.contoso.com", false),
        (&["*.contoso.com"], "", "contoso.com", false),
        (&["*.contoso.com"], "", "*.contoso.com", true),
        (&["*.contoso.com"], "", "*.com", true),
        (&["*.contoso.com"], "", "*.a.contoso.com", false),
        (&["*.a.contoso.com"], "", "*.contoso.com", true),
        (&["a.contoso.com", "b.example"], "", "*.contoso.com", true),
        (&["back*.contoso.com"], "", "backend.contoso.com", true),
        (&[], "O=Contoso, CN=backend.contoso.com", "backend.contoso.com", true),
        (&[], "CN=other.example", "backend.contoso.com", false),
        (&[], "O=Contoso", "backend.contoso.com", true),
        (&[], "O=Contoso, CN=srv", "backend.contoso.com", true),
        (&[], "CN=Contoso Root", "backend.contoso.com", true),
    ] {
        let certificate = server_certificate(dns_names, subject);
        let hidden = Candidate {
            server_name: None,
            is_name_known: false,
            server_certificate: Some(&certificate),
            ..candidate()
        };
        let expected = if expected { Selected::NameNotVisible } else { Selected::No };
        assert_eq!(name(pattern).selects(&hidden), expected, "{dns_names:?} {pattern}");
    }
}

fn server_certificate(dns_names: &[&str], subject: &str) -> Certificate {
    let mut certificate = Certificate::from_der(include_bytes!("../expect/testdata/leaf.der"));
    let fields = certificate.fields.as_mut().unwrap();
    fields.dns_names = dns_names.iter().map(|name| (*name).to_owned()).collect();
    fields.subject = subject.to_owned();
    fields.oddities.clear();
    certificate
}

#[test]
fn connection_without_handshake_bytes_is_not_selected_by_name() {
    let begun = Candidate {
        server_name: None,
        is_name_known: false,
        has_handshake_bytes: false,
        ..candidate()
    };
    assert_eq!(name("backend.contoso.com").selects(&begun), Selected::WithoutHandshake);
    assert_eq!(Selection::default().selects(&begun), Selected::Yes);
    let allowing = Selection { allow_begun_before: true, ..Selection::default() };
    assert_eq!(allowing.selects(&begun), Selected::WithoutHandshake);
    assert_eq!(allowing.selects(&candidate()), Selected::Yes);
    let elsewhere = Selection { allow_begun_before: true, ..server("10.0.0.9") };
    assert_eq!(elsewhere.selects(&begun), Selected::No);
}

#[test]
fn clients_and_names_are_excluded() {
    let clients = |network: &str| Selection {
        excluded_clients: vec![network.parse().unwrap()],
        ..Selection::default()
    };
    assert!(!clients("10.0.0.4").is_about_it(&candidate()));
    assert!(clients("10.0.0.4").is_about_it(&Candidate { client: Some(1), ..candidate() }));
    assert!(clients("10.0.0.5").is_about_it(&candidate()));
    // With roles unknown, it may be the server that has this address.
    let unknown = Candidate { client: None, ..candidate() };
    assert!(clients("10.0.0.4").is_about_it(&unknown));
    let probed = Selection { servers: server("10.0.0.5").servers, ..clients("10.0.0.4") };
    assert!(!probed.is_about_it(&unknown));
    let names = |pattern: &str| Selection {
        excluded_server_names: vec![pattern.to_owned()],
        ..Selection::default()
    };
    assert!(!names("*.contoso.com").is_about_it(&candidate()));
    assert!(names("other.example").is_about_it(&candidate()));
    let hidden = Candidate { server_name: None, is_name_known: false, ..candidate() };
    assert!(names("*.contoso.com").is_about_it(&hidden));
}

#[test]
fn connections_open_at_a_moment_are_selected() {
    let at = |moment| Selection { active_at: Some(moment), ..Selection::default() };
    for (moment, expected) in
        [(999, false), (1_000, true), (1_500, true), (2_000, true), (2_001, false)]
    {
        assert_eq!(at(moment).is_about_it(&candidate()), expected, "{moment}");
    }
    assert!(!at(1_500).is_about_it(&Candidate { ended_at: None, ..candidate() }));
}

#[test]
fn times_are_inclusive_and_need_a_time() {
    let window = |since, until| Selection { since, until, ..Selection::default() };
    assert!(window(Some(1_000), Some(1_000)).is_about_it(&candidate()));
    assert!(!window(Some(1_001), None).is_about_it(&candidate()));
    assert!(!window(None, Some(999)).is_about_it(&candidate()));
    let timeless = Candidate { started_at: None, ..candidate() };
    assert!(!window(Some(0), None).is_about_it(&timeless));
    assert!(!window(None, Some(i64::MAX)).is_about_it(&timeless));
}

#[test]
fn every_filled_field_must_hold_and_any_entry_may() {
    let streams = |streams: &[u64]| Selection { streams: streams.to_vec(), ..server("10.0.0.5") };
    assert!(streams(&[1, 3]).is_about_it(&candidate()));
    assert!(!streams(&[1, 2]).is_about_it(&candidate()));
}

#[test]
fn prefix_longer_than_the_address_does_not_panic() {
    let network = Network { address: "10.0.0.4".parse().unwrap(), prefix_length: 255 };
    assert!(network.contains("10.0.0.4".parse().unwrap()));
}
