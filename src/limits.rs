//! Every bound on memory and work, each with its reason.

/// Bounds on what hostile or damaged input can make the program hold or do.
///
/// Hitting one is reported and makes the affected answer inconclusive; it is never silent.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Largest capture block or packet record, in bytes.
    ///
    /// Wireshark refuses packets above 256 KiB for most link types and blocks above 16 MiB; a
    /// length field above this is a lie or damage.
    pub block_bytes: usize,
    /// Interfaces described in one pcapng section.
    pub interfaces: usize,
    /// Decryption secrets held from one capture, in bytes.
    pub secrets_bytes: usize,
    /// Fragments' payload bytes held at once for IP reassembly, over all datagrams.
    pub fragment_bytes: usize,
    /// IP datagrams under reassembly at once.
    pub fragment_datagrams: usize,
    /// Headers walked in one packet (VLAN tags, tunnels, IPv6 extensions) before giving up.
    pub encapsulation_depth: usize,
    /// TCP connections tracked with buffers at once; the longest idle one is given up first.
    pub active_flows: usize,
    /// Out-of-order bytes held for one direction of a connection while earlier ones are missing.
    ///
    /// Four times the largest unscaled TCP window (RFC 9293 section 3.1): a hole that outlives it
    /// is a loss in the capture.
    pub pending_bytes: usize,
    /// Out-of-order segments held for one direction of a connection.
    pub pending_segments: usize,
    /// Packets of the capture for which a connection with missing bytes is still followed after both
    /// sides acknowledged each other's FIN.
    ///
    /// Nothing of it is sent again then (RFC 9293 section 3.6), and packets out of order in a
    /// capture are a few packets apart, or as many as a queue of a network card holds: some
    /// thousand.
    pub packets_after_end: u64,
    /// Bytes held for one direction whose first byte is not known, waiting for a SYN that may
    /// stand later in the file. Packets out of order in a capture are a few packets apart.
    pub unstarted_bytes: usize,
    /// Segments held for one direction whose first byte is not known.
    pub unstarted_segments: usize,
    /// Stream bytes held for all connections together.
    pub held_bytes: usize,
    /// Bytes searched for the start of TLS in each direction of a connection.
    ///
    /// A CONNECT request, a PROXY header or a STARTTLS dialogue stands before TLS in at most some
    /// kilobytes.
    pub preamble_bytes: usize,
    /// Largest handshake message that is kept, in bytes.
    ///
    /// TLS allows 16 MiB (RFC 8446 section 4); real certificate chains stay below 100 KiB.
    pub handshake_message_bytes: usize,
    /// Handshake bytes of one handshake that are kept for CertificateVerify, both sides together.
    pub transcript_bytes: usize,
    /// Handshakes followed on one connection (renegotiations).
    pub handshakes_per_connection: usize,
    /// Tickets of one handshake that later connections are linked by.
    ///
    /// Servers issue one to four.
    pub tickets_per_connection: usize,
    /// Certificates parsed from one chain.
    pub certificates_per_chain: usize,
    /// Memory for certificates that may come again, in bytes.
    ///
    /// Some thousand certificates: as many as the clients of a server have.
    pub certificate_cache_bytes: usize,
    /// Memory for what the settled handshakes of open connections have in common, in bytes.
    ///
    /// Some kilobytes for each client program and configuration of a server.
    pub settled_bytes: usize,
    /// Sessions remembered, to find what later connections resume, where results are streamed and
    /// connections are not kept.
    pub sessions: usize,
    /// Resumed connections that wait for the one that made their session, where results are
    /// streamed.
    pub waiting_connections: usize,
    /// Alerts recorded on one handshake.
    pub alerts_per_handshake: usize,
    /// Frame numbers kept as the provenance of one message.
    pub frames_per_message: usize,
    /// Anomalies listed for one connection; further ones are counted.
    pub anomalies_per_connection: usize,
    /// Anomalies listed for one capture; further ones are counted.
    pub anomalies_per_capture: usize,
    /// Longest packet of a classic capture, in bytes; for USB and D-Bus `block_bytes` holds.
    ///
    /// That of libpcap and Wireshark. Nothing else tells a damaged length there, and frame numbers
    /// must stay Wireshark's.
    pub packet_bytes: usize,
    /// Largest window of a Zstandard frame, in bytes; up to twice as much is held in memory.
    ///
    /// What the zstd tool decompresses without being asked for more (RFC 8878 section 3.1.1.1.2
    /// wants at least 8 MiB); `zstd --long` uses all of it.
    pub zstd_window_bytes: usize,
    /// Seconds, by the packets' timestamps, that the fragments of an IP datagram wait for the rest.
    ///
    /// What Linux waits (`ipfrag_time`); RFC 8200 section 4.5 allows 60. A longer wait would join
    /// fragments of different datagrams once the 16 bits of IPv4's identification come round.
    pub fragment_seconds: u32,
    /// Bytes that a stored byte of a Zstandard file may give, once the whole gives more than a
    /// gibibyte.
    ///
    /// What gzip is bounded to by its format (RFC 1951); Zstandard is not, and a capture of a few
    /// kilobytes could keep the program busy for hours.
    pub zstd_expansion: u64,
    /// Different values kept for one secret of one connection.
    ///
    /// More than one is a client random that was used again or a line that was written wrongly; each
    /// costs a trial decryption.
    pub candidates_per_secret: usize,
    /// Lengths of encrypted application data records that are noted of one direction.
    ///
    /// In TLS 1.3 the encrypted flight is among them: three records of a client and five of a
    /// server, some more where a chain of certificates needs several, and what follows.
    pub application_record_lengths: usize,
    /// Lengths of other encrypted records that are noted of one direction.
    ///
    /// A renegotiation has up to six handshake records a side.
    pub record_lengths: usize,
    /// Packets of an Event Trace Log that are held to sort them by time, in bytes; what a packet costs
    /// beside its bytes is counted.
    ///
    /// Every processor has buffers of its own in such a log, so that its order is not that of time.
    /// Windows lets a log grow to 512 MB (`pktmon`) or 250 MB (`netsh trace`) unless asked for more.
    pub sorted_bytes: usize,
    /// Largest buffer of an Event Trace Log, as it is stored and as it is decompressed, in bytes.
    ///
    /// Four times as much as Windows allows.
    pub log_buffer_bytes: usize,
    /// Bytes that a stored byte of an Event Trace Log may give, once the whole gives more than a
    /// gibibyte.
    ///
    /// Logs of `pktmon`, in which each packet stands some ten times, come to less than 32. The format
    /// has no bound.
    pub log_expansion: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            block_bytes: 16 << 20,
            interfaces: 4096,
            secrets_bytes: 64 << 20,
            fragment_bytes: 4 << 20,
            fragment_datagrams: 1024,
            encapsulation_depth: 32,
            active_flows: 1 << 20,
            pending_bytes: 256 << 10,
            pending_segments: 1024,
            packets_after_end: 1 << 14,
            unstarted_bytes: 64 << 10,
            unstarted_segments: 128,
            held_bytes: 256 << 20,
            preamble_bytes: 16 << 10,
            handshake_message_bytes: 1 << 20,
            transcript_bytes: 2 << 20,
            handshakes_per_connection: 64,
            tickets_per_connection: 256,
            certificates_per_chain: 32,
            certificate_cache_bytes: 8 << 20,
            settled_bytes: 2 << 20,
            sessions: 1 << 16,
            waiting_connections: 1 << 12,
            alerts_per_handshake: 16,
            frames_per_message: 4096,
            anomalies_per_connection: 32,
            anomalies_per_capture: 256,
            packet_bytes: 256 << 10,
            zstd_window_bytes: 128 << 20,
            fragment_seconds: 30,
            zstd_expansion: 1024,
            candidates_per_secret: 4,
            application_record_lengths: 32,
            record_lengths: 64,
            sorted_bytes: 1 << 30,
            log_buffer_bytes: 64 << 20,
            log_expansion: 256,
        }
    }
}
