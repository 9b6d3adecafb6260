//! Every store keeps the promises of [`ebbtide::store`]: memory (the simulation's), SQLite, PostgreSQL.

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/memory_store.rs"]
mod memory_store;
#[path = "../support/records.rs"]
mod records;
#[path = "../support/store_contract.rs"]
mod store_contract;

use memory_store::MemoryStore;

macro_rules! keeps {
    ($($promise:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::store_contract::$promise(&super::MemoryStore::default()).await;
                }
            )+
        }
        mod sqlite {
            $(
                #[tokio::test]
                async fn $promise() {
                    let database = super::databases::sqlite().await;
                    super::store_contract::$promise(&database.store).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test]
                async fn $promise() {
                    let database = super::databases::postgres().await;
                    super::store_contract::$promise(&database.store).await;
                }
            )+
        }
    };
}

keeps!(
    deliveries,
    effects,
    reinstalled,
    leases,
    hints,
    lending,
    loan_overrules_account_lease,
    pool,
    room,
    affinity,
    closings,
    scrubs,
    switch,
    orders,
    orders_overrule_account_lease,
    adoption,
    lists,
    tokens,
);
