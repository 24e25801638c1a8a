"""A second opinion: compares every capture with its expected file by what tshark reads in it.

tshark never supplied an expected value; a difference printed here is looked at by a person. Differences are normal for
the damaged and conflicting files, where tshark guesses and the expected file must not.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

CAPTURES = Path(__file__).resolve().parent.parent
FIELDS = ["tcp.stream", "tcp.srcport", "tcp.dstport", "tls.handshake.type", "tls.handshake.certificate",
          "tls.alert_message.desc", "tls.handshake.ciphersuite", "tls.handshake.extensions_server_name",
          "tls.record.content_type", "tls.handshake.version", "tls.handshake.extensions.supported_version"]
ALERTS = {"40": "handshake_failure", "42": "bad_certificate", "43": "unsupported_certificate", "44": "certificate_revoked",
          "45": "certificate_expired", "46": "certificate_unknown", "47": "illegal_parameter", "48": "unknown_ca",
          "51": "decrypt_error", "0": "close_notify", "80": "internal_error", "100": "no_renegotiation", "10": "unexpected_message", "50": "decode_error"}


def tshark(path, keys=None):
    command = ["tshark", "-r", path, "-2", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,",
               "-o", "tcp.reassemble_out_of_order:TRUE"]
    if keys:
        command += ["-o", f"tls.keylog_file:{keys}"]
    for field in FIELDS:
        command += ["-e", field]
    output = subprocess.run([*command, "-Y", "tcp"], capture_output=True, text=True).stdout
    streams = {}
    for line in output.splitlines():
        cells = dict(zip(FIELDS, line.split("\t")))
        if not cells["tcp.stream"]:
            continue
        s = streams.setdefault(int(cells["tcp.stream"].split(",")[0]), {"types": [], "chain": [], "alerts": [], "suites": [], "name": None, "client": None, "records": []})
        types = [t for t in cells.get("tls.handshake.type", "").split(",") if t]
        source = cells["tcp.srcport"]
        if "1" in types:
            s["client"] = source
            s["name"] = cells.get("tls.handshake.extensions_server_name") or s["name"]
        who = "c" if source == s["client"] else "s"
        s["types"] += [f"{who}{t}" for t in types]
        s["records"] += [f"{who}{t}" for t in cells.get("tls.record.content_type", "").split(",") if t]
        if "2" in types:
            s["suites"] += [cells["tls.handshake.ciphersuite"].split(",")[-1]]
        if "11" in types and who == "c" and cells["tls.handshake.certificate"]:
            s["chain"] += [hashlib.sha1(bytes.fromhex(c)).hexdigest() for c in cells["tls.handshake.certificate"].split(",")]
        s["alerts"] += [(who, ALERTS.get(a, a)) for a in cells.get("tls.alert_message.desc", "").split(",") if a]
    return streams


def main():
    names = sys.argv[1:] or [p.name.removesuffix(".expected.json") for p in sorted(CAPTURES.glob("*.expected.json"))]
    for name in names:
        document = json.loads((CAPTURES / f"{name}.expected.json").read_text())
        path = CAPTURES / document["capture"]
        keys = CAPTURES / f"{name}.keys"
        for with_keys in (False, True) if keys.exists() else (False,):
            streams = tshark(path, keys if with_keys else None)
            for expected in document["connections"]:
                wanted = {**expected, **(expected["with_keys"] if with_keys and expected.get("with_keys") else {})}
                found = streams.get(expected["stream"])
                tag = f"{document['capture']}{' +keys' if with_keys else ''} #{expected['stream']}"
                if found is None:
                    print(f"{tag}: no such stream; has {sorted(streams)}")
                    continue
                got = {
                    "leaf_sha1": found["chain"][0] if found["chain"] else None,
                    "chain_length": len(found["chain"]) if "c11" in found["types"] else None,
                    "certificate_request_seen": any(t == "s13" for t in found["types"]),
                    "server_name": found["name"],
                    "alerts": [[{"c": "client", "s": "server"}[w], d] for w, d in found["alerts"]],
                }
                for key, value in got.items():
                    want = wanted[key]
                    if with_keys and key in ("alerts", "certificate_request_seen"):
                        continue
                    if key == "alerts":
                        want = [[a["from"], a["description"]] for a in want]
                    if want != value:
                        print(f"{tag}: {key}: expected {want}, tshark {value}   types {' '.join(found['types'])}")
                extra = set(streams) - {c["stream"] for c in document["connections"]}
            if len(streams) - len(document["connections"]) != document["other_streams"]:
                print(f"{document['capture']}: streams {sorted(streams)}, other_streams {document['other_streams']}")


main()
