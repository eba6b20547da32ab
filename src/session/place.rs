//! Where in a layout a target leads.

use std::path::{Path, PathBuf};

use crate::oci::{Digest, RemoteText, Target};

/// A folder, and what of the layout in it.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) tag: Option<RemoteText>,
    pub(super) digest: Option<Digest>,
}

/// What a path leads to that has a tag or digest behind its folder. None where the path itself is there, or no folder.
pub(super) fn in_layout(path: &Path) -> Option<Place> {
    if path.exists() {
        return None;
    }
    let target = Target::parse(&format!("oci:{}", path.to_str()?), None).ok()?;
    let Target::Layout {
        folder,
        tag,
        digest,
    } = target
    else {
        return None;
    };
    let (folder, tag) = folder_and_tag(folder, tag);
    folder.is_dir().then_some(Place {
        folder,
        tag,
        digest,
    })
}

/// A file, and what of the archive in it.
pub(super) struct InFile {
    pub(super) file: PathBuf,
    pub(super) tag: Option<RemoteText>,
    pub(super) digest: Option<Digest>,
}

impl InFile {
    /// Whether something stood behind the file's path.
    pub(super) fn is_inside(&self) -> bool {
        self.tag.is_some() || self.digest.is_some()
    }
}

/// What a path leads to that may have a name or a digest behind a file. Names in archives have colons and slashes, and so
/// may paths: the longest file that is there counts. Where none is, the path stays as it was written, for the words that
/// say so.
pub(super) fn in_file(path: &Path) -> InFile {
    let whole = InFile {
        file: path.to_owned(),
        tag: None,
        digest: None,
    };
    let Some(text) = path.to_str().filter(|_| !path.exists()) else {
        return whole;
    };
    let (text, digest) = match text.rsplit_once('@') {
        Some((before, after)) => match after.parse() {
            Ok(digest) => (before, Some(digest)),
            Err(_) => (text, None),
        },
        None => (text, None),
    };
    if digest.is_some() && Path::new(text).is_file() {
        return InFile {
            file: text.into(),
            digest,
            ..whole
        };
    }
    let mut splits = text.rmatch_indices(':').filter_map(|(at, _)| {
        let (file, name) = text.split_at_checked(at)?;
        let name = name.strip_prefix(':').filter(|name| !name.is_empty())?;
        Path::new(file).is_file().then(|| InFile {
            file: file.into(),
            tag: Some(name.into()),
            digest,
        })
    });
    splits.next().unwrap_or(whole)
}

/// Whether what was written as a reference is the name of something here that could be meant: a file, or a folder with a
/// layout, also with a name behind it.
pub(super) fn is_here(written: &str) -> bool {
    let could_be_meant =
        |path: &Path| path.is_file() || path.join(crate::source::layout::MARK).is_file();
    let ends = written.match_indices([':', '@']).map(|(at, _)| at);
    let mut paths = ends.filter_map(|at| written.get(..at));
    could_be_meant(Path::new(written)) || paths.any(|path| could_be_meant(Path::new(path)))
}

/// `DIR:TAG` in two. Folders may have a colon in their name, and the names in a layout a colon or a slash, so the file
/// system tells them apart: the longest folder that is there counts.
pub(super) fn folder_and_tag(
    folder: PathBuf,
    tag: Option<RemoteText>,
) -> (PathBuf, Option<RemoteText>) {
    let whole = match &tag {
        Some(tag) => format!("{}:{}", folder.display(), tag.as_str()),
        None => folder.display().to_string(),
    };
    if Path::new(&whole).is_dir() {
        return (PathBuf::from(whole), None);
    }
    let splits = whole.rmatch_indices(':').filter_map(|(at, _)| {
        let (folder, tag) = whole.split_at_checked(at)?;
        let tag = tag.strip_prefix(':').filter(|tag| !tag.is_empty())?;
        Some((PathBuf::from(folder), Some(RemoteText::from(tag))))
    });
    let mut splits = splits.filter(|(folder, _)| folder.is_dir());
    // Where nothing is there, it stays as it was read, for the words that say so.
    splits.next().unwrap_or((folder, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_file_is_a_name_in_it() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let read = |written: &str| {
            let found = in_file(&at(written));
            let file = found.file.strip_prefix(root.path()).unwrap().to_owned();
            let tag = found.tag.map(|tag| tag.to_string());
            (file.display().to_string(), tag, found.digest)
        };
        std::fs::write(at("a.tar"), "").unwrap();
        assert_eq!(read("a.tar"), ("a.tar".to_owned(), None, None));
        let named = (
            "a.tar".to_owned(),
            Some("r.example:5000/x/y:1".to_owned()),
            None,
        );
        assert_eq!(read("a.tar:r.example:5000/x/y:1"), named);
        let digest = Digest::of(b"x");
        let by_digest = ("a.tar".to_owned(), None, Some(digest));
        assert_eq!(read(&format!("a.tar@{digest}")), by_digest);
        std::fs::write(at("a.tar:r"), "").unwrap();
        assert_eq!(read("a.tar:r"), ("a.tar:r".to_owned(), None, None));
        assert_eq!(read("b.tar:1"), ("b.tar:1".to_owned(), None, None));
        let here = |name: &str| is_here(at(name).to_str().unwrap());
        assert!(here("a.tar") && here("a.tar:1") && !here("b.tar") && !here(""));
    }

    #[test]
    fn the_longest_folder_that_is_there_is_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let split = |written: &str| {
            let place = in_layout(&at(written))?;
            let folder = place.folder.strip_prefix(root.path()).unwrap().to_owned();
            Some((folder.display().to_string(), place.tag?.to_string()))
        };
        let pair = |folder: &str, tag: &str| Some((folder.to_owned(), tag.to_owned()));
        std::fs::create_dir(at("a")).unwrap();
        assert_eq!(split("a:b:c"), pair("a", "b:c"));
        assert_eq!(
            split("a:r.example:5000/x/y:1.0"),
            pair("a", "r.example:5000/x/y:1.0")
        );
        std::fs::create_dir(at("a:b")).unwrap();
        assert_eq!(split("a:b:c"), pair("a:b", "c"));
        assert_eq!(split("a:b"), None, "a folder itself");
        assert_eq!(split("c:1.0"), None, "no folder at all");
        let digest = Digest::of(b"x");
        let place = in_layout(&at(&format!("a@{digest}"))).unwrap();
        assert_eq!((place.folder, place.digest), (at("a"), Some(digest)));
    }
}
