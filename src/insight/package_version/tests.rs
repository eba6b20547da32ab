//! Orders as the projects' own tests and documents have them.

use super::*;

/// Each list is in ascending order; what a slash parts is equal.
const ORDERED: [(&str, &str); 12] = [
    (
        "npm",
        "0.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0/v1.0.0/1.0.0+b/1.0 1.0.1 1.10.0 10.0.0",
    ),
    (
        "golang",
        "v0.0.0-20200101000000-abc v0.0.0-20230516145632-8ccac152c651 v1.2.3 v2.0.0/v2.0.0+incompatible",
    ),
    ("nuget", "1.0.0-Beta 1.0.0/1.0.0.0 1.0.0.1"),
    (
        "deb",
        "1.0~~ 1.0~rc1 1.0/0:1.0/1.0-0 1.0-1 1.0-1+b1 1.0-1.1 1.0a 1.0+dfsg 1.0.1 1.2 1.10 1:0.1",
    ),
    (
        "rpm",
        "1.0~rc1 1.0 1.0^git1 1.0a 1.0.1 1.1 1.10/1.010 2.0 1:1.0-1 1:1.0-1.el8 1:1.0-2.el8",
    ),
    (
        "apk",
        "1.2_alpha 1.2_beta2 1.2_rc1 1.2 1.2-r1 1.2-r10 1.2_git2020 1.2_p1 1.2a 1.2.0 1.2.1 1.10",
    ),
    (
        "pypi",
        "1.0.dev1 1.0a1.dev1 1.0a1/1.0.alpha1 1.0b2/1.0-beta-2 1.0rc1/1.0c1 1.0/1.0.0/v1.0 1.0+abc 1.0+5 1.0.post1.dev1 1.0.post1/1.0-1 1.1 1!0.1",
    ),
    ("gem", "1.0.a 1.0.b1 1.0.pre 1.0/1/1.0.0 1.0.1 1.9 1.10"),
    (
        "maven",
        "1-alpha-1/1-a1 1-beta 1-milestone 1-rc/1-cr 1-snapshot 1/1.0/1-ga/1.final 1-sp 1-abc 1-1 1.1 1.2.0-rc2 1.2 1.10",
    ),
    ("cran", "1.0 1.0-1 1.0-2 1.1"),
    ("alpm", "1.0-1 1.0-2 1.1-1 1:0.1-1"),
    ("go-module", "v1.9.0 v1.10.0"),
];

#[test]
fn versions_are_ordered_as_their_projects_order_them() {
    for (ecosystem, list) in ORDERED {
        let groups: Vec<Vec<&str>> = list
            .split(' ')
            .map(|group| group.split('/').collect())
            .collect();
        for (left_place, left) in groups.iter().enumerate() {
            for (right_place, right) in groups.iter().enumerate() {
                for one in left {
                    for other in right {
                        let order = compare(ecosystem, one, other);
                        assert_eq!(
                            order,
                            Some(left_place.cmp(&right_place)),
                            "{ecosystem}: {one} and {other}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_type_without_rules_knows_only_what_is_equal() {
    assert_eq!(compare("generic", "1", "1"), Some(Ordering::Equal));
    assert_eq!(compare("docker", "1", "2"), None);
}

#[test]
fn a_range_is_all_of_its_comparators() {
    for (range, ecosystem, inside, outside) in [
        (">=1.2,<2", "npm", "1.2.0 1.9.9 2.0.0-rc.1", "1.1.9 2.0.0"),
        ("1.2", "deb", "1.2", "1.2-1 1.3"),
        ("=1.2", "pypi", "1.2 1.2.0", "1.2.1"),
        ("!=1.2", "npm", "1.3.0", "1.2.0"),
        ("^1.2.3", "npm", "1.2.3 1.99.0 2.0.0-rc.1", "1.2.2 2.0.0"),
        ("^0.2.3", "cargo", "0.2.3 0.2.9", "0.3.0 1.0.0"),
        ("^v1.2", "golang", "v1.2.0 v1.9.0", "v2.0.0"),
        ("~1.2.3", "npm", "1.2.3 1.2.9", "1.3.0"),
        ("~1", "npm", "1.0.0 1.9.0", "2.0.0"),
        ("<=1:2.0-1", "deb", "9.0 1:2.0-1", "1:2.0-2"),
        ("<2", "docker", "", "1"),
    ] {
        let range = Range::parse(range).unwrap();
        for version in inside.split_whitespace() {
            assert!(range.has(ecosystem, version), "{range:?} {version}");
        }
        for version in outside.split_whitespace() {
            assert!(!range.has(ecosystem, version), "{range:?} {version}");
        }
    }
    for wrong in ["", ">", "1,", "<>1", ">=1,,<2"] {
        assert!(Range::parse(wrong).is_err(), "{wrong}");
    }
}
