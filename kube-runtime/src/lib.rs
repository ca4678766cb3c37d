//! From a watch event to a reconcile: the six stages, in the order an object travels.
