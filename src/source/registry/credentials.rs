//! Where credentials come from: what a person gave, Docker's `config.json`, podman's `auth.json`, helpers.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::helper;
use super::secret::Secret;
use crate::oci::target::{DOCKER_HUB, Host};
use crate::source::local::files::{FileError, read_own};

/// What is read of a file with credentials: more than the tokens of a thousand registries.
const FILE_BYTES: u64 = 4 * 1024 * 1024;

/// What proves who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// A user name and a password.
    Password { username: String, password: Secret },
    /// A refresh token, which the token server changes into a token (OAuth 2; Docker's identity token).
    Identity(Secret),
    /// A token that the registry takes as it is.
    Registry(Secret),
}

/// Where credentials are looked for.
#[derive(Clone, Debug, Default)]
pub enum CredentialSource {
    /// Nowhere.
    #[default]
    Anonymous,
    /// They were given (`--username` with `--password-stdin`), and are for one registry.
    Explicit {
        /// The user name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// The files that Docker and podman write, in this order; the first that knows the registry counts.
    Files(Vec<PathBuf>),
    /// One file that somebody named: that it is not there is told.
    File(PathBuf),
    /// What such a file has, given in the environment (`DOCKER_AUTH_CONFIG`, as Docker and GitLab's runners read it), and
    /// then files.
    Environment(Secret, Vec<PathBuf>),
}

impl CredentialSource {
    /// What this environment names: `REGISTRY_AUTH_FILE` alone where it is set; else `DOCKER_AUTH_CONFIG`, Docker's file
    /// (`DOCKER_CONFIG`, else `~/.docker`), then podman's (`XDG_RUNTIME_DIR`, then `XDG_CONFIG_HOME`, else `~/.config`).
    /// `variable` looks a name up; none of the files has to exist.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(file) = folder("REGISTRY_AUTH_FILE") {
            return Self::File(file);
        }
        let home = folder("HOME");
        let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let docker = folder("DOCKER_CONFIG").or_else(|| below_home(".docker"));
        let settings = folder("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
        let podman = |folder: PathBuf| folder.join("containers/auth.json");
        let files = [
            docker.map(|folder| folder.join("config.json")),
            folder("XDG_RUNTIME_DIR").map(podman),
            settings.map(podman),
        ];
        let files = files.into_iter().flatten().collect();
        match variable("DOCKER_AUTH_CONFIG").and_then(|value| value.into_string().ok()) {
            Some(config) if !config.trim().is_empty() => {
                Self::Environment(Secret::new(&config), files)
            }
            _ => Self::Files(files),
        }
    }
}

/// What was found for a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The credential; without one, requests are anonymous.
    pub(super) credential: Option<Credential>,
    /// Where it comes from, or why there is none although there should be: told when the registry refuses.
    pub(super) note: String,
}

/// The credentials of one registry, looked up once for each repository.
pub(super) struct Credentials {
    host: Host,
    source: CredentialSource,
    helper_time: Duration,
    files: Mutex<Option<Arc<Vec<ConfigFile>>>>,
    /// Helpers are asked once for the registry: they may ask a person.
    helped: Mutex<HashMap<String, Arc<Found>>>,
}

/// A file that was read, or why it could not be.
struct ConfigFile {
    path: PathBuf,
    content: Result<Map<String, Value>, String>,
}

impl Credentials {
    pub(super) fn new(host: &Host, source: CredentialSource, helper_time: Duration) -> Self {
        Self {
            host: host.clone(),
            source,
            helper_time,
            files: Mutex::default(),
            helped: Mutex::default(),
        }
    }

    /// What is known for `path`, a repository; for the registry as a whole where it is empty.
    pub(super) async fn find(&self, path: &str) -> Found {
        match &self.source {
            CredentialSource::Anonymous => Found::default(),
            CredentialSource::Explicit { username, password } => Found {
                credential: Some(password_or_token(username, password.expose())),
                note: format!("the credentials of {username} that were given"),
            },
            CredentialSource::Files(_)
            | CredentialSource::File(_)
            | CredentialSource::Environment(..) => {
                let files = self.read().await;
                let mut unreadable = String::new();
                for file in files.iter() {
                    match &file.content {
                        Ok(content) => {
                            let found = self.find_in(file, content, path, &mut unreadable).await;
                            if let Some(found) = found {
                                return found;
                            }
                        }
                        Err(why) => {
                            unreadable = format!("{} cannot be used: {why}", file.path.display());
                        }
                    }
                }
                Found {
                    credential: None,
                    note: unreadable,
                }
            }
        }
    }

    async fn read(&self) -> Arc<Vec<ConfigFile>> {
        let mut files = self.files.lock().await;
        if let Some(files) = files.as_ref() {
            return Arc::clone(files);
        }
        let (paths, is_named) = match &self.source {
            CredentialSource::Files(paths) | CredentialSource::Environment(_, paths) => {
                (paths.as_slice(), false)
            }
            CredentialSource::File(path) => (std::slice::from_ref(path), true),
            _ => (&[][..], false),
        };
        let mut read = Vec::new();
        if let CredentialSource::Environment(config, _) = &self.source {
            read.push(ConfigFile {
                path: PathBuf::from("DOCKER_AUTH_CONFIG"),
                content: serde_json::from_str(config.expose())
                    .map_err(|_| "it is no JSON object".to_owned()),
            });
        }
        for path in paths {
            let file = path.clone();
            let content = tokio::task::spawn_blocking(move || read_own(&file, FILE_BYTES)).await;
            match content.unwrap_or_else(|error| Err(FileError::Failed(error.to_string()))) {
                Ok(bytes) => {
                    // The parser's message could quote the file, and the file has secrets in it.
                    let content = serde_json::from_slice(&bytes)
                        .map_err(|_| "it is no JSON object".to_owned());
                    read.push(ConfigFile {
                        path: path.clone(),
                        content,
                    });
                }
                Err(FileError::Missing) if !is_named => {}
                Err(FileError::Missing) => {
                    read.push(ConfigFile {
                        path: path.clone(),
                        content: Err("REGISTRY_AUTH_FILE names it, and it is not there".to_owned()),
                    });
                }
                Err(error) => read.push(ConfigFile {
                    path: path.clone(),
                    content: Err(format!("it {error}")),
                }),
            }
        }
        Arc::clone(files.insert(Arc::new(read)))
    }

    async fn find_in(
        &self,
        file: &ConfigFile,
        content: &Map<String, Value>,
        path: &str,
        unreadable: &mut String,
    ) -> Option<Found> {
        let object = |key: &str| content.get(key).and_then(Value::as_object);
        let helpers = object("credHelpers");
        let own_helper = helpers.and_then(|helpers| {
            let mine = helpers
                .iter()
                .find(|(key, _)| normal_key(key) == self.host.as_str());
            mine.and_then(|(_, name)| name.as_str())
                .filter(|name| !name.is_empty())
        });
        if let Some(name) = own_helper {
            return self.help(name, file).await;
        }
        if let Some(auths) = object("auths") {
            for wanted in keys_for(self.host.as_str(), path) {
                for (_, entry) in auths.iter().filter(|(key, _)| normal_key(key) == wanted) {
                    let place = format!("for {wanted} in {}", file.path.display());
                    match read_entry(entry) {
                        Ok(None) => {}
                        Ok(Some(credential)) => {
                            return Some(Found {
                                credential: Some(credential),
                                note: format!("the credentials {place}"),
                            });
                        }
                        Err(why) => {
                            *unreadable = format!(
                                "the entry {place} cannot be used, because {why}: log in again"
                            );
                        }
                    }
                }
            }
        }
        let store = content
            .get("credsStore")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())?;
        self.help(store, file).await
    }

    async fn help(&self, name: &str, file: &ConfigFile) -> Option<Found> {
        let mut helped = self.helped.lock().await;
        let found = if let Some(found) = helped.get(name) {
            Arc::clone(found)
        } else {
            let found = Arc::new(self.ask_helper(name, file).await);
            helped.insert(name.to_owned(), Arc::clone(&found));
            found
        };
        (*found != Found::default()).then(|| (*found).clone())
    }

    async fn ask_helper(&self, name: &str, file: &ConfigFile) -> Found {
        let server = match self.host.as_str() {
            // The key that Docker itself has always used for its Hub.
            DOCKER_HUB => "https://index.docker.io/v1/",
            host => host,
        };
        match helper::get(name, server, self.helper_time).await {
            Ok(None) => Found::default(),
            // A helper that knows nothing of a registry may say so with nothing.
            Ok(Some((username, secret))) if username.is_empty() && secret.expose().is_empty() => {
                Found::default()
            }
            Ok(Some((username, secret))) => Found {
                credential: Some(password_or_token(&username, secret.expose())),
                note: format!("the credentials from docker-credential-{name}"),
            },
            Err(error) => Found {
                credential: None,
                note: format!("{error} (named in {})", file.path.display()),
            },
        }
    }
}

/// The user name by which helpers and `auths` mark that the password is an identity token.
const TOKEN_USER: &str = "<token>";

fn password_or_token(username: &str, password: &str) -> Credential {
    match username {
        TOKEN_USER => Credential::Identity(Secret::new(password)),
        _ => Credential::Password {
            username: username.to_owned(),
            password: Secret::new(password),
        },
    }
}

/// The keys under which credentials for a repository may stand, the longest first (containers-auth.json(5)).
fn keys_for(host: &str, path: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut path = path;
    while !path.is_empty() {
        keys.push(format!("{host}/{path}"));
        path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    keys.push(host.to_owned());
    keys
}

/// A key as [`keys_for`] writes it: without scheme and API version, Docker Hub under its one name.
fn normal_key(key: &str) -> String {
    let key = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key
        .strip_suffix("/v1")
        .or_else(|| key.strip_suffix("/v2"))
        .unwrap_or(key);
    let (host, path) = key
        .split_once('/')
        .map_or((key, ""), |(host, path)| (host, path));
    let host = Host::parse(host).map_or_else(|_| host.to_owned(), |host| host.to_string());
    if path.is_empty() {
        host
    } else {
        format!("{host}/{path}")
    }
}

/// The credential in an entry of `auths`; none where it is empty, as Docker leaves it beside a helper. Errors: there is
/// something, which cannot be read; said without repeating it.
fn read_entry(entry: &Value) -> Result<Option<Credential>, &'static str> {
    let text = |key: &str| match entry.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.trim()),
        Some(_) => Err("what should be text is something else"),
    };
    let (registry, identity, auth) = (
        text("registrytoken")?,
        text("identitytoken")?,
        text("auth")?,
    );
    if !registry.is_empty() {
        return Ok(Some(Credential::Registry(Secret::new(registry))));
    }
    if !identity.is_empty() {
        return Ok(Some(Credential::Identity(Secret::new(identity))));
    }
    if !auth.is_empty() {
        let pair = base64::engine::general_purpose::STANDARD
            .decode(auth)
            .map_err(|_| "its `auth` is no base64")?;
        let pair = String::from_utf8(pair).map_err(|_| "its `auth` holds no text")?;
        let (username, password) = pair
            .split_once(':')
            .ok_or("its `auth` holds no name and password")?;
        // Docker pads with NULs what it once encrypted in blocks.
        let password = password.trim_end_matches('\0');
        return Ok(Some(password_or_token(username, password)));
    }
    match (text("username")?, text("password")?) {
        ("", _) => Ok(None),
        (_, "") => Err("it has a `username` and no `password`"),
        (username, password) => Ok(Some(password_or_token(username, password))),
    }
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
