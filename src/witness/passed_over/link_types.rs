//! Link types without a reader: their names, and whether IP can be in their packets.

use crate::capture::LinkType;

/// Whether packets of a link type can carry IP, by the registry of link types; one that is not
/// known can.
pub(super) fn can_carry_ip(LinkType(number): LinkType) -> bool {
    !matches!(
        number,
        // Signalling of telephone networks, LAPD, IrDA, GSM, DECT.
        139..=142 | 144 | 177 | 203 | 217 | 218 | 221 | 244
            // Buses: ARINC, FlexRay, MOST, LIN, CAN, I2C, RTAC, PROFIBUS, BACnet, UARTs.
            | 165 | 184 | 185 | 190 | 199 | 209..=212 | 227 | 250 | 257 | 260 | 279 | 287 | 292
            // USB, Bluetooth, NFC, RFID, Z-Wave, DisplayPort, ZigBee and LoRa radio.
            | 186 | 187 | 189 | 201 | 220 | 245 | 249 | 251 | 254..=256 | 261 | 262 | 264 | 266
            | 270 | 272 | 275 | 278 | 288 | 293..=295
            // Television, radio data, links of space, wireless HART.
            | 222 | 223 | 235 | 236 | 243 | 265
            // Inside one machine: D-Bus, netlink, virtual sockets; logs; SS7 and SDLC; SCTP.
            | 231 | 248 | 253 | 268 | 271 | 286 | 298
    )
}

/// A link type in words.
pub(super) fn name(LinkType(number): LinkType) -> String {
    let name = match number {
        3 => "AX.25",
        6 => "Token Ring",
        8 => "SLIP",
        107 => "Frame Relay",
        122 => "IP over Fibre Channel",
        123 => "ATM",
        143 => "DOCSIS",
        147..=162 => "private use",
        166 => "PPP of pppd",
        169 => "GPRS",
        186 | 189 | 220 | 249 | 266 | 288 | 293..=295 => "USB",
        187 | 201 | 251 | 254..=256 => "Bluetooth",
        195 | 215 | 230 | 283 => "IEEE 802.15.4",
        197 => "ERF",
        224 | 225 => "Fibre Channel",
        226 => "IPNET",
        227 => "CAN",
        231 => "D-Bus",
        240 | 241 | 291 => "netANALYZER",
        242 | 247 => "InfiniBand",
        248 => "SCTP",
        252 => "exported by Wireshark",
        253 => "netlink",
        259 => "EPON",
        271 => "virtual sockets",
        274 => "Ethernet mPackets",
        280 => "VPP",
        281 | 282 | 284 | 285 => "switch tag",
        289 => "ATSC 3.0",
        290 => "Windows events",
        _ => return format!("link type {number}"),
    };
    format!("link type {number} ({name})")
}
