"""A relay between a TLS client and a TLS server that changes what surrounds TLS, never what TLS protects.

    relay.py LISTEN CONNECT MODE [HEX]

prefix HEX      sends these bytes to the server first (PROXY protocol)
without-proxy-v2    reads a header of the PROXY protocol version 2 and drops it
http-connect    answers an HTTP CONNECT request, then relays
smtp, smtp-long, postgresql    speaks the clear-text part before STARTTLS, then relays; long: 40 kB of it
empty-records, tiny-records, joined-records    frames the client's clear handshake messages anew: RFC 5246 leaves that free,
                and neither the Finished nor the CertificateVerify covers it
"""

import socket
import sys
import threading
import time


def endpoint(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def line(connection):
    data = b""
    while not data.endswith(b"\n"):
        data += connection.recv(1)
    return data


def pump(source, target, change=None):
    try:
        while data := source.recv(65536):
            if change:
                data = change(data)
            if data:
                target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Reframe:
    """Frames handshake records anew until ChangeCipherSpec."""

    def __init__(self, mode):
        self.mode, self.buffer, self.done = mode, b"", False

    def __call__(self, data):
        self.buffer += data
        out, joined, version = b"", b"", b"\x03\x03"
        while len(self.buffer) >= 5:
            length = int.from_bytes(self.buffer[3:5], "big")
            if len(self.buffer) < 5 + length:
                break
            header, body = self.buffer[:5], self.buffer[5:5 + length]
            self.buffer = self.buffer[5 + length:]
            if header[0] != 22:
                self.done = True
            if self.done:
                if joined:
                    out, joined = out + record(version, joined), b""
                out += header + body
                continue
            version = header[1:3]
            if self.mode == "empty-records":
                out += record(version, b"") * 3 + record(version, body)
            elif self.mode == "tiny-records":
                out += b"".join(record(version, body[i:i + 32]) for i in range(0, length, 32))
            else:
                joined += body
        if joined:
            out += record(version, joined)
        return out


def record(version, body):
    return b"\x16" + version + len(body).to_bytes(2, "big") + body


def serve(client, target, mode, argument):
    if mode == "http-connect":
        while line(client) not in (b"\r\n", b"\n"):
            pass
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    elif mode in ("smtp", "smtp-long"):
        client.sendall(b"220 backend.example ESMTP\r\n")
        line(client)
        long = b"".join(b"250-X-WITNESS-%04d %s\r\n" % (i, b"x" * 78) for i in range(400)) if mode == "smtp-long" else b""
        client.sendall(b"250-backend.example\r\n" + long + b"250 STARTTLS\r\n")
        line(client)
        client.sendall(b"220 Ready to start TLS\r\n")
    elif mode == "without-proxy-v2":
        length = int.from_bytes(client.recv(16, socket.MSG_WAITALL)[14:], "big")
        client.recv(length, socket.MSG_WAITALL)
    elif mode == "postgresql":
        client.recv(8)
        client.sendall(b"S")
    server = socket.create_connection(target)
    if mode == "prefix":
        server.sendall(bytes.fromhex(argument))
        time.sleep(0.1)
    change = Reframe(mode) if mode.endswith("-records") else None
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server, change)


listener = socket.create_server(endpoint(sys.argv[1]))
print('{"ready": true}', flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection, endpoint(sys.argv[2]), sys.argv[3], (sys.argv + [""])[4]), daemon=True).start()
