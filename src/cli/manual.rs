//! `regscope completions` and `regscope man`: both are made from the command line's own definition.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::fail::Failure;
use super::output;

/// Prints the script with which `shell` completes.
pub(super) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "regscope", &mut script);
    output::verbatim(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the manual: the page of the program, and one of each command after it.
pub(super) fn page() -> Result<ExitCode, Failure> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let failed = |error| Failure::internal(format!("cannot make the manual page: {error}"));
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(failed)?;
    for below in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let name = format!("regscope-{}", below.get_name());
        clap_mangen::Man::new(below.clone())
            .title(name)
            .render(&mut page)
            .map_err(failed)?;
    }
    output::verbatim(String::from_utf8_lossy(&page).trim_end())?;
    Ok(ExitCode::SUCCESS)
}
