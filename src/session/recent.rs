//! The targets that were opened last and those that the person keeps, so that the first screen can offer them.
//!
//! ```text
//! <state folder of the user>/recent      mode 0600: one target a line, the last one first; `* ` before one that is kept
//! ```

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::oci::Target;

/// What stands before a target that the person keeps.
const KEEP: &str = "* ";
/// How many are kept that were only opened.
const KEPT: usize = 12;
/// A target is a line; a longer one was not written by a person.
const LONGEST: usize = 512;
/// The file is never larger than this.
const BYTES: u64 = 64 * 1024;

/// The file of one user. Every method blocks.
#[derive(Clone, Debug)]
pub struct Recent {
    file: PathBuf,
}

impl Recent {
    /// The list in `folder`, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            file: folder.join("recent"),
        }
    }

    /// The list of the user whose environment this is. None: the system tells no place for it.
    pub fn of_user() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "regscope")?;
        let folder = folders.state_dir().unwrap_or(folders.data_local_dir());
        Some(Self::new(folder))
    }

    /// The targets, the last one first, without those that the person keeps. What cannot be read is an empty list:
    /// nothing depends on it.
    pub fn targets(&self) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines.filter(|line| !line.starts_with(KEEP)).collect()
    }

    /// The targets that the person keeps, the last one first.
    pub fn pinned(&self) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines
            .filter_map(|line| line.strip_prefix(KEEP).map(str::to_owned))
            .collect()
    }

    fn lines(&self) -> Vec<String> {
        let mut text = String::new();
        let read =
            fs::File::open(&self.file).and_then(|file| file.take(BYTES).read_to_string(&mut text));
        if read.is_err() {
            return Vec::new();
        }
        let lines = text.lines().filter(|line| is_target(line));
        lines.map(str::to_owned).collect()
    }

    /// Puts a target first; one that is kept stays where it is. Errors: the file cannot be written; then the list is what
    /// it was.
    pub fn note(&self, target: &str) -> io::Result<()> {
        if self.pinned().iter().any(|kept| kept == target) {
            return Ok(());
        }
        self.rewrite(target, Some(target.to_owned()))
    }

    /// Keeps a target, or lets it be one that was opened. Errors: as [`Recent::note`].
    pub fn pin(&self, target: &str, is_kept: bool) -> io::Result<()> {
        let start = if is_kept { KEEP } else { "" };
        self.rewrite(target, Some(format!("{start}{target}")))
    }

    /// Forgets a target. Errors: as [`Recent::note`].
    pub fn forget(&self, target: &str) -> io::Result<()> {
        self.rewrite(target, None)
    }

    /// The list without a target, and with a line for it at its head.
    fn rewrite(&self, target: &str, line: Option<String>) -> io::Result<()> {
        if !is_target(target) {
            return Ok(());
        }
        let mut targets = self.lines();
        targets.retain(|other| other.strip_prefix(KEEP).unwrap_or(other) != target);
        targets.splice(0..0, line);
        let mut opened = 0;
        targets.retain(|line| {
            let is_kept = line.starts_with(KEEP);
            opened += usize::from(!is_kept);
            is_kept || opened <= KEPT
        });
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Whole or not at all, and for nobody else to read, as tempfile makes it.
        let mut file = tempfile::Builder::new()
            .prefix(".recent-")
            .tempfile_in(folder)?;
        for target in &targets {
            writeln!(file, "{target}")?;
        }
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The target as it can be opened from another folder too. None: it needs no remembering.
pub(super) fn lasting(written: &str, target: &Target) -> Option<String> {
    let absolute = |scheme: &str, path: &Path| {
        let path = std::path::absolute(path).ok()?;
        Some(format!("{scheme}{}", path.to_str()?))
    };
    match target {
        Target::Demo | Target::Snapshot(_) => None,
        Target::Registry(_) | Target::Repository(_) => Some(written.to_owned()),
        Target::Layout {
            folder,
            tag,
            digest,
        } => {
            let mut lasting = absolute("oci:", folder)?;
            if let Some(tag) = tag {
                lasting.push(':');
                lasting.push_str(tag.as_str());
            }
            if let Some(digest) = digest {
                lasting.push('@');
                lasting.push_str(&digest.to_string());
            }
            Some(lasting)
        }
        Target::OciArchive(path) => absolute("oci-archive:", path),
        Target::DockerArchive(path) => absolute("docker-archive:", path),
        Target::Storage(path) => absolute("storage:", path),
        Target::Path(path) => absolute("", path),
    }
}

fn is_target(line: &str) -> bool {
    !line.trim().is_empty() && line.len() <= LONGEST && !line.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_target_comes_first_and_each_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        let recent = Recent::new(&folder.path().join("not/there/yet"));
        assert_eq!(recent.targets(), [""; 0]);
        for target in ["a.example/x", "demo", "a.example/x", "two\nlines"] {
            recent.note(target).unwrap();
        }
        assert_eq!(recent.targets(), ["a.example/x", "demo"]);
        for number in 0..50 {
            recent.note(&format!("r.example/{number}")).unwrap();
        }
        assert_eq!(recent.targets().len(), KEPT);
        assert_eq!(recent.targets()[0], "r.example/49");
    }

    #[test]
    fn what_is_kept_is_never_pushed_out_and_what_is_forgotten_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let recent = Recent::new(folder.path());
        recent.note("mine.example/a").unwrap();
        recent.pin("mine.example/a", true).unwrap();
        for number in 0..50 {
            recent.note(&format!("r.example/{number}")).unwrap();
        }
        recent.note("mine.example/a").unwrap();
        assert_eq!(recent.pinned(), ["mine.example/a"]);
        assert!(!recent.targets().contains(&"mine.example/a".to_owned()));
        recent.pin("mine.example/a", false).unwrap();
        assert_eq!(recent.pinned(), [""; 0]);
        assert_eq!(recent.targets()[0], "mine.example/a");
        recent.forget("mine.example/a").unwrap();
        assert_eq!(recent.targets()[0], "r.example/49");
    }

    #[test]
    fn a_path_is_remembered_from_the_root_of_the_file_system() {
        let lasting = |written: &str| lasting(written, &Target::parse(written, None).unwrap());
        assert_eq!(lasting("demo"), None);
        assert_eq!(lasting("r.example/a:1").as_deref(), Some("r.example/a:1"));
        assert_eq!(lasting("/a/b").as_deref(), Some("/a/b"));
        assert_eq!(lasting("storage:/a").as_deref(), Some("storage:/a"));
        let relative = lasting("oci:a:1").unwrap();
        assert!(
            relative.starts_with("oci:/") && relative.ends_with("/a:1"),
            "{relative}"
        );
    }
}
