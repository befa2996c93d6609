//! Whatever stands in a field, it costs that field at most: never the rest of the body, never a panic.

#![allow(clippy::unwrap_used)]

use konpro_api::{Avatars, ErrorAnswer, Job, Limits, Status, Voices, Webhook};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Anything that a sender may put where something else belongs.
fn anything() -> impl Strategy<Value = Value> {
    let odd_text = prop::sample::select(vec![
        "",
        " ",
        "NaN",
        "-Infinity",
        "1e999",
        "-1",
        "007",
        "12.5",
        "99999999999999999999",
        "null",
        "COMPLETED",
        "<script>",
        "\u{0}",
        "\u{202e}اب",
        "👩‍👩‍👧",
    ]);
    let odd_number = prop::sample::select(vec![f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e19, -0.0]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        odd_number.prop_map(Value::from),
        odd_text.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let members = prop::collection::vec(("[a-zé_ ]{0,8}", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A kind of body, whole, and what may be lost with each of its fields.
struct Body {
    whole: Value,
    read: fn(&str) -> Result<Value, serde_json::Error>,
    /// The ends of the read fields that stand on the sent field whose name is given.
    stands_on: fn(&str) -> Vec<&str>,
}

fn bodies() -> Vec<Body> {
    let vector = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let job = |whole| Body {
        whole,
        read: written::<Job>,
        stands_on: |field| match field {
            "id" | "job_id" => vec!["/job_id"],
            "status" => vec!["/status", "/code", "/message", "/queue_position"],
            "data" => vec![""],
            "error" => vec!["/code", "/message"],
            field => vec![field],
        },
    };
    let list = |whole, read| Body {
        whole,
        read,
        stands_on: |field| match field {
            "data" | "avatars" | "voices" => vec![""],
            // What has no id is nothing that could be asked for; what has no name goes by its id.
            "0" | "1" | "id" | "elevenlabs_voice_id" => vec![""],
            "cdn_url" => vec!["video_url", "thumbnail_url"],
            "preview_image" => vec!["thumbnail_url"],
            "is_public" => vec!["scope"],
            "properties" => vec!["accent", "age", "style"],
            "pagination" | "meta" => vec!["/page", "/limit", "/total", "/total_pages"],
            "page_size" => vec!["/limit"],
            field => vec![field],
        },
    };
    let error = |whole| Body {
        whole,
        read: |text| {
            let ErrorAnswer { error, request_id } = serde_json::from_str(text)?;
            Ok(json!({"error": error, "request_id": request_id}))
        },
        stands_on: |field| match field {
            "error" | "detail" | "0" | "1" => vec!["/error", "code", "message", "field", "reason"],
            "details" | "loc" => vec!["details", "field", "reason"],
            "2" => vec!["field"],
            "msg" => vec!["message", "reason"],
            field => vec![field],
        },
    };
    let webhook = |whole| Body {
        whole,
        read: |text| {
            let webhook: Webhook = serde_json::from_str(text)?;
            Ok(json!({"event_type": webhook.event_type, "video_id": webhook.video_id}))
        },
        stands_on: |field| match field {
            "event_data" => vec!["video_id"],
            field => vec![field],
        },
    };
    let flat = |rest: Value| {
        let mut whole = json!({
            "job_id": "job-456", "created_at": "2026-11-23T12:00:00Z", "estimated_time": 120,
        });
        let rest = rest.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(rest);
        job(whole)
    };
    vec![
        flat(json!({"status": "pending", "queue_position": 2})),
        flat(json!({
            "status": "completed", "duration": 3.44, "video_url": "https://cdn.example/v.mp4",
            "thumbnail_url": "https://cdn.example/v.jpg", "caption_url": "https://cdn.example/v.ass",
        })),
        flat(json!({"status": "failed", "error": {"code": "X", "message": "Why."}})),
        job(vector(include_str!("vectors/created.json"))),
        job(vector(include_str!(
            "vectors/status-envelope-completed.json"
        ))),
        job(vector(include_str!("vectors/status-envelope-failed.json"))),
        list(
            vector(include_str!("vectors/avatars-documentation.json")),
            written::<Avatars>,
        ),
        list(
            vector(include_str!("vectors/avatars-sdk.json")),
            written::<Avatars>,
        ),
        list(
            vector(include_str!("vectors/voices-documentation.json")),
            written::<Voices>,
        ),
        list(
            vector(include_str!("vectors/voices-sdk.json")),
            written::<Voices>,
        ),
        error(vector(include_str!("vectors/error-envelope.json"))),
        error(vector(include_str!("vectors/error-detail-list.json"))),
        webhook(vector(include_str!("vectors/webhook-success.json"))),
        Body {
            whole: json!({
                "max_text": 5000, "resolutions": ["1080p", "720p"], "formats": ["mp4"],
                "credits": {"per_minute": 1.0, "increment": 30},
                "quota": {"limit": 20, "left": 19, "resets_at": "2026-11-23T13:00:00Z"},
            }),
            read: written::<Limits>,
            // Half a rule is none.
            stands_on: |field| match field {
                "0" | "1" => vec!["/resolutions", "/formats"],
                "credits" | "per_minute" | "increment" => vec!["/credits"],
                "quota" | "limit" | "left" | "resets_at" => vec!["/quota"],
                field => vec![field],
            },
        },
    ]
}

fn written<T: DeserializeOwned + Serialize>(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<T>(text)?)
}

/// All that stands in `value`, each leaf under its path.
fn leaves(value: &Value, path: &str, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, &format!("{path}/{name}"), into);
            }
        }
        Value::Array(members) => {
            for (place, member) in members.iter().enumerate() {
                leaves(member, &format!("{path}/{place}"), into);
            }
        }
        leaf => into.push((path.to_owned(), leaf.clone())),
    }
}

/// The paths of all fields and members.
fn fields(value: &Value) -> Vec<String> {
    let mut leaf_paths = Vec::new();
    leaves(value, "", &mut leaf_paths);
    let mut paths: Vec<String> = leaf_paths
        .iter()
        .flat_map(|(path, _)| {
            let ends = path.match_indices('/').map(|(end, _)| end).skip(1);
            ends.chain([path.len()]).map(|end| path[..end].to_owned())
        })
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn damaged(whole: &Value, path: &str, by: Option<Value>) -> Value {
    let mut body = whole.clone();
    match by {
        Some(other) => *body.pointer_mut(path).unwrap() = other,
        None => {
            let (parent, name) = path.rsplit_once('/').unwrap();
            match body.pointer_mut(parent).unwrap() {
                Value::Object(members) => drop(members.remove(name)),
                Value::Array(members) => drop(members.remove(name.parse().unwrap())),
                _ => unreachable!("only objects and lists have members"),
            }
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_field_that_makes_no_sense_costs_itself_alone(
        body in any::<prop::sample::Index>(),
        field in any::<prop::sample::Index>(),
        by in option::weighted(0.9, anything()),
    ) {
        let bodies = bodies();
        let Body { whole, read, stands_on } = body.get(&bodies);
        let path = field.get(&fields(whole)).clone();
        let name = path.rsplit('/').next().unwrap();
        let before = read(&whole.to_string()).unwrap();
        let Ok(after) = read(&damaged(whole, &path, by).to_string()) else {
            // A body that lost its list, or its `max_text`, is no such body.
            prop_assert!(["avatars", "voices", "data", "max_text"].contains(&name), "{path}");
            return Ok(());
        };
        let (mut told, mut left) = (Vec::new(), Vec::new());
        leaves(&before, "", &mut told);
        leaves(&after, "", &mut left);
        let lost = told.iter().filter(|leaf| !left.contains(leaf));
        for (field, value) in lost {
            let blamed = stands_on(name).iter().any(|end| {
                // A list's or an object's members go with it.
                field.ends_with(end) || field.contains(&format!("{end}/"))
            });
            prop_assert!(blamed, "{path} cost {field} ({value})");
        }
    }

    #[test]
    fn an_entry_that_makes_no_sense_costs_no_other_entry(by in anything(), first: bool) {
        let whole: Value =
            serde_json::from_str(include_str!("vectors/avatars-documentation.json")).unwrap();
        let path = if first { "/avatars/0" } else { "/avatars/1" };
        let other = if first { "avatar-9001" } else { "avatar-3655" };
        let list: Avatars = serde_json::from_value(damaged(&whole, path, Some(by))).unwrap();
        prop_assert!(list.avatars.iter().any(|avatar| avatar.id == other));
        prop_assert_eq!(list.pagination.total, 2);
    }

    #[test]
    fn unknown_fields_change_nothing(
        body in any::<prop::sample::Index>(), name in "x_[a-z]{0,8}", value in anything(),
    ) {
        let bodies = bodies();
        let Body { whole, read, .. } = body.get(&bodies);
        let mut more = whole.clone();
        more.as_object_mut().unwrap().insert(name.clone(), value.clone());
        if let Some(inner) = more.get_mut("data").and_then(Value::as_object_mut) {
            inner.insert(name, value);
        }
        let (told, with_more) = (read(&whole.to_string()), read(&more.to_string()));
        prop_assert_eq!(told.unwrap(), with_more.unwrap());
    }

    #[test]
    fn bodies_of_nothing_but_nonsense_are_read_or_refused_in_peace(
        body in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), anything()), 0..12),
        instead in option::of(anything()),
    ) {
        let bodies = bodies();
        let Body { whole, read, .. } = body.get(&bodies);
        let mut wrong = whole.clone();
        for (field, by) in damage {
            if let Some(path) = fields(&wrong).get(field.index(8)).cloned() {
                wrong = damaged(&wrong, &path, Some(by));
            }
        }
        // Neither may panic; whether they can be read is the other tests' matter.
        let _ = read(&wrong.to_string());
        let _ = read(&instead.unwrap_or_default().to_string());
    }

    #[test]
    fn numbers_and_strings_stand_for_each_other(
        millis in 0_u64..1_000_000_000_000, whole: u32, id: i64,
    ) {
        let seconds = millis as f64 / 1000.0;
        let as_numbers = json!({"id": id, "duration": seconds, "estimated_time": whole});
        let as_strings = json!({
            "id": id.to_string(), "duration": seconds.to_string(),
            "estimated_time": whole.to_string(),
        });
        let read = |body: Value| serde_json::from_str::<Job>(&body.to_string()).unwrap();
        let job = read(as_numbers);
        prop_assert_eq!(job.duration, Some(seconds));
        prop_assert_eq!(job.estimated_time, Some(whole));
        prop_assert_eq!(&job.job_id, &id.to_string());
        prop_assert_eq!(job, read(as_strings));
    }

    #[test]
    fn an_unknown_status_is_still_running(word: String) {
        let known = ["pending", "completed", "failed"];
        prop_assume!(!known.contains(&word.trim().to_ascii_lowercase().as_str()));
        let job: Job = serde_json::from_value(json!({"job_id": "job-1", "status": word})).unwrap();
        prop_assert_eq!(job.status, Status::Processing);
        prop_assert_eq!(job.error, None);
    }
}

#[test]
fn ids_that_a_float_cannot_hold_are_not_mixed_up() {
    let read = |id: u64| {
        serde_json::from_value::<Job>(json!({"id": id}))
            .unwrap()
            .job_id
    };
    assert_eq!(read(9_007_199_254_740_993), "9007199254740993");
    // Further than any id goes; absent is better than another video's id.
    assert_eq!(read(u64::MAX), "");
}

#[test]
fn a_body_in_both_dialects_at_once_is_one_list() {
    let entry = json!({"id": "avatar-1"});
    let both = json!({
        "avatars": [entry], "data": "see avatars",
        "pagination": {"total": 1}, "meta": {"total": 1},
    });
    let list: Avatars = serde_json::from_value(both).unwrap();
    assert_eq!(list.avatars[0].name, "avatar-1");
    assert_eq!(list.pagination.total, 1);
}

#[test]
fn an_error_that_says_nothing_hides_no_other_word() {
    for nothing in [json!(""), json!(" "), json!({}), json!([]), json!(null)] {
        let body = json!({"error": nothing, "detail": "Not Found"});
        let answer: ErrorAnswer = serde_json::from_value(body).unwrap();
        assert_eq!(answer.error.unwrap().message, "Not Found", "{nothing}");
    }
    let failed = json!({"status": "failed", "error": ""});
    let job: Job = serde_json::from_value(failed).unwrap();
    assert_eq!(job.error.unwrap().message, "KonPro gave no reason.");
}
