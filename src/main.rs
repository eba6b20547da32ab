//! The `regscope` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    regscope::cli::main(std::env::args_os())
}
