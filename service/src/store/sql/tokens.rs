//! API tokens, by their hash.

use super::{SqlStore, ms, on, time};
use crate::store::{ApiToken, StoreError};

type Row = (String, String, String, i64);

fn token((name, hash, scope, created_at): Row) -> ApiToken {
    ApiToken {
        name,
        hash,
        scope,
        created_at: time(created_at),
    }
}

impl SqlStore {
    pub(super) async fn insert_token(&self, token: &ApiToken) -> Result<(), StoreError> {
        on!(self, pool => sqlx::query(
            "INSERT INTO tokens (name, hash, scope, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET hash = $2, scope = $3, created_at = $4",
        )
        .bind(&token.name)
        .bind(&token.hash)
        .bind(&token.scope)
        .bind(ms(token.created_at))
        .execute(pool)
        .await
        .map(|_| ()))?;
        Ok(())
    }

    pub(super) async fn find_token(&self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        let row: Option<Row> = on!(self, pool => sqlx::query_as(
            "SELECT name, hash, scope, created_at FROM tokens WHERE hash = $1",
        )
        .bind(hash)
        .fetch_optional(pool)
        .await?);
        Ok(row.map(token))
    }

    pub(super) async fn list_tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let rows: Vec<Row> = on!(self, pool => sqlx::query_as(
            "SELECT name, hash, scope, created_at FROM tokens ORDER BY name",
        )
        .fetch_all(pool)
        .await?);
        Ok(rows.into_iter().map(token).collect())
    }

    pub(super) async fn delete_token(&self, name: &str) -> Result<bool, StoreError> {
        let rows = on!(self, pool => sqlx::query("DELETE FROM tokens WHERE name = $1")
            .bind(name)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(rows == 1)
    }
}
