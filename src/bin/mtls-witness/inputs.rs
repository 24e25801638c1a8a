//! Captures as the user names them: files, folders, lists and standard input.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::args::InputArguments;
use crate::failure::Failure;
use crate::progress::Progress;

/// Largest list of captures that is read, in bytes; a longer one is some other file.
const LARGEST_LIST: u64 = 64 << 20;

/// One capture to read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

impl Input {
    /// The capture's name in the report.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::StandardInput => "-".to_owned(),
        }
    }

    /// Whether it is a regular file, which can be opened again. A named pipe gives its bytes once: who
    /// opens it a second time waits for ever.
    pub(crate) fn is_regular(&self) -> bool {
        match self {
            Self::File(path) => fs::metadata(path).is_ok_and(|metadata| metadata.is_file()),
            Self::StandardInput => false,
        }
    }

    /// Opens it; the length is known for regular files.
    pub(crate) fn open(&self) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
        match self {
            Self::File(path) => {
                let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
                match opened {
                    Ok((metadata, file)) => {
                        Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
                    }
                    Err(error) => Err(Failure::io(&self.name(), &error)),
                }
            }
            Self::StandardInput if io::stdin().is_terminal() => {
                Err(Failure::new("-: standard input is a terminal, not a capture")
                    .hint("pipe a capture into it: tcpdump -i any -w - | mtls-witness inspect -"))
            }
            Self::StandardInput => Ok((Box::new(io::stdin().lock()), None)),
        }
    }

    /// The same, with a bar that shows how far reading has come.
    pub(crate) fn open_with_progress(
        &self,
        name: &str,
    ) -> Result<Progress<Box<dyn Read>>, Failure> {
        let (reader, length) = self.open()?;
        Ok(Progress::new(reader, name, length))
    }

    fn from_name(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::StandardInput } else { Self::File(path) }
    }
}

/// Every capture that the command line names, in its order; folders in name order.
pub(crate) fn collect(arguments: &InputArguments) -> Result<Vec<Input>, Failure> {
    let mut named = arguments.captures.clone();
    if let Some(list) = &arguments.files_from {
        named.extend(read_list(list)?);
    }
    let mut inputs = Vec::new();
    for path in named {
        if path.is_dir() {
            inputs.extend(captures_in(&path)?.into_iter().map(Input::File));
        } else {
            inputs.push(Input::from_name(path));
        }
    }
    let readers_of_standard_input =
        inputs.iter().filter(|input| **input == Input::StandardInput).count()
            + usize::from(arguments.files_from.as_deref() == Some(Path::new("-")));
    if readers_of_standard_input > 1 {
        return Err(Failure::new("standard input (-) is named more than once"));
    }
    if inputs.is_empty() {
        return Err(Failure::new("no capture was given")
            .hint("name a file, a folder, or - for standard input"));
    }
    Ok(inputs)
}

fn read_list(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let input = Input::from_name(list.to_owned());
    let name = input.name();
    let (reader, _) = input.open()?;
    let mut bytes = Vec::new();
    let length = reader
        .take(LARGEST_LIST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::io(&name, &error))?;
    if u64::try_from(length).is_ok_and(|length| length > LARGEST_LIST) {
        return Err(Failure::new(format!("{name}: too long for a list of captures"))
            .hint("a capture is named directly, without --files-from"));
    }
    split_list(&bytes)
        .map(|entry| path_from_bytes(entry).ok_or_else(|| unreadable_name(&name)))
        .collect()
}

/// The entries of a list: separated by NUL bytes where there is one, else one a line.
fn split_list(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    bytes
        .split(move |byte| *byte == separator)
        .map(move |entry| match entry.strip_suffix(b"\r") {
            Some(line) if separator == b'\n' => line,
            _ => entry,
        })
        .filter(|entry| !entry.is_empty())
}

#[cfg(unix)]
fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

fn unreadable_name(list: &str) -> Failure {
    Failure::new(format!("{list}: a name in the list is not UTF-8"))
}

fn captures_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let name = folder.display().to_string();
    let entries = fs::read_dir(folder).map_err(|error| Failure::io(&name, &error))?;
    let mut captures = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::io(&name, &error))?.path();
        if path.is_file() && (is_named_like_a_capture(&path) || begins_like_a_capture(&path)) {
            captures.push(path);
        }
    }
    captures.sort();
    if captures.is_empty() {
        return Err(Failure::new(format!("{name}: no capture in this folder"))
            .hint("folders within it are not searched; name them, or use --files-from"));
    }
    Ok(captures)
}

/// Whether a file in a folder is meant as a capture: then it is read, and an unusable one is
/// reported rather than passed over. Also `trace.pcap0` and `trace.pcap.gz`, as recorders and
/// archives name them.
fn is_named_like_a_capture(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    let mut extensions = name
        .split('.')
        .skip(1)
        .map(|extension| extension.trim_end_matches(|character: char| character.is_ascii_digit()));
    let last = extensions.clone().last();
    match last {
        Some("cap" | "dmp" | "etl" | "ntar" | "pcap" | "pcapng") => true,
        Some("gz" | "zst" | "lz" | "") => extensions
            .any(|extension| matches!(extension, "cap" | "dmp" | "etl" | "pcap" | "pcapng")),
        _ => false,
    }
}

/// Whether the file begins with the magic number of pcap or pcapng.
fn begins_like_a_capture(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    let classic = |number| matches!(number, 0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34_u32);
    read.is_ok()
        && (magic == [0x0a, 0x0d, 0x0d, 0x0a]
            || classic(u32::from_be_bytes(magic))
            || classic(u32::from_le_bytes(magic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(list: &[u8]) -> Vec<&[u8]> {
        split_list(list).collect()
    }

    #[test]
    fn list_has_one_name_a_line() {
        assert_eq!(entries(b"a.pcap\nb c.pcap\r\n\nd"), [&b"a.pcap"[..], b"b c.pcap", b"d"]);
    }

    #[test]
    fn list_with_nul_bytes_keeps_line_feeds_in_names() {
        assert_eq!(entries(b"a\nb.pcap\0c.pcap\0"), [&b"a\nb.pcap"[..], b"c.pcap"]);
    }

    #[test]
    fn names_of_captures_are_known() {
        for name in [
            "a.pcap",
            "A.PCAPNG",
            "trace.pcap0",
            "a.pcap.gz",
            "a.pcapng.lz4",
            "b.cap.zst",
            "x.pcap.1",
            "PktMon.etl",
            "nettrace.etl.gz",
        ] {
            assert!(is_named_like_a_capture(Path::new(name)), "{name}");
        }
        for name in ["README.md", "a.expected.json", "archive.tar.gz", "pcap", "pcap.sh", "a.keys"]
        {
            assert!(!is_named_like_a_capture(Path::new(name)), "{name}");
        }
    }
}
