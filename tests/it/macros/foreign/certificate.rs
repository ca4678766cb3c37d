//! cert-manager's Certificate (`cert-manager.io/v1`), as its users know it from `kubectl explain`, said in structs.
#![allow(clippy::duplicated_attributes, reason = "two columns may be of one type")]

use std::collections::BTreeMap;

use kube_core::Resource;
use kube_core::Schema;
use kube_core::Time;

#[derive(Resource, Clone, Debug)]
#[resource(group = "cert-manager.io", version = "v1", kind = "Certificate", namespaced)]
#[resource(status = CertificateStatus, short_name = "cert", short_name = "certs", category = "cert-manager")]
#[resource(
    selectable = ".spec.issuerRef.group",
    selectable = ".spec.issuerRef.kind",
    selectable = ".spec.issuerRef.name"
)]
#[resource(print_column(
    name = "Ready",
    path = ".status.conditions[?(@.type == \"Ready\")].status",
    type = "string"
))]
#[resource(print_column(name = "Secret", path = ".spec.secretName"))]
#[resource(print_column(name = "Issuer", path = ".spec.issuerRef.name", priority = 1))]
#[resource(print_column(
    name = "Status",
    path = ".status.conditions[?(@.type == \"Ready\")].message",
    type = "string",
    priority = 1
))]
#[resource(print_column(
    name = "Expiration",
    path = ".status.notAfter",
    type = "string",
    priority = 1
))]
#[resource(print_column(name = "Age", path = ".metadata.creationTimestamp", type = "date"))]
pub(crate) struct CertificateSpec {
    #[resource(list_type = atomic)]
    additional_output_formats: Option<Vec<AdditionalOutputFormat>>,
    common_name: Option<String>,
    #[resource(list_type = atomic)]
    dns_names: Option<Vec<String>>,
    duration: Option<String>,
    #[resource(list_type = atomic)]
    email_addresses: Option<Vec<String>>,
    encode_usages_in_request: Option<bool>,
    #[resource(list_type = atomic)]
    ip_addresses: Option<Vec<String>>,
    #[serde(rename = "isCA")]
    is_ca: Option<bool>,
    issuer_ref: IssuerRef,
    keystores: Option<Keystores>,
    literal_subject: Option<String>,
    name_constraints: Option<NameConstraints>,
    #[resource(list_type = atomic)]
    other_names: Option<Vec<OtherName>>,
    private_key: Option<PrivateKey>,
    renew_before: Option<String>,
    renew_before_percentage: Option<i32>,
    renewal: Option<Renewal>,
    revision_history_limit: Option<i32>,
    secret_name: String,
    secret_template: Option<SecretTemplate>,
    signature_algorithm: Option<SignatureAlgorithm>,
    subject: Option<Subject>,
    #[resource(list_type = atomic)]
    uris: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    usages: Option<Vec<Usage>>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct AdditionalOutputFormat {
    r#type: Type,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    #[serde(rename = "DER")]
    Der,
    CombinedPEM,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct IssuerRef {
    group: Option<String>,
    kind: Option<String>,
    name: String,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Keystores {
    jks: Option<Jks>,
    pkcs12: Option<Pkcs12>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Jks {
    alias: Option<String>,
    create: bool,
    password: Option<String>,
    password_secret_ref: Option<PasswordSecretRef>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct PasswordSecretRef {
    key: Option<String>,
    name: String,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Pkcs12 {
    create: bool,
    password: Option<String>,
    password_secret_ref: Option<PasswordSecretRef>,
    profile: Option<Profile>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    LegacyRC2,
    LegacyDES,
    Modern2023,
    Modern2026,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct NameConstraints {
    critical: Option<bool>,
    excluded: Option<Excluded>,
    permitted: Option<Excluded>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Excluded {
    #[resource(list_type = atomic)]
    dns_domains: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    email_addresses: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    ip_ranges: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    uri_domains: Option<Vec<String>>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct OtherName {
    oid: Option<String>,
    utf8_value: Option<String>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct PrivateKey {
    algorithm: Option<Algorithm>,
    encoding: Option<Encoding>,
    rotation_policy: Option<RotationPolicy>,
    size: Option<i64>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    #[serde(rename = "RSA")]
    Rsa,
    #[serde(rename = "ECDSA")]
    Ecdsa,
    Ed25519,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    PKCS1,
    PKCS8,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RotationPolicy {
    Never,
    Always,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Renewal {
    policy: Option<Policy>,
    #[resource(list_type = atomic)]
    windows: Option<Vec<Window>>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    RenewBefore,
    Disabled,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Window {
    #[resource(min_length = 1)]
    cron: String,
    #[resource(min_length = 1)]
    timezone: Option<String>,
    #[resource(pattern = r#"^([0-9]+(\.[0-9]+)?(s|m|h))+$"#)]
    window_duration: String,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct SecretTemplate {
    annotations: Option<BTreeMap<String, String>>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    SHA256WithRSA,
    SHA384WithRSA,
    SHA512WithRSA,
    ECDSAWithSHA256,
    ECDSAWithSHA384,
    ECDSAWithSHA512,
    PureEd25519,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Subject {
    #[resource(list_type = atomic)]
    countries: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    localities: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    organizational_units: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    organizations: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    postal_codes: Option<Vec<String>>,
    #[resource(list_type = atomic)]
    provinces: Option<Vec<String>>,
    serial_number: Option<String>,
    #[resource(list_type = atomic)]
    street_addresses: Option<Vec<String>>,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    #[serde(rename = "signing")]
    Signing,
    #[serde(rename = "digital signature")]
    DigitalSignature,
    #[serde(rename = "content commitment")]
    ContentCommitment,
    #[serde(rename = "key encipherment")]
    KeyEncipherment,
    #[serde(rename = "key agreement")]
    KeyAgreement,
    #[serde(rename = "data encipherment")]
    DataEncipherment,
    #[serde(rename = "cert sign")]
    CertSign,
    #[serde(rename = "crl sign")]
    CrlSign,
    #[serde(rename = "encipher only")]
    EncipherOnly,
    #[serde(rename = "decipher only")]
    DecipherOnly,
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "server auth")]
    ServerAuth,
    #[serde(rename = "client auth")]
    ClientAuth,
    #[serde(rename = "code signing")]
    CodeSigning,
    #[serde(rename = "email protection")]
    EmailProtection,
    #[serde(rename = "s/mime")]
    SMime,
    #[serde(rename = "ipsec end system")]
    IpsecEndSystem,
    #[serde(rename = "ipsec tunnel")]
    IpsecTunnel,
    #[serde(rename = "ipsec user")]
    IpsecUser,
    #[serde(rename = "timestamping")]
    Timestamping,
    #[serde(rename = "ocsp signing")]
    OcspSigning,
    #[serde(rename = "microsoft sgc")]
    MicrosoftSgc,
    #[serde(rename = "netscape sgc")]
    NetscapeSgc,
}

#[derive(Schema, Clone, Debug, Default)]
pub(crate) struct CertificateStatus {
    acme: Option<Acme>,
    #[resource(list_type(map = "type"))]
    conditions: Option<Vec<Condition>>,
    failed_issuance_attempts: Option<i64>,
    last_failure_time: Option<Time>,
    next_private_key_secret_name: Option<String>,
    not_after: Option<Time>,
    not_before: Option<Time>,
    renewal_time: Option<Time>,
    revision: Option<i64>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Acme {
    ari: Option<Ari>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Ari {
    #[serde(rename = "explanationURL")]
    explanation_url: Option<String>,
    last_checked: Option<Time>,
    last_error: Option<String>,
    next_check: Option<Time>,
    suggested_window: Option<SuggestedWindow>,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct SuggestedWindow {
    end: Time,
    start: Time,
}

#[derive(Schema, Clone, Debug)]
pub(crate) struct Condition {
    last_transition_time: Option<Time>,
    message: Option<String>,
    observed_generation: Option<i64>,
    reason: Option<String>,
    status: Status,
    r#type: String,
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    True,
    False,
    Unknown,
}
