//! Standard input: read by one option at most, and never without a bound.

use std::io::Read as _;

use super::fail::Failure;

/// What an option may be given by standard input: the pods of a large cluster.
const TEXT: u64 = 512 * 1024 * 1024;

/// A password, or the token that stands for one.
const LINE: u64 = 64 * 1024;

/// Errors: more than one of these options (each with whether it is given) would read standard input, and the second
/// would get what is left by the first. Asked before anything is read or sent.
pub(super) fn has_one_reader(options: &[(&str, bool)]) -> Result<(), Failure> {
    let readers = options.iter().filter(|(_, reads)| *reads);
    let names: Vec<&str> = readers.map(|(name, _)| *name).collect();
    match names[..] {
        [] | [_] => Ok(()),
        _ => Err(Failure::usage(format!(
            "only one of {} can read standard input: give the others as files or arguments",
            names.join(", ")
        ))),
    }
}

/// All of standard input. `what` it is for is told where it cannot be read.
pub(super) fn text(what: &str) -> Result<String, Failure> {
    read(TEXT, what, |input, text| input.read_to_string(text))
}

/// The first line of standard input, without its end.
pub(super) fn line(what: &str) -> Result<String, Failure> {
    let line = read(LINE, what, |input, line| {
        std::io::BufRead::read_line(&mut std::io::BufReader::with_capacity(1, input), line)
    })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

type Input<'a> = std::io::Take<std::io::StdinLock<'a>>;

fn read(
    most: u64,
    what: &str,
    way: impl FnOnce(&mut Input<'_>, &mut String) -> std::io::Result<usize>,
) -> Result<String, Failure> {
    let mut input = std::io::stdin().lock().take(most.saturating_add(1));
    let mut text = String::new();
    let count = way(&mut input, &mut text).map_err(|error| {
        Failure::usage(format!("cannot read {what} from standard input: {error}"))
    })?;
    if count as u64 > most {
        let words =
            format!("cannot read {what} from standard input: it is longer than {most} bytes");
        return Err(Failure::usage(words));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_readers_of_standard_input_are_refused_and_named() {
        assert!(has_one_reader(&[("--delete -", true), ("--password-stdin", false)]).is_ok());
        let both = has_one_reader(&[("--delete -", true), ("--password-stdin", true)]);
        let words = format!("{:?}", both.unwrap_err());
        assert!(words.contains("--delete -, --password-stdin"), "{words}");
    }
}
