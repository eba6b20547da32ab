//! The form in which the registry is committed; `src/source/demo/archive.rs` says what is where.

use std::collections::BTreeMap;
use std::io::Write;

use regscope::oci::{Digest, media_type};

use crate::json::Value;
use crate::registry::{Registry, Repository};

/// A tar file, compressed, with no time and no owner in it.
pub(crate) fn pack(registry: &Registry) -> Vec<u8> {
    let mut contents = BTreeMap::new();
    let mut repositories = Vec::new();
    for (path, repository) in &registry.repositories {
        repositories.push((path.clone(), listing(repository, &mut contents)));
    }
    let mut archive = tar::Builder::new(Vec::new());
    append(
        &mut archive,
        "registry.json",
        &Value::Object(repositories).to_bytes(),
    );
    for ((_, _, digest), bytes) in order(contents) {
        let name = format!("blobs/{}", digest.to_string().replace(':', "/"));
        append(&mut archive, &name, &bytes);
    }
    let plain = archive.into_inner().unwrap();
    let builder = flate2::GzBuilder::new().mtime(0).operating_system(255);
    let mut packed = builder.write(Vec::new(), flate2::Compression::best());
    packed.write_all(&plain).unwrap();
    packed.finish().unwrap()
}

/// The tar file.
#[cfg(test)]
pub(crate) fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(packed);
    std::io::Read::read_to_end(&mut reader, &mut plain).unwrap();
    plain
}

/// Contents that resemble each other stand side by side, where the compressor sees both.
fn order(contents: BTreeMap<Digest, Vec<u8>>) -> BTreeMap<(Vec<u8>, usize, Digest), Vec<u8>> {
    let keyed = contents.into_iter().map(|(digest, bytes)| {
        let head = bytes.iter().take(40).copied().collect();
        ((head, bytes.len(), digest), bytes)
    });
    keyed.collect()
}

fn append(archive: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes).unwrap();
}

/// What `registry.json` says of a repository; its contents are put to the others.
fn listing(repository: &Repository, contents: &mut BTreeMap<Digest, Vec<u8>>) -> Value {
    let mut manifests: Vec<Value> = Vec::new();
    for (digest, (descriptor, bytes)) in &repository.manifests {
        let is_damaged = repository.damaged.contains(digest);
        let kept = if is_damaged {
            bytes.len() / 2
        } else {
            bytes.len()
        };
        contents.insert(*digest, bytes.iter().take(kept).copied().collect());
        manifests.push(object! {
            "digest" => *digest,
            "mediaType" => descriptor.media_type.as_str(),
            "size" => descriptor.size,
        });
    }
    contents.extend(
        repository
            .blobs
            .iter()
            .map(|(digest, bytes)| (*digest, bytes.clone())),
    );
    let tags = repository.tags.iter();
    let tags = tags.map(|(name, digest)| (name.clone(), Value::from(*digest)));
    let blobs: Vec<Value> = repository.blobs.keys().map(|d| Value::from(*d)).collect();
    let said = object! {
        "tags" => Value::Object(tags.collect()),
        "manifests" => manifests,
        "blobs" => blobs,
    };
    if !repository.has_referrers_api {
        return said;
    }
    let mut lists = Vec::new();
    for (subject, entries) in &repository.referrers {
        let entries: Vec<Value> = entries.iter().map(Value::from).collect();
        let list = object! {
            "schemaVersion" => 2_u64,
            "mediaType" => media_type::OCI_INDEX,
            "manifests" => entries,
        };
        let bytes = list.to_bytes();
        let digest = Digest::of(&bytes);
        contents.insert(digest, bytes);
        lists.push((subject.to_string(), Value::from(digest)));
    }
    said.with("referrers", Value::Object(lists))
}
