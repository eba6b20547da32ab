use super::*;

fn password(username: &str, password: &str) -> Credential {
    Credential::Password {
        username: username.to_owned(),
        password: Secret::new(password),
    }
}

async fn found(host: &str, path: &str, json: &str) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(&file, json).unwrap();
    let source = CredentialSource::Files(vec![folder.path().join("none.json"), file]);
    Credentials::new(&Host::parse(host).unwrap(), source, Duration::from_secs(5))
        .find(path)
        .await
}

#[tokio::test]
async fn every_spelling_of_a_key_is_understood() {
    // "me:pw" and, padded as Docker does, "me:pw\0\0".
    for auth in ["bWU6cHc=", "bWU6cHcAAA=="] {
        for (host, key) in [
            ("docker.io", "https://index.docker.io/v1/"),
            ("docker.io", "docker.io"),
            ("docker.io", "registry-1.docker.io"),
            ("r.example:5000", "r.example:5000"),
            ("r.example", "https://r.example"),
            ("r.example", "http://r.example/v2/"),
            ("r.example", "R.example"),
        ] {
            let json = format!(r#"{{"auths":{{"{key}":{{"auth":"{auth}"}}}}}}"#);
            assert_eq!(
                found(host, "a/b", &json).await.credential,
                Some(password("me", "pw")),
                "{key}"
            );
        }
    }
}

#[tokio::test]
async fn the_longest_path_counts_and_other_paths_do_not() {
    let json = r#"{"auths":{
        "q.example":{"username":"host","password":"1"},
        "q.example/ns":{"username":"ns","password":"2"},
        "q.example/ns/app":{"username":"app","password":"3"}}}"#;
    for (path, user, secret) in [
        ("ns/app", "app", "3"),
        ("ns/app/x", "app", "3"),
        ("ns/other", "ns", "2"),
        ("nsx/app", "host", "1"),
        ("", "host", "1"),
    ] {
        assert_eq!(
            found("q.example", path, json).await.credential,
            Some(password(user, secret)),
            "{path}"
        );
    }
    assert_eq!(
        found("other.example", "ns/app", json).await,
        Found::default()
    );
}

#[tokio::test]
async fn tokens_are_told_apart_from_passwords() {
    let identity = r#"{"auths":{"r.example":{"auth":"bWU6cHc=","identitytoken":"it"}}}"#;
    assert_eq!(
        found("r.example", "", identity).await.credential,
        Some(Credential::Identity(Secret::new("it")))
    );
    let registry = r#"{"auths":{"r.example":{"registrytoken":"rt"}}}"#;
    assert_eq!(
        found("r.example", "", registry).await.credential,
        Some(Credential::Registry(Secret::new("rt")))
    );
}

#[tokio::test]
async fn a_broken_file_is_told_without_its_content() {
    for json in [
        "{\"auths\":{\"r.example\":{\"auth\":\"c2VjcmV0\" nonsense",
        "[\"c2VjcmV0\"]",
    ] {
        let found = found("r.example", "", json).await;
        assert_eq!(found.credential, None);
        assert!(
            found.note.contains("config.json cannot be used") && !found.note.contains("c2Vjc"),
            "{}",
            found.note
        );
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_told_and_an_empty_one_is_not() {
    for (entry, why) in [
        (r#"{"auth":"%%%"}"#, "no base64"),
        (r#"{"auth":"c2VjcmV0"}"#, "no name and password"),
        (r#"{"auth":"/////w=="}"#, "holds no text"),
        (r#"{"auth":7}"#, "something else"),
        (r#"{"username":"me"}"#, "no `password`"),
        (r#"{"auth":""}"#, ""),
        ("{}", ""),
    ] {
        let json = format!(r#"{{"auths":{{"r.example":{entry}}}}}"#);
        let found = found("r.example", "app", &json).await;
        assert_eq!(found.credential, None, "{entry}");
        let is_told = found.note.starts_with("the entry for r.example in ")
            && found.note.contains("config.json cannot be used, because ")
            && found.note.contains(why);
        assert_eq!(is_told, !why.is_empty(), "{entry}: {}", found.note);
        assert!(!found.note.contains("c2Vjc"), "{}", found.note);
    }
    // A shorter key may still have what the longer one has not.
    let json = r#"{"auths":{"r.example/app":{"auth":"%"},"r.example":{"auth":"bWU6cHc="}}}"#;
    assert_eq!(
        found("r.example", "app", json).await.credential,
        Some(password("me", "pw"))
    );
}

#[tokio::test]
async fn a_file_that_was_named_must_be_there() {
    let host = Host::parse("r.example").unwrap();
    let source = CredentialSource::File("/no/such/auth.json".into());
    let credentials = Credentials::new(&host, source, Duration::from_secs(1));
    let found = credentials.find("app").await;
    assert_eq!(
        found.note,
        "/no/such/auth.json cannot be used: REGISTRY_AUTH_FILE names it, and it is not there"
    );
}

#[test]
fn the_environment_names_the_files() {
    let files = |variables: &[(&str, &str)]| {
        let look = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.into())
        };
        match CredentialSource::from_environment(look) {
            CredentialSource::Files(files) => files
                .iter()
                .map(|file| file.display().to_string())
                .collect::<Vec<_>>(),
            CredentialSource::File(file) => vec![format!("only {}", file.display())],
            _ => Vec::new(),
        }
    };
    assert_eq!(
        files(&[("HOME", "/h"), ("REGISTRY_AUTH_FILE", "/a.json")]),
        ["only /a.json"]
    );
    assert_eq!(
        files(&[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/1")]),
        [
            "/h/.docker/config.json",
            "/run/1/containers/auth.json",
            "/h/.config/containers/auth.json"
        ]
    );
    assert_eq!(
        files(&[("DOCKER_CONFIG", "/d"), ("XDG_CONFIG_HOME", "/c")]),
        ["/d/config.json", "/c/containers/auth.json"]
    );
    assert!(files(&[]).is_empty());
}
