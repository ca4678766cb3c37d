//! Functions of addresses and networks: `cidr(self).containsIP('10.0.0.1')`.
//!
//! Mirrors: apiserver pkg/cel/library/ip.go, cidr.go

use std::net::IpAddr;

use crate::kinds;
use crate::kinds::Cidr;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(_: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    match args {
        [Value::String(text)] => Some(match name {
            "ip" => address(text).map(Value::Ip),
            "isIP" => Ok(Value::Bool(kinds::ip(text).is_ok())),
            "ip.isCanonical" => {
                address(text).map(|address| Value::Bool(address.to_string() == **text))
            }
            "cidr" => network(text).map(Value::Cidr),
            "isCIDR" => Ok(Value::Bool(kinds::cidr(text).is_ok())),
            _ => return None,
        }),
        [Value::Ip(address)] => of_address(name, *address),
        [Value::Cidr(network), rest @ ..] => of_network(name, *network, rest),
        _ => None,
    }
}

fn address(text: &str) -> Result<IpAddr, Fault> {
    kinds::ip(text).map_err(Fault::Error)
}

fn network(text: &str) -> Result<Cidr, Fault> {
    let wrong = |why| format!("network address parse error during conversion from string: {why}");
    kinds::cidr(text).map_err(|why| Fault::Error(wrong(why)))
}

fn of_address<'a>(name: &str, address: IpAddr) -> Option<Outcome<'a>> {
    let is = match name {
        "family" => return Some(Ok(Value::Int(if address.is_ipv4() { 4 } else { 6 }))),
        "isUnspecified" => address.is_unspecified(),
        "isLoopback" => address.is_loopback(),
        "isLinkLocalMulticast" => kinds::is_link_local_multicast(address),
        "isLinkLocalUnicast" => kinds::is_link_local(address),
        "isGlobalUnicast" => kinds::is_global(address),
        _ => return None,
    };
    Some(Ok(Value::Bool(is)))
}

fn of_network<'a>(name: &str, outer: Cidr, rest: &[Value<'a>]) -> Option<Outcome<'a>> {
    Some(match (name, rest) {
        ("ip", []) => Ok(Value::Ip(outer.address)),
        ("masked", []) => Ok(Value::Cidr(outer.masked())),
        ("prefixLength", []) => Ok(Value::Int(i64::from(outer.bits))),
        ("containsIP", [Value::Ip(inner)]) => Ok(Value::Bool(outer.contains(*inner))),
        ("containsIP", [Value::String(inner)]) => {
            // Kubernetes loses why the text is no address.
            address(inner)
                .map(|inner| Value::Bool(outer.contains(inner)))
                .or_else(|_| Fault::no_overload())
        }
        ("containsCIDR", [Value::Cidr(inner)]) => Ok(Value::Bool(outer.contains_network(*inner))),
        ("containsCIDR", [Value::String(inner)]) => {
            network(inner).map(|inner| Value::Bool(outer.contains_network(inner)))
        }
        _ => return None,
    })
}
