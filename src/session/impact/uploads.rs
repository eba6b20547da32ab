//! Uploads that were begun and never finished: distribution keeps them in `_uploads`, zot in `.uploads` of a repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::insight::impact::Uploads;
use crate::session::now;

/// At most so many folders and files are looked at.
const ENTRIES: usize = 200_000;

/// The unfinished uploads below the folder of a storage; links are not followed. Blocks.
pub(super) fn below(folder: &Path) -> Uploads {
    let mut uploads = Uploads::default();
    let mut folders: Vec<(PathBuf, bool)> = vec![(folder.to_owned(), false)];
    let mut seen = 0;
    while let Some((folder, is_upload)) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > ENTRIES {
                return uploads;
            }
            let (name, Ok(metadata)) = (entry.file_name(), entry.metadata()) else {
                continue;
            };
            if metadata.is_dir() {
                // Blobs and links are many, and no uploads are among them.
                let is_content =
                    ["blobs", "_layers", "_manifests"].contains(&&*name.to_string_lossy());
                let begins = name == "_uploads" || name == ".uploads";
                // The state of a hash that is under way is no data.
                if is_upload && name != "hashstates" || !is_upload && !is_content {
                    folders.push((entry.path(), is_upload || begins));
                }
            } else if is_upload && metadata.is_file() && name != "startedat" {
                let written = metadata.modified().ok();
                let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
                let age = written.map(|at| (now() / 1000).saturating_sub(at.as_secs()));
                uploads.add(metadata.len(), age);
            }
        }
    }
    uploads
}
