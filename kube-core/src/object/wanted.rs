//! What is wanted of a value, for server-side apply: a whole value, or its apply type, in; JSON with what was set, and nothing else, out.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use k8s_openapi::ByteString;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde_json::Value;

/// What is wanted of a `T` that is a part of an applied object: a whole `T`, or only what its apply type says.
///
/// For every struct with `#[derive(Schema)]` there is an apply type, named as the struct with `Apply` behind it, in which every field may be left
/// out. A setter for a field of type `T` takes both.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use kube_core::{Resource, Schema};
///
/// #[derive(Resource, Clone, Debug)]
/// #[resource(group = "demo.example.com", version = "v1", kind = "Shop")]
/// pub struct ShopSpec {
///     pub door: Door,
/// }
///
/// #[derive(Schema, Clone, Debug)]
/// pub struct Door {
///     pub color: String,
///     pub locked: bool,
/// }
///
/// let whole = Shop::named("a").door(Door { color: "red".to_owned(), locked: true });
/// let part = Shop::named("a").door(DoorApply::new().locked(true));
/// assert_eq!(serde_json::to_value(part).unwrap()["spec"]["door"], serde_json::json!({ "locked": true }));
/// # _ = whole;
/// # }
/// ```
pub struct Wanted<T> {
    /// Or why there is none.
    json: Result<Value, Arc<str>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Wanted<T> {
    /// What `part` says of it.
    #[must_use]
    pub fn of(part: &impl Serialize) -> Self {
        // By way of a text: a number of 32 bits would get digits that nobody wrote.
        let json = serde_json::to_string(part).and_then(|text| serde_json::from_str(&text));
        Self { json: json.map_err(|error| error.to_string().into()), of: PhantomData }
    }

    /// The JSON that is sent; none where the part cannot be written, which is the error of the apply then.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        self.json.as_ref().ok()
    }

    /// The JSON that is sent.
    ///
    /// # Errors
    /// The part cannot be written; this says why.
    pub fn into_json(self) -> Result<Value, Arc<str>> {
        self.json
    }
}

/// What says what is wanted of a `T`: a `T` itself, or its apply type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what is wanted of a `{T}`",
    label = "neither a `{T}` nor its apply type",
    note = "give a `{T}`, or what `#[derive(Schema)]` makes of it, which is called `{T}Apply`: `{T}Apply::new().field(..)`"
)]
pub trait PartOf<T> {
    /// As it is sent.
    #[must_use]
    fn wanted(self) -> Wanted<T>;
}

impl<T: Serialize> PartOf<T> for T {
    fn wanted(self) -> Wanted<T> {
        Wanted::of(&self)
    }
}

/// What else says it, of the types that are not structs on the wire: a bare `"1Gi"` is a quantity, a bare `8080` a port.
macro_rules! said_by {
    ($($given:ty as $whole:ty: |$value:ident| $said:expr;)*) => { $(
        impl PartOf<$whole> for $given {
            fn wanted(self) -> Wanted<$whole> {
                let $value = self;
                Wanted { json: Ok($said), of: PhantomData }
            }
        }
    )* };
}

said_by! {
    &str as Quantity: |text| text.into();
    String as Quantity: |text| text.into();
    &str as IntOrString: |text| text.into();
    String as IntOrString: |text| text.into();
    i32 as IntOrString: |number| number.into();
    &str as ByteString: |text| BASE64.encode(text).into();
    String as ByteString: |text| BASE64.encode(text).into();
    &[u8] as ByteString: |bytes| BASE64.encode(bytes).into();
    Vec<u8> as ByteString: |bytes| BASE64.encode(bytes).into();
    Value as RawExtension: |json| json;
    Value as apiextensions::JSON: |json| json;
    Value as apiextensions::JSONSchemaPropsOrArray: |json| json;
    Value as apiextensions::JSONSchemaPropsOrBool: |json| json;
    Value as apiextensions::JSONSchemaPropsOrStringArray: |json| json;
    Value as apiextensions::CustomResourceSubresourceStatus: |json| json;
}

impl<T> Serialize for Wanted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.json {
            Ok(json) => json.serialize(serializer),
            Err(why) => Err(serde::ser::Error::custom(why)),
        }
    }
}

/// What was wanted, as it is written.
impl<'de, T> Deserialize<'de> for Wanted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|json| Self { json: Ok(json), of: PhantomData })
    }
}

impl<T> Clone for Wanted<T> {
    fn clone(&self) -> Self {
        Self { json: self.json.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Wanted<T> {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl<T> fmt::Debug for Wanted<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.json {
            Ok(json) => write!(formatter, "{json}"),
            Err(why) => write!(formatter, "cannot be written: {why}"),
        }
    }
}
