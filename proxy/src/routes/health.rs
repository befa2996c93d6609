use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use crate::failure::Failure;

/// The process runs.
pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

/// The proxy can do its work: KonPro has answered, or did so lately.
pub(super) async fn ready(State(app): State<App>) -> Result<StatusCode, Failure> {
    let unready = Failure::unavailable("not ready: KonPro's avatars were never listed");
    app.0
        .lists
        .avatars()
        .await
        .map(|_| StatusCode::OK)
        .map_err(|_| unready)
}
