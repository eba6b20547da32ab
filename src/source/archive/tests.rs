//! Archives that the tests make themselves.

use std::io::Write as _;
use std::path::PathBuf;

use super::unpacked::Room;
use super::*;
use crate::oci::{AbsenceKind, Address, Answer, Asked, Body, Digest, FoundBy, RemoteText};
use crate::source::local::run::Blocking as _;
use crate::source::local::scan::Stop;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const LAYOUT: (&str, &[u8]) = (MARK, br#"{"imageLayoutVersion":"1.0.0"}"#);

/// A tar file with these files.
fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        add(&mut builder, name, content);
    }
    builder.into_inner().unwrap()
}

fn add(builder: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    // Names that `Builder` refuses are what hostile archives have.
    for (to, from) in header.as_old_mut().name.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

/// A file on the disk with this content.
struct OnDisk(tempfile::TempDir);

impl OnDisk {
    fn new(content: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.tar"), content).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("x.tar")
    }

    fn open(&self, kind: ArchiveKind) -> Result<Archive, OpenError> {
        Archive::open(&self.path(), kind, &Limits::default())
    }
}

fn ask(archive: &Archive, question: &Question) -> Vec<Answer> {
    archive.one.answer(question, &Stop::default())
}

fn repository(archive: &Archive) -> Repository {
    Repository::new(archive.origin(), "")
}

fn tags(archive: &Archive) -> Vec<RemoteText> {
    match &ask(archive, &Question::tags(repository(archive)))[..] {
        [
            Answer {
                body: Body::Tags(page),
                ..
            },
        ] => page.items.clone(),
        other => panic!("{other:?}"),
    }
}

fn error(content: &[u8], kind: ArchiveKind) -> String {
    let on_disk = OnDisk::new(content);
    on_disk.open(kind).err().unwrap().to_string()
}

/// The files of a layout with one image, named `1`, and one that refers to it.
fn layout_files() -> (Vec<(String, Vec<u8>)>, Digest, Digest) {
    let image = format!(r#"{{"mediaType":"{IMAGE}","layers":[],"config":{{}}}}"#);
    let subject = Digest::of(image.as_bytes());
    let referrer = format!(
        r#"{{"mediaType":"{IMAGE}","layers":[],"config":{{}},"subject":{{"digest":"{subject}"}}}}"#
    );
    let referrer_digest = Digest::of(referrer.as_bytes());
    let index = format!(
        r#"{{"manifests":[{{"mediaType":"{IMAGE}","digest":"{subject}","size":1,
        "annotations":{{"org.opencontainers.image.ref.name":"1"}}}}]}}"#
    );
    let at = |digest: &Digest| format!("./blobs/sha256/{}", digest.encoded());
    let files = vec![
        (at(&subject), image.into_bytes()),
        (at(&referrer_digest), referrer.into_bytes()),
        (INDEX.to_owned(), index.into_bytes()),
        (LAYOUT.0.to_owned(), LAYOUT.1.to_vec()),
        ("../outside".to_owned(), b"x".to_vec()),
        ("/etc/passwd".to_owned(), b"x".to_vec()),
    ];
    (files, subject, referrer_digest)
}

fn layout_tar() -> (Vec<u8>, Digest, Digest) {
    let (files, subject, referrer) = layout_files();
    let files: Vec<_> = files
        .iter()
        .map(|(n, c)| (n.as_str(), c.as_slice()))
        .collect();
    (tar_of(&files), subject, referrer)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    compress_to_vec(content, CompressionLevel::Fastest)
}

#[test]
fn a_layout_in_an_archive_reads_as_in_a_folder_however_it_is_compressed() {
    let (plain, subject, referrer) = layout_tar();
    for content in [plain.clone(), gzip(&plain), zstd(&plain)] {
        let archive = OnDisk::new(&content).open(ArchiveKind::Either).unwrap();
        assert!(archive.origin().0.as_str().starts_with("oci-archive:"));
        assert_eq!(tags(&archive), ["1"]);
        let question = Question::tag(repository(&archive), "1".into());
        assert!(matches!(&ask(&archive, &question)[..],
            [Answer { body: Body::Target(target), .. }, Answer { body: Body::Manifest(_), .. }] if target.digest == subject));
        match &ask(
            &archive,
            &Question::referrers(repository(&archive), subject),
        )[..]
        {
            [
                Answer {
                    by: Some(FoundBy::ManifestScan),
                    body: Body::Referrers(page),
                    ..
                },
            ] => {
                assert_eq!(page.items[0].digest, referrer);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What `docker save` of an older Docker writes: the second layer is a link, as skopeo makes them.
fn docker_tar(config: &str) -> Vec<u8> {
    let manifest = r#"[{"Config":"c.json","RepoTags":["app:1","app:2"],"Layers":["a.tar","x/layer.tar"]},
        {"Config":"none.json","RepoTags":null,"Layers":null}]"#;
    let mut builder = tar::Builder::new(Vec::new());
    add(&mut builder, "a.tar", b"first");
    add(&mut builder, "b.tar", b"second!");
    add(&mut builder, "c.json", config.as_bytes());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "x/layer.tar", "../b.tar")
        .unwrap();
    add(&mut builder, DOCKER_INDEX, manifest.as_bytes());
    builder.into_inner().unwrap()
}

#[test]
fn a_docker_archive_is_a_manifest_made_of_config_and_diff_ids() {
    let (one, two) = (Digest::of(b"first"), Digest::of(b"second!"));
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":["{one}","{two}"]}}}}"#
    );
    let content = docker_tar(&config);
    assert!(error(&content, ArchiveKind::Oci).contains("write docker-archive:"));
    let archive = OnDisk::new(&content).open(ArchiveKind::Either).unwrap();
    assert!(archive.origin().0.as_str().starts_with("docker-archive:"));
    assert_eq!(tags(&archive), ["app:1", "app:2"]);
    let manifest = match &ask(
        &archive,
        &Question::tag(repository(&archive), "app:2".into()),
    )[..]
    {
        [
            Answer {
                body: Body::Target(_),
                ..
            },
            Answer {
                body: Body::Manifest(manifest),
                ..
            },
        ] => Arc::clone(manifest),
        other => panic!("{other:?}"),
    };
    assert!(manifest.digest.matches(&manifest.bytes));
    let layers: Vec<_> = manifest.layers.iter().map(|l| (l.digest, l.size)).collect();
    assert_eq!(layers, [(one, Some(5)), (two, Some(7))]);
    let note = manifest.problems.last().unwrap().to_string();
    assert!(note.contains("made from a docker archive"));
    let config_digest = manifest.config.as_ref().unwrap().digest;
    assert_eq!(config_digest, Digest::of(config.as_bytes()));
    let answers = ask(
        &archive,
        &Question::config(repository(&archive), config_digest),
    );
    assert!(matches!(
        &answers[..],
        [Answer {
            body: Body::Config(_),
            ..
        }]
    ));
    let answers = ask(&archive, &Question::contents(repository(&archive)));
    match &answers[..] {
        [
            Answer {
                body: Body::Contents { .. },
                ..
            },
            Answer {
                body: Body::Failed(absence),
                ..
            },
        ] => {
            assert!(
                absence.reason.as_str().contains("no file `none.json`"),
                "{absence:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_layer_that_the_archive_names_and_has_not_is_missing() {
    let layer = Digest::of(b"layer");
    let config = format!(r#"{{"rootfs":{{"type":"layers","diff_ids":["{layer}"]}}}}"#);
    let manifest = r#"[{"Config":"c.json","RepoTags":["app:1"],"Layers":["none/layer.tar"]}]"#;
    let content = tar_of(&[
        ("c.json", config.as_bytes()),
        (DOCKER_INDEX, manifest.as_bytes()),
    ]);
    let made = OnDisk::new(&content);
    let archive = made.open(ArchiveKind::Docker).unwrap();
    let answers = ask(&archive, &Question::contents(repository(&archive)));
    let is_told = |answer: &Answer| {
        matches!(answer, Answer { question: Question { at: Address::Object(_, digest), what: Asked::Document }, body: Body::Failed(absence), .. }
            if *digest == layer && absence.kind == AbsenceKind::Missing
                && absence.reason.as_str().contains("none/layer.tar"))
    };
    assert!(answers.iter().any(is_told), "{answers:?}");
}

#[test]
fn a_blob_of_a_layout_may_be_a_link_inside_the_archive() {
    let (files, _, _) = layout_files();
    let mut builder = tar::Builder::new(Vec::new());
    let mut real = Vec::new();
    for (number, (name, content)) in files.iter().enumerate() {
        if name.contains("blobs/") {
            let place = format!("real-{number}");
            add(&mut builder, &place, content);
            real.push((name, place));
        } else {
            add(&mut builder, name, content);
        }
    }
    for (name, place) in real {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        let to = format!("../../{place}");
        builder.append_link(&mut header, name, to).unwrap();
    }
    let made = OnDisk::new(&builder.into_inner().unwrap());
    let linked = made.open(ArchiveKind::Oci).unwrap();
    let whole = OnDisk::new(&layout_tar().0);
    let whole = whole.open(ArchiveKind::Oci).unwrap();
    let held = |archive: &Archive| {
        let mut digests = Vec::new();
        for tag in tags(archive) {
            for answer in ask(archive, &Question::tag(repository(archive), tag)) {
                if let Answer {
                    body: Body::Manifest(manifest),
                    ..
                } = answer
                {
                    digests.push(manifest.digest);
                }
            }
        }
        digests
    };
    assert!(!held(&linked).is_empty());
    assert_eq!(held(&linked), held(&whole));
}

#[test]
fn newer_docker_writes_both_and_the_layout_is_read() {
    let (mut files, subject, _) = layout_files();
    files.push((DOCKER_INDEX.to_owned(), b"[]".to_vec()));
    let files: Vec<_> = files
        .iter()
        .map(|(n, c)| (n.as_str(), c.as_slice()))
        .collect();
    let archive = OnDisk::new(&tar_of(&files))
        .open(ArchiveKind::Docker)
        .unwrap();
    assert!(archive.origin().0.as_str().starts_with("docker-archive:"));
    let question = Question::manifest(repository(&archive), subject);
    match &ask(&archive, &question)[..] {
        [
            Answer {
                body: Body::Manifest(manifest),
                ..
            },
        ] => assert!(manifest.problems.is_empty()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_archive_or_broken_says_what_to_do() {
    let either = |content: &[u8]| error(content, ArchiveKind::Either);
    assert!(either(b"hello").contains("is no tar file"));
    assert!(either(b"").contains("is no tar file"));
    assert!(either(&tar_of(&[("a", b"x")])).contains("neither `oci-layout`"));
    assert!(either(&tar_of(&[("a/oci-layout", b"x")])).contains("unpack it"));
    assert!(either(&tar_of(&[("repositories", b"{}")])).contains("very old Docker"));
    assert!(either(&tar_of(&[LAYOUT])).contains("has no file `index.json`"));
    let not_json = tar_of(&[LAYOUT, (INDEX, b"<html>")]);
    assert!(either(&not_json).contains("not JSON"));
    let no_list = tar_of(&[(DOCKER_INDEX, b"{}")]);
    assert!(either(&no_list).contains("no list of images"));
    let (plain, _, _) = layout_tar();
    let cut = either(&plain[..540]);
    assert!(cut.contains("ends in the middle"), "{cut}");
    for packed in [gzip(&plain), zstd(&plain)] {
        let cut = either(&packed[..packed.len() / 2]);
        assert!(cut.contains("copy or download it again"), "{cut}");
    }
    let mut garbled = plain.clone();
    garbled[1024..1600].fill(b'x');
    assert!(either(&garbled).contains("broken archive"));
}

#[test]
fn links_in_a_circle_and_out_of_the_archive_are_no_files() {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, target) in [(MARK, INDEX), (INDEX, MARK), ("out", "../../etc/passwd")] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, target).unwrap();
    }
    let content = builder.into_inner().unwrap();
    assert!(error(&content, ArchiveKind::Either).contains("neither `oci-layout`"));
}

#[test]
fn bombs_are_refused_within_the_limits() {
    let zeros = vec![0; 8_000_000];
    let bomb = gzip(&tar_of(&[("layer", &zeros)]));
    let limits = Limits {
        decompressed_bytes: 100_000,
        ..Limits::default()
    };
    let on_disk = OnDisk::new(&bomb);
    let refused = Unpacked::read(&on_disk.path(), &limits)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("decompresses to more than"), "{refused}");
    // A name of eight megabytes is no name.
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(zeros.len() as u64);
    header.set_cksum();
    builder.append(&header, &zeros[..]).unwrap();
    let long = builder.into_inner().unwrap();
    let refused = error(&long, ArchiveKind::Either);
    assert!(refused.contains("names or attributes"), "{refused}");
    // An entry that claims more than there is.
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::MAX / 4);
    header.set_cksum();
    let refused = error(header.as_bytes(), ArchiveKind::Either);
    assert!(refused.contains("ends in the middle"), "{refused}");
    let many = tar_of(&[("a", b""), ("b", b""), ("c", b"")]);
    let limits = Limits {
        list_entries: 2,
        ..Limits::default()
    };
    let on_disk = OnDisk::new(&many);
    let refused = Unpacked::read(&on_disk.path(), &limits)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("more than 2 entries"), "{refused}");
    let refused = Unpacked::read_within(
        &on_disk.path(),
        &Limits::default(),
        Room {
            names: 200,
            ..Room::default()
        },
    );
    assert!(refused.unwrap_err().to_string().contains("more memory"));
}

#[test]
fn a_sparse_entry_is_passed_over() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(512);
    let gnu = header.as_gnu_mut().unwrap();
    // One block at a terabyte.
    gnu.sparse[0].offset.copy_from_slice(b"10000000000\0");
    gnu.sparse[0].numbytes.copy_from_slice(b"00000001000\0");
    gnu.realsize.copy_from_slice(b"10000001000\0");
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, &[1; 512][..]).unwrap();
    add(&mut builder, "after", b"x");
    let on_disk = OnDisk::new(&builder.into_inner().unwrap());
    let unpacked = Unpacked::read(&on_disk.path(), &Limits::default()).unwrap();
    assert!(unpacked.file("after").is_some());
}

#[test]
fn what_finds_no_room_is_known_by_its_size_and_said_to_be_too_large() {
    let (plain, subject, _) = layout_tar();
    let on_disk = OnDisk::new(&plain);
    let room = Room {
        content: 100,
        packed: 0,
        names: 10_000,
    };
    let unpacked = Unpacked::read_within(&on_disk.path(), &Limits::default(), room).unwrap();
    assert!(
        unpacked.content(INDEX).is_ok(),
        "the lists have room of their own"
    );
    let memory = Memory::of_layout(&unpacked);
    let read = crate::source::local::content::read(&memory, &subject, 1000);
    assert!(read.is_ok(), "the first file still has room");
    let last = memory_absences(&memory);
    assert_eq!(last, [AbsenceKind::TooLarge]);
}

fn memory_absences(memory: &Memory) -> Vec<AbsenceKind> {
    use crate::source::local::content::{Content as _, read};
    let blobs = memory.list().blobs.into_iter();
    blobs
        .filter_map(|blob| read(memory, &blob.digest, 1000).err())
        .map(|absence| absence.kind)
        .collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_an_archive_makes_it_panic(
        changes in proptest::collection::vec((proptest::prelude::any::<usize>(), proptest::prelude::any::<u8>()), 1..6),
        cut in proptest::prelude::any::<usize>(),
    ) {
        let (plain, _, _) = layout_tar();
        for mut content in [plain.clone(), gzip(&plain), zstd(&plain)] {
            for (place, byte) in &changes {
                let place = place % content.len();
                content[place] = *byte;
            }
            content.truncate(content.len() - cut % (content.len() / 4));
            if let Err(error) = OnDisk::new(&content).open(ArchiveKind::Either) {
                proptest::prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
