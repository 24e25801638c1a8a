//! Files with secrets, from the command line to the witness.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use mtls_witness::decrypt::{KeyLogUse, RsaKey, RsaKeyError};
use mtls_witness::witness::Witness;
use zeroize::Zeroizing;

use crate::args::InputArguments;
use crate::failure::{self, Failure};

/// Longest file that is read as a private key, in bytes: one of 16384 bits, as PEM in UTF-16 and with
/// certificates beside it, is shorter.
const PRIVATE_KEY_BYTES: u64 = 1 << 20;

/// The files that `--keylog` and `--rsa-key` name.
pub(crate) struct SecretFiles {
    key_logs: Vec<PathBuf>,
    rsa_keys: Vec<PathBuf>,
}

impl SecretFiles {
    pub(crate) fn new(arguments: &InputArguments) -> Self {
        Self { key_logs: arguments.keylog.clone(), rsa_keys: arguments.rsa_key.clone() }
    }

    /// Reads them all; a key log without a secret is warned of.
    pub(crate) fn give_to(&self, witness: &mut Witness) -> Result<(), Failure> {
        for path in &self.key_logs {
            let name = path.display().to_string();
            let summary = File::open(path)
                .and_then(|file| witness.key_log(file))
                .map_err(|error| Failure::io(&name, &error))?;
            if summary.used + summary.unneeded == 0 {
                failure::warn(&format!("{name}: no line of it is a secret"));
            }
        }
        for path in &self.rsa_keys {
            witness.rsa_key(rsa_key(path)?);
        }
        Ok(())
    }

    /// Warns of each key log that had nothing to do with the captures.
    pub(crate) fn tell_unused(&self, witness: &Witness) {
        for (path, KeyLogUse { sessions, met }) in self.key_logs.iter().zip(witness.key_log_uses())
        {
            let what = match sessions {
                1 => "the session that it has secrets of is not".to_owned(),
                _ => format!("none of the {sessions} sessions that it has secrets of is"),
            };
            if sessions > 0 && met == 0 {
                failure::warn(&format!("{}: {what} in what was read", path.display()));
            }
        }
    }
}

fn rsa_key(path: &Path) -> Result<RsaKey, Failure> {
    let name = path.display().to_string();
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| file.take(PRIVATE_KEY_BYTES).read_to_end(&mut bytes))
        .map_err(|error| Failure::io(&name, &error))?;
    RsaKey::from_pem_or_der(&bytes).map_err(|error| {
        let failure = Failure::new(format!("{name}: {error}"));
        match error {
            RsaKeyError::Encrypted => {
                failure.hint("openssl pkey -in FILE -out PLAIN writes it without; delete it after use")
            }
            RsaKeyError::NotRsa => failure.hint(
                "only RSA key exchange can be decrypted with the server's key; for any other, give a \
                 key log (--keylog)",
            ),
            _ => failure,
        }
    })
}
