use super::*;
use crate::insight::impact::inventory::builder::InventoryBuilder;
use crate::insight::impact::inventory::view::View;

fn found(text: &str) -> Vec<String> {
    match in_use(text) {
        Ok(uses) => uses
            .iter()
            .map(|used| format!("{} = {}", used.consumer, used.reference))
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

const D: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn plain_lines_are_references() {
    let text = "# used\nteam/app:1\n\n  r.example:5000/a@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a # pinned\n";
    let pinned = format!("line 4 = r.example:5000/a@{D}");
    assert_eq!(found(text), ["line 2 = team/app:1".to_owned(), pinned]);
    assert_eq!(found(""), [""; 0]);
    assert!(found("not a reference")[0].starts_with("line 1:"));
    assert!(found("UPPER:1")[0].starts_with("line 1:"));
}

#[test]
fn pods_use_what_they_name_and_what_they_run() {
    let text = format!(
        r#"{{"apiVersion":"v1","kind":"List","items":[{{"kind":"Pod","metadata":{{"name":"web","namespace":"default"}},
        "spec":{{"containers":[{{"name":"app","image":"r.example/team/app:1"}}],
                 "initContainers":[{{"name":"init","image":"busybox"}}]}},
        "status":{{"containerStatuses":[{{"name":"app","imageID":"docker-pullable://r.example/team/app@{D}"}},
                                       {{"name":"x","imageID":"{D}"}}]}}}}]}}"#
    );
    assert_eq!(
        found(&text),
        [
            "pod default/web, container app = r.example/team/app:1".to_owned(),
            format!("pod default/web, container app, as it runs = r.example/team/app@{D}"),
            "pod default/web, container init = busybox".to_owned(),
        ]
    );
    assert_eq!(found(r#"{"kind":"List","items":[]}"#), [""; 0]);
}

#[test]
fn a_volume_that_is_an_image_is_used() {
    let text = r#"{"kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[],"volumes":[
        {"name":"data","image":{"reference":"r.example/team/data:1","pullPolicy":"Always"}},{"name":"tmp","emptyDir":{}}]}}"#;
    assert_eq!(
        found(text),
        ["pod web, volume data = r.example/team/data:1"]
    );
}

#[test]
fn what_makes_pods_is_read_as_yaml_too() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      \
                containers:\n      - name: app\n        image: team/app:1\n---\nkind: CronJob\nmetadata:\n  name: job\nspec:\n  \
                jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n          - {name: c, image: team/job}\n";
    assert_eq!(
        found(text),
        [
            "cronjob job, container c = team/job",
            "deployment web, container app = team/app:1"
        ]
    );
}

#[test]
fn compose_files_have_anchors_and_defaults() {
    let text = "x-base: &base\n  image: team/base:2\nservices:\n  a:\n    <<: *base\n  b:\n    <<: *base\n    image: \
                ${REG:-r.example}/team/b:${TAG-1.0}\n  c:\n    build: .\n  d:\n    image: 'team/d:${TAG}'\n";
    assert_eq!(
        found(text),
        [
            "service a = team/base:2",
            "service b = r.example/team/b:1.0",
            "service d = team/d:${TAG}"
        ]
    );
}

#[test]
fn docker_and_cri_tell_what_runs() {
    let ps = "{\"Image\":\"team/app:1\",\"Names\":\"web\"}\n{\"Image\":\"4bb46517cac3\",\"Names\":\"old\"}\n";
    assert_eq!(found(ps), ["container web = team/app:1"]);
    let inspect = format!(r#"[{{"Name":"/web","Image":"{D}","Config":{{"Image":"team/app:1"}}}}]"#);
    assert_eq!(found(&inspect), ["container web = team/app:1"]);
    let podman = r#"[{"Names":["web"],"Image":"docker.io/library/nginx:1"}]"#;
    assert_eq!(found(podman), ["container web = docker.io/library/nginx:1"]);
    let images = format!(
        r#"{{"images":[{{"id":"{D}","repoTags":["r.example/a:1"],"repoDigests":["r.example/a@{D}"]}}]}}"#
    );
    assert_eq!(
        found(&images),
        [
            "an image of the machine = r.example/a:1".to_owned(),
            format!("an image of the machine = r.example/a@{D}")
        ]
    );
    let crictl = format!(
        r#"{{"containers":[{{"metadata":{{"name":"app"}},"image":{{"image":"{D}","userSpecifiedImage":"r.example/a:1"}},
        "imageRef":"r.example/a@{D}","labels":{{"io.kubernetes.pod.name":"p","io.kubernetes.pod.namespace":"n"}}}}]}}"#
    );
    assert_eq!(
        found(&crictl),
        [
            "pod n/p, container app = r.example/a:1".to_owned(),
            format!("pod n/p, container app = r.example/a@{D}")
        ]
    );
}

#[test]
fn what_is_none_of_these_is_an_error() {
    for text in ["{", "{\"a\":1}", "a: b", "a: [", "[1]"] {
        assert!(in_use(text).is_err(), "{text}");
    }
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for n in 1..12 {
        let items = vec![format!("*a{}", n - 1); 10].join(",");
        bomb.extend([format!("a{n}: &a{n} ["), items, "]\n".to_owned()]);
    }
    assert!(matches!(in_use(&bomb), Err(InUseError::Yaml(_))));
    let deep = format!("a: {}", "[".repeat(100_000));
    assert!(matches!(in_use(&deep), Err(InUseError::Yaml(_))));
}

#[test]
fn references_are_matched_by_host_or_by_the_end_of_their_path() {
    let mut builder = InventoryBuilder::new(View::client());
    for name in ["team/app", "library/nginx", "app"] {
        builder.repository(name);
    }
    let inventory = builder.build().unwrap();
    let told = |reference: &str, host: Option<&str>| {
        let used = Use {
            consumer: "x".into(),
            reference: reference.into(),
        };
        let matched = matched(&[used], &inventory, host);
        match (matched.consumers.first(), matched.unread.len()) {
            (Some(consumer), _) => format!("{} {:?}", consumer.repository, consumer.by),
            (None, 0) => "elsewhere".to_owned(),
            (None, _) => "unread".to_owned(),
        }
    };
    for (reference, host, expected) in [
        (
            "r.example/team/app:1",
            Some("r.example"),
            "team/app Tag(\"1\")",
        ),
        (
            "r.example/team/app",
            Some("r.example"),
            "team/app Tag(\"latest\")",
        ),
        ("team/app:1", Some("r.example"), "elsewhere"),
        ("nginx", Some("docker.io"), "library/nginx Tag(\"latest\")"),
        ("r.example/team/app:1", None, "team/app Tag(\"1\")"),
        ("r.example/proxy/team/app:1", None, "team/app Tag(\"1\")"),
        ("r.example/other/app:1", None, "app Tag(\"1\")"),
        ("r.example/other:1", None, "elsewhere"),
        ("team/app:${TAG}", None, "unread"),
    ] {
        assert_eq!(told(reference, host), expected, "{reference} {host:?}");
    }
}
