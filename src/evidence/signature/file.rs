//! Evidence in a file: a bundle, several bundles one a line, a Notation envelope, or a chart's provenance.

use crate::oci::Annotations;

use super::encoding::strict_json;
use super::{EnvelopeForm, Evidence};

/// The start of a text that is signed with `OpenPGP` (RFC 9580, section 7).
const CLEAR_SIGNED: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";

/// The pieces of evidence in a file, in order. `none` is a place for annotations that a file has none of.
pub fn pieces<'a>(file: &'a [u8], none: &'a Annotations) -> Vec<Evidence<'a>> {
    match file.first() {
        // An OpenPGP packet: a signature, a one-pass signature, or compressed data, by their old and new tags.
        Some(0x88..=0x8b | 0x90..=0x93 | 0xa0..=0xa3 | 0xc2 | 0xc4 | 0xc8) => {
            return vec![Evidence::SimpleSigning(file)];
        }
        // No text: CBOR, which begins with its tag 18, or is no envelope.
        Some(0x80..) => return vec![Evidence::Notation(file, EnvelopeForm::Cose)],
        _ => {}
    }
    if file.trim_ascii_start().starts_with(CLEAR_SIGNED) {
        return vec![Evidence::HelmProvenance(file)];
    }
    let lines: Vec<&[u8]> = file
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .collect();
    let is_object = |line: &&[u8]| line.starts_with(b"{") && line.ends_with(b"}");
    if lines.len() > 1 && lines.iter().all(is_object) {
        return lines.iter().map(|line| piece(line, none)).collect();
    }
    vec![piece(file, none)]
}

fn piece<'a>(bytes: &'a [u8], none: &'a Annotations) -> Evidence<'a> {
    match strict_json(bytes) {
        Ok(json) if json.contains_key("payload") && json.contains_key("protected") => {
            Evidence::Notation(bytes, EnvelopeForm::Jws)
        }
        // What is no JSON is told as an unreadable bundle.
        _ => Evidence::Bundle(bytes, none),
    }
}
