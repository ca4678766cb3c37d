//! The bytes of an object and those of a relative of it in; an LZ4 block, many times smaller, out.
//!
//! Objects of one workload differ in their names, ids, times and addresses, and in little else. A
//! [`Dictionary`] is one of them, searched once; packing another against it looks up, extends the
//! match both ways, and writes down the rest. A compressor that searches the dictionary anew for
//! every block (all general ones do) takes several times as long.
//!
//! The block is plain LZ4, so that unpacking is the decoder's business.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use crate::flow::Body;

/// Where a dictionary is cut off: offsets of LZ4 reach 64 KiB back, over the object and into it.
const LONGEST_DICTIONARY: usize = 32 * 1024;
/// Offsets of LZ4 are 16 bits wide.
const FARTHEST: usize = 65_535;
/// Shorter matches cost as much as they save.
const SHORTEST_MATCH: usize = 8;
/// How far apart the places of the dictionary are that are looked up.
const STRIDE: usize = 4;
const TABLE_BITS: u32 = 11;
/// The format wants the last match to begin at least this far from the end, …
const LAST_MATCH: usize = 12;
/// … and the last bytes to be literal.
const LAST_LITERALS: usize = 5;

/// A relative that objects are packed against.
pub(crate) struct Dictionary {
    bytes: Arc<[u8]>,
    /// For the hash of eight bytes, a place where they may stand. What was never found is at the front, where a look shows that it is not.
    places: Box<[u16]>,
}

impl Dictionary {
    /// Searches an object once, so that others can be packed against it.
    #[must_use]
    pub(crate) fn new(object: &[u8]) -> Self {
        let bytes: Arc<[u8]> = Arc::from(&object[..object.len().min(LONGEST_DICTIONARY)]);
        let mut places = vec![0_u16; 1 << TABLE_BITS].into_boxed_slice();
        for place in (0..bytes.len().saturating_sub(SHORTEST_MATCH)).step_by(STRIDE) {
            places[slot(eight(&bytes, place))] =
                u16::try_from(place).expect("a dictionary is at most 32 KiB long");
        }
        Self { bytes, places }
    }

    /// Packs an object against this one.
    #[must_use]
    pub(crate) fn pack(&self, object: &[u8]) -> Body {
        let Ok(size) = u32::try_from(object.len()) else { return Body::Raw(Box::from(object)) };
        let block = self.block(object);
        if block.len() >= object.len() {
            return Body::Raw(Box::from(object));
        }
        Body::Packed {
            bytes: block.into_boxed_slice(),
            size,
            dictionary: Some(Arc::clone(&self.bytes)),
        }
    }

    fn block(&self, object: &[u8]) -> Vec<u8> {
        let mut block = Vec::with_capacity(512);
        let mut written = 0;
        let mut at = 0;
        let matchable = self.bytes.len() >= SHORTEST_MATCH;
        let last_start = if matchable { object.len().saturating_sub(LAST_MATCH) } else { 0 };
        while at < last_start {
            match self.longest(object, written, at) {
                Some(found) => {
                    let offset = self.bytes.len() - found.place + found.start;
                    sequence(&mut block, &object[written..found.start], offset, found.length);
                    at = found.start + found.length;
                    written = at;
                }
                None => at += 1,
            }
        }
        literals(&mut block, &object[written..], 0);
        block
    }

    /// The match around `at`, which may begin as early as `from`.
    fn longest(&self, object: &[u8], from: usize, at: usize) -> Option<Match> {
        let sought = eight(object, at);
        let place = usize::from(self.places[slot(sought)]);
        if eight(&self.bytes, place) != sought {
            return None;
        }
        let back = object[from..at]
            .iter()
            .rev()
            .zip(self.bytes[..place].iter().rev())
            .take_while(|(left, right)| left == right)
            .count();
        let (start, place) = (at - back, place - back);
        // Going back lengthens no offset: both ends move together.
        if self.bytes.len() - place + start > FARTHEST {
            return None;
        }
        let end = object.len() - LAST_LITERALS;
        let length = common(&object[start..end], &self.bytes[place..]);
        Some(Match { start, place, length })
    }
}

struct Match {
    start: usize,
    place: usize,
    length: usize,
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "Dictionary({} bytes)", self.bytes.len())
    }
}

fn eight(bytes: &[u8], at: usize) -> u64 {
    let eight: [u8; 8] = bytes[at..at + 8].try_into().expect("a slice of eight bytes");
    u64::from_le_bytes(eight)
}

fn slot(eight: u64) -> usize {
    let mixed = eight.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - TABLE_BITS);
    usize::try_from(mixed).expect("eleven bits")
}

/// How many bytes both begin with.
fn common(left: &[u8], right: &[u8]) -> usize {
    let lines = left.as_chunks::<32>().0.iter().zip(right.as_chunks::<32>().0);
    let mut length = 32 * lines.take_while(|(one, other)| one == other).count();
    let words = left[length..].chunks_exact(8).zip(right[length..].chunks_exact(8));
    for (one, other) in words {
        let difference = eight(one, 0) ^ eight(other, 0);
        if difference != 0 {
            return length + (difference.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let rest = left[length..].iter().zip(&right[length..]);
    length + rest.take_while(|(one, other)| one == other).count()
}

fn sequence(block: &mut Vec<u8>, unmatched: &[u8], offset: usize, length: usize) {
    let offset = u16::try_from(offset).expect("a match is within reach");
    let beyond = length - 4;
    literals(block, unmatched, beyond.min(15));
    block.extend_from_slice(&offset.to_le_bytes());
    lengthen(block, beyond);
}

/// A token with the low half given, and the literals.
fn literals(block: &mut Vec<u8>, unmatched: &[u8], low: usize) {
    let token = unmatched.len().min(15) << 4 | low;
    block.push(u8::try_from(token).expect("two halves of four bits"));
    lengthen(block, unmatched.len());
    block.extend_from_slice(unmatched);
}

/// What does not fit into four bits.
fn lengthen(block: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(15) else { return };
    while rest >= 255 {
        block.push(255);
        rest -= 255;
    }
    block.push(u8::try_from(rest).expect("less than 255"));
}

/// Packs an object that has no relative yet, against any other one of its kind.
#[must_use]
pub(crate) fn pack_against(object: &[u8], any: Option<&Dictionary>) -> Body {
    let Ok(size) = u32::try_from(object.len()) else { return Body::Raw(Box::from(object)) };
    let dictionary = any.map(|any| Arc::clone(&any.bytes));
    let against = dictionary.as_deref().unwrap_or_default();
    let block = lz4_flex::block::compress_with_dict(object, against);
    if block.len() >= object.len() {
        return Body::Raw(Box::from(object));
    }
    Body::Packed { bytes: block.into_boxed_slice(), size, dictionary }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unpack(body: &Body) -> Vec<u8> {
        match body {
            Body::Raw(bytes) | Body::Typed { bytes, .. } => bytes.to_vec(),
            Body::Packed { bytes, size, dictionary } => {
                let mut unpacked = vec![0; *size as usize];
                let dictionary = dictionary.as_deref().unwrap_or_default();
                let length =
                    lz4_flex::block::decompress_into_with_dict(bytes, &mut unpacked, dictionary)
                        .unwrap();
                assert_eq!(length, *size as usize);
                unpacked
            }
        }
    }

    fn kept(body: &Body) -> usize {
        match body {
            Body::Raw(bytes) | Body::Packed { bytes, .. } | Body::Typed { bytes, .. } => {
                bytes.len()
            }
        }
    }

    fn pod(number: usize) -> Vec<u8> {
        let environment: Vec<_> =
            (0..60).map(|at| format!(r#"{{"name":"E{at}","value":"v{}"}}"#, at * 7919)).collect();
        format!(
            r#"{{"metadata":{{"name":"web-{number}","uid":"{:08x}-1","resourceVersion":"{number}"}},"spec":{{"env":[{}]}},"status":{{"podIP":"10.0.{}.{}"}}}}"#,
            number * 2_654_435_761,
            environment.join(","),
            number / 250,
            number % 250,
        )
        .into_bytes()
    }

    #[test]
    fn a_relative_packs_to_a_tenth_and_unpacks_to_itself() {
        let dictionary = Dictionary::new(&pod(1));
        for number in 2..300 {
            let object = pod(number);
            let body = dictionary.pack(&object);
            assert_eq!(unpack(&body), object);
            assert!(kept(&body) < object.len() / 10, "{} of {}", kept(&body), object.len());
        }
    }

    #[test]
    fn an_object_without_a_relative_packs_and_unpacks_to_itself() {
        let dictionary = Dictionary::new(b"{}");
        for body in [pack_against(&pod(3), None), pack_against(&pod(3), Some(&dictionary))] {
            assert!(kept(&body) < pod(3).len() / 2);
            assert_eq!(unpack(&body), pod(3));
        }
    }

    #[test]
    fn a_match_begins_where_the_two_begin_to_be_the_same() {
        let relative = pod(1);
        let dictionary = Dictionary::new(&relative);
        // The places that are looked up are four apart.
        let sizes: Vec<usize> =
            (0..STRIDE).map(|cut| kept(&dictionary.pack(&relative[cut..]))).collect();
        assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    }

    #[test]
    fn a_match_is_found_wherever_it_is_within_reach() {
        let mut next = 1_u64;
        let mut noise = |length: usize| -> Vec<u8> {
            std::iter::repeat_with(|| {
                next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                next.to_be_bytes()[0]
            })
            .take(length)
            .collect()
        };
        let (common, theirs, ours) = (noise(5_000), noise(25_000), noise(25_000));
        let dictionary = Dictionary::new(&[theirs, common.clone()].concat());
        let object = [ours, common].concat();
        let body = dictionary.pack(&object);
        assert_eq!(unpack(&body), object);
        assert!(kept(&body) < 25_300, "{}", kept(&body));
    }

    #[test]
    fn what_both_begin_with_is_counted_to_the_byte() {
        let text: Vec<u8> = (0..40).collect();
        for length in 0..text.len() {
            let mut other = text.clone();
            other[length] = 99;
            assert_eq!(common(&text, &other), length);
            assert_eq!(common(&text[..length], &text), length);
        }
    }

    #[test]
    fn what_cannot_be_packed_is_kept_as_it_is() {
        let dictionary = Dictionary::new(&pod(1));
        for object in [&b""[..], b"{}", b"0123456789abcdefghijklmnopqrstuvwxyz"] {
            assert_eq!(unpack(&dictionary.pack(object)), object);
            assert_eq!(unpack(&pack_against(object, Some(&dictionary))), object);
        }
    }

    #[test]
    fn a_dictionary_and_an_object_beyond_the_reach_of_an_offset_are_no_problem() {
        let long: Vec<u8> = (0..40_u32).flat_map(|_| pod(1)).collect();
        assert!(long.len() > 70_000);
        let dictionary = Dictionary::new(&long);
        assert_eq!(unpack(&dictionary.pack(&long)), long);
        assert_eq!(unpack(&pack_against(&long, Some(&dictionary))), long);
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(
            dictionary in proptest::collection::vec(0_u8..4, 0..600),
            object in proptest::collection::vec(0_u8..4, 0..600),
            copied in 0_usize..600,
            at in 0_usize..600,
        ) {
            let mut object = object;
            let copied = &dictionary[..copied.min(dictionary.len())];
            let at = at.min(object.len());
            object.splice(at..at, copied.iter().copied());
            let dictionary = Dictionary::new(&dictionary);
            prop_assert_eq!(unpack(&dictionary.pack(&object)), object.clone());
            prop_assert_eq!(unpack(&pack_against(&object, Some(&dictionary))), object);
        }
    }
}
