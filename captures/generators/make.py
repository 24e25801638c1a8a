"""Makes the captures: `make.py [FAMILY...]`, all families without an argument. Called by make.sh.

The captures and captures/certificates/ must come from the same keys. To make one family again, set KEYS to the
folder of keys of the earlier run (a folder that does not exist yet is filled and kept).
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from book import Book
from certificates import Certificates
from endpoints import Stacks
from lab import Lab
from readme import write_readme

CAPTURES = Path(__file__).resolve().parent.parent
FAMILIES = ["presented", "old_versions", "declined", "refused", "resumed", "damaged", "dress", "renegotiation", "tls13",
            "sessions", "raw_public_keys", "surroundings", "inference", "places"]


class Context:
    """What every family needs."""

    def __init__(self):
        self.captures = CAPTURES
        self.lab = Lab(CAPTURES)
        self.certs = Certificates(Path(os.environ.get("KEYS") or self.lab.work / "keys"))
        self.certs.publish(CAPTURES / "certificates")
        self.stacks = Stacks(self.lab, self.certs)
        self.names = self.stacks.names
        self.book = Book(CAPTURES)


def main():
    chosen = sys.argv[1:] or FAMILIES
    if not sys.argv[1:]:
        for pattern in ("*.pcap*", "*.expected.json", "*.keys", "certificates/*"):
            for old in CAPTURES.glob(pattern):
                old.unlink()
    context = Context()
    for family in chosen:
        print(f"-- {family}", flush=True)
        importlib.import_module(f"family_{family}").make(context)
        if family == "damaged":
            subprocess.run([sys.executable, "-B", "huge_certificate.py", CAPTURES], check=True)
    write_readme(CAPTURES)


main()
