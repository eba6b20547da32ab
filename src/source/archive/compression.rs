//! What a file is compressed with, by its first bytes, and how it is read.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    /// A tar file as it is.
    Tar,
    /// Compressed with gzip.
    Gzip,
    /// Compressed with zstd.
    Zstd,
    /// Compressed with xz.
    Xz,
    /// Compressed with something that is not read here, by name.
    Unread(&'static str),
    /// None of these.
    Other,
}

/// How many bytes [`looks`] wants: one header of a tar file.
pub(crate) const HEAD: usize = 512;

/// Says what a file is that starts with `head`.
pub(crate) fn looks(head: &[u8]) -> Looks {
    match head {
        [0x1f, 0x8b, ..] => Looks::Gzip,
        // A frame, or one of the frames that decoders skip.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Looks::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Looks::Xz,
        [b'B', b'Z', b'h', ..] => Looks::Unread("bzip2"),
        [b'P', b'K', 3, 4, ..] => Looks::Unread("zip"),
        _ if is_tar(head) => Looks::Tar,
        _ => Looks::Other,
    }
}

/// Whether `head` is a header of a tar file: its sum is right. Old formats have no other mark.
fn is_tar(head: &[u8]) -> bool {
    let Some(head) = head.get(..HEAD) else {
        return false;
    };
    let stated = tar::Header::from_byte_slice(head).cksum().ok();
    let is_sum = |position: usize| (148..156).contains(&position);
    let bytes = head.iter().enumerate();
    let sum: u32 = bytes
        .map(|(position, byte)| {
            if is_sum(position) {
                32
            } else {
                u32::from(*byte)
            }
        })
        .sum();
    stated == Some(sum)
}

/// What decompressing xz may take, in KiB: twice what `xz -9` needs.
const XZ_MEMORY: u32 = 128 * 1024;

/// The content of an xz file, all of its streams.
///
/// Errors, when it is read: broken, or made so that it needs more than [`XZ_MEMORY`].
pub(crate) fn xz<R: Read>(source: R) -> impl Read {
    lzma_rust2::XzReader::new_mem_limit(source, true, XZ_MEMORY)
}

/// All frames of a zstd file, one after another, with those to skip between them: tools that compress in parallel
/// write several.
pub(crate) struct Frames<R: Read> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    is_inside: bool,
}

impl<R: Read> Frames<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source: BufReader::new(source),
            decoder: FrameDecoder::new(),
            is_inside: false,
        }
    }

    /// Begins the next frame; false where there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.source).take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error.to_string())),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.is_inside {
                if !self.begin()? {
                    return Ok(0);
                }
                self.is_inside = true;
            }
            while self.decoder.can_collect() < buffer.len() && !self.decoder.is_finished() {
                let wanted = BlockDecodingStrategy::UptoBytes(buffer.len());
                self.decoder
                    .decode_blocks(&mut self.source, wanted)
                    .map_err(|error| io::Error::other(error.to_string()))?;
                if self.decoder.can_collect() > 0 {
                    break;
                }
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.is_inside = !self.decoder.is_finished();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_a_file_is() {
        assert_eq!(looks(b"\x1f\x8b\x08"), Looks::Gzip);
        assert_eq!(looks(b"\x28\xb5\x2f\xfd"), Looks::Zstd);
        assert_eq!(looks(b"BZh9"), Looks::Unread("bzip2"));
        assert_eq!(looks(&[0; HEAD]), Looks::Other);
        assert_eq!(looks(b""), Looks::Other);
        let mut header = tar::Header::new_old();
        header.set_size(0);
        header.set_cksum();
        assert_eq!(looks(header.as_bytes()), Looks::Tar);
    }

    #[test]
    fn a_file_of_xz_that_wants_gigabytes_is_refused() {
        let sum = |bytes: &[u8]| {
            let mut sum = flate2::Crc::new();
            sum.update(bytes);
            sum.sum().to_le_bytes()
        };
        // xz's format, 2.1.1 and 3.1: the header of a stream, and of a block whose dictionary has the size that `bits` say.
        let file = |bits: u8| {
            let flags = [0, 0];
            let block = [2, 0, 0x21, 1, bits, 0, 0, 0];
            [
                &b"\xfd7zXZ\0"[..],
                &flags,
                &sum(&flags),
                &block,
                &sum(&block),
            ]
            .concat()
        };
        let error = |bits: u8| {
            let read = xz(&file(bits)[..]).read_to_end(&mut Vec::new());
            read.unwrap_err().to_string()
        };
        assert!(error(40).contains("memory"), "4 GiB: {}", error(40));
        assert!(!error(28).contains("memory"), "64 MiB: {}", error(28));
    }

    #[test]
    fn frames_follow_each_other_and_some_are_skipped() {
        use ruzstd::encoding::{CompressionLevel, compress_to_vec};
        let mut all = compress_to_vec(&b"one "[..], CompressionLevel::Fastest);
        all.extend([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
        all.extend(compress_to_vec(&b"two"[..], CompressionLevel::Fastest));
        let mut text = String::new();
        Frames::new(&all[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two");
        let cut = &all[..all.len() - 2];
        assert!(Frames::new(cut).read_to_string(&mut text).is_err());
    }
}
