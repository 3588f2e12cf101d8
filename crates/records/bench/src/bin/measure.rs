//! What a record costs beside a scan of its bytes that builds nothing: `measure FOLDER`. Prints the ratio.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use serde::de::IgnoredAny;
use tagmend_diagnosis::Failure;
use tagmend_records::Content;

const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder)? {
        MultiGzDecoder::new(File::open(entry?.path())?).read_to_end(&mut bytes)?;
    }
    let (mut scans, mut reads) = (Vec::new(), Vec::new());
    let (mut records, mut failures) = (0_u64, 0_u64);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for value in serde_json::Deserializer::from_slice(&bytes).into_iter::<IgnoredAny>() {
            value?;
        }
        scans.push(begun.elapsed());
        let begun = Instant::now();
        (records, failures) = (0, 0);
        tagmend_records::read(bytes.as_slice(), &mut |found| {
            records += 1;
            if let Content::Record { delivery, .. } = found.content {
                failures += u64::from(Failure::read(*delivery).is_some());
            }
            ControlFlow::Continue(())
        })?;
        reads.push(begun.elapsed());
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[ROUNDS / 2].as_secs_f64()
    };
    let (scan, read) = (median(&mut scans), median(&mut reads));
    eprintln!(
        "{records} records, {failures} failures, {} MB; scan {:.0} MB/s, read {:.0} MB/s",
        bytes.len() >> 20,
        bytes.len() as f64 / scan / 1e6,
        bytes.len() as f64 / read / 1e6
    );
    println!("{:.2}", read / scan);
    Ok(())
}
