use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use crate::failure::Failure;

/// The process runs.
pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

/// The proxy can do its work: the store answers, and KonPro has done so, or did lately.
pub(super) async fn ready(State(app): State<App>) -> Result<StatusCode, Failure> {
    app.0.store.check().await?;
    let unready = Failure::unavailable("not ready: KonPro's avatars were never listed");
    app.0
        .lists
        .avatars()
        .await
        .map(|_| StatusCode::OK)
        .map_err(|_| unready)
}
