//! Addresses of pg_hba.conf: networks, PostgreSQL's words, and which of them contains which.

use std::net::IpAddr;

/// Where a row of pg_hba.conf applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// Every address.
    All,
    /// The networks that the server is connected to.
    SameNet,
    /// The server's own addresses.
    SameHost,
    /// Addresses that share their first `prefix` bits; of 32 or 128 bits, in the upper part of `bits`.
    Range {
        version: u8,
        bits: u128,
        prefix: u32,
    },
}

/// The network of an address as written.
///
/// # Errors
/// What to write instead, as far as it can be told.
pub(super) fn parse(written: &str) -> Result<Network, Option<String>> {
    match written {
        "all" => return Ok(Network::All),
        "samenet" => return Ok(Network::SameNet),
        "samehost" => return Ok(Network::SameHost),
        _ => {}
    }
    let (address, prefix) = match written.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (written, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        let named = prefix.is_none() && address.contains(|c: char| c.is_ascii_alphabetic());
        return Err(named.then(|| {
            "host names depend on a resolver and are not offered: write the network".into()
        }));
    };
    let (version, bits, longest) = match address {
        IpAddr::V4(four) => (4, u128::from(four.to_bits()) << 96, 32),
        IpAddr::V6(six) => (6, six.to_bits(), 128),
    };
    let Some(prefix) = prefix else {
        return Err(Some(format!("write {written}/{longest} for one address")));
    };
    let digits = prefix.chars().all(|c| c.is_ascii_digit());
    match prefix.parse::<u32>() {
        Ok(prefix) if digits && prefix <= longest => Ok(Network::Range {
            version,
            bits,
            prefix,
        }),
        _ => Err(Some(format!(
            "the part after `/` is a number of bits, 0 to {longest}"
        ))),
    }
}

/// Whether every address of `inner` is one of `outer`.
pub(super) fn contains(outer: Network, inner: Network) -> bool {
    match (outer, inner) {
        (Network::All, _)
        | (Network::SameNet, Network::SameNet | Network::SameHost)
        | (Network::SameHost, Network::SameHost) => true,
        (
            Network::Range {
                version,
                bits,
                prefix,
            },
            Network::Range {
                version: inner_version,
                bits: inner_bits,
                prefix: inner_prefix,
            },
        ) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            version == inner_version && prefix <= inner_prefix && bits & mask == inner_bits & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{contains, parse};

    #[test]
    fn networks_contain_what_lies_inside() {
        for (outer, inner, expected) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.9.9.9/8", "10.1.0.0/16", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "11.0.0.0/8", false),
            ("0.0.0.0/0", "192.168.0.0/16", true),
            ("0.0.0.0/0", "fd00::/8", false),
            ("::/0", "fd00::/8", true),
            ("::/0", "10.0.0.0/8", false),
            ("fd00::/8", "fd12:3456::1/128", true),
            ("fd00::/8", "fe80::/10", false),
            ("all", "::/0", true),
            ("all", "samenet", true),
            ("samenet", "samehost", true),
            ("samehost", "samenet", false),
            ("0.0.0.0/0", "samenet", false),
            ("samenet", "10.0.0.0/8", false),
            ("0.0.0.0/0", "all", false),
        ] {
            let found = contains(parse(outer).unwrap(), parse(inner).unwrap());
            assert_eq!(found, expected, "{outer} and {inner}");
        }
    }

    #[test]
    fn addresses_without_a_network_are_refused() {
        for written in [
            "10.0.0.1",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0/8",
            "10.0.0.0/+8",
            "db.example.com",
            "",
            "10.0.0.0/255.0.0.0",
        ] {
            assert!(parse(written).is_err(), "{written:?}");
        }
        assert_eq!(
            parse("10.0.0.1"),
            Err(Some("write 10.0.0.1/32 for one address".into()))
        );
    }
}
