//! A set of requirements on labels: text or requirements in, the server's text or an answer out.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1;

use super::Requirement;
use super::parse;
use super::refused;
use crate::error::Error;
use crate::error::Result;

/// The objects whose labels meet every requirement; without any, all objects.
///
/// ```
/// # use kube_core::selector::LabelSelector;
/// let selector = LabelSelector::try_from("tier != db, env in (prod, test), !old, app = web").unwrap();
/// assert_eq!(selector.to_string(), "app=web,env in (prod,test),!old,tier!=db");
/// let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
/// assert!(selector.matches(&labels(&[("app", "web"), ("env", "test")])));
/// assert!(!selector.matches(&labels(&[("app", "web"), ("env", "dev")])));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelSelector {
    /// In the order of their keys, so that equal selectors print alike: informers are shared by it.
    requirements: Vec<Requirement>,
}

impl LabelSelector {
    /// Every object.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Whether every object is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// One more requirement.
    #[must_use]
    pub fn and(mut self, requirement: Requirement) -> Self {
        self.requirements.push(requirement);
        self.requirements.sort();
        self.requirements.dedup();
        self
    }

    /// What the labels have to meet.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether labels meet every requirement.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }
}

impl FromIterator<Requirement> for LabelSelector {
    fn from_iter<I: IntoIterator<Item = Requirement>>(requirements: I) -> Self {
        let mut requirements: Vec<_> = requirements.into_iter().collect();
        requirements.sort();
        requirements.dedup();
        Self { requirements }
    }
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for LabelSelector {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(parse::requirements(text)?.into_iter().collect())
    }
}

impl TryFrom<&str> for LabelSelector {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for LabelSelector {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<&String> for LabelSelector {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        text.parse()
    }
}

impl From<&Self> for LabelSelector {
    fn from(selector: &Self) -> Self {
        selector.clone()
    }
}

/// Each label has the value that it has there.
impl TryFrom<&BTreeMap<String, String>> for LabelSelector {
    type Error = Error;

    fn try_from(labels: &BTreeMap<String, String>) -> Result<Self> {
        labels.iter().map(|(key, value)| Requirement::equals(key, value)).collect()
    }
}

/// As a Deployment or a Service says which Pods it means. Mind that an empty one means every object.
impl TryFrom<&v1::LabelSelector> for LabelSelector {
    type Error = Error;

    fn try_from(selector: &v1::LabelSelector) -> Result<Self> {
        let labels = selector.match_labels.iter().flatten();
        let mut requirements = labels
            .map(|(key, value)| Requirement::equals(key, value))
            .collect::<Result<Vec<_>>>()?;
        for expression in selector.match_expressions.iter().flatten() {
            let key = expression.key.as_str();
            let values = expression.values.iter().flatten().map(String::as_str);
            requirements.push(match expression.operator.as_str() {
                "In" => Requirement::one_of(key, values)?,
                "NotIn" => Requirement::none_of(key, values)?,
                "Exists" => Requirement::exists(key)?,
                "DoesNotExist" => Requirement::absent(key)?,
                other => {
                    let why = "its operator is none of In, NotIn, Exists, DoesNotExist";
                    return Err(refused(&format!("{key} {other}"), why));
                }
            });
        }
        Ok(requirements.into_iter().collect())
    }
}

/// As an object has it, as a webhook's `objectSelector`.
impl TryFrom<&LabelSelector> for v1::LabelSelector {
    type Error = Error;

    /// # Errors
    /// A requirement that a number is greater or less: objects cannot say that.
    fn try_from(selector: &LabelSelector) -> Result<Self> {
        let expressions: Vec<_> =
            selector.requirements().iter().map(Requirement::to_object).collect::<Result<_>>()?;
        Ok(Self {
            match_expressions: (!expressions.is_empty()).then_some(expressions),
            match_labels: None,
        })
    }
}
