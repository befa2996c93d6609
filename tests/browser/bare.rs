//! No proxy of ours: nginx as `deploy/nginx-bare.conf` sets it up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::{env, fs};

use konpro_simulator::Call;
use tokio::net::TcpStream;

use crate::stage::play_bare;
use crate::waiting::until;

/// nginx, until it is dropped.
pub struct Nginx {
    child: Child,
    folder: PathBuf,
}

impl Nginx {
    /// Serves the page at this address, with KonPro at that one.
    pub async fn start(at: SocketAddr, konpro: SocketAddr, key: &str) -> Self {
        let folder = env::temp_dir().join(format!("konpro-nginx-{}", at.port()));
        fs::create_dir_all(&folder).unwrap();
        let here = folder.display();
        let page = env::var("KONPRO_TEST_PAGE").unwrap();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {here}/{kind};"));
        let shipped = include_str!("../../deploy/nginx-bare.conf");
        let adapted = [
            (
                "http {",
                format!("http {{ access_log off; {}", temporary.concat()),
            ),
            ("listen 8787;", format!("listen {at};")),
            ("root /srv/konpro-video;", format!("root {page};")),
            ("https://api.konpro.ai;", format!("http://{konpro};")),
        ];
        let adapted = adapted.iter().fold(shipped.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let own = format!("daemon off; pid {here}/pid; error_log stderr error;\n{adapted}");
        let types =
            "types { text/html html; text/javascript js; text/css css; application/wasm wasm; }";
        let key = format!("proxy_set_header x-api-key \"{key}\";");
        for (name, text) in [
            ("nginx.conf", &*own),
            ("mime.types", types),
            ("konpro-key.conf", &key),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let child = Command::new("nginx")
            .arg("-p")
            .arg(&folder)
            .args(["-e", "stderr", "-c", "nginx.conf"])
            .spawn()
            .expect("nginx is needed: `cargo xtask setup` installs it");
        let nginx = Self { child, folder };
        until("nginx", async || TcpStream::connect(at).await.ok()).await;
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Killed, it would leave its workers behind.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(asked.is_ok_and(|status| status.success()));
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn the_widget_makes_and_plays_a_video_before_a_bare_reverse_proxy() {
    play_bare(20.0, async |stage| {
        // That /v1/limits is not there is what tells the widget so.
        stage.expect_network_failures();
        stage.open_page().await;
        let widget = stage.widget();
        widget.compose("By polling alone.", "720p", "mp4").await;
        widget.generate().await;
        widget.plays(1280, 720).await;
        assert_eq!(stage.paid(), 1);
        let counts = stage.simulator.counts();
        assert!((1..=6).contains(&counts.requests(Call::Status)));
        assert_eq!(counts.created[0].idempotency_key, None);
    })
    .await;
}
