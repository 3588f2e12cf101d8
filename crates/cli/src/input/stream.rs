//! Reads sources on threads of their own, a few at once, and hands on what they hold in order.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as jobs};
use std::thread;

use tagmend_records::{End, Found};
use tokio::sync::mpsc;

use super::Input;
use super::source::Source;

/// How many findings are handed on at once.
const AT_ONCE: usize = 512;
/// How many such handfuls may wait.
const WAITING: usize = 4;

/// What comes next.
pub(crate) enum Next {
    /// Things that were found in one source.
    Found(Vec<Input>),
    /// A source was read, or as much of it as can be.
    Ended(Arc<Source>, io::Result<End>),
}

enum Message {
    Found(Vec<Found>),
    Ended(io::Result<End>),
}

struct Job {
    source: Arc<Source>,
    sender: mpsc::Sender<Message>,
}

struct Opened {
    source: Arc<Source>,
    receiver: mpsc::Receiver<Message>,
    /// The first thing found, until it is known whether it is the only one.
    first: Option<Found>,
    is_one_of_many: bool,
}

/// Where the sources come from.
pub(crate) enum Sources {
    /// They are known.
    Listed(std::vec::IntoIter<Source>),
    /// They are being found.
    Coming(mpsc::Receiver<anyhow::Result<Source>>),
}

impl Sources {
    async fn next(&mut self) -> Option<anyhow::Result<Source>> {
        match self {
            Sources::Listed(sources) => sources.next().map(Ok),
            Sources::Coming(sources) => sources.recv().await,
        }
    }
}

/// What is being read. Ends its threads when dropped.
pub(crate) struct Reading {
    sources: Sources,
    opened: VecDeque<Opened>,
    jobs: jobs::Sender<Job>,
    stop: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    at_once: usize,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Reading {
    pub(crate) fn new(sources: Sources) -> Reading {
        let threads = thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let (jobs, taken) = jobs::channel::<Job>();
        let taken = Arc::new(Mutex::new(taken));
        let stop = Arc::new(AtomicBool::new(false));
        let bytes = Arc::new(AtomicU64::new(0));
        for _ in 0..threads {
            let (taken, stop, bytes) = (Arc::clone(&taken), Arc::clone(&stop), Arc::clone(&bytes));
            thread::spawn(move || {
                let next = || taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(job) = next() {
                    read(&job, &stop, &bytes);
                }
            });
        }
        Reading { sources, opened: VecDeque::new(), jobs, stop, bytes, at_once: threads * 2 }
    }

    /// How many bytes were read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What comes next; none at the end.
    ///
    /// # Errors
    /// Where no more sources can be found.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Next>> {
        loop {
            self.open().await?;
            let Some(opened) = self.opened.front_mut() else {
                return Ok(None);
            };
            match opened.receiver.recv().await {
                Some(Message::Found(found)) => {
                    let inputs = opened.take(found);
                    if !inputs.is_empty() {
                        return Ok(Some(Next::Found(inputs)));
                    }
                }
                Some(Message::Ended(end)) => {
                    if let Some(first) = opened.first.take() {
                        let source = Arc::clone(&opened.source);
                        let input = Input { source, number: None, content: first.content };
                        let (sender, receiver) = mpsc::channel(1);
                        // There is room for one.
                        let _ = sender.try_send(Message::Ended(end));
                        opened.receiver = receiver;
                        return Ok(Some(Next::Found(vec![input])));
                    }
                    let source = Arc::clone(&opened.source);
                    self.opened.pop_front();
                    return Ok(Some(Next::Ended(source, end)));
                }
                None => {
                    self.opened.pop_front();
                }
            }
        }
    }

    /// Has a few sources read ahead.
    async fn open(&mut self) -> anyhow::Result<()> {
        while self.opened.len() < self.at_once {
            // What is being read is not kept waiting for what is not yet found.
            let next = match (&mut self.sources, self.opened.is_empty()) {
                (Sources::Coming(sources), false) => sources.try_recv().ok(),
                (sources, _) => sources.next().await,
            };
            let Some(source) = next.transpose()? else {
                return Ok(());
            };
            let source = Arc::new(source);
            let (sender, receiver) = mpsc::channel(WAITING);
            let job = Job { source: Arc::clone(&source), sender };
            if self.jobs.send(job).is_err() {
                return Ok(());
            }
            self.opened.push_back(Opened { source, receiver, first: None, is_one_of_many: false });
        }
        Ok(())
    }
}

impl Opened {
    fn take(&mut self, found: Vec<Found>) -> Vec<Input> {
        let mut found: VecDeque<Found> = found.into();
        if !self.is_one_of_many {
            if let Some(first) = self.first.take() {
                found.push_front(first);
            }
            if found.len() < 2 {
                self.first = found.pop_front();
                return Vec::new();
            }
            self.is_one_of_many = true;
        }
        let input = |found: Found| Input {
            source: Arc::clone(&self.source),
            number: Some(found.number),
            content: found.content,
        };
        found.into_iter().map(input).collect()
    }
}

/// Reads one source to its end, or until nobody wants more.
fn read(job: &Job, stop: &AtomicBool, bytes: &AtomicU64) {
    let handful = Handful { found: RefCell::new(Vec::with_capacity(AT_ONCE)), sender: &job.sender };
    let mut found = |found: Found| {
        if handful.add(found) && !stop.load(Ordering::Relaxed) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    // A file never keeps its reader waiting.
    let may_block = job.source.length().is_none();
    let waiting = may_block.then_some(&handful);
    let end = job
        .source
        .open()
        .and_then(|input| tagmend_records::read(Counting { input, bytes, stop, waiting }, &mut found));
    handful.hand_on();
    // Whoever does not listen any more does not want to know.
    let _ = job.sender.blocking_send(Message::Ended(end));
}

/// What was found and not yet handed on.
struct Handful<'a> {
    found: RefCell<Vec<Found>>,
    sender: &'a mpsc::Sender<Message>,
}

impl Handful<'_> {
    /// False where nobody listens any more.
    fn add(&self, found: Found) -> bool {
        self.found.borrow_mut().push(found);
        self.found.borrow().len() < AT_ONCE || self.hand_on()
    }

    fn hand_on(&self) -> bool {
        let found = self.found.replace(Vec::with_capacity(AT_ONCE));
        found.is_empty() || self.sender.blocking_send(Message::Found(found)).is_ok()
    }
}

/// Counts what is read, for the progress; ends where nobody wants more.
struct Counting<'a, R> {
    input: R,
    bytes: &'a AtomicU64,
    stop: &'a AtomicBool,
    /// What is to be handed on before a read that may take long.
    waiting: Option<&'a Handful<'a>>,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_heard = self.waiting.is_none_or(Handful::hand_on);
        if !is_heard || self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        let read = self.input.read(buffer)?;
        self.bytes.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}
