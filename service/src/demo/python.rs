//! The emulator's own Python environment.
//!
//! Kept apart from whatever else is on the machine, with the versions the tests were written against.

use super::emulator::EmulatorError;
use tokio::process::Command;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Output;

/// What is installed, by exact version.
const PACKAGES: [(&str, &str); 3] = [
    ("ministack", "1.5.33"),
    ("aws-sam-translator", "1.115.0"),
    ("boto3", "1.43.106"),
];

const INSTALL_PYTHON: &str = "Debian and Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python";

/// The interpreter of a virtual environment.
pub(super) fn interpreter(venv: &Path) -> PathBuf {
    venv.join("bin").join("python")
}

/// Makes the environment where it is missing, incomplete or of other versions. `python` is the interpreter
/// to make it with.
pub(super) async fn prepare(
    python: &str,
    venv: &Path,
    progress: &impl Fn(&str),
) -> Result<(), EmulatorError> {
    if has_packages(venv).await {
        return Ok(());
    }
    progress("Making a Python environment for the AWS emulator");
    let made = run(Command::new(python)
        .args(["-m", "venv", "--clear"])
        .arg(venv))
    .await;
    match made {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_python()),
        Err(error) => return Err(not_started(python, &error)),
        Ok(output) if !output.status.success() => return Err(no_venv(venv, &output)),
        Ok(_) => {}
    }
    let wanted = PACKAGES.map(|(name, version)| format!("{name}=={version}"));
    progress(&format!("Installing {} with pip", wanted.join(", ")));
    let pip = interpreter(venv);
    let installed = run(Command::new(&pip)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(&wanted))
    .await
    .map_err(|error| not_started(&pip.display().to_string(), &error))?;
    if installed.status.success() {
        return Ok(());
    }
    Err(EmulatorError::new(format!(
        "pip could not install {}: {}\nIt needs Python 3.10 or newer and a way to the package index; pip's own configuration is respected",
        wanted.join(", "),
        last_lines(&installed)
    )))
}

async fn has_packages(venv: &Path) -> bool {
    let checks = PACKAGES
        .map(|(name, version)| format!("assert version('{name}') == '{version}'"))
        .join("; ");
    let script = format!("from importlib.metadata import version; {checks}");
    run(Command::new(interpreter(venv)).args(["-c", &script]))
        .await
        .is_ok_and(|output| output.status.success())
}

async fn run(command: &mut Command) -> std::io::Result<Output> {
    command.kill_on_drop(true).output().await
}

fn no_python() -> EmulatorError {
    EmulatorError::new(format!(
        "python3 not found; the AWS emulator needs Python 3.10 or newer\n{INSTALL_PYTHON}"
    ))
}

fn no_venv(venv: &Path, output: &Output) -> EmulatorError {
    let said = last_lines(output);
    if said.contains("ensurepip") || said.contains("No module named venv") {
        return EmulatorError::new(format!(
            "python3 cannot make virtual environments; its venv module is missing\n{INSTALL_PYTHON}"
        ));
    }
    EmulatorError::new(format!("python3 could not make {}: {said}", venv.display()))
}

fn not_started(program: &str, error: &std::io::Error) -> EmulatorError {
    EmulatorError::new(format!("{program} could not be started: {error}"))
}

/// Python prints the cause last, on either stream.
fn last_lines(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&both);
    let mut lines: Vec<&str> = text.trim().lines().rev().take(5).collect();
    lines.reverse();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    async fn answer(python: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let venv = folder.path().join("venv");
        prepare(python, &venv, &|_| {})
            .await
            .unwrap_err()
            .to_string()
    }

    /// An interpreter that says this and fails.
    async fn failing(words: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python3");
        fs::write(&python, format!("#!/bin/sh\necho \"{words}\"\nexit 1\n")).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        answer(&python.display().to_string()).await
    }

    #[tokio::test]
    async fn a_machine_without_python_is_told_how_to_get_it() {
        assert_eq!(
            answer("no-python-by-this-name").await,
            "python3 not found; the AWS emulator needs Python 3.10 or newer\nDebian and Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python"
        );
    }

    #[tokio::test]
    async fn a_python_without_venv_is_told_what_is_missing() {
        assert_eq!(
            failing("The virtual environment was not created because ensurepip is not available")
                .await,
            "python3 cannot make virtual environments; its venv module is missing\nDebian and Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python"
        );
    }

    #[tokio::test]
    async fn any_other_trouble_is_passed_on() {
        let said = failing("No space left on device").await;
        assert!(said.ends_with("venv: No space left on device"), "{said}");
    }
}
