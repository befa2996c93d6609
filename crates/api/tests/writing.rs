//! What is written is KonPro's documented form: its field names, and what is unknown is absent.

#![allow(clippy::unwrap_used)]

use konpro_api::{
    ApiError, Avatar, Avatars, CreateVideo, Credits, ErrorBody, ErrorDetails, Estimate, Job,
    JobError, Limits, Pagination, Quota, Scope, Settings, Status, Voice, Voices, code,
};
use serde::Serialize;
use serde_json::{Value, json};

fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn vector(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_create_request_is_konpros_own_sample() {
    let mut video = CreateVideo {
        avatar_id: "avatar-3655".to_owned(),
        voice_id: "voice-123".to_owned(),
        text: "Welcome to our platform! Let me show you around.".to_owned(),
        settings: Some(Settings {
            resolution: Some("1080p".to_owned()),
            format: Some("mp4".to_owned()),
            background: Some("office".to_owned()),
            webhook_url: None,
        }),
    };
    let sample = vector(include_str!("vectors/create-request.json"));
    assert_eq!(written(&video), sample);

    video.settings = Some(Settings {
        webhook_url: Some("https://shop.example/webhooks/konpro".to_owned()),
        ..Settings::default()
    });
    let sample = vector(include_str!("vectors/create-request-with-webhook.json"));
    assert_eq!(written(&video), sample);

    video.settings = None;
    assert_eq!(written(&video).get("settings"), None);
}

#[test]
fn what_is_unknown_of_a_job_is_absent_and_never_null() {
    let job = Job {
        job_id: "q83v".to_owned(),
        ..Job::default()
    };
    assert_eq!(
        written(&job),
        json!({"job_id": "q83v", "status": "processing"})
    );
}

#[test]
fn a_job_is_written_in_the_contracts_words() {
    let text = |text: &str| Some(text.to_owned());
    let waiting = Job {
        job_id: "q83v".to_owned(),
        status: Status::Pending,
        created_at: text("2026-11-23T12:00:00Z"),
        estimated_time: Some(120),
        queue_position: Some(1),
        ..Job::default()
    };
    assert_eq!(
        written(&waiting),
        json!({
            "job_id": "q83v", "status": "pending", "created_at": "2026-11-23T12:00:00Z",
            "estimated_time": 120, "queue_position": 1,
        })
    );
    let completed = Job {
        status: Status::Completed,
        queue_position: None,
        video_url: text("https://cdn.example/v.mp4"),
        thumbnail_url: text("https://cdn.example/v.jpg"),
        caption_url: text("https://cdn.example/v.ass"),
        duration: Some(3.44),
        ..waiting.clone()
    };
    assert_eq!(
        written(&completed),
        json!({
            "job_id": "q83v", "status": "completed", "created_at": "2026-11-23T12:00:00Z",
            "estimated_time": 120, "video_url": "https://cdn.example/v.mp4",
            "thumbnail_url": "https://cdn.example/v.jpg",
            "caption_url": "https://cdn.example/v.ass", "duration": 3.44,
        })
    );
    let failed = Job {
        job_id: "q83v".to_owned(),
        status: Status::Failed,
        error: Some(JobError::new(code::CANCELLED, "Withdrawn.")),
        ..Job::default()
    };
    assert_eq!(
        written(&failed),
        json!({
            "job_id": "q83v", "status": "failed",
            "error": {"code": "CANCELLED", "message": "Withdrawn."},
        })
    );
}

#[test]
fn lists_are_written_in_the_documentations_form_whichever_was_read() {
    let documented = vector(include_str!("vectors/avatars-documentation.json"));
    let read: Avatars = serde_json::from_value(documented.clone()).unwrap();
    assert_eq!(written(&read), documented);

    let sdk: Avatars = serde_json::from_str(include_str!("vectors/avatars-sdk.json")).unwrap();
    let mut without_its_picture = documented;
    let founder = without_its_picture["avatars"][1].as_object_mut().unwrap();
    founder.remove("thumbnail_url");
    assert_eq!(written(&sdk), without_its_picture);

    let documented = vector(include_str!("vectors/voices-documentation.json"));
    let read: Voices = serde_json::from_value(documented.clone()).unwrap();
    assert_eq!(written(&read), documented);

    let sdk: Voices = serde_json::from_str(include_str!("vectors/voices-sdk.json")).unwrap();
    assert_eq!(
        written(&sdk)["voices"][1],
        json!({
            "id": "AZnzlk1XvdvUeBnXmlld", "name": "Our founder", "gender": "male",
            "scope": "private",
        })
    );
}

#[test]
fn an_error_is_written_in_konpros_envelope() {
    let details = ErrorDetails {
        field: Some("settings.resolution".to_owned()),
        reason: Some("is not a supported resolution".to_owned()),
    };
    let body = ErrorBody {
        error: ApiError {
            details: Some(details),
            ..ApiError::new(code::VALIDATION_ERROR, "The request is not valid")
        },
        request_id: "req-8f14e45f".to_owned(),
    };
    let vector_with_details = vector(include_str!("vectors/error-envelope.json"));
    assert_eq!(written(&body), vector_with_details);

    let body = ErrorBody {
        error: ApiError::new(
            code::RATE_LIMIT_EXCEEDED,
            "Too many requests, try again later",
        ),
        request_id: "req-8f14e460".to_owned(),
    };
    let vector = vector(include_str!("vectors/error-envelope-without-details.json"));
    assert_eq!(written(&body), vector);
}

#[test]
fn limits_are_written_in_the_contracts_words() {
    let mut limits = Limits {
        max_text: 5000,
        resolutions: vec!["1080p".to_owned(), "720p".to_owned()],
        formats: vec!["mp4".to_owned()],
        credits: Some(Credits {
            per_minute: 1.0,
            increment: 30,
        }),
        quota: Some(Quota {
            limit: 20,
            left: 19,
            resets_at: "2026-11-23T13:00:00Z".to_owned(),
        }),
        estimate: Some(Estimate {
            base: 60.0,
            per_character: 0.107,
            at_once: 1,
        }),
    };
    assert_eq!(
        written(&limits),
        json!({
            "max_text": 5000, "resolutions": ["1080p", "720p"], "formats": ["mp4"],
            "credits": {"per_minute": 1.0, "increment": 30},
            "quota": {"limit": 20, "left": 19, "resets_at": "2026-11-23T13:00:00Z"},
            "estimate": {"base": 60.0, "per_character": 0.107, "at_once": 1},
        })
    );
    (limits.credits, limits.quota, limits.estimate) = (None, None, None);
    let keys: Vec<String> = written(&limits)
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["formats", "max_text", "resolutions"]);
}

#[test]
fn entries_say_only_what_is_known() {
    let page = Avatars {
        avatars: vec![Avatar {
            id: "avatar-1".to_owned(),
            name: "Ada".to_owned(),
            thumbnail_url: None,
            video_url: None,
            created_at: None,
            scope: Some(Scope::Private),
        }],
        pagination: Pagination::default(),
    };
    assert_eq!(
        written(&page)["avatars"][0],
        json!({"id": "avatar-1", "name": "Ada", "scope": "private"})
    );
    let voice = Voice {
        id: "voice-1".to_owned(),
        name: "Clara".to_owned(),
        language: None,
        gender: None,
        preview_url: None,
        properties: None,
        scope: None,
    };
    assert_eq!(written(&voice), json!({"id": "voice-1", "name": "Clara"}));
}
