//! A table of types in, an alias and the setters of each out.
//!
//! A line of the table is `name "nameOnTheWire" form,`, where the form is one of the rows of the macro `setter`.

/// The types of one group and version.
macro_rules! apply_types {
    ($(
        $(#[$about:meta])*
        $of:ident $whole:ident => $apply:ident {
            $( $(#[$doc:meta])* $field:ident $wire:literal $form:tt, )*
        }
    )*) => { $(
        $(#[$about])*
        pub type $apply = apply_types!(@$of $whole);

        #[allow(clippy::should_implement_trait, reason = "a field may be called `add`")]
        impl apply_types!(@$of $whole) {
            $( setter! { $(#[$doc])* $field $wire $form } )*
        }
    )* };
    (@kind $whole:ident) => { $crate::ObjectApply<$whole> };
    (@part $whole:ident) => { $crate::PartApply<$whole> };
}

/// The setter of one field.
macro_rules! setter {
    ($(#[$doc:meta])* $field:ident $wire:literal text) => {
        setter! { @ $(#[$doc])* $field $wire (impl Into<String>) put($field.into()) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal json) => {
        setter! { @ $(#[$doc])* $field $wire (impl Into<serde_json::Value>) put($field.into()) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal bool) => {
        setter! { @ $(#[$doc])* $field $wire (bool) put($field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal i32) => {
        setter! { @ $(#[$doc])* $field $wire (i32) put($field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal i64) => {
        setter! { @ $(#[$doc])* $field $wire (i64) put($field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal f64) => {
        setter! { @ $(#[$doc])* $field $wire (f64) put($field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal [text $($once:ident)?]) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item: Into<String>>)
            add(setter!(@by $($once)?), $field.into_iter().map(Into::<String>::into)) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal [bool]) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item = bool>) add(None, $field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal [i32 $($once:ident)?]) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item = i32>) add(setter!(@by $($once)?), $field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal [i64 $($once:ident)?]) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item = i64>) add(setter!(@by $($once)?), $field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal [$part:ident $(by $($key:literal)+)?]) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item: kube_core::PartOf<$part>>)
            add_parts(setter!(@by $($($key)+)?), $field.into_iter().map(kube_core::PartOf::wanted)) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal {text}) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>)
            extend($field.into_iter().map(|(key, value)| (key, value.into()))) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal {[text]}) => {
        setter! { @ $(#[$doc])* $field $wire
            (impl IntoIterator<Item = (impl Into<String>, impl IntoIterator<Item: Into<String>>)>)
            extend($field.into_iter().map(|(key, texts)| (key, texts.into_iter().map(Into::into).collect::<Vec<String>>()))) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal {json}) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item = (impl Into<String>, serde_json::Value)>)
            extend($field) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal {$part:ident}) => {
        setter! { @ $(#[$doc])* $field $wire (impl IntoIterator<Item = (impl Into<String>, impl kube_core::PartOf<$part>)>)
            extend_parts($field.into_iter().map(|(key, part)| (key, kube_core::PartOf::wanted(part)))) }
    };
    ($(#[$doc:meta])* $field:ident $wire:literal $part:ident) => {
        setter! { @ $(#[$doc])* $field $wire (impl kube_core::PartOf<$part>) put_part(kube_core::PartOf::wanted($field)) }
    };
    (@ $(#[$doc:meta])* $field:ident $wire:literal ($($given:tt)*) $how:ident($($value:tt)*)) => {
        $(#[$doc])*
        pub fn $field(mut self, $field: $($given)*) -> Self {
            self.fields.$how($wire, $($value)*);
            self
        }
    };
    (@by) => { None };
    (@by once) => { Some(&[]) };
    (@by $($key:literal)+) => { Some(&[$($key),+]) };
}
