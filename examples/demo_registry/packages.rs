//! What is in the images: packages as SBOMs list them.

/// From where a package came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Debian,
    Go,
    Npm,
}

/// One package.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) origin: Origin,
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) license: &'static str,
}

impl Package {
    fn new(origin: Origin, name: &'static str, version: &str, license: &'static str) -> Self {
        Self {
            origin,
            name,
            version: version.to_owned(),
            license,
        }
    }

    /// The package URL; `architecture` is the image's.
    pub(crate) fn purl(&self, architecture: &str) -> String {
        let version = self.version.replace('+', "%2B").replace(':', "%3A");
        match self.origin {
            Origin::Debian => format!(
                "pkg:deb/debian/{}@{version}?arch={architecture}&distro=debian-12",
                self.name
            ),
            Origin::Go => format!("pkg:golang/{}@{version}", self.name),
            Origin::Npm => format!("pkg:npm/{}@{version}", self.name),
        }
    }
}

/// Name, versions in base 3.0.1, 3.0.2 and 3.1.0, licence.
const DEBIAN: [(&str, [&str; 3], &str); 14] = [
    (
        "base-files",
        ["12.4+deb12u10", "12.4+deb12u12", "12.4+deb12u13"],
        "GPL-2.0-or-later",
    ),
    (
        "bash",
        ["5.2.15-2+b7", "5.2.15-2+b9", "5.2.15-2+b9"],
        "GPL-3.0-or-later",
    ),
    (
        "ca-certificates",
        ["20230311", "20230311+deb12u1", "20230311+deb12u1"],
        "MPL-2.0",
    ),
    ("coreutils", ["9.1-1", "9.1-1", "9.1-1"], "GPL-3.0-or-later"),
    ("dash", ["0.5.12-2", "0.5.12-2", "0.5.12-2"], "BSD-3-Clause"),
    (
        "dpkg",
        ["1.21.22", "1.21.22", "1.21.22"],
        "GPL-2.0-or-later",
    ),
    (
        "libc6",
        ["2.36-9+deb12u10", "2.36-9+deb12u13", "2.36-9+deb12u13"],
        "LGPL-2.1-or-later",
    ),
    (
        "libgcc-s1",
        ["12.2.0-14", "12.2.0-14+deb12u1", "12.2.0-14+deb12u1"],
        "GPL-3.0-or-later WITH GCC-exception-3.1",
    ),
    (
        "libsqlite3-0",
        ["3.40.1-2+deb12u1", "3.40.1-2+deb12u2", "3.40.1-2+deb12u2"],
        "blessing",
    ),
    (
        "libssl3",
        ["3.0.15-1~deb12u1", "3.0.17-1~deb12u3", "3.0.18-1~deb12u1"],
        "Apache-2.0",
    ),
    (
        "libxml2",
        [
            "2.9.14+dfsg-1.3~deb12u1",
            "2.9.14+dfsg-1.3~deb12u4",
            "2.9.14+dfsg-1.3~deb12u5",
        ],
        "MIT",
    ),
    (
        "perl-base",
        ["5.36.0-7+deb12u1", "5.36.0-7+deb12u3", "5.36.0-7+deb12u3"],
        "GPL-1.0-or-later OR Artistic-1.0-Perl",
    ),
    (
        "tzdata",
        ["2025b-0+deb12u1", "2025b-0+deb12u2", "2025b-0+deb12u2"],
        "LicenseRef-public-domain",
    ),
    (
        "zlib1g",
        ["1:1.2.13.dfsg-1", "1:1.2.13.dfsg-1", "1:1.2.13.dfsg-1"],
        "Zlib",
    ),
];

/// Name, versions in app 1.3, 1.4 and 2.0, licence.
const GO: [(&str, [&str; 3], &str); 12] = [
    (
        "github.com/go-chi/chi/v5",
        ["v5.2.0", "v5.2.1", "v5.2.3"],
        "MIT",
    ),
    (
        "github.com/google/uuid",
        ["v1.6.0", "v1.6.0", "v1.6.0"],
        "BSD-3-Clause",
    ),
    (
        "github.com/jackc/pgx/v5",
        ["v5.7.2", "v5.7.6", "v5.8.0"],
        "MIT",
    ),
    (
        "github.com/klauspost/compress",
        ["v1.17.11", "v1.18.0", "v1.18.1"],
        "Apache-2.0 AND BSD-3-Clause",
    ),
    (
        "github.com/prometheus/client_golang",
        ["v1.20.5", "v1.23.0", "v1.23.2"],
        "Apache-2.0",
    ),
    (
        "go.opentelemetry.io/otel",
        ["v1.33.0", "v1.37.0", "v1.38.0"],
        "Apache-2.0",
    ),
    (
        "golang.org/x/crypto",
        ["v0.30.0", "v0.33.0", "v0.45.0"],
        "BSD-3-Clause",
    ),
    (
        "golang.org/x/net",
        ["v0.33.0", "v0.35.0", "v0.47.0"],
        "BSD-3-Clause",
    ),
    (
        "golang.org/x/sys",
        ["v0.28.0", "v0.30.0", "v0.38.0"],
        "BSD-3-Clause",
    ),
    (
        "google.golang.org/grpc",
        ["v1.69.2", "v1.72.2", "v1.77.0"],
        "Apache-2.0",
    ),
    (
        "google.golang.org/protobuf",
        ["v1.36.1", "v1.36.6", "v1.36.10"],
        "BSD-3-Clause",
    ),
    ("stdlib", ["v1.23.4", "v1.24.9", "v1.25.4"], "BSD-3-Clause"),
];

/// The front end, the same in 1.3 and 1.4.
const NPM: [(&str, [&str; 2], &str); 4] = [
    ("htmx.org", ["1.9.12", "2.0.4"], "0BSD"),
    ("preact", ["10.25.4", "10.27.2"], "MIT"),
    ("uplot", ["1.6.31", "1.6.32"], "MIT"),
    ("zod", ["3.24.1", "4.1.5"], "MIT"),
];

/// The packages of a release of the base.
pub(crate) fn of_base(version: &str) -> Vec<Package> {
    let column = match version {
        "3.0.1" => 0,
        "3.0.2" => 1,
        _ => 2,
    };
    DEBIAN
        .iter()
        .map(|(name, versions, license)| {
            Package::new(Origin::Debian, name, versions[column], license)
        })
        .collect()
}

/// The packages of a release of the app: its base's and its own.
pub(crate) fn of_app(version: &str, base: &str) -> Vec<Package> {
    let (go, npm) = match version {
        _ if version.starts_with("1.4") => (1, 0),
        _ if version.starts_with('2') => (2, 1),
        _ => (0, 0),
    };
    let mut all = of_base(base);
    all.push(Package::new(
        Origin::Go,
        "git.example.com/team/app",
        &format!("v{version}"),
        "Apache-2.0",
    ));
    all.extend(
        GO.iter()
            .map(|(name, versions, license)| Package::new(Origin::Go, name, versions[go], license)),
    );
    all.extend(
        NPM.iter().map(|(name, versions, license)| {
            Package::new(Origin::Npm, name, versions[npm], license)
        }),
    );
    all
}
