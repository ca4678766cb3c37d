//! A user's own names for what the prelude of Rust has: the expansions must not see them.

use kube_core::CustomResource as _;
use kube_core::Resource as _;
use kube_runtime::operator::Installation;
use serde_json::json;

#[allow(dead_code, reason = "they stand in the way, and that is all they are for")]
mod shadows {
    pub(super) type Result<T> = ::std::result::Result<T, ()>;
    pub(super) struct Option;
    pub(super) struct Box;
    pub(super) struct Cow;
    pub(super) struct Default;
    pub(super) struct Into;
    pub(super) trait Serialize {}
    pub(super) trait Deserialize {}
    pub(super) trait JsonSchema {}
    pub(super) mod std {}
    pub(super) mod core {}
    pub(super) mod serde {}
    pub(super) mod schemars {}
    pub(super) mod kube_core {}
}

mod user {
    #[allow(unused_imports, reason = "they stand in the way, and that is all they are for")]
    use super::shadows::*;
    use anyhow::Context as _;

    /// A kind among strange neighbours.
    #[derive(::kube_core::Resource, Clone, Debug)]
    #[resource(group = "demo.example.com", version = "v1", namespaced, status = OddStatus)]
    pub(super) struct OddSpec {
        pub(super) name: String,
        #[resource(default = 3, maximum = 9)]
        pub(super) number: ::std::option::Option<u32>,
        pub(super) mode: Mode,
        /// Named as what the expansions call their own.
        pub(super) spec: ::std::vec::Vec<String>,
        pub(super) metadata: String,
        pub(super) serializer: String,
    }

    #[derive(::kube_core::Schema, Clone, Debug, ::std::default::Default)]
    pub(super) struct OddStatus {
        #[serde(default)]
        pub(super) ready: bool,
    }

    #[derive(::kube_core::Schema, Clone, Debug)]
    pub(super) enum Mode {
        Some,
        None,
    }

    pub(super) fn context() -> ::anyhow::Result<()> {
        ::std::option::Option::Some(()).context("imported, and in nobody's way")
    }
}

mod controllers {
    #[allow(unused_imports, reason = "they stand in the way, and that is all they are for")]
    use super::shadows::*;
    use ::k8s_openapi::api::core::v1::ConfigMap;
    use ::kube_runtime::prelude::{Action, Cx, Error, Object, Operator, controller};
    use anyhow::Context as _;

    /// Named as what the expansions call their own.
    pub(super) struct Arc {
        state: u8,
    }

    #[controller(workers = 1, timeout = "1s", predicate = Self::matters)]
    impl Arc {
        async fn reconcile(
            &self,
            state: Object<ConfigMap>,
            this: Cx<ConfigMap>,
        ) -> ::std::result::Result<Action, Error> {
            let _ = (self.state, state, this);
            Ok(Action::done())
        }

        async fn cleanup(
            &self,
            argument_0: Object<ConfigMap>,
        ) -> ::std::result::Result<Action, Error> {
            let _ = argument_0;
            Ok(Action::done())
        }

        fn matters(map: &ConfigMap) -> bool {
            ::std::option::Option::Some(()).context("imported, and in nobody's way").is_ok()
                && map.data.is_none()
        }
    }

    #[controller(workers = 1, timeout = "1s")]
    async fn stamp(name: Object<ConfigMap>) -> ::std::result::Result<Action, Error> {
        let _ = name;
        Ok(Action::done())
    }

    pub(super) fn operator() -> Operator {
        Operator::new("odd").controller(Arc { state: 1 }).controller(stamp)
    }
}

mod admission {
    #[allow(unused_imports, reason = "they stand in the way, and that is all they are for")]
    use super::shadows::*;
    use ::k8s_openapi::api::core::v1::ConfigMap;
    use ::kube_runtime::prelude::{Change, Denied, Operator, Verdict, policy, webhook};
    use anyhow::Context as _;

    /// Named as what the expansions call their own.
    #[policy(kind = ConfigMap, on(create, update), rule(cel = "has(object.data)", message = "no data"))]
    pub(super) struct Policy;

    #[webhook(validate, on(create))]
    async fn change(name: Change<ConfigMap>) -> Verdict {
        let _ = (name, ::std::option::Option::Some(()).context("imported, and in nobody's way"));
        Verdict::allow()
    }

    #[webhook(mutate)]
    async fn hook(object: &mut ConfigMap) -> ::std::result::Result<(), Denied> {
        object.immutable = ::std::option::Option::Some(true);
        Ok(())
    }

    pub(super) fn operator() -> Operator {
        Operator::new("odd").policy(Policy).webhook(change).webhook(hook)
    }
}

#[test]
fn a_users_names_are_not_seen_by_policies_and_webhooks() {
    let installation = Installation::new("registry.example.com/odd:1");
    let manifests = admission::operator().manifests(&installation).unwrap().yaml().unwrap();
    for kind in [
        "ValidatingAdmissionPolicy",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ] {
        assert!(manifests.contains(&format!("kind: {kind}\n")), "{kind} in {manifests}");
    }
}

#[test]
fn a_users_names_are_not_seen_by_controllers() {
    let role = controllers::operator().rbac("prod").cluster.unwrap().role;
    assert_eq!(role.rules.unwrap()[0].resources, Some(vec!["configmaps".to_owned()]));
}

#[test]
fn a_users_names_are_not_seen_by_what_is_derived() {
    user::context().unwrap();
    let object = json!({
        "metadata": { "name": "odd" },
        "spec": { "name": "n", "mode": "None", "spec": ["s"], "metadata": "m", "serializer": "z" },
    });
    let odd: user::Odd = serde_json::from_value(object).unwrap();
    assert_eq!(odd.spec.number, Some(3));
    assert!(matches!(odd.spec.mode, user::Mode::None));
    assert_eq!(user::Odd::RESOURCE.plural, "odds");
    assert_eq!(kube_core::definition::problems(&user::Odd::definition()), Vec::<String>::new());
    let apply =
        user::Odd::named("odd").mode(user::Mode::Some).spec(["s"]).metadata("m").serializer("z");
    assert_eq!(
        serde_json::to_value(&apply).unwrap()["spec"],
        json!({ "mode": "Some", "spec": ["s"], "metadata": "m", "serializer": "z" })
    );
}
