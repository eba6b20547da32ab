//! What may be written after `regscope impact`.

use std::path::PathBuf;

use clap::{ArgMatches, Args, ValueEnum};

use crate::insight::impact::Tool;

/// What `impact` is told.
#[derive(Debug, Args)]
pub(in crate::cli) struct ImpactArguments {
    /// What to look at: a registry, repositories of one, a storage.
    #[arg(required = true, value_name = "TARGET")]
    pub(super) targets: Vec<String>,
    /// Delete REPOSITORY:TAG or REPOSITORY@DIGEST, as the target shows them; with `*` all that match; `-` reads
    /// references from standard input, one a line. Again and again, in the order given.
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    delete: Vec<String>,
    /// Move a tag: REPOSITORY:TAG=DIGEST.
    #[arg(long = "move", value_name = "TAG=DIGEST")]
    moved: Vec<String>,
    /// By whose rules, instead of those that are recognised; `regscope policies` lists them.
    #[arg(long, value_name = "NAME")]
    pub(super) policy: Option<String>,
    /// Whether the registry's configuration allows deletion, where an option decides that (distribution and olareg have
    /// it off as they come).
    #[arg(long, value_enum, value_name = "ON|OFF")]
    pub(super) deletion: Option<Switch>,
    /// Which tags the retention rules of the registry keep, as a regular expression that is searched for in the tag (zot's
    /// `keepTags`); every other goes by itself. Again and again; `.` keeps all, as without rules.
    #[arg(long, value_name = "REGEX")]
    pub(super) keep_tags: Vec<String>,
    /// Choose tags that were made before: an age (30d, 12h, 6w, 1y) or a date, by the date that the publisher stated in
    /// the image, not by its push. Among those that patterns match, else among all.
    #[arg(long, value_name = "AGE|DATE")]
    pub(super) older_than: Option<String>,
    /// Choose all but the N newest tags of each repository: by version where tags are versions, else by date.
    #[arg(long, value_name = "N")]
    pub(super) keep_newest: Option<usize>,
    /// What must not break: references one a line, `kubectl get pods -A -o json`, a Compose file, `docker ps` or
    /// `crictl` as JSON. Again and again.
    #[arg(long, value_name = "FILE")]
    pub(super) in_use: Vec<PathBuf>,
    /// Print the actions as commands of this tool, in a safe order, instead of the answer.
    #[arg(long, value_enum, value_name = "TOOL", conflicts_with = "why")]
    pub(super) commands: Option<CommandTool>,
    /// Why is this digest, or what this reference names, kept, or by what does it go?
    #[arg(long, value_name = "DIGEST|REF")]
    pub(super) why: Option<String>,
    /// Tell blobs one by one, where the text has one line for all of them.
    #[arg(long, short, conflicts_with_all = ["why", "commands"])]
    pub(super) verbose: bool,
    /// The steps in the order in which they were written; the parser keeps each list by itself.
    #[arg(skip)]
    pub(super) steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `--delete`.
    Delete(String),
    /// `--move`.
    Move(String),
}

impl ImpactArguments {
    /// The options that can read standard input, each with whether it does, once for each time that it is given.
    pub(super) fn input_readers(&self) -> Vec<(&'static str, bool)> {
        let deletions = self.delete.iter().map(|text| ("--delete -", text == "-"));
        let uses = self.in_use.iter();
        let uses = uses.map(|file| ("--in-use -", file.as_os_str() == "-"));
        deletions.chain(uses).collect()
    }

    /// Puts deletions and moves in the order in which they were written, from the matches of this command.
    pub(in crate::cli) fn order(&mut self, matches: &ArgMatches) {
        let places = |name: &str| matches.indices_of(name).into_iter().flatten();
        let deletions = places("delete").zip(self.delete.iter().cloned().map(Step::Delete));
        let moves = places("moved").zip(self.moved.iter().cloned().map(Step::Move));
        let mut steps: Vec<(usize, Step)> = deletions.chain(moves).collect();
        steps.sort_by_key(|(place, _)| *place);
        self.steps = steps.into_iter().map(|(_, step)| step).collect();
    }
}

/// An option of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// It is on.
    On,
    /// It is off.
    Off,
}

/// A tool that changes registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CommandTool {
    /// regclient's.
    Regctl,
    /// ORAS'.
    Oras,
    /// go-containerregistry's.
    Crane,
    /// Skopeo.
    Skopeo,
}

impl From<CommandTool> for Tool {
    fn from(tool: CommandTool) -> Self {
        match tool {
            CommandTool::Regctl => Self::Regctl,
            CommandTool::Oras => Self::Oras,
            CommandTool::Crane => Self::Crane,
            CommandTool::Skopeo => Self::Skopeo,
        }
    }
}
