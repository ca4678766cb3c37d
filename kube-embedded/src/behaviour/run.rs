//! The one task that drives all behaviours: it waits for the next event or the next thing that is due.

use super::Behaviour;
use super::Behaviours;
use super::accounts::Accounts;
use super::aggregation::Aggregation;
use super::budgets::Budgets;
#[cfg(feature = "certificates")]
use super::certificates::Certificates;
use super::definitions::Definitions;
use super::deployments::Deployments;
use super::elections::Elections;
use super::garbage::Garbage;
use super::namespaces::Namespaces;
use super::pods::Pods;
use super::volumes::Volumes;
use super::workloads::Workloads;
use crate::cluster::Cluster;
use crate::store::Event;
use crate::store::Follower;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Starts the behaviours in the server's own group of tasks.
pub(crate) fn spawn(cluster: &Cluster, switches: &Behaviours, tasks: &mut JoinSet<()>) {
    let pace = &switches.pace;
    let mut members: Vec<Box<dyn Behaviour>> = vec![Box::new(Definitions::new(pace))];
    if switches.service_accounts {
        members.push(Box::new(Accounts::new(pace)));
    }
    if switches.role_aggregation {
        members.push(Box::new(Aggregation::new(pace)));
    }
    if switches.garbage_collection {
        members.push(Box::new(Garbage::new(pace)));
    }
    if switches.namespaces {
        members.push(Box::new(Namespaces::new(pace)));
    }
    if switches.deployments {
        members.push(Box::new(Deployments::new(pace)));
    }
    if switches.pods {
        members.push(Box::new(Pods::new(pace)));
    }
    if switches.disruption_budgets {
        members.push(Box::new(Budgets::new(pace)));
    }
    if switches.workloads {
        members.push(Box::new(Workloads::new(pace)));
    }
    if switches.volumes {
        members.push(Box::new(Volumes::new(pace)));
    }
    #[cfg(feature = "certificates")]
    if switches.certificates {
        members.push(Box::new(Certificates::new(pace)));
    }
    if switches.coordinated_elections {
        members.push(Box::new(Elections::new(pace)));
    }
    let (present, follower) = cluster.store.follow();
    tasks.spawn(run(cluster.clone(), members, present, follower));
}

async fn run(
    cluster: Cluster,
    mut members: Vec<Box<dyn Behaviour>>,
    present: Vec<Arc<Event>>,
    mut follower: Follower,
) {
    for event in present {
        observe(&mut members, &cluster, &event);
    }
    loop {
        while let Some(event) = follower.try_next() {
            observe(&mut members, &cluster, &event);
        }
        let now = Instant::now();
        let mut worked = false;
        for member in &mut members {
            if member.work(&cluster, now).await {
                worked = true;
                break;
            }
        }
        if worked {
            // A thousand jobs in a row still let others run.
            tokio::task::consume_budget().await;
            continue;
        }
        let due = members.iter().filter_map(|member| member.due()).min();
        tokio::select! {
            biased;
            event = follower.next() => match event {
                Some(event) => observe(&mut members, &cluster, &event),
                None => return,
            },
            () = until(due) => {}
        }
    }
}

fn observe(members: &mut [Box<dyn Behaviour>], cluster: &Cluster, event: &Event) {
    let now = Instant::now();
    for member in members {
        member.observe(cluster, event, now);
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
