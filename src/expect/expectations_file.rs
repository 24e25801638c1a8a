//! `--expectations FILE`: many named expectations in TOML, for regression runs.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::apim::{ConfigurationError, Place, Scope};

/// One entry of an expectations file, its texts not yet looked into.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FileEntry {
    /// Its name, unique in the file.
    pub name: String,
    /// Line in which it begins, from 1.
    pub line: u64,
    /// `thumbprint`, as for `--expect-thumbprint`.
    pub thumbprints: Vec<Located>,
    /// `certificate`: files, as for `--expect-certificate`.
    pub certificates: Vec<Located>,
    /// `spki`, as for `--expect-spki`.
    pub spkis: Vec<Located>,
    /// `san`, as for `--expect-san`.
    pub names: Vec<Located>,
    /// `issuer`, as for `--expect-issuer`.
    pub issuers: Vec<Located>,
    /// `none = true`, as for `--expect-none`.
    pub none: bool,
    /// `backend`: files of the configuration.
    pub backend_files: Vec<Located>,
    /// `certificates`: listings of certificates.
    pub certificate_lists: Vec<Located>,
    /// `previous-certificates`: earlier listings.
    pub previous_lists: Vec<Located>,
    /// `policy`: files, with their scope where one is named.
    pub policies: Vec<(Option<Scope>, Located)>,
    /// `gateway-config`: files of other gateways.
    pub gateway_files: Vec<Located>,
    /// `apiops`: a folder.
    pub apiops: Option<Located>,
    /// `apiops-configuration`: what an environment overrides in that folder.
    pub apiops_configurations: Vec<Located>,
    /// `service`.
    pub service: Option<String>,
    /// `backend-id`.
    pub backend_id: Option<String>,
    /// `api`.
    pub api: Option<String>,
    /// `operation`.
    pub operation: Option<String>,
    /// `hypothesis`.
    pub hypothesis: Option<Located>,
    /// `gateway`.
    pub gateway: Option<Located>,
    /// `server`, `client`, `sni`, `since` and `until`, as the options of the same name.
    pub servers: Vec<Located>,
    /// See `servers`.
    pub clients: Vec<Located>,
    /// See `servers`.
    pub server_names: Vec<Located>,
    /// `stream`.
    pub streams: Vec<u64>,
    /// See `servers`.
    pub since: Option<Located>,
    /// See `servers`.
    pub until: Option<Located>,
    /// `active-at`, `exclude-client`, `exclude-sni` and `allow-begun-before`, likewise.
    pub active_at: Option<Located>,
    /// See `active_at`.
    pub excluded_clients: Vec<Located>,
    /// See `active_at`.
    pub excluded_server_names: Vec<Located>,
    /// See `active_at`.
    pub allow_begun_before: bool,
    /// `allow`: the verdicts that are as they should be; `match` where there is none.
    pub allow: Vec<Located>,
    /// `require-accepted`.
    pub require_accepted: bool,
}

/// A text and the line in which it stands.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Located {
    /// The text.
    pub text: String,
    /// Line in the file, from 1.
    pub line: u64,
}

impl FileEntry {
    /// Reads the content of an expectations file: one table `[[expectation]]` each.
    ///
    /// # Errors
    ///
    /// It is no TOML, a key is unknown, a value has another type, or a name is missing or used
    /// twice; with the line, and a suggestion where a key is nearly right.
    pub fn read_all(path: &str, text: &str) -> Result<Vec<Self>, ConfigurationError> {
        let reader = Reader { path, text };
        if text.len() > LARGEST_FILE {
            return Err(reader.whole(format!("{} bytes are too many for expectations", text.len())));
        }
        let table = DeTable::parse(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            reader.at(offset, format!("not valid TOML: {message}"))
        })?;
        let mut entries: Vec<Self> = Vec::new();
        for (key, value) in table.get_ref() {
            if key.get_ref() != "expectation" {
                return Err(reader.unknown(key, &["expectation"]));
            }
            let Some(list) = value.get_ref().as_array() else {
                return Err(reader
                    .at(value.span().start, "expectation is no list of tables".to_owned())
                    .hint("begin each with [[expectation]]"));
            };
            for item in list.iter() {
                let entry = reader.entry(item)?;
                if let Some(other) = entries.iter().find(|other| other.name == entry.name) {
                    let what = format!(
                        "the name \"{}\" is used in line {} already",
                        entry.name, other.line
                    );
                    return Err(reader.at(item.span().start, what).hint("give each its own name"));
                }
                entries.push(entry);
            }
        }
        if entries.is_empty() {
            return Err(reader
                .whole("no expectation in this file".to_owned())
                .hint("begin each with [[expectation]]"));
        }
        Ok(entries)
    }

    /// Whether it names the certificate itself, or that there is none.
    pub fn is_direct(&self) -> bool {
        let named =
            [&self.thumbprints, &self.certificates, &self.spkis, &self.names, &self.issuers];
        self.none || named.iter().any(|list| !list.is_empty())
    }

    /// Whether it names a configuration.
    pub fn has_configuration(&self) -> bool {
        self.apiops.is_some()
            || !self.backend_files.is_empty()
            || !self.policies.is_empty()
            || !self.certificate_lists.is_empty()
            || !self.gateway_files.is_empty()
    }
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn entry(&self, item: &Value<'_>) -> Result<FileEntry, ConfigurationError> {
        let Some(table) = item.get_ref().as_table() else {
            return Err(self.at(item.span().start, "an expectation is no table".to_owned()));
        };
        let first = table.iter().map(|(key, _)| key.span().start).min();
        let first = first.unwrap_or_else(|| item.span().start);
        let line = self.line(first);
        let mut entry = FileEntry { line, ..FileEntry::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => entry.name = self.located(value)?.text,
                "thumbprint" => entry.thumbprints = self.list(value)?,
                "certificate" => entry.certificates = self.list(value)?,
                "none" => entry.none = self.boolean(value)?,
                "backend" => entry.backend_files = self.list(value)?,
                "certificates" => entry.certificate_lists = self.list(value)?,
                "previous-certificates" => entry.previous_lists = self.list(value)?,
                "policy" => entry.policies = self.policies(value)?,
                "apiops" => entry.apiops = Some(self.located(value)?),
                "apiops-configuration" => entry.apiops_configurations = self.list(value)?,
                "service" => entry.service = Some(self.located(value)?.text),
                "backend-id" => entry.backend_id = Some(self.located(value)?.text),
                "api" => entry.api = Some(self.located(value)?.text),
                "operation" => entry.operation = Some(self.located(value)?.text),
                "hypothesis" => entry.hypothesis = Some(self.located(value)?),
                "gateway" => entry.gateway = Some(self.located(value)?),
                "server" => entry.servers = self.list(value)?,
                "client" => entry.clients = self.list(value)?,
                "sni" => entry.server_names = self.list(value)?,
                "gateway-config" => entry.gateway_files = self.list(value)?,
                "spki" => entry.spkis = self.list(value)?,
                "san" => entry.names = self.list(value)?,
                "issuer" => entry.issuers = self.list(value)?,
                "stream" => entry.streams = self.numbers(value)?,
                "since" => entry.since = Some(self.located(value)?),
                "until" => entry.until = Some(self.located(value)?),
                "active-at" => entry.active_at = Some(self.located(value)?),
                "exclude-client" => entry.excluded_clients = self.list(value)?,
                "exclude-sni" => entry.excluded_server_names = self.list(value)?,
                "allow-begun-before" => entry.allow_begun_before = self.boolean(value)?,
                "allow" => entry.allow = self.list(value)?,
                "require-accepted" => entry.require_accepted = self.boolean(value)?,
                _ => return Err(self.unknown(key, KEYS)),
            }
        }
        if entry.name.trim().is_empty() {
            return Err(self
                .at(first, "an expectation has no name".to_owned())
                .hint("add name = \"…\""));
        }
        if !entry.is_direct() && !entry.has_configuration() {
            let what = format!("\"{}\" expects nothing", entry.name);
            return Err(self.at(first, what).hint(
                "add thumbprint, certificate, spki, san, issuer, none = true, or a configuration: backend, policy or \
                 apiops",
            ));
        }
        Ok(entry)
    }

    /// One text, or a list of them.
    fn list(&self, value: &Value<'_>) -> Result<Vec<Located>, ConfigurationError> {
        match value.get_ref().as_array() {
            Some(list) => list.iter().map(|one| self.located(one)).collect(),
            None => Ok(vec![self.located(value)?]),
        }
    }

    /// `policy = "api.xml"` or `policy = { global = "…", api = "…" }`.
    fn policies(
        &self,
        value: &Value<'_>,
    ) -> Result<Vec<(Option<Scope>, Located)>, ConfigurationError> {
        let Some(table) = value.get_ref().as_table() else {
            return Ok(self.list(value)?.into_iter().map(|one| (None, one)).collect());
        };
        let mut policies = Vec::new();
        for (key, value) in table {
            let Some(scope) = Scope::from_name(key.get_ref()) else {
                return Err(self.unknown(key, &Scope::ALL.map(Scope::name)));
            };
            policies.extend(self.list(value)?.into_iter().map(|one| (Some(scope), one)));
        }
        Ok(policies)
    }

    fn located(&self, value: &Value<'_>) -> Result<Located, ConfigurationError> {
        let line = self.line(value.span().start);
        match value.get_ref() {
            DeValue::String(text) => Ok(Located { text: text.to_string(), line }),
            DeValue::Datetime(time) => Ok(Located { text: time.to_string(), line }),
            other => Err(self.wrong_type(value, "a string", other.type_str())),
        }
    }

    fn boolean(&self, value: &Value<'_>) -> Result<bool, ConfigurationError> {
        let found = value.get_ref();
        found.as_bool().ok_or_else(|| self.wrong_type(value, "true or false", found.type_str()))
    }

    fn numbers(&self, value: &Value<'_>) -> Result<Vec<u64>, ConfigurationError> {
        let number = |value: &Value<'_>| {
            let found = value.get_ref();
            let parsed = found.as_integer().filter(|number| number.radix() == 10);
            parsed
                .and_then(|number| number.as_str().replace('_', "").parse().ok())
                .ok_or_else(|| self.wrong_type(value, "a stream number", found.type_str()))
        };
        match value.get_ref().as_array() {
            Some(list) => list.iter().map(number).collect(),
            None => Ok(vec![number(value)?]),
        }
    }

    fn wrong_type(&self, value: &Value<'_>, wanted: &str, found: &str) -> ConfigurationError {
        self.at(value.span().start, format!("{wanted} is wanted here, not a value of type {found}"))
    }

    fn unknown<T: AsRef<str>>(&self, key: &Spanned<T>, known: &[&str]) -> ConfigurationError {
        let name = key.get_ref().as_ref();
        let error = self.at(key.span().start, format!("unknown key \"{name}\""));
        let near = known.iter().map(|known| (distance(name, known), *known));
        let near: Vec<_> =
            near.filter(|(distance, known)| *distance <= known.len() / 3 + 1).collect();
        let nearest = near.iter().map(|(distance, _)| *distance).min();
        let nearest = near.iter().filter(|(distance, _)| Some(*distance) == nearest);
        let nearest: Vec<String> = nearest.map(|(_, key)| format!("\"{key}\"")).collect();
        match nearest.is_empty() {
            false => error.hint(format!("did you mean {}?", nearest.join(" or "))),
            true => error.hint(format!("known here: {}", known.join(", "))),
        }
    }

    fn at(&self, offset: usize, what: String) -> ConfigurationError {
        ConfigurationError::at(&Place::new(&self.path.into(), self.line(offset)), what)
    }

    fn whole(&self, what: String) -> ConfigurationError {
        ConfigurationError::at(&Place::file(&self.path.into()), what)
    }

    fn line(&self, offset: usize) -> u64 {
        let before = self.text.as_bytes().iter().take(offset);
        let lines = before.filter(|byte| **byte == b'\n').count();
        u64::try_from(lines).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// How many letters must be changed, added or left out to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut before_row: Option<(char, Vec<usize>)> = None;
    for (index, letter) in one.chars().take(LONGEST_KEY).enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        let mut before = None;
        for (column, (known, above)) in other.iter().zip(row.iter().skip(1)).enumerate() {
            let changed = diagonal + usize::from(*known != letter);
            diagonal = *above;
            left = changed.min(*above + 1).min(left + 1);
            // Two letters in each other's place are one mistake.
            if let (Some((earlier, row)), true) = (&before_row, before == Some(letter))
                && earlier == known
                && let Some(swapped) = column.checked_sub(1).and_then(|at| row.get(at))
            {
                left = left.min(*swapped + 1);
            }
            before = Some(*known);
            next.push(left);
        }
        before_row = Some((letter, row));
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Every key of an expectation.
const KEYS: &[&str] = &[
    "name",
    "thumbprint",
    "certificate",
    "spki",
    "san",
    "issuer",
    "none",
    "backend",
    "certificates",
    "previous-certificates",
    "policy",
    "apiops",
    "apiops-configuration",
    "service",
    "gateway-config",
    "backend-id",
    "api",
    "operation",
    "hypothesis",
    "gateway",
    "server",
    "client",
    "sni",
    "stream",
    "since",
    "until",
    "active-at",
    "exclude-client",
    "exclude-sni",
    "allow-begun-before",
    "allow",
    "require-accepted",
];

/// Largest expectations file in bytes: some ten thousand expectations.
const LARGEST_FILE: usize = 4 << 20;

/// Letters of an unknown key that are compared.
const LONGEST_KEY: usize = 64;
