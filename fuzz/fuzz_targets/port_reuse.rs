#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mtls_witness::fuzzing::port_reuse(input));
