//! Somebody whom we act as or for: a name, and what is claimed of it.

/// Somebody by name, with the groups and attributes that are claimed for it.
///
/// ```
/// # fn main() -> kube_core::Result<()> {
/// use kube_core::config::Caller;
/// let jane = Caller::new("jane").group("shop").extra("example.com/team", "a");
/// let config = kube_core::Config::new("https://10.0.0.1:6443")?.impersonate(jane);
/// # drop(config);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Caller {
    pub(crate) user: String,
    pub(crate) uid: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) extra: Vec<(String, Vec<String>)>,
}

impl Caller {
    /// Somebody of this name.
    pub fn new(user: impl Into<String>) -> Self {
        Self { user: user.into(), ..Self::default() }
    }

    /// The same, with this uid.
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }

    /// The same, in one more group.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// The same, with one more value of an attribute.
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let (key, value) = (key.into(), value.into());
        match self.extra.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => self.extra.push((key, vec![value])),
        }
        self
    }
}
