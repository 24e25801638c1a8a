//! A capture of TCP connections on one 5-tuple, being written: classic pcap with IPv4 packets.

/// The packets so far.
#[derive(Debug)]
pub(super) struct Recording {
    packets: Vec<Vec<u8>>,
    /// Next sequence numbers of the client and the server.
    next: [u32; 2],
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

impl Recording {
    /// No packets; the first connection begins with these numbers of the client and the server.
    pub(super) fn new(initial: [u32; 2]) -> Self {
        Self { packets: Vec::new(), next: initial }
    }

    /// The next connection begins with these numbers.
    pub(super) fn begin(&mut self, initial: [u32; 2]) {
        self.next = initial;
    }

    /// What comes next of the client and of the server.
    pub(super) fn next(&self) -> [u32; 2] {
        self.next
    }

    pub(super) fn syns(&mut self) {
        self.packet(true, SYN, &[]);
        self.packet(false, SYN | ACK, &[]);
    }

    pub(super) fn payload(&mut self, from_client: bool, bytes: &[u8]) {
        self.packet(from_client, PSH | ACK, bytes);
    }

    pub(super) fn fins(&mut self) {
        self.packet(true, FIN | ACK, &[]);
        self.packet(false, FIN | ACK, &[]);
    }

    pub(super) fn rst(&mut self, from_client: bool) {
        self.packet(from_client, RST | ACK, &[]);
    }

    /// The last packet is not recorded.
    pub(super) fn lose_last(&mut self) {
        self.packets.pop();
    }

    /// How many packets there are.
    pub(super) fn len(&self) -> usize {
        self.packets.len()
    }

    /// The file, without the packets at these places.
    pub(super) fn file_without(&self, lost: &[usize]) -> Vec<u8> {
        let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        file.extend([0, 0, 4, 0, 228, 0, 0, 0]);
        let packets = self.packets.iter().enumerate();
        packets
            .filter(|(place, _)| !lost.contains(place))
            .for_each(|(_, packet)| file.extend(packet));
        file
    }

    pub(super) fn into_file(self) -> Vec<u8> {
        self.file_without(&[])
    }

    fn packet(&mut self, from_client: bool, flags: u8, payload: &[u8]) {
        const CLIENT: [u8; 4] = [10, 0, 0, 4];
        const SERVER: [u8; 4] = [10, 0, 0, 5];
        let [client, server] = &mut self.next;
        let (own, other, addresses, ports) = if from_client {
            (client, server, [CLIENT, SERVER], [[0xc3, 0x50], [1, 0xbb]])
        } else {
            (server, client, [SERVER, CLIENT], [[1, 0xbb], [0xc3, 0x50]])
        };
        let acknowledgment = if flags & ACK == 0 { 0 } else { *other };
        let length = u16::try_from(40 + payload.len()).unwrap_or_default();
        let [high, low] = length.to_be_bytes();
        let recorded = u32::from(length).to_le_bytes();
        let mut packet = Vec::new();
        for part in [
            [0; 8].as_slice(),
            &recorded,
            &recorded,
            &[0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0],
            addresses.as_flattened(),
            ports.as_flattened(),
            &own.to_be_bytes(),
            &acknowledgment.to_be_bytes(),
            &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
            payload,
        ] {
            packet.extend_from_slice(part);
        }
        self.packets.push(packet);
        let consumed = u32::from(length - 40) + u32::from(flags & (SYN | FIN) != 0);
        *own = own.wrapping_add(consumed);
    }
}
