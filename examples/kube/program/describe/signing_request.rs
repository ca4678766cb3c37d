//! A CertificateSigningRequest: who asks whom for a certificate, and for which name.

use std::net::IpAddr;

use serde_json::Value;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::GeneralName;
use x509_parser::extensions::ParsedExtension;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::AttributeTypeAndValue;

use super::super::failure::Failure;
use super::text::Description;
use super::text::items;
use super::text::pairs;
use super::text::text;
use super::time;

pub fn describe(object: &Value, into: &mut Description) -> Result<(), Failure> {
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    let wrong = || Failure::said("Error parsing CSR: it is no PEM certificate request");
    let (_, pem) = parse_x509_pem(&super::bytes_of(&spec["request"])).map_err(|_| wrong())?;
    let (_, request) = X509CertificationRequest::from_der(&pem.contents).map_err(|_| wrong())?;
    into.names(object, false);
    into.field(0, "Labels", pairs(&metadata["labels"]));
    into.field(0, "Annotations", pairs(&metadata["annotations"]));
    into.field(0, "CreationTimestamp", time::date(&metadata["creationTimestamp"]));
    into.field(0, "Requesting User", text(&spec["username"]));
    into.field_if(0, "Signer", &spec["signerName"]);
    if let Some(seconds) = spec["expirationSeconds"].as_i64() {
        into.field(0, "Requested Duration", time::human(seconds));
    }
    into.field(0, "Status", status(&object["status"]));
    describe_subject(&request, into);
    describe_names(&request, into);
    Ok(())
}

fn status(status: &Value) -> String {
    let is = |kind: &str| items(&status["conditions"]).any(|condition| condition["type"] == kind);
    let mut words = match (is("Denied"), is("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if is("Failed") {
        words.push_str(",Failed");
    }
    if !super::bytes_of(&status["certificate"]).is_empty() {
        words.push_str(",Issued");
    }
    words
}

fn describe_subject(request: &X509CertificationRequest<'_>, into: &mut Description) {
    let subject = &request.certification_request_info.subject;
    let texts = |parts: &mut dyn Iterator<Item = &AttributeTypeAndValue<'_>>| -> Vec<String> {
        parts.filter_map(|part| part.as_str().ok()).map(ToOwned::to_owned).collect()
    };
    let last = |mut texts: Vec<String>| texts.pop().unwrap_or_default();
    into.line(0, "Subject:");
    let name = last(texts(&mut subject.iter_common_name()));
    into.line(0, format_args!("\tCommon Name:\t{name}"));
    let by = |identifier: &str| {
        let is = |part: &&AttributeTypeAndValue<'_>| part.attr_type().to_id_string() == identifier;
        texts(&mut subject.iter_attributes().filter(is))
    };
    into.line(0, format_args!("\tSerial Number:\t{}", last(by("2.5.4.5"))));
    for (title, identifier) in [
        ("Organization", "2.5.4.10"),
        ("Organizational Unit", "2.5.4.11"),
        ("Country", "2.5.4.6"),
        ("Locality", "2.5.4.7"),
        ("Province", "2.5.4.8"),
        ("StreetAddress", "2.5.4.9"),
        ("PostalCode", "2.5.4.17"),
    ] {
        describe_list(title, &by(identifier), into);
    }
}

fn describe_names(request: &X509CertificationRequest<'_>, into: &mut Description) {
    let [mut hosts, mut mails, mut places, mut addresses]: [Vec<String>; 4] = Default::default();
    for extension in request.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(names) = extension else { continue };
        for name in &names.general_names {
            match name {
                GeneralName::DNSName(name) => hosts.push((*name).to_owned()),
                GeneralName::RFC822Name(name) => mails.push((*name).to_owned()),
                GeneralName::URI(name) => places.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
                _ => {}
            }
        }
    }
    let lists = [
        ("DNS Names", hosts),
        ("Email Addresses", mails),
        ("URIs", places),
        ("IP Addresses", addresses),
    ];
    if lists.iter().any(|(_, names)| !names.is_empty()) {
        into.line(0, "Subject Alternative Names:");
    }
    for (title, names) in &lists {
        describe_list(title, names, into);
    }
}

fn address(bytes: &[u8]) -> Option<String> {
    let address = match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    };
    address.map(|address| address.to_string())
}

fn describe_list(title: &str, values: &[String], into: &mut Description) {
    if !values.is_empty() {
        into.line(0, format_args!("\t{title}:\t{}", values.join("\n\t\t")));
    }
}
