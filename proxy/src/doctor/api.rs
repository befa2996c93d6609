//! Whether KonPro answers, to this key.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use jiff::SignedDuration;
use konpro_api::Avatars;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Finding;
use crate::config::Config;
use crate::links::Links;
use crate::network::{self, NetworkError};
use crate::secrets::ApiKey;

const LIMIT: Duration = Duration::from_secs(20);
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;
/// Sessions and budgets go by the clock.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let key = match config.key() {
        Ok(key) => key,
        Err(error) => {
            return vec![Finding::wrong(
                format!("{error:#}"),
                "set KONPRO_API_KEY to the key from KonPro's dashboard",
            )];
        }
    };
    let answer = match timeout(LIMIT, ask(config, &key)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => return vec![unreachable(config, why)],
        Err(_) => return vec![unreachable(config, NetworkError::Lost)],
    };
    let mut findings = vec![judge(config, &answer)];
    findings.extend(clock(&answer.headers, answer.sent, answer.received));
    findings
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// A redirect costs one more.
    requests: u32,
    sent: SystemTime,
    received: SystemTime,
}

async fn ask(config: &Config, key: &ApiKey) -> Result<Answer, NetworkError> {
    let broken = |_| NetworkError::NeverOpened;
    let private = Links::of(config.api_url.clone()).api_is_private();
    let network = match private {
        true => network::nearby(),
        false => network::direct(),
    };
    let network = network.map_err(broken)?;
    let base = config.api_url.as_str().trim_end_matches('/');
    let mut path = "/v1/avatars";
    let mut requests = 0;
    loop {
        let request = http::Request::get(format!("{base}{path}?limit=1&page_size=1"))
            .header("x-api-key", key.header())
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|_| NetworkError::NeverOpened)?;
        requests += 1;
        let sent = SystemTime::now();
        let (parts, body) = network.clone().oneshot(request).await?.into_parts();
        let received = SystemTime::now();
        if parts.status.is_redirection() && !path.ends_with('/') {
            path = "/v1/avatars/";
            continue;
        }
        let body = Limited::new(body, LARGEST_ANSWER).collect().await;
        return Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.map_err(|_| NetworkError::Lost)?.to_bytes(),
            requests,
            sent,
            received,
        });
    }
}

fn unreachable(config: &Config, why: NetworkError) -> Finding {
    let url = &config.api_url;
    match why {
        NetworkError::NeverOpened | NetworkError::NotPublic => Finding::wrong(
            format!("{url} cannot be reached"),
            "look at KONPRO_API_URL (host, port, https), at this computer's DNS, and at firewalls and HTTPS_PROXY",
        ),
        NetworkError::Lost => Finding::wrong(
            format!("{url} does not answer"),
            "KonPro may be down: try again; else look at KONPRO_API_URL and at firewalls",
        ),
    }
}

fn judge(config: &Config, answer: &Answer) -> Finding {
    let url = &config.api_url;
    let status = answer.status;
    match status.as_u16() {
        401 | 403 => Finding::wrong(
            "KonPro refuses the key",
            "copy the key from KonPro's dashboard into KONPRO_API_KEY anew; it may have been replaced",
        ),
        429 => Finding::wrong(
            "KonPro's rate limit is used up",
            "wait, and look what else uses this key; set KONPRO_RATE_PER_MINUTE and KONPRO_RATE_PER_DAY to your plan's",
        ),
        200 if serde_json::from_slice::<Avatars>(&answer.body).is_ok() => {
            let took = match answer.requests {
                1 => "one request",
                _ => "two requests, the first of which it redirected",
            };
            Finding::fine(format!("{url} knows the key (this took {took})"))
        }
        500.. => Finding::wrong(
            format!("{url} is out of order: it says {status}"),
            "wait, and look at KonPro's status page",
        ),
        _ => Finding::wrong(
            format!("{url} is not KonPro's API: it says {status}, and no list of avatars"),
            "set KONPRO_API_URL to https://api.konpro.ai, or unset it",
        ),
    }
}

/// The answer's date is of some moment between.
fn clock(headers: &HeaderMap, sent: SystemTime, received: SystemTime) -> Option<Finding> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let sent = jiff::Timestamp::try_from(sent).ok()?;
    let received = jiff::Timestamp::try_from(received).ok()?;
    let before = sent.duration_since(theirs);
    let after = theirs.duration_since(received);
    let apart = before.max(after);
    Some(match apart > TOLERANCE {
        true => Finding::wrong(
            format!(
                "this computer's clock is {} s off KonPro's",
                apart.as_secs()
            ),
            "let it follow NTP (`timedatectl set-ntp true`): sessions and budgets go by it",
        ),
        false => Finding::fine("the clock is right"),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Severity;
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_found_and_a_slow_answer_is_no_wrong_clock() {
        let mut headers = HeaderMap::new();
        let date = "Tue, 24 Nov 2026 12:00:00 GMT".parse().unwrap();
        headers.insert(header::DATE, date);
        let at =
            |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_521_600 + seconds);
        let severity = |sent, received| {
            let finding = clock(&headers, at(sent), at(received));
            finding.unwrap().severity
        };
        assert_eq!(severity(2, 3), Severity::Fine);
        assert_eq!(severity(0, 19), Severity::Fine);
        assert_eq!(severity(60, 61), Severity::Wrong);
        assert_eq!(clock(&HeaderMap::new(), at(0), at(0)), None);
    }
}
