#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aem_sandbox::fuzzing::xml_loader(bytes));
