//! The header blocks of SPDY/3.1: pairs in, compressed bytes out, and the other way round.
//!
//! All blocks of one direction are one zlib stream, which begins with the dictionary of the specification.

use flate2::Compress;
use flate2::Compression;
use flate2::Decompress;
use flate2::FlushCompress;
use flate2::FlushDecompress;

use super::{Pairs, SpdyError};

/// The dictionary of SPDY/3.
const DICTIONARY: &[u8] = include_bytes!("dictionary.bin");
/// The most bytes of a block, compressed or not.
pub(super) const LIMIT: usize = 64 << 10;

/// Writes blocks.
#[derive(Debug)]
pub(super) struct Compressor(Compress);

/// Reads blocks.
#[derive(Debug)]
pub(super) struct Decompressor(Decompress);

impl Default for Compressor {
    fn default() -> Self {
        let mut compress = Compress::new(Compression::fast(), true);
        compress.set_dictionary(DICTIONARY).expect("nothing was compressed yet");
        Self(compress)
    }
}

impl Compressor {
    /// The next block.
    pub(super) fn block(&mut self, pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = Vec::new();
        let length =
            |length: usize| u32::try_from(length).expect("a header is short").to_be_bytes();
        plain.extend_from_slice(&length(pairs.len()));
        for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
            plain.extend_from_slice(&length(text.len()));
            plain.extend_from_slice(text.as_bytes());
        }
        let mut block = Vec::with_capacity(plain.len() + 64);
        let before = self.0.total_in();
        loop {
            let read = usize::try_from(self.0.total_in() - before).expect("it was in memory");
            self.0
                .compress_vec(&plain[read..], &mut block, FlushCompress::Sync)
                .expect("any bytes can be compressed");
            if block.len() < block.capacity() {
                return block;
            }
            block.reserve(256);
        }
    }
}

impl Default for Decompressor {
    fn default() -> Self {
        Self(Decompress::new(true))
    }
}

impl Decompressor {
    /// The pairs of the next block.
    pub(super) fn pairs(&mut self, block: &[u8]) -> Result<Pairs, SpdyError> {
        parse(&self.plain(block)?).ok_or(SpdyError("a header block that ends early"))
    }

    fn plain(&mut self, block: &[u8]) -> Result<Vec<u8>, SpdyError> {
        let wrong = SpdyError("a header block that is no zlib stream");
        let mut plain = Vec::with_capacity(256);
        let before = self.0.total_in();
        loop {
            let read = usize::try_from(self.0.total_in() - before).map_err(|_| wrong)?;
            let rest = block.get(read..).ok_or(wrong)?;
            if let Err(error) = self.0.decompress_vec(rest, &mut plain, FlushDecompress::Sync) {
                if error.needs_dictionary().is_none() {
                    return Err(wrong);
                }
                self.0.set_dictionary(DICTIONARY).map_err(|_| wrong)?;
                continue;
            }
            if plain.len() < plain.capacity() {
                return Ok(plain);
            }
            if plain.len() >= LIMIT {
                return Err(SpdyError("a header block that is too large"));
            }
            plain.reserve(plain.len());
        }
    }
}

fn parse(plain: &[u8]) -> Option<Pairs> {
    let mut rest = plain;
    let mut number = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        usize::try_from(u32::from_be_bytes(*length)).ok()
    };
    let count = number()?;
    // No pair is shorter than its two lengths.
    if count > plain.len() / 8 {
        return None;
    }
    let mut pairs = Vec::with_capacity(count);
    let mut text = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let text = after.get(..length)?;
        rest = &after[length..];
        Some(String::from_utf8_lossy(text).into_owned())
    };
    for _ in 0..count {
        pairs.push((text()?, text()?));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_any_length_up_to_the_limit_comes_back_and_a_longer_one_is_refused() {
        let (mut compressor, mut decompressor) = (Compressor::default(), Decompressor::default());
        for length in [0, 1, 255, 256, 257, 10_000, LIMIT / 2] {
            let value = "x".repeat(length);
            let block = compressor.block(&[("name", value.as_str()), ("other", "")]);
            let expected = [("name".to_owned(), value), ("other".to_owned(), String::new())];
            assert_eq!(decompressor.pairs(&block).unwrap(), expected, "{length}");
        }
        let bomb = compressor.block(&[("name", "x".repeat(100 * LIMIT).as_str())]);
        assert!(bomb.len() < LIMIT, "it is small before it is unpacked");
        assert!(decompressor.pairs(&bomb).unwrap_err().to_string().contains("too large"));
    }

    #[test]
    fn the_first_block_says_that_it_needs_the_dictionary_of_spdy() {
        let block = Compressor::default().block(&[("streamtype", "data")]);
        // RFC 1950: after the method a bit and the checksum of the dictionary.
        assert_eq!((block[0], block[1] & 0x20), (0x78, 0x20));
        assert_eq!(block[2..6], 0xe3c6_a7c2_u32.to_be_bytes());
    }

    #[test]
    fn a_block_that_promises_more_than_it_has_is_refused() {
        for plain in [&b""[..], b"\0\0\0", b"\0\0\0\x01", b"\0\0\0\x01\0\0\0\x04name\0\0\0\x09x"] {
            assert!(parse(plain).is_none(), "{plain:?}");
        }
        assert!(parse(&[0xff; 64]).is_none());
        assert_eq!(parse(b"\0\0\0\0").unwrap(), Pairs::new());
    }
}
