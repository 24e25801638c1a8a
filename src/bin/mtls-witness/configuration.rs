//! Files and folders of configuration.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use mtls_witness::expect::apim::{
    Configuration, ConfigurationError, Gateway, Question, Scope, Target, resolve,
};
use mtls_witness::expect::gateway::Gateways;
use mtls_witness::expect::{HypothesisName, SourceFile};

use crate::args_expectation::ConfigurationArguments;
use crate::failure::Failure;

/// Largest configuration file that is read, in bytes; the library refuses more than 64 MiB.
const LARGEST_FILE: u64 = (64 << 20) + 1;

/// Folders inside one another in an extractor's folder.
const DEEPEST_FOLDER: usize = 12;

/// Files in an extractor's folder.
const MOST_FILES: usize = 100_000;

/// A configuration, and what is asked about it.
pub(crate) struct Configured {
    pub(crate) configuration: Configuration,
    pub(crate) question: Question,
    /// Other gateways than API Management.
    gateways: Gateways,
    /// Whether anything of API Management was given.
    is_of_service: bool,
}

impl Configured {
    /// Reads everything that the options name; `None` where they name no configuration.
    pub(crate) fn read(
        arguments: &ConfigurationArguments,
        files: &[PathBuf],
    ) -> Result<Option<Self>, Failure> {
        let question = question(arguments)?;
        if !has_files(arguments) && files.is_empty() {
            if question != Question::default() || arguments.service.is_some() {
                return Err(Failure::new(
                    "--backend-id, --api, --operation, --service, --hypothesis and --gateway are \
                     about a configuration, and none was given",
                )
                .hint("give --backend FILE, --policy FILE or --apiops DIR"));
            }
            return Ok(None);
        }
        let mut configuration = Configuration::default();
        if let Some(name) = &arguments.service {
            configuration.only_service(name);
        }
        let mut gateways = Gateways::default();
        let mut is_of_service = has_service_files(arguments);
        for path in &arguments.gateway_config {
            with_line(path, |name, bytes| gateways.add(name, bytes))?;
        }
        for path in &arguments.backend {
            with(path, |name, bytes| configuration.add_backends(name, bytes))?;
        }
        for path in &arguments.certificates {
            with(path, |name, bytes| configuration.add_certificates(name, bytes))?;
        }
        for path in &arguments.previous_certificates {
            with(path, |name, bytes| configuration.add_previous(name, bytes))?;
        }
        for text in &arguments.policy {
            let (scope, path) = scope_and_path(text);
            with(path, |name, bytes| configuration.add_policy(scope, name, bytes))?;
        }
        if let Some(folder) = &arguments.apiops {
            read_apiops(&mut configuration, folder)?;
        }
        for path in files {
            if path.is_dir() {
                read_apiops(&mut configuration, path)?;
                is_of_service = true;
                continue;
            }
            with(path, |name, bytes| match Gateways::recognises(bytes) {
                true => gateways.add(name, bytes),
                false => {
                    is_of_service = true;
                    configuration.add(name, bytes)
                }
            })?;
        }
        let has_folder = arguments.apiops.is_some() || files.iter().any(|path| path.is_dir());
        if !arguments.apiops_configuration.is_empty() && !has_folder {
            return Err(Failure::new(
                "--apiops-configuration overrides what an extractor's folder holds, and none was \
                 given",
            )
            .hint("give --apiops DIR"));
        }
        for path in &arguments.apiops_configuration {
            with_line(path, |name, bytes| configuration.add_apiops_configuration(name, bytes))?;
        }
        give_wanted(&mut gateways);
        Ok(Some(Self { configuration, question, gateways, is_of_service }))
    }

    /// What should be seen at each backend; certificates are judged to be expired at this moment,
    /// seconds since 1970-01-01T00:00:00 UTC.
    pub(crate) fn resolve(&self, as_of: Option<i64>) -> Result<Vec<Target>, Failure> {
        let question = Question { as_of, ..self.question.clone() };
        let mut targets = match self.is_of_service {
            true => resolve(&self.configuration, &question).map_err(wrong)?,
            false => Vec::new(),
        };
        targets.extend(self.gateways.targets(question.backend.as_deref()));
        if targets.is_empty() {
            return Err(Failure::new("nothing in the configuration connects to a server")
                .hint("proxy_pass of nginx, clusters of Envoy and services of Kong do"));
        }
        Ok(targets)
    }

    /// The servers of other gateways that are left out because nothing tells their connections
    /// from others.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let targets = self.gateways.targets(self.question.backend.as_deref());
        let targets = targets.into_iter().filter(|one| one.needs_selection && !one.is_asked);
        targets.map(|target| target.name).collect()
    }
}

/// Whether the options name a file or a folder.
pub(crate) fn has_files(arguments: &ConfigurationArguments) -> bool {
    has_service_files(arguments) || !arguments.gateway_config.is_empty()
}

/// Whether the options name a file or a folder of API Management.
fn has_service_files(arguments: &ConfigurationArguments) -> bool {
    !arguments.backend.is_empty()
        || !arguments.certificates.is_empty()
        || !arguments.previous_certificates.is_empty()
        || !arguments.policy.is_empty()
        || arguments.apiops.is_some()
        || !arguments.apiops_configuration.is_empty()
}

fn question(arguments: &ConfigurationArguments) -> Result<Question, Failure> {
    let hypothesis = match &arguments.hypothesis {
        None => None,
        Some(name) => Some(HypothesisName::from_name(name).ok_or_else(|| {
            Failure::new(format!("--hypothesis: there is no hypothesis {name}"))
                .hint("policy-only or entity-counts")
        })?),
    };
    let gateway = match &arguments.gateway {
        None => None,
        Some(name) => Some(Gateway::from_name(name).ok_or_else(|| {
            Failure::new(format!("--gateway: there is no kind of gateway {name}"))
                .hint("classic, v2, consumption or self-hosted")
        })?),
    };
    Ok(Question {
        backend: arguments.backend_id.clone(),
        api: arguments.api.clone(),
        operation: arguments.operation.clone(),
        hypothesis,
        as_of: None,
        gateway,
    })
}

/// `SCOPE=FILE`; a name before `=` that is no scope belongs to the file's name.
fn scope_and_path(text: &str) -> (Option<Scope>, &Path) {
    if let Some((name, path)) = text.split_once('=')
        && let Some(scope) = Scope::from_name(name)
    {
        return (Some(scope), Path::new(path));
    }
    (None, Path::new(text))
}

fn with(
    path: &Path,
    add: impl FnOnce(&str, &[u8]) -> Result<(), ConfigurationError>,
) -> Result<(), Failure> {
    let name = path.display().to_string();
    let bytes = read(path)?;
    add(&name, &bytes).map_err(|error| match SourceFile::of(&name, &bytes) {
        Some(SourceFile { what, hint }) => {
            Failure::new(format!("{name}: this is {what}: nothing is read of it")).hint(hint)
        }
        None => wrong(error),
    })
}

/// As [`with`], for an option that takes YAML: where the line of what is wrong in it is known, that
/// says more than what the file's name does.
fn with_line(
    path: &Path,
    add: impl FnOnce(&str, &[u8]) -> Result<(), ConfigurationError>,
) -> Result<(), Failure> {
    let mut located = None;
    let added = with(path, |name, bytes| {
        add(name, bytes).inspect_err(|error| {
            let has_line = error.place.as_ref().is_some_and(|place| place.line.is_some());
            located = has_line.then(|| error.clone());
        })
    });
    added.map_err(|failure| located.map_or(failure, wrong))
}

pub(crate) fn wrong(error: ConfigurationError) -> Failure {
    Failure { what: error.to_string(), hint: error.hint }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes))
        .map_err(|error| Failure::io(&name, &error))?;
    Ok(bytes)
}

/// Looks for the files that a gateway's configuration names: beside it, and where it says.
fn give_wanted(gateways: &mut Gateways) {
    for _ in 0..DEEPEST_FOLDER {
        let wanted = gateways.wanted();
        if wanted.is_empty() {
            return;
        }
        for wanted in wanted {
            let configuration = Path::new(&wanted.configuration);
            let beside = configuration.parent().unwrap_or_else(|| Path::new(""));
            // Paths of another system, too.
            let name = wanted.name.rsplit(['/', '\\']).next().unwrap_or(&wanted.name);
            let is_relative = !Path::new(&wanted.name).has_root();
            let above = beside.parent().unwrap_or(beside);
            let places = [
                is_relative.then(|| beside.join(&wanted.name)),
                is_relative.then(|| above.join(&wanted.name)),
                Some(beside.join(name)),
                Some(PathBuf::from(&wanted.name)).filter(|_| !is_relative),
            ];
            let mut files = places.into_iter().flatten().filter(|path| path.is_file());
            let found = files.find_map(|path| {
                let bytes = read(&path).ok()?;
                Some((path.display().to_string(), bytes))
            });
            gateways.give(wanted, found);
        }
    }
}

fn read_apiops(configuration: &mut Configuration, root: &Path) -> Result<(), Failure> {
    let mut files = Vec::new();
    collect(root, root, 0, &mut files)?;
    files.sort();
    let mut is_any_read = false;
    for (relative, path) in &files {
        let name = path.display().to_string();
        if Configuration::is_apiops(relative) {
            configuration.add_apiops(&name, relative, &read(path)?).map_err(wrong)?;
            is_any_read = true;
        } else {
            configuration.pass_over_apiops(&name, relative);
        }
    }
    if !is_any_read {
        return Err(Failure::new(format!(
            "{}: nothing in this folder is of the APIOps extractor",
            root.display()
        ))
        .hint("name the folder that holds apis, backends and policy.xml"));
    }
    Ok(())
}

/// Its files with their paths inside the folder; but what a version control hides (`.git`). Links
/// are not followed.
fn collect(
    root: &Path,
    folder: &Path,
    depth: usize,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), Failure> {
    let name = folder.display().to_string();
    let entries = fs::read_dir(folder).map_err(|error| Failure::io(&name, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io(&name, &error))?;
        let kind = entry.file_type().map_err(|error| Failure::io(&name, &error))?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() && depth < DEEPEST_FOLDER {
            collect(root, &path, depth + 1, files)?;
            continue;
        }
        let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
            continue;
        };
        let relative = relative.replace('\\', "/");
        let is_member = Configuration::is_apiops(&relative);
        if kind.is_file() && (is_member || files.len() < MOST_FILES / 2) {
            files.push((relative, path));
        }
        if files.len() > MOST_FILES {
            return Err(Failure::new(format!("{}: too many files", root.display()))
                .hint("name the folder that holds apis, backends and policy.xml"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_stands_before_the_file() {
        assert_eq!(scope_and_path("global=p.xml"), (Some(Scope::Global), Path::new("p.xml")));
        assert_eq!(scope_and_path("p.xml"), (None, Path::new("p.xml")));
        assert_eq!(scope_and_path("a=b.xml"), (None, Path::new("a=b.xml")));
    }
}
