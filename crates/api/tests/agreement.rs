//! The same thing said in two ways is the same thing: in either dialect, and written and read back.

#![allow(clippy::unwrap_used)]

use konpro_api::{
    ApiError, Avatar, Avatars, CreateVideo, Credits, ErrorAnswer, ErrorBody, ErrorDetails,
    Estimate, Job, JobError, Limits, Pagination, Quota, Scope, Settings, Status, Voice,
    VoiceProperties, Voices,
};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Blank means absent, so nothing that means something is blank.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| format!("x{text}"))
}

fn address(ending: &'static str) -> impl Strategy<Value = Option<String>> {
    let name = "[a-z0-9/]{1,12}";
    option::of(name.prop_map(move |name| format!("https://cdn.example/{name}{ending}?expires=1")))
}

fn seconds() -> impl Strategy<Value = f64> {
    (0_u32..100_000_000).prop_map(|millis| f64::from(millis) / 1000.0)
}

prop_compose! {
    fn job()(
        job_id in text(),
        status in prop::sample::select(vec![
            Status::Pending, Status::Processing, Status::Failed, Status::Completed,
        ]),
        created_at in option::of(Just("2026-11-23T12:00:00Z".to_owned())),
        estimated_time: Option<u32>,
        place: Option<u32>,
        (video_url, thumbnail_url, caption_url) in (address(".mp4"), address(".jpg"), address(".ass")),
        duration in option::of(seconds()),
        (code, message) in (text(), text()),
    ) -> Job {
        let error = (status == Status::Failed).then(|| JobError::new(code, message));
        let queue_position = place.filter(|_| status == Status::Pending);
        Job {
            job_id, status, created_at, estimated_time, queue_position,
            video_url, thumbnail_url, caption_url, duration, error,
        }
    }
}

prop_compose! {
    fn pagination()(page: u32, limit: u32, total: u32, total_pages: u32) -> Pagination {
        Pagination { page, limit, total, total_pages }
    }
}

fn scope() -> impl Strategy<Value = Option<Scope>> {
    option::of(prop::sample::select(vec![Scope::Public, Scope::Private]))
}

prop_compose! {
    fn avatars()(
        entries in prop::collection::vec(
            (text(), text(), address(".jpg"), address(".mp4"), option::of(text()), scope()), 0..4,
        ),
        pagination in pagination(),
    ) -> Avatars {
        let avatars = entries.into_iter().map(
            |(id, name, thumbnail_url, video_url, created_at, scope)| {
                Avatar { id, name, thumbnail_url, video_url, created_at, scope }
            },
        );
        Avatars { avatars: avatars.collect(), pagination }
    }
}

prop_compose! {
    fn properties()(
        accent in option::of(text()), age in option::of(text()), style in option::of(text()),
    ) -> VoiceProperties {
        VoiceProperties { accent, age, style }
    }
}

prop_compose! {
    fn voice()(
        id in text(), name in text(), language in option::of(text()), gender in option::of(text()),
        preview_url in address(".mp3"), properties in option::of(properties()), scope in scope(),
    ) -> Voice {
        Voice { id, name, language, gender, preview_url, properties, scope }
    }
}

prop_compose! {
    fn limits()(
        max_text: u32,
        resolutions in prop::collection::vec(text(), 0..3),
        formats in prop::collection::vec(text(), 0..3),
        credits in option::of((seconds(), any::<u32>())),
        quota in option::of((any::<u32>(), any::<u32>(), text())),
        estimate in option::of((seconds(), seconds(), any::<u32>())),
    ) -> Limits {
        Limits {
            max_text, resolutions, formats,
            credits: credits.map(|(per_minute, increment)| Credits { per_minute, increment }),
            quota: quota.map(|(limit, left, resets_at)| Quota { limit, left, resets_at }),
            estimate: estimate.map(|(base, per_character, at_once)| Estimate { base, per_character, at_once }),
        }
    }
}

fn read<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_str(&body.to_string()).unwrap()
}

fn back<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_job_is_the_same_flat_and_in_the_envelope(job in job()) {
        let flat = json!({
            "job_id": job.job_id, "status": job.status, "video_url": job.video_url,
            "thumbnail_url": job.thumbnail_url, "caption_url": job.caption_url,
            "duration": job.duration, "error": job.error,
        });
        let envelope = json!({
            "code": 100, "message": "Success",
            "data": {
                "id": job.job_id, "status": job.status, "video_url": job.video_url,
                "thumbnail_url": job.thumbnail_url, "caption_url": job.caption_url,
                "duration": job.duration, "error": job.error, "gif_url": null,
                "video_url_caption": null, "created_at": 1_795_435_200, "callback_id": null,
            },
        });
        prop_assert_eq!(read::<Job>(&flat), read::<Job>(&envelope));
    }

    #[test]
    fn avatars_are_the_same_in_the_documentation_and_in_the_sdk(list in avatars(), either_way: bool) {
        let Pagination { page, limit, total, total_pages } = list.pagination;
        let entries: Vec<Value> = list.avatars.iter().map(|avatar| {
            // The SDK has one `cdn_url`: the clip, or the picture where there is no other.
            let (cdn_url, preview_image) = match (&avatar.video_url, &avatar.thumbnail_url) {
                (Some(clip), picture) => (Some(clip), picture.as_ref()),
                (None, Some(picture)) if either_way => (None, Some(picture)),
                (None, picture) => (picture.as_ref(), None),
            };
            json!({
                "id": avatar.id, "name": avatar.name, "gender": "female", "occupation": "Teacher",
                "cdn_url": cdn_url, "preview_image": preview_image,
                "is_public": avatar.scope.map(|scope| scope == Scope::Public),
                "created_at": avatar.created_at,
            })
        }).collect();
        let sdk = json!({
            "data": entries,
            "meta": {
                "page": page, "page_size": limit, "total": total, "total_pages": total_pages,
                "has_next": false, "has_prev": false,
            },
        });
        prop_assert_eq!(read::<Avatars>(&sdk), list);
    }

    #[test]
    fn voices_are_the_same_in_the_documentation_and_in_the_sdk(voice in voice(), named: bool) {
        let mut entry = json!({
            "name": voice.name, "gender": voice.gender, "preview_url": voice.preview_url,
            "elevenlabs_voice_id": if named { "another" } else { &voice.id },
            "is_public": voice.scope.map(|scope| scope == Scope::Public),
        });
        if named {
            entry["id"] = json!(voice.id);
        }
        let list: Voices = read(&json!({"data": [entry], "meta": {"page_size": 20}}));
        // The SDK's voices have neither.
        let expected = Voice { language: None, properties: None, ..voice };
        prop_assert_eq!(list.voices, [expected]);
    }

    #[test]
    fn what_is_written_is_read_back(
        job in job(),
        avatars in avatars(),
        voices in prop::collection::vec(voice(), 0..4),
        pagination in pagination(),
        limits in limits(),
    ) {
        prop_assert_eq!(back(&job), job);
        prop_assert_eq!(back(&avatars), avatars);
        let voices = Voices { voices, pagination };
        prop_assert_eq!(back(&voices), voices);
        prop_assert_eq!(back(&limits), limits);
    }

    #[test]
    fn a_request_is_read_back_to_the_letter(
        avatar_id: String, voice_id: String, text: String,
        settings: Option<(Option<String>, Option<String>, Option<String>, Option<String>)>,
    ) {
        let settings = settings.map(|(resolution, format, background, webhook_url)| {
            Settings { resolution, format, background, webhook_url }
        });
        let video = CreateVideo { avatar_id, voice_id, text, settings };
        prop_assert_eq!(back(&video), video);
    }

    #[test]
    fn an_error_is_read_back(
        code in text(), message in text(), request_id in text(),
        details in option::of((option::of(text()), option::of(text()))),
    ) {
        let details = details.map(|(field, reason)| ErrorDetails { field, reason });
        let error = ApiError { code, message, details };
        let body = ErrorBody { error: error.clone(), request_id: request_id.clone() };
        let answer: ErrorAnswer = read(&json!(body));
        let expected = ErrorAnswer { error: Some(error), request_id: Some(request_id) };
        prop_assert_eq!(answer, expected);
    }
}
