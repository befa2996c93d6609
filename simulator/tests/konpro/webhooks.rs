use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use konpro_simulator::{Config, Simulator, WebhookSender};
use serde_json::{Value, json};
use tokio::time::sleep;
use tower::{BoxError, service_fn};

use crate::caller::{config, create, create_with, order, post, status};

/// A receiver that answers `OPTIONS` after some time, and what it was sent.
#[derive(Clone, Default)]
struct Receiver {
    hesitates: Duration,
    heard: Arc<Mutex<Vec<(Method, String, Value)>>>,
}

impl Receiver {
    fn simulator(&self) -> Simulator {
        let receiver = self.clone();
        let sender = service_fn(move |request: Request<Bytes>| {
            let receiver = receiver.clone();
            async move {
                sleep(receiver.hesitates).await;
                let body = serde_json::from_slice(request.body()).unwrap_or_default();
                let (method, url) = (request.method().clone(), request.uri().to_string());
                receiver.heard.lock().unwrap().push((method, url, body));
                Ok::<_, BoxError>(StatusCode::OK)
            }
        });
        Simulator::new(Config {
            webhooks: Some(WebhookSender::new(sender)),
            ..config()
        })
    }

    fn events(&self) -> Vec<(String, Value)> {
        let heard = self.heard.lock().unwrap();
        let posts = heard.iter().filter(|(method, ..)| *method == Method::POST);
        posts
            .map(|(_, url, body)| (url.clone(), body.clone()))
            .collect()
    }
}

fn order_with_webhook(text: &str) -> Value {
    let mut order = order(text);
    order["settings"] = json!({"webhook_url": "https://proxy.test/webhooks/1"});
    order
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_job_is_announced_once_it_is_true() {
    let receiver = Receiver::default();
    let simulator = receiver.simulator();
    let id = create_with(&simulator, &order_with_webhook("Hello")).await;
    while receiver.events().is_empty() {
        assert_eq!(status(&simulator, &id).await["status"], "processing");
        sleep(Duration::from_secs(1)).await;
    }
    let finished = status(&simulator, &id).await;
    assert_eq!(finished["status"], "completed");
    sleep(Duration::from_secs(3600)).await;

    let events = receiver.events();
    assert_eq!(events.len(), 1);
    let (url, body) = &events[0];
    assert_eq!(url, "https://proxy.test/webhooks/1");
    assert_eq!(body["event_type"], "avatar_video.success");
    assert_eq!(body["event_data"]["video_id"], *id);
    assert!(body["event_data"]["url"].as_str().unwrap().contains(&id));
    assert_eq!(receiver.heard.lock().unwrap()[0].0, Method::OPTIONS);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_announced_and_what_never_ends_is_not() {
    let receiver = Receiver::default();
    let simulator = receiver.simulator();
    create_with(&simulator, &order_with_webhook("[stuck]")).await;
    let id = create_with(&simulator, &order_with_webhook("[fail]")).await;
    sleep(Duration::from_secs(86_400)).await;

    let events = receiver.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].1["event_type"], "avatar_video.fail");
    assert_eq!(events[0].1["event_data"]["video_id"], *id);
    assert_eq!(events[0].1["event_data"]["url"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_needs_more_than_a_second_hears_nothing() {
    let receiver = Receiver {
        hesitates: Duration::from_millis(1500),
        ..Receiver::default()
    };
    let simulator = receiver.simulator();
    create_with(&simulator, &order_with_webhook("Hello")).await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(receiver.events(), []);

    let endpoint = json!({"url": "https://proxy.test/all", "events": []});
    let refused = post(&simulator, "/v1/webhook/endpoint.add", &endpoint).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"]["details"]["field"], "url");
}

#[tokio::test(start_paused = true)]
async fn an_account_hears_of_the_events_that_it_asked_for() {
    let receiver = Receiver::default();
    let simulator = receiver.simulator();
    let endpoint = json!({
        "url": "https://proxy.test/failures",
        "events": ["avatar_video.fail"],
        "entity_id": "shop-1",
    });
    let added = post(&simulator, "/v1/webhook/endpoint.add", &endpoint)
        .await
        .json();
    assert!(added["endpoint_id"].is_string());
    assert!(added["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(added["status"], "enabled");

    create(&simulator, "Fine").await;
    let failing = create(&simulator, "[fail]").await;
    sleep(Duration::from_secs(3600)).await;
    let events = receiver.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].0, "https://proxy.test/failures");
    assert_eq!(events[0].1["event_data"]["video_id"], *failing);

    let unknown = json!({"url": "https://proxy.test/", "events": ["lunch"]});
    let refused = post(&simulator, "/v1/webhook/endpoint.add", &unknown).await;
    assert_eq!(refused.json()["error"]["details"]["field"], "events");
}
