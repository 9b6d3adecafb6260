//! The inbox: each delivery once, in order of arrival.

use super::{SqlStore, in_transaction, ms, on, time};
use crate::environment::DeliveryId;
use crate::store::{Delivery, Effect, Received, StoreError};
use chrono::{DateTime, Utc};

impl SqlStore {
    pub(super) async fn receive_delivery(
        &self,
        delivery: &Delivery,
    ) -> Result<Received, StoreError> {
        let rows = on!(self, pool => sqlx::query(
            "INSERT INTO deliveries (id, event, body, received_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(delivery.id.as_str())
        .bind(&delivery.event)
        .bind(&delivery.body)
        .bind(ms(delivery.received_at))
        .execute(pool)
        .await?
        .rows_affected());
        Ok(if rows == 0 {
            Received::Repeated
        } else {
            Received::New
        })
    }

    pub(super) async fn undigested_deliveries(
        &self,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows: Vec<(String, String, String, i64)> = on!(self, pool => sqlx::query_as(
            "SELECT id, event, body, received_at FROM deliveries WHERE digested_at IS NULL
             ORDER BY received_at, id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?);
        Ok(rows
            .into_iter()
            .map(|(id, event, body, received_at)| Delivery {
                id: DeliveryId::new(id),
                event,
                body,
                received_at: time(received_at),
            })
            .collect())
    }

    pub(super) async fn digest_delivery(
        &self,
        delivery: &DeliveryId,
        effects: &[Effect],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, transaction => {
            let rows = sqlx::query(
                "UPDATE deliveries SET digested_at = $2 WHERE id = $1 AND digested_at IS NULL",
            )
            .bind(delivery.as_str())
            .bind(ms(now))
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if rows == 0 {
                return Ok(false);
            }
            for (position, effect) in effects.iter().enumerate() {
                let id = format!("{delivery}/{position}");
                super::hints::apply!(transaction, &id, effect, now);
            }
            true
        })
    }

    pub(super) async fn purge_old_deliveries(
        &self,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let rows = on!(self, pool => sqlx::query(
            "DELETE FROM deliveries WHERE received_at < $1 AND digested_at IS NOT NULL",
        )
        .bind(ms(before))
        .execute(pool)
        .await?
        .rows_affected());
        Ok(rows)
    }
}
