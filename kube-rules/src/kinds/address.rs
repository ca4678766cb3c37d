//! Addresses and networks as Go's netip reads them.

use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use super::quoted;

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    pub(crate) address: IpAddr,
    pub(crate) bits: u8,
}

impl Cidr {
    /// The network without the bits of its address that are not its own.
    pub(crate) fn masked(self) -> Self {
        let bits = u32::from(self.bits);
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Self { address, bits: self.bits }
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4()
            && Self { address, bits: self.bits }.masked() == self.masked()
    }

    pub(crate) fn contains_network(self, other: Self) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.bits)
    }
}

/// An address without a zone, and none of version 4 written as one of version 6.
pub(crate) fn ip(text: &str) -> Result<IpAddr, String> {
    let quoted = quoted(text);
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    match address.parse() {
        Ok(IpAddr::V6(_)) if address.len() + 1 < text.len() => {
            Err(format!("IP address {quoted} with zone value is not allowed"))
        }
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            Err(format!("IPv4-mapped IPv6 address {quoted} is not allowed"))
        }
        Ok(found) if address.len() == text.len() => Ok(found),
        _ => Err(format!(
            "IP Address {quoted} parse error during conversion from string: ParseAddr({quoted}): {}",
            unreadable(text)
        )),
    }
}

/// What is wrong with the text of an address.
fn unreadable(text: &str) -> String {
    match text.chars().find(|letter| ['.', ':', '%'].contains(letter)) {
        None => "unable to parse IP".to_owned(),
        Some('%') => "missing IPv6 address".to_owned(),
        Some('.') => unreadable_four(text),
        Some(_) => unreadable_six(text),
    }
}

fn unreadable_six(text: &str) -> String {
    let (mut rest, mut groups, mut skipped) = (text, 0, false);
    match text.split_once('%') {
        Some((_, "")) => return "zone must be a non-empty string".to_owned(),
        Some((address, _)) => rest = address,
        None => {}
    }
    let at = |why: &str, rest: &str| format!("{why} (at {})", quoted(rest));
    if let Some(after) = rest.strip_prefix("::") {
        (rest, skipped) = (after, true);
    }
    while groups < 8 {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        match digits {
            0 => return at("each colon-separated field must have at least one digit", rest),
            1..=4 => {}
            _ => return at("each group must have 4 or less digits", rest),
        }
        if rest[digits..].starts_with('.') {
            return match (skipped, groups) {
                (false, groups) if groups != 6 => {
                    at("embedded IPv4 address must replace the final 2 fields of the address", rest)
                }
                (_, groups) if groups > 6 => at(
                    "too many hex fields to fit an embedded IPv4 at the end of the address",
                    rest,
                ),
                _ => unreadable_four(rest),
            };
        }
        groups += 1;
        rest = &rest[digits..];
        if rest.is_empty() {
            break;
        }
        let Some(after) = rest.strip_prefix(':') else {
            return at("unexpected character, want colon", rest);
        };
        if after.is_empty() {
            return at("colon must be followed by more characters", rest);
        }
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            if skipped {
                return at("multiple :: in address", rest);
            }
            (rest, skipped) = (after, true);
            if rest.is_empty() {
                break;
            }
        }
    }
    match (rest, groups) {
        ("", 8) => "the :: must expand to at least one field of zeros".to_owned(),
        ("", _) => "address string too short".to_owned(),
        (rest, _) => at("trailing garbage after address", rest),
    }
}

fn unreadable_four(text: &str) -> String {
    let (mut value, mut digits, mut fields) = (0_u32, 0, 0);
    for (at, letter) in text.char_indices() {
        if let Some(digit) = letter.to_digit(10) {
            if digits == 1 && value == 0 {
                return "IPv4 field has octet with leading zero".to_owned();
            }
            (value, digits) = (value * 10 + digit, digits + 1);
            if value > 255 {
                return "IPv4 field has value >255".to_owned();
            }
        } else if letter == '.' {
            if digits == 0 || at + 1 == text.len() {
                let rest = &text[at..];
                return format!("IPv4 field must have at least one digit (at {})", quoted(rest));
            }
            if fields == 3 {
                return "IPv4 address too long".to_owned();
            }
            (value, digits, fields) = (0, 0, fields + 1);
        } else {
            return format!("unexpected character (at {})", quoted(&text[at..]));
        }
    }
    "IPv4 address too short".to_owned()
}

/// A network of no zone, and none of version 4 written as one of version 6.
pub(crate) fn cidr(text: &str) -> Result<Cidr, String> {
    let wrong = |why: String| {
        Err(format!(
            "network address parse error during conversion from string: netip.ParsePrefix({}): {why}",
            quoted(text)
        ))
    };
    let Some((start, length)) = text.rsplit_once('/') else { return wrong("no '/'".to_owned()) };
    let address: IpAddr = match start.parse() {
        Ok(address) => address,
        Err(_) if start.contains('%') => {
            return wrong("IPv6 zones cannot be present in a prefix".to_owned());
        }
        Err(_) => return wrong(format!("ParseAddr({}): {}", quoted(start), unreadable(start))),
    };
    let plain = length.bytes().all(|byte| byte.is_ascii_digit())
        && !length.is_empty()
        && (length == "0" || !length.starts_with('0'));
    let most = if address.is_ipv4() { 32 } else { 128 };
    match length.parse::<u8>() {
        _ if !plain => wrong(format!("bad bits after slash: {}", quoted(length))),
        Ok(bits) if bits <= most => match address {
            IpAddr::V6(six) if six.to_ipv4_mapped().is_some() => {
                Err(format!("IPv4-mapped IPv6 address {} is not allowed", quoted(text)))
            }
            _ => Ok(Cidr { address, bits }),
        },
        _ => wrong("prefix length out of range".to_owned()),
    }
}

/// Of the whole internet, or of a private network.
pub(crate) fn is_global(address: IpAddr) -> bool {
    let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    !broadcast
        && !address.is_unspecified()
        && !address.is_loopback()
        && !address.is_multicast()
        && !is_link_local(address)
}

/// Of one link.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// Of everybody on one link.
pub(crate) fn is_link_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_smaller_networks() {
        let outer = cidr("192.168.0.0/16").unwrap();
        assert!(outer.contains(ip("192.168.3.4").unwrap()));
        assert!(!outer.contains(ip("192.169.3.4").unwrap()));
        assert!(outer.contains_network(cidr("192.168.1.0/24").unwrap()));
        assert!(!outer.contains_network(cidr("192.0.0.0/8").unwrap()));
        assert_eq!(cidr("10.1.2.3/8").unwrap().masked().to_string(), "10.0.0.0/8");
        assert!(cidr("10.0.0.0/33").is_err() && cidr("10.0.0.0/08").is_err());
        assert!(ip("::ffff:1.2.3.4").is_err() && ip("fe80::1%eth0").is_err());
    }
}
