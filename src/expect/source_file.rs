//! Files that a configuration is made from: what turns each into something that is read.

/// A file of which nothing can be read, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceFile {
    /// What it is, with its article.
    pub what: &'static str,
    /// The command that makes something of it that is read.
    pub hint: String,
}

impl SourceFile {
    /// What a file is by its name's extension and its content; `None` for what has no better
    /// explanation than that it could not be read.
    pub fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let (what, hint) = if ends(&[".tf", ".tf.json", ".tofu"]) {
            ("a Terraform source, which holds mostly references", PLAN.to_owned())
        } else if ends(&[".tfvars", ".tfvars.json"]) {
            (
                "a file of Terraform variables",
                format!("in the folder that it belongs to: {PLAN_WITH_VARIABLES}"),
            )
        } else if ends(&[".tfplan"])
            || (bytes.starts_with(b"PK\x03\x04")
                && (!name.contains('.') || ends(&[".out", ".plan", ".binary"])))
        {
            ("a saved Terraform plan", format!("terraform show -json {path} > plan.json"))
        } else if ends(&[".hcl"]) {
            (
                "a Terragrunt source",
                "terragrunt plan -out p && terragrunt show -json p > plan.json".to_owned(),
            )
        } else if ends(&[".bicep"]) {
            ("a Bicep source", format!("az bicep build --file {path} writes the template as JSON"))
        } else if ends(&[".bicepparam"]) {
            (
                "a file of Bicep parameters",
                format!(
                    "az bicep build-params --file {path} writes them as JSON, which is given beside \
                     the template of az bicep build"
                ),
            )
        } else if ends(&[".yaml", ".yml", ".tpl"]) {
            of_yaml(&name, &String::from_utf8_lossy(bytes))
        } else if ends(&[".ps1", ".psm1", ".sh", ".cmd", ".bat"]) {
            ("a script", format!("what it deploys can be shown: {REST}"))
        } else if ends(&[".cs", ".csx", ".ts", ".py", ".go"]) {
            ("a program's source", format!("what it deploys can be shown: {REST}"))
        } else {
            return None;
        };
        Some(Self { what, hint })
    }
}

/// YAML of which nothing is read, by what it says of itself.
fn of_yaml(name: &str, text: &str) -> (&'static str, String) {
    let has_line =
        |start: &str| text.lines().take(LINES_LOOKED_AT).any(|line| line.starts_with(start));
    let is_template = text.contains("{{") && text.contains("}}");
    if name.starts_with("configuration") {
        (
            "an APIOps configuration",
            "it changes what the extractor's folder says: --apiops-configuration FILE beside \
             --apiops DIR"
                .to_owned(),
        )
    } else if is_template && !has_line("on:") && !has_line("jobs:") {
        (
            "a Helm or Jinja template",
            "helm template CHART > manifests.yaml writes what it makes".to_owned(),
        )
    } else if name.starts_with("kustomization") || has_line("kustomize.config.k8s.io") {
        (
            "a kustomization",
            "kubectl kustomize DIR > manifests.yaml writes what it makes".to_owned(),
        )
    } else if text.contains("apimanagement.azure.com/") {
        ("a resource of Azure Service Operator", format!("what it deploys can be shown: {REST}"))
    } else if has_line("openapi:") || has_line("swagger:") {
        (
            "an API description (OpenAPI)",
            "it says nothing of client certificates; backends and policies do".to_owned(),
        )
    } else if has_line("kind:") || has_line("apiVersion:") {
        (
            "a Kubernetes resource that is not read",
            "read are Secret (--expect-certificate), and Ingress and DestinationRule \
             (--gateway-config)"
                .to_owned(),
        )
    } else if has_line("name:") && has_line("runtime:") {
        (
            "a Pulumi project",
            "pulumi stack export > state.json, or what it deployed: ".to_owned() + REST,
        )
    } else if ["on:", "jobs:", "stages:", "steps:", "trigger:"].iter().any(|key| has_line(key)) {
        ("a pipeline", format!("what it deploys can be shown: {REST}"))
    } else {
        ("YAML of a kind that is not read", format!("the service itself can be asked: {REST}"))
    }
}

const PLAN: &str = "terraform plan -out p && terraform show -json p > plan.json, or terraform show \
                    -json > state.json for what is deployed";

const PLAN_WITH_VARIABLES: &str =
    "terraform plan -var-file FILE -out p && terraform show -json p > plan.json";

const REST: &str = "az rest --method get --url \"$SERVICE/backends?api-version=2024-05-01\" > \
                    backends.json";

/// Lines of a YAML file in which a key of its kind is looked for.
const LINES_LOOKED_AT: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_its_command() {
        for (name, text, command) in [
            ("infra/main.tf", "resource \"a\" \"b\" {}", "terraform show -json"),
            ("prod.tfvars", "a = 1", "-var-file"),
            ("main.tf.json", "{}", "terraform show -json"),
            ("p.tfplan", "PK\x03\x04", "terraform show -json p.tfplan"),
            ("p", "PK\x03\x04", "terraform show -json p"),
            ("plan.out", "PK\x03\x04", "terraform show -json plan.out"),
            ("main.bicep", "param a string", "az bicep build --file main.bicep"),
            (
                "prod.bicepparam",
                "using 'main.bicep'",
                "az bicep build-params --file prod.bicepparam",
            ),
            ("a/B.BICEP", "", "az bicep build --file a/B.BICEP"),
            ("configuration.prod.yaml", "backends: []", "--apiops-configuration"),
            ("templates/ingress.yaml", "host: {{ .Values.host }}", "helm template"),
            ("kustomization.yaml", "resources: []", "kubectl kustomize"),
            ("deploy.yml", "kind: Deployment", "--gateway-config"),
            ("api.yaml", "openapi: 3.0.1", "backends and policies"),
            ("ci.yml", "on: push\njobs: {}", "az rest"),
            ("a.yaml", "a: 1", "az rest"),
        ] {
            let hint = SourceFile::of(name, text.as_bytes()).map(|one| one.hint);
            let hint = hint.unwrap_or_default();
            assert!(hint.contains(command), "{name}: {hint}");
        }
        assert_eq!(SourceFile::of("backend.json", b"{"), None);
        assert_eq!(SourceFile::of("a.zip", b"PK\x03\x04"), None);
    }
}
