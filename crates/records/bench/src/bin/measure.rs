//! What a record costs beside a scan of its bytes that builds nothing: `measure FOLDER`. Prints the ratio of the time that
//! both spent on a core, file by file in turns, so that what else the machine does meets both.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use rustix::time::{ClockId, clock_gettime};
use serde::de::IgnoredAny;
use tagmend_diagnosis::Failure;
use tagmend_records::Content;

const ROUNDS: u32 = 8;

type Done = Result<(), Box<dyn Error>>;

fn main() -> Done {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let mut bytes = Vec::new();
        MultiGzDecoder::new(File::open(entry?.path())?).read_to_end(&mut bytes)?;
        files.push(bytes);
    }
    let (mut scanned, mut read) = (Duration::ZERO, Duration::ZERO);
    let (mut records, mut failures) = (0_u64, 0_u64);
    for round in 0..ROUNDS {
        for file in &files {
            // Whoever comes second finds the file in the cache.
            for is_scan in [round % 2 == 0, round % 2 != 0] {
                if is_scan {
                    scanned += time_of(|| scan(file))?;
                } else {
                    read += time_of(|| read_all(file, &mut records, &mut failures))?;
                }
            }
        }
    }
    let bytes = files.iter().map(Vec::len).sum::<usize>();
    let speed = |time: Duration| bytes as f64 * f64::from(ROUNDS) / time.as_secs_f64() / 1e6;
    eprintln!(
        "{} records, {} failures, {} MB; scan {:.0} MB/s, read {:.0} MB/s",
        records / u64::from(ROUNDS),
        failures / u64::from(ROUNDS),
        bytes >> 20,
        speed(scanned),
        speed(read)
    );
    println!("{:.2}", read.as_secs_f64() / scanned.as_secs_f64());
    Ok(())
}

fn scan(bytes: &[u8]) -> Done {
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>() {
        value?;
    }
    Ok(())
}

fn read_all(bytes: &[u8], records: &mut u64, failures: &mut u64) -> Done {
    tagmend_records::read(bytes, &mut |found| {
        *records += 1;
        if let Content::Record { delivery, .. } = found.content {
            *failures += u64::from(Failure::read(*delivery).is_some());
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// How long it was on a core.
fn time_of(work: impl FnOnce() -> Done) -> Result<Duration, Box<dyn Error>> {
    let now = || -> Result<Duration, Box<dyn Error>> {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
    };
    let begun = now()?;
    work()?;
    Ok(now()? - begun)
}
