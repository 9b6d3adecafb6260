//! The command line's door: everything is in [`ebbtide::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ebbtide::cli::main().into()
}
