//! Files that other programs, or other people, laid out: read within bounds, never out of their folder, and never
//! waited for.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::oci::{Absence, AbsenceKind};
use crate::source::limits::Bound;

use super::content::FileIdentity;

/// Why a file could not be read: a fragment that follows "it".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FileError {
    /// There is none.
    #[error("is not there")]
    Missing,
    /// It may not be read.
    #[error("may not be read by this user")]
    Forbidden,
    /// Something else where a folder is wanted.
    #[error("is no folder")]
    NotAFolder,
    /// A folder, a pipe, a socket or a device.
    #[error("is {0}, not a file")]
    NotAFile(&'static str),
    /// A link that leads out of the folder that was asked for.
    #[error("is a link to a place outside its folder")]
    Outside,
    /// Over the limit.
    #[error("is larger than {limit}: it has {size} bytes")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: Bound,
    },
    /// Everything else, links in a circle among it.
    #[error("could not be read: {0}")]
    Failed(String),
}

impl FileError {
    /// The absence that this is to a question; `what` names the file, as in `its file`.
    pub(crate) fn absence(&self, what: &str) -> Absence {
        let kind = match self {
            Self::Missing => AbsenceKind::Missing,
            Self::Forbidden => AbsenceKind::Forbidden,
            Self::NotAFile(_) | Self::NotAFolder | Self::Outside => AbsenceKind::Invalid,
            Self::TooLarge { .. } => AbsenceKind::TooLarge,
            Self::Failed(_) => AbsenceKind::Failed,
        };
        Absence::new(kind, format!("{what} {self}"))
    }
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // A file where a folder is expected: what was asked for is not there.
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Self::Missing,
            std::io::ErrorKind::PermissionDenied => Self::Forbidden,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// A folder of which files are read. Links are followed as long as they stay inside.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    /// The folder without links, so that what is inside can be told.
    path: PathBuf,
}

impl Root {
    /// The folder at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let path = path.canonicalize()?;
        let metadata = path.metadata()?;
        if !metadata.is_dir() {
            return Err(FileError::NotAFolder);
        }
        Ok(Self { path })
    }

    /// What is at `relative`, links followed.
    ///
    /// Errors: nothing there, or a link that leads outside or in a circle.
    pub(crate) fn resolve(&self, relative: &Path) -> Result<(PathBuf, Metadata), FileError> {
        let path = self.path.join(relative).canonicalize()?;
        if !path.starts_with(&self.path) {
            return Err(FileError::Outside);
        }
        let metadata = path.metadata()?;
        Ok((path, metadata))
    }

    /// What tells whether the file at `relative` has changed since.
    pub(crate) fn stamp(&self, relative: &Path) -> Result<Stamp, FileError> {
        let (_, metadata) = self.resolve(relative)?;
        Ok(Stamp {
            size: metadata.len(),
            changed: metadata.modified().ok(),
            #[cfg(unix)]
            identity: identity(&metadata),
        })
    }

    /// Opens the regular file at `relative` and tells its size.
    pub(crate) fn open_file(&self, relative: &Path) -> Result<(File, u64), FileError> {
        let (path, _) = self.resolve(relative)?;
        open_file(&path)
    }

    /// Reads the whole regular file at `relative`, at most `limit` bytes of it.
    pub(crate) fn read(
        &self,
        relative: &Path,
        limit: impl Into<Bound>,
    ) -> Result<Vec<u8>, FileError> {
        let (file, size) = self.open_file(relative)?;
        read_to_limit(file, size, limit)
    }

    /// What is in the folder at `relative`, by name, links not followed: a walk over folders must end.
    pub(crate) fn entries(&self, relative: &Path) -> Result<Vec<Entry>, FileError> {
        let (path, metadata) = self.resolve(relative)?;
        if !metadata.is_dir() {
            return Err(FileError::NotAFolder);
        }
        let mut entries = Vec::new();
        for entry in path.read_dir()? {
            let entry = entry?;
            let kind = entry.file_type()?;
            entries.push(Entry {
                name: entry.file_name().into_string().ok(),
                is_folder: kind.is_dir(),
                is_link: kind.is_symlink(),
            });
        }
        entries.sort_unstable();
        Ok(entries)
    }

    /// Whether nothing at all is at `relative`.
    pub(crate) fn lacks(&self, relative: &Path) -> bool {
        matches!(self.resolve(relative), Err(FileError::Missing))
    }

    /// Whether a folder, or a link to one, is at `relative`.
    pub(crate) fn has_folder(&self, relative: &Path) -> bool {
        self.resolve(relative)
            .is_ok_and(|(_, metadata)| metadata.is_dir())
    }

    /// Whether a regular file, or a link to one, is at `relative`.
    pub(crate) fn has_file(&self, relative: &Path) -> bool {
        self.resolve(relative)
            .is_ok_and(|(_, metadata)| metadata.is_file())
    }

    /// The names in the folder at `relative`, sorted; those that are no Unicode are left out and counted.
    pub(crate) fn names(&self, relative: &Path) -> Result<Names, FileError> {
        let (path, metadata) = self.resolve(relative)?;
        if !metadata.is_dir() {
            return Err(FileError::NotAFolder);
        }
        let mut names = Names::default();
        for entry in path.read_dir()? {
            match entry?.file_name().into_string() {
                Ok(name) => names.names.push(name),
                Err(_) => names.unreadable += 1,
            }
        }
        names.names.sort_unstable();
        Ok(names)
    }
}

/// A file at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    changed: Option<std::time::SystemTime>,
    /// Most tools replace `index.json` by another file.
    #[cfg(unix)]
    identity: FileIdentity,
}

/// One entry of a folder.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Its name; absent where that is no Unicode.
    pub(crate) name: Option<String>,
    /// Whether it is a folder itself, and no link to one.
    pub(crate) is_folder: bool,
    /// Whether it is a link.
    pub(crate) is_link: bool,
}

/// The names in a folder.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The names, sorted.
    pub(crate) names: Vec<String>,
    /// How many names are no Unicode.
    pub(crate) unreadable: usize,
}

/// Opens the regular file at `path`, links followed, and tells its size. Never waits: a pipe is refused, also one that
/// takes the place of the file between the look and the opening.
pub(crate) fn open_file(path: &Path) -> Result<(File, u64), FileError> {
    refuse_special(&path.metadata()?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    never_wait(&mut options);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    refuse_special(&metadata)?;
    Ok((file, metadata.len()))
}

/// Reads the whole file at `path`, which a person keeps for this program or named to it: credentials, settings,
/// certificates. At most `limit` bytes; a pipe, which may never give anything, and a device, which may never end, are
/// refused.
pub(crate) fn read_own(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let (file, size) = open_file(path)?;
    read_to_limit(file, size, limit)
}

/// The same, of a file that was named for this run: there it may also be a pipe that is open already, as what a shell makes
/// of `<(command)`. A pipe by its own name is refused: nobody may ever write into it.
pub(crate) fn read_named(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let is_open_already = path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
        || path == Path::new("/dev/stdin");
    if !is_open_already {
        return read_own(path, limit);
    }
    let file = File::open(path)?;
    read_to_limit(file, 0, limit)
}

/// Makes opening a pipe return at once.
fn never_wait(options: &mut OpenOptions) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, 0o4000); // O_NONBLOCK
    #[cfg(target_vendor = "apple")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, 0x4); // O_NONBLOCK
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    let _ = options;
}

fn refuse_special(metadata: &Metadata) -> Result<(), FileError> {
    let kind = metadata.file_type();
    if kind.is_file() {
        Ok(())
    } else if kind.is_dir() {
        Err(FileError::NotAFile("a folder"))
    } else {
        Err(FileError::NotAFile("a pipe, a socket or a device"))
    }
}

/// Reads all of `reader`, which says to have `size` bytes, and at most `limit` of them: a file may grow while it is
/// read.
pub(crate) fn read_to_limit(
    reader: impl Read,
    size: u64,
    limit: impl Into<Bound>,
) -> Result<Vec<u8>, FileError> {
    let limit = limit.into();
    if size > limit.bytes {
        return Err(FileError::TooLarge { size, limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    reader
        .take(limit.bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    if size > limit.bytes {
        return Err(FileError::TooLarge { size, limit });
    }
    Ok(bytes)
}

/// What tells whether two names are one file on the disk.
#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt as _;
    FileIdentity {
        device: metadata.dev(),
        inode: metadata.ino(),
        links: metadata.nlink(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_inside_the_folder_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), b"12345").unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        assert_eq!(root.read(Path::new("file"), 5), Ok(b"12345".to_vec()));
        assert_eq!(
            root.read(Path::new("file"), 4),
            Err(FileError::TooLarge {
                size: 5,
                limit: 4.into()
            })
        );
        assert_eq!(root.read(Path::new("none"), 9), Err(FileError::Missing));
        assert_eq!(root.read(Path::new("file/x"), 9), Err(FileError::Missing));
        let folder_refused = root.read(Path::new("folder"), 9);
        assert_eq!(folder_refused, Err(FileError::NotAFile("a folder")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("file", at("inside")).unwrap();
            symlink(outside.path(), at("outside")).unwrap();
            symlink("circle", at("circle")).unwrap();
            let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
            assert!(root.read(Path::new("inside"), 5).is_ok());
            assert_eq!(root.read(Path::new("outside"), 5), Err(FileError::Outside));
            let circle = root.read(Path::new("circle"), 5);
            assert!(matches!(circle, Err(FileError::Failed(_))), "{circle:?}");
            let socket = root.read(Path::new("socket"), 5);
            assert!(matches!(socket, Err(FileError::NotAFile(_))));
            let made = std::process::Command::new("mkfifo")
                .arg(at("pipe"))
                .status();
            assert!(made.unwrap().success());
            let pipe = root.read(Path::new("pipe"), 5);
            assert!(matches!(pipe, Err(FileError::NotAFile(_))));
        }
    }
}
