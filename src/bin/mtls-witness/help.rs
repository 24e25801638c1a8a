//! The longer texts of `--help` and of the manual pages.

pub(crate) const ABOUT: &str = "Settle from a packet capture whether a TLS client really presented its \
                     certificate.";

pub(crate) const LONG_ABOUT: &str =
    "Settle from a packet capture whether a TLS client really presented its \
certificate.

Reads pcap, pcapng and Windows ETL files (pktmon, netsh trace) recorded at the backend host, plain or \
compressed with gzip, zstd or lz4, and answers for every TLS connection in them: was a client certificate requested, was one \
presented, was it the expected one, did the client prove that it holds the key, and did the server \
accept it. Where the capture cannot tell, the answer says so and why.";

pub(crate) const EXAMPLES: &str = "\
Examples:
  mtls-witness verify --expect-thumbprint 0d649a802f8253610d122587301538dd903a4065 a.pcapng
      Was this certificate presented? The thumbprint as any tool spells it.
  mtls-witness verify --expect-certificate client.pem --sni backend.contoso.com *.pcap
      The certificate from a file, only connections to this name, many captures.
  mtls-witness verify --backend backend.json --certificates certs.json --policy api.xml a.pcapng
      The expectation from API Management's own configuration.
  mtls-witness inspect backend.pcapng
      What do the connections show? No expectation, no verdict.

Exit status: 0 pass, 1 fail, 2 error, 3 inconclusive.";

pub(crate) const VERIFY_LONG_ABOUT: &str =
    "Judge every selected TLS connection against what is expected of \
its client.

The first line of the report is the answer. Below it stand one line per connection, then the \
evidence with frame numbers and display filters for Wireshark. A connection passes only if the \
capture shows the expected certificate; what the capture does not show is reported as \
inconclusive, never guessed.";

pub(crate) const VERIFY_EXAMPLES: &str = "\
Examples:
  mtls-witness verify --expect-thumbprint 0d649a802f8253610d122587301538dd903a4065 a.pcapng
  mtls-witness verify --expect-certificate client.cer --server 10.0.0.5:443 captures/
  mtls-witness verify --expect-certificate client.cer --format json -o report.json a.pcapng
  mtls-witness verify --apiops extracted/ --certificates certs.json --api orders a.pcapng
  mtls-witness verify --expectations expected.toml captures/
  mtls-witness verify --expect-san spiffe://mesh.example/orders --expect-issuer ca.pem a.pcapng
  mtls-witness verify --gateway-config nginx.txt a.pcapng
  mtls-witness verify --expect-none --client 10.0.1.0/24 a.pcapng
  zcat huge.pcap.gz | mtls-witness verify --expect-certificate client.cer --quiet -

Exit status:
  0  pass: at least one connection was selected, and each shows what is expected
  1  fail: another certificate, none, never asked, or an unexpected one
  2  error: the command line or a capture could not be used
  3  inconclusive: no failure, but the capture cannot tell, was not read whole, or nothing was
     selected";

pub(crate) const RESOLVE_LONG_ABOUT: &str =
    "Say what the configuration of an API Management service makes \
expected at each backend, and why.

Needs no capture. Each step names its file and line; where the vendor's own pages contradict each \
other, both readings are named with what they predict. Remarks on the configuration follow. Files \
are recognised by their content: objects and lists of the REST interface (az rest), ARM templates, \
terraform show -json, PowerShell's ConvertTo-Json, policies, folders of the APIOps extractor, and the \
configuration of nginx, ingress-nginx, Envoy, Istio and Kong.";

pub(crate) const RESOLVE_EXAMPLES: &str = "\
Examples:
  mtls-witness resolve --backend backend.json --certificates certs.json --policy api.xml
  mtls-witness resolve --apiops extracted/ --certificates certs.json
  mtls-witness resolve state.json certs.json
  nginx -T > nginx.txt; mtls-witness resolve nginx.txt
  az rest --method get --url \"$SERVICE/certificates?api-version=2024-05-01\" > certs.json

Exit status:
  0  resolved, whatever came out
  2  error: the command line or a file could not be used";

pub(crate) const INSPECT_LONG_ABOUT: &str =
    "List every TLS connection and what it shows of client \
authentication.

Needs no expectation and gives no verdict: the exit status is 0, or 2 where a capture could not be \
used.";
