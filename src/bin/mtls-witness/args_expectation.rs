//! What is expected, on the command line: options, and the configuration that tells it.

use std::path::PathBuf;

use clap::Args;

/// What should be seen.
#[derive(Args, Debug)]
#[command(next_help_heading = "Expectation")]
pub(crate) struct ExpectationArguments {
    /// Thumbprint of the client's certificate
    ///
    /// SHA-1 or SHA-256 over the certificate's DER, told apart by length, in any usual spelling:
    /// upper or lower case, with colons or spaces, base64, with a label before it. What had to be
    /// repaired is reported; a masked thumbprint (EBA6****) is refused. Given several times, any of
    /// them may be the client's: a rotation.
    #[arg(long, value_name = "HEX")]
    pub(crate) expect_thumbprint: Vec<String>,

    /// The client's certificate: PEM, DER or PFX
    ///
    /// Also a Kubernetes Secret (YAML or JSON) and what `az keyvault certificate show` prints.
    /// With the certificate itself, the report can also say that another one has the same public
    /// key or the same subject. Given beside a thumbprint, both must name the same certificate.
    #[arg(long, value_name = "FILE")]
    pub(crate) expect_certificate: Vec<PathBuf>,

    /// Digest of the client's public key
    ///
    /// SHA-256 over its SubjectPublicKeyInfo: hexadecimal digits, base64, or a pin as curl has it
    /// (sha256//...). A certificate renewed with its key keeps it. Several: any of them. Different
    /// kinds of expected identity must all hold.
    #[arg(long, value_name = "SHA256")]
    pub(crate) expect_spki: Vec<String>,

    /// A name in the certificate's subjectAltName
    ///
    /// DNS:client.example, URI:spiffe://example/client, email:ops@example or IP:10.0.0.4; without
    /// the prefix, the form tells the kind. A wildcard is compared as it is written. Several: any.
    #[arg(long, value_name = "NAME")]
    pub(crate) expect_san: Vec<String>,

    /// Who issued the client's certificate
    ///
    /// The issuer's certificate as a file: its subject must be the issuer, and its key must have
    /// made the signature. Or a distinguished name ("CN=Contoso CA,O=Contoso"), which proves
    /// nothing: every certificate can claim it. Several: any of them.
    #[arg(long, value_name = "DN|FILE")]
    pub(crate) expect_issuer: Vec<String>,

    /// No client certificate may be presented
    #[arg(long)]
    pub(crate) expect_none: bool,

    /// Password of the PKCS#12 file: its first line
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

/// What an API Management service is configured to do.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ConfigurationArguments {
    /// Backend entities, as JSON
    ///
    /// From the REST interface (az rest), an ARM template, terraform show -json or PowerShell's
    /// ConvertTo-Json -Depth 10.
    #[arg(long, value_name = "FILE")]
    pub(crate) backend: Vec<PathBuf>,

    /// The service's certificates
    ///
    /// A listing as JSON, which resolves certificate ids to thumbprints; also certificates
    /// themselves, PEM or DER, for what the service does not tell of them.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificates: Vec<PathBuf>,

    /// An earlier listing of the certificates
    ///
    /// After a rotation in Key Vault, the certificate before it is expected too.
    #[arg(long, value_name = "FILE")]
    pub(crate) previous_certificates: Vec<PathBuf>,

    /// A policy in force
    ///
    /// SCOPE is global, workspace, product, api or operation; without it, the policy is the API's.
    /// Raw or escaped XML; also a policy fragment.
    #[arg(long, value_name = "[SCOPE=]FILE")]
    pub(crate) policy: Vec<String>,

    /// A folder of the APIOps extractor
    ///
    /// Backends, policies, fragments, named values, products and APIs are read from it. It holds
    /// no certificates: give --certificates too.
    #[arg(long, value_name = "DIR")]
    pub(crate) apiops: Option<PathBuf>,

    /// An environment's overrides, for --apiops
    ///
    /// configuration.ENVIRONMENT.yaml, as the publisher takes it: URLs, credentials, named values.
    /// Several are put in one after the other.
    #[arg(long, value_name = "FILE")]
    pub(crate) apiops_configuration: Vec<PathBuf>,

    /// Only what is of this service
    ///
    /// Where the files hold several services of API Management.
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,

    /// Configuration of another gateway
    ///
    /// nginx (best as `nginx -T` prints it), Ingress of ingress-nginx, Istio's DestinationRule with the
    /// Secrets that they name, Envoy's config_dump, Kong's declarative YAML. Certificates that it
    /// names by a path are looked for beside it, then at that path.
    #[arg(long, value_name = "FILE")]
    pub(crate) gateway_config: Vec<PathBuf>,

    /// Only this backend or pool
    #[arg(long, value_name = "NAME")]
    pub(crate) backend_id: Option<String>,

    /// Only requests of this API
    #[arg(long, value_name = "NAME")]
    pub(crate) api: Option<String>,

    /// Only requests of this operation
    #[arg(long, value_name = "NAME", requires = "api")]
    pub(crate) operation: Option<String>,

    /// policy-only or entity-counts
    ///
    /// Whether a certificate on the Backend entity is presented without a policy is contested.
    /// Both readings are reported; the verdict follows entity-counts, because that is what the
    /// entity was configured for, unless this option says otherwise.
    #[arg(long, value_name = "NAME")]
    pub(crate) hypothesis: Option<String>,

    /// classic, v2, consumption or self-hosted
    #[arg(long, value_name = "KIND")]
    pub(crate) gateway: Option<String>,
}
