//! What a Kubernetes object is, and how to talk to an API server.
