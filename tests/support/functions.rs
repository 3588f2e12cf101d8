//! The function that heals, whole, as its environment sets it up.

use tagmend_diagnosis::Baseline;
use tagmend_function::Installation;
use tagmend_heal::settings::Settings;
use tagmend_heal::work::Work;
use tagmend_remedy::{Clock, ledger::Mode, pinned::Source, rate::Share};

use crate::{Role, Stage};

/// What it is told where nothing but these is set.
pub fn settings(mode: Mode, journal_bucket: &str, baseline: &Baseline) -> Settings {
    Settings {
        installation: Installation {
            function: "tagmend-heal".to_owned(),
            journal_bucket: journal_bucket.to_owned(),
            baseline: Source::Local(Box::new(baseline.clone())),
            share: Share::new(Share::HEAL, 2).unwrap(),
            calls_per_second: Share::HEAL,
            region: baseline.region.clone(),
        },
        reader_role: None,
        authorization_details: false,
        mode,
    }
}

impl Stage {
    /// What the function is told on this stage.
    pub fn settings(&self, mode: Mode) -> Settings {
        settings(mode, &self.bucket, &self.baseline)
    }

    /// The function on this stage, in the role of its mode.
    pub fn work(&self, settings: Settings) -> Work {
        let role = match settings.mode {
            Mode::Plan => Role::HealPlan,
            Mode::Apply => Role::HealApply,
        };
        Work::on_sandbox(settings, &self.configuration(role), Clock::Fixed(self.now))
    }
}
