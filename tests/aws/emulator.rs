//! The emulator itself.

use crate::world::kit_folder;
use ebbtide::demo::emulator::Emulator;

use std::sync::Mutex;

#[tokio::test]
async fn a_dropped_emulator_is_gone() {
    let state = tempfile::tempdir().unwrap();
    let told = Mutex::new(Vec::new());
    let emulator = Emulator::start(&kit_folder().join("ministack"), state.path(), |line| {
        told.lock().unwrap().push(line.to_owned());
    })
    .await
    .unwrap();
    let health = format!("{}/_ministack/health", emulator.endpoint());
    assert!(reqwest::get(&health).await.unwrap().status().is_success());
    assert!(emulator.log().exists());
    assert_eq!(
        *told.lock().unwrap(),
        ["Starting the AWS emulator"],
        "it is installed already"
    );

    drop(emulator);

    assert!(reqwest::get(&health).await.unwrap_err().is_connect());
}
