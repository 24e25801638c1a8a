"""Servers and clients of every TLS stack used, each with its own log turned into `View`s."""

import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from lab import SERVER4, Lab, wait_for
from views import View, access_log_views, gnutls_view, json_views, openssl_view

HERE = Path(__file__).resolve().parent


class Stacks:
    """Builds the small programs once and knows the versions of everything."""

    def __init__(self, lab: Lab, certificates):
        self.lab, self.certs = lab, certificates
        build = lab.work / "build"
        build.mkdir()
        self.go = [build / "go-peer"]
        run(["go", "build", "-o", self.go[0], HERE / "stacks/go/peer.go"],
            env={"GO111MODULE": "off", "GOCACHE": str(lab.work / "go-cache")})
        run(["javac", "-d", build, HERE / "stacks/java/Peer.java"])
        self.java = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1"]
        self.java_main = ["-cp", build, "Peer"]
        run(["cargo", "build", "--quiet", "--manifest-path", HERE / "rustls/Cargo.toml",
             "--target-dir", build / "rustls"])
        self.rustls = [build / "rustls/debug/rustls-peer"]
        self.node = ["node", HERE / "stacks/node/peer.js"]
        python = shutil.which("python3.11", path="/usr/bin") or "/usr/bin/python3"
        self.python = [python, HERE / "stacks/python/peer.py"]
        self.relay = HERE / "stacks/python/relay.py"
        openssl = run(["openssl", "version"]).split()[1]
        lock = (HERE / "rustls/Cargo.lock").read_text()
        self.names = {
            "openssl-server": f"OpenSSL {openssl} s_server",
            "openssl-client": f"OpenSSL {openssl} s_client",
            "go": "Go " + run(["go", "version"]).split()[2].removeprefix("go") + " crypto/tls",
            "node": "Node.js " + run(["node", "--version"]).strip().removeprefix("v"),
            "java": "Java " + re.search(r'"(.*?)"', run(["java", "-version"]))[1] + " JSSE",
            "python": "Python " + run([python, "--version"]).split()[1] + " ssl (" +
                      run([python, "-c", "import ssl; print(ssl.OPENSSL_VERSION)"]).rsplit(" ", 3)[0] + ")",
            "rustls": "rustls " + re.search(r'name = "rustls"\nversion = "(.*?)"', lock)[1],
            "nginx": "nginx " + run(["nginx", "-v"]).strip().rsplit("/", 1)[1],
            "apache": "Apache httpd " + re.search(r"Apache/([\d.]+)", run(["apache2", "-v"]))[1] + " mod_ssl",
            "gnutls-server": "GnuTLS " + re.search(r"gnutls-serv (\S+)", run(["gnutls-serv", "--version"]))[1] + " gnutls-serv",
            "gnutls-client": "GnuTLS " + re.search(r"gnutls-cli (\S+)", run(["gnutls-cli", "--version"]))[1] + " gnutls-cli",
        }
        self.names["openssl-server"] = re.sub(r"  .*", "", self.names["openssl-server"])
        self.count = 0

    def fresh(self, suffix) -> Path:
        self.count += 1
        return self.lab.work / f"{self.count}.{suffix}"

    # -- OpenSSL ------------------------------------------------------------------------------------------

    def openssl_server(self, *options, certificate="server-rsa", ask=None, ca="root", keylog=None, port=443,
                       address=None, side="server"):
        """`ask` is None, "optional" (-verify) or "require" (-Verify)."""
        return OpenSslServer(self, options, certificate, ask, ca, keylog, port, address, side)

    def openssl_client(self, *options, certificate=None, chain=False, server_name="backend.example", keylog=None,
                       host=SERVER4, port=443, lines=("hello",), pause=0.25, side="client"):
        """One connection: send `lines`, each after a pause, then end. Gives the client's view.

        A line may be a function: it is called instead, to let the server act.
        """
        messages = self.fresh("messages")
        bracketed = f"[{host}]" if ":" in host else host
        command = ["openssl", "s_client", "-connect", f"{bracketed}:{port}", "-msg", "-msgfile", messages]
        command += ["-servername", server_name] if server_name else ["-noservername"]
        if certificate:
            command += ["-cert", self.certs.certificate(certificate), "-key", self.certs.key(certificate)]
            if chain:
                command += ["-cert_chain", chain if isinstance(chain, str) else self.certs.issuers(certificate)]
        if keylog:
            command += ["-keylogfile", keylog]
        command += options
        log = self.fresh("client")
        child = self.lab.start(side, command, log)
        try:
            wait_for(lambda: child.poll() is not None or "Verify return code" in log.read_text(errors="replace")
                     or "read R BLOCK" in log.read_text(errors="replace"), "s_client to connect", log)
            for line in lines:
                time.sleep(pause)
                if callable(line):
                    line()
                    continue
                child.stdin.write(line.encode() + b"\n")
                child.stdin.flush()
            time.sleep(pause)
            child.stdin.close()
        except (BrokenPipeError, OSError):
            pass
        try:
            child.wait(8)
        except subprocess.TimeoutExpired:
            child.kill()
        self.lab.stop(child)
        output = log.read_text(errors="replace")
        view = openssl_view(messages.read_text(), "client", output)
        view.output = output
        return view

    # -- programs in stacks/ and rustls/ --------------------------------------------------------------------

    def program_server(self, stack, *options, certificate="server-rsa", ask="none", ca="root", version="1.2",
                       keylog=None, port=443, address=SERVER4):
        arguments = ["--listen", f"{address}:{port}", "--ask", ask, "--version", version,
                     "--ca", self.certs.certificate(ca), *self._identity(stack, certificate)]
        command, env = self._program(stack, [*arguments, *options], keylog)
        return ProgramServer(self, stack, command, env)

    def program_client(self, stack, *options, certificate=None, ca="root", version="1.2", keylog=None, port=443,
                       host=SERVER4, server_name="backend.example"):
        arguments = ["--connect", f"{host}:{port}", "--server-name", server_name, "--version", version,
                     "--ca", self.certs.certificate(ca)]
        if certificate:
            arguments += self._identity(stack, certificate)
        command, env = self._program(stack, [*arguments, *options], keylog)
        output = self.lab.run("client", command, env=env)
        views = json_views(output, "client")
        if not views:
            raise RuntimeError(f"{stack} client logged nothing:\n{output}")
        return views if len(views) > 1 else views[0]

    def _identity(self, stack, certificate):
        if stack == "java":
            return ["--pkcs12", self.certs.pkcs12(certificate)]
        return ["--certificate", self.certs.chain(certificate), "--key", self.certs.key(certificate)]

    def _program(self, stack, arguments, keylog):
        env = {}
        if stack == "java":
            return [*self.java, *self.java_main, *arguments], env
        if keylog and stack == "rustls":
            env["SSLKEYLOGFILE"] = str(keylog)
        elif keylog:
            arguments = [*arguments, "--keylog", keylog]
        return [*getattr(self, stack), *arguments], env

    # -- nginx and Apache -------------------------------------------------------------------------------------

    def nginx_server(self, verify="off", certificate="server-rsa", ca="root", protocols="TLSv1.2", extra="", port=443,
                     listen=""):
        folder = self.fresh("nginx")
        folder.mkdir()
        (folder / "nginx.conf").write_text(f"""
user www-data; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log info;
events {{}}
http {{
  log_format witness 'verify=$ssl_client_verify fingerprint=$ssl_client_fingerprint protocol=$ssl_protocol '
                     'cipher=$ssl_cipher name=$ssl_server_name resumed=$ssl_session_reused status=$status '
                     'port=$remote_port '
                     'certificate=$ssl_client_escaped_cert';
  access_log {folder}/access.log witness;
  server_tokens off; client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{
    listen {SERVER4}:{port} ssl {listen}; listen [fd00::5]:{port} ssl {listen};
    server_name backend.example;
    ssl_certificate {self.certs.certificate(certificate)}; ssl_certificate_key {self.certs.key(certificate)};
    ssl_protocols {protocols}; ssl_verify_client {verify}; ssl_client_certificate {self.certs.certificate(ca)};
    {extra}
    location / {{ return 200 "ok\\n"; }}
  }}
}}
""")
        return WebServer(self, ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
                         folder / "access.log", folder / "error.log", port)

    def apache_server(self, verify="none", certificate="server-rsa", ca="root", protocols="TLSv1.2", extra="",
                      location="", port=443):
        folder = self.fresh("apache")
        (folder / "www").mkdir(parents=True)
        (folder / "www/index.html").write_text("ok\n")
        (folder / "www/private.html").write_text("private\n")
        modules = "\n".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
            for name in ("mpm_event", "authz_core", "socache_shmcb", "ssl"))
        (folder / "httpd.conf").write_text(f"""
ServerRoot {folder}
{modules}
ServerName backend.example
ServerTokens Prod
PidFile {folder}/pid
Listen {SERVER4}:{port}
User www-data
Group www-data
ErrorLog {folder}/error.log
LogLevel warn ssl:info
DocumentRoot {folder}/www
KeepAlive On
SSLSessionCache shmcb:{folder}/cache(512000)
LogFormat "verify=%{{SSL_CLIENT_VERIFY}}x protocol=%{{SSL_PROTOCOL}}x cipher=%{{SSL_CIPHER}}x name=%{{SSL_TLS_SNI}}x resumed=%{{SSL_SESSION_RESUMED}}x status=%>s path=%U certificate=%{{SSL_CLIENT_CERT}}x" witness
<VirtualHost *:{port}>
  CustomLog {folder}/access.log witness
  SSLEngine on
  SSLCertificateFile {self.certs.certificate(certificate)}
  SSLCertificateKeyFile {self.certs.key(certificate)}
  SSLCACertificateFile {self.certs.certificate(ca)}
  SSLProtocol {" ".join("+" + p for p in protocols.split())}
  SSLVerifyClient {verify}
  SSLVerifyDepth 5
  {extra}
  {location}
</VirtualHost>
""")
        return WebServer(self, ["apache2", "-X", "-f", folder / "httpd.conf"],
                         folder / "access.log", folder / "error.log", port, env={"OPENSSL_CONF": "/etc/ssl/openssl.cnf"})

    # -- GnuTLS -----------------------------------------------------------------------------------------------

    def gnutls_server(self, *options, certificate="server-rsa", ask="none", ca="root", priority="NORMAL", port=443,
                      keylog=None):
        """`ask` is "none", "optional" (requested, verified only if sent) or "require"."""
        arguments = {"none": ["--disable-client-cert"], "optional": [], "require": ["--require-client-cert", "--verify-client-cert"]}[ask]
        command = ["gnutls-serv", "--echo", "--port", str(port), "--priority", priority, "-d", "4",
                   "--x509certfile", self.certs.certificate(certificate), "--x509keyfile", self.certs.key(certificate),
                   "--x509cafile", self.certs.certificate(ca), *arguments, *options]
        return GnuTlsServer(self, command, ask, {"SSLKEYLOGFILE": str(keylog)} if keylog else {}, port)

    def gnutls_client(self, *options, certificate=None, priority="NORMAL", keylog=None, port=443,
                      server_name="backend.example", stdin=b"hello\n"):
        command = ["gnutls-cli", "--no-ca-verification", "--priority", priority, "--port", str(port),
                   "--sni-hostname", server_name, "-d", "4", *options]
        if certificate:
            command += ["--x509certfile", self.certs.chain(certificate), "--x509keyfile", self.certs.key(certificate)]
        output = self.lab.run("client", ["sh", "-c", '(sleep 0.5; printf "hello\\n"; sleep 0.4) | exec "$@"', "sh",
                                         *command, SERVER4],
                              env={"SSLKEYLOGFILE": str(keylog)} if keylog else {})
        view = View(asked="CERTIFICATE REQUEST (13) was received" in output)
        view.output = output
        if "Successfully sent 0 certificate" in output:
            view.chain = []
        view.server_name = server_name
        view.quotes = re.findall(r"^- (?:Successfully sent.*|No certificates found.*|Handshake was completed)$", output, re.M)
        return view


class Server:
    def stop(self):
        self.stacks.lab.stop(self.child)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class OpenSslServer(Server):
    def __init__(self, stacks, options, certificate, ask, ca, keylog, port, address, side):
        self.stacks, self.name = stacks, stacks.names["openssl-server"]
        self.messages, self.log = stacks.fresh("messages"), stacks.fresh("server")
        where = f"{address}:{port}" if address else str(port)
        command = ["openssl", "s_server", "-accept", where, "-msg", "-msgfile", self.messages]
        if certificate:
            command += ["-cert", stacks.certs.certificate(certificate), "-key", stacks.certs.key(certificate)]
        if certificate is None:
            command += ["-nocert"]
        if ask:
            command += ["-Verify" if ask == "require" else "-verify", "5", "-CAfile", stacks.certs.certificate(ca)]
        if keylog:
            command += ["-keylogfile", keylog]
        self.child = stacks.lab.start(side, command + list(options), self.log, ready="ACCEPT")
        self.offset = self.log_offset = 0

    def command(self, letter):
        """One of s_server's interactive commands, such as R (renegotiate) or c (post-handshake)."""
        self.child.stdin.write(letter.encode() + b"\n")
        self.child.stdin.flush()

    def answer_ping(self):
        """Let s_server answer the line of a client program, which it does not do by itself."""
        def answer():
            wait_for(lambda: "ping" in self.log.read_text(errors="replace"), "the client's ping", self.log)
            self.command("Answer")
        threading.Thread(target=answer, daemon=True).start()

    def view(self) -> View:
        """The view of the connection that has just ended."""
        time.sleep(0.3)
        text, log = self.messages.read_text(), self.log.read_text(errors="replace")
        view = openssl_view(text[self.offset:], "server", log[self.log_offset:])
        view.output = log[self.log_offset:]
        self.offset, self.log_offset = len(text), len(log)
        for pattern in (r"^depth=0 .*$", r"^verify error:.*$", r"^ERROR$", r"^.*:error:.*$"):
            for line in dict.fromkeys(re.findall(pattern, view.output, re.M)):
                view.quotes.append(re.sub(r"^[0-9A-F]+:error", "error", line))
        return view


class ProgramServer(Server):
    def __init__(self, stacks, stack, command, env):
        self.stacks, self.name = stacks, stacks.names[stack]
        self.log = stacks.fresh("server")
        self.child = stacks.lab.start("server", command, self.log, env=env, ready='"ready"')

    def views(self):
        time.sleep(0.3)
        return json_views(self.log.read_text(), "server")

    def view(self):
        return self.views()[-1]


class WebServer(Server):
    def __init__(self, stacks, command, access, error, port, env=None):
        self.stacks, self.access, self.error = stacks, access, error
        self.name = stacks.names["nginx" if command[0] == "nginx" else "apache"]
        self.log = stacks.fresh("server")
        self.child = stacks.lab.start("server", command, self.log, env=env)
        stacks.lab.wait_for_port(port)

    def stop(self):
        self.stacks.lab.stop(self.child)
        time.sleep(0.3)

    def views(self):
        time.sleep(0.4)
        return access_log_views(self.access.read_text() if self.access.exists() else "")

    def view(self):
        """The last connection; one that failed in the handshake is in the error log only."""
        if views := self.views():
            return views[-1]
        lines = [line for line in self.error.read_text().splitlines() if "erification" in line or "verify failed" in line]
        return View(refused=True, quotes=[re.sub(r"^(\[[^\]]*\] )*", "", line) for line in lines])


class GnuTlsServer(Server):
    def __init__(self, stacks, command, ask, env, port):
        self.stacks, self.name, self.ask = stacks, stacks.names["gnutls-server"], ask
        self.log = stacks.fresh("server")
        self.child = stacks.lab.start("server", command, self.log, env=env)
        stacks.lab.wait_for_port(port)

    def view(self) -> View:
        """The view of the only connection that this server has had."""
        time.sleep(0.3)
        return gnutls_view(self.log.read_text(errors="replace"))


def run(command, env=None):
    import os
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
    return done.stdout
