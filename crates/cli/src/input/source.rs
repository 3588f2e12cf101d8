//! Where records come from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

/// A file, or something like it.
#[derive(Debug)]
pub(crate) struct Source {
    /// For people.
    pub(crate) name: String,
    /// The file, where it is one.
    pub(crate) file: Option<PathBuf>,
    /// Whether it was found in a folder, and perhaps holds no records at all.
    pub(crate) is_found: bool,
    content: Content,
}

enum Content {
    StandardInput,
    File,
    /// What opens it; once.
    Late(Mutex<Option<Open>>),
}

/// Opens a source.
pub(crate) type Open = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send>> + Send>;

impl std::fmt::Debug for Content {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Content::StandardInput => "StandardInput",
            Content::File => "File",
            Content::Late(_) => "Late",
        })
    }
}

impl Source {
    pub(crate) fn standard_input() -> Source {
        Source {
            name: "standard input".to_owned(),
            file: None,
            is_found: false,
            content: Content::StandardInput,
        }
    }

    pub(crate) fn file(path: &Path, is_found: bool) -> Source {
        Source {
            name: path.display().to_string(),
            file: Some(path.to_owned()),
            is_found,
            content: Content::File,
        }
    }

    /// Bytes from elsewhere, which nobody asks for before they are needed.
    pub(crate) fn opened_late(name: String, open: Open) -> Source {
        Source { name, file: None, is_found: false, content: Content::Late(Mutex::new(Some(open))) }
    }

    /// A name for what was read already.
    pub(crate) fn named(name: String) -> Source {
        Source { name, file: None, is_found: false, content: Content::Late(Mutex::new(None)) }
    }

    /// Its bytes. Blocks while it is read.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match (&self.content, &self.file) {
            (Content::Late(open), _) => {
                let open = open.lock().unwrap_or_else(PoisonError::into_inner).take();
                open.ok_or_else(|| io::Error::other("it was read already"))?()
            }
            (Content::File, Some(path)) => Ok(Box::new(File::open(path)?)),
            _ => Ok(Box::new(io::stdin())),
        }
    }

    /// How many bytes it has, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.file.as_ref()?.metadata().ok().filter(|data| data.is_file()).map(|data| data.len())
    }
}
