//! Asking the operator's own server before a video is paid for.

use std::str::FromStr;
use std::time::Duration;

use axum::http::{StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use konpro_api::{CreateVideo, code};
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;
use tower::ServiceExt;
use url::{Host, Url};

use crate::failure::Failure;
use crate::links::is_private;
use crate::network::Network;

/// The visitor waits for the answer.
const LIMIT: Duration = Duration::from_secs(5);
const LARGEST_ANSWER: usize = 64 * 1024;
const LONGEST_REASON: usize = 300;
const NO_REASON: &str = "This video may not be made here.";

/// Where approval is asked for: `https`, or `http` within the operator's own network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproveUrl(Url);

impl FromStr for ApproveUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| "an https:// address is needed")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("no name or password may stand in it: they would end up in logs");
        }
        let nearby = match url.host() {
            // A name without a dot is one of the operator's network.
            Some(Host::Domain(name)) => !name.contains('.') || name.ends_with(".internal"),
            Some(Host::Ipv4(address)) => is_private(&address.into()),
            Some(Host::Ipv6(address)) => is_private(&address.into()),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if nearby => Ok(Self(url)),
            _ => Err("it must begin with https://, except within your own network"),
        }
    }
}

/// The operator's own word on each video.
pub(crate) struct Approval {
    url: ApproveUrl,
    network: Network,
}

#[derive(Serialize)]
struct Question<'a> {
    #[serde(flatten)]
    video: &'a CreateVideo,
    /// The session's `sub`; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor: Option<&'a str>,
}

impl Approval {
    pub(crate) fn new(url: ApproveUrl, network: Network) -> Self {
        Self { url, network }
    }

    /// 403 with the server's reason where it refuses; 503 where it does not answer: the door is
    /// closed by default.
    pub(crate) async fn ask(
        &self,
        video: &CreateVideo,
        visitor: Option<&str>,
    ) -> Result<(), Failure> {
        let body = serde_json::to_vec(&Question { video, visitor });
        let body = body.map_err(|_| unavailable("a question for approval cannot be written"))?;
        let request = http::Request::post(self.url.0.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(body))
            .map_err(|_| unavailable("KONPRO_PROXY_APPROVE_URL cannot be called"))?;
        let exchange = async {
            let answer = self.network.clone().oneshot(request).await.ok()?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await.ok()?;
            Some((parts.status, body.to_bytes()))
        };
        let answered = timeout(LIMIT, exchange).await.ok().flatten();
        let Some((status, body)) = answered else {
            return Err(unavailable("KONPRO_PROXY_APPROVE_URL does not answer"));
        };
        let said = serde_json::from_slice::<Value>(&body);
        // A no may stand in what cannot be read.
        let is_garbled = said.is_err() && body.contains(&b'{');
        let said = said.unwrap_or_default();
        let approves = said.get("approved").is_none_or(|word| *word == true);
        match status.as_u16() {
            200..=299 if is_garbled => {
                Err(unavailable("KONPRO_PROXY_APPROVE_URL sends broken JSON"))
            }
            200..=299 if approves => Ok(()),
            200..=299 | 400..=499 => Err(refused(&said, &body)),
            _ => Err(unavailable("KONPRO_PROXY_APPROVE_URL is out of order")),
        }
    }
}

fn unavailable(log: &'static str) -> Failure {
    Failure::unavailable(log).after(30)
}

fn refused(said: &Value, body: &[u8]) -> Failure {
    let places = ["/reason", "/error", "/error/message"];
    let described = places
        .iter()
        .find_map(|place| said.pointer(place)?.as_str());
    let plain = || {
        let text = str::from_utf8(body).ok()?;
        let is_plain = !text.trim_start().starts_with(['{', '[', '<', '"']);
        is_plain.then_some(text)
    };
    let reason: String = described
        .or_else(plain)
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_REASON)
        .collect();
    let message = match reason.trim() {
        "" => NO_REASON,
        reason => reason,
    };
    let status = StatusCode::FORBIDDEN;
    Failure::new(status, code::INSUFFICIENT_PERMISSIONS, message)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::body::Body;
    use http::{Request, Response};
    use serde_json::{Value, json};
    use tower::service_fn;

    use super::*;
    use crate::network::NetworkError;

    type Asked = Arc<Mutex<Vec<(http::request::Parts, Value)>>>;

    fn answering(status: u16, body: &'static str) -> (Approval, Asked) {
        let asked = Asked::default();
        let log = Arc::clone(&asked);
        let network = Network::new(service_fn(move |request: Request<Bytes>| {
            let (parts, body_sent) = request.into_parts();
            let said = serde_json::from_slice(&body_sent).unwrap();
            log.lock().unwrap().push((parts, said));
            async move {
                match status {
                    0 => std::future::pending().await,
                    1 => Err(NetworkError::NeverOpened),
                    _ => Ok(Response::builder()
                        .status(status)
                        .body(Body::from(body))
                        .unwrap()),
                }
            }
        }));
        let url = "https://site.example/approve?for=konpro".parse().unwrap();
        (Approval::new(url, network), asked)
    }

    async fn ask(status: u16, body: &'static str) -> Result<(), (u16, String)> {
        let (approval, _) = answering(status, body);
        let video = CreateVideo::default();
        let answer = approval.ask(&video, None).await;
        answer.map_err(|failure| (failure.status.as_u16(), failure.error.message.clone()))
    }

    #[tokio::test(start_paused = true)]
    async fn the_question_holds_what_is_to_be_made_and_for_whom() {
        let (approval, asked) = answering(204, "");
        let video = CreateVideo {
            text: "Hello.".to_owned(),
            ..CreateVideo::default()
        };
        assert_eq!(approval.ask(&video, Some("visitor-1")).await, Ok(()));
        let (parts, said) = asked.lock().unwrap().pop().unwrap();
        assert_eq!(parts.uri, "https://site.example/approve?for=konpro");
        assert!(parts.headers.get("x-api-key").is_none());
        let wanted =
            json!({"avatar_id": "", "voice_id": "", "text": "Hello.", "visitor": "visitor-1"});
        assert_eq!(said, wanted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_no_is_passed_on_with_its_reason() {
        let said = |reason: &str| Err((403, reason.to_owned()));
        assert_eq!(ask(200, r#"{"approved": true}"#).await, Ok(()));
        assert_eq!(ask(200, "fine").await, Ok(()));
        assert_eq!(
            ask(200, r#"{"approved": false, "reason": "Too rude."}"#).await,
            said("Too rude.")
        );
        assert_eq!(
            ask(422, r#"{"error": {"message": "Too\u0007 long."}}"#).await,
            said("Too long.")
        );
        assert_eq!(ask(403, "Not on Sundays.").await, said("Not on Sundays."));
        assert_eq!(ask(404, "<html>no</html>").await, said(NO_REASON));
        assert_eq!(ask(400, "").await, said(NO_REASON));
        let long = Box::leak("x".repeat(5_000).into_boxed_str());
        assert_eq!(ask(400, long).await, said(&"x".repeat(300)));
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_not_a_yes_is_a_no() {
        for (body, reason) in [
            (r#"{"approved": false, "error": "Too rude."}"#, "Too rude."),
            (r#"{"approved": false, "reason": 7}"#, NO_REASON),
            (
                r#"{"approved": false, "error": {"message": ["no"]}}"#,
                NO_REASON,
            ),
            (r#"{"approved": 0}"#, NO_REASON),
            (r#"{"approved": null}"#, NO_REASON),
            (r#"{"approved": "false"}"#, NO_REASON),
            (r#"{"approved": "true"}"#, NO_REASON),
        ] {
            assert_eq!(
                ask(200, body).await,
                Err((403, reason.to_owned())),
                "{body}"
            );
        }
        for garbled in [
            r#"{"approved": false, "score": NaN}"#,
            "\u{feff}{\"approved\": false}",
            r#"{"approved": fal"#,
        ] {
            assert_eq!(ask(200, garbled).await.unwrap_err().0, 503, "{garbled}");
        }
        assert_eq!(ask(200, r#"{"reason": "None needed."}"#).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_is_no_leave() {
        for status in [0, 1, 302, 500, 503] {
            let answer = ask(status, r#"{"approved": true}"#).await;
            assert_eq!(answer.unwrap_err().0, 503, "{status}");
        }
    }

    #[test]
    fn an_address_is_encrypted_or_nearby() {
        for right in [
            "https://site.example/approve",
            "http://127.0.0.1:9/",
            "http://site:8080/a",
        ] {
            assert!(right.parse::<ApproveUrl>().is_ok(), "{right}");
        }
        for wrong in [
            "http://site.example/",
            "https://u:p@site.example/",
            "ftp://a.b/",
            "site",
        ] {
            assert!(wrong.parse::<ApproveUrl>().is_err(), "{wrong}");
        }
    }
}
