//! Packets of `OpenPGP` (RFC 9580, section 4): the text within a signed message, and what a signature says of itself.
//! Nothing here checks a signature.

use std::borrow::Cow;
use std::io::Read as _;

use jiff::Timestamp;

/// The most bytes of claims that a compressed message may unpack to.
const MAX_UNPACKED: u64 = 1 << 20;
/// The most packets that are looked at.
const MAX_PACKETS: usize = 64;

/// What a signature says of itself (RFC 9580, section 5.2), which is checked by nobody here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// The fingerprint of the key, or only its id, in hex.
    pub key: Option<String>,
    /// The name that the signer goes by.
    pub user: Option<String>,
    /// When it was made.
    pub time: Option<Timestamp>,
}

/// A message that was taken apart.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// The text within it.
    pub text: Option<Vec<u8>>,
    /// What its signatures say of themselves.
    pub signatures: Vec<Named>,
}

/// Takes a message apart, also where it is compressed once. What cannot be read ends it.
pub(super) fn open(bytes: &[u8]) -> Opened {
    let mut opened = Opened::default();
    walk(bytes, true, &mut opened);
    opened
}

fn walk(mut bytes: &[u8], may_unpack: bool, opened: &mut Opened) {
    for _ in 0..MAX_PACKETS {
        let Some((tag, body, rest)) = packet(bytes) else {
            return;
        };
        match tag {
            2 => opened.signatures.extend(signature(&body)),
            8 if may_unpack => {
                let unpacked = body
                    .split_first()
                    .and_then(|(&algorithm, packed)| unpack(algorithm, packed));
                if let Some(unpacked) = unpacked {
                    walk(&unpacked, false, opened);
                }
            }
            11 if opened.text.is_none() => opened.text = literal(&body),
            _ => {}
        }
        bytes = rest;
    }
}

/// The text of a literal packet, which comes after a format, a file's name and a time.
fn literal(body: &[u8]) -> Option<Vec<u8>> {
    let (_, named) = body.split_first()?;
    let (&length, named) = named.split_first()?;
    named.get(usize::from(length) + 4..).map(<[u8]>::to_vec)
}

/// The subpackets of a signature of version 4 or 6. Where the two parts of it differ, what is signed comes first.
fn signature(body: &[u8]) -> Option<Named> {
    let (&version, rest) = body.split_first()?;
    let wide = match version {
        4 => 2,
        6 => 4,
        _ => return Some(Named::default()),
    };
    let rest = rest.get(3..)?;
    let (length, rest) = rest.split_at_checked(wide)?;
    let (hashed, rest) = rest.split_at_checked(number(length)?)?;
    let (length, rest) = rest.split_at_checked(wide)?;
    let (unhashed, _) = rest.split_at_checked(number(length)?)?;
    let mut named = Named::default();
    let mut id = None;
    for part in [hashed, unhashed] {
        let mut rest = part;
        while let Some((length, after)) = subpacket_length(rest) {
            let (content, next) = after.split_at_checked(length)?;
            rest = next;
            let Some((&kind, value)) = content.split_first() else {
                continue;
            };
            match kind & 0x7f {
                2 if named.time.is_none() => {
                    let seconds = <[u8; 4]>::try_from(value).ok().map(u32::from_be_bytes);
                    named.time =
                        seconds.and_then(|seconds| Timestamp::from_second(i64::from(seconds)).ok());
                }
                16 if id.is_none() => id = Some(hex::encode(value)),
                28 if named.user.is_none() => {
                    named.user = std::str::from_utf8(value).ok().map(str::to_owned);
                }
                33 if named.key.is_none() => named.key = value.get(1..).map(hex::encode),
                _ => {}
            }
        }
    }
    named.key = named.key.or(id);
    Some(named)
}

fn subpacket_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..=191 => Some((usize::from(first), rest)),
        192..=254 => {
            let (&second, rest) = rest.split_first()?;
            Some((two_octets(first, second), rest))
        }
        255 => {
            let (digits, rest) = rest.split_at_checked(4)?;
            Some((number(digits)?, rest))
        }
    }
}

fn unpack(algorithm: u8, packed: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match algorithm {
        0 => out.extend_from_slice(packed),
        1 => {
            let reader = flate2::read::DeflateDecoder::new(packed);
            reader.take(MAX_UNPACKED).read_to_end(&mut out).ok()?;
        }
        2 => {
            let reader = flate2::read::ZlibDecoder::new(packed);
            reader.take(MAX_UNPACKED).read_to_end(&mut out).ok()?;
        }
        _ => return None,
    }
    Some(out)
}

fn number(digits: &[u8]) -> Option<usize> {
    let wide = digits
        .iter()
        .fold(0_u64, |length, &digit| length << 8 | u64::from(digit));
    usize::try_from(wide).ok()
}

fn two_octets(first: u8, second: u8) -> usize {
    ((usize::from(first) - 192) << 8) + usize::from(second) + 192
}

/// A packet: its tag, its body, and what follows.
type Packet<'a> = (u8, Cow<'a, [u8]>, &'a [u8]);

/// The first packet: its tag, its body, and what follows (RFC 9580, section 4.2).
fn packet(bytes: &[u8]) -> Option<Packet<'_>> {
    let (&head, rest) = bytes.split_first()?;
    if head & 0x80 == 0 {
        return None;
    }
    if head & 0x40 != 0 {
        let (body, rest) = new_body(rest)?;
        return Some((head & 0x3f, body, rest));
    }
    let tag = (head >> 2) & 0x0f;
    match head & 3 {
        // Until the end.
        3 => Some((tag, rest.into(), &[])),
        size => {
            let (digits, rest) = rest.split_at_checked(1 << size)?;
            let (body, rest) = rest.split_at_checked(number(digits)?)?;
            Some((tag, body.into(), rest))
        }
    }
}

/// A body whose length stands before it, or in pieces before each: what comes through a pipe is written so.
fn new_body(mut rest: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut pieces: Vec<u8> = Vec::new();
    loop {
        let (&first, after) = rest.split_first()?;
        let is_last = !matches!(first, 224..=254);
        let (length, after) = if is_last {
            subpacket_length(rest)?
        } else {
            (1 << (first & 0x1f), after)
        };
        let (body, after) = after.split_at_checked(length)?;
        rest = after;
        if is_last && pieces.is_empty() {
            return Some((body.into(), rest));
        }
        pieces.extend_from_slice(body);
        if is_last {
            return Some((pieces.into(), rest));
        }
    }
}
