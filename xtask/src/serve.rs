//! A static server for the page, on the loopback interface only.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::{Result, anyhow};
use clap::Args;
use tiny_http::{HTTPVersion, Header, Method, Request, Response, Server};

use crate::shell::root;
use crate::wasm::{self, Artifact};

/// Answers to one slow reader must not hold up the others.
const THREADS: usize = 4;

#[derive(Args)]
pub(crate) struct Options {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Leave the WebGPU artifact out.
    #[arg(long)]
    cpu_only: bool,
}

/// Serves the page once the CPU artifact is there, and builds the other one meanwhile.
pub(crate) fn serve(options: &Options) -> Result<()> {
    wasm::build(Artifact::Cpu)?;
    let site = Site::open(options.port)?;
    println!("\n    The page is at {}\n", site.address());
    if !options.cpu_only {
        match wasm::build(Artifact::WebGpu) {
            Ok(()) => {
                site.add_webgpu();
                println!("\n    WebGPU is ready at {}\n", site.address());
            }
            Err(error) => eprintln!("error: {error:#}\nThe page goes on without WebGPU."),
        }
    }
    site.join();
    Ok(())
}

/// The running server; it ends with the program.
pub(crate) struct Site {
    address: SocketAddr,
    has_webgpu: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Site {
    /// Listens on `port` of this machine and answers in the background, at first without the WebGPU artifact: one that
    /// lies there from an earlier build may not fit the page.
    pub(crate) fn open(port: u16) -> Result<Self> {
        let server = Server::http((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| anyhow!("cannot listen on port {port}: {error}; choose another with `--port`"))?;
        let address = server.server_addr().to_ip().ok_or_else(|| anyhow!("the server has no network address"))?;
        let (server, has_webgpu) = (Arc::new(server), Arc::new(AtomicBool::new(false)));
        let threads = (0..THREADS)
            .map(|_| {
                let (server, has_webgpu) = (Arc::clone(&server), Arc::clone(&has_webgpu));
                thread::spawn(move || {
                    for request in server.incoming_requests() {
                        answer(request, address.port(), has_webgpu.load(Ordering::Relaxed));
                    }
                })
            })
            .collect();
        Ok(Self { address, has_webgpu, threads })
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on the WebGPU artifact is part of the site.
    pub(crate) fn add_webgpu(&self) {
        self.has_webgpu.store(true, Ordering::Relaxed);
    }

    fn join(self) {
        for thread in self.threads {
            // A thread ends only with the program or by a panic, which has then been printed.
            let _ = thread.join();
        }
    }
}

fn answer(request: Request, port: u16, has_webgpu: bool) {
    let host =
        request.headers().iter().find(|header| header.field.equiv("Host")).map(|header| header.value.to_string());
    // Another name for this address is another site's attempt to read the page as its own (DNS rebinding).
    let Some(host) = host.filter(|host| is_local(host, port)) else {
        return send(request, Response::empty(403));
    };
    if !matches!(request.method(), Method::Get | Method::Head) {
        return send(request, Response::empty(405));
    }
    let found = file_of(request.url())
        .filter(|path| has_webgpu || !is_webgpu(path))
        .and_then(|path| Some((File::open(root().join(&path)).ok()?, path)));
    let Some((file, path)) = found else {
        return send(request, Response::empty(404));
    };
    let mut response = Response::from_file(file);
    for (name, value) in headers(&path, &host) {
        response.add_header(header(name, &value));
    }
    send(request, response);
}

/// Part of the WebGPU artifact.
fn is_webgpu(path: &Path) -> bool {
    let artifact = [Artifact::WebGpu.glue(), Artifact::WebGpu.module()];
    artifact.iter().any(|file| path == Path::new("pkg").join(file))
}

/// Answers as HTTP/1.0, after which a browser ends the connection: `tiny_http` 0.12 gives each one a thread, and where several come at once may leave
/// one waiting until another ends, which those that are kept alive never do.
fn send<R: Read>(request: Request, response: Response<R>) {
    let (headers, is_head) = (request.headers().to_vec(), *request.method() == Method::Head);
    let mut writer = request.into_writer();
    let sent = response.raw_print(&mut writer, HTTPVersion(1, 0), &headers, is_head, None);
    // The visitor may have left; there is nobody to tell.
    let _ = sent.and_then(|()| writer.flush());
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("our own headers are ASCII, and the host's has been checked")
}

fn is_local(host: &str, port: u16) -> bool {
    host == format!("127.0.0.1:{port}") || host == format!("localhost:{port}")
}

/// The file, within the repository, that a request's path names: the page, or something in its two folders.
fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    if path.is_empty() || path == "index.html" {
        return Some("index.html".into());
    }
    let parts: Vec<&str> = path.split('/').collect();
    let public = parts.len() > 1 && matches!(parts[0], "www" | "pkg") && parts.iter().all(|part| is_plain(part));
    public.then(|| parts.iter().collect())
}

/// No file of the page needs more than these characters, and no trick gets by with them.
fn is_plain(name: &str) -> bool {
    !name.starts_with('.')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn headers(path: &Path, host: &str) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Content-Type", mime(path).to_owned()),
        ("Cache-Control", "no-cache".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
    ];
    headers.extend(policy(path, host).map(|policy| ("Content-Security-Policy", policy)));
    headers
}

/// What a document or worker may do; a worker takes its policy from its own response, not from the page.
///
/// `'self'` stays out of the workers' `script-src`, so that they can import from the package only, and ask this origin for nothing else.
fn policy(path: &Path, host: &str) -> Option<String> {
    match path.to_str()? {
        "pkg/home.js" | "pkg/trainer.js" | "pkg/trainer-webgpu.js" => {
            Some(format!("default-src 'none'; script-src http://{host}/pkg/ 'wasm-unsafe-eval'; connect-src 'none'"))
        }
        "www/own-history/worker.js" => Some(format!(
            "default-src 'none'; script-src http://{host}/www/own-history/ http://{host}/www/vendor/ 'wasm-unsafe-eval'; connect-src 'none'"
        )),
        // The page carries its own policy in a meta tag, which cannot say this.
        "index.html" => Some("frame-ancestors 'none'".to_owned()),
        _ => None,
    }
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt" | "md" | "ts" | "csv") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn only_the_page_and_its_folders_are_public() {
        assert_eq!(file_of("/"), Some("index.html".into()));
        assert_eq!(file_of("/?device=cpu"), Some("index.html".into()));
        assert_eq!(file_of("/pkg/wasm/homebody_cpu_bg.wasm"), Some("pkg/wasm/homebody_cpu_bg.wasm".into()));
        for private in ["/Cargo.toml", "/www", "/www/", "/src/lib.rs", "/pkg/.npmrc", "/.git/config", "relative", ""] {
            assert_eq!(file_of(private), None, "{private}");
        }
    }

    #[test]
    fn a_path_cannot_climb_out() {
        for path in
            ["/www/../Cargo.toml", "/www/%2e%2e/Cargo.toml", "/pkg//etc/passwd", "/www/..\\Cargo.toml", "//etc/passwd"]
        {
            assert_eq!(file_of(path), None, "{path}");
        }
    }

    #[test]
    fn modules_and_wasm_have_the_types_that_browsers_insist_on() {
        assert_eq!(mime(Path::new("a.js")), "text/javascript; charset=utf-8");
        assert_eq!(mime(Path::new("a_bg.wasm")), "application/wasm");
        assert_eq!(mime(Path::new("unknown")), "application/octet-stream");
    }

    #[test]
    fn workers_may_load_the_package_and_nothing_else() {
        for worker in ["pkg/home.js", "pkg/trainer.js", "pkg/trainer-webgpu.js"] {
            let policy = policy(Path::new(worker), "127.0.0.1:1").unwrap();
            assert!(policy.contains("script-src http://127.0.0.1:1/pkg/ "), "{worker}: {policy}");
            assert!(policy.contains("connect-src 'none'") && !policy.contains("'self'"), "{worker}: {policy}");
        }
    }

    #[test]
    fn the_reader_of_histories_may_load_itself_and_its_libraries() {
        let policy = policy(Path::new("www/own-history/worker.js"), "127.0.0.1:1").unwrap();
        assert!(policy.contains("/www/own-history/ http://127.0.0.1:1/www/vendor/ "), "{policy}");
        assert!(policy.contains("connect-src 'none'") && !policy.contains("'self'"), "{policy}");
    }

    #[test]
    fn the_webgpu_artifact_is_its_glue_and_its_module() {
        assert!(is_webgpu(Path::new("pkg/wasm/homebody_webgpu.js")));
        assert!(is_webgpu(Path::new("pkg/wasm/homebody_webgpu_bg.wasm")));
        assert!(!is_webgpu(Path::new("pkg/wasm/homebody_cpu.js")));
    }

    #[test]
    fn foreign_hosts_and_other_methods_are_refused() {
        let site = Site::open(0).unwrap();
        let host = site.address.to_string();
        assert!(ask(site.address, "GET", "/Cargo.toml", &host).starts_with("HTTP/1.0 404"));
        assert!(ask(site.address, "GET", "/", "evil.example").starts_with("HTTP/1.0 403"));
        assert!(ask(site.address, "POST", "/", &host).starts_with("HTTP/1.0 405"));
    }

    #[test]
    fn connections_that_come_together_are_all_answered() {
        let site = Site::open(0).unwrap();
        let address = site.address;
        let visit = move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
            write!(stream, "GET /index.html HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
            let mut version = [0; 8];
            stream.read_exact(&mut version).unwrap();
            // As 1.0, so that the visitor ends the connection, and its thread is free.
            assert_eq!(&version, b"HTTP/1.0");
        };
        let visitors: Vec<_> = (0..40).map(|_| thread::spawn(visit)).collect();
        visitors.into_iter().for_each(|visitor| visitor.join().unwrap());
    }

    fn ask(address: SocketAddr, method: &str, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}
