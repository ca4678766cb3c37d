//! `kube-embedded`: an API server in memory, for as long as it runs. It prints its address and where its kubeconfig is.

mod arguments;

use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use arguments::Arguments;
use kube_embedded::Behaviours;
use kube_embedded::Server;
use kube_embedded::ServerBuilder;
use kube_embedded::ThisMachine;

const HELP: &str = "\
An API server in memory, for as long as it runs.

Usage: kube-embedded [OPTIONS]

Options:
  --port PORT         the port on 127.0.0.1 (default: a free one)
  --kubeconfig FILE   where to write the kubeconfig (default: a new file among the temporary ones)
  --bare              an API server alone: no garbage collection, no namespaces that empty themselves,
                      nothing becomes ready
  --coordinated-elections
                      serves LeaseCandidates and elects one for each Lease that they name
  --service NAMESPACE/NAME=ADDRESS:PORT
                      where the webhooks of a Service are; as often as needed
  --containers-on-this-machine
                      `kubectl exec` and `cp` in any Pod run their commands on this machine, as the user that
                      this program runs as, and `kubectl port-forward` reaches its ports at 127.0.0.1
  --help              this text";

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            tell(io::stdout(), HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            tell(io::stderr(), &format!("kube-embedded: {error}"));
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(io::stderr(), &format!("kube-embedded: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Whoever closed the stream does not want to know.
fn tell(mut stream: impl Write, text: &str) {
    drop(writeln!(stream, "{text}"));
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: &Arguments) -> io::Result<()> {
    let behaviours = if arguments.bare { Behaviours::bare() } else { Behaviours::cluster_like() };
    let behaviours = behaviours.coordinated_elections(arguments.coordinated_elections);
    let mut builder = calling(Server::builder().behaviours(behaviours), arguments)?;
    if arguments.this_machine {
        builder = builder.containers(ThisMachine);
    }
    let server = builder.build();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let listening = server.listen(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("failed to listen on {address}: {error}"))
    })?;
    let url = listening.url().to_string();
    let (path, ours) = match &arguments.kubeconfig {
        Some(path) => (path.clone(), false),
        None => (temporary(), true),
    };
    let text = server.kubeconfig(&url, &server.admin_token());
    write_secret(&path, &text, ours).map_err(|error| {
        io::Error::new(error.kind(), format!("failed to write `{}`: {error}", path.display()))
    })?;
    writeln!(io::stdout(), "{url}\nkubectl --kubeconfig {} get namespaces", path.display())?;
    tokio::signal::ctrl_c().await?;
    listening.stop().await;
    if ours { std::fs::remove_file(&path) } else { Ok(()) }
}

/// With a way to call webhooks.
#[cfg(feature = "webhooks")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it can fail")]
fn calling(builder: ServerBuilder, arguments: &Arguments) -> io::Result<ServerBuilder> {
    let services = arguments.services.iter();
    let https = services.fold(kube_embedded::Https::new(), |https, service| {
        https.service(&service.namespace, &service.name, service.address)
    });
    Ok(builder.outbound(https))
}

#[cfg(not(feature = "webhooks"))]
fn calling(builder: ServerBuilder, arguments: &Arguments) -> io::Result<ServerBuilder> {
    match arguments.services.first() {
        None => Ok(builder),
        Some(service) => Err(io::Error::other(format!(
            "failed to call webhooks of `{}/{}` at {}: this program is built without its feature \
             `webhooks`; build it with `--features webhooks`",
            service.namespace, service.name, service.address
        ))),
    }
}

/// A name that nobody can have put there before us.
fn temporary() -> PathBuf {
    let name = format!("kube-embedded-{}.kubeconfig", uuid::Uuid::new_v4().simple());
    std::env::temp_dir().join(name)
}

/// Writes a file that only its owner may read.
fn write_secret(path: &Path, text: &str, new: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).truncate(true).create(true).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A file that was there before keeps its mode when it is opened.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_kubeconfig_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let path = temporary();
        std::fs::write(&path, "public").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(write_secret(&path, "secret", true).is_err(), "not over a stranger's file");
        write_secret(&path, "secret", false).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret");
        std::fs::remove_file(&path).unwrap();
    }
}
