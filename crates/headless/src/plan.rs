use konpro_api::Limits;
use konpro_browser::{from_json, to_js};
use konpro_job::cut::{Terms, segments};
use konpro_job::script::{credits, length, ready_in, speech};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// How a script is made.
#[derive(Serialize)]
struct Plan {
    segments: Vec<Segment>,
    /// Seconds until the first one plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_in: Option<u32>,
    /// What all of them cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<f64>,
}

#[derive(Serialize)]
struct Segment {
    text: String,
    /// How long it takes to say.
    seconds: u32,
}

/// Cuts a script, handed over in the pieces between which the platform sees sentences end, by what the proxy's limits say, in JSON.
#[wasm_bindgen]
pub fn plan(pieces: Vec<String>, limits: &str) -> JsValue {
    let limits: Option<Limits> = from_json(limits);
    let usual = Terms::default();
    let estimate = limits.as_ref().and_then(|limits| limits.estimate);
    let rule = limits.as_ref().and_then(|limits| limits.credits);
    let quota = limits.as_ref().and_then(|limits| limits.quota.as_ref());
    let terms = Terms {
        estimate: estimate.unwrap_or(usual.estimate),
        credits: rule,
        most: quota.map_or(usual.most, |quota| quota.left),
    };
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let cut = segments(&pieces, terms);
    let first = cut.first().map(|first| length(first));
    let segments = cut.into_iter().map(|text| Segment {
        seconds: speech(&text),
        text,
    });
    let segments: Vec<Segment> = segments.collect();
    let cost = |rule| segments.iter().map(|it| credits(it.seconds, rule)).sum();
    to_js(&Plan {
        ready_in: first
            .zip(estimate)
            .map(|(first, estimate)| ready_in(first, estimate)),
        credits: rule.map(cost),
        segments,
    })
}
