//! What can be reached, and nothing else.

use http::StatusCode;
use konpro_simulator::Call;

use crate::support::Stage;
use crate::support::visitor::{VIDEOS, create, delete, empty, get, job, path, request, send};

#[tokio::test(start_paused = true)]
async fn nothing_else_can_be_reached() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let before = stage.wire.sent().len();
    let konpros = stage.simulator.counts().created[0].job_id.clone();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "//v1/avatars",
        "/v1//avatars",
        "/v1/avatars/",
        "/v1/../v1/avatars",
        "/v1/%2e%2e/v1/avatars",
        "/v1%2favatars",
        "/V1/avatars",
        "/v1/avatars/avatar-3655",
        "/v1/videos",
        "/v1/user/remaining_quota",
        "/v1/webhook/endpoint.add",
        "/webhooks/konpro/unknown",
        "/health",
        "/metrics",
        "/media/avatars/avatar-3655.svg",
        "/.env",
        "/%00",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "http://konpro.test/v1/videos",
        &format!("/v1/video_status?video_id={konpros}"),
        &format!("{made}/"),
        &format!("{made}/events/"),
        &format!("{made}/..%2f..%2fvideos"),
        &format!("{VIDEOS}/"),
        &format!("{VIDEOS}//events"),
        &format!("/{}", "a".repeat(10_000)),
    ] {
        for method in ["GET", "POST", "DELETE", "PUT", "OPTIONS"] {
            let answer = send(&proxy, empty(request(method, path))).await;
            assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND", "{method} {path}");
            assert!(!String::from_utf8_lossy(&answer.body).contains("script"));
        }
    }
    assert_eq!(stage.wire.sent().len(), before, "KonPro was never asked");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_method_is_a_wrong_address() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let made = create(&proxy, "Hello.").await;
    let sent = stage.wire.sent().len();
    let (events, video) = (format!("{made}/events"), format!("{made}/video"));
    let always = [
        "PUT", "PATCH", "TRACE", "OPTIONS", "CONNECT", "PROPFIND", "BREW",
    ];
    for (path, others) in [
        (VIDEOS, &["GET", "DELETE"][..]),
        (&made, &["POST"]),
        (&events, &["POST", "DELETE"]),
        (&video, &["POST", "DELETE"]),
        ("/v1/avatars", &["POST", "DELETE"]),
        ("/v1/voices", &["POST", "DELETE"]),
        ("/v1/limits", &["POST", "DELETE"]),
        ("/health/live", &["POST", "DELETE"]),
    ] {
        for method in always.iter().chain(others) {
            let answer = send(&proxy, empty(request(method, path))).await;
            assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND", "{method} {path}");
        }
    }
    assert_eq!(stage.wire.sent().len(), sent);
    assert_eq!(stage.asked(Call::Create), 1);
}

#[tokio::test(start_paused = true)]
async fn asking_for_the_head_alone_gives_what_a_get_would() {
    let proxy = Stage::new().proxy();
    for path in ["/v1/avatars", "/v1/limits", "/health/live"] {
        let (whole, head) = (
            get(&proxy, path).await,
            send(&proxy, empty(request("HEAD", path))).await,
        );
        assert_eq!(head.status, StatusCode::OK, "{path}");
        assert_eq!(head.header("etag"), whole.header("etag"));
        assert!(head.body.is_empty());
    }
    for path in [VIDEOS, "/v1/videos"] {
        let unknown = send(&proxy, empty(request("HEAD", path))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.header("x-request-id").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_an_id_of_its_own_and_is_what_it_says_it_is() {
    let proxy = Stage::new().proxy();
    let made = create(&proxy, "Hello.").await;
    let mut ids = std::collections::BTreeSet::new();
    for path in [
        "/v1/avatars",
        "/v1/limits",
        "/health/live",
        &made,
        "/nowhere",
    ] {
        let asked = request("GET", path).header("x-request-id", "chosen-by-the-visitor");
        let answer = send(&proxy, empty(asked)).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 5);
    assert!(!ids.contains("chosen-by-the-visitor"));
}

#[tokio::test(start_paused = true)]
async fn nobody_elses_id_opens_anything() {
    let stage = Stage::new();
    let proxy = stage.proxy();
    let mine = create(&proxy, "Mine.").await;
    let foreign = create(&Stage::new().proxy(), "Theirs.").await;
    let konpros = &stage.simulator.counts().created[0].job_id;
    let id = mine.rsplit('/').next().unwrap();
    assert!(!id.contains(konpros.as_str()));
    let altered = format!("{}{}", &id[..id.len() - 2], "AA");
    let long = "A".repeat(60_000);
    let ids = [
        konpros.as_str(),
        &altered,
        &long,
        "%00",
        "%ff",
        "..%2favatars",
        "%3Cscript%3E",
        " ",
    ];
    for id in ids.map(|id| id.replace(' ', "%20")) {
        for rest in ["", "/events", "/video"] {
            let answer = get(&proxy, &format!("{VIDEOS}/{id}{rest}")).await;
            assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND");
        }
        let answer = delete(&proxy, &format!("{VIDEOS}/{id}")).await;
        assert_eq!(answer.refused(404), "RESOURCE_NOT_FOUND");
    }
    // Another deployment seals with another secret.
    let other = Stage::set(|config| config.secret = Some("s".repeat(32).parse().unwrap()));
    assert_eq!(
        get(&other.proxy(), &foreign).await.refused(404),
        "RESOURCE_NOT_FOUND"
    );
    assert_eq!(job(&proxy, &mine).await["status"], "processing");
    assert_eq!(path(&job(&proxy, &mine).await), mine);
}
