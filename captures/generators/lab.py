"""Two network namespaces joined by a veth pair, a recorder, and helpers to run endpoints in them.

The capture is always taken on the server's side of the pair: at the backend host.
"""

import atexit
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

CLIENT4, SERVER4 = "10.0.0.4", "10.0.0.5"
CLIENT6, SERVER6 = "fd00::4", "fd00::5"


class Lab:
    def __init__(self, captures: Path):
        self.captures = captures
        self.work = Path(tempfile.mkdtemp(prefix="captures-"))
        self.work.chmod(0o755)  # Apache serves its pages as another user.
        self.tag = f"w{os.getpid()}"
        self.client_ns, self.server_ns = f"{self.tag}-client", f"{self.tag}-server"
        self._children = []
        self.inner = []  # Namespaces beside the two, to give each a name of its own.
        atexit.register(self.close)
        for ns in (self.client_ns, self.server_ns):
            sh("ip", "netns", "add", ns)
            sh("ip", "-n", ns, "link", "set", "lo", "up")
        sh("ip", "link", "add", "eth0", "netns", self.client_ns, "type", "veth",
           "peer", "name", "eth0", "netns", self.server_ns)
        for ns, v4, v6, mac in ((self.client_ns, CLIENT4, CLIENT6, "02:00:00:00:00:04"),
                                (self.server_ns, SERVER4, SERVER6, "02:00:00:00:00:05")):
            sh("ip", "-n", ns, "link", "set", "eth0", "address", mac)
            sh("ip", "-n", ns, "addr", "add", f"{v4}/24", "dev", "eth0")
            sh("ip", "-n", ns, "addr", "add", f"{v6}/64", "dev", "eth0", "nodad")
            sh("ip", "-n", ns, "link", "set", "eth0", "up")
        self.offload(False)
        self.mtu(1500)

    def offload(self, on: bool):
        """Segmentation offload: when on, the recording shows packets larger than the MTU."""
        value = "on" if on else "off"
        for ns in (self.client_ns, self.server_ns):
            sh("ip", "netns", "exec", ns, "ethtool", "-K", "eth0", "tx", "off", "gro", "off",
               "tso", value, "gso", value, check=False)

    def mtu(self, value: int):
        for ns in (self.client_ns, self.server_ns):
            sh("ip", "-n", ns, "link", "set", "eth0", "mtu", str(value))
        # A change of the MTU below 1280 removes IPv6; bring it back when the MTU allows.
        if value >= 1280:
            for ns, v6 in ((self.client_ns, CLIENT6), (self.server_ns, SERVER6)):
                sh("ip", "-n", ns, "addr", "replace", f"{v6}/64", "dev", "eth0", "nodad", check=False)

    def in_namespace(self, side: str, command):
        """`side` is client, server, or the name of another namespace."""
        namespace = {"client": self.client_ns, "server": self.server_ns}.get(side, side)
        return ["ip", "netns", "exec", namespace, *map(str, command)]

    def run(self, side, command, stdin=b"", timeout=20, env=None):
        """Run to the end; standard output and error together, as text."""
        done = subprocess.run(self.in_namespace(side, command), input=stdin, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, **(env or {})})
        return done.stdout.decode(errors="replace")

    def start(self, side, command, log: Path, env=None, ready: str | None = None, cwd=None):
        """Start a long-running endpoint whose output goes to `log`; wait for the text `ready` in it."""
        with open(log, "wb") as out:
            child = subprocess.Popen(self.in_namespace(side, command), stdin=subprocess.PIPE, stdout=out,
                                     stderr=subprocess.STDOUT, cwd=cwd, env={**os.environ, **(env or {})})
        self._children.append(child)
        if ready:
            wait_for(lambda: ready in log.read_text(errors="replace"), f"{command[0]} to be ready", log)
        return child

    def stop(self, child):
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child.stdin:
            try:
                child.stdin.close()
            except OSError:
                pass
        if child in self._children:
            self._children.remove(child)

    def wait_for_port(self, port, side="server"):
        wait_for(lambda: f":{port} " in self.run(side, ["ss", "-Hltn"]), f"port {port}")

    @contextmanager
    def recording(self, name: str, kind="pcap", interface="eth0", filter="tcp port 443", options=(),
                  side="server"):
        """Record what passes while the block runs into captures/<name>.<kind>."""
        target = self.captures / f"{name}.{kind}"
        raw = self.work / f"{name}.raw"
        log = self.work / f"{name}.recorder"
        if kind == "pcapng":
            command = ["dumpcap", "-q", "-i", interface, "-f", filter, "-w", raw, *options]
            ready = "File: "
        else:
            command = ["tcpdump", "-i", interface, "-n", "-U", "--immediate-mode", "-Z", "root",
                       "-w", raw, *options, *filter.split()]
            ready = "istening on"
        recorder = self.start(side, command, log, ready=ready)
        time.sleep(0.3)
        try:
            yield target
            self._drain(raw)
        finally:
            time.sleep(0.5 if kind == "pcapng" else 0.1)
            os.kill(self._pid_of(recorder), signal.SIGINT)
            recorder.wait(5)
            self._children.remove(recorder)
        if kind == "pcapng":
            strip_host_description(raw, target)
        else:
            shutil.copyfile(raw, target)

    @staticmethod
    def _drain(raw):
        size = -1
        while size != raw.stat().st_size:
            size = raw.stat().st_size
            time.sleep(0.25)

    @staticmethod
    def _pid_of(child):
        # `ip netns exec` replaces itself with the command: the process is the recorder.
        return child.pid

    def close(self):
        for child in list(self._children):
            self.stop(child)
        for ns in (self.client_ns, self.server_ns):
            sh("ip", "netns", "del", ns, check=False)
        if not os.environ.get("KEEP_WORK"):
            shutil.rmtree(self.work, ignore_errors=True)


def sh(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True)


def wait_for(condition, what, log=None, seconds=15):
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return
        time.sleep(0.05)
    text = log.read_text(errors="replace") if log and Path(log).exists() else ""
    raise TimeoutError(f"waited too long for {what}\n{text}")


def strip_host_description(source: Path, target: Path):
    """Copy a pcapng file without the options that describe the recording machine."""
    data = source.read_bytes()
    out, offset = b"", 0
    while offset < len(data):
        kind, length = struct.unpack_from("<II", data, offset)
        block = data[offset:offset + length]
        # Section header: shb_hardware, shb_os. Interface description: if_os, if_hardware.
        start, dropped = {0x0A0D0D0A: (24, (2, 3)), 1: (16, (12, 15))}.get(kind, (None, ()))
        if start:
            position, kept = start, b""
            while position < length - 4:
                code, size = struct.unpack_from("<HH", block, position)
                padded = (size + 3) & ~3
                if code not in dropped:
                    kept += block[position:position + 4 + padded]
                position += 4 + padded
                if code == 0:
                    break
            body = block[8:start] + kept
            total = 12 + len(body)
            block = struct.pack("<II", kind, total) + body + struct.pack("<I", total)
        out += block
        offset += length
    target.write_bytes(out)
