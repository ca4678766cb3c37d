//! `#[derive(Resource)]`, `#[derive(Schema)]`, `#[controller]`, `#[webhook]` and `#[policy]`.

use proc_macro::TokenStream;

#[cfg(test)]
mod golden;
mod report;
mod path;
mod ty;
mod cel;
mod schema;
mod said;
mod resource;
mod controller;
mod webhook;
mod policy;
mod test;

use path::Flavour;

/// Makes a kind of a struct that is its spec; for users of kube-core.
#[doc = include_str!("resource/attributes.md")]
#[proc_macro_derive(Resource, attributes(resource, serde, schemars))]
pub fn resource(tokens: TokenStream) -> TokenStream {
    resource::derive(tokens.into(), Flavour::Core).into()
}

/// Makes a kind of a struct that is its spec; for users of kube-runtime.
#[doc = include_str!("resource/attributes.md")]
#[proc_macro_derive(ResourceForRuntime, attributes(resource, serde, schemars))]
pub fn resource_for_runtime(tokens: TokenStream) -> TokenStream {
    resource::derive(tokens.into(), Flavour::Runtime).into()
}

/// Makes a struct or an enum a part of a kind; for users of kube-core.
///
/// It gets serde's and schemars' traits; the attributes of its fields are those of [`macro@Resource`]. Unit variants are stored
/// as they are called, variants with fields as an object with one field, or with a tag (`#[serde(tag = "type")]`).
#[proc_macro_derive(Schema, attributes(resource, serde, schemars))]
pub fn schema(tokens: TokenStream) -> TokenStream {
    schema::derive(tokens.into(), Flavour::Core).into()
}

/// Makes a struct or an enum a part of a kind; for users of kube-runtime.
///
/// It gets serde's and schemars' traits; the attributes of its fields are those of [`macro@ResourceForRuntime`]. Unit variants are stored
/// as they are called, variants with fields as an object with one field, or with a tag (`#[serde(tag = "type")]`).
#[proc_macro_derive(SchemaForRuntime, attributes(resource, serde, schemars))]
pub fn schema_for_runtime(tokens: TokenStream) -> TokenStream {
    schema::derive(tokens.into(), Flavour::Runtime).into()
}

/// Makes a controller of an async function, or of a type with the method `reconcile`.
///
/// The function keeps its name and returns the controller: `Operator::new("website").controller(website)`. Its kind is that of
/// its argument `Object<K>`; what its arguments need is wired by their types, and the attribute says the rest:
///
/// | attribute | what it says |
/// |---|---|
/// | `owns(Deployment, Service)` | kinds that it makes for its object: their changes lead to their owner, and it may apply them; that it deletes some itself is said with `permissions(Deployment: delete)` |
/// | `watches(ConfigMap, by = sites_using)` | other objects that matter; `fn(&ConfigMap, &Lister<Website>) -> Vec<Key>` says to whom |
/// | `permissions(Secret: get, list, Deployment/scale: patch)` | what goes through a plain `Client` |
/// | `cleanup = release` | what runs before a deleted object may go; an async function as this one |
/// | `workers = 4` | how many reconciles run at the same time; never two of one object |
/// | `timeout = "30s"` | how long one of them may take |
/// | `predicate = generation_changed` | which changes of its objects matter: `fn(&K) -> bool`, `fn(&Notice) -> bool`, `generation_changed`, `labels_changed`, `annotations_changed`, `resource_version_changed`, all but the first combined with `.and(..)`, `.or(..)`, `.negated()`; also `owns(Deployment, predicate = ..)`, `watches(ConfigMap, by = .., predicate = ..)`. None hides the deletion of an object that the controller's finalizer holds |
/// | `labels = "app=web"`, `fields = "metadata.name=x"` | only these of its objects are followed: what leaves the selection looks deleted to the controller, and its cleanup does not run; see below |
/// | `namespaces = ["prod", "staging"]` | this controller keeps to these, and its permissions are given there only; other controllers are not concerned |
/// | `leads = false` | with leader election it reconciles on every replica, and not only on the one that leads |
/// | `index(Website, by_image)` | `lister.by(by_image, &value)` costs its answer, not the cache; an index is named by its function |
/// | `index(Pod, "app")` | the same for `lister.labels("app=web")`, also with further labels beside |
/// | `resync = "10m"` | every object again after this time, from the cache, though nothing changed |
/// | `rate_limit = exponential("5ms", "1000s")` | how long an object whose reconcile failed waits: `exponential`, `fast_slow("5ms", "10s", 5)`, `bucket(10, 100)`, `max_of(..)`, `max_wait(.., "1m")`, or the name of a function that makes a limiter |
///
/// On the `impl` block of a type the value is the state of its controller, `Operator::new("website").controller(Keeper { .. })`. The methods
/// `async fn reconcile(&self, object: Object<K>, ..) -> Result<Action>` and, if there is one, `cleanup` are called with the same arguments as a
/// function; what else stands in the block is its own, and the attribute names it with `Self`: `index(Website, Self::by_image)`. The controller
/// is called as the type: `WebsiteKeeper` is `website_keeper`.
///
/// Of keys that wait at the same time what changed goes before what was only listed at the start or is repeated by a resync, and what a `Trigger`
/// asked for before both, as with controller-runtime's priority queue: there is no attribute for it.
///
/// A function can be generic over its kind: `async fn label<K: Resource>(object: Object<K>) -> Result<Action>` is
/// `.controller(label::<Pod>)`, called `label_pod`, and `.controller(label::<Deployment>)`, called `label_deployment_apps`, each with its own
/// permissions. So can a type.
///
/// A selection is made by the server: other objects of the kind cost nothing. All that this controller reads of its own kind is narrowed,
/// `Lister<K>` too; other controllers are not concerned. An object that leaves the selection is not reconciled any more, and if the controller has
/// a `cleanup` its finalizer stays on: should such an object be deleted, nobody lets it go until it is selected again. So select by what does
/// not change in an object's life, or take the finalizer off when you take the label off.
///
/// An object with the annotation `<group of its kind>/paused: "true"`, as `demo.example.com/paused`, is paused: it is neither reconciled nor
/// cleaned up after until the annotation goes or says something else, and then it is reconciled, whatever the predicates say. A reconcile that
/// runs already is not stopped. For a kind of Kubernetes itself, whose group is not ours to name things in and whose objects belong to many, the
/// annotation is `<name of the controller>/paused`, with `-` for `_`; `explain` prints it.
#[proc_macro_attribute]
pub fn controller(arguments: TokenStream, tokens: TokenStream) -> TokenStream {
    controller::controller(arguments.into(), &tokens.into()).into()
}

/// Makes a webhook of an async function.
///
/// The function keeps its name and returns the webhook: `Operator::new("website").webhook(no_shrink)`. One that judges has an argument
/// `Change<K>`; one that changes objects begins with `&mut K`. What its other arguments need is wired by their types (`State<T>`, `Lister<T>`,
/// `Client`), and the attribute says the rest:
///
/// | attribute | what it says |
/// |---|---|
/// | `validate`, `mutate` | whether it judges or changes |
/// | `on(create, update, delete, connect)` | when it is asked; when an object is made or changed, without it |
/// | `subresource = "status"` | it is asked about this, and not about the object itself |
/// | `labels = "app=web"`, `namespaces = "team=web"` | only objects with these labels, only in namespaces with these |
/// | `condition(name = "not-by-us", cel = "..")` | asked only when this is true (`matchConditions`) |
/// | `failure_policy = ignore` | what it cannot tell is let through; it is denied without it |
/// | `timeout = "5s"` | how long the API server waits, in whole seconds up to 30; 10 without it |
/// | `reinvoked` | one that changes is asked again when another one changed the object after it |
/// | `side_effects` | it does more than answering, and leaves that in a dry run |
/// | `permissions(Secret: get)` | what goes through a plain `Client` |
///
/// It returns `Verdict`, `Result<(), Denied>`, or `Result<Verdict>`, where an error means that it cannot tell.
#[proc_macro_attribute]
pub fn webhook(arguments: TokenStream, tokens: TokenStream) -> TokenStream {
    webhook::webhook(arguments.into(), &tokens.into()).into()
}

/// Makes a policy of a struct without fields: rules (CEL) about changes of a kind that the API server asks by itself, where a webhook would do no more.
///
/// `Operator::new("harbour").policy(OneMast)` has it installed with the kinds and among the manifests: a `ValidatingAdmissionPolicy` and its binding.
/// Nothing has to run, and no certificate is needed. Beside what rules of a schema can say it knows the state before (`oldObject`), who asks
/// (`request.userInfo`), the namespace (`namespaceObject`) and what somebody may do (`authorizer`), and it may be about kinds of Kubernetes.
///
/// | attribute | what it says |
/// |---|---|
/// | `kind = Deployment` | what it is about: any type that is a kind |
/// | `rule(cel = "..", message = "..")` | what has to be true of `object`, `oldObject`, `request`, ..; also `message_expression = ".."`, and `reason = Forbidden` or `RequestEntityTooLarge` |
/// | `variable(name = "lost", cel = "..")` | what those after it call `variables.lost` |
/// | `on(create, update, delete, connect)` | when it is asked; when an object is made or changed, without it |
/// | `subresource = "scale"` | it is about this, and not about the object itself |
/// | `labels = "app=web"`, `namespaces = "team=web"` | only objects with these labels, only in namespaces with these |
/// | `condition(name = "not-by-us", cel = "..")` | asked only when this is true (`matchConditions`) |
/// | `failure_policy = ignore` | a change at which an expression fails is let through; it is denied without it |
/// | `warns` | who breaks a rule is warned, and not refused |
/// | `untested` | no test is made. The test compiles the expressions against the fields of the kind, a custom one or one of Kubernetes' own |
#[proc_macro_attribute]
pub fn policy(arguments: TokenStream, tokens: TokenStream) -> TokenStream {
    policy::policy(arguments.into(), &tokens.into()).into()
}

/// Makes a test of an async function that takes a cluster; for users of kube-testing.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, tokens: TokenStream) -> TokenStream {
    test::test(&arguments.into(), &tokens.into()).into()
}
