//! The store of the simulation keeps the promises of [`ebbtide::store`].

#[path = "../support/memory_store.rs"]
mod memory_store;
#[path = "../support/records.rs"]
mod records;
#[path = "../support/store_contract.rs"]
mod store_contract;

use memory_store::MemoryStore;

macro_rules! keeps {
    ($($promise:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $promise() {
                store_contract::$promise(&MemoryStore::default()).await;
            }
        )+
    };
}

keeps!(
    deliveries,
    effects,
    leases,
    hints,
    lending,
    loan_overrules_account_lease,
    pool,
    lists,
    tokens,
);
