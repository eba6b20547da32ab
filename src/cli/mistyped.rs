//! A word that stands where a command stands and is nearly one.

use clap::CommandFactory as _;

use super::arguments::Arguments;
use super::fail::Failure;

/// Refuses targets whose first is a slip of the pen for a command, with what was meant. An image that is really called so
/// can be named in full.
pub(super) fn refuse(targets: &[String]) -> Result<(), Failure> {
    let Some(word) = targets.first() else {
        return Ok(());
    };
    let Some(meant) = command_near(word) else {
        return Ok(());
    };
    Err(Failure::usage(format!(
        "`{word}` is no command: did you mean `{meant}`? For an image of that name write docker.io/library/{word}"
    )))
}

/// The command whose name is nearest to a word of small letters, if one is near: by one letter, or two where it is long.
fn command_near(word: &str) -> Option<String> {
    let is_word = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_word || word == "demo" {
        return None;
    }
    let command = Arguments::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let near = names.filter_map(|name| {
        let most = if name.len() > 5 { 2 } else { 1 };
        let distance = strsim::osa_distance(word, name);
        (distance <= most).then(|| (distance, name.to_owned()))
    });
    near.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_near_a_command_is_no_image() {
        for (word, meant) in [
            ("tre", "tree"),
            ("impct", "impact"),
            ("inspet", "inspect"),
            ("udpates", "updates"),
            ("policys", "policies"),
            ("serach", "search"),
        ] {
            assert_eq!(command_near(word).as_deref(), Some(meant), "{word}");
        }
        for word in [
            "alpine",
            "node",
            "debian",
            "redis",
            "traefik",
            "caddy",
            "mongo",
            "crate",
            "httpd",
            "demo",
            "a",
            "tre:1",
            "tre/x",
            "Tre",
            "",
            "team/tree",
            "matomo",
        ] {
            assert_eq!(command_near(word), None, "{word}");
        }
    }
}
