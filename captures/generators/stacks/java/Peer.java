import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.util.*;
import javax.net.ssl.*;

/** A TLS server or client on JSSE that logs one JSON object a connection. */
public class Peer {
    static final Map<String, String> options = new HashMap<>();
    static X509Certificate[] seen;
    static boolean requested;

    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i + 1 < arguments.length; i += 2) options.put(arguments[i].substring(2), arguments[i + 1]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(), new TrustManager[] {new Logging(trust())}, null);
        int times = Integer.parseInt(options.getOrDefault("times", "1"));
        if (options.containsKey("listen")) serve(context);
        else for (int i = 0; i < times; i++) connect(context);
        System.exit(0);
    }

    static KeyManager[] keys() throws Exception {
        if (!options.containsKey("pkcs12")) return new KeyManager[] {new Choosing(null)};
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(options.get("pkcs12")))) {
            store.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, "changeit".toCharArray());
        return new KeyManager[] {new Choosing((X509ExtendedKeyManager) factory.getKeyManagers()[0])};
    }

    static X509ExtendedTrustManager trust() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(Path.of(options.get("ca")))) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    static String[] versions() {
        return new String[] {"TLSv" + options.getOrDefault("version", "1.2")};
    }

    static void serve(SSLContext context) throws Exception {
        String ask = options.getOrDefault("ask", "none");
        InetSocketAddress address = address(options.get("listen"));
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(address.getPort(), 5, address.getAddress());
        listener.setEnabledProtocols(versions());
        listener.setWantClientAuth(ask.equals("optional"));
        if (ask.equals("require")) listener.setNeedClientAuth(true);
        System.out.println("{\"ready\": true}");
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            seen = null;
            String error = null;
            List<byte[]> chain = ask.equals("none") ? null : new ArrayList<>();
            try {
                socket.startHandshake();
                try {
                    for (java.security.cert.Certificate peer : socket.getSession().getPeerCertificates()) chain.add(peer.getEncoded());
                } catch (SSLPeerUnverifiedException none) {
                    // Asked and declined, or not asked.
                }
                BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream()));
                String line = reader.readLine();
                if (!ask.equals("renegotiate")) {
                    socket.getOutputStream().write(("pong for " + line + "\n").getBytes());
                }
            } catch (IOException failure) {
                error = failure.getMessage();
                if (seen != null) for (X509Certificate peer : seen) chain.add(peer.getEncoded());
                else chain = null;
            }
            log("server", socket, error, !ask.equals("none"), chain, seen == null);
            socket.close();
        }
    }

    static void connect(SSLContext context) throws Exception {
        requested = false;
        InetSocketAddress address = address(options.get("connect"));
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        socket.connect(address);
        socket.setEnabledProtocols(versions());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(options.getOrDefault("server-name", "backend.example"))));
        socket.setSSLParameters(parameters);
        String error = null;
        List<byte[]> chain = null;
        try {
            socket.startHandshake();
            socket.getOutputStream().write("ping\n".getBytes());
            new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
        } catch (IOException failure) {
            error = failure.getMessage();
        }
        if (requested) {
            chain = new ArrayList<>();
            java.security.cert.Certificate[] own = socket.getSession().getLocalCertificates();
            if (own != null) for (java.security.cert.Certificate mine : own) chain.add(mine.getEncoded());
        }
        log("client", socket, error, requested, chain, false);
        socket.close();
    }

    static void log(String side, SSLSocket socket, String error, boolean asked, List<byte[]> chain, boolean unseen) {
        SSLSession session = socket.getSession();
        StringBuilder out = new StringBuilder("{\"side\": \"" + side + "\"");
        out.append(", \"handshake\": \"" + (error == null ? "completed" : "failed") + "\"");
        if (error != null) out.append(", \"error\": \"" + error.replace("\"", "'") + "\"");
        if (error == null) {
            out.append(", \"version\": \"" + session.getProtocol().replace("TLSv", "TLS ") + "\"");
            out.append(", \"cipher\": \"" + session.getCipherSuite() + "\"");
            if (session instanceof ExtendedSSLSession extended) {
                for (SNIServerName name : side.equals("server") ? extended.getRequestedServerNames() : List.<SNIServerName>of())
                    out.append(", \"server_name\": \"" + new String(name.getEncoded()) + "\"");
            }
        }
        // A server that has a chain in its session without having been shown one in this handshake resumed it.
        boolean resumed = side.equals("server") && error == null && chain != null && !chain.isEmpty() && unseen;
        out.append(", \"resumed\": " + resumed + ", \"asked\": " + asked + ", \"chain\": ");
        if (chain == null) out.append("null");
        else {
            StringJoiner list = new StringJoiner(", ", "[", "]");
            for (byte[] der : chain) list.add("\"" + Base64.getEncoder().encodeToString(der) + "\"");
            out.append(list);
        }
        System.out.println(out.append("}"));
    }

    static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    /** Remembers whether the server asked. */
    static class Choosing extends X509ExtendedKeyManager {
        final X509ExtendedKeyManager inner;

        Choosing(X509ExtendedKeyManager inner) { this.inner = inner; }

        @Override public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            requested = true;
            return inner == null ? null : inner.chooseClientAlias(types, issuers, socket);
        }
        @Override public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return inner == null ? null : inner.chooseServerAlias(type, issuers, socket);
        }
        @Override public String[] getClientAliases(String type, Principal[] issuers) { return inner == null ? null : inner.getClientAliases(type, issuers); }
        @Override public String[] getServerAliases(String type, Principal[] issuers) { return inner == null ? null : inner.getServerAliases(type, issuers); }
        @Override public X509Certificate[] getCertificateChain(String alias) { return inner == null ? null : inner.getCertificateChain(alias); }
        @Override public PrivateKey getPrivateKey(String alias) { return inner == null ? null : inner.getPrivateKey(alias); }
    }

    /** Remembers the client's chain before it is judged. */
    static class Logging extends X509ExtendedTrustManager {
        final X509ExtendedTrustManager inner;

        Logging(X509ExtendedTrustManager inner) { this.inner = inner; }

        @Override public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            seen = chain;
            inner.checkClientTrusted(chain, type, socket);
        }
        @Override public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            seen = chain;
            inner.checkClientTrusted(chain, type, engine);
        }
        @Override public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            seen = chain;
            inner.checkClientTrusted(chain, type);
        }
        @Override public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException { inner.checkServerTrusted(chain, type); }
        @Override public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException { inner.checkServerTrusted(chain, type); }
        @Override public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException { inner.checkServerTrusted(chain, type); }
        @Override public X509Certificate[] getAcceptedIssuers() { return inner.getAcceptedIssuers(); }
    }
}
