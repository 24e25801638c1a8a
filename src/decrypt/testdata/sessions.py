#!/usr/bin/env python3
"""Records the sessions in sessions.txt: OpenSSL and GnuTLS on loopback, through a proxy that keeps
the bytes. What neither speaks is made here with `openssl enc` and said to be so.

Needs openssl 3, gnutls-bin and Python 3. Run: python3 sessions.py
"""

import hashlib
import hmac
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = tempfile.mkdtemp()
OUT = []


def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Proxy:
    """Relays one connection and keeps what went by."""

    def __init__(self, server_port):
        self.streams = {"client": b"", "server": b""}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server_port = server_port
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()

    def relay(self):
        client, _ = self.listener.accept()
        for _ in range(100):
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port))
                break
            except OSError:
                time.sleep(0.05)

        def pump(name, source, sink):
            try:
                while data := source.recv(65536):
                    self.streams[name] += data
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        back = threading.Thread(target=pump, args=("server", server, client), daemon=True)
        back.start()
        pump("client", client, server)
        back.join(5)


def records(stream):
    while len(stream) >= 5:
        end = 5 + struct.unpack(">H", stream[3:5])[0]
        yield stream[:end]
        stream = stream[end:]


def hello(messages):
    """Random, and for a ServerHello suite and extensions, of the first message."""
    random = messages[6:38]
    rest = messages[39 + messages[38]:4 + int.from_bytes(messages[1:4], "big")]
    extensions, body = {}, rest[5:]
    while len(body) >= 4:
        kind, length = struct.unpack(">HH", body[:4])
        extensions[kind] = body[4:4 + length]
        body = body[4 + length:]
    return random, rest[:2], extensions


def emit(name, version, suite, randoms, flags, secrets, clear, protected):
    OUT.append(f"session {name}")
    OUT.append(f"version {version:04x}")
    OUT.append(f"suite {suite.hex()}")
    OUT.append(f"client_random {randoms[0].hex()}")
    OUT.append(f"server_random {randoms[1].hex()}")
    for flag in flags:
        OUT.append(f"flag {flag}")
    for label, secret in secrets:
        OUT.append(f"secret {label} {secret}")
    for side, data in clear:
        OUT.append(f"clear {side} {data.hex()}")
    for side, data in protected:
        OUT.append(f"{side} {data.hex()}")
    OUT.append("")


def keep(name, proxy, key_log, clear):
    handshake, protected, version = {}, [], None
    for side in ("client", "server"):
        messages, is_protected = b"", False
        for record in records(proxy.streams[side]):
            if record[0] == 20:
                is_protected = True
            elif is_protected or record[0] == 23:
                protected.append((side, record))
            elif record[0] == 22:
                messages += record[5:]
        handshake[side] = messages
    client_random, _, _ = hello(handshake["client"])
    server_random, suite, extensions = hello(handshake["server"])
    version = int.from_bytes(extensions.get(43) or handshake["server"][4:6], "big")
    flags = [flag for kind, flag in ((22, "encrypt_then_mac"), (23, "extended_master_secret"))
             if kind in extensions]
    secrets = []
    for line in open(key_log):
        words = line.split()
        if len(words) == 3 and words[1].lower() == client_random.hex():
            if "EXPORTER" not in words[0] and not words[0].endswith("_N"):
                secrets.append((words[0], words[2].lower()))
    kept = list(handshake.items()) if clear else []
    emit(name, version, suite, (client_random, server_random), flags, secrets, kept, protected)
    print(name, hex(version), suite.hex(), len(protected))


def session(name, server, client, lines, clear=False, environment=None):
    key_log = os.path.join(WORK, "keys")
    if os.path.exists(key_log):
        os.remove(key_log)
    server_port = port()
    proxy = Proxy(server_port)
    environment = {**os.environ, **(environment or {})}
    to_null = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    fill = lambda words, p: [w.replace("PORT", str(p)).replace("KEYS", key_log) for w in words]
    served = subprocess.Popen(fill(server, server_port), stdin=subprocess.PIPE, **to_null)
    time.sleep(0.4)
    asked = subprocess.Popen(fill(client, proxy.port), stdin=subprocess.PIPE,
                             env={**environment, "SSLKEYLOGFILE": key_log}, **to_null)
    time.sleep(0.6)
    for line in lines:
        asked.stdin.write(line)
        asked.stdin.flush()
        time.sleep(0.25)
    asked.stdin.close()
    try:
        asked.wait(3)
    except subprocess.TimeoutExpired:
        asked.kill()
    served.kill()
    proxy.thread.join(5)
    keep(name, proxy, key_log, clear)


RSA = os.path.join(HERE, "server-rsa.key")
if not os.path.exists(RSA):
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", RSA)
EC = os.path.join(WORK, "ec.key")
run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", EC)
for key in (RSA, EC):
    certificate = os.path.join(WORK, os.path.basename(key) + ".crt")
    run("openssl", "req", "-x509", "-key", key, "-subj", "/CN=s", "-days", "36500", "-out", certificate)
TEXT = [b"first line\n", b"second, longer line of text\n"]


def openssl(name, version, cipher, key=EC, options=(), lines=TEXT, quiet=True, **rest):
    certificate = os.path.join(WORK, os.path.basename(key) + ".crt")
    select = ["-ciphersuites" if version == "-tls1_3" else "-cipher", cipher]
    server = ["openssl", "s_server", "-accept", "PORT", "-key", key, "-cert", certificate, version,
              *select, "-no_ticket", "-rev", *options]
    client = ["openssl", "s_client", "-connect", "127.0.0.1:PORT", version, *select, "-keylogfile",
              "KEYS", *(["-quiet"] if quiet else [])]
    session(name, server, client, lines, **rest)


def gnutls(name, priority, key=RSA, **rest):
    certificate = os.path.join(WORK, os.path.basename(key) + ".crt")
    server = ["gnutls-serv", "-p", "PORT", "--x509keyfile", key, "--x509certfile", certificate,
              "--echo", "--noticket", "--priority", priority]
    client = ["gnutls-cli", "-p", "PORT", "127.0.0.1", "--insecure", "--priority", priority]
    session(name, server, client, TEXT, **rest)


openssl("tls13-aes-128-gcm", "-tls1_3", "TLS_AES_128_GCM_SHA256")
openssl("tls13-aes-256-gcm", "-tls1_3", "TLS_AES_256_GCM_SHA384")
openssl("tls13-chacha20-poly1305", "-tls1_3", "TLS_CHACHA20_POLY1305_SHA256")
openssl("tls13-aes-128-ccm", "-tls1_3", "TLS_AES_128_CCM_SHA256")
openssl("tls13-aes-128-ccm-8", "-tls1_3", "TLS_AES_128_CCM_8_SHA256")
openssl("tls13-key-update", "-tls1_3", "TLS_AES_128_GCM_SHA256", quiet=False,
        lines=[b"first line\n", b"K\n", b"third line\n", b"k\n", b"fifth line\n"])
LOW = ":@SECLEVEL=0"
for name, cipher in (("aes-128-gcm", "ECDHE-ECDSA-AES128-GCM-SHA256"),
                     ("aes-256-gcm", "ECDHE-ECDSA-AES256-GCM-SHA384"),
                     ("aes-128-ccm", "ECDHE-ECDSA-AES128-CCM"),
                     ("aes-256-ccm", "ECDHE-ECDSA-AES256-CCM"),
                     ("aes-128-ccm-8", "ECDHE-ECDSA-AES128-CCM8"),
                     ("aes-256-ccm-8", "ECDHE-ECDSA-AES256-CCM8"),
                     ("chacha20-poly1305", "ECDHE-ECDSA-CHACHA20-POLY1305"),
                     ("aria-128-gcm", "ECDHE-ECDSA-ARIA128-GCM-SHA256"),
                     ("aria-256-gcm", "ECDHE-ECDSA-ARIA256-GCM-SHA384"),
                     ("camellia-128-cbc-sha256", "ECDHE-ECDSA-CAMELLIA128-SHA256"),
                     ("camellia-256-cbc-sha384", "ECDHE-ECDSA-CAMELLIA256-SHA384"),
                     ("aes-128-cbc-sha", "ECDHE-ECDSA-AES128-SHA"),
                     ("aes-128-cbc-sha256", "ECDHE-ECDSA-AES128-SHA256"),
                     ("aes-256-cbc-sha384", "ECDHE-ECDSA-AES256-SHA384"),
                     ("null-sha", "ECDHE-ECDSA-NULL-SHA")):
    openssl("tls12-" + name, "-tls1_2", cipher + LOW, clear=name in ("aes-128-gcm", "aes-256-gcm"))
for name, cipher in (("aes-128-cbc-sha", "ECDHE-ECDSA-AES128-SHA"),
                     ("aes-128-cbc-sha256", "ECDHE-ECDSA-AES128-SHA256"),
                     ("aes-256-cbc-sha384", "ECDHE-ECDSA-AES256-SHA384")):
    openssl(f"tls12-{name}-mac-then-encrypt", "-tls1_2", cipher + LOW, options=["-no_etm"])
for version, option in (("tls10", "-tls1"), ("tls11", "-tls1_1")):
    for suffix, options in (("", []), ("-mac-then-encrypt", ["-no_etm"])):
        openssl(f"{version}-aes-128-cbc-sha{suffix}", option, "ECDHE-ECDSA-AES128-SHA" + LOW,
                options=options, clear=not suffix)
openssl("tls12-rsa-key-exchange", "-tls1_2", "AES128-GCM-SHA256" + LOW, key=RSA, clear=True)

BASE = "NONE:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509:+RSA:+ECDHE-RSA"
for name, version, cipher, extra in (
        ("tls12-3des-cbc-sha", "1.2", "+3DES-CBC:+SHA1", ""),
        ("tls12-3des-cbc-sha-mac-then-encrypt", "1.2", "+3DES-CBC:+SHA1", ":%NO_ETM"),
        ("tls10-3des-cbc-sha-mac-then-encrypt", "1.0", "+3DES-CBC:+SHA1", ":%NO_ETM"),
        ("tls12-rc4-md5", "1.2", "+ARCFOUR-128:+MD5", ""),
        ("tls12-rc4-sha", "1.2", "+ARCFOUR-128:+SHA1", ""),
        ("tls10-rc4-sha", "1.0", "+ARCFOUR-128:+SHA1", ""),
        ("tls12-camellia-128-gcm", "1.2", "+CAMELLIA-128-GCM:+AEAD", ""),
        ("tls12-camellia-256-gcm", "1.2", "+CAMELLIA-256-GCM:+AEAD", ""),
        ("tls12-camellia-256-cbc-sha", "1.2", "+CAMELLIA-256-CBC:+SHA1", "")):
    gnutls(name, f"{BASE}:+VERS-TLS{version}:{cipher}:%VERIFY_ALLOW_SIGN_WITH_SHA1{extra}")
gnutls("tls12-rsa-key-exchange-classic-master-secret",
       "NONE:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509:+RSA:+VERS-TLS1.2:+AES-128-CBC:+SHA1"
       ":%NO_SESSION_HASH", clear=True)
gnutls("tls10-rsa-key-exchange-classic-master-secret",
       "NONE:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509:+RSA:+VERS-TLS1.0:+AES-128-CBC:+SHA1"
       ":%NO_SESSION_HASH", clear=True)


# Suites that neither stack speaks: the records are made here, the cipher is OpenSSL's.
def p_hash(name, secret, seed, length):
    out, a = b"", seed
    while len(out) < length:
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + seed, name).digest()
    return out[:length]


def made(name, suite, cipher, key_length, block, mac, prf, truncated=False):
    seed = lambda text: hashlib.sha256((name + text).encode()).digest()
    randoms, master = (seed("client"), seed("server")), (seed("master") * 2)[:48]
    size = hashlib.new(mac).digest_size
    keys = p_hash(prf, master, b"key expansion" + randoms[1] + randoms[0],
                  2 * (size + key_length + block))
    protected = []
    for index, side in enumerate(("client", "server")):
        mac_key = keys[index * size:][:size]
        key = keys[2 * size + index * key_length:][:key_length]
        for sequence, (kind, content) in enumerate(((22, b"\x14\0\0\x0c" + bytes(12)),
                                                   (23, b"made text"), (23, bytes(300)))):
            head = struct.pack(">QBH", sequence, kind, 0x303)
            tag = hmac.new(mac_key, head + struct.pack(">H", len(content)) + content, mac).digest()
            plain = content + (tag[:10] if truncated else tag)
            pad = block - 1 - len(plain) % block
            iv = seed(f"iv{sequence}")[:block]
            legacy = ["-provider", "legacy", "-provider", "default"] if "des-cbc" == cipher else []
            body = iv + run("openssl", "enc", "-e", "-nopad", "-" + cipher, *legacy, "-K", key.hex(),
                            "-iv", iv.hex(), data=plain + bytes([pad]) * (pad + 1))
            protected.append((side, struct.pack(">BHH", kind, 0x303, len(body)) + body))
    flags = ["truncated_hmac"] if truncated else []
    emit(name, 0x303, bytes.fromhex(suite), randoms, flags, [("CLIENT_RANDOM", master.hex())], [],
         protected)


made("made-tls12-aria-128-cbc-sha256", "c048", "aria-128-cbc", 16, 16, "sha256", "sha256")
made("made-tls12-aria-256-cbc-sha384", "c049", "aria-256-cbc", 32, 16, "sha384", "sha384")
made("made-tls12-des-cbc-sha", "0009", "des-cbc", 8, 8, "sha1", "sha256")
made("made-tls12-truncated-hmac", "002f", "aes-128-cbc", 16, 16, "sha1", "sha256", truncated=True)

with open(os.path.join(HERE, "sessions.txt"), "w") as out:
    version = run("openssl", "version").decode().split()[1]
    gnutls_version = re.search(r"[\d.]+", run("gnutls-cli", "--version").decode()).group()
    out.write(f"# Made by sessions.py with OpenSSL {version} and GnuTLS {gnutls_version}.\n\n")
    out.write("\n".join(OUT))
