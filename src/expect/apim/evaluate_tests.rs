//! Values of template expressions.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::rc::Rc;

use super::budget::Budget;
use super::evaluate::{Frame, Scope, Source};
use super::json::Document;
use super::place::Place;
use super::value::{Json, Value};

/// What an expression gives where these parameters and variables are there (JSON).
fn value(text: &str, parameters: &str, variables: &str) -> Json {
    let [parameters, variables] =
        [parameters, variables].map(|text| Document::parse(&"t".into(), text).unwrap().into_root());
    let mut scope = Scope::new(Rc::new(Budget::default()), None);
    for (name, given) in parameters.entries() {
        scope.add_parameter(name, Source::Default(given));
    }
    for (name, variable) in variables.entries() {
        scope.add_variable(name, Source::Variable(variable));
    }
    let place = Place::file(&"t".into());
    scope.expand(&Json::text(place, text), &Frame::default())
}

/// The same as JSON text; why where it is not known.
fn shown(text: &str) -> String {
    let parameters = r#"{"suffix": "-prod", "list": ["a", "b"], "flag": true,
        "object": {"y": ["first", {"z": 7}], "Name": "n"}}"#;
    written(&value(
        text,
        parameters,
        r#"{"twice": "[concat(variables('one'), variables('one'))]", "one": "1"}"#,
    ))
}

fn written(value: &Json) -> String {
    match &value.value {
        Value::Null => "null".to_owned(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Number(number) => number.clone(),
        Value::Text(text) => text.clone(),
        Value::List(elements) => {
            format!("[{}]", elements.iter().map(written).collect::<Vec<_>>().join(","))
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}:{}", written(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Value::Unknown(unknown) => match unknown.id() {
            Some(id) => format!("id {id}"),
            None => format!("unknown: {}", unknown.why),
        },
    }
}

#[test]
fn functions_give_what_the_reference_says() {
    for (text, wanted) in [
        ("[concat('x', parameters('suffix'))]", "x-prod"),
        ("[concat(parameters('list'), createArray('c'))]", "[a,b,c]"),
        ("[format('{0}/{1}/{{0}}', 'a', 2)]", "a/2/{0}"),
        ("[replace('a-b-c', '-', '.')]", "a.b.c"),
        ("[toUpper(toLower('aB'))]", "AB"),
        ("[first(split('a/b/c', '/'))][", "[first(split('a/b/c', '/'))]["),
        ("[first(split('a/b/c', '/'))]", "a"),
        ("[last(split('a,b;c', createArray(',', ';')))]", "c"),
        ("[join(parameters('list'), '+')]", "a+b"),
        ("[if(equals(1, 2), 'yes', 'no')]", "no"),
        ("[if(true(), 'yes', parameters('nobody'))]", "yes"),
        ("[and(true(), not(false()))]", "true"),
        ("[or(parameters('nobody'), parameters('flag'))]", "true"),
        ("[empty('')]", "true"),
        ("[empty(parameters('list'))]", "false"),
        ("[coalesce(null(), 'x')]", "x"),
        ("[contains(parameters('object'), 'name')]", "true"),
        ("[contains('backend', 'end')]", "true"),
        ("[parameters('object').y[0]]", "first"),
        ("[parameters('object')['y'][1].z]", "7"),
        ("[tryGet(parameters('object'), 'none')]", "null"),
        ("[length(parameters('list'))]", "2"),
        ("[add(int('3'), 4)]", "7"),
        ("[range(2, 3)]", "[2,3,4]"),
        ("[union(parameters('list'), createArray('b', 'c'))]", "[a,b,c]"),
        ("[union(createObject('a', 1), createObject('a', 2, 'b', 3))]", "{a:2,b:3}"),
        ("[json('{\"a\": [true]}')]", "{a:[true]}"),
        ("[map(parameters('list'), lambda('x', concat(lambdaVariables('x'), '1')))]", "[a1,b1]"),
        ("[filter(parameters('list'), lambda('x', equals(lambdaVariables('x'), 'b')))]", "[b]"),
        ("[variables('twice')]", "11"),
        ("[[not an expression]", "[not an expression]"),
        ("[substring('abcdef', 1, 2)]", "bc"),
        ("[skip(parameters('list'), 1)]", "[b]"),
    ] {
        assert_eq!(shown(text), wanted, "{text}");
    }
}

#[test]
fn name_behind_an_unknown_service_is_known() {
    for (text, wanted) in [
        ("[concat(parameters('s'), '/backend1')]", "id [parameters('s')]/backend1"),
        ("[format('{0}/{1}', parameters('s'), 'backend1')]", "id [parameters('s')]/backend1"),
        (
            "[resourceId('Microsoft.ApiManagement/service/backends', parameters('s'), 'b')]",
            "/subscriptions/?/resourceGroups/?/providers/Microsoft.ApiManagement/service/\
             [parameters('s')]/backends/b",
        ),
        (
            "[concat(resourceId('Microsoft.ApiManagement/service', parameters('s')), \
              '/backends/', 'backend1')]",
            "id /subscriptions/?/resourceGroups/?/providers/Microsoft.ApiManagement/service/\
             [parameters('s')]/backends/backend1",
        ),
    ] {
        assert_eq!(shown(text), wanted, "{text}");
    }
}

#[test]
fn what_is_not_known_is_told() {
    for (text, why) in [
        ("[concat('https://b', parameters('x'), '.example')]", "parameters('x') has no literal"),
        ("[concat(parameters('service'), '/', parameters('backendName'))]", "has no literal value"),
        ("[parameters('backendName')]", "parameters('backendName') has no literal value"),
        (
            "[reference(resourceId('x/y', 'z')).thumbprint]",
            "reference(resourceId('x/y', 'z')) has no",
        ),
        ("[if(parameters('x'), 1, 2)]", "parameters('x') has no literal value"),
        ("[if('maybe', 1, 2)]", "not a boolean"),
        ("[format('{0}', parameters('list'))]", "not understood"),
        ("[parameters('list')[7]]", "no literal value"),
        ("[uniqueString('x')]", "uniqueString('x') has no literal value"),
        ("[concat(]", "not understood"),
    ] {
        let shown = shown(text);
        assert!(shown.starts_with("unknown: ") && shown.contains(why), "{text}: {shown}");
    }
    let deep = format!("[{}]", "concat(".repeat(10_000));
    assert!(shown(&deep).contains("not understood"));
}

#[test]
fn values_that_double_and_double_end() {
    let mut variables = vec![format!("\"v0\": \"{}\"", "x".repeat(1000))];
    variables.extend((1..100).map(|step| {
        let last = step - 1;
        format!("\"v{step}\": \"[concat(variables('v{last}'), variables('v{last}'))]\"")
    }));
    let variables = format!("{{{}}}", variables.join(","));
    let found = written(&value("[variables('v99')]", "{}", &variables));
    assert!(found.contains("again and again"), "{found}");
}

#[test]
fn long_chains_of_variables_end() {
    for size in [10, 100_000] {
        let mut variables = vec!["\"v0\": \"end\"".to_owned()];
        variables
            .extend((1..size).map(|step| format!("\"v{step}\": \"[variables('v{}')]\"", step - 1)));
        let text = format!("[variables('v{}')]", size - 1);
        let found = written(&value(&text, "{}", &format!("{{{}}}", variables.join(","))));
        assert!(found == "end" || found.starts_with("unknown: "), "{found}");
        assert_eq!(found == "end", size == 10);
    }
}
