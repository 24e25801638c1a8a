//! Everything that is known of a service's configuration, gathered from files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::backend::Backend;
use super::certificate_entity::CertificateEntity;
use super::doubtful::DoubtfulPolicy;
use super::entities::{Api, Fragment, NamedValue, Policy, Resolver};
use super::error::ConfigurationError;
use super::json::Document;
use super::named_values::Value;
use super::parameters::ParameterFile;
use super::place::Place;
use super::policy::{PolicyDocument, looks_like_policy};
use super::scope::{Owner, Scope, is_same_workspace, workspace_key};
use super::settled::Template;
use super::template::is_template;
use super::walk::{Found, Walk};
use crate::certificate::Certificate;
use crate::expect::NotRead;
use crate::expect::certificate_file::{CertificateFile, decode_text};
use crate::expect::lint::{Lint, Severity};

/// Configuration of an API Management service, as far as files were given.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    pub(super) backends: Vec<Backend>,
    pub(super) certificates: Vec<CertificateEntity>,
    /// Certificates as an earlier listing had them.
    pub(super) previous: Vec<CertificateEntity>,
    /// Certificates themselves, for what the service does not tell of them.
    pub(super) files: Vec<(Certificate, Place)>,
    /// Values by their names, in lower case, with their workspaces; several where several entities
    /// have one name.
    pub(super) named_values: BTreeMap<String, Vec<Value>>,
    /// The names of each named value, by its workspace and any of them, lower case.
    pub(super) names_of_values: BTreeMap<(Option<String>, String), BTreeSet<String>>,
    pub(super) fragments: Vec<Fragment>,
    pub(super) policies: Vec<Policy>,
    pub(super) apis: Vec<Api>,
    pub(super) resolvers: Vec<Resolver>,
    /// Products, and the APIs in them.
    pub(super) products: Vec<(String, String)>,
    /// Whether a listing of certificates was given, even an empty one.
    pub(super) has_certificate_list: bool,
    /// Whether a list of Backends was given that does not go on elsewhere: what is not in it is not
    /// there.
    pub(super) has_backend_list: bool,
    /// Whether a folder of an extractor was read.
    pub(super) is_folder: bool,
    /// Products of which the list of APIs cannot be read.
    pub(super) open_products: Vec<String>,
    /// The one service whose entities are read.
    pub(super) asked_service: Option<String>,
    /// The services of which there are entities, each with where its first one is.
    pub(super) services: Vec<(String, Place)>,
    /// The id of the service, where a file has one.
    pub(super) service_id: Option<String>,
    /// Policies of something whose name is not known.
    pub(super) unplaced: Vec<Policy>,
    /// Policies that may not be in force.
    pub(super) doubtful_policies: Vec<DoubtfulPolicy>,
    /// Templates, which are read when all files of parameters are there.
    pub(super) templates: Vec<Template>,
    /// Files of parameters.
    pub(super) parameters: Vec<ParameterFile>,
    /// What was taken for granted, for the reasons of every expectation.
    pub(super) notes: Vec<String>,
    /// What was odd while reading.
    pub(super) lint: Vec<Lint>,
    /// What was seen and passed over, and how much more.
    pub(super) not_read: Vec<NotRead>,
    pub(super) more_not_read: usize,
    /// How many entities were read, of every kind.
    pub(super) entities: usize,
    /// How many elements the policies have, and bytes.
    elements: usize,
    policy_bytes: usize,
}

impl Configuration {
    /// Reads a file of any kind, told by its content.
    ///
    /// Read are the objects and lists of the REST interface (`az rest`), ARM templates, `terraform
    /// show -json` and state files, PowerShell's `ConvertTo-Json`, policies raw or escaped, policy
    /// fragments, and certificates.
    ///
    /// # Errors
    ///
    /// The file holds nothing of the kind, or is damaged; the place is told where there is one.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), ConfigurationError> {
        self.read(path, bytes).map(drop)
    }

    /// Reads a file that has to hold a Backend (`--backend`).
    ///
    /// # Errors
    ///
    /// As for [`Self::add`], and where there is no Backend in it.
    pub fn add_backends(&mut self, path: &str, bytes: &[u8]) -> Result<(), ConfigurationError> {
        let found = self.read(path, bytes)?;
        if found.backends == 0 && !found.parameters {
            return Err(wrong_kind(path, "Backend", found)
                .hint("az rest --method get --url …/backends/NAME?api-version=… prints one"));
        }
        Ok(())
    }

    /// Reads a file that has to hold certificates, or a list of none (`--certificates`).
    ///
    /// # Errors
    ///
    /// As for [`Self::add`], and where there are none in it.
    pub fn add_certificates(&mut self, path: &str, bytes: &[u8]) -> Result<(), ConfigurationError> {
        let found = self.read(path, bytes)?;
        if found.parameters {
            return Ok(());
        }
        if found.certificates == 0 && !found.empty_list {
            return Err(wrong_kind(path, "Certificate", found)
                .hint("az rest --method get --url …/certificates?api-version=… prints them"));
        }
        self.has_certificate_list = true;
        Ok(())
    }

    /// Reads an earlier listing of the certificates, for what a rotation replaced
    /// (`--previous-certificates`).
    ///
    /// # Errors
    ///
    /// As for [`Self::add_certificates`].
    pub fn add_previous(&mut self, path: &str, bytes: &[u8]) -> Result<(), ConfigurationError> {
        let mut earlier = Self { asked_service: self.asked_service.clone(), ..Self::default() };
        earlier.add_certificates(path, bytes)?;
        self.previous.append(&mut earlier.certificates);
        self.files.append(&mut earlier.files);
        self.lint.append(&mut earlier.lint);
        Ok(())
    }

    /// Reads a policy (`--policy [SCOPE=]FILE`); without a scope it is the API's.
    ///
    /// # Errors
    ///
    /// It is no policy, or no well-formed one.
    pub fn add_policy(
        &mut self,
        scope: Option<Scope>,
        path: &str,
        bytes: &[u8],
    ) -> Result<(), ConfigurationError> {
        let before = self.policies.len();
        let found = self.read(path, bytes)?;
        if found.policies == 0 && found.fragments == 0 && !found.parameters {
            return Err(wrong_kind(path, "policy", found)
                .hint("give the XML that the portal's policy editor shows"));
        }
        let Some(scope) = scope else {
            return Ok(());
        };
        // What the file itself says counts more than the option.
        let mut contradicted = Vec::new();
        for policy in self.policies.iter_mut().skip(before) {
            if policy.is_placed && policy.scope != scope {
                contradicted.push((policy.place.clone(), policy.scope));
            } else if !policy.is_placed {
                policy.scope = scope;
            }
        }
        for (place, own) in contradicted {
            let text = format!(
                "--policy gives the scope {scope}, and the id in the file says that the policy is \
                 of the scope {own}: the id counts"
            );
            self.odd("policy-scope-differs-from-id", Severity::Warning, &place, text);
        }
        Ok(())
    }

    /// Whether the files are all there is, so that a policy that is not among them does not exist:
    /// a folder of an extractor that holds APIs.
    pub(super) fn is_whole(&self) -> bool {
        self.is_folder && !self.apis.is_empty()
    }

    /// The names of the backends that are known, in the order in which they were read.
    pub fn backend_names(&self) -> Vec<&str> {
        self.backends.iter().map(|backend| backend.name.as_str()).collect()
    }

    fn read(&mut self, path: &str, bytes: &[u8]) -> Result<Found, ConfigurationError> {
        let file: Arc<str> = path.into();
        if let Some(found) = self.read_certificate(&file, bytes) {
            return Ok(found);
        }
        let text = text_of(&file, bytes)?;
        if looks_like_policy(&text) {
            let place = Place::file(&file);
            let document = self.policy(&text, &place)?;
            if document.is_fragment() {
                let name = fragment_name(path);
                self.fragments.push(Fragment { name, workspace: None, document });
                return Ok(Found { fragments: 1, ..Found::default() });
            }
            if document.is_resolver() {
                let (owner, document) = (Owner::default(), Ok(document));
                self.resolvers.push(Resolver { owner, document, place });
                return Ok(Found { policies: 1, ..Found::default() });
            }
            let (scope, owner, document) = (Scope::Api, Owner::default(), Ok(document));
            self.policies.push(Policy { scope, owner, is_placed: false, document, place });
            return Ok(Found { policies: 1, ..Found::default() });
        }
        let document = Document::parse(&file, &text).map_err(|error| match error.hint {
            Some(_) => error,
            None => match source_hint(path) {
                Some(hint) => error.hint(hint),
                None => error,
            },
        })?;
        if let Some(parameters) = ParameterFile::read(&document) {
            self.parameters.push(parameters);
            return Ok(Found { parameters: true, ..Found::default() });
        }
        if is_template(document.root()) {
            return self.add_template(document);
        }
        let found = Walk::new(self).document(document.root())?;
        if found == Found::default() {
            return Err(ConfigurationError::at(
                &Place::file(&file),
                "no backend, certificate, named value, policy or API is recognised in this file",
            )
            .hint(
                "objects and lists of the REST interface, ARM templates, terraform show -json, \
                 PowerShell's ConvertTo-Json and policies are read",
            ));
        }
        Ok(found)
    }

    /// A certificate itself, for what its entity does not tell.
    fn read_certificate(&mut self, file: &Arc<str>, bytes: &[u8]) -> Option<Found> {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
        let is_text = matches!(first, b'{' | b'[' | b'<' | 0xef | 0xff | 0xfe);
        let read = (!is_text).then(|| CertificateFile::read(file, bytes).ok()).flatten()?;
        let place = Place { file: Arc::clone(file), line: read.line };
        self.files.push((read.certificate, place));
        Some(Found { certificates: 1, ..Found::default() })
    }

    /// Reads one policy of all, which together are bounded.
    pub(super) fn policy(
        &mut self,
        text: &str,
        place: &Place,
    ) -> Result<PolicyDocument, ConfigurationError> {
        let document = PolicyDocument::parse(text, place)?;
        self.count_policy(&document, text.len(), place)?;
        Ok(document)
    }

    /// Counts a policy of this many bytes towards the bounds on all of them.
    pub(super) fn count_policy(
        &mut self,
        document: &PolicyDocument,
        bytes: usize,
        place: &Place,
    ) -> Result<(), ConfigurationError> {
        self.elements = self.elements.saturating_add(document.root.size);
        self.policy_bytes = self.policy_bytes.saturating_add(bytes);
        if self.elements > MOST_ELEMENTS || self.policy_bytes > MOST_POLICY_BYTES {
            let what = format!(
                "the policies have more than {MOST_ELEMENTS} elements or {MOST_POLICY_BYTES} bytes \
                 together"
            );
            return Err(ConfigurationError::at(place, what)
                .hint("give the policies of the API that is asked about alone"));
        }
        Ok(())
    }

    /// Takes a named value over.
    pub(super) fn add_named_value(&mut self, named: NamedValue) {
        for name in &named.names {
            let key = (workspace_key(named.workspace.as_deref()), name.to_lowercase());
            self.names_of_values.entry(key).or_default().extend(named.names.iter().cloned());
        }
        for name in named.names {
            let values = self.named_values.entry(name.to_ascii_lowercase()).or_default();
            let value = Value { workspace: named.workspace.clone(), value: named.value.clone() };
            let same = values.iter().filter(|one| one.workspace == value.workspace).count();
            if !values.contains(&value) && same < MOST_VALUES {
                values.push(value);
            }
        }
    }

    /// Puts a named value in the place of those with its names.
    pub(super) fn replace_named_value(&mut self, named: NamedValue) {
        for name in &named.names {
            if let Some(values) = self.named_values.get_mut(&name.to_ascii_lowercase()) {
                let own = named.workspace.as_deref();
                values.retain(|one| !is_same_workspace(one.workspace.as_deref(), own));
            }
        }
        self.add_named_value(named);
    }

    /// Remembers something odd.
    pub(super) fn odd(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: &Place,
        text: impl Into<String>,
    ) {
        self.lint.push(lint(code, severity, Some(place), text));
    }
}

/// A remark with its place.
pub(super) fn lint(
    code: &'static str,
    severity: Severity,
    place: Option<&Place>,
    text: impl Into<String>,
) -> Lint {
    Lint {
        code,
        severity,
        file: place.map(|place| place.file.to_string()),
        line: place.and_then(|place| place.line),
        text: text.into(),
    }
}

pub(super) fn text_of(file: &Arc<str>, bytes: &[u8]) -> Result<String, ConfigurationError> {
    let place = Place::file(file);
    if bytes.len() > LARGEST_FILE {
        let what = format!("{} bytes are too many for a configuration file", bytes.len());
        return Err(ConfigurationError::at(&place, what));
    }
    let text = decode_text(bytes);
    if text.trim().is_empty() {
        return Err(ConfigurationError::at(&place, "the file is empty"));
    }
    if text.contains('\0') {
        return Err(ConfigurationError::at(&place, "the file is no text")
            .hint("JSON of the service's configuration and policies in XML are read"));
    }
    Ok(text)
}

fn wrong_kind(path: &str, wanted: &str, found: Found) -> ConfigurationError {
    let place = Place::file(&path.into());
    ConfigurationError::at(&place, format!("no {wanted} in this file: it holds {found}"))
}

/// What to do about the source of a configuration in place of the configuration.
fn source_hint(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    if path.ends_with(".bicep") {
        return Some("compile it first: az bicep build --file FILE");
    }
    let is_terraform = path.ends_with(".tf") || path.ends_with(".tfvars");
    is_terraform.then_some("give the state: terraform show -json > state.json")
}

/// `fragments/NAME/policy.xml`, `NAME.fragment.xml`, `NAME.xml`.
fn fragment_name(path: &str) -> String {
    let mut segments = path.rsplit(['/', '\\']);
    let file = segments.next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    if stem.eq_ignore_ascii_case("policy") {
        return segments.next().unwrap_or_default().to_owned();
    }
    stem.to_owned()
}

/// Different values of one name that are kept: two are enough to know that it is not known.
const MOST_VALUES: usize = 2;

/// Elements of all policies: those of a thousand APIs have some fifty each.
const MOST_ELEMENTS: usize = 1_000_000;

/// Bytes of all policies.
const MOST_POLICY_BYTES: usize = 128 << 20;

/// Largest configuration file in bytes: a large service's state takes some 20 MiB.
const LARGEST_FILE: usize = 64 << 20;
