// A TLS server or client on Go's crypto/tls that logs one JSON object a connection.
package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
)

var (
	listen      = flag.String("listen", "", "serve on this address")
	connect     = flag.String("connect", "", "connect to this address")
	serverName  = flag.String("server-name", "backend.example", "SNI")
	certificate = flag.String("certificate", "", "PEM, leaf first")
	key         = flag.String("key", "", "PEM")
	ca          = flag.String("ca", "", "PEM")
	ask         = flag.String("ask", "none", "none, optional or require")
	version     = flag.String("version", "1.2", "1.2 or 1.3")
	keyLog      = flag.String("keylog", "", "key log file")
	foreignKey  = flag.String("foreign-key", "", "PEM of a key that is not the certificate's: sign with it all the same")
	rotate      = flag.Bool("rotate-ticket-keys", false, "a new ticket key for each connection; the one before is still known")
	times       = flag.Int("times", 1, "connections a client makes, one after the other")
)

type entry struct {
	Side       string   `json:"side"`
	Handshake  string   `json:"handshake"`
	Error      string   `json:"error,omitempty"`
	Version    string   `json:"version,omitempty"`
	Cipher     string   `json:"cipher,omitempty"`
	ServerName string   `json:"server_name,omitempty"`
	Resumed    bool     `json:"resumed"`
	Asked      *bool    `json:"asked,omitempty"`
	Chain      []string `json:"chain"`
}

func main() {
	flag.Parse()
	config := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
	if *version == "1.3" {
		config.MinVersion, config.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
	}
	if *keyLog != "" {
		file, err := os.OpenFile(*keyLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		check(err)
		config.KeyLogWriter = file
	}
	roots := x509.NewCertPool()
	if *ca != "" {
		text, err := os.ReadFile(*ca)
		check(err)
		roots.AppendCertsFromPEM(text)
	}
	var own *tls.Certificate
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		check(err)
		if *foreignKey != "" {
			text, err := os.ReadFile(*foreignKey)
			check(err)
			block, _ := pem.Decode(text)
			pair.PrivateKey, err = x509.ParsePKCS8PrivateKey(block.Bytes)
			check(err)
		}
		own = &pair
	}
	if *listen != "" {
		serve(config, roots, own)
	} else {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		for i := 0; i < *times; i++ {
			dial(config, roots, own)
		}
	}
}

func serve(config *tls.Config, roots *x509.CertPool, own *tls.Certificate) {
	config.Certificates = []tls.Certificate{*own}
	config.ClientCAs = roots
	switch *ask {
	case "optional":
		config.ClientAuth = tls.RequestClientCert
	case "require":
		config.ClientAuth = tls.RequireAnyClientCert
	}
	// One ticket key for all connections: each has its own copy of the configuration.
	var ticketKey [32]byte
	_, err := rand.Read(ticketKey[:])
	check(err)
	ticketKeys := [][32]byte{ticketKey}
	config.SetSessionTicketKeys(ticketKeys)
	listener, err := net.Listen("tcp", *listen)
	check(err)
	fmt.Println(`{"ready": true}`)
	for {
		connection, err := listener.Accept()
		check(err)
		asked := *ask != "none"
		log := entry{Side: "server", Asked: &asked}
		mine := config.Clone()
		if *rotate {
			_, err := rand.Read(ticketKey[:])
			check(err)
			ticketKeys = [][32]byte{ticketKey, ticketKeys[0]}
			mine.SetSessionTicketKeys(ticketKeys)
		}
		// Logged before it is judged, so that a refused chain is in the log too.
		mine.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			log.Chain = encode(raw)
			if *ask != "require" {
				return nil
			}
			leaf, err := x509.ParseCertificate(raw[0])
			if err != nil {
				return err
			}
			intermediates := x509.NewCertPool()
			for _, der := range raw[1:] {
				if issuer, err := x509.ParseCertificate(der); err == nil {
					intermediates.AddCert(issuer)
				}
			}
			_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates,
				KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
			return err
		}
		secure := tls.Server(connection, mine)
		err = secure.Handshake()
		state := secure.ConnectionState()
		if err == nil && asked && log.Chain == nil {
			log.Chain = []string{}
			for _, peer := range state.PeerCertificates {
				log.Chain = append(log.Chain, base64.StdEncoding.EncodeToString(peer.Raw))
			}
		}
		finish(&log, secure, err)
		if err == nil {
			line, _ := bufio.NewReader(secure).ReadString('\n')
			secure.Write([]byte("pong for " + line))
		}
		secure.Close()
	}
}

func dial(config *tls.Config, roots *x509.CertPool, own *tls.Certificate) {
	config.RootCAs = roots
	config.ServerName = *serverName
	asked := false
	log := entry{Side: "client", Asked: &asked}
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked = true
		log.Chain = []string{}
		if own == nil {
			return &tls.Certificate{}, nil
		}
		log.Chain = encode(own.Certificate)
		return own, nil
	}
	connection, err := net.Dial("tcp", *connect)
	check(err)
	secure := tls.Client(connection, config)
	err = secure.Handshake()
	if err == nil {
		secure.Write([]byte("ping\n"))
		_, err = bufio.NewReader(secure).ReadString('\n')
	}
	finish(&log, secure, err)
	secure.Close()
}

func finish(log *entry, secure *tls.Conn, err error) {
	state := secure.ConnectionState()
	if state.Version != 0 {
		log.Version = map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"}[state.Version]
		log.Cipher = tls.CipherSuiteName(state.CipherSuite)
	}
	log.ServerName, log.Resumed = state.ServerName, state.DidResume
	log.Handshake = "completed"
	if err != nil {
		log.Handshake, log.Error = "failed", strings.ReplaceAll(err.Error(), "\n", " ")
	}
	line, _ := json.Marshal(log)
	fmt.Println(string(line))
}

func encode(raw [][]byte) []string {
	list := []string{}
	for _, der := range raw {
		list = append(list, base64.StdEncoding.EncodeToString(der))
	}
	return list
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
