//! gzip and zstd, in memory and up to a limit.

use std::io::Read;

use super::reading::Wrapper;

/// What `bytes` unpack to, and what they were packed with; none where they are not packed. Over `limit` bytes, and
/// what is broken, is an error in words. Cost: `O(unpacked)`.
pub(super) fn unpacked(bytes: &[u8], limit: usize) -> Result<Option<(Wrapper, Vec<u8>)>, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let unpacked = read(flate2::read::MultiGzDecoder::new(bytes), limit)?;
        return Ok(Some((Wrapper::Gzip, unpacked)));
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = ruzstd::decoding::StreamingDecoder::new(bytes);
        let decoder = decoder.map_err(|error| format!("is no zstd: {error}"))?;
        return Ok(Some((Wrapper::Zstd, read(decoder, limit)?)));
    }
    Ok(None)
}

fn read(reader: impl Read, limit: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let cap = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .take(cap)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be unpacked: {error}"))?;
    if bytes.len() > limit {
        return Err(format!("unpacks to more than {limit} bytes"));
    }
    Ok(bytes)
}
