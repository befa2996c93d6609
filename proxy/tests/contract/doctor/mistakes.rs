use crate::support::program::SECRET;

/// A set-up that is right but for these settings; what doctor finds; what it says to do.
pub(super) type Mistake = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

/// `SITE`, `FOLDER` and `LATE` stand for what the test makes.
pub(super) const MISTAKES: &[Mistake] = &[
    (
        &[("KONPRO_API_KEY", "")],
        "KonPro's key is missing",
        "set KONPRO_API_KEY",
    ),
    (
        &[("KONPRO_API_KEY", "another-key-than-konpros")],
        "KonPro refuses the key",
        "KONPRO_API_KEY anew",
    ),
    (
        &[("KONPRO_API_URL", "http://127.0.0.1:9")],
        "cannot be reached",
        "KONPRO_API_URL",
    ),
    (
        &[("KONPRO_API_URL", "SITE")],
        "is not KonPro's API",
        "https://api.konpro.ai",
    ),
    (
        &[("KONPRO_API_URL", "LATE")],
        "this computer's clock is",
        "NTP",
    ),
    (
        &[("KONPRO_PROXY_PUBLIC_URL", "http://127.0.0.1:9")],
        "nothing answers at http://127.0.0.1:9",
        "start the proxy",
    ),
    (
        &[
            ("KONPRO_PROXY_PUBLIC_URL", "SITE"),
            ("KONPRO_PROXY_SECRET", SECRET),
        ],
        "no proxy of this deployment",
        "/webhooks/konpro/",
    ),
    (
        &[
            ("KONPRO_PROXY_PUBLIC_URL", "https://10.0.0.7"),
            ("KONPRO_API_URL", "https://konpro.invalid"),
        ],
        "KonPro cannot reach https://10.0.0.7",
        "an https:// address of the public internet",
    ),
    (
        &[
            ("KONPRO_PROXY_PUBLIC_URL", "http://127.0.0.1:9"),
            ("KONPRO_PROXY_STORE", "sqlite:FOLDER/missing/konpro.db"),
        ],
        "nothing answers at http://127.0.0.1:9",
        "name a file in a folder",
    ),
    (
        &[(
            "KONPRO_PROXY_ORIGINS",
            "https://a.example,https://www.example.com/shop",
        )],
        "KONPRO_PROXY_ORIGINS: `https://www.example.com/shop` is no origin",
        "remove `/shop`",
    ),
    (
        &[("KONPRO_PROXY_ADDR", "0.0.0.0:8787")],
        "no page may use this proxy",
        "KONPRO_PROXY_ORIGINS",
    ),
    (
        &[("KONPRO_PROXY_STORE", "sqlite:FOLDER/missing/konpro.db")],
        "cannot write beside",
        "name a file in a folder",
    ),
    (
        &[("KONPRO_PROXY_STORE", "redis://:a-password@127.0.0.1:9/0")],
        "the store does not answer",
        "KONPRO_PROXY_STORE",
    ),
    (
        &[("KONPRO_PROXY_ARCHIVE", "file://FOLDER/a-file/videos")],
        "KONPRO_PROXY_ARCHIVE",
        "the folder's owner",
    ),
    (
        &[(
            "KONPRO_PROXY_SESION_SECRET",
            "the-session-secret-of-32-characters",
        )],
        "no such setting",
        "did you mean KONPRO_PROXY_SESSION_SECRET",
    ),
    (
        &[("KONPRO_RATE_PER_DAY", "2")],
        "make no video",
        "100 on the free trial",
    ),
    (
        &[("KONPRO_PROXY_PUBLIC_URL", "https://video.invalid")],
        "all visitors count as one",
        "KONPRO_PROXY_TRUSTED_PROXIES=127.0.0.1",
    ),
    (
        &[
            ("KONPRO_PROXY_PUBLIC_URL", "https://video.invalid"),
            ("KONPRO_PROXY_ADDR", "0.0.0.0:8787"),
        ],
        "all visitors count as one",
        "KONPRO_PROXY_TRUSTED_PROXIES to that server's address",
    ),
    (
        &[("KONPRO_PROXY_PAGE", "FOLDER")],
        "there is no",
        "index.html",
    ),
    (
        &[("KONPRO_API_KEY_FILE", "FOLDER/a-file")],
        "KONPRO_API_KEY_FILE: ",
        "correct KONPRO_API_KEY_FILE",
    ),
    (
        &[("KONPRO_CONCURRENT_VIDEOS", "0")],
        "KONPRO_CONCURRENT_VIDEOS: ",
        "correct KONPRO_CONCURRENT_VIDEOS",
    ),
];
