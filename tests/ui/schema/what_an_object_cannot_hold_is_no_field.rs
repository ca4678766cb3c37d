use std::collections::{BTreeMap, HashMap};

use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
pub struct Numbers {
    huge: u128,
    huger: Option<Vec<i128>>,
}

#[derive(Schema, Clone, Debug)]
pub struct Keys {
    by_number: BTreeMap<u32, String>,
    by_letter: Option<HashMap<char, Vec<BTreeMap<bool, String>>>>,
}

#[derive(Schema, Clone, Debug)]
pub struct Nulls {
    nothing: (),
    twice: Option<Option<String>>,
    gaps: Vec<Option<i32>>,
    holes: BTreeMap<String, Option<i32>>,
    array: [Option<i32>; 3],
}

#[derive(Schema, Clone, Debug)]
pub struct Mixed {
    pair: (i32, String),
    same: (i32, i32),
    pairs: Vec<(bool, f64)>,
}

#[derive(Schema, Clone, Debug)]
pub struct Borrowed {
    name: &'static str,
}

fn main() {}
