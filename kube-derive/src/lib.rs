//! `#[derive(Resource)]`, `#[derive(Schema)]` and `#[controller]`.
