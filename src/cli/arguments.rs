//! What may be written on the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::crawl::{Plan, TagFilter, check_pattern};
use crate::session::{Network, Recent};
use crate::source::Limits;
use crate::source::cache::Cache;
use crate::source::registry::{Concurrency, CredentialSource, RequestBudget, Secret, TlsSettings};

use super::diff::DiffArguments;
use super::fail::Failure;
use super::impact::ImpactArguments;
use super::sbom::SbomArguments;
use super::search::SearchArguments;
use super::stale::StaleArguments;
use super::updates::UpdatesArguments;
use super::verify::VerifyArguments;

/// See what a container registry really holds. It only reads.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true, after_help = TARGETS, after_long_help = format!("{EXAMPLES}\n\n{TARGETS}"))]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// What to look at; every target is a root of the screen.
    #[arg(value_name = "TARGET")]
    pub(super) targets: Vec<String>,
    /// What must not break, for the screen: the impact of what is marked tells who would be hurt. As of `impact
    /// --in-use`, again and again.
    #[arg(long, value_name = "FILE")]
    pub(super) in_use: Vec<std::path::PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// The end of the long help: what people come to do, each with the line that does it.
const EXAMPLES: &str = "\
Examples:
  Look around without a registry
      regscope demo
  See what an image is made of, with everything that is attached to it
      regscope ghcr.io/team/app:1.2
      regscope tree ghcr.io/team/app:1.2
  See what is left of a registry's storage, untagged manifests and orphaned blobs included
      regscope storage:/var/lib/registry
  Know what a deletion would take, before it does
      regscope impact registry.example.com/team/app --delete team/app:1.2
      regscope impact registry.example.com/ --delete 'team/app:1.*' --in-use pods.json
  Know what the next garbage collection takes
      regscope impact storage:/var/lib/registry
  Give the answer to a program
      regscope tree oci:./image --format json | jq '.coverage'
  Work without network, on what was read before
      regscope --offline ghcr.io/team/app";

const TARGETS: &str = "\
Targets:
  demo                           the built-in example registry
  HOST/, HOST:PORT               a registry: its catalog, where it has one
  HOST/team/app[:TAG|@DIGEST]    a repository, a tag, a manifest
  alpine, node:22                Docker's short names
  oci:DIR[:TAG], ./DIR           an OCI image layout
  oci-archive:FILE[:NAME]        an archive, also docker-archive:FILE[:NAME] or ./FILE.tar
  storage:DIR                    a registry's own storage, read-only

Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 the target could not be read, 4 read in part.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the joined graph: tags, platforms, referrers of every kind, and how each was found.
    #[command(after_help = TARGETS)]
    Tree {
        /// What to look at; again and again.
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Tell what an image is: what it says of itself and where, what evidence each platform has, how it was built, what is
    /// said of its vulnerabilities.
    #[command(after_help = TARGETS)]
    Inspect {
        /// The image, or a repository of which each image is told; again and again.
        #[arg(required = true, value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Foretell what deleting or moving removes, refuses, leaves dangling or breaks, by the rules of the registry.
    /// Without an action: what the next collection removes. Nothing is changed.
    Impact(Box<ImpactArguments>),
    /// Tell which base each image stands on, by which evidence, and whether it has moved.
    Stale(Box<StaleArguments>),
    /// Tell which tags of the same variant are newer, and what every tag is to the one in question.
    #[command(after_help = TARGETS)]
    Updates(Box<UpdatesArguments>),
    /// Check every signature and attestation of a target, check by check; or those in a file. Asks for the layers of what
    /// is attached, verifies offline, and trusts only what is named.
    Verify(Box<VerifyArguments>),
    /// Print what is in an image, as its attached bills of materials say; also of a file that is attached to nothing.
    #[command(after_help = TARGETS)]
    Sbom(SbomArguments),
    /// Tell which images have a package or a licence, or are spoken of by VEX.
    #[command(after_help = TARGETS)]
    Search(Box<SearchArguments>),
    /// Tell what differs between two images: layers, packages, configuration, identity and evidence. Exit code 0 where
    /// nothing does, 1 where something does.
    #[command(after_help = TARGETS)]
    Diff(Box<DiffArguments>),
    /// List the rules of registries that `impact` knows, and what each stands on.
    Policies,
    /// Tell what is kept between runs: where, and how much.
    Cache {
        /// Remove all of it.
        #[arg(long)]
        clear: bool,
    },
    /// Print the configuration as it is in force: every setting, what it is for, and where its value is from.
    Config,
    /// Print what a shell needs to complete this program's commands and options.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff: `regscope man | man -l -`.
    Man,
}

/// How a command prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: documented in README.md.
    Json,
}

/// What goes everywhere.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch on the command line"
)]
pub(super) struct Common {
    /// How to print.
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(super) format: Format,
    /// Only tags that match, as a glob; again and again, `!PATTERN` excludes.
    #[arg(long, value_name = "PATTERN", global = true, value_parser = pattern)]
    tags: Vec<String>,
    /// Ask every other tag whether it names the same as the tag that is the target, however many there are (of up to
    /// 250 all are asked without being told).
    #[arg(long, global = true)]
    aliases: bool,
    /// Take remembered answers that are younger than this as they are: 90s, 10m, 2h, 1d.
    #[arg(long, value_name = "DURATION", global = true, value_parser = duration)]
    max_age: Option<Duration>,
    /// Print the beginning of every digest in the text of a tree.
    #[arg(long, global = true)]
    digests: bool,
    /// Only this platform of an index.
    #[arg(long, value_name = "OS/ARCH", global = true, value_parser = platform)]
    platform: Option<String>,
    /// Ask for no more than N levels below the target.
    #[arg(long, value_name = "N", global = true)]
    depth: Option<u32>,
    /// Read configs too, and the manifests of referrers that a list only described.
    #[arg(long, global = true)]
    full: bool,
    /// Make no more than N requests.
    #[arg(long, value_name = "N", global = true)]
    max_requests: Option<u64>,
    /// Give up on an answer after so many seconds without a byte.
    #[arg(long, value_name = "SECONDS", global = true, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
    /// Requests at once to one host: a number, or `auto`.
    #[arg(long, value_name = "N|auto", global = true, default_value = "auto", value_parser = concurrency)]
    concurrency: Concurrency,
    /// Certificates in PEM that are trusted beside the system's.
    #[arg(long, value_name = "FILE", global = true)]
    ca_file: Option<PathBuf>,
    /// The client's certificate in PEM.
    #[arg(long, value_name = "FILE", global = true)]
    cert: Option<PathBuf>,
    /// The key of the client's certificate in PEM.
    #[arg(long, value_name = "FILE", global = true)]
    cert_key: Option<PathBuf>,
    /// Use plain HTTP beyond this machine too.
    #[arg(long, global = true)]
    plain_http: bool,
    /// Believe whoever answers. The screen keeps saying so.
    #[arg(long, global = true)]
    insecure_skip_verify: bool,
    /// The user name for the registry; the password comes with --password-stdin.
    #[arg(long, value_name = "NAME", global = true, requires = "password_stdin")]
    username: Option<String>,
    /// Read the password from standard input.
    #[arg(long, global = true, requires = "username")]
    password_stdin: bool,
    /// Ask no registry; show what is remembered.
    #[arg(long, global = true, conflicts_with = "no_cache")]
    offline: bool,
    /// Neither use nor keep what is remembered.
    #[arg(long, global = true)]
    no_cache: bool,
    /// The configuration file, instead of the one in your folder for configuration.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Write one line a request to FILE.
    #[arg(long, value_name = "FILE", global = true)]
    log: Option<PathBuf>,
}

fn pattern(text: &str) -> Result<String, String> {
    check_pattern(text).map_err(|why| format!("it {why}; write a glob, as in 1.* or !*-rc"))?;
    Ok(text.to_owned())
}

fn platform(text: &str) -> Result<String, String> {
    let (parts, version) = text
        .split_once(':')
        .map_or((text, None), |(parts, version)| (parts, Some(version)));
    let is_platform =
        (2..=3).contains(&parts.split('/').count()) && !parts.split('/').any(str::is_empty);
    if is_platform && version != Some("") {
        Ok(text.to_owned())
    } else {
        Err("write OS/ARCH, as in linux/amd64, linux/arm/v7 or windows/amd64:10.0.20348".to_owned())
    }
}

/// A length of time, as in `10m` or `1h 30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a length of time, as in 90s, 10m, 2h or 1d".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    // Of months and years it is not known how long they are.
    let length = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    Duration::try_from(length).map_err(|_| wrong())
}

fn concurrency(text: &str) -> Result<Concurrency, String> {
    match text {
        "auto" => Ok(Concurrency::Auto),
        _ => text
            .parse::<NonZeroUsize>()
            .map(Concurrency::Fixed)
            .map_err(|_| "write a number from 1, or auto".to_owned()),
    }
}

impl Common {
    /// What to crawl, as deep as the limits allow.
    pub(super) fn plan(&self, limits: &Limits) -> Plan {
        Plan {
            depth_limit: u32::try_from(limits.depth).unwrap_or(u32::MAX),
            entry_limit: limits.entries,
            unpacked_limit: limits.decompressed_bytes,
            is_full: self.full,
            depth: self.depth,
            tags: self.tags(),
            platform: self.platform.clone(),
            is_offline: self.offline,
            is_aliases: self.aliases,
            fresh_since: Some(self.fresh_since()),
            ..Plan::default()
        }
    }

    /// The session from which on remembered answers are taken as they are, in milliseconds since 1970.
    fn fresh_since(&self) -> u64 {
        self.max_age.map_or(u64::MAX, |age| {
            let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
            crate::session::now().saturating_sub(age)
        })
    }

    /// Whether the text of a tree tells every digest.
    pub(super) fn shows_digests(&self) -> bool {
        self.digests
    }

    /// Which tags are wanted.
    pub(super) fn tags(&self) -> TagFilter {
        TagFilter::new(&self.tags)
    }

    /// The only platform that is wanted, if it is one.
    pub(super) fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// Whether registries are not asked at all.
    pub(super) fn is_offline(&self) -> bool {
        self.offline
    }

    /// What may be read, and how long may be waited: as configured, and as the flags say.
    pub(super) fn limits(&self) -> Result<Limits, Failure> {
        let mut limits = self.config()?.limits;
        if let Some(seconds) = self.timeout {
            limits.idle = Duration::from_secs(seconds.max(1));
            limits.connect = limits.connect.min(limits.idle);
            limits.whole = limits.whole.max(limits.idle);
        }
        Ok(limits)
    }

    /// What the person has configured.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        Config::load(self.config.as_deref()).map_err(|error| Failure::usage(error.to_string()))
    }

    /// Whether the times of `idle`, `connect` and `whole` are from the flag.
    pub(super) fn has_timeout(&self) -> bool {
        self.timeout.is_some()
    }

    /// Whether everything is to be read and told.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// What is kept between runs.
    pub(super) fn cache(&self) -> Option<Cache> {
        if self.no_cache {
            None
        } else {
            Cache::of_user()
        }
    }

    /// The targets that were opened lately; none where nothing is to be kept.
    pub(super) fn recent(&self) -> Option<Recent> {
        if self.no_cache {
            None
        } else {
            Recent::of_user()
        }
    }

    /// Errors: another option reads standard input too. `others` are those of the command, each with whether it is given.
    pub(super) fn reads_input_once(&self, others: &[(&str, bool)]) -> Result<(), Failure> {
        let own = ("--password-stdin", self.password_stdin);
        super::standard_input::has_one_reader(&[&[own], others].concat())
    }

    /// How registries are reached. Reads the password, if it is to come by standard input.
    pub(super) fn network(&self) -> Result<Network, Failure> {
        let credentials = match &self.username {
            Some(username) => CredentialSource::Explicit {
                username: username.clone(),
                password: Secret::new(super::standard_input::line("the password")?),
            },
            None => CredentialSource::from_environment(|name| std::env::var_os(name)),
        };
        let sink = match &self.log {
            None => None,
            Some(path) => {
                let file = log_file(path).map_err(|why| {
                    Failure::usage(format!(
                        "cannot write the request log {}: {why}",
                        path.display()
                    ))
                })?;
                Some(Box::new(file) as Box<dyn std::io::Write + Send>)
            }
        };
        Ok(Network {
            credentials,
            tls: TlsSettings {
                ca_file: self.ca_file.clone(),
                certificate: self.cert.clone(),
                key: self.cert_key.clone(),
                plain_http: self.plain_http,
                skip_verification: self.insecure_skip_verify,
            },
            concurrency: self.concurrency,
            cache: self.cache(),
            is_offline: self.offline,
            budget: self
                .max_requests
                .map_or_else(RequestBudget::default, RequestBudget::of),
            log: std::sync::Arc::new(crate::source::registry::RequestLog::new(sink)),
        })
    }
}

/// Opens the file of the request log anew. A pipe by name is refused: opening it waits until somebody reads. What is open
/// already, as `/dev/stderr`, is not.
fn log_file(path: &std::path::Path) -> Result<std::fs::File, String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let is_pipe = std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo());
        if is_pipe && !path.starts_with("/dev") && !path.starts_with("/proc") {
            return Err("it is a pipe, and nobody may be reading it; name a file".to_owned());
        }
    }
    std::fs::File::create(path).map_err(|error| error.to_string())
}
