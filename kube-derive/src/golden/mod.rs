//! Golden expansions: what a user writes in, what the compiler sees out, formatted.

mod pace;

use proc_macro2::TokenStream;
use quote::quote;

use crate::path::Flavour;

/// The expansion as a file, or the tokens where they are no file.
fn shown(tokens: &TokenStream) -> String {
    syn::parse2::<syn::File>(tokens.clone())
        .map_or_else(|error| format!("{error}\n{tokens}"), |file| prettyplease::unparse(&file))
}

fn website() -> TokenStream {
    quote! {
        /// A static site, served by a Deployment.
        #[resource(group = "demo.example.com", version = "v1", kind = "Website", namespaced)]
        #[resource(status = WebsiteStatus, short_name = "ws", print_column(name = "Ready", path = ".status.ready"))]
        pub struct WebsiteSpec {
            /// The image.
            pub image: String,
            #[resource(default = 1, minimum = 0, maximum = 10)]
            pub replicas: i32,
            pub hosts: Option<Vec<String>>,
        }
    }
}

#[test]
fn a_resource() {
    insta::assert_snapshot!(shown(&crate::resource::derive(website(), Flavour::Runtime)));
}

#[test]
fn a_resource_without_a_status_whose_serde_is_its_own() {
    let tokens = quote! {
        #[resource(group = "demo.example.com", version = "v1", serde = own, crates(core = "crate"))]
        struct PolicySpec { rules: u8 }
    };
    insta::assert_snapshot!(shown(&crate::resource::derive(tokens, Flavour::Core)));
}

#[test]
fn a_view_of_an_existing_kind() {
    let tokens = quote! {
        #[resource(existing = "apps/v1/Deployment", status = Observed, only_verbs(get, list, watch, patch))]
        pub struct Scaled {
            metadata: ObjectMeta,
            /// How many.
            spec: Scale,
            status: Option<Observed>,
        }
    };
    insta::assert_snapshot!(shown(&crate::resource::derive(tokens, Flavour::Runtime)));
}

#[test]
fn methods_of_a_typed_client() {
    let tokens = quote! {
        #[resource(existing = "apps/v1/Deployment", only_verbs(get, list, watch))]
        #[resource(method(name = get_scale, verb = get, subresource = "scale", result = Scale))]
        #[resource(method(name = update_scale, verb = update, subresource = "scale", input = Scale, result = Scale))]
        #[resource(method(name = apply_scale, verb = apply, subresource = "scale", input = Scale, result = Scale))]
        #[resource(method(name = patch_status, verb = patch, subresource = "status"))]
        #[resource(method(name = list_names, verb = list, result = Named))]
        pub struct Scaled {
            metadata: ObjectMeta,
        }
    };
    let expanded = shown(&crate::resource::derive(tokens, Flavour::Runtime));
    let place = expanded.find("/// What `#[resource(method(..))]` adds").expect("there is a trait");
    let end = expanded.find("const _: () =").expect("the rest is behind it");
    insta::assert_snapshot!(&expanded[place..end]);
}

#[test]
fn a_version_that_is_stored_and_converts_from_another() {
    let tokens = quote! {
        #[resource(group = "demo.example.com", version = "v1", kind = "Website", namespaced, status = WebsiteStatus)]
        #[resource(storage, converts_from(WebsiteV1beta1), serde = own)]
        pub struct WebsiteSpec {}
    };
    insta::assert_snapshot!(shown(&crate::resource::derive(tokens, Flavour::Runtime)));
}

#[test]
fn a_schema_of_a_struct_and_its_apply_type() {
    let tokens = quote! {
        pub struct Page<T> {
            /// What is on it.
            items: Vec<T>,
            #[resource(minimum = 1)]
            size: Option<u32>,
            title: String,
            next: Option<Box<Link>>,
            links: BTreeMap<String, Vec<Link>>,
            #[serde(rename = "is-last", default)]
            is_last: bool,
        }
    };
    insta::assert_snapshot!(shown(&crate::schema::derive(tokens, Flavour::Core)));
}

#[test]
fn a_schema_of_a_tagged_enum() {
    let tokens = quote! {
        #[serde(tag = "type")]
        enum Storage<T> {
            /// None.
            Memory,
            Disk { #[resource(minimum = 1)] size_in_gigabytes: u32, cache: Option<T> },
        }
    };
    insta::assert_snapshot!(shown(&crate::schema::derive(tokens, Flavour::Core)));
}

#[test]
fn a_controller() {
    let arguments = quote! {
        owns(Deployment, Service),
        watches(ConfigMap, by = sites_using_config),
        permissions(Secret: get, list, Deployment/scale: patch),
        cleanup = release_dns, workers = 4, leads = false, timeout = "1m30s",
    };
    let tokens = quote! {
        /// Keeps one Deployment per Website.
        pub async fn website(site: Object<Website>, cx: Cx<Website>, dns: State<Dns>) -> Result<Action> {
            Ok(Action::done())
        }
    };
    insta::assert_snapshot!(shown(&crate::controller::controller(arguments, &tokens)));
}

#[test]
fn a_controller_with_state() {
    let tokens = quote! {
        #[cfg(unix)]
        impl<D: Dns> Websites<D> {
            /// What is done for one.
            async fn reconcile(&self, site: Object<Website>, cx: Cx<Website>) -> Result<Action> { Ok(Action::done()) }
            async fn cleanup(&self, site: Object<Website>) -> Result<Action> { Ok(Action::done()) }
            fn by_image(site: &Website) -> [String; 1] { [site.spec.image.clone()] }
        }
    };
    let arguments = quote!(owns(Deployment), index(Website, Self::by_image), workers = 2);
    insta::assert_snapshot!(shown(&crate::controller::controller(arguments, &tokens)));
}

#[test]
fn a_controller_of_any_kind() {
    let tokens = quote! {
        async fn label<K: Resource>(object: Object<K>, cx: Cx<K>) -> Result<Action> where K: Clone { Ok(Action::done()) }
    };
    let arguments = quote!(cleanup = unlabel, workers = 2);
    insta::assert_snapshot!(shown(&crate::controller::controller(arguments, &tokens)));
}

#[test]
fn a_controller_that_is_asked_as_seldom_as_can_be() {
    let arguments = quote! {
        predicate = generation_changed.or(labels_changed),
        owns(Deployment, predicate = is_ready), owns(Service),
        watches(ConfigMap, predicate = |map: &ConfigMap| map.immutable.is_none(), by = sites_using_config),
        index(Website, by_image, by_host, "app"),
        resync = "10m", labels = "app=web", fields = "metadata.name!=x", namespaces = ["a", "b"], rate_limit = max_of(exponential("5ms", "1000s"), bucket(10, 100)),
    };
    let tokens = quote! {
        async fn website(site: Object<Website>) -> Result<Action> { Ok(Action::done()) }
    };
    insta::assert_snapshot!(shown(&crate::controller::controller(arguments, &tokens)));
}

#[test]
fn a_webhook_that_judges() {
    let arguments = quote! {
        validate, on(update, delete), labels = "app=web", timeout = "5s", failure_policy = ignore,
        condition(name = "not-by-us", cel = "request.userInfo.username != 'me'"), permissions(Secret: get),
    };
    let tokens = quote! {
        /// Says no.
        pub async fn no_shrink(change: Change<Website>, clock: State<Clock>) -> Verdict { Verdict::deny("no") }
    };
    insta::assert_snapshot!(shown(&crate::webhook::webhook(arguments, &tokens)));
}

#[test]
fn a_policy() {
    let arguments = quote! {
        kind = Website, on(update), labels = "app=web", failure_policy = ignore,
        condition(name = "not-by-us", cel = "request.userInfo.username != 'me'"),
        variable(name = "lost", cel = "oldObject.spec.replicas - object.spec.replicas"),
        rule(cel = "variables.lost <= 1", message = "one at a time", reason = Forbidden),
        rule(cel = "has(object.spec.host)", message_expression = "'no host for ' + object.metadata.name"),
        warns,
    };
    let tokens = quote! {
        /// Not all at once.
        pub struct OneByOne;
    };
    insta::assert_snapshot!(shown(&crate::policy::policy(arguments, &tokens)));
}

#[test]
fn a_webhook_that_changes() {
    let tokens = quote! {
        async fn default_tier(site: &mut Website, tiers: State<Tiers>) -> Result<(), Denied> { Ok(()) }
    };
    insta::assert_snapshot!(shown(&crate::webhook::webhook(quote!(mutate, reinvoked), &tokens)));
}

#[test]
fn a_test() {
    let tokens = quote! {
        async fn scales(cluster: Cluster) -> Result<()> { Ok(()) }
    };
    insta::assert_snapshot!(shown(&crate::test::test(&TokenStream::new(), &tokens)));
}

#[test]
fn mistakes_leave_what_others_name() {
    let tokens = quote! {
        #[resource(group = "Demo", version = "v1", kind = "Website", shortname = "ws")]
        pub struct WebsiteSpec { #[resource(minimum = 0)] pub image: String }
    };
    insta::assert_snapshot!(shown(&crate::resource::derive(tokens, Flavour::Core)));
}
