//! What modules below keep per server beside a client: one value of a type in, the same value out ever after.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

/// One value of each type. The client knows none of the types: they are declared below it.
#[derive(Default)]
pub(super) struct Attached(Mutex<Vec<Arc<dyn Any + Send + Sync>>>);

impl Attached {
    /// The value of this type, made if there is none yet.
    pub(super) fn of<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut values = self.0.lock();
        if let Some(value) = values.iter().find_map(|value| Arc::clone(value).downcast::<T>().ok())
        {
            return value;
        }
        let value = Arc::new(T::default());
        values.push(Arc::<T>::clone(&value));
        value
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.0.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_value() {
        let attached = Attached::default();
        *attached.of::<Mutex<u8>>().lock() = 7;
        *attached.of::<Mutex<u16>>().lock() = 9;
        assert_eq!(*attached.of::<Mutex<u8>>().lock(), 7);
        assert_eq!(*attached.of::<Mutex<u16>>().lock(), 9);
    }
}
