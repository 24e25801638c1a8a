#!/usr/bin/env python3
"""A client Certificate message longer than any limit: the recorded handshake, and instead of the client's flight a Certificate
message whose only certificate has 1 200 000 zero bytes. Run: huge_certificate.py FOLDER-OF-CAPTURES. Needs zstd."""

import json
import subprocess
import sys
from pathlib import Path

from packets import read, write

BASE = "tls12-client-certificate-p256"
NAME = "tls12-huge-client-certificate"
LENGTH = 1_200_000


def main(folder):
    base = json.loads((folder / f"{BASE}.expected.json").read_text())
    packets = read(folder / base["capture"])
    client = [p for p in packets if p.ports[1] == 443 and p.payload]
    flight = client[1]
    kept = packets[:packets.index(flight)]
    number = lambda value, size: value.to_bytes(size, "big")
    body = number(LENGTH + 3, 3) + number(LENGTH, 3) + bytes(LENGTH)
    message = b"\x0b" + number(len(body), 3) + body
    pieces = [message[start:start + 16384] for start in range(0, len(message), 16384)]
    seq = flight.seq
    for index, piece in enumerate(pieces):
        record = b"\x16\x03\x03" + number(len(piece), 2) + piece
        kept.append(flight.changed(seq=seq, payload=record, time=flight.time + index * 1000))
        seq += len(record)
    plain = folder / f"{NAME}.pcap"
    write(plain, kept)
    subprocess.run(["zstd", "-q", "-f", "-19", "--rm", plain, "-o", f"{plain}.zst"], check=True)
    connection = {**base["connections"][0], "status": "obscured", "reason": "limit_reached", "leaf_sha1": None,
                  "leaf_sha256": None, "chain_length": None, "chain_complete": None, "possession": None,
                  "outcome": "unfinished"}
    scenario = ("The client's Certificate message is 1.2 MB long, beyond what is kept of a message: its end-entity "
                f"certificate is not read whole. Derived from {base['capture']}.")
    document = {**base, "scenario": scenario, "connections": [connection], "capture": f"{NAME}.pcap.zst",
                "made_by": "huge_certificate.py"}
    (folder / f"{NAME}.expected.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


main(Path(sys.argv[1]))
