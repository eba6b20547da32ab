//! The command line: one file a command, and the edge where errors become words and exit codes.

mod arguments;
mod cache;
mod config;
mod crawled;
mod diff;
mod fail;
mod impact;
mod inspect;
mod manual;
mod mistyped;
mod output;
mod policies;
mod progress;
mod read_image;
mod sbom;
mod sbom_text;
mod screen;
mod search;
mod stale;
mod standard_input;
mod tree;
mod tree_columns;
mod tree_text;
mod unmatched;
mod updates;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use arguments::{Arguments, Command};
use fail::Failure;

/// Runs the program with `arguments` (the program's name first) and gives its exit code.
///
/// Codes as in `README.md`: 0 done, 1 the answer is no, 2 wrong usage, 3 the target could not be read, 4 read in part,
/// 130 interrupted.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_help = !error.use_stderr();
            // Nothing can be done about a terminal that does not take its own help.
            let _ = error.print();
            return if is_help {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::internal(format!("cannot start the runtime: {error}")).report();
        }
    };
    let result = runtime.block_on(run(arguments));
    // Requests that nobody waits for any more end with the program, not before it.
    runtime.shutdown_background();
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Reads the command line, with the order of what `impact` is to do.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    let mut parsed =
        Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    if let (Some(Command::Impact(impact)), Some(matches)) =
        (&mut parsed.command, matches.subcommand_matches("impact"))
    {
        impact.order(matches);
    }
    Ok(parsed)
}

async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Some(Command::Tree { targets }) => tree::run(targets, &arguments.common).await,
        Some(Command::Verify(arguments_of)) => verify::run(arguments_of, &arguments.common).await,
        Some(Command::Inspect { targets }) => inspect::run(targets, &arguments.common).await,
        Some(Command::Impact(impact)) => impact::run(impact, &arguments.common).await,
        Some(Command::Stale(stale)) => stale::run(stale, &arguments.common).await,
        Some(Command::Updates(updates)) => updates::run(updates, &arguments.common).await,
        Some(Command::Search(search)) => search::run(search, &arguments.common).await,
        Some(Command::Sbom(sbom)) => sbom::run(sbom, &arguments.common).await,
        Some(Command::Diff(diff)) => diff::run(diff, &arguments.common).await,
        Some(Command::Policies) => policies::run(&arguments.common),
        Some(Command::Cache { clear }) => cache::run(*clear, &arguments.common),
        Some(Command::Config) => config::run(&arguments.common),
        Some(Command::Completions { shell }) => manual::completions(*shell),
        Some(Command::Man) => manual::page(),
        None => {
            mistyped::refuse(&arguments.targets)?;
            screen::run(&arguments.targets, &arguments.in_use, &arguments.common).await
        }
    }
}
