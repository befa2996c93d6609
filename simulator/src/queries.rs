//! Reads what callers send, as KonPro would.

use std::collections::BTreeMap;

use http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    catalogue,
    config::Dialect,
    jobs::Order,
    media::{Background, Format, Resolution},
    refusal::Refusal,
};

/// The parameters behind `?`.
pub(crate) type Parameters = BTreeMap<String, String>;

/// Which part of a list is asked for.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) page: usize,
    pub(crate) size: usize,
    public: Option<bool>,
    language: Option<String>,
    gender: Option<String>,
}

impl ListQuery {
    pub(crate) fn read(parameters: &Parameters, dialect: Dialect) -> Result<Self, Refusal> {
        let size_name = match dialect {
            Dialect::Documentation => "limit",
            Dialect::Sdk => "page_size",
        };
        Ok(Self {
            page: whole_number(parameters, "page", 1, usize::MAX)?,
            size: whole_number(parameters, size_name, 20, 100)?,
            public: match parameters.get("scope").map(String::as_str) {
                None | Some("all") => None,
                Some("public") => Some(true),
                Some("private") => Some(false),
                Some(_) => return Err(Refusal::query("scope", "must be all, public or private")),
            },
            language: parameters.get("language").cloned(),
            gender: match parameters.get("gender").map(String::as_str) {
                None => None,
                Some(gender @ ("male" | "female" | "neutral")) => Some(gender.to_owned()),
                Some(_) => {
                    return Err(Refusal::query("gender", "must be male, female or neutral"));
                }
            },
        })
    }

    pub(crate) fn wants_avatar(&self, avatar: &catalogue::Avatar) -> bool {
        self.public.is_none_or(|public| public == avatar.public)
    }

    pub(crate) fn wants_voice(&self, voice: &catalogue::Voice) -> bool {
        let language = self.language.as_deref();
        let gender = self.gender.as_deref();
        self.public.is_none_or(|public| public == voice.public)
            && language.is_none_or(|language| language.eq_ignore_ascii_case(voice.language))
            && gender.is_none_or(|gender| gender == voice.gender)
    }
}

fn whole_number(
    parameters: &Parameters,
    name: &'static str,
    default: usize,
    most: usize,
) -> Result<usize, Refusal> {
    let Some(given) = parameters.get(name) else {
        return Ok(default);
    };
    given
        .parse()
        .ok()
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| Refusal::query(name, "must be a whole number in the allowed range"))
}

/// A JSON object that says that it is JSON: the framework takes nothing else.
pub(crate) fn json_body(headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    content_type
        .filter(|kind| kind.starts_with("application/json"))
        .and_then(|_| serde_json::from_slice(body).ok())
        .filter(Value::is_object)
        .ok_or(Refusal::UnreadableBody)
}

/// Reads the body of a create.
pub(crate) fn order(body: &Value) -> Result<Order, Refusal> {
    let avatar_id = required(body, "avatar_id")?;
    let voice_id = required(body, "voice_id")?;
    let text = required(body, "text")?;
    let settings = Settings::read(body)?;
    let avatar = catalogue::avatar(avatar_id).ok_or(Refusal::Unknown {
        what: "avatar",
        field: "avatar_id",
    })?;
    let voice = catalogue::voice(voice_id).ok_or(Refusal::Unknown {
        what: "voice",
        field: "voice_id",
    })?;
    Ok(Order {
        avatar,
        voice,
        text: text.to_owned(),
        resolution: settings.resolution,
        format: settings.format,
        background: settings.background,
        webhook_url: settings.webhook_url,
    })
}

struct Settings {
    resolution: Resolution,
    format: Format,
    background: Background,
    webhook_url: Option<String>,
}

impl Settings {
    fn read(body: &Value) -> Result<Self, Refusal> {
        let nothing = Value::Null;
        let settings = body.get("settings").unwrap_or(&nothing);
        if !settings.is_object() && !settings.is_null() {
            return Err(Refusal::field("settings", "must be an object"));
        }
        let background = optional(settings, "background", "settings.background")?;
        let resolution = optional(settings, "resolution", "settings.resolution")?;
        let format = optional(settings, "format", "settings.format")?;
        let webhook_url = optional(settings, "webhook_url", "settings.webhook_url")?;
        Ok(Self {
            resolution: resolution.unwrap_or("720p").parse().map_err(|_| {
                Refusal::field("settings.resolution", "is not a supported resolution")
            })?,
            format: format
                .unwrap_or("mp4")
                .parse()
                .map_err(|_| Refusal::field("settings.format", "is not a supported format"))?,
            background: match background {
                Some("transparent") => Background::Transparent,
                _ => Background::Wall,
            },
            webhook_url: webhook_url
                .map(|url| receiver(url, "settings.webhook_url"))
                .transpose()?,
        })
    }
}

/// What `endpoint.add` is told.
pub(crate) struct NewEndpoint {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) entity_id: Option<String>,
}

/// Reads the body of `endpoint.add`.
pub(crate) fn new_endpoint(body: &Value) -> Result<NewEndpoint, Refusal> {
    let wrong_events = || Refusal::field("events", "must be a list of known events");
    let events = body
        .get("events")
        .and_then(Value::as_array)
        .ok_or_else(wrong_events)?;
    let known = |event: &Value| match event.as_str() {
        Some(name @ ("avatar_video.success" | "avatar_video.fail")) => Ok(name.to_owned()),
        _ => Err(wrong_events()),
    };
    Ok(NewEndpoint {
        url: receiver(required(body, "url")?, "url")?,
        events: events.iter().map(known).collect::<Result<_, _>>()?,
        entity_id: optional(body, "entity_id", "entity_id")?.map(str::to_owned),
    })
}

/// KonPro calls HTTPS only; this simulator also calls programs on its own machine.
fn receiver(url: &str, field: &'static str) -> Result<String, Refusal> {
    let address: Option<http::Uri> = url.parse().ok();
    let allowed = address.is_some_and(|address| {
        let host = address.host().unwrap_or_default();
        match address.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
            _ => false,
        }
    });
    if !allowed {
        return Err(Refusal::field(field, "must be an https URL"));
    }
    Ok(url.to_owned())
}

fn required<'a>(body: &'a Value, field: &'static str) -> Result<&'a str, Refusal> {
    match optional(body, field, field)? {
        Some(given) if !given.trim().is_empty() => Ok(given),
        _ => Err(Refusal::field(field, "is required")),
    }
}

fn optional<'a>(
    within: &'a Value,
    name: &str,
    path: &'static str,
) -> Result<Option<&'a str>, Refusal> {
    match within.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(given)) => Ok(Some(given)),
        Some(_) => Err(Refusal::field(path, "must be a string")),
    }
}
