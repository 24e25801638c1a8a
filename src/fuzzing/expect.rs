//! `expect_thumbprint` and `certificate_file`.

use crate::certificate::Certificate;
use crate::expect::{CertificateFile, ExpectError, Given, Repair, Thumbprint, resolve};

/// Reads a thumbprint as it was pasted. Promised: the digits that come out are read as the same
/// thumbprint, with nothing to repair; what is masked is refused; messages stay on their line.
pub fn expect_thumbprint(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match Thumbprint::parse(&text) {
        Ok((thumbprint, repairs)) => {
            assert!(!text.contains(['*', '…']), "a masked one is refused");
            let digits = thumbprint.digits();
            assert!(matches!(digits.len(), 40 | 64));
            assert_eq!(Thumbprint::parse(&digits), Ok((thumbprint, Vec::new())));
            assert_eq!(
                Thumbprint::parse(&thumbprint.to_string()).map(|(it, _)| it),
                Ok(thumbprint)
            );
            if !repairs.contains(&Repair::Base64) {
                // Whatever was removed, the digits stand in the text in their order.
                let mut given = text.chars().map(|character| character.to_ascii_lowercase());
                assert!(digits.chars().all(|digit| given.any(|character| character == digit)));
            }
            repairs.iter().for_each(|repair| on_one_line(&repair.to_string()));
        }
        Err(error) => {
            on_one_line(&error.to_string());
            error.hint().iter().for_each(|hint| on_one_line(hint));
        }
    }
}

/// Reads a certificate file. Promised: the certificate that comes out is whole, is found again in
/// its own DER, and gives an expectation that it matches; messages stay on their line.
pub fn certificate_file(input: &[u8]) {
    match CertificateFile::read("file", input) {
        Ok(file) => {
            let der = file.certificate.der.as_slice();
            assert_eq!(file.certificate, Certificate::from_der(der));
            file.reasons.iter().for_each(|reason| on_one_line(reason));
            let again = CertificateFile::read("file", der).map(|file| file.certificate);
            assert_eq!(again.as_ref(), Ok(&file.certificate), "its own DER is a file of it");
            let given = [Given::CertificateFile { path: "file", bytes: input, password: None }];
            let expectation = resolve(&given).map(|resolved| resolved.expectation);
            assert!(expectation.is_ok_and(|expectation| {
                expectation.certificates.iter().any(|expected| expected.matches(&file.certificate))
            }));
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &ExpectError) {
    on_one_line(&error.to_string());
    error.hint().iter().for_each(|hint| on_one_line(hint));
}

fn on_one_line(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
