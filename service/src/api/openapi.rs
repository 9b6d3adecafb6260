//! `GET /openapi.json`: the description of the API, generated from its code.

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ebbtide",
        description = "Environments per pull request: what there is, how it came about, and how to end it."
    ),
    paths(
        super::webhook::receive,
        super::list_environments::list,
        super::show_environment::show,
        super::destroy_environment::destroy,
        super::list_accounts::list,
        super::show_account::show,
        super::list_certificates::list,
        super::show_certificate::show,
        super::order_account::retry,
        super::order_account::quarantine,
        super::order_account::release,
        super::order_account::close,
        super::show_pool::show,
        super::stop_deletes::status,
        super::stop_deletes::stop,
        super::stop_deletes::resume,
        super::file_schema::document,
        super::health::alive,
        super::health::ready,
        super::metrics::show,
    ),
    modifiers(&BearerToken)
)]
struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token from `ebbtide token create`; the scope `write` includes `read`",
            ))
            .build();
        if let Some(components) = &mut description.components {
            components.add_security_scheme("token", SecurityScheme::Http(scheme));
        }
    }
}

/// The description as a document.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Answers with the description.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(description())
}
