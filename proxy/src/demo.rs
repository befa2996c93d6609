//! KonPro in a box, inside the proxy: everything works, without a key and without a network.

use konpro_simulator::{Config as SimulatorConfig, Simulator};
use tokio::net::TcpListener;
use url::Url;

use crate::config::Config;
use crate::secrets::ApiKey;

/// Nobody who tries the widget wants to wait for minutes.
const SPEED: f64 = 6.0;

/// Starts a simulator on this computer, and points `config` at it.
pub async fn start(config: &mut Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let simulated = SimulatorConfig {
        speed: SPEED,
        public_url: address.clone(),
        concurrent: Some(config.concurrent_videos),
        ..SimulatorConfig::default()
    };
    let key: ApiKey = simulated.api_key.parse().map_err(anyhow::Error::msg)?;
    config.api_key = Some(key);
    config.api_key_file = None;
    config.api_url = Url::parse(&address)?;
    let simulator = Simulator::new(simulated);
    tokio::spawn(async move { simulator.serve(listener).await });
    Ok(())
}
