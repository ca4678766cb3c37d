//! Which behaviours run, and how fast.

use std::time::Duration;

/// What the server does beside answering requests.
///
/// Definitions of custom kinds are always looked after: an API server without controllers does that, too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behaviours {
    /// Namespaces that are deleted are emptied, then go.
    pub namespaces: bool,
    /// Every namespace gets its `default` service account and its `kube-root-ca.crt`.
    pub service_accounts: bool,
    /// Objects go when their owners are gone; foreground and orphaning deletions are carried out.
    pub garbage_collection: bool,
    /// ClusterRoles with an aggregation rule get the rules of the roles they select.
    pub role_aggregation: bool,
    /// Deployments become ready, step by step, without Pods.
    pub deployments: bool,
    /// Pods are scheduled, run, become ready, and end when they are deleted.
    pub pods: bool,
    /// The status of PodDisruptionBudgets says how many Pods may be evicted now.
    pub disruption_budgets: bool,
    /// StatefulSets, ReplicaSets and DaemonSets become ready without Pods; Jobs end well, and go when their time to live has passed.
    pub workloads: bool,
    /// PersistentVolumeClaims are bound to volumes that are made for them; what nobody uses may go.
    pub volumes: bool,
    /// Requests for certificates of users (`kubernetes.io/kube-apiserver-client`) are signed once they are approved, by an authority of the
    /// server's own. It needs the feature `certificates`. The server itself takes no certificates, only tokens.
    pub certificates: bool,
    /// LeaseCandidates are served, and the server elects one of them for each Lease that they name: what the feature gate
    /// `CoordinatedLeaderElection` and the version `coordination.k8s.io/v1beta1` do, which are off in a cluster unless it is asked.
    pub coordinated_elections: bool,
    /// How long things take.
    pub pace: Pace,
}

/// How long things take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// From a change until a behaviour acts on it.
    pub reaction: Duration,
    /// From the deletion of a namespace until it is emptied.
    pub namespace: Duration,
    /// From its creation until a Pod (or a Deployment's replica) is ready, at least.
    pub start: Duration,
    /// How much longer than `start` it takes, at most; chance decides.
    pub spread: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            reaction: Duration::from_millis(10),
            namespace: Duration::from_secs(5),
            start: Duration::from_millis(300),
            spread: Duration::from_millis(700),
        }
    }
}

impl Pace {
    /// Sets [`Pace::reaction`].
    #[must_use]
    pub fn reaction(self, reaction: Duration) -> Self {
        Self { reaction, ..self }
    }

    /// Sets [`Pace::namespace`].
    #[must_use]
    pub fn namespace(self, namespace: Duration) -> Self {
        Self { namespace, ..self }
    }

    /// Sets [`Pace::start`] and [`Pace::spread`].
    #[must_use]
    pub fn start(self, start: Duration, spread: Duration) -> Self {
        Self { start, spread, ..self }
    }
}

impl Default for Behaviours {
    fn default() -> Self {
        Self::cluster_like()
    }
}

impl Behaviours {
    /// As in a cluster with controllers and nodes.
    #[must_use]
    pub fn cluster_like() -> Self {
        Self {
            namespaces: true,
            service_accounts: true,
            garbage_collection: true,
            role_aggregation: true,
            deployments: true,
            pods: true,
            disruption_budgets: true,
            workloads: true,
            volumes: true,
            certificates: true,
            coordinated_elections: false,
            pace: Pace::default(),
        }
    }

    /// As an API server alone: nothing is collected, nothing becomes ready.
    #[must_use]
    pub fn bare() -> Self {
        Self {
            namespaces: false,
            service_accounts: false,
            garbage_collection: false,
            role_aggregation: false,
            deployments: false,
            pods: false,
            disruption_budgets: false,
            workloads: false,
            volumes: false,
            certificates: false,
            coordinated_elections: false,
            pace: Pace::default(),
        }
    }

    /// Sets [`Behaviours::namespaces`].
    #[must_use]
    pub fn namespaces(self, namespaces: bool) -> Self {
        Self { namespaces, ..self }
    }

    /// Sets [`Behaviours::service_accounts`].
    #[must_use]
    pub fn service_accounts(self, service_accounts: bool) -> Self {
        Self { service_accounts, ..self }
    }

    /// Sets [`Behaviours::garbage_collection`].
    #[must_use]
    pub fn garbage_collection(self, garbage_collection: bool) -> Self {
        Self { garbage_collection, ..self }
    }

    /// Sets [`Behaviours::role_aggregation`].
    #[must_use]
    pub fn role_aggregation(self, role_aggregation: bool) -> Self {
        Self { role_aggregation, ..self }
    }

    /// Sets [`Behaviours::deployments`].
    #[must_use]
    pub fn deployments(self, deployments: bool) -> Self {
        Self { deployments, ..self }
    }

    /// Sets [`Behaviours::pods`].
    #[must_use]
    pub fn pods(self, pods: bool) -> Self {
        Self { pods, ..self }
    }

    /// Sets [`Behaviours::disruption_budgets`].
    #[must_use]
    pub fn disruption_budgets(self, disruption_budgets: bool) -> Self {
        Self { disruption_budgets, ..self }
    }

    /// Sets [`Behaviours::workloads`].
    #[must_use]
    pub fn workloads(self, workloads: bool) -> Self {
        Self { workloads, ..self }
    }

    /// Sets [`Behaviours::volumes`].
    #[must_use]
    pub fn volumes(self, volumes: bool) -> Self {
        Self { volumes, ..self }
    }

    /// Sets [`Behaviours::certificates`].
    #[must_use]
    pub fn certificates(self, certificates: bool) -> Self {
        Self { certificates, ..self }
    }

    /// Sets [`Behaviours::coordinated_elections`].
    #[must_use]
    pub fn coordinated_elections(self, coordinated_elections: bool) -> Self {
        Self { coordinated_elections, ..self }
    }

    /// Sets [`Behaviours::pace`].
    #[must_use]
    pub fn pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}
