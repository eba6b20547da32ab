//! What is kept between runs, in the user's cache folder.
//!
//! ```text
//! <cache folder>/v1/                               mode 0700, files 0600
//!   content/<algorithm>/<first 2 hex>/<hex>        a manifest, config or document: exactly its bytes
//!   repositories/2/<sha256 of "origin path">.facts one repository: a CRC-32 and a fact a line; the shape of facts is 2
//! ```
//!
//! Every file is written beside its place and then renamed, so it is there whole or not at all, whatever ends the
//! program; several processes may do so at once, and the last one wins. Whatever else stands in a file's place (a
//! folder, a link, a pipe) is never waited for, counts as absent, and makes way for the file. Content is hashed when it
//! is read, so a damaged file is never shown: it is removed and counts as absent; so does a line of facts whose sum is
//! not its own. A hit proves content, never that a registry still has it.
//! The whole is capped ([`Cache::CAP`]); what was used longest ago goes first. The time of use is the file's
//! modification time.

mod cached;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::oci::{Digest, Repository};
use crate::source::local::files::{open_file, read_to_limit};

pub use cached::{Cached, Offline};

/// The folder of one user's cache. Cheap to clone; every method blocks.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Arc<PathBuf>,
    cap: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files of content.
    pub contents: u64,
    /// Files of facts.
    pub repositories: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// One kept file.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
    is_facts: bool,
}

/// Counts the shapes that facts had in files. Files of another shape are left alone until they make way for the cap: an
/// older program may read them still.
const FACTS_SHAPE: &str = "2";
/// A time of use is not written again before so long: reading would otherwise write.
const USE_NOTED_EVERY: Duration = Duration::from_secs(3600);
/// After how many bytes written by this process the cap is looked at.
const LOOK_EVERY: u64 = 16 * 1024 * 1024;

impl Cache {
    /// Bytes that are kept at most: a few hundred thousand manifests.
    pub const CAP: u64 = 1024 * 1024 * 1024;

    /// The cache in `folder`, which need not exist yet, with room for `cap` bytes.
    pub fn new(folder: impl Into<PathBuf>, cap: u64) -> Self {
        Self {
            folder: Arc::new(folder.into().join("v1")),
            cap,
        }
    }

    /// The cache of the user whose environment this is. None: the system tells no place for it.
    pub fn of_user() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "regscope")?;
        let cache = Self::new(folders.cache_dir(), Self::CAP);
        cache.make_private();
        Some(cache)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The content with this digest, if it is kept and whole. At most `limit` bytes are read.
    pub fn content(&self, digest: &Digest, limit: u64) -> Option<Arc<[u8]>> {
        let path = self.content_path(digest);
        let bytes = read_whole(&path, limit)?;
        if !digest.matches(&bytes) {
            // Damaged, by whatever: as if it had never been there. A failure to remove it changes nothing.
            let _ = fs::remove_file(&path);
            return None;
        }
        note_use(&path);
        Some(bytes.into())
    }

    /// Whether the content is kept, unread.
    pub fn has_content(&self, digest: &Digest) -> bool {
        is_own_file(&self.content_path(digest))
    }

    /// Keeps content. Errors are no one's business but the log's: a cache that cannot be written is a slow one.
    pub fn keep_content(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        let path = self.content_path(digest);
        if is_own_file(&path) {
            Ok(())
        } else {
            self.write(&path, bytes)
        }
    }

    /// The saved facts of a repository, as lines.
    pub fn facts(&self, repository: &Repository, limit: u64) -> Option<Vec<u8>> {
        let path = self.facts_path(repository);
        let bytes = read_whole(&path, limit)?;
        note_use(&path);
        Some(bytes)
    }

    /// Keeps the facts of a repository in place of those kept before.
    pub fn keep_facts(&self, repository: &Repository, lines: &[u8]) -> io::Result<()> {
        self.write(&self.facts_path(repository), lines)
    }

    /// How much is kept. Cost: one look at every file.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for file in self.files() {
            usage.bytes += file.bytes;
            if file.is_facts {
                usage.repositories += 1;
            } else {
                usage.contents += 1;
            }
        }
        usage
    }

    /// Removes everything that is kept. Errors: a file or folder cannot be removed.
    pub fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(&*self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what was used longest ago until the cap is kept with a tenth to spare. Files that another process
    /// removed meanwhile are fine.
    pub fn evict(&self) {
        let mut files = self.files();
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        if total <= self.cap {
            return;
        }
        files.sort_by_key(|file| file.used);
        for file in files {
            if total <= self.cap - self.cap / 10 {
                break;
            }
            if fs::remove_file(&file.path).is_ok() {
                total = total.saturating_sub(file.bytes);
            }
        }
    }

    fn content_path(&self, digest: &Digest) -> PathBuf {
        let encoded = digest.encoded();
        let group: String = encoded.chars().take(2).collect();
        self.folder
            .join("content")
            .join(digest.algorithm().name())
            .join(group)
            .join(encoded)
    }

    fn facts_path(&self, repository: &Repository) -> PathBuf {
        let name = format!(
            "{} {}",
            repository.origin.0.as_str(),
            repository.path.as_str()
        );
        self.folder
            .join("repositories")
            .join(FACTS_SHAPE)
            .join(format!("{}.facts", Digest::of(name.as_bytes()).encoded()))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.folder);
        make_folder(folder)?;
        self.make_private();
        if fs::symlink_metadata(path).is_ok_and(|there| there.is_dir()) {
            // A folder is the one thing that a file cannot replace by its name.
            fs::remove_dir_all(path)?;
        }
        // tempfile makes the file with mode 0600 and removes it where it is not renamed.
        let mut file = tempfile::Builder::new()
            .prefix(".part-")
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        if written(bytes.len() as u64) {
            self.evict();
        }
        Ok(())
    }

    /// Takes other people's rights to the cache's folders away: they may be older than the rule, or copied from
    /// somewhere. Where that is not ours to do, it stays as it is.
    fn make_private(&self) {
        #[cfg(unix)]
        for folder in [self.folder.parent(), Some(&**self.folder)]
            .into_iter()
            .flatten()
        {
            use std::os::unix::fs::PermissionsExt as _;
            let is_open =
                |there: &fs::Metadata| there.is_dir() && there.permissions().mode() & 0o077 != 0;
            if fs::symlink_metadata(folder).is_ok_and(|there| is_open(&there)) {
                let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
            }
        }
    }

    /// Every kept file, and leftovers of writes that were killed.
    fn files(&self) -> Vec<Kept> {
        let mut files = Vec::new();
        let mut folders = vec![
            self.folder.join("content"),
            self.folder.join("repositories"),
        ];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else {
                    continue;
                };
                if metadata.is_dir() {
                    folders.push(entry.path());
                } else {
                    let path = entry.path();
                    files.push(Kept {
                        bytes: metadata.len(),
                        used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                        is_facts: path
                            .extension()
                            .is_some_and(|extension| extension == "facts"),
                        path,
                    });
                }
            }
        }
        files
    }
}

/// Counts bytes written by this process; true each time another [`LOOK_EVERY`] are full. The count starts anywhere, so
/// that many short runs, of which none writes as much, look as often together as a long one.
fn written(bytes: u64) -> bool {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static WRITTEN: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(RandomState::new().build_hasher().finish() % LOOK_EVERY));
    let before = WRITTEN.fetch_add(bytes, Ordering::Relaxed);
    before / LOOK_EVERY != (before + bytes) / LOOK_EVERY
}

/// Makes a folder that only the user may enter.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Whether a file of ours is there: regular, and no link.
fn is_own_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

/// A file as it is, if it is there, ours and within the limit. Never waits.
fn read_whole(path: &Path, limit: u64) -> Option<Vec<u8>> {
    if !is_own_file(path) {
        return None;
    }
    let (file, size) = open_file(path).ok()?;
    read_to_limit(file, size, limit).ok()
}

fn note_use(path: &Path) {
    let Ok(file) = fs::File::options().append(true).open(path) else {
        return;
    };
    let last = file.metadata().and_then(|metadata| metadata.modified());
    if last.is_ok_and(|last| last.elapsed().is_ok_and(|age| age > USE_NOTED_EVERY)) {
        // Without it the file only goes earlier.
        let _ = file.set_modified(SystemTime::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Origin;

    fn cache(cap: u64) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), cap);
        (folder, cache)
    }

    #[test]
    fn content_comes_back_and_a_damaged_file_never_does() {
        let (_folder, cache) = cache(Cache::CAP);
        let digest = Digest::of(b"content");
        assert_eq!(cache.content(&digest, 100), None);
        cache.keep_content(&digest, b"content").unwrap();
        assert_eq!(
            cache.content(&digest, 100).as_deref(),
            Some(&b"content"[..])
        );
        assert_eq!(cache.content(&digest, 3), None, "over the limit");
        fs::write(cache.content_path(&digest), b"conten").unwrap();
        assert_eq!(cache.content(&digest, 100), None);
        assert!(!cache.has_content(&digest), "the damaged file is gone");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_in() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, cache) = cache(Cache::CAP);
        let digest = Digest::of(b"content");
        cache.keep_content(&digest, b"content").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache.content_path(&digest)), 0o600);
        assert_eq!(mode(cache.folder()), 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn folders_that_others_may_enter_are_closed() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, cache) = cache(Cache::CAP);
        let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o777));
        fs::create_dir(cache.folder()).unwrap();
        open(cache.folder()).unwrap();
        open(folder.path()).unwrap();
        cache.keep_content(&Digest::of(b"x"), b"x").unwrap();
        for path in [folder.path(), cache.folder()] {
            let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o700, "{}", path.display());
        }
    }

    /// Makes something else in place of a file.
    #[cfg(unix)]
    fn occupy(path: &Path, with: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match with {
            "a folder" => fs::create_dir_all(path.join("inner")).unwrap(),
            "a link" => std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
            "a pipe" => {
                let made = std::process::Command::new("mkfifo").arg(path).status();
                assert!(made.unwrap().success());
            }
            _ => std::os::unix::fs::symlink(path, path).unwrap(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_stands_in_a_files_place_is_not_waited_for_and_makes_way() {
        for with in ["a folder", "a link", "a pipe", "a link to itself"] {
            let (_folder, cache) = cache(Cache::CAP);
            let digest = Digest::of(b"content");
            let repository = Repository::new(&Origin::new("r"), "a");
            occupy(&cache.content_path(&digest), with);
            occupy(&cache.facts_path(&repository), with);
            assert_eq!(cache.content(&digest, 100), None, "{with}");
            assert!(!cache.has_content(&digest), "{with}");
            assert_eq!(cache.facts(&repository, 100), None, "{with}");
            cache.keep_content(&digest, b"content").unwrap();
            cache.keep_facts(&repository, b"facts").unwrap();
            assert!(cache.content(&digest, 100).is_some(), "{with}");
            assert_eq!(cache.facts(&repository, 100).unwrap(), b"facts", "{with}");
        }
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let (_folder, cache) = cache(250);
        let documents: Vec<Vec<u8>> = (0..3).map(|n| vec![n; 100]).collect();
        for (age, document) in (0..).zip(&documents) {
            let digest = Digest::of(document);
            cache.keep_content(&digest, document).unwrap();
            let file = fs::File::options()
                .append(true)
                .open(cache.content_path(&digest))
                .unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(age))
                .unwrap();
        }
        cache.evict();
        let left: Vec<bool> = documents
            .iter()
            .map(|d| cache.has_content(&Digest::of(d)))
            .collect();
        assert_eq!(left, [false, true, true]);
        assert_eq!(
            cache.usage(),
            Usage {
                contents: 2,
                repositories: 0,
                bytes: 200
            }
        );
    }

    #[test]
    fn facts_are_one_file_a_repository() {
        let (_folder, cache) = cache(Cache::CAP);
        let one = Repository::new(&Origin::new("r"), "a b");
        let other = Repository::new(&Origin::new("r a"), "b");
        cache.keep_facts(&one, b"one").unwrap();
        assert_eq!(cache.facts(&one, 100).unwrap(), b"one");
        // The separator is no character of a host, so no two repositories share a name.
        cache.keep_facts(&other, b"other").unwrap();
        // What another version of this program wrote is none of ours; it counts, and goes with the rest.
        let path = cache.facts_path(&one);
        let older = path.parent().unwrap().with_file_name("1");
        fs::create_dir(&older).unwrap();
        fs::rename(&path, older.join(path.file_name().unwrap())).unwrap();
        assert_eq!(cache.facts(&one, 100), None);
        assert_eq!(cache.usage().repositories, 1);
        cache.clear().unwrap();
        assert_eq!(cache.usage(), Usage::default());
        cache.clear().unwrap();
    }
}
