#!/bin/sh
# Makes certificate-message.*: the body of a Certificate message of TLS 1.3 with two certificates, and
# what zlib, brotli and zstd make of it. Needs OpenSSL 3, Python 3, Node.js (brotli) and zstd.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
for name in leaf issuer; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
        -subj "/O=Example/CN=$name" -days 36500 -outform DER -out "$work/$name" 2>/dev/null
done
python3 - "$work/leaf" "$work/issuer" <<'PYTHON'
import sys, zlib
entries = b""
for path in sys.argv[1:]:
    der = open(path, "rb").read()
    entries += len(der).to_bytes(3, "big") + der + b"\0\0"
message = b"\0" + len(entries).to_bytes(3, "big") + entries
open("certificate-message.bin", "wb").write(message)
open("certificate-message.zlib", "wb").write(zlib.compress(message, 9))
PYTHON
node -e 'const fs = require("fs"), zlib = require("zlib");
fs.writeFileSync("certificate-message.br",
    zlib.brotliCompressSync(fs.readFileSync("certificate-message.bin")));'
zstd -q -f -19 certificate-message.bin -o certificate-message.zst
