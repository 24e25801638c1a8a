//! Files and folders of configuration.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use mtls_witness::expect::apim::{
    Configuration, ConfigurationError, Gateway, Question, Scope, Target, resolve,
};
use mtls_witness::expect::{HypothesisName, SourceFile};

use crate::args::ConfigurationArguments;
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
}

impl Configured {
    /// Reads everything that the options name; `None` where they name no configuration.
    pub(crate) fn read(
        arguments: &ConfigurationArguments,
        files: &[PathBuf],
    ) -> Result<Option<Self>, Failure> {
        let question = question(arguments)?;
        if !has_files(arguments) && files.is_empty() {
            if question != Question::default() {
                return Err(Failure::new(
                    "--backend-id, --api, --operation, --hypothesis and --gateway are about a \
                     configuration, and none was given",
                )
                .hint("give --backend FILE, --policy FILE or --apiops DIR"));
            }
            return Ok(None);
        }
        let mut configuration = Configuration::default();
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
            } else {
                with(path, |name, bytes| configuration.add(name, bytes))?;
            }
        }
        Ok(Some(Self { configuration, question }))
    }

    /// What should be seen at each backend; certificates are judged to be expired at this moment,
    /// seconds since 1970-01-01T00:00:00 UTC.
    pub(crate) fn resolve(&self, as_of: Option<i64>) -> Result<Vec<Target>, Failure> {
        let question = Question { as_of, ..self.question.clone() };
        resolve(&self.configuration, &question).map_err(wrong)
    }
}

/// Whether the options name a file or a folder.
pub(crate) fn has_files(arguments: &ConfigurationArguments) -> bool {
    !arguments.backend.is_empty()
        || !arguments.certificates.is_empty()
        || !arguments.previous_certificates.is_empty()
        || !arguments.policy.is_empty()
        || arguments.apiops.is_some()
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

fn read_apiops(configuration: &mut Configuration, root: &Path) -> Result<(), Failure> {
    let mut files = Vec::new();
    collect(root, root, 0, &mut files)?;
    files.sort();
    for (relative, path) in &files {
        let name = path.display().to_string();
        configuration.add_apiops(&name, relative, &read(path)?).map_err(wrong)?;
    }
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{}: nothing in this folder is of the APIOps extractor",
            root.display()
        ))
        .hint("name the folder that holds apis, backends and policy.xml"));
    }
    Ok(())
}

/// Files of account, with their paths inside the folder. Links are not followed.
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
        if kind.is_dir() && depth < DEEPEST_FOLDER {
            collect(root, &path, depth + 1, files)?;
            continue;
        }
        let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
            continue;
        };
        let relative = relative.replace('\\', "/");
        if kind.is_file() && Configuration::is_apiops(&relative) {
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
