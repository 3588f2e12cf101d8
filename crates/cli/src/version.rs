//! What was built: `tagmend --version`.

use std::sync::LazyLock;

use tagmend_remedy::pinned::Pin;

/// The baseline that is compiled into the functions of the same checkout.
const BASELINE: &str = include_str!("../../../infra/baseline.json");

/// Version, commit, and the digest of the baseline, as the stack's parameter `BaselineSha256` would have it.
pub(crate) fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{} ({})\nbuilt-in baseline: infra/baseline.json, {}",
            env!("CARGO_PKG_VERSION"),
            env!("TAGMEND_COMMIT"),
            Pin::of(BASELINE.as_bytes()),
        )
    });
    LONG.as_str()
}
