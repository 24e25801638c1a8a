#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mtls_witness::fuzzing::backend_configuration(input));
