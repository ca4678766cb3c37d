//! Types that are controllers: `#[controller]` on an `impl` block, whose methods have the state.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;
use kube_testing::Cluster;

use super::Count;
use super::Site;
use super::map;
use super::site;

/// What a site is told.
trait Words {
    fn of(&self, site: &Site) -> String;
}

struct Polite(&'static str);

impl Words for Polite {
    fn of(&self, site: &Site) -> String {
        format!("{} {}", self.0, site.spec.image)
    }
}

struct SiteGreeter<W> {
    words: W,
    cleaned: Count,
    told: Count,
}

#[controller(owns(ConfigMap), index(Site, Self::by_image), predicate = Self::matters, workers = 2)]
impl<W: Words + Send + Sync + 'static> SiteGreeter<W> {
    async fn reconcile(
        &self,
        site: Object<Site>,
        sites: Lister<Site>,
        greeted: State<Count>,
        cx: Cx<Site>,
    ) -> Result<Action> {
        self.told.add();
        greeted.add();
        let twins = sites.by(Self::by_image, &site.spec.image).len();
        cx.apply(map(site.name())).await?;
        let note = format!("{}, {twins}", self.words.of(&site));
        cx.status(|status| status.note.clone_from(&note)).await?;
        Ok(Action::done())
    }

    async fn cleanup(&self, _: Object<Site>) -> Result<Action> {
        self.cleaned.add();
        Ok(Action::done())
    }

    fn by_image(site: &Site) -> [String; 1] {
        [site.spec.image.clone()]
    }

    fn matters(site: &Site) -> bool {
        site.spec.image != "ignored"
    }
}

fn greeter(cleaned: &Count, told: &Count) -> SiteGreeter<Polite> {
    SiteGreeter { words: Polite("good day"), cleaned: cleaned.clone(), told: told.clone() }
}

#[kube_testing::test]
async fn the_methods_of_a_type_reconcile_and_clean_up_with_its_state(cluster: Cluster) {
    let (cleaned, told, greeted) = (Count::default(), Count::default(), Count::default());
    let operator = Operator::new("greeter").state(greeted.clone());
    cluster.run(operator.controller(greeter(&cleaned, &told))).await;
    cluster.create(&site("shop", "nginx")).await;
    cluster.create(&site("blog", "ignored")).await;
    cluster.settled().await;
    let status = cluster.get::<Site>("shop").await.status;
    assert_eq!(status.map(|status| status.note).as_deref(), Some("good day nginx, 1"));
    assert!(cluster.find::<ConfigMap>("shop").await.is_some());
    assert!(cluster.find::<ConfigMap>("blog").await.is_none(), "the predicate is a method");
    assert!(told.take() > 0);
    assert!(greeted.take() > 0);
    cluster.delete::<Site>("shop").await;
    cluster.settled().await;
    assert_eq!(cleaned.take(), 1);
    assert!(cluster.find::<Site>("shop").await.is_none());
}

struct DNSKeeper;

#[controller]
impl DNSKeeper {
    async fn reconcile(&self, _: Object<Site>) -> Result<Action> {
        Ok(Action::done())
    }
}

#[kube_testing::test]
async fn a_value_of_such_a_type_is_an_operator_and_is_called_as_the_type(cluster: Cluster) {
    let operator = Operator::new("sites")
        .controller(DNSKeeper)
        .controller(greeter(&Count::default(), &Count::default()));
    let shown = format!("{operator:?}");
    assert!(shown.contains("[\"dns_keeper\", \"site_greeter\"]"), "{shown}");
    cluster.run(DNSKeeper).await;
    cluster.settled().await;
}
