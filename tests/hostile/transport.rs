//! What comes over the wire: noise, silence, redirects, refusals.

use std::time::Duration;

use regscope::oci::{AbsenceKind, Answer, Body, Question};

use crate::support::server::{Request, Response};
use crate::support::{Fault, Options, TestRegistry};
use crate::{Case, Sees};

const TAG: &str = "/v2/app/manifests/1";

fn answered(registry: &TestRegistry, fault: Fault) -> Question {
    registry.tagged_image("app", "1");
    registry.fault(TAG, fault);
    Question::tag(registry.repository("app"), "1".into())
}

fn is_read(answers: &[Answer]) -> bool {
    matches!(
        answers,
        [
            Answer {
                body: Body::Target(_),
                ..
            },
            Answer {
                body: Body::Manifest(_),
                ..
            }
        ]
    )
}

pub(crate) fn cases() -> Vec<Case> {
    [wire(), statuses(), redirects()]
        .into_iter()
        .flatten()
        .collect()
}

fn wire() -> Vec<Case> {
    const BROKE: &str = "the connection broke: ";
    vec![
        Case::fails(
            "silence",
            AbsenceKind::Failed,
            "no answer came within 1 s (--timeout)",
            |registry| answered(registry, Fault::silent()),
        ),
        Case::fails(
            "a head that comes byte by byte",
            AbsenceKind::Failed,
            "no answer came within 1 s (--timeout)",
            |registry| {
                let start = "HTTP/1.1 200 OK\r\nX-Slow: ";
                let every = Duration::from_millis(100);
                answered(registry, Fault::raw_endless(start, "x", every))
            },
        ),
        Case::fails(
            "hints without an end",
            AbsenceKind::Failed,
            "no answer came within 1 s (--timeout)",
            |registry| {
                let hint = "HTTP/1.1 103 Early Hints\r\n\r\n";
                answered(
                    registry,
                    Fault::raw_endless("", hint, Duration::from_millis(20)),
                )
            },
        ),
        Case::fails(
            "a connection that ends at once",
            AbsenceKind::Failed,
            BROKE,
            |registry| answered(registry, Fault::raw("")),
        ),
        Case::fails("half a head", AbsenceKind::Failed, BROKE, |registry| {
            answered(registry, Fault::raw("HTTP/1.1 200 OK\r\nContent-"))
        }),
        Case::fails(
            "a body that breaks off",
            AbsenceKind::Failed,
            BROKE,
            |registry| answered(registry, Fault::truncated("{\"schemaVersion\":2", 500)),
        ),
        Case::fails("HTTP/0.9", AbsenceKind::Failed, BROKE, |registry| {
            answered(registry, Fault::raw("<html>hello</html>\n"))
        }),
        Case::fails("another protocol", AbsenceKind::Failed, BROKE, |registry| {
            answered(registry, Fault::raw("SSH-2.0-OpenSSH_9.2\r\n"))
        }),
        Case::fails("noise", AbsenceKind::Failed, BROKE, |registry| {
            answered(
                registry,
                Fault::raw((0..=255u8).cycle().take(5_000).collect::<Vec<u8>>()),
            )
        }),
        Case::fails(
            "a header of 1 MB",
            AbsenceKind::TooLarge,
            "(setting limits.header_bytes)",
            |registry| {
                answered(
                    registry,
                    Fault::with_header("X-Large", &"x".repeat(1_000_000)),
                )
            },
        ),
        Case::fails(
            "a header of 100 kB",
            AbsenceKind::TooLarge,
            "(setting limits.header_bytes)",
            |registry| {
                answered(
                    registry,
                    Fault::with_header("X-Large", &"x".repeat(100_000)),
                )
            },
        ),
        Case::fails(
            "10,000 headers",
            AbsenceKind::TooLarge,
            "(setting limits.header_bytes)",
            |registry| {
                let headers: Vec<(String, String)> = (0..10_000)
                    .map(|n| (format!("X-{n}"), "x".to_owned()))
                    .collect();
                let make = move |_: &Request| Response {
                    headers: headers.clone(),
                    ..Response::new(200, "x", "{}")
                };
                answered(registry, Fault::made(make))
            },
        ),
        Case::fails(
            "a length below zero",
            AbsenceKind::Failed,
            BROKE,
            |registry| {
                answered(
                    registry,
                    Fault::raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"),
                )
            },
        ),
        Case::fails("two lengths", AbsenceKind::Failed, BROKE, |registry| {
            answered(
                registry,
                Fault::raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}"),
            )
        }),
        Case::fails(
            "a chunk of no length",
            AbsenceKind::Failed,
            BROKE,
            |registry| {
                answered(
                    registry,
                    Fault::raw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n",
                    ),
                )
            },
        ),
        Case::fails(
            "a chunk of all lengths",
            AbsenceKind::Failed,
            BROKE,
            |registry| {
                let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n";
                answered(registry, Fault::raw(chunk))
            },
        ),
        Case::new(
            "lost once, then fine",
            |registry| answered(registry, Fault::truncated("{", 500).times(1)),
            Sees::Reads(is_read),
        ),
    ]
}

fn statuses() -> Vec<Case> {
    vec![
        Case::new(
            "500, then fine",
            |registry| answered(registry, Fault::status(500).times(2)),
            Sees::Reads(is_read),
        ),
        Case::new(
            "429, then fine",
            |registry| answered(registry, Fault::status(429).times(2)),
            Sees::Reads(is_read),
        ),
        Case::new(
            "429 with a short wait, then fine",
            |registry| {
                answered(
                    registry,
                    Fault::status(429).header("Retry-After", "0").times(2),
                )
            },
            Sees::Reads(is_read),
        ),
        Case::new(
            "429 with a wait that has passed, then fine",
            |registry| {
                let past = "Sun, 06 Nov 1994 08:49:37 GMT";
                answered(
                    registry,
                    Fault::status(429).header("Retry-After", past).times(2),
                )
            },
            Sees::Reads(is_read),
        ),
        Case::fails(
            "500 for ever",
            AbsenceKind::Failed,
            "500: disk on fire, after 4 tries",
            |registry| answered(registry, Fault::error(500, "UNKNOWN", "disk on fire")),
        ),
        Case::fails(
            "429 for ever",
            AbsenceKind::RateLimited,
            "asked too often (429)",
            |registry| answered(registry, Fault::status(429)),
        ),
        Case::fails(
            "503 with a wait of years in the oldest form of a date",
            AbsenceKind::RateLimited,
            "left alone for 6 h",
            |registry| {
                let date = "Sunday, 06-Nov-61 08:49:37 GMT";
                answered(registry, Fault::status(503).header("Retry-After", date))
            },
        )
        .holding_the_host(),
        Case::fails(
            "a page instead of a manifest",
            AbsenceKind::Invalid,
            "a page for people, not a manifest; this may be no registry",
            |registry| {
                let page = Fault::body("<!doctype html><title>Sign in</title>");
                answered(registry, page.header("Content-Type", "text/html"))
            },
        ),
        Case::fails(
            "429 with a wait of nonsense",
            AbsenceKind::RateLimited,
            "asked too often (429)",
            |registry| {
                answered(
                    registry,
                    Fault::status(429).header("Retry-After", "-1 \u{202e}"),
                )
            },
        ),
        Case::fails(
            "429 with an absurd wait",
            AbsenceKind::RateLimited,
            "left alone for 6 h",
            |registry| {
                answered(
                    registry,
                    Fault::status(429).header("Retry-After", "18446744073709551616"),
                )
            },
        )
        .holding_the_host(),
        Case::fails(
            "503 with a wait of years",
            AbsenceKind::RateLimited,
            "left alone for 6 h",
            |registry| {
                let date = "Thu, 31 Dec 9998 23:59:59 GMT";
                answered(registry, Fault::status(503).header("Retry-After", date))
            },
        )
        .holding_the_host(),
        Case::fails(
            "204 without anything",
            AbsenceKind::Failed,
            "status 204, which means nothing",
            |registry| answered(registry, Fault::status(204)),
        ),
        Case::fails(
            "206, a part",
            AbsenceKind::Failed,
            "status 206, which means nothing",
            |registry| {
                answered(
                    registry,
                    Fault {
                        status: Some(206),
                        ..Fault::body("{}")
                    },
                )
            },
        ),
        Case::fails(
            "304 that nobody asked for",
            AbsenceKind::Failed,
            "status 304, which means nothing",
            |registry| answered(registry, Fault::status(304)),
        ),
        Case::fails(
            "a status beyond all",
            AbsenceKind::Failed,
            "999",
            |registry| answered(registry, Fault::status(999)),
        ),
        Case::fails(
            "403 with escape sequences",
            AbsenceKind::Forbidden,
            "␛[2Jgo away",
            |registry| {
                answered(
                    registry,
                    Fault::error(403, "DENIED", "\u{1b}[2Jgo \u{202e}away"),
                )
            },
        ),
        Case::fails(
            "an error with a novel",
            AbsenceKind::Forbidden,
            "xxxx",
            |registry| answered(registry, Fault::error(403, "DENIED", &"x".repeat(20_000))),
        ),
        Case::fails(
            "an error without an end",
            AbsenceKind::Missing,
            "404",
            |registry| {
                answered(
                    registry,
                    Fault {
                        status: Some(404),
                        ..Fault::endless("x".repeat(10_000))
                    },
                )
            },
        ),
        Case::fails(
            "an error that stops",
            AbsenceKind::Missing,
            "404",
            |registry| {
                answered(
                    registry,
                    Fault {
                        status: Some(404),
                        ..Fault::stalled("{\"errors\":")
                    },
                )
            },
        ),
    ]
}

fn redirects() -> Vec<Case> {
    fn is_tls() -> Options {
        Options {
            is_tls: true,
            ..Options::default()
        }
    }
    vec![
        Case::fails(
            "a redirect to itself",
            AbsenceKind::Failed,
            "redirects in a circle",
            |registry| answered(registry, Fault::redirect(TAG)),
        ),
        Case::fails(
            "a redirect there and back",
            AbsenceKind::Failed,
            "redirects in a circle",
            |registry| {
                registry.fault("/there", Fault::redirect(TAG));
                answered(registry, Fault::redirect("/there"))
            },
        ),
        Case::fails(
            "redirects without an end",
            AbsenceKind::Failed,
            "10 times (setting limits.redirects)",
            |registry| {
                let longer = |request: &Request| {
                    Response::new(302, "text/plain", "")
                        .header("Location", &format!("{}x", request.target))
                };
                registry.fault("/x*", Fault::made(longer));
                answered(registry, Fault::redirect("/x"))
            },
        ),
        Case::fails(
            "a redirect to nowhere",
            AbsenceKind::Failed,
            "without saying where to",
            |registry| answered(registry, Fault::status(302)),
        ),
        Case::fails(
            "a redirect to file:",
            AbsenceKind::Failed,
            "no http or https address",
            |registry| answered(registry, Fault::redirect("file:///etc/passwd")),
        ),
        Case::fails(
            "a redirect to a dead port",
            AbsenceKind::Failed,
            "nothing listens at 127.0.0.1:1",
            |registry| answered(registry, Fault::redirect("http://127.0.0.1:1/x")),
        ),
        Case::fails(
            "a redirect from TLS to plain",
            AbsenceKind::Failed,
            "from TLS to plain HTTP",
            |registry| answered(registry, Fault::redirect("http://127.0.0.1:1/x")),
        )
        .with(is_tls),
        Case::new(
            "a redirect to the right place",
            |registry| {
                let image = registry.tagged_image("app", "1");
                registry.fault(
                    TAG,
                    Fault::redirect(format!("/v2/app/manifests/{}", image.digest)),
                );
                Question::tag(registry.repository("app"), "1".into())
            },
            Sees::Reads(is_read),
        ),
    ]
}
