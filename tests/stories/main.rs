//! Stories through the public doors: somebody does something on GitHub, the world settles, and what was
//! said there and what is left in AWS is looked at.
//!
//! Each story runs on SQLite and on PostgreSQL, with the real GitHub client against a local GitHub and the
//! real AWS SDK against an emulator. At its end every exchange with GitHub is judged by GitHub's own
//! description, and a client that shares nothing with Ebbtide finds the accounts empty.

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/hand_clock.rs"]
mod hand_clock;
#[path = "../support/openapi.rs"]
mod openapi;
#[path = "../support/sandbox.rs"]
mod sandbox;

/// What was said, word for word; the same on each database.
macro_rules! said {
    ($words:expr, @$expected:literal) => {
        insta::allow_duplicates! { insta::assert_snapshot!($words, @$expected) }
    };
}

mod files;
mod plain;
mod settle;
mod world;

mod life;

/// Runs each story on both databases.
macro_rules! stories {
    ($($module:ident: $($story:ident),+;)+) => {
        mod sqlite {
            $(mod $module {
                $(
                    #[tokio::test]
                    async fn $story() {
                        crate::$module::$story(crate::world::Setup::on_sqlite()).await;
                    }
                )+
            })+
        }
        mod postgres {
            $(mod $module {
                $(
                    #[tokio::test]
                    async fn $story() {
                        crate::$module::$story(crate::world::Setup::on_postgres()).await;
                    }
                )+
            })+
        }
    };
}

stories! {
    life: opened_pushed_to_and_merged;
}
