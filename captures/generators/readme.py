"""Writes captures/README.md: one line per capture, from the `.expected.json` files."""

import json
from pathlib import Path

HEAD = """# Test captures

Small recordings of real TLS connections, and beside each one `<scenario>.expected.json`: what the *endpoints* logged,
and what a reader of the file without keys must answer. Nothing in the expected files was taken from a packet analyser.

Everything here was made by this project on loopback or between two network namespaces, with throw-away keys, and is
licensed like the rest of it: MIT OR Apache-2.0. Names and addresses are documentation names and private addresses.

## How to make them again

    sudo captures/generators/make.sh              # all; every run makes new keys, so everything changes
    sudo KEYS=/tmp/keys captures/generators/make.sh damaged     # one family, with the keys of an earlier run kept there

`make.sh` lists what must be installed. `generators/lab.py` makes the two namespaces (client 10.0.0.4 and fd00::4, server
10.0.0.5 and fd00::5) and records at the server; `endpoints.py` starts the TLS stacks; `views.py` reads their logs; one
`family_*.py` per group of scenarios; `stacks/` and `rustls/` hold the small programs. `family_damaged.py` and
`family_dress.py` derive files from recorded ones with `packets.py`. `check.py` compares the files with tshark, as a second
opinion on the recording only.

## Expected files

`status`, `reason`, `possession`, `outcome` and so on are the contract's words, for a reader **without** keys. Besides:

| key | means |
|---|---|
| `asked`, `answered` | what truly happened, whatever the file still shows of it (`answered`: presented, declined, none, resumed) |
| `stream` | TCP conversations counted from 0 in the order of their first packet |
| `chain_length` | certificates in the client's Certificate message; 0 when it was empty, null when there was none or it cannot be known |
| `certificate_request_seen` | a CertificateRequest is readable in the file without keys |
| `alerts` | alerts in clear text only |
| `outcome` | in TLS 1.3 without keys always `unknown`: the Finished messages cannot be read |
| `handshakes` | handshakes that the file shows without keys, a renegotiation (handshake records after ChangeCipherSpec) included |
| `with_keys` | the answer with `<scenario>.keys` (SSLKEYLOGFILE format) at hand; `handshakes` then includes post-handshake authentication |
| `resumed_from_stream` | the connection whose session this one resumed, by the session file that the client was given |
| `early_data` | in `with_keys`: what became of the client's early data, where it sent some |
| `raw_public_key_sha256` | SHA-256 of the public key that the client presented in place of a certificate |
| `transport` | `udp` for DTLS, where `stream` counts UDP conversations; without it TCP |
| `alternatives` | where present: per key (`with_keys.outcome`: a key of `with_keys`), other values that are right as well |

A folder holds one recording that is cut into several files, in the order of `captures` in its `expected.json`; `resumed_from`
there is the index of the connection whose session was resumed.

`certificates/` holds the client certificates of these captures (PEM; `client-rsa` also as DER), and the key of
the RSA server, for `--rsa-key`; all keys were made for these captures and are used nowhere else.

## Captures

| file | scenario | client | server | made by |
|---|---|---|---|---|
"""


def write_readme(captures: Path):
    lines = []
    for path in sorted(captures.glob("*.expected.json")):
        document = json.loads(path.read_text())
        cells = [f"`{document['capture']}`", document["scenario"], document["client"], document["server"],
                 f"`{document['made_by']}`"]
        if path.with_name(path.name.replace(".expected.json", ".keys")).exists():
            cells[0] += " + `.keys`"
        lines.append("| " + " | ".join(cells) + " |")
    for path in sorted(captures.glob("*/expected.json")):
        document = json.loads(path.read_text())
        first, last = document["captures"][0], document["captures"][-1]
        cells = [f"`{path.parent.name}/{first}` to `{last}` + `keys.log`", document["scenario"], document["client"], document["server"],
                 f"`{document['made_by']}`"]
        lines.append("| " + " | ".join(cells) + " |")
    (captures / "README.md").write_text(HEAD + "\n".join(lines) + "\n")
