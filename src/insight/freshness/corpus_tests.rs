//! The tag lists of the official images: every `Tags:` line is one release.

use std::fmt::Write as _;

use super::*;
use crate::oci::Digest;

/// What a rule that knows nothing but digits makes of a name: its numbers, and all that follows.
fn simple(name: &str) -> Option<(Vec<u64>, &str)> {
    let end = name.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (numbers, rest) = name.split_at(end.unwrap_or(name.len()));
    let numbers: Result<Vec<u64>, _> = numbers.split('.').map(str::parse).collect();
    // `_9` numbers a build, and `u502` an update, which is another matter.
    let build = rest.strip_prefix('_').unwrap_or(rest);
    let rest = build.trim_start_matches(|c: char| build.len() < rest.len() && c.is_ascii_digit());
    (!rest.starts_with('u')).then_some((numbers.ok()?, rest))
}

/// What is wrong with what is told of one image's tags, one line a tag.
fn misses(file: &str, text: &str, asked: &mut usize) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Tags:"))
        .collect();
    let listed: Vec<_> = lines
        .iter()
        .flat_map(|line| {
            let image = Some(Digest::of(line.as_bytes()));
            let names = line.split(',').map(str::trim);
            names.map(move |name| Listed {
                name,
                image,
                has_moved: false,
            })
        })
        .collect();
    let tags = Tags::read(&listed);
    let mut misses = Vec::new();
    for (place, tag) in tags.all().iter().enumerate() {
        *asked += 1;
        let name = tag.listed.name;
        let mut miss = |what: String| misses.push(format!("{file}: {name}: {what}"));
        let release = tags.get(tags.release(place).unwrap()).unwrap();
        let line = lines
            .iter()
            .find(|line| Some(Digest::of(line.as_bytes())) == tag.listed.image)
            .unwrap();
        let most = line
            .split(',')
            .map(|name| (name.bytes().filter(u8::is_ascii_digit).count(), name.len()));
        if name.starts_with(|c: char| c.is_ascii_digit()) && tag.version.is_none() {
            miss("no version".to_owned());
        }
        if most.clone().any(|(digits, _)| digits > 0)
            && !release
                .listed
                .name
                .bytes()
                .any(|byte| byte.is_ascii_digit())
        {
            miss(format!("the release is {}", release.listed.name));
        }
        if tags.aliases(place).count() + 1 != line.split(',').count() {
            miss("the aliases are not those of its line".to_owned());
        }
        let Some((numbers, rest)) = simple(name) else {
            continue;
        };
        let suffix = tag
            .version
            .map(|version| version.suffix().to_string())
            .unwrap_or_default();
        if rest.starts_with('-') && !rest.contains("rc") && !rest.ends_with(&suffix) {
            miss(format!("the variant is {suffix}"));
        }
        let alike = tags.all().iter().filter_map(|other| {
            let (others, others_rest) = simple(other.listed.name)?;
            (others.len() == numbers.len() && others_rest == rest && others > numbers)
                .then_some(others)
        });
        let newest = alike.max();
        let candidates = tags.candidates(place, None);
        let offered = candidates.major.or(candidates.minor).or(candidates.patch);
        let offered = offered.map(|place| tags.get(place).unwrap().listed.name);
        // A day is never offered for a version.
        let is_day = |numbers: &Vec<u64>| numbers.first().is_some_and(|first| *first > 19_000_000);
        let newest = newest.filter(|newest| is_day(newest) == is_day(&numbers));
        let expected = newest.map(|newest| {
            let numbers: Vec<_> = newest.iter().map(u64::to_string).collect();
            format!("{}{rest}", numbers.join("."))
        });
        if offered.map(|name| simple(name).map(|(numbers, rest)| (numbers, rest.to_owned())))
            != expected
                .as_deref()
                .map(|name| simple(name).map(|(numbers, rest)| (numbers, rest.to_owned())))
        {
            miss(format!("offered {offered:?}, expected {expected:?}"));
        }
    }
    misses
}

#[test]
#[ignore = "needs the corpus, in REGSCOPE_CORPUS"]
fn official_images_are_read_as_their_publishers_mean_them() {
    let corpus = std::env::var("REGSCOPE_CORPUS").expect("REGSCOPE_CORPUS names the corpus");
    let folder = std::path::Path::new(&corpus).join("tags/official-images");
    let mut report = String::new();
    let (mut asked, mut wrong) = (0, 0);
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        let misses = misses(
            &file.file_name().unwrap().to_string_lossy(),
            &text,
            &mut asked,
        );
        wrong += misses.len();
        for miss in misses {
            writeln!(report, "{miss}").unwrap();
        }
    }
    println!("{report}{} of {asked} answered right", asked - wrong);
    assert!(asked > 500, "{asked} tags");
    assert!(wrong * 100 <= asked, "{report}");
}
