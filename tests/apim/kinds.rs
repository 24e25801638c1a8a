//! Kinds of APIs and of entities that lead elsewhere: MCP, GraphQL resolvers, Dapr, workspaces.

use super::rest::{api_json, attach, certificates_json, of, only, policy_json};
use super::servers::{SERVICE, backend_json};
use super::*;

fn certificates() -> String {
    certificates_json(&[("certificates/x", X), ("certificates/y", Y)])
}

#[test]
fn api_of_the_type_mcp_goes_to_the_backend_that_it_names() {
    for id in ["tools", "/backends/Tools", &format!("{SERVICE}/backends/tools")] {
        let api = api_json("apis/mcp", &format!(r#""type": "mcp", "backendId": "{id}""#));
        let configuration = of(&[
            api.clone(),
            backend_json("tools", "https://tools.example", X),
            backend_json("other", "https://other.example", Y),
        ]);
        let mut configuration_with_policy = configuration.clone();
        let policy = policy_json("apis/mcp", &attach("y"));
        configuration_with_policy.add("p.json", policy.as_bytes()).unwrap();
        configuration_with_policy.add("c.json", certificates().as_bytes()).unwrap();
        let targets = resolve(&configuration_with_policy, &Question::default()).unwrap();
        is_certificate(&targets[0].expectation, Y, [Y, Y]);
        assert!(says(&targets[0].expectation, "the API's backendId names the backend tools"));
        is_undecidable(&targets[1].expectation, "leads to this backend");
        // Not given: unknown.
        let expectation = only(&of(&[api, policy_json("apis/mcp", "")]));
        is_undecidable(&expectation, "ools is not among the files");
    }
    let bare = api_json("apis/mcp", r#""type": "mcp", "mcpTools": [{"name": "get"}]"#);
    let expectation = only(&of(&[bare, policy_json("apis/mcp", "")]));
    is_undecidable(&expectation, "an API of the type mcp");
    // Nor is the one backend that is given the one that it goes to.
    let bare = api_json("apis/mcp", r#""type": "mcp", "mcpTools": [{"name": "get"}]"#);
    let given = backend_json("b", "https://backend.example", "").replace("[\"\"]", "[]");
    let expectation = only(&of(&[bare, policy_json("apis/mcp", ""), given]));
    is_undecidable(&expectation, "an API of the type mcp");
    assert!(says(&expectation, "2025-09-01-preview"));
}

#[test]
fn graphql_resolvers_make_requests_of_their_own() {
    let api = api_json("apis/g", r#""apiType": "graphql", "serviceUrl": null"#);
    let resolver = |request: &str| {
        policy_json("apis/g/resolvers/r1", "").replace(
            "<policies><inbound><base/></inbound><backend><base/></backend></policies>",
            &format!(
                "<http-data-source><http-request><set-method>GET</set-method>{request}\
                 </http-request></http-data-source>"
            ),
        )
    };
    let url = "<set-url>https://backend.example/list</set-url>";
    // With a certificate of its own, beside the API's policy which is not its.
    let files =
        |request: &str| [api.clone(), resolver(request), policy_json("apis/g", ""), certificates()];
    let expectation = &resolve(&of(&files(&format!("{url}{}", attach("x")))), &Question::default())
        .unwrap()[0]
        .expectation;
    is_certificate(expectation, X, [X, X]);
    assert_eq!(expectation.endpoints.server_names, ["backend.example"]);

    // Without one, the entity of the same server is contested as ever.
    let mut configuration = of(&files(url));
    let backend = backend_json("b", "https://backend.example/", Y);
    configuration.add("b.json", backend.as_bytes()).unwrap();
    let targets = resolve(&configuration, &Question::default()).unwrap();
    is_certificate(&targets[0].expectation, Y, ["none", Y]);
    assert!(says(&targets[0].expectation, "the resolver sends requests to the backend b"));

    // By a Backend entity that was not given, and by an expression.
    let by_id = "<set-backend-service backend-id='b'/><set-url>/list</set-url>";
    let mut configuration = of(&[resolver(by_id)]);
    is_undecidable(&only(&configuration), "the backend b is not among the files");
    configuration.add("b.json", backend.as_bytes()).unwrap();
    is_certificate(&only(&configuration), Y, ["none", Y]);
    let expectation = only(&of(&[resolver("<set-url>@(context.GraphQL.x)</set-url>")]));
    is_undecidable(&expectation, "the URL is named by an expression");

    // A database is another matter.
    let sql = resolver("")
        .replace("http-data-source", "sql-data-source")
        .replace("<http-request><set-method>GET</set-method></http-request>", "<connection-info/>");
    let backend = backend_json("b", "https://backend.example/", Y);
    let not_read = only(&of(&[api.clone(), sql, backend])).not_read;
    assert!(not_read.iter().any(|one| one.what == "<sql-data-source> of a resolver"));
}

#[test]
fn dapr_sidecar_is_reached_without_tls_of_the_gateway() {
    let route = "<set-backend-service backend-id='dapr' dapr-app-id='echo' dapr-method='m'/>";
    let policy = format!("<policies><inbound>{route}{}</inbound></policies>", attach("x"));
    let expectation = only(&of(&[policy.clone(), certificates()]));
    assert_eq!(expectation.outcome, ExpectedOutcome::NoHandshake);
    assert!(says(&expectation, "the Dapr sidecar, without TLS of the gateway"));
    // A backend beside it is not what it leads to.
    let backend = backend_json("b", "https://backend.example", Y);
    let expectation = only(&of(&[policy, backend, certificates()]));
    assert_eq!(expectation.outcome, ExpectedOutcome::Undecidable, "{expectation:#?}");
}

#[test]
fn policy_of_a_workspace_names_what_the_workspace_has() {
    let service = certificates_json(&[("certificates/x", Y)]);
    let own = certificates_json(&[("workspaces/W1/certificates/x", X)]);
    let other = certificates_json(&[("workspaces/w2/certificates/x", Z)]);
    let url = r#""serviceUrl": "https://backend.example""#;
    let api = api_json("workspaces/w1/apis/o", url);
    let policy = policy_json("workspaces/w1/apis/o", &attach("x"));
    let rest = [api.clone(), policy];
    let with = |certificates: &[&String]| {
        let mut files = rest.to_vec();
        files.extend(certificates.iter().map(|one| (*one).clone()));
        only(&of(&files))
    };
    is_undecidable(&with(&[&service]), "/workspaces/w1/certificates?api-version=");
    is_undecidable(&with(&[&other]), "not among the certificates given of the workspace");
    is_certificate(&with(&[&service, &own, &other]), X, [X, X]);
    is_certificate(&with(&[&own]), X, [X, X]);

    // By thumbprint alike.
    let by_thumbprint = format!("<authentication-certificate thumbprint='{Y}'/>");
    let policy = policy_json("workspaces/w1/apis/o", &by_thumbprint);
    let expectation = only(&of(&[api, policy, service.clone(), own.clone()]));
    is_undecidable(&expectation, "of another level");

    // And the other way round: the service's policy does not reach into a workspace.
    let api = api_json("apis/o", url);
    let policy = policy_json("apis/o", &attach("x"));
    let expectation = only(&of(&[api.clone(), policy.clone(), own.clone()]));
    is_undecidable(&expectation, "among the certificates of workspaces alone");
    is_certificate(&only(&of(&[api, policy, own, service])), Y, [Y, Y]);
}

#[test]
fn backends_named_values_and_fragments_of_a_workspace_are_its_own() {
    let backend = |path: &str, thumbprint: &str| {
        let host = path.replace('/', "-");
        backend_json("b", &format!("https://{host}.example"), thumbprint)
            .replace("/backends/b", &format!("/{path}/backends/b").replace("//", "/"))
    };
    let route = "<set-backend-service backend-id='b'/>";
    let policy = policy_json("workspaces/w1/apis/o", route);
    let expectation = only(&of(&[policy.clone(), backend("workspaces/w1", X)]));
    is_certificate(&expectation, X, ["none", X]);
    // The service's backend of that name is another.
    let configuration = of(&[policy, backend("", Y)]);
    let targets = resolve(&configuration, &Question::default()).unwrap();
    is_undecidable(&targets[0].expectation, "the backend b, which is not among the files");
    assert_eq!(targets[1].name, "backend b (not given)");

    let named = |path: &str, value: &str| {
        format!(
            r#"{{"id": "{SERVICE}/{path}namedValues/cert", "name": "cert", "properties":
                {{"displayName": "cert", "value": "{value}"}}}}"#
        )
    };
    let url = r#""serviceUrl": "https://backend.example""#;
    let api = api_json("workspaces/w1/apis/o", url);
    let policy = policy_json("workspaces/w1/apis/o", &attach("{{cert}}"));
    let certificates = certificates_json(&[
        ("workspaces/w1/certificates/x", X),
        ("workspaces/w1/certificates/y", Y),
    ]);
    let files = [api, policy, certificates, named("", "y")];
    is_undecidable(&only(&of(&files)), "/workspaces/w1/namedValues/cert?");
    let mut files = files.to_vec();
    files.push(named("workspaces/w1/", "x"));
    is_certificate(&only(&of(&files)), X, [X, X]);
}

#[test]
fn global_policy_that_a_workspace_inherits_names_what_the_service_has() {
    let configuration = of(&[
        policy_json("", &attach("x")),
        policy_json("workspaces/w1", ""),
        policy_json("workspaces/w1/apis/o", ""),
        api_json("workspaces/w1/apis/o", r#""serviceUrl": "https://backend.example""#),
        certificates_json(&[("certificates/x", X), ("workspaces/w1/certificates/x", Y)]),
    ]);
    is_certificate(&only(&configuration), X, [X, X]);
}
