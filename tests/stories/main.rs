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
#[path = "../support/nuke.rs"]
mod nuke;
#[path = "../support/openapi.rs"]
mod openapi;
#[path = "../support/plain.rs"]
mod plain;
#[path = "../support/sandbox.rs"]
mod sandbox;

/// What was said, word for word; the same on each database.
macro_rules! said {
    ($words:expr, @$expected:literal) => {{
        let words = $words;
        insta::allow_duplicates! { insta::assert_snapshot!(words, @$expected) }
    }};
}

mod files;
mod settle;
mod world;

mod busy;
mod checks;
mod deliveries;
mod door;
mod end;
mod failure;
mod faults;
mod file;
mod forbidden;
mod life;
mod pool;
mod pool_life;
mod ready;
mod repairs;
mod stacks;
mod trust;

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
    life: opened_pushed_to_and_merged, push_that_changes_nothing_is_a_success,
        forced_back_to_an_earlier_commit;
    stacks: rise_side_by_side_and_fall_in_reverse, one_is_taken_from_the_file_and_another_one_comes,
        large_template_goes_through_a_bucket_that_goes_at_the_end;
    file: repository_without_it_hears_nothing, bad_one_is_answered_with_lines_and_mended_by_a_push,
        taken_away_by_a_push_ends_the_environment;
    trust: fork_gets_one_polite_line, author_without_write_access_gets_one_polite_line,
        draft_waits_until_it_is_ready_for_review, draft_is_deployed_where_the_base_says_so;
    checks: wait_for_green, pull_request_cannot_loosen_its_own_rules, healthy_after_a_while,
        never_healthy_is_a_failure_that_a_re_run_mends;
    failure: first_failure_is_told_and_a_re_run_tries_again, failed_update_is_told_and_mended_by_a_push,
        template_that_aws_refuses_is_told;
    busy: only_the_newest_of_several_pushes_is_deployed, closed_while_it_is_created,
        merged_while_it_is_updated;
    end: deletion_that_fails_is_tried_again_with_force, something_foreign_goes_with_the_account,
        time_to_live_runs_out_and_a_re_run_begins_anew, reopened_begins_anew_in_the_same_comment,
        another_base_branch_brings_its_own_policy, uninstalled_is_deleted_without_words,
        repository_taken_from_the_app_and_given_back, deleted_repository_leaves_nothing,
        throttled_deletion_is_not_given_up, uninstalled_long_after_the_last_look,
        account_that_cannot_be_asked_about_a_region_is_set_aside;
    pool: second_one_waits_for_the_account_of_the_first, used_account_is_lent_to_anybody_once_it_is_proven_empty,
        pool_grows_one_by_one_and_lends_again, full_organization_is_asked_again_for_the_same_account,
        address_of_somebody_elses_account_is_given_up,
        whoever_cannot_take_an_account_keeps_none_from_others;
    pool_life: some_are_ready_before_anybody_asks, closed_after_use_and_never_lent_again,
        closing_waits_while_deletions_are_stopped_and_while_aws_is_busy,
        closing_that_aws_refuses_is_told_and_can_be_ordered_again, kept_for_inspection_until_somebody_releases_it, one_cause_is_one_alarm_and_costs_two_accounts;
    forbidden: accounts_that_are_not_ours_are_never_entered_whatever_the_ledger_says;
    ready: new_account_is_lent_once_every_region_answers, quota_that_is_too_low_is_a_note_and_keeps_nobody_waiting,
        adopted_account_is_prepared_once_it_is_proven_empty;
    deliveries: dropped_close_is_found_by_the_slow_period, failed_deliveries_are_asked_for_again,
        repeated_and_reordered_deliveries_end_in_the_same_place, lost_opened_is_made_up_for_by_the_next_push;
    repairs: orphan_of_a_dead_incarnation_is_deleted, missing_stack_is_made_again,
        account_that_comes_while_the_others_are_counted_stays;
    door: what_is_wrong_is_refused_and_leaves_nothing, destroyed_through_the_api;
}

/// These take their time, and which calls go wrong is the same on each database.
mod on_one_database {
    use crate::world::Setup;

    #[tokio::test]
    async fn every_call_to_aws_may_go_wrong() {
        let story = crate::faults::every_call_to_aws_may_go_wrong(Setup::on_sqlite());
        Box::pin(story).await;
    }

    #[tokio::test]
    async fn every_call_to_github_may_go_wrong() {
        let story = crate::faults::every_call_to_github_may_go_wrong(Setup::on_postgres());
        Box::pin(story).await;
    }
}
