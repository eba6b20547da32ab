//! What a bare path is.

use std::io::Read as _;
use std::path::Path;

use crate::source::Limits;
use crate::source::archive::compression::{self, HEAD, Looks};
use crate::source::layout::{INDEX, MARK};
use crate::source::storage;

use super::error::OpenError;
use super::files::{self, FileError, Root};

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder with an OCI layout: `Layout::open`.
    Layout,
    /// A tar file, plain or compressed: `Archive::open` with `ArchiveKind::Either`, which tells what is in it.
    Archive,
}

/// Tells what the file system has at `path` (`docs/interface.md`, "Targets"). Blocks: looks at the folder, or at the first
/// bytes of the file.
///
/// Errors: nothing there, not readable, or neither of the two; the error says what to write instead, as `storage:PATH`
/// for a registry's own storage.
pub fn recognise(path: &Path, limits: &Limits) -> Result<Kind, OpenError> {
    let metadata = path
        .metadata()
        .map_err(|error| OpenError::of_file(path, &error.into(), "check the path"))?;
    if metadata.is_dir() {
        recognise_folder(path, limits)
    } else {
        recognise_file(path)
    }
}

fn recognise_folder(path: &Path, limits: &Limits) -> Result<Kind, OpenError> {
    let root = Root::open(path).map_err(|error| OpenError::of_file(path, &error, "check it"))?;
    if root.has_file(Path::new(MARK)) {
        return Ok(Kind::Layout);
    }
    let shown = path.display();
    let what = if root.has_file(Path::new(INDEX)) && root.has_folder(Path::new("blobs")) {
        format!(
            "is a layout without its file `{MARK}`: write {{\"imageLayoutVersion\":\"1.0.0\"}} there"
        )
    } else if storage::looks_like_storage(path, limits) {
        format!("is a registry's own storage: write storage:{shown}")
    } else {
        format!("is a folder without a file `{MARK}`: name a layout, an archive, or storage:DIR")
    };
    Err(OpenError::unlike(path, what))
}

fn recognise_file(path: &Path) -> Result<Kind, OpenError> {
    let hint = "name a folder or a tar file";
    let failed = |error: FileError| OpenError::of_file(path, &error, hint);
    let (file, _) = files::open_file(path).map_err(failed)?;
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(|error| failed(error.into()))?;
    match compression::looks(&head) {
        Looks::Tar | Looks::Gzip | Looks::Zstd | Looks::Xz => Ok(Kind::Archive),
        Looks::Unread(format) => Err(OpenError::unlike(
            path,
            format!("is compressed with {format}, which is not read here: decompress it first"),
        )),
        Looks::Other => Err(OpenError::unlike(
            path,
            "is no tar file: name a folder with an image layout, or an archive of images"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_is_there_or_the_error_says_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let limits = Limits::default();
        let error = |name: &str| recognise(&at(name), &limits).unwrap_err().to_string();
        assert!(error("none").contains("is not there"));
        std::fs::write(at("text"), "hello").unwrap();
        assert!(error("text").contains("is no tar file"));
        std::fs::write(at("x.tbz"), b"BZh9").unwrap();
        assert!(error("x.tbz").contains("compressed with bzip2"));
        std::fs::write(at("x.txz"), b"\xfd7zXZ\0").unwrap();
        assert_eq!(recognise(&at("x.txz"), &limits), Ok(Kind::Archive));
        std::fs::write(at("x.tgz"), b"\x1f\x8b\x08").unwrap();
        assert_eq!(recognise(&at("x.tgz"), &limits), Ok(Kind::Archive));
        std::fs::create_dir_all(at("layout/blobs")).unwrap();
        assert!(error("layout").contains("name a layout"));
        std::fs::write(at("layout/index.json"), "{}").unwrap();
        assert!(error("layout").contains("without its file `oci-layout`"));
        std::fs::write(at("layout/oci-layout"), "{}").unwrap();
        assert_eq!(recognise(&at("layout"), &limits), Ok(Kind::Layout));
        assert!(error("").contains("write storage:"), "{}", error(""));
        let tree = "dist/docker/registry/v2/repositories";
        std::fs::create_dir_all(at(tree)).unwrap();
        assert!(error("dist").contains("write storage:"));
        #[cfg(unix)]
        {
            std::fs::create_dir(at("odd")).unwrap();
            let _socket = std::os::unix::net::UnixListener::bind(at("odd/socket")).unwrap();
            assert!(error("odd/socket").contains("a pipe, a socket or a device"));
        }
    }
}
