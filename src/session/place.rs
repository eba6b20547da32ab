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
