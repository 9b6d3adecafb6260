//! `GET /ebbtide.schema.json`: the JSON Schema of `.ebbtide.yml`, for editors.

use axum::Json;

/// The JSON Schema of `.ebbtide.yml`, for editors.
#[utoipa::path(
    get,
    path = "/ebbtide.schema.json",
    responses((status = 200, description = "The JSON Schema of `.ebbtide.yml`"))
)]
pub async fn document() -> Json<serde_json::Value> {
    Json(ebbtide_templates::schema())
}
