"""A TLS server or client on Python's ssl module that logs one JSON object a connection."""

import argparse
import base64
import json
import socket
import ssl
import sys

parser = argparse.ArgumentParser()
for name in ("listen", "connect", "certificate", "key", "ca", "keylog", "ciphers"):
    parser.add_argument(f"--{name}")
parser.add_argument("--server-name", default="backend.example")
parser.add_argument("--ask", default="none")
parser.add_argument("--version", default="1.2")
parser.add_argument("--post-handshake", action="store_true")
options = parser.parse_args()

VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
side = "server" if options.listen else "client"
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if options.listen else ssl.PROTOCOL_TLS_CLIENT)
context.minimum_version = context.maximum_version = VERSIONS[options.version]
if options.certificate:
    context.load_cert_chain(options.certificate, options.key)
if options.ca:
    context.load_verify_locations(options.ca)
if options.keylog:
    context.keylog_filename = options.keylog
if options.ciphers:
    context.set_ciphers(options.ciphers)
if options.post_handshake:
    context.post_handshake_auth = True

messages = []


def message_seen(connection, direction, version, content_type, message_type, data):
    """Every message as this endpoint read or wrote it, decrypted."""
    messages.append((direction, int(content_type), int(message_type), bytes(data)))


context._msg_callback = message_seen


def client_chain():
    """The chain in the client's Certificate message, in this endpoint's own memory; None if there was none."""
    direction = "read" if side == "server" else "write"
    for way, content_type, message_type, data in messages:
        if way == direction and content_type == 22 and message_type == 11:
            body = data[4:]
            if options.version == "1.3":
                body = body[1 + body[0]:]
            position, end, chain = 3, 3 + int.from_bytes(body[:3], "big"), []
            while position < end:
                size = int.from_bytes(body[position:position + 3], "big")
                chain.append(base64.b64encode(body[position + 3:position + 3 + size]).decode())
                position += 3 + size
                if options.version == "1.3":
                    position += 2 + int.from_bytes(body[position:position + 2], "big")
            return chain
    return None


def alerts():
    names = {0: "close_notify", 40: "handshake_failure", 42: "bad_certificate", 45: "certificate_expired",
             46: "certificate_unknown", 48: "unknown_ca", 116: "certificate_required"}
    own, other = side, {"client": "server", "server": "client"}[side]
    return [[own if way == "write" else other, {1: "warning", 2: "fatal"}[data[0]], names.get(data[1], str(data[1])),
             options.version != "1.3"]
            for way, content_type, _, data in messages if content_type == 21 and data[0] == 2]


def log(secure, error=None):
    cipher = secure.cipher() if secure else None
    leaf = secure.getpeercert(binary_form=True) if not error and side == "server" else None
    chain = client_chain()
    if leaf and chain:
        assert base64.b64decode(chain[0]) == leaf
    entry = {"side": side, "handshake": "failed" if error else "completed",
             "version": secure.version().replace("TLSv1", "TLS 1") if secure and secure.version() else None,
             "cipher": cipher[0] if cipher else None,
             "server_name": options.server_name if side == "client" else None,
             "resumed": bool(secure and secure.session_reused),
             "asked": any(m[1] == 22 and m[2] == 13 for m in messages), "chain": chain, "alerts": alerts()}
    if entry["version"] == "TLS 1":
        entry["version"] = "TLS 1.0"
    if error:
        entry["error"] = str(error)
    print(json.dumps(entry), flush=True)


def serve():
    context.verify_mode = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "require": ssl.CERT_REQUIRED}[options.ask]
    host, port = options.listen.rsplit(":", 1)
    listener = socket.create_server((host, int(port)))
    print('{"ready": true}', flush=True)
    while True:
        connection, _ = listener.accept()
        messages.clear()
        secure = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            secure.do_handshake()
            line = secure.recv(100)
            if options.post_handshake:
                secure.verify_client_post_handshake()
                secure.sendall(b"certificate please\n")
                secure.recv(100)
            secure.sendall(b"pong for " + line)
            log(secure)
            secure.unwrap().close()
        except OSError as error:  # ssl.SSLError is one.
            log(secure, error)
            secure.close()


def connect():
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, port = options.connect.rsplit(":", 1)
    connection = socket.create_connection((host, int(port)))
    secure = context.wrap_socket(connection, server_hostname=options.server_name, do_handshake_on_connect=False)
    try:
        secure.do_handshake()
        secure.sendall(b"ping\n")
        answer = secure.recv(100)
        if options.post_handshake and answer:
            secure.sendall(b"here it is\n")
            secure.recv(100)
        log(secure)
        secure.unwrap().close()
    except OSError as error:  # ssl.SSLError is one.
        log(secure, error)


sys.exit(serve() if options.listen else connect())
