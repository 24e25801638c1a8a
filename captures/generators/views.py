"""What one endpoint saw of one TLS connection, read from that endpoint's own log."""

import base64
import hashlib
import json
import re
import subprocess
import urllib.parse
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass
class View:
    """One connection as one endpoint logged it. `None` means that this endpoint does not say."""

    asked: bool | None = None              # was a CertificateRequest sent or received
    chain: list[bytes] | None = None       # the client's certificates in DER; [] = empty Certificate message
    leaf_sha1: str | None = None           # for endpoints that log a thumbprint only
    version: str | None = None
    cipher: str | None = None              # IANA name
    server_name: str | None = None
    resumed: bool = False
    completed: bool = False
    refused: bool = False
    alerts: list = field(default_factory=list)    # (from, level, description, in clear text)
    handshakes: int = 1
    quotes: list = field(default_factory=list)    # log lines worth quoting
    per_handshake: list = field(default_factory=list)

    def thumbprints(self):
        if self.chain:
            return (hashlib.sha1(self.chain[0]).hexdigest(), hashlib.sha256(self.chain[0]).hexdigest())
        return (self.leaf_sha1, None)

    def answered(self):
        if self.resumed:
            return "resumed"
        if self.asked is False:
            return "none"
        if self.chain == []:
            return "declined"
        if self.chain or self.leaf_sha1:
            return "presented"
        return "none"


@lru_cache
def iana_cipher(name: str) -> str:
    """IANA name of a cipher suite from OpenSSL's name for it."""
    if name.startswith("TLS_"):
        return name
    listing = subprocess.run(["openssl", "ciphers", "-stdname", "-s", "-psk", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                             capture_output=True, text=True).stdout
    listing += subprocess.run(["openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                              capture_output=True, text=True).stdout
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) > 2 and parts[2] == name:
            return parts[0]
    raise KeyError(name)


@lru_cache
def iana_cipher_of_code(code: int) -> str:
    listing = subprocess.run(["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                             capture_output=True, text=True).stdout
    if code in (0x1304, 0x1305):     # Not among the suites that OpenSSL lists by default.
        return {0x1304: "TLS_AES_128_CCM_SHA256", 0x1305: "TLS_AES_128_CCM_8_SHA256"}[code]
    wanted = f"0x{code >> 8:02X},0x{code & 255:02X}"
    for line in listing.splitlines():
        parts = line.split()
        if parts[0] == wanted:
            return parts[2]
    raise KeyError(wanted)


# ---------------------------------------------------------------------------------------------------------
# OpenSSL: `-msg` prints every message, decrypted, as the endpoint itself sent or received it.

ENTRY = re.compile(r"^(<<<|>>>) (.*?), (RecordHeader|Handshake|ChangeCipherSpec|Alert|Inner Content Type|\S+)"
                   r"[^\[]*\[length ([0-9a-f]+)\](?:, (.*))?$")


# OpenSSL 3.0 does not know the names of DTLS messages.
DTLS_ENTRY = re.compile(r"^(<<<|>>>) Not TLS data or unknown version \(version=\d+, content_type=(\d+)\)")
DTLS_KINDS = {"256": "RecordHeader", "20": "ChangeCipherSpec", "21": "Alert", "22": "Handshake"}
MESSAGES = {0: "HelloRequest", 1: "ClientHello", 2: "ServerHello", 3: "HelloVerifyRequest", 4: "NewSessionTicket",
            11: "Certificate", 12: "ServerKeyExchange", 13: "CertificateRequest", 14: "ServerHelloDone",
            15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished"}


def openssl_entries(text):
    entries = []
    for line in text.splitlines():
        if match := DTLS_ENTRY.match(line):
            entries.append([match[1], "DTLS", DTLS_KINDS[match[2]], "", bytearray(), line])
        elif match := ENTRY.match(line):
            entries.append([match[1], match[2], match[3], match[5] or "", bytearray(), line])
        elif entries and line.startswith("    "):
            try:
                entries[-1][4] += bytes.fromhex(line.strip())
            except ValueError:
                pass
    for entry in entries:
        if entry[1] == "DTLS" and entry[2] == "Handshake":
            entry[3] = MESSAGES[entry[4][0]]
            entry[5] = f"{entry[0]} DTLS, Handshake [length {len(entry[4]):04x}], {entry[3]}"
        elif entry[1] == "DTLS" and entry[2] == "Alert":
            level, description = entry[4]
            assert description == 0, "only close_notify is named here"
            entry[3] = f"{['', 'warning', 'fatal'][level]} close_notify"
            entry[5] = f"{entry[0]} DTLS, Alert, {entry[3]}"
    return entries


def openssl_view(messages: str, role: str, output: str = "") -> View:
    """`messages` is what -msgfile received for one connection; `role` says whose file it is."""
    view = View(asked=False)
    own, other = role, {"client": "server", "server": "client"}[role]
    protected = {own: False, other: False}
    hellos = 0
    finished = set()
    handshakes = []
    current = None
    for arrow, version, kind, what, data, line in openssl_entries(messages):
        sender = own if arrow == ">>>" else other
        if version.startswith("DTLS") and kind == "Handshake":
            data = data[:4] + data[12:]     # Without sequence number and fragment fields.
        if kind == "RecordHeader" and data[:1] == b"\x14":
            protected[sender] = True
        elif kind == "ChangeCipherSpec":
            protected[sender] = True
        elif kind == "Alert":
            level, description = what.split(" ", 1)
            tls13 = view.version == "TLS 1.3"
            clear = not protected[sender] and not tls13
            view.alerts.append((sender, level, description.replace(" ", "_"), clear))
            view.quotes.append(line)
            if level == "fatal":
                view.refused = True
        elif kind == "Handshake":
            if what == "ClientHello":
                if current is None or current["server_hello"]:
                    current = {"asked": False, "chain": None, "server_hello": False, "finished": 0, "resumed": False}
                    handshakes.append(current)
                view.server_name = server_name_of(bytes(data), version.startswith("DTLS")) or view.server_name
                hellos += 1
            elif what == "ServerHello":
                if data[6:38].hex() == HELLO_RETRY_REQUEST:
                    current["retry"] = True
                    continue
                current["server_hello"] = True
                session = data[38]
                view.cipher = iana_cipher_of_code(int.from_bytes(data[39 + session:41 + session], "big"))
                view.version, psk = version_of_server_hello(bytes(data))
                if psk:
                    current["resumed"] = True
            elif what == "CertificateRequest":
                if current["finished"] >= 2:      # TLS 1.3 post-handshake authentication
                    current = {"asked": True, "chain": None, "server_hello": True, "finished": 0,
                               "resumed": False, "post_handshake": True}
                    handshakes.append(current)
                current["asked"] = True
                view.quotes.append(line)
            elif what == "Certificate" and sender == "client":
                current["chain"] = certificates_of(bytes(data), view.version)
                view.quotes.append(line)
            elif what == "CompressedCertificate" and sender == "client":
                view.quotes.append(line)
            elif what == "Finished":
                current["finished"] += 1
                finished.add(sender)
                current.setdefault("finished_by", set()).add(sender)
                if current.get("post_handshake"):
                    current["finished"] = 2
    view.quotes.insert(0, f"{role}'s messages, < received, > sent: " + " ".join(
        arrow[0] + (what if kind == "Handshake" else kind)
        for arrow, _, kind, what, _, _ in openssl_entries(messages)
        if kind in ("Handshake", "ChangeCipherSpec", "Alert")))
    for handshake in handshakes:
        handshake["completed"] = handshake["finished"] >= 2
    if re.search(r"^Reused, ", output, re.M) or "Reused session-id" in output:
        handshakes and handshakes[0].update(resumed=True)
        view.quotes.append(re.search(r"^(Reused, .*|Reused session-id.*)$", output, re.M)[0])
    view.handshakes = len(handshakes)
    view.per_handshake = handshakes
    chosen = next((h for h in reversed(handshakes) if h["asked"]), handshakes[0] if handshakes else None)
    if chosen:
        view.asked, view.chain, view.resumed = chosen["asked"], chosen["chain"], chosen["resumed"]
        view.completed = handshakes[-1]["completed"] and not any(a[1] == "fatal" for a in view.alerts)
    return view


HELLO_RETRY_REQUEST = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"


def version_of_server_hello(data: bytes):
    version = int.from_bytes(data[4:6], "big")
    position = 39 + data[38] + 3
    psk = False
    end = position + 2 + int.from_bytes(data[position:position + 2], "big") if len(data) > position else position
    position += 2
    while position < end:
        kind, size = int.from_bytes(data[position:position + 2], "big"), int.from_bytes(data[position + 2:position + 4], "big")
        if kind == 43:
            version = int.from_bytes(data[position + 4:position + 6], "big")
        psk |= kind == 41
        position += 4 + size
    return {0xFEFF: "DTLS 1.0", 0xFEFD: "DTLS 1.2", 0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}[version], psk


def server_name_of(hello: bytes, dtls: bool):
    position = 38
    position += 1 + hello[position]
    if dtls:
        position += 1 + hello[position]     # Cookie.
    position += 2 + int.from_bytes(hello[position:position + 2], "big")
    position += 1 + hello[position]
    position += 2
    while position + 4 <= len(hello):
        kind, size = int.from_bytes(hello[position:position + 2], "big"), int.from_bytes(hello[position + 2:position + 4], "big")
        if kind == 0 and size > 5:
            return hello[position + 9:position + 4 + size].decode()
        position += 4 + size
    return None


def certificates_of(message: bytes, version: str):
    """The certificates of a Certificate handshake message."""
    body = message[4:]
    if version == "TLS 1.3":
        body = body[1 + body[0]:]
    end = 3 + int.from_bytes(body[:3], "big")
    position, chain = 3, []
    while position < end:
        size = int.from_bytes(body[position:position + 3], "big")
        chain.append(body[position + 3:position + 3 + size])
        position += 3 + size
        if version == "TLS 1.3":
            position += 2 + int.from_bytes(body[position:position + 2], "big")
    return chain


# ---------------------------------------------------------------------------------------------------------
# The small programs in stacks/: one JSON object a connection.

def json_views(log: str, side="server"):
    views = []
    for line in log.splitlines():
        if not line.startswith("{") or '"side"' not in line:
            continue
        entry = json.loads(line)
        if entry["side"] != side:
            continue
        chain = entry.get("chain")
        view = View(asked=entry.get("asked"), chain=None if chain is None else [base64.b64decode(c) for c in chain],
                    version=entry.get("version"),
                    cipher=None if entry.get("cipher") is None else
                    iana_cipher(entry["cipher"].replace("TLS13_", "TLS_")),
                    server_name=entry.get("server_name"), resumed=bool(entry.get("resumed")),
                    completed=entry["handshake"] == "completed", refused=entry["handshake"] != "completed")
        for alert in entry.get("alerts", []):
            view.alerts.append(tuple(alert))
        quote = {k: v for k, v in entry.items() if k != "chain" and v is not None}
        if chain is not None:
            quote["chain_sha1"] = [hashlib.sha1(c).hexdigest() for c in view.chain]
        view.quotes.append(json.dumps(quote, sort_keys=True))
        views.append(view)
    return views


# ---------------------------------------------------------------------------------------------------------
# nginx and Apache httpd: access log lines in the formats of endpoints.py.

VERSIONS = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}


def access_log_views(log: str):
    views = []
    for line in log.splitlines():
        if "verify=" not in line or "certificate=" not in line:
            continue
        line, certificate = line.strip().split(" certificate=", 1)
        values = dict(re.findall(r"(\w+)=(.*?)(?= \w+=|$)", line))
        view = View(version=VERSIONS.get(values["protocol"]), cipher=iana_cipher(values["cipher"]),
                    server_name=None if values["name"] == "-" else values["name"],
                    resumed=values["resumed"] in ("r", "Resumed"), completed=True)
        view.port = int(values.get("port", 0))
        if certificate not in ("-", ""):
            pem = urllib.parse.unquote(certificate).replace("\\n", "\n").replace("%20", " ")
            body = "".join(re.findall(r"^[A-Za-z0-9+/=]+$", pem.split("-----")[2].replace("\\n", "\n"), re.M))
            view.chain = [base64.b64decode(body)]
        fingerprint = values.get("fingerprint", "-")
        if fingerprint not in ("-", ""):
            view.leaf_sha1 = fingerprint
            if view.chain:
                assert hashlib.sha1(view.chain[0]).hexdigest() == fingerprint
        view.quotes.append(line +
                           (f" certificate_sha1={view.thumbprints()[0]}" if view.chain else " certificate=-"))
        views.append(view)
    return views


# ---------------------------------------------------------------------------------------------------------
# GnuTLS: gnutls-serv -d 4.

def gnutls_view(log: str) -> View:
    view = View(asked="CERTIFICATE REQUEST was queued" in log)
    if received := re.search(r"CERTIFICATE \(11\) was received\. Length (\d+)", log):
        view.quotes.append(received[0])
        if int(received[1]) <= 4:
            view.chain = []
    accepted = log.partition("* Accepted connection")[2]
    if "Got a certificate list" in accepted:
        view.chain = [base64.b64decode("".join(body.split()))
                      for body in re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END", accepted, re.S)]
        count, logged = (re.search(pattern, accepted)[1] for pattern in
                         (r"certificate list of (\d+) certificates", r"Fingerprint:\s+sha1:([0-9a-f]{40})"))
        assert len(view.chain) == int(count) and hashlib.sha1(view.chain[0]).hexdigest() == logged
        view.quotes.append(f"Fingerprint: sha1:{logged}")
    if description := re.search(r"- Description: \(TLS(1\.\d).*", accepted):
        view.version, view.completed = f"TLS {description[1]}", True
        view.quotes.append(description[0])
    if suite := re.findall(r"(?:Selected cipher suite|Cipher Suite): GNUTLS_(\w+)", log):
        name = re.sub(r"^((?:ECDHE|DHE)_(?:RSA|ECDSA)|RSA)_", r"\1_WITH_", suite[-1])
        view.cipher = "TLS_" + re.sub(r"POLY1305$", "POLY1305_SHA256", name.replace("_CBC_SHA1", "_CBC_SHA"))
    if name := re.search(r"Given server name\[1\]: (\S+)", log):
        view.server_name = name[1]
    view.resumed = "This is a resumed session" in log
    return view
