"""A switch in user space, for kernels without VLANs: frames of each access interface carry its tag on the trunk.

    tagger.py TRUNK INTERFACE=VLAN...
"""

import selectors
import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING, VLAN_VALID = 263, 8, 4, 0x10


def opened(interface):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    packets.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    packets.bind((interface, 0))
    return packets


def frame_of(packets):
    """The next frame that came in, and its VLAN, which the kernel gives beside it."""
    data, control, _, address = packets.recvmsg(65536, 256)
    vlan = None
    for level, kind, value in control:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tag, _ = struct.unpack("IIIHHHH", value[:20])
            vlan = tag & 0xFFF if status & VLAN_VALID else None
    return None if address[2] == PACKET_OUTGOING else (data, vlan)


trunk = opened(sys.argv[1])
ports = {int(vlan): opened(interface) for interface, vlan in (argument.split("=") for argument in sys.argv[2:])}
waiting = selectors.DefaultSelector()
waiting.register(trunk, selectors.EVENT_READ, None)
for vlan, port in ports.items():
    waiting.register(port, selectors.EVENT_READ, vlan)
print('{"ready": true}', flush=True)
while True:
    for key, _ in waiting.select():
        if (got := frame_of(key.fileobj)) is None:
            continue
        data, vlan = got
        if key.data is not None:
            trunk.send(data[:12] + struct.pack(">HH", 0x8100, key.data) + data[12:])
        elif vlan in ports:
            ports[vlan].send(data)
