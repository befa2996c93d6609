//! Every body that KonPro is known to send reads to exactly what it says.

#![allow(clippy::unwrap_used)]

use konpro_api::{
    ApiError, Avatar, Avatars, CreateVideo, ErrorAnswer, ErrorDetails, Job, JobError, Pagination,
    Scope, Settings, Status, Voice, VoiceProperties, Voices, Webhook, code,
};
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(vector: &str) -> T {
    serde_json::from_str(vector).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn job(job_id: &str, status: Status) -> Job {
    Job {
        job_id: job_id.to_owned(),
        status,
        ..Job::default()
    }
}

const SCRIPT: &str = "Welcome to our platform! Let me show you around.";
const VIDEO: &str = "https://cdn.konpro.ai/videos/job-456.mp4?expires=1796040000";

#[test]
fn a_create_request_is_read_whole() {
    let video: CreateVideo = read(include_str!("vectors/create-request.json"));
    let settings = Settings {
        resolution: some("1080p"),
        format: some("mp4"),
        background: some("office"),
        webhook_url: None,
    };
    let expected = CreateVideo {
        avatar_id: "avatar-3655".to_owned(),
        voice_id: "voice-123".to_owned(),
        text: SCRIPT.to_owned(),
        settings: Some(settings),
    };
    assert_eq!(video, expected);

    let video: CreateVideo = read(include_str!("vectors/create-request-with-webhook.json"));
    let settings = Settings {
        webhook_url: some("https://shop.example/webhooks/konpro"),
        ..Settings::default()
    };
    assert_eq!(video.settings, Some(settings));
}

#[test]
fn the_answer_to_a_create_is_a_job_with_an_estimate() {
    let created: Job = read(include_str!("vectors/created.json"));
    let expected = Job {
        estimated_time: Some(120),
        ..job("job-456", Status::Processing)
    };
    assert_eq!(created, expected);
}

#[test]
fn a_flat_status_says_how_the_job_stands_and_not_which_one_it_is() {
    let pending: Job = read(include_str!("vectors/status-flat-pending.json"));
    assert_eq!(pending, job("", Status::Pending));

    let processing: Job = read(include_str!("vectors/status-flat-processing.json"));
    assert_eq!(processing, job("", Status::Processing));

    let completed: Job = read(include_str!("vectors/status-flat-completed.json"));
    let expected = Job {
        video_url: some(VIDEO),
        ..job("", Status::Completed)
    };
    assert_eq!(completed, expected);

    let failed: Job = read(include_str!("vectors/status-flat-failed.json"));
    let expected = Job {
        error: Some(JobError::new(
            code::PROCESSING_ERROR,
            "KonPro gave no reason.",
        )),
        ..job("", Status::Failed)
    };
    assert_eq!(failed, expected);
}

#[test]
fn a_status_in_the_envelope_says_everything_that_is_known() {
    let pending: Job = read(include_str!("vectors/status-envelope-pending.json"));
    assert_eq!(pending, job("job-456", Status::Pending));

    let processing: Job = read(include_str!("vectors/status-envelope-processing.json"));
    assert_eq!(processing, job("job-456", Status::Processing));

    let completed: Job = read(include_str!("vectors/status-envelope-completed.json"));
    let expected = Job {
        video_url: some(VIDEO),
        thumbnail_url: some("https://cdn.konpro.ai/videos/job-456.jpg"),
        caption_url: some("https://cdn.konpro.ai/videos/job-456.ass"),
        duration: Some(3.44),
        ..job("job-456", Status::Completed)
    };
    assert_eq!(completed, expected);

    let failed: Job = read(include_str!("vectors/status-envelope-failed.json"));
    let expected = Job {
        error: Some(JobError::new(
            code::PROCESSING_ERROR,
            "The voice could not be synthesised",
        )),
        ..job("job-456", Status::Failed)
    };
    assert_eq!(failed, expected);
}

#[test]
fn avatars_are_the_same_in_both_forms() {
    let avatar = |id: &str, name: &str, created_at: &str, scope| Avatar {
        id: id.to_owned(),
        name: name.to_owned(),
        thumbnail_url: Some(format!("https://cdn.konpro.ai/avatars/{id}.jpg")),
        video_url: Some(format!("https://cdn.konpro.ai/avatars/{id}.mp4")),
        created_at: some(created_at),
        scope: Some(scope),
    };
    let ada = avatar("avatar-3655", "Ada", "2026-01-15T10:30:00Z", Scope::Public);
    let founder = avatar(
        "avatar-9001",
        "Our founder",
        "2026-03-02T08:00:00Z",
        Scope::Private,
    );
    let pagination = Pagination {
        page: 1,
        limit: 20,
        total: 2,
        total_pages: 1,
    };
    let documented: Avatars = read(include_str!("vectors/avatars-documentation.json"));
    let expected = Avatars {
        avatars: vec![ada.clone(), founder.clone()],
        pagination,
    };
    assert_eq!(documented, expected);

    let sdk: Avatars = read(include_str!("vectors/avatars-sdk.json"));
    // The SDK's `preview_image` is optional: without it there is no still picture.
    let founder = Avatar {
        thumbnail_url: None,
        ..founder
    };
    let expected = Avatars {
        avatars: vec![ada, founder],
        pagination,
    };
    assert_eq!(sdk, expected);
}

#[test]
fn documented_voices_say_how_they_sound() {
    let voices: Voices = read(include_str!("vectors/voices-documentation.json"));
    let properties = VoiceProperties {
        accent: some("american"),
        age: some("young"),
        style: some("friendly"),
    };
    let expected = Voices {
        voices: vec![Voice {
            id: "voice-123".to_owned(),
            name: "Clara".to_owned(),
            language: some("en-US"),
            gender: some("female"),
            preview_url: some("https://cdn.konpro.ai/voices/voice-123.mp3"),
            properties: Some(properties),
            scope: None,
        }],
        pagination: Pagination {
            page: 2,
            limit: 20,
            total: 21,
            total_pages: 2,
        },
    };
    assert_eq!(voices, expected);
}

#[test]
fn a_voice_of_the_sdk_without_an_id_goes_by_its_other_name() {
    let voices: Voices = read(include_str!("vectors/voices-sdk.json"));
    let voice = |id: &str, name: &str, gender: &str, scope| Voice {
        id: id.to_owned(),
        name: name.to_owned(),
        language: None,
        gender: some(gender),
        preview_url: None,
        properties: None,
        scope: Some(scope),
    };
    let clara = Voice {
        preview_url: some("https://cdn.konpro.ai/voices/voice-123.mp3"),
        ..voice("voice-123", "Clara", "female", Scope::Public)
    };
    let founder = voice(
        "AZnzlk1XvdvUeBnXmlld",
        "Our founder",
        "male",
        Scope::Private,
    );
    let expected = Voices {
        voices: vec![clara, founder],
        pagination: Pagination {
            page: 2,
            limit: 20,
            total: 22,
            total_pages: 2,
        },
    };
    assert_eq!(voices, expected);
}

#[test]
fn each_entry_of_the_videos_list_is_a_job() {
    let list: serde_json::Value = read(include_str!("vectors/videos.json"));
    let videos: Vec<Job> = serde_json::from_value(list["data"]["videos"].clone()).unwrap();
    let expected = [
        job("job-457", Status::Processing),
        job("job-456", Status::Completed),
    ];
    assert_eq!(videos, expected);
}

#[test]
fn an_error_is_read_in_each_of_its_forms() {
    let reason = "is not a supported resolution";
    let details = ErrorDetails {
        field: some("settings.resolution"),
        reason: some(reason),
    };
    let error = |code: &str, message: &str, details| ApiError {
        code: code.to_owned(),
        message: message.to_owned(),
        details,
    };
    let cases = [
        (
            include_str!("vectors/error-envelope.json"),
            error(
                code::VALIDATION_ERROR,
                "The request is not valid",
                Some(details.clone()),
            ),
            some("req-8f14e45f"),
        ),
        (
            include_str!("vectors/error-envelope-without-details.json"),
            error(
                code::RATE_LIMIT_EXCEEDED,
                "Too many requests, try again later",
                None,
            ),
            some("req-8f14e460"),
        ),
        // The framework has no codes of its own; its first complaint is the one that is told.
        (
            include_str!("vectors/error-detail-list.json"),
            error(code::VALIDATION_ERROR, reason, Some(details)),
            None,
        ),
        (
            include_str!("vectors/error-detail-text.json"),
            error("", "Not Found", None),
            None,
        ),
    ];
    for (vector, error, request_id) in cases {
        let expected = ErrorAnswer {
            error: Some(error),
            request_id,
        };
        assert_eq!(read::<ErrorAnswer>(vector), expected);
    }
}

#[test]
fn a_gateways_page_is_no_body_of_any_kind() {
    let page = include_str!("vectors/gateway.html");
    assert!(serde_json::from_str::<Job>(page).is_err());
    assert!(serde_json::from_str::<Avatars>(page).is_err());
    assert!(serde_json::from_str::<ErrorAnswer>(page).is_err());
    assert_eq!(code::for_http_status(502), code::SERVICE_UNAVAILABLE);
}

#[test]
fn a_webhook_says_which_video_it_is_about() {
    let webhook = |event_type: &str| Webhook {
        event_type: some(event_type),
        video_id: some("job-456"),
    };
    let success: Webhook = read(include_str!("vectors/webhook-success.json"));
    assert_eq!(success, webhook("avatar_video.success"));
    let fail: Webhook = read(include_str!("vectors/webhook-fail.json"));
    assert_eq!(fail, webhook("avatar_video.fail"));
}
