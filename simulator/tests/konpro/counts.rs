use std::time::Duration;

use konpro_simulator::{Call, Created, Fault, FaultKind, Simulator};
use serde_json::json;

use crate::caller::{config, create, create_request, get, order, post, send, status};

#[tokio::test(start_paused = true)]
async fn every_accepted_video_is_listed() {
    let simulator = Simulator::new(config());
    let mut asked = create_request("Paid for.");
    asked
        .headers_mut()
        .insert("idempotency-key", "k-1".parse().unwrap());
    send(&simulator, asked).await.unwrap();
    let mut with_webhook = order("Paid for again.");
    with_webhook["settings"] = json!({"webhook_url": "https://proxy.test/hook"});
    post(&simulator, "/v1/video-avatars", &with_webhook).await;
    post(&simulator, "/v1/video-avatars", &order("")).await;

    let counts = simulator.counts();
    assert_eq!(counts.requests(Call::Create), 3);
    let [first, second] = &counts.created[..] else {
        panic!("two were accepted: {:?}", counts.created);
    };
    assert_eq!(first.text, "Paid for.");
    assert_eq!(first.idempotency_key.as_deref(), Some("k-1"));
    assert_eq!(
        *second,
        Created {
            job_id: second.job_id.clone(),
            avatar_id: "avatar-3655".to_owned(),
            voice_id: "voice-123".to_owned(),
            text: "Paid for again.".to_owned(),
            idempotency_key: None,
            webhook_url: Some("https://proxy.test/hook".to_owned()),
        }
    );
    assert_ne!(first.job_id, second.job_id);
}

#[tokio::test(start_paused = true)]
async fn calls_are_counted_by_kind() {
    let simulator = Simulator::new(config());
    let id = create(&simulator, "Hello").await;
    status(&simulator, &id).await;
    get(&simulator, &format!("/v1/video_status?video_id={id}")).await;
    get(&simulator, "/v1/avatars").await;
    get(&simulator, "/v1/avatars/").await;
    get(&simulator, "/media/avatars/avatar-3655.svg").await;
    get(&simulator, "/elsewhere").await;

    let counts = simulator.counts();
    let asked = [
        Call::Create,
        Call::Status,
        Call::Avatars,
        Call::Voices,
        Call::Media,
        Call::Other,
    ];
    assert_eq!(asked.map(|call| counts.requests(call)), [1, 2, 2, 0, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn open_looks_at_one_job_are_seen() {
    let simulator = Simulator::new(config());
    let watched = create(&simulator, "Everybody watches me.").await;
    let other = create(&simulator, "Few watch me.").await;
    simulator.inject(Fault {
        on: Call::Status,
        kind: FaultKind::Delayed(Duration::from_secs(5)),
        times: 4,
    });
    tokio::join!(
        status(&simulator, &watched),
        status(&simulator, &watched),
        status(&simulator, &other),
    );
    status(&simulator, &other).await;

    let counts = simulator.counts();
    assert_eq!(counts.busiest[&watched], 2);
    assert_eq!(counts.busiest[&other], 1);
}
