"""Reading, editing and writing recordings for the derived captures. Classic pcap, Ethernet, IPv4 and TCP only."""

import struct
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass
class Packet:
    time: int            # nanoseconds
    data: bytes          # as captured
    length: int          # on the wire

    # Offsets for Ethernet + IPv4 + TCP.
    def ip_header(self):
        return (self.data[14] & 15) * 4

    def tcp_start(self):
        return 14 + self.ip_header()

    def payload_start(self):
        return self.tcp_start() + (self.data[self.tcp_start() + 12] >> 4) * 4

    @property
    def payload(self):
        end = 14 + struct.unpack_from(">H", self.data, 16)[0]
        return self.data[self.payload_start():end]

    @property
    def ports(self):
        return struct.unpack_from(">HH", self.data, self.tcp_start())

    @property
    def addresses(self):
        return self.data[26:30], self.data[30:34]

    @property
    def seq(self):
        return struct.unpack_from(">I", self.data, self.tcp_start() + 4)[0]

    @property
    def ack(self):
        return struct.unpack_from(">I", self.data, self.tcp_start() + 8)[0]

    @property
    def flags(self):
        return self.data[self.tcp_start() + 13]

    def changed(self, seq=None, ack=None, payload=None, ports=None, flags=None, time=None):
        """A copy with other TCP fields, lengths and checksums put right."""
        tcp = self.tcp_start()
        header = bytearray(self.data[:self.payload_start()])
        body = self.payload if payload is None else payload
        if ports:
            struct.pack_into(">HH", header, tcp, *ports)
        if seq is not None:
            struct.pack_into(">I", header, tcp + 4, seq & 0xFFFFFFFF)
        if ack is not None:
            struct.pack_into(">I", header, tcp + 8, ack & 0xFFFFFFFF)
        if flags is not None:
            header[tcp + 13] = flags
        struct.pack_into(">H", header, 16, len(header) - 14 + len(body))
        data = with_checksums(bytes(header) + body)
        return replace(self, data=data, length=len(data), time=self.time if time is None else time)


SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16


def checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_checksums(frame: bytes) -> bytes:
    frame = bytearray(frame)
    header = (frame[14] & 15) * 4
    frame[24:26] = b"\0\0"
    struct.pack_into(">H", frame, 24, checksum(bytes(frame[14:14 + header])))
    tcp = 14 + header
    frame[tcp + 16:tcp + 18] = b"\0\0"
    segment = bytes(frame[tcp:])
    pseudo = bytes(frame[26:34]) + struct.pack(">BBH", 0, 6, len(segment))
    struct.pack_into(">H", frame, tcp + 16, checksum(pseudo + segment))
    return bytes(frame)


def read(path: Path) -> list[Packet]:
    """The packets of a pcap or pcapng file."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
        subprocess.run(["editcap", "-F", "nsecpcap", path, plain.name], check=True, capture_output=True)
        data = Path(plain.name).read_bytes()
    packets, offset = [], 24
    while offset + 16 <= len(data):
        seconds, nanoseconds, captured, length = struct.unpack_from("<IIII", data, offset)
        offset += 16
        packets.append(Packet(seconds * 10**9 + nanoseconds, data[offset:offset + captured], length))
        offset += captured
    return packets


def write(path: Path, packets, order="<", nanoseconds=False, link_type=1):
    """A pcap file; `.pcapng` is written through editcap."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)
    for p in packets:
        fraction = p.time % 10**9 if nanoseconds else p.time % 10**9 // 1000
        out += struct.pack(order + "IIII", p.time // 10**9, fraction, len(p.data), p.length) + p.data
    if path.suffix == ".pcapng":
        with tempfile.NamedTemporaryFile(suffix=".pcap") as plain:
            Path(plain.name).write_bytes(out)
            subprocess.run(["editcap", "-F", "pcapng", plain.name, path], check=True, capture_output=True)
    else:
        path.write_bytes(out)


class Conversation:
    """The packets of one TCP conversation with the places of its readable TLS 1.2 handshake messages."""

    def __init__(self, packets):
        self.packets = packets
        first = next(p for p in packets if p.flags & (SYN | ACK) == SYN)
        self.client_port, self.server_port = first.ports
        self.start = {"client": first.seq + 1,
                      "server": next(p for p in packets if p.flags & (SYN | ACK) == SYN | ACK).seq + 1}

    def side(self, packet):
        return "client" if packet.ports[0] == self.client_port else "server"

    def offset(self, packet):
        """Place of the packet's first byte in its direction's stream."""
        return (packet.seq - self.start[self.side(packet)]) & 0xFFFFFFFF

    def stream(self, side) -> bytes:
        data = bytearray()
        for p in self.packets:
            if self.side(p) == side and p.payload:
                at = self.offset(p)
                if len(data) < at + len(p.payload):
                    data.extend(bytes(at + len(p.payload) - len(data)))
                data[at:at + len(p.payload)] = p.payload
        return bytes(data)

    def messages(self, side):
        """[(type, list of (start, end) in the stream)] of the handshake messages before ChangeCipherSpec."""
        data, position, places = self.stream(side), 0, []
        while position + 5 <= len(data):
            kind, length = data[position], struct.unpack_from(">H", data, position + 3)[0]
            if kind != 22:
                break
            places += range(position + 5, position + 5 + length)
            position += 5 + length
        found, i = [], 0
        while i + 4 <= len(places):
            size = 4 + int.from_bytes(bytes(data[places[i + j]] for j in (1, 2, 3)), "big")
            found.append((data[places[i]], places[i:i + size]))
            i += size
        return found

    def message(self, side, kind):
        return next(places for found, places in self.messages(side) if found == kind)

    def carrying(self, side, places):
        """The packets that carry one of these stream positions."""
        return [p for p in self.packets if self.side(p) == side and p.payload and
                any(self.offset(p) <= place < self.offset(p) + len(p.payload) for place in (places[0], places[-1])
                    ) or self.side(p) == side and p.payload and places[0] <= self.offset(p) <= places[-1]]

    def with_bytes(self, side, replacements):
        """The packets with stream bytes changed: {position: value}."""
        result = []
        for p in self.packets:
            if self.side(p) == side and p.payload:
                body, at = bytearray(p.payload), self.offset(p)
                for position, value in replacements.items():
                    if at <= position < at + len(body):
                        body[position - at] = value
                if bytes(body) != p.payload:
                    p = p.changed(payload=bytes(body))
            result.append(p)
        return result
