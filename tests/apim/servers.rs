//! Several backends at one server, doubtful routes, and work that is bounded.

use super::*;

pub(crate) const SERVICE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/a";

pub(crate) fn backend_json(name: &str, url: &str, thumbprint: &str) -> String {
    format!(
        "{{\"id\": \"{SERVICE}/backends/{name}\", \"properties\": {{\"url\": \"{url}\", \
         \"protocol\": \"http\", \"credentials\": {{\"certificate\": [\"{thumbprint}\"]}}}}}}"
    )
}

pub(crate) fn with_policy(backends: &[String], inbound: &str) -> Configuration {
    let mut configuration = Configuration::default();
    let list = format!("{{\"value\": [{}]}}", backends.join(","));
    configuration.add_backends("b.json", list.as_bytes()).unwrap();
    let policy = format!("<policies><inbound><base/>{inbound}</inbound></policies>");
    configuration.add_policy(None, "p.xml", policy.as_bytes()).unwrap();
    configuration
}

#[test]
fn backends_at_one_server_are_taken_together() {
    let backends =
        [backend_json("a", "https://b.example/a", X), backend_json("b", "https://b.example/b", Y)];
    let route = "<choose><when condition='@(context.Api.Id == \"1\")'>\
                 <set-backend-service backend-id='a'/></when><otherwise>\
                 <set-backend-service backend-id='b'/></otherwise></choose>";
    let configuration = with_policy(&backends, route);
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].name, "backend a and backend b");
    assert_eq!(targets[0].expectation.outcome, ExpectedOutcome::Candidates);
    assert_eq!(thumbprints(&targets[0].expectation), [X, Y]);
    assert!(conditions(&targets[0].expectation)[1].starts_with("requests to backend b"));

    // Asked about one: connections of the other look the same.
    let question = Question { backend: Some("a".to_owned()), ..Question::default() };
    let targets = resolve(&configuration, &question).unwrap();
    assert_eq!(targets[0].name, "backend a");
    assert_eq!(thumbprints(&targets[0].expectation), [X, Y]);
}

#[test]
fn service_url_above_the_entitys_leaves_open_whether_the_entity_counts() {
    let mut configuration = with_policy(&[backend_json("a", "https://b.example/a", X)], "");
    let api = format!(
        "{{\"id\": \"{SERVICE}/apis/orders\", \"properties\": {{\"serviceUrl\": \
         \"https://b.example\", \"path\": \"o\"}}}}"
    );
    configuration.add("api.json", api.as_bytes()).unwrap();
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 1);
    let expectation = &targets[0].expectation;
    assert_eq!(expectation.outcome, ExpectedOutcome::Candidates);
    assert!(expectation.none_if.is_some());
    assert!(says(expectation, "ends before the entity's URL does"));
}

#[test]
fn route_by_an_expression_may_lead_to_every_backend() {
    let backends = [backend_json("a", "https://a.example", X)];
    let configuration =
        with_policy(&backends, "<set-backend-service backend-id='@(context.Variables[\"b\"])'/>");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(thumbprints(&targets[0].expectation), [X]);
}

#[test]
fn backend_that_policies_do_not_lead_to_is_undecidable() {
    let backends = [backend_json("a", "https://a.example", X)];
    let configuration = with_policy(&backends, "<set-backend-service backend-id='other'/>");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    is_undecidable(&targets[0].expectation, "the backend other, which is not among the files");
    assert!(codes(&targets[0].expectation).contains(&"unresolved-backend"));
}

#[test]
fn server_that_is_not_told_has_to_be_selected() {
    let backends = [backend_json("a", "{{host}}", X)];
    let configuration = with_policy(&backends, "");
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert!(targets[0].needs_selection);
}

#[test]
fn same_names_in_two_workspaces_do_not_mix() {
    let mut configuration = Configuration::default();
    let put = |configuration: &mut Configuration, path: &str, text: &str| {
        assert!(configuration.add_apiops(path, path, text.as_bytes()).unwrap(), "{path}");
    };
    for (workspace, host, thumbprint) in [("one", "one.example", X), ("two", "two.example", Y)] {
        let root = format!("workspaces/{workspace}");
        let backend = format!(
            "{{\"properties\": {{\"url\": \"https://{host}\", \"protocol\": \"http\", \
             \"credentials\": {{\"certificate\": [\"{thumbprint}\"]}}}}}}"
        );
        put(&mut configuration, &format!("{root}/backends/b/backendInformation.json"), &backend);
        let api = "{\"properties\": {\"path\": \"o\"}}";
        put(&mut configuration, &format!("{root}/apis/orders/apiInformation.json"), api);
        let policy = "<policies><inbound><base/><set-backend-service backend-id=\"b\"/></inbound>\
                      </policies>";
        put(&mut configuration, &format!("{root}/apis/orders/policy.xml"), policy);
    }
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert_eq!(targets.len(), 2);
    is_certificate(&targets[0].expectation, X, ["none", X]);
    is_certificate(&targets[1].expectation, Y, ["none", Y]);
}

#[test]
fn policies_that_branch_without_end_are_given_up_in_time() {
    let branch = "<choose><when condition='@(a)'><authentication-certificate thumbprint='1'/>\
                  </when><when condition='@(b)'><set-backend-service base-url='https://x'/></when>\
                  </choose>";
    let nested = |depth: usize| {
        let open: String = (0..depth)
            .map(|number| {
                format!(
                    "<choose><when condition='@(x{number})'>\
                     <authentication-certificate thumbprint='{number:040}'/>\
                     <set-backend-service base-url='https://h{number}.example'/>"
                )
            })
            .collect();
        open + &"</when></choose>".repeat(depth)
    };
    let started = std::time::Instant::now();
    for inbound in [branch.repeat(2000), nested(80), nested(20).repeat(50)] {
        let configuration = with_policy(&[backend_json("a", "https://a.example", X)], &inbound);
        let _ = resolve(&configuration, &Question::default());
    }
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn base_without_end_is_given_up_in_time() {
    let mut configuration = Configuration::default();
    let bases = "<base/>".repeat(100_000);
    let plain = "<set-variable/>".repeat(50_000);
    for (scope, inside) in [
        (Scope::Global, plain.as_str()),
        (Scope::Product, bases.as_str()),
        (Scope::Api, bases.as_str()),
        (Scope::Operation, bases.as_str()),
    ] {
        let policy = format!("<policies><inbound>{inside}</inbound></policies>");
        configuration.add_policy(Some(scope), scope.name(), policy.as_bytes()).unwrap();
    }
    let started = std::time::Instant::now();
    let targets = resolve(&configuration, &Question::default()).unwrap();
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
    is_undecidable(&targets[0].expectation, "branch too often");
}

#[test]
fn requests_of_policies_to_one_server_are_taken_together() {
    let send = |certificate: &str| {
        format!(
            "<send-request mode='new'><set-url>https://login.example/token</set-url>{certificate}\
             </send-request>"
        )
    };
    let with = |thumbprint: &str| {
        send(&format!("<authentication-certificate thumbprint='{thumbprint}'/>"))
    };
    let backends = [backend_json("a", "https://a.example", X)];
    for (inbound, expected, may_be_none) in [
        (with(X), vec![X], false),
        (with(X) + &with(X), vec![X], false),
        (with(X) + "\n" + &with(Y), vec![X, Y], false),
        (send("") + "\n" + &with(Y), vec![Y], true),
    ] {
        let configuration = with_policy(&backends, &inbound);
        let targets = resolve(&configuration, &Question::default()).unwrap();
        assert_eq!(targets.len(), 2, "{inbound}");
        assert_eq!(targets[1].name, "send-request to login.example:443");
        assert_eq!(thumbprints(&targets[1].expectation), expected, "{inbound}");
        assert_eq!(targets[1].expectation.none_if.is_some(), may_be_none, "{inbound}");
    }
    let configuration = with_policy(&backends, &send(""));
    assert_eq!(resolve(&configuration, &Question::default()).unwrap().len(), 1);
}

#[test]
fn thousands_of_backends_are_resolved_in_time() {
    let many = |count: usize| -> Vec<String> {
        (0..count)
            .map(|number| {
                let name = format!("b{number}");
                backend_json(&name, &format!("https://{name}.example"), X)
            })
            .collect()
    };
    let started = std::time::Instant::now();
    let targets =
        resolve(&with_policy(&many(3000), "<set-variable/>"), &Question::default()).unwrap();
    assert_eq!(targets.len(), 3000);
    let mut configuration = Configuration::default();
    let list = format!("{{\"value\": [{}]}}", many(20_001).join(","));
    let error = configuration.add_backends("b.json", list.as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("b.json:1: more than 20000 entities"), "{error}");
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}
