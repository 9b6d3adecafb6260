//! Fresh databases for tests: a file for SQLite, a database of its own for PostgreSQL.

use ebbtide::store::sql::SqlStore;
use sqlx::{Connection, Executor};

/// A store and what must live as long as it.
pub struct Database {
    /// The store.
    pub store: SqlStore,
    /// Its URL, for a second connection to the same database.
    #[allow(dead_code, reason = "not every test program needs a second connection")]
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

/// A new SQLite file.
pub async fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("ebbtide.db").display());
    Database {
        store: SqlStore::open(&url).await.expect("SQLite opens"),
        url,
        _folder: Some(folder),
    }
}

/// A new database on the PostgreSQL that `tests/run` started.
pub async fn postgres() -> Database {
    let server = std::env::var("EBBTIDE_TEST_POSTGRES").expect(
        "EBBTIDE_TEST_POSTGRES is not set: run tests/run, which starts a PostgreSQL for the tests",
    );
    let name = format!("test_{:016x}", fastrand::u64(..));
    let mut connection = sqlx::PgConnection::connect(&server)
        .await
        .expect("the PostgreSQL of EBBTIDE_TEST_POSTGRES answers");
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .expect("a database is created");
    let mut url = url::Url::parse(&server).expect("EBBTIDE_TEST_POSTGRES is a URL");
    url.set_path(&name);
    let url = url.to_string();
    Database {
        store: SqlStore::open(&url).await.expect("PostgreSQL opens"),
        url,
        _folder: None,
    }
}
