//! Evidence in a file: a bundle, several bundles one a line, or a Notation envelope.

use crate::oci::Annotations;

use super::encoding::strict_json;
use super::{EnvelopeForm, Evidence};

/// The pieces of evidence in a file, in order. `none` is a place for annotations that a file has none of.
pub fn pieces<'a>(file: &'a [u8], none: &'a Annotations) -> Vec<Evidence<'a>> {
    // CBOR's tag 18, a signature of one signer.
    if file.first() == Some(&0xd2) {
        return vec![Evidence::Notation(file, EnvelopeForm::Cose)];
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
