//! The flags that users of kubectl know: a command line in, [`LoadingRules`] out.
//!
//! Mirrors: client-go tools/clientcmd/overrides.go
//! Differs: `--token` takes the place of a token file of the kubeconfig.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::load::LoadingRules;
use super::overrides::Overrides;
use crate::object;

/// Which cluster, as whom: kubectl's own flags, to be flattened into those of a program.
///
/// ```
/// # use clap::Parser as _;
/// #[derive(clap::Parser)]
/// struct Program {
///     #[command(flatten)]
///     cluster: kube_core::config::ConfigFlags,
/// }
/// let program = Program::parse_from(["program", "--context", "prod", "-n", "shop", "--as", "jane"]);
/// let rules = program.cluster.rules(); // `.load()?` finds the configuration
/// # drop(rules);
/// ```
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct ConfigFlags {
    /// Uses this kubeconfig and no other.
    #[arg(long, global = true, value_name = "PATH")]
    kubeconfig: Option<PathBuf>,
    /// Uses this context of the kubeconfig instead of its current one.
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
    /// Uses this cluster of the kubeconfig instead of the context's.
    #[arg(long, global = true, value_name = "NAME")]
    cluster: Option<String>,
    /// Uses this user of the kubeconfig instead of the context's.
    #[arg(long, global = true, value_name = "NAME")]
    user: Option<String>,
    /// The namespace where none is named.
    #[arg(long, short, global = true, value_name = "NAME")]
    namespace: Option<String>,
    /// The address of the API server.
    #[arg(long, short, global = true, value_name = "URL")]
    server: Option<String>,
    /// The name that the server's certificate must be for, if it is not the host of the address.
    #[arg(long, global = true, value_name = "NAME")]
    tls_server_name: Option<String>,
    /// Accepts any certificate of the server: anybody can pose as it.
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure_skip_tls_verify: Option<bool>,
    /// A file with the certificate authorities that are trusted.
    #[arg(long, global = true, value_name = "PATH")]
    certificate_authority: Option<PathBuf>,
    /// An http, https or socks5 proxy to the server.
    #[arg(long, global = true, value_name = "URL")]
    proxy_url: Option<String>,
    /// Asks the server for answers that are not compressed.
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    disable_compression: Option<bool>,
    /// A bearer token.
    #[arg(long, global = true, value_name = "TOKEN", value_parser = secret)]
    token: Option<SecretString>,
    /// A user name for basic authentication.
    #[arg(long, global = true, value_name = "NAME")]
    username: Option<String>,
    /// A password for basic authentication.
    #[arg(long, global = true, value_name = "PASSWORD", value_parser = secret)]
    password: Option<SecretString>,
    /// A file with a client certificate.
    #[arg(long, global = true, value_name = "PATH")]
    client_certificate: Option<PathBuf>,
    /// A file with the key of the client certificate.
    #[arg(long, global = true, value_name = "PATH")]
    client_key: Option<PathBuf>,
    /// Acts as this user.
    #[arg(long = "as", global = true, value_name = "NAME")]
    impersonate: Option<String>,
    /// Acts as the user of this uid.
    #[arg(long = "as-uid", global = true, value_name = "UID")]
    impersonate_uid: Option<String>,
    /// Acts as a member of this group; can be given more than once.
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    impersonate_groups: Vec<String>,
    /// Acts as somebody with this attribute; can be given more than once.
    #[arg(long = "as-user-extra", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    impersonate_extra: Vec<(String, String)>,
    /// How long one request may take, as in `5`, `90s` or `1m30s`; `0` is without end.
    #[arg(long, global = true, value_name = "TIME", value_parser = go_duration)]
    request_timeout: Option<Duration>,
}

impl ConfigFlags {
    /// What the flags say.
    pub fn rules(&self) -> LoadingRules {
        let rules = LoadingRules::new().overrides(self.overrides());
        match &self.kubeconfig {
            Some(path) => rules.kubeconfig(path),
            None => rules,
        }
    }

    fn overrides(&self) -> Overrides {
        let flags = self.clone();
        Overrides {
            context: flags.context,
            cluster: flags.cluster,
            user: flags.user,
            namespace: flags.namespace,
            server: flags.server,
            tls_server_name: flags.tls_server_name,
            insecure_skip_tls_verify: flags.insecure_skip_tls_verify,
            certificate_authority: flags.certificate_authority,
            proxy_url: flags.proxy_url,
            disable_compression: flags.disable_compression,
            token: flags.token,
            username: flags.username,
            password: flags.password,
            client_certificate: flags.client_certificate,
            client_key: flags.client_key,
            impersonate: flags.impersonate,
            impersonate_uid: flags.impersonate_uid,
            impersonate_groups: flags.impersonate_groups,
            impersonate_extra: flags.impersonate_extra,
            timeout: flags.request_timeout,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// Reads a time as kubectl's flags have it: a number of seconds, or as Go writes it: `1h30m`, `1.5s`, `300ms`. `0` is without end.
///
/// # Errors
/// It is no such text.
pub fn go_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as `30`, `30s`, `1m30s` or `500ms`".to_owned();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let duration: object::Duration = text.parse().map_err(|_| wrong())?;
            duration.try_into().map_err(|_| wrong())?
        }
    };
    Ok(if seconds.is_zero() { Duration::MAX } else { seconds })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Program {
        #[command(flatten)]
        cluster: ConfigFlags,
    }

    #[test]
    fn every_flag_of_kubectl_reaches_what_it_means() {
        let line = "program --kubeconfig k --context a --cluster b --user c -n d -s https://e --tls-server-name f \
            --insecure-skip-tls-verify --certificate-authority g --proxy-url h --disable-compression=false --token i \
            --username j --password k --client-certificate l --client-key m --as n --as-uid o --as-group p --as-group q \
            --as-user-extra r=s --request-timeout 90";
        let flags = Program::parse_from(line.split_whitespace()).cluster;
        assert!(!format!("{flags:?}").contains("\"i\""), "{flags:?}");
        let over = flags.overrides();
        let text = |text: &Option<String>| text.clone().unwrap();
        let all =
            [&over.context, &over.cluster, &over.user, &over.namespace, &over.server].map(text);
        assert_eq!(all, ["a", "b", "c", "d", "https://e"]);
        let all = [
            &over.tls_server_name,
            &over.proxy_url,
            &over.username,
            &over.impersonate,
            &over.impersonate_uid,
        ];
        assert_eq!(all.map(text), ["f", "h", "j", "n", "o"]);
        assert_eq!(over.insecure_skip_tls_verify, Some(true));
        assert_eq!(over.disable_compression, Some(false));
        assert_eq!(over.certificate_authority, Some(PathBuf::from("g")));
        assert_eq!(over.client_certificate.zip(over.client_key), Some(("l".into(), "m".into())));
        assert_eq!(over.token.unwrap().expose_secret(), "i");
        assert_eq!(over.password.unwrap().expose_secret(), "k");
        assert_eq!(over.impersonate_groups, ["p", "q"]);
        assert_eq!(over.impersonate_extra, [("r".to_owned(), "s".to_owned())]);
        assert_eq!(over.timeout, Some(Duration::from_secs(90)));
        assert_eq!(flags.rules().kubeconfig, Some(PathBuf::from("k")));
        assert!(Program::try_parse_from(["program", "--as-user-extra", "x"]).is_err());
    }

    #[test]
    fn a_time_is_read_as_kubectl_reads_it() {
        for (text, millis) in [
            ("5", 5000),
            ("90s", 90_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            ("2000us", 2),
            ("3000µs", 3),
            ("4000000ns", 4),
        ] {
            assert_eq!(go_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(go_duration("0"), Ok(Duration::MAX));
        assert_eq!(go_duration("0s"), Ok(Duration::MAX));
        for text in ["", "x", "5x", "-5", "1m5", "s", "1..5s"] {
            assert!(go_duration(text).is_err(), "{text}");
        }
    }
}
