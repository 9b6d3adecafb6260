//! GitHub webhook deliveries.
