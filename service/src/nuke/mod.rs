//! Emptying an account, and proving that it is empty.
