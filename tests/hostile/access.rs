//! Registries and token servers that ask for too much, or give too little.

use regscope::oci::{AbsenceKind, Answer, Body, Question};

use crate::support::{Access, Fault, Options, TestRegistry, TokenServer};
use crate::{Case, Sees};

fn tag(registry: &TestRegistry) -> Question {
    registry.tagged_image("app", "1");
    Question::tag(registry.repository("app"), "1".into())
}

/// The tag, whose token is answered so. Only once: the rest of the registry has its token.
fn token(registry: &TestRegistry, fault: Fault) -> Question {
    // For this repository alone: whoever asks for another one's token first must not use the trouble up.
    registry.fault("/token?scope=repository%3Aapp%3Apull", fault);
    tag(registry)
}

fn token_server() -> Options {
    Options {
        auth: Access::Token(TokenServer::default()),
        ..Options::default()
    }
}

fn challenge(registry: &TestRegistry, challenge: &str) -> Question {
    let question = tag(registry);
    registry.fault(
        "/v2/app/*",
        Fault::status(401).header("WWW-Authenticate", challenge),
    );
    question
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
    [challenges(), tokens()].into_iter().flatten().collect()
}

fn challenges() -> Vec<Case> {
    const NOT_ASKED: &str = "names a token server that is not asked";
    vec![
        Case::fails(
            "401 without a challenge",
            AbsenceKind::Forbidden,
            "answered 401",
            |registry| {
                let question = tag(registry);
                registry.fault("/v2/app/*", Fault::status(401));
                question
            },
        )
        .for_user(),
        Case::fails(
            "401 for ever by Basic",
            AbsenceKind::Forbidden,
            "it does not take the credentials of me",
            |registry| challenge(registry, "Basic realm=x"),
        )
        .for_user(),
        Case::fails(
            "401 without credentials",
            AbsenceKind::Forbidden,
            "log in with `docker login`",
            |registry| challenge(registry, "Basic realm=x"),
        ),
        Case::fails(
            "an unknown way to log in",
            AbsenceKind::Forbidden,
            "`Negotiate`, which regscope",
            |registry| challenge(registry, "Negotiate"),
        )
        .for_user(),
        Case::fails(
            "a challenge of noise",
            AbsenceKind::Forbidden,
            "asks for authentication by",
            |registry| challenge(registry, "\"\"=,,Bearer realm"),
        )
        .for_user(),
        Case::fails(
            "a realm elsewhere without TLS",
            AbsenceKind::Forbidden,
            NOT_ASKED,
            |registry| challenge(registry, "Bearer realm=\"http://evil.example/token\""),
        )
        .for_user(),
        Case::fails(
            "a realm in a file",
            AbsenceKind::Forbidden,
            NOT_ASKED,
            |registry| challenge(registry, "Bearer realm=\"file:///etc/passwd\""),
        )
        .for_user(),
        Case::fails(
            "a realm with a password",
            AbsenceKind::Forbidden,
            NOT_ASKED,
            |registry| challenge(registry, "Bearer realm=\"http://a:b@127.0.0.1/token\""),
        )
        .for_user(),
        Case::fails(
            "a realm on a dead port",
            AbsenceKind::Failed,
            "no token from 127.0.0.1:1: nothing listens at",
            |registry| challenge(registry, "Bearer realm=\"http://127.0.0.1:1/token\""),
        )
        .for_user(),
    ]
}

fn tokens() -> Vec<Case> {
    fn refused() -> Options {
        Options {
            auth: Access::Token(TokenServer {
                uses: 0,
                ..TokenServer::default()
            }),
            ..Options::default()
        }
    }
    fn short_lived() -> Options {
        let server = TokenServer {
            expires_in: Some(0),
            ..TokenServer::default()
        };
        Options {
            auth: Access::Token(server),
            ..Options::default()
        }
    }
    const NO_TOKEN: &str = "its answer has no token";
    let mut cases = vec![
        Case::fails(
            "a token server with its own reason",
            AbsenceKind::Forbidden,
            "pay first",
            |registry| {
                token(
                    registry,
                    Fault {
                        status: Some(403),
                        ..Fault::body("{\"details\":\"pay first\"}")
                    },
                )
            },
        ),
        Case::fails(
            "a token server that is gone",
            AbsenceKind::Failed,
            ": it answered 404",
            |registry| token(registry, Fault::status(404)),
        ),
        Case::fails(
            "a token server with a page",
            AbsenceKind::Invalid,
            "a page for people, not a token",
            |registry| token(registry, Fault::body("<html>")),
        ),
        Case::fails(
            "an empty token",
            AbsenceKind::Invalid,
            NO_TOKEN,
            |registry| {
                token(
                    registry,
                    Fault::body("{\"token\":\"\",\"access_token\":null}"),
                )
            },
        ),
        Case::fails(
            "a token with a line end",
            AbsenceKind::Invalid,
            "no header can carry",
            |registry| token(registry, Fault::body("{\"token\":\"a\\r\\nX-Evil: 1\"}")),
        ),
        Case::fails(
            "a token without an end",
            AbsenceKind::TooLarge,
            "the token server's answer is larger",
            |registry| {
                token(
                    registry,
                    Fault::endless("{\"token\":\"".to_owned() + &"x".repeat(10_000)),
                )
            },
        ),
        Case::fails(
            "a token server that is silent",
            AbsenceKind::Failed,
            ": no answer came within",
            |registry| token(registry, Fault::silent()),
        ),
        Case::fails(
            "a token server that redirects to a file",
            AbsenceKind::Failed,
            "no token from 127.0.0.1:",
            |registry| token(registry, Fault::redirect("file:///etc/passwd")),
        ),
        Case::new(
            "a token server that fails once",
            |registry| token(registry, Fault::status(500).times(1)),
            Sees::Reads(is_read),
        ),
        Case::fails(
            "a life of a token that is no number",
            AbsenceKind::Forbidden,
            "answered 401",
            |registry| {
                token(
                    registry,
                    Fault::body("{\"token\":\"x\",\"expires_in\":\"NaN\"}"),
                )
            },
        ),
    ];
    for case in &mut cases {
        case.options = token_server;
    }
    cases.push(Case::new("a token that ends at once", tag, Sees::Reads(is_read)).with(short_lived));
    let mut refusing = Case::fails(
        "a token that is never taken",
        AbsenceKind::Forbidden,
        "answered 401",
        tag,
    );
    refusing.options = refused;
    // Nothing else of such a registry can be read either.
    refusing.holds_host = true;
    cases.push(refusing);
    cases
}
