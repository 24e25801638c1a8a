//! Files of other gateways, of any kind, and what is in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::nginx_include::Include;
use super::nginx_syntax::{self, Directive};
use super::upstream::{CertificateAt, Presents, Upstream};
use super::{conclude, envoy, ingress, istio, kong, nginx, nginx_include};
use crate::expect::apim::{ConfigurationError, Place, Target};
use crate::expect::carried::{self, Secret};
use crate::expect::certificate_file::decode_text;
use crate::expect::yaml::{Yaml, YamlValue};

/// Configuration of other gateways, as far as files were given.
#[derive(Clone, Debug, Default)]
pub struct Gateways {
    /// Files of nginx, by their names; a dump of `nginx -T` holds several.
    nginx: Vec<NginxFile>,
    documents: Vec<(Arc<str>, Yaml)>,
    secrets: Vec<Secret>,
    /// Files that a configuration names, by the configuration and the name in it; `None` for one
    /// that is not to be had.
    files: BTreeMap<(String, String), Option<NamedBytes>>,
}

/// The name of a file, and its content.
type NamedBytes = (String, Vec<u8>);

/// A file that a configuration names.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WantedFile {
    /// The configuration that names it.
    pub configuration: String,
    /// Its name there; a relative one is relative to the gateway's own folder.
    pub name: String,
}

/// A file of nginx.
#[derive(Clone, Debug)]
pub(super) struct NginxFile {
    /// Its name.
    pub(super) path: Arc<str>,
    /// The name by which another file includes it, where that is known.
    pub(super) included_as: Option<String>,
    /// The dump that it is part of.
    pub(super) dump: Option<Arc<str>>,
    /// Whether it is read by itself, and not only where another one includes it.
    pub(super) is_root: bool,
    /// What stands in it.
    pub(super) directives: Vec<Directive>,
}

impl Gateways {
    /// Whether a file is the configuration of a gateway that is read here, by its content.
    pub fn recognises(bytes: &[u8]) -> bool {
        let text = decode_text(bytes);
        if is_document(&text) {
            return Yaml::documents(&text).is_ok_and(|documents| documents.iter().any(is_known));
        }
        nginx_syntax::looks_like_nginx(&text)
    }

    /// Reads a file, told by its content: nginx, Ingress, DestinationRule and Secret of Kubernetes,
    /// `config_dump` and bootstrap of Envoy, declarative configuration of Kong.
    ///
    /// # Errors
    ///
    /// It is none of these, or damaged, with the line where there is one.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), ConfigurationError> {
        let file: Arc<str> = path.into();
        if bytes.len() > LARGEST_FILE {
            let what = format!("{} bytes are too many for a gateway's configuration", bytes.len());
            return Err(ConfigurationError::at(&Place::file(&file), what));
        }
        let text = decode_text(bytes);
        if !is_document(&text) && nginx_syntax::looks_like_nginx(&text) {
            return self.add_nginx(&file, &text);
        }
        let documents = carried::documents(&text).map_err(|(line, what)| {
            ConfigurationError::at(&Place::new(&file, line), what).hint(KINDS)
        })?;
        let mut is_known = false;
        for document in documents {
            let secrets = carried::secrets(&document);
            is_known |= !secrets.is_empty() || is_of_gateway(&document);
            self.secrets.extend(secrets);
            self.documents.push((Arc::clone(&file), document));
        }
        if !is_known {
            let what = "nothing of a gateway that is read was recognised in this file";
            return Err(ConfigurationError::at(&Place::file(&file), what).hint(KINDS));
        }
        Ok(())
    }

    /// Whether any file was given.
    pub fn is_empty(&self) -> bool {
        self.nginx.is_empty() && self.documents.is_empty()
    }

    /// The files that the configuration names and that were not given yet.
    pub fn wanted(&self) -> Vec<WantedFile> {
        if self.files.len() >= MOST_FILES {
            return Vec::new();
        }
        let mut wanted: Vec<WantedFile> = Vec::new();
        let mut want = |configuration: &str, name: &str| {
            let key = (configuration.to_owned(), name.to_owned());
            if !self.files.contains_key(&key) {
                wanted.push(WantedFile { configuration: key.0, name: key.1 });
            }
        };
        for (file, include) in nginx_include::all(&self.nginx) {
            if let Include::NotGiven = nginx_include::find(&self.nginx, file, &include)
                && !include.contains(['*', '?', '['])
            {
                want(&file.path, &include);
            }
        }
        for upstream in self.upstreams() {
            if let Presents::Certificate(CertificateAt::File(name)) = &upstream.presents {
                want(&upstream.place.file, name);
            }
        }
        wanted.sort();
        wanted.dedup();
        wanted.truncate(MOST_FILES);
        wanted
    }

    /// Gives a file that was wanted: its name and content, or that it is not to be had.
    pub fn give(&mut self, wanted: WantedFile, found: Option<(String, Vec<u8>)>) {
        let WantedFile { configuration, name } = wanted;
        if let Some((path, bytes)) = &found
            && self.includes(&configuration, &name)
        {
            // One that cannot be read is as good as not given.
            if let Ok(directives) =
                nginx_syntax::parse(&path.as_str().into(), 1, &decode_text(bytes))
            {
                self.nginx.push(NginxFile {
                    path: path.as_str().into(),
                    included_as: Some(name.clone()),
                    dump: None,
                    is_root: false,
                    directives,
                });
            }
        }
        self.files.insert((configuration, name), found);
    }

    /// What should be seen at each server, or at the one of this name.
    pub fn targets(&self, only: Option<&str>) -> Vec<Target> {
        conclude::targets(self, self.upstreams(), only)
    }

    /// A file that a configuration names.
    pub(super) fn file(&self, configuration: &str, name: &str) -> Option<(&str, &[u8])> {
        let found = self.files.get(&(configuration.to_owned(), name.to_owned()))?.as_ref()?;
        Some((&found.0, &found.1))
    }

    /// The certificate of a Secret, with a name for it.
    pub(super) fn secret(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(String, Vec<u8>), String> {
        let fits = |secret: &&Secret| {
            secret.name == name
                && match (namespace, secret.namespace.as_deref()) {
                    (Some(wanted), Some(own)) => wanted == own,
                    _ => true,
                }
        };
        let mut found = self.secrets.iter().filter(fits);
        let full =
            namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
        match (found.next(), found.next()) {
            (Some(secret), None) => match &secret.bytes {
                Ok(bytes) => Ok((format!("Secret {full}"), bytes.clone())),
                Err(error) => Err(error.to_string()),
            },
            (None, _) => {
                let option = namespace.map(|one| format!(" -n {one}")).unwrap_or_default();
                Err(format!(
                    "the Secret {full} was not given: kubectl get secret {name}{option} -o yaml > \
                     secret.yaml, and --gateway-config secret.yaml"
                ))
            }
            (Some(_), Some(_)) => Err(format!("several Secrets {full} were given")),
        }
    }

    fn add_nginx(&mut self, file: &Arc<str>, text: &str) -> Result<(), ConfigurationError> {
        let parts = nginx_syntax::dumped(text);
        if parts.len() > MOST_FILES {
            let what = format!("more than {MOST_FILES} files in one dump");
            return Err(ConfigurationError::at(&Place::file(file), what));
        }
        let is_dump = parts.len() > 1 || parts.iter().any(|part| part.name.is_some());
        for (index, part) in parts.iter().enumerate() {
            let directives = nginx_syntax::parse(file, part.line, part.text)?;
            self.nginx.push(NginxFile {
                path: part.name.map_or_else(|| Arc::clone(file), Arc::from),
                included_as: None,
                dump: is_dump.then(|| Arc::clone(file)),
                is_root: !is_dump || index == 0,
                directives,
            });
        }
        Ok(())
    }

    fn includes(&self, configuration: &str, name: &str) -> bool {
        let mut all = nginx_include::all(&self.nginx);
        all.any(|(file, include)| &*file.path == configuration && include == name)
    }

    fn upstreams(&self) -> Vec<Upstream> {
        let mut upstreams = nginx::upstreams(&self.nginx);
        let secrets = envoy::secrets(&self.documents);
        for (file, document) in &self.documents {
            for resource in resources(document) {
                envoy::read(file, resource, &secrets, &mut upstreams);
                ingress::read(file, resource, &mut upstreams);
                istio::read(file, resource, &mut upstreams);
                kong::read(file, resource, &mut upstreams);
            }
        }
        if upstreams.len() > MOST_UPSTREAMS {
            upstreams.truncate(MOST_UPSTREAMS);
            upstreams.push(Upstream::too_many());
        }
        upstreams
    }
}

/// The document itself, or the items of a list of Kubernetes.
fn resources(document: &Yaml) -> Vec<&Yaml> {
    match document.get("items") {
        Some(items) if document.get("kind").is_some() => items.elements().iter().collect(),
        _ => vec![document],
    }
}

/// Whether a text is JSON or YAML, and not nginx.
fn is_document(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let is_key = |line: &str| {
        let key = line.split(':').next().unwrap_or_default();
        line.contains(':') && DOCUMENT_KEYS.contains(&key)
    };
    text.starts_with(['{', '[']) || text.lines().any(is_key)
}

/// Whether anything of a document is read.
fn is_known(document: &Yaml) -> bool {
    is_of_gateway(document) || !carried::secrets(document).is_empty()
}

fn is_of_gateway(document: &Yaml) -> bool {
    let is_one = |one: &&Yaml| {
        envoy::is_envoy(one)
            || ingress::is_ingress(one)
            || istio::is_rule(one)
            || kong::is_kong(one)
    };
    resources(document).iter().any(is_one)
}

/// The text of a scalar, as the configuration means it.
pub(super) fn scalar(value: &Yaml) -> Option<String> {
    match &value.value {
        YamlValue::Text(text) => Some(text.clone()),
        YamlValue::Number(number) => Some(number.clone()),
        YamlValue::Boolean(boolean) => Some(boolean.to_string()),
        YamlValue::List(_) | YamlValue::Map(_) | YamlValue::Null => None,
    }
}

/// A value inside several maps.
pub(super) fn at<'a>(value: &'a Yaml, path: &[&str]) -> Option<&'a Yaml> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// A port number.
pub(super) fn port(value: &Yaml) -> Option<u16> {
    scalar(value)?.parse().ok()
}

/// Keys at the beginning of a line by which a YAML file of a gateway is known.
const DOCUMENT_KEYS: &[&str] = &[
    "apiVersion",
    "kind",
    "_format_version",
    "services",
    "certificates",
    "static_resources",
    "configs",
    "---",
];

const KINDS: &str = "read are nginx (nginx -T > nginx.txt), Ingress, DestinationRule and Secret of \
                     Kubernetes (kubectl get … -o yaml), Envoy (curl localhost:9901/config_dump) \
                     and Kong (deck gateway dump)";

/// Largest file that is read, in bytes: a config_dump of a mesh has some.
const LARGEST_FILE: usize = 16 << 20;

/// Files that configurations name.
const MOST_FILES: usize = 1000;

/// Upstreams of all files.
const MOST_UPSTREAMS: usize = 10_000;
