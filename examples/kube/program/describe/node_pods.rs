//! The Pods of a node: how much of what it has each of them asks for, and all of them together.
//!
//! Mirrors: kubernetes staging/src/k8s.io/component-helpers/resource/helpers.go
//! Differs: a Pod that is being resized counts as its specification has it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::quantity::Quantity;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::members;
use super::text::text;
use super::time;

type Amounts = BTreeMap<String, Quantity>;

/// What stands in two columns that are always there.
const ALWAYS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

pub fn describe(pods: &[Value], status: &Value, into: &mut Description) {
    let sort = if is_set(&status["allocatable"]) { "allocatable" } else { "capacity" };
    let whole = amounts(&status[sort]);
    into.field(0, "Non-terminated Pods", format_args!("({} in total)", pods.len()));
    into.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    into.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let (request, limit) = (asked(pod, "requests"), asked(pod, "limits"));
        let cells = ["cpu", "memory"].map(|resource| {
            let cell = |amounts: &Amounts| share(resource, amounts, &whole);
            format!("{}\t{}", cell(&request), cell(&limit))
        });
        let metadata = &pod["metadata"];
        let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
        let age = time::age(&metadata["creationTimestamp"]);
        into.line(1, format_args!("{namespace}\t{name}\t\t{}\t{age}", cells.join("\t")));
        add(&mut requests, &request);
        add(&mut limits, &limit);
    }
    into.line(0, "Allocated resources:");
    into.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    into.line(1, "Resource\tRequests\tLimits");
    into.line(1, "--------\t--------\t------");
    let pages = |resource: &&str| resource.starts_with("hugepages-");
    let others = whole.keys().map(String::as_str);
    let others = others.filter(|it| !ALWAYS.contains(it) && *it != "pods" && !pages(it));
    let huge = whole.keys().map(String::as_str).filter(pages);
    for resource in ALWAYS.into_iter().chain(huge) {
        let [request, limit] = [&requests, &limits].map(|all| share(resource, all, &whole));
        into.line(1, format_args!("{resource}\t{request}\t{limit}"));
    }
    for resource in others {
        let [request, limit] = [&requests, &limits].map(|all| of(all, resource));
        into.line(1, format_args!("{resource}\t{request}\t{limit}"));
    }
}

fn amounts(list: &Value) -> Amounts {
    members(list).map(|(name, quantity)| (name.clone(), Quantity::of(quantity))).collect()
}

fn of(amounts: &Amounts, resource: &str) -> Quantity {
    amounts.get(resource).copied().unwrap_or_default()
}

/// An amount, and how much of the whole it is.
fn share(resource: &str, amounts: &Amounts, whole: &Amounts) -> String {
    let (part, whole) = (of(amounts, resource), of(whole, resource));
    let percent = match resource {
        "cpu" => part.milli_percent_of(whole),
        _ => part.percent_of(whole),
    };
    format!("{part} ({percent}%)")
}

fn add(sum: &mut Amounts, amounts: &Amounts) {
    for (resource, amount) in amounts {
        let sum = sum.entry(resource.clone()).or_default();
        *sum = sum.plus(*amount);
    }
}

/// What a Pod asks for in all: its containers together, or as much as one that runs before them if that is more.
fn asked(pod: &Value, sort: &str) -> Amounts {
    let spec = &pod["spec"];
    let mut sum = Amounts::new();
    for container in items(&spec["containers"]) {
        add(&mut sum, &amounts(&container["resources"][sort]));
    }
    let (mut beside, mut first) = (Amounts::new(), Amounts::new());
    for container in items(&spec["initContainers"]) {
        let mut own = amounts(&container["resources"][sort]);
        if container["restartPolicy"] == "Always" {
            add(&mut sum, &own);
            add(&mut beside, &own);
            own.clone_from(&beside);
        } else {
            add(&mut own, &beside);
        }
        raise(&mut first, &own);
    }
    raise(&mut sum, &first);
    for (resource, amount) in amounts(&spec["resources"][sort]) {
        sum.insert(resource, amount);
    }
    for (resource, amount) in amounts(&spec["overhead"]) {
        // What is not limited stays so.
        if sort == "requests" || sum.get(&resource).is_some_and(|limit| !limit.is_zero()) {
            add(&mut sum, &Amounts::from([(resource, amount)]));
        }
    }
    sum
}

fn raise(sum: &mut Amounts, amounts: &Amounts) {
    for (resource, amount) in amounts {
        let sum = sum.entry(resource.clone()).or_default();
        *sum = sum.or_more(*amount);
    }
}
