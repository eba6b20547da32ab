//! Lists without an end, without sense, and with traps in them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use regscope::oci::{AbsenceKind, Answer, Body, Question, RemoteText};
use serde_json::json;

use crate::support::content::{INDEX, described};
use crate::support::server::{Request, Response};
use crate::support::{Fault, Options, TestRegistry};
use crate::{Case, Sees, entries};

const TAGS: &str = "/v2/app/tags/list";

fn tags(registry: &TestRegistry, fault: Fault) -> Question {
    registry.tagged_image("app", "1");
    registry.fault(TAGS, fault);
    Question::tags(registry.repository("app"))
}

/// Pages that each name another next one; `items` makes the entries of a page from its number.
fn pages_for_ever(items: fn(usize) -> Vec<String>) -> Fault {
    let number = AtomicUsize::new(0);
    Fault::made(move |_| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let body = json!({"name": "app", "tags": items(number)}).to_string();
        Response::new(200, "application/json", body)
            .header("Link", &format!("<{TAGS}?page={number}>; rel=\"next\""))
    })
}

fn names(answers: &[Answer]) -> Vec<&str> {
    let mut names = Vec::new();
    for answer in answers {
        if let Answer {
            body: Body::Tags(page),
            ..
        }
        | Answer {
            body: Body::Catalog(page),
            ..
        } = answer
        {
            names.extend(page.items.iter().map(RemoteText::as_str));
        }
    }
    names
}

fn referrers(registry: &TestRegistry, fault: Fault) -> Question {
    let image = registry.tagged_image("app", "1");
    registry.fault("/v2/app/referrers/*", fault);
    Question::referrers(registry.repository("app"), image.digest)
}

fn no_api() -> Options {
    Options {
        has_referrers_api: false,
        ..Options::default()
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let all = [
        endless(),
        links(),
        small_pages(),
        broken_off(),
        odd(),
        of_referrers(),
    ];
    all.into_iter().flatten().collect()
}

fn partly(
    name: &'static str,
    count: usize,
    words: &'static str,
    arrange: fn(&TestRegistry) -> Question,
) -> Case {
    Case::new(
        name,
        arrange,
        Sees::Partly(count, AbsenceKind::CutShort, words),
    )
}

fn endless() -> Vec<Case> {
    vec![
        partly(
            "10 million tags",
            800,
            "more than 800 entries (setting limits.list_entries)",
            |registry| {
                let names: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
                tags(registry, Fault::body(json!({"tags": names}).to_string()))
            },
        ),
        Case::new(
            "a list without an end",
            |registry| {
                tags(
                    registry,
                    Fault::endless(format!("{{\"tags\":[{}", "\"x\",".repeat(1000))),
                )
            },
            Sees::Shows(|answers| {
                let Some(Answer {
                    body: Body::Failed(absence),
                    ..
                }) = answers.last()
                else {
                    return false;
                };
                absence.kind == AbsenceKind::CutShort && entries(answers) == 1
            }),
        ),
        Case::new(
            "a list that is one endless name",
            |registry| {
                tags(
                    registry,
                    Fault::endless("{\"tags\":[\"".to_owned() + &"x".repeat(10_000)),
                )
            },
            Sees::Shows(|answers| {
                matches!(
                    answers.last(),
                    Some(Answer {
                        body: Body::Failed(_),
                        ..
                    })
                )
            }),
        ),
        partly(
            "pages without an end",
            120,
            "more than 120 pages (setting limits.pages)",
            |registry| {
                tags(
                    registry,
                    pages_for_ever(|number| vec![format!("t{number}")]),
                )
            },
        ),
        partly(
            "1,000 pages of nothing",
            0,
            "the last 100 pages had nothing new",
            |registry| tags(registry, pages_for_ever(|_| Vec::new())),
        ),
        partly(
            "the same page under ever new addresses",
            2,
            "the last 100 pages had nothing new",
            |registry| {
                tags(
                    registry,
                    pages_for_ever(|_| vec!["a".to_owned(), "b".to_owned()]),
                )
            },
        ),
        partly(
            "large pages without an end",
            11,
            "larger than 1 MiB (setting limits.list_bytes)",
            |registry| {
                tags(
                    registry,
                    pages_for_ever(|number| vec![format!("{number}{}", "x".repeat(100_000))]),
                )
            },
        ),
    ]
}

fn links() -> Vec<Case> {
    const UNREADABLE: &str = "may name a next page, but in a way that cannot be read";
    const ELSEWHERE: &str = "not on the registry's own address";
    fn link(registry: &TestRegistry, link: &str) -> Question {
        tags(
            registry,
            Fault::body("{\"tags\":[\"a\"]}").header("Link", link),
        )
    }
    vec![
        partly(
            "a Link to itself",
            1,
            "lead back to one that was read",
            |registry| link(registry, &format!("<{TAGS}?n=1000>; rel=\"next\"")),
        ),
        partly("a Link to another host", 1, ELSEWHERE, |registry| {
            link(
                registry,
                "<http://evil.example/v2/app/tags/list>; rel=\"next\"",
            )
        }),
        partly("a Link to another port", 1, ELSEWHERE, |registry| {
            link(
                registry,
                "<http://127.0.0.1:1/v2/app/tags/list>; rel=\"next\"",
            )
        }),
        partly("a Link to file:", 1, ELSEWHERE, |registry| {
            link(registry, "<file:///etc/passwd>; rel=\"next\"")
        }),
        partly("a Link with a password", 1, ELSEWHERE, |registry| {
            let host = registry.host();
            link(
                registry,
                &format!("<http://me:pw@{host}/v2/app/tags/list>; rel=next"),
            )
        }),
        partly(
            "a Link that is no address",
            1,
            "its address cannot be read",
            |registry| link(registry, "<http://[::/x>; rel=next"),
        ),
        partly("a Link to what is not there", 1, "404", |registry| {
            link(registry, "</v2/none/tags/list>; rel=next")
        }),
        partly("a Link that is noise", 1, UNREADABLE, |registry| {
            link(registry, "<<<>;;;rel=\"\",<")
        }),
        partly("a Link without brackets", 1, UNREADABLE, |registry| {
            link(registry, &format!("{TAGS}?last=a; rel=next"))
        }),
        partly("a Link that says no relation", 1, UNREADABLE, |registry| {
            link(registry, &format!("<{TAGS}?last=a>"))
        }),
        Case::new(
            "a Link that cannot be read, of a registry that honours last",
            |registry| {
                let page = |request: &Request| {
                    let body = match request.query("last").as_deref() {
                        None => r#"{"tags":["a"]}"#,
                        Some("a") => r#"{"tags":["b"]}"#,
                        Some(_) => r#"{"tags":[]}"#,
                    };
                    Response::new(200, "application/json", body).header("Link", "next please")
                };
                tags(registry, Fault::made(page))
            },
            Sees::Reads(|answers| names(answers) == ["a", "b"]),
        ),
        partly(
            "a Link of referrers that cannot be read",
            1,
            UNREADABLE,
            |registry| {
                let entry = described(&registry.image("app", "x"));
                let body = json!({"manifests": [entry]}).to_string();
                let fault = Fault::body(body).header("Content-Type", INDEX);
                referrers(registry, fault.header("Link", "</more>"))
            },
        ),
        Case::new(
            "a Link with another one in its title",
            |registry| {
                let page = |request: &Request| match request.query("last") {
                    None => Response::new(200, "application/json", r#"{"tags":["a"]}"#).header(
                        "Link",
                        &format!("<{TAGS}?last=a>; title=\"a,b;rel=prev</none>\"; rel='next'"),
                    ),
                    Some(_) => Response::new(200, "application/json", r#"{"tags":["b"]}"#),
                };
                tags(registry, Fault::made(page))
            },
            Sees::Reads(|answers| names(answers) == ["a", "b"]),
        ),
    ]
}

/// Pages that are smaller than what was asked for, and no `Link`.
fn small_pages() -> Vec<Case> {
    fn capped(registry: &TestRegistry, cap: usize) -> Question {
        let page = move |request: &Request| {
            let last = request.query("last");
            let all: Vec<String> = (0..202).map(|number| format!("t{number:03}")).collect();
            let after = |name: &&String| last.as_ref().is_none_or(|last| *name > last);
            let page: Vec<&String> = all.iter().filter(after).take(cap).collect();
            Response::new(200, "application/json", json!({"tags": page}).to_string())
        };
        tags(registry, Fault::made(page))
    }
    fn has_all(answers: &[Answer]) -> bool {
        let names = names(answers);
        names.len() == 202 && names.last() == Some(&"t201")
    }
    vec![
        Case::new(
            "pages of 50 without a Link",
            |registry| capped(registry, 50),
            Sees::Reads(has_all),
        ),
        Case::new(
            "pages of 7 without a Link",
            |registry| capped(registry, 7),
            Sees::Reads(has_all),
        ),
        Case::new(
            "pages of 101 without a Link, twice as many as there are",
            |registry| capped(registry, 101),
            Sees::Reads(has_all),
        ),
        Case::new(
            "a registry that fails when asked for what follows",
            |registry| {
                let page = |request: &Request| match request.query("last") {
                    None => Response::new(200, "application/json", r#"{"tags":["a","b"]}"#),
                    Some(_) => Response::new(404, "text/plain", "no such page"),
                };
                tags(registry, Fault::made(page))
            },
            Sees::Reads(|answers| names(answers) == ["a", "b"]),
        ),
        partly(
            "ever new names after the last one",
            240,
            "more than 120 pages (setting limits.pages)",
            |registry| {
                let number = AtomicUsize::new(0);
                let page = move |_: &Request| {
                    let number = number.fetch_add(2, Ordering::Relaxed);
                    let names = [format!("t{number}"), format!("t{}", number + 1)];
                    Response::new(200, "application/json", json!({"tags": names}).to_string())
                };
                tags(registry, Fault::made(page))
            },
        ),
    ]
}

/// Lists of which only the start arrives.
fn broken_off() -> Vec<Case> {
    const START: &str = r#"{"name":"app","tags":["v1","v2""#;
    vec![
        partly(
            "a list that stops in the middle",
            2,
            "the list breaks off: nothing more came for 1 s (--timeout)",
            |registry| tags(registry, Fault::stalled(START)),
        ),
        partly(
            "a list whose connection breaks",
            2,
            "the list breaks off: the connection broke: ",
            |registry| tags(registry, Fault::truncated(START, 500)),
        ),
        partly(
            "a list that drips",
            2,
            "the list breaks off: the answer was not there within 2 s",
            |registry| {
                let body = format!("{START},\"{}", "x".repeat(1_000));
                tags(registry, Fault::dripping(body, Duration::from_millis(40)))
            },
        ),
        Case::fails(
            "a list that stops before its first name",
            AbsenceKind::Failed,
            "nothing more came for 1 s (--timeout)",
            |registry| tags(registry, Fault::stalled("{")),
        ),
        partly(
            "referrers that stop in the middle",
            1,
            "the list breaks off: nothing more came for 1 s (--timeout)",
            |registry| {
                let entry = described(&registry.image("app", "x"));
                let body = format!("{{\"manifests\":[{entry},");
                referrers(registry, Fault::stalled(body).header("Content-Type", INDEX))
            },
        ),
        Case::new(
            "a list whose connection breaks once",
            |registry| tags(registry, Fault::truncated(START, 500).times(1)),
            Sees::Reads(|answers| names(answers) == ["1"]),
        ),
    ]
}

fn odd() -> Vec<Case> {
    fn body(registry: &TestRegistry, body: &str) -> Question {
        tags(registry, Fault::body(body))
    }
    vec![
        Case::new(
            "tags that could drive a terminal",
            |registry| {
                body(
                    registry,
                    r#"{"tags":["\u001b[2J","\u202egpj","a\u200bb","ok\n","../x"]}"#,
                )
            },
            Sees::Reads(|answers| {
                let names = names(answers);
                names == ["\u{1b}[2J", "\u{202e}gpj", "a\u{200b}b", "ok\n", "../x"]
            }),
        ),
        Case::new(
            "a tag twice",
            |registry| body(registry, r#"{"tags":["a","a","b","a"]}"#),
            Sees::Reads(|answers| names(answers) == ["a", "b"]),
        ),
        Case::new(
            "tags that are null",
            |registry| body(registry, r#"{"tags":null}"#),
            Sees::Reads(|a| entries(a) == 0),
        ),
        Case::new(
            "tags that are no texts",
            |registry| body(registry, r#"{"tags":["a",1,null,["b"],{"c":"d"},"e"]}"#),
            Sees::Partly(
                2,
                AbsenceKind::Invalid,
                "4 entries of the list were left out: the first is no text",
            ),
        ),
        Case::new(
            "tags twice in one answer",
            |registry| body(registry, r#"{"tags":["a"],"name":"app","tags":["b"]}"#),
            Sees::Partly(2, AbsenceKind::Invalid, "`tags` stands twice in one answer"),
        ),
        Case::new(
            "tags with half a surrogate",
            |registry| body(registry, r#"{"tags":["a","\ud800"]}"#),
            Sees::Partly(
                1,
                AbsenceKind::Invalid,
                "an entry of the list was left out: it is no text",
            ),
        ),
        Case::new(
            "tags that are not UTF-8",
            |registry| {
                tags(
                    registry,
                    Fault::body(b"{\"tags\":[\"a\",\"\xff\"]}".to_vec()),
                )
            },
            Sees::Partly(1, AbsenceKind::CutShort, "the list breaks off"),
        ),
        Case::new(
            "a list that breaks off",
            |registry| body(registry, r#"{"tags":["a","b""#),
            Sees::Partly(2, AbsenceKind::CutShort, "the list breaks off"),
        ),
        Case::fails(
            "a list of another shape",
            AbsenceKind::Invalid,
            "the list cannot be read",
            |registry| body(registry, "[\"a\"]"),
        ),
        Case::fails(
            "a list without tags",
            AbsenceKind::Invalid,
            "it has no `tags`",
            |registry| body(registry, "{}"),
        ),
        Case::fails(
            "an error that says 200",
            AbsenceKind::Invalid,
            "quota exceeded",
            |registry| {
                body(
                    registry,
                    r#"{"errors":[{"code":"DENIED","message":"quota exceeded"}]}"#,
                )
            },
        ),
        Case::fails(
            "a page instead of a list",
            AbsenceKind::Invalid,
            "this may be no registry",
            |registry| body(registry, "<html>"),
        ),
        Case::new(
            "a catalog with .. in names",
            |registry| {
                let body = r#"{"repositories":["../etc","a/../b","good","A B","\u001b"]}"#;
                registry.fault("/v2/_catalog", Fault::body(body));
                Question::catalog(registry.origin())
            },
            Sees::Reads(|answers| names(answers).len() == 5),
        ),
        Case::fails(
            "a repository called ..",
            AbsenceKind::Invalid,
            "is no valid repository name",
            |registry| Question::tags(registry.repository("../../v2/good")),
        ),
        Case::fails(
            "a tag that is a path",
            AbsenceKind::Invalid,
            "is no valid tag",
            |registry| Question::tag(registry.repository("app"), "../../good/manifests/1".into()),
        ),
        Case::fails(
            "a catalog that is not there",
            AbsenceKind::Unsupported,
            "name a repository",
            |registry| {
                registry.fault("/v2/_catalog", Fault::status(404));
                Question::catalog(registry.origin())
            },
        ),
    ]
}

fn of_referrers() -> Vec<Case> {
    vec![
        Case::new(
            "referrers that are no descriptors",
            |registry| {
                let entry = described(&registry.image("app", "x"));
                let body = json!({"manifests": [{"digest": "sha256:../x"}, 7, null, entry]}).to_string();
                referrers(registry, Fault::body(body).header("Content-Type", INDEX))
            },
            Sees::Partly(1, AbsenceKind::Invalid, "3 entries of the list were left out"),
        ),
        Case::fails("referrers that are no JSON", AbsenceKind::Invalid, "the list cannot be read", |registry| {
            referrers(registry, Fault::body("nonsense").header("Content-Type", INDEX))
        }),
        Case::fails("referrers that are forbidden", AbsenceKind::Forbidden, "403", |registry| {
            referrers(registry, Fault::status(403))
        }),
        Case::fails("referrers of a server that fails", AbsenceKind::Failed, "after 4 tries", |registry| {
            referrers(registry, Fault::status(500))
        }),
        Case::new(
            "referrers of another type",
            |registry| referrers(registry, Fault::body("<html>").header("Content-Type", "text/html\u{202e}")),
            Sees::Partly(0, AbsenceKind::Unsupported, "has no referrers API"),
        ),
        Case::new(
            "a referrers API that is gone",
            |registry| referrers(registry, Fault::status(410)),
            Sees::Partly(0, AbsenceKind::Unsupported, "no referrers API (410)"),
        ),
        Case::new(
            "a referrers API that wants another type",
            |registry| referrers(registry, Fault::status(415)),
            Sees::Partly(0, AbsenceKind::Unsupported, "no referrers API (415)"),
        ),
        Case::new(
            "a referrers API that is a teapot, and the tag in its place",
            |registry| {
                let image = registry.tagged_image("app", "1");
                let entry = described(&registry.image("app", "x"));
                let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
                let index = registry.manifest("app", INDEX, &index.to_string());
                registry.tag("app", &regscope::oci::tag::fallback_tag(&image.digest), &index);
                registry.fault("/v2/app/referrers/*", Fault::status(418));
                Question::referrers(registry.repository("app"), image.digest)
            },
            Sees::Shows(|answers| entries(answers) == 1),
        ),
        Case::new(
            "referrers that refer to each other",
            |registry| {
                let image = registry.tagged_image("app", "1");
                let one = registry.referrer("app", &image, "text/a", "one");
                let body = json!({"manifests": [described(&one), described(&image), described(&one)]}).to_string();
                registry.fault("/v2/app/referrers/*", Fault::body(body).header("Content-Type", INDEX));
                Question::referrers(registry.repository("app"), image.digest)
            },
            Sees::Reads(|answers| entries(answers) == 2),
        ),
        Case::new(
            "a referrers tag that names an image",
            |registry| {
                let image = registry.tagged_image("app", "1");
                registry.tag("app", &regscope::oci::tag::fallback_tag(&image.digest), &image);
                Question::referrers(registry.repository("app"), image.digest)
            },
            Sees::Shows(|answers| {
                matches!(answers, [_, Answer { body: Body::Failed(absence), .. }] if absence.kind == AbsenceKind::Invalid)
            }),
        )
        .with(no_api),
        Case::new(
            "a referrers tag without an end",
            |registry| {
                let image = registry.tagged_image("app", "1");
                let path = format!("/v2/app/manifests/{}", regscope::oci::tag::fallback_tag(&image.digest));
                registry.fault(&path, Fault::endless("x".repeat(4096)));
                Question::referrers(registry.repository("app"), image.digest)
            },
            Sees::Shows(|answers| {
                matches!(answers, [_, Answer { body: Body::Failed(absence), .. }] if absence.kind == AbsenceKind::TooLarge)
            }),
        )
        .with(no_api),
    ]
}
