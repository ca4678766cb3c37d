//! Expansions under every lint that a user may have turned on: clippy runs over this file with warnings denied.
#![warn(clippy::pedantic, clippy::allow_attributes_without_reason, clippy::use_self)]
#![warn(missing_docs, missing_debug_implementations, unused_qualifications)]
#![warn(elided_lifetimes_in_paths, unused_results, unused_lifetimes, single_use_lifetimes)]
#![allow(unreachable_pub, reason = "it is there to be seen from outside")]

/// Seen from outside, so that documentation is asked for.
pub mod seen {
    use std::collections::BTreeMap;

    /// A kind.
    #[derive(kube_core::Resource, Clone, Debug, PartialEq)]
    #[resource(group = "demo.example.com", version = "v1", namespaced, status = LampStatus, derive(PartialEq))]
    #[resource(short_name = "lp", print_column(name = "On", path = ".status.on"))]
    pub struct LampSpec {
        /// Whether it is on.
        pub on: bool,
        /// Whether it blinks.
        pub blinks: bool,
        /// Whether it is warm.
        pub warm: bool,
        /// Whether it is loud.
        pub loud: Option<bool>,
        /// How bright.
        #[resource(default = 50, minimum = 0, maximum = 100)]
        pub brightness: i32,
        /// Anything else.
        #[serde(default)]
        pub more: BTreeMap<String, String>,
        /// In a way of its own.
        #[serde(with = "as_text")]
        #[schemars(with = "String")]
        pub watts: u8,
        /// The same, maybe.
        #[serde(serialize_with = "write_maybe", default)]
        pub volts: Option<u8>,
    }

    /// How it is.
    #[derive(kube_core::Schema, Clone, Debug, Default, PartialEq)]
    pub struct LampStatus {
        /// Whether it is on.
        pub on: bool,
    }

    /// How it is switched.
    #[derive(kube_core::Schema, Clone, Debug, PartialEq, Eq)]
    pub enum Switch<T> {
        /// By hand.
        Hand(T),
        /// By a timer.
        Timer {
            /// After so many seconds.
            #[resource(minimum = 1)]
            seconds: u32,
        },
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    mod as_text {
        use serde::Deserialize as _;

        pub(super) fn serialize<S: serde::Serializer>(
            value: &u8,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            serializer.collect_str(value)
        }

        pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
            deserializer: D,
        ) -> Result<u8, D::Error> {
            String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        }
    }

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn write_maybe<S: serde::Serializer>(
        value: &Option<u8>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_u8(*value),
            None => serializer.serialize_none(),
        }
    }
}

/// Controllers, seen from outside too.
pub mod controllers {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube_runtime::prelude::{
        Action, Change, Object, Resource, Result, Verdict, controller, webhook,
    };

    /// Does nothing.
    ///
    /// # Errors
    /// None.
    #[controller(workers = 2)]
    pub async fn idle(_map: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }

    /// Does nothing, under the name of a keyword.
    ///
    /// # Errors
    /// None.
    #[controller]
    pub async fn r#loop(_map: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }

    /// Lets everything through, under the name of a keyword.
    #[webhook(validate)]
    pub async fn r#while(_change: Change<ConfigMap>) -> Verdict {
        Verdict::allow()
    }

    /// Does nothing with objects of any kind.
    ///
    /// # Errors
    /// None.
    #[controller(workers = 2)]
    pub async fn any<K: Resource>(_object: Object<K>) -> Result<Action> {
        Ok(Action::done())
    }

    /// Does nothing, and has a state for that.
    #[derive(Debug)]
    pub struct Idler;

    #[controller(workers = 2)]
    impl Idler {
        async fn reconcile(&self, _map: Object<ConfigMap>) -> Result<Action> {
            Ok(Action::done())
        }

        async fn cleanup(&self, _map: Object<ConfigMap>) -> Result<Action> {
            Ok(Action::done())
        }
    }
}

#[test]
fn controllers_are_called_as_what_they_stand_on() {
    let operator = kube_runtime::operator::Operator::new("idle")
        .controller(controllers::idle)
        .controller(controllers::Idler)
        .controller(controllers::r#loop);
    assert!(format!("{operator:?}").contains("[\"idle\", \"idler\", \"loop\"]"), "{operator:?}");
    assert_eq!(controllers::r#while().name(), "while");
}

#[test]
fn a_field_that_is_written_in_its_own_way_is_applied_in_that_way() {
    let apply = seen::Lamp::named("desk").watts(60).volts(230);
    assert_eq!(
        serde_json::to_value(&apply).unwrap()["spec"],
        serde_json::json!({ "watts": "60", "volts": 230 })
    );
}

#[test]
fn a_field_that_is_read_in_its_own_way_is_extracted_in_that_way() {
    use kube_core::Extract as _;
    let applied = serde_json::json!({ "f:spec": { "f:watts": {}, "f:volts": {} } });
    let managed =
        serde_json::json!([{ "manager": "me", "operation": "Apply", "fieldsV1": applied }]);
    let spec = serde_json::json!({ "on": true, "blinks": true, "warm": true, "brightness": 9, "watts": "60", "volts": 230 });
    let lamp = serde_json::json!({ "metadata": { "name": "desk", "managedFields": managed }, "spec": spec });
    let live: seen::Lamp = serde_json::from_value(lamp).unwrap();
    let seen::LampSpecApply { watts, volts, on, .. } =
        seen::LampApply::extract(&live, "me").unwrap().spec;
    assert_eq!((watts, volts, on), (Some(60), Some(230), None));
}

#[test]
fn an_enum_with_a_parameter_is_read_and_written() {
    for (switch, written) in [
        (seen::Switch::Hand("left".to_owned()), serde_json::json!({ "hand": "left" })),
        (seen::Switch::Timer { seconds: 3 }, serde_json::json!({ "timer": { "seconds": 3 } })),
    ] {
        assert_eq!(serde_json::to_value(&switch).unwrap(), written);
        assert_eq!(serde_json::from_value::<seen::Switch<String>>(written).unwrap(), switch);
    }
}
