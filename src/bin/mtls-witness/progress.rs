//! A bar on standard error while a large capture is read; nothing where standard error is no
//! terminal.

use std::io::{self, IsTerminal, Read};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use mtls_witness::report::visible;

/// A capture that is read in less is not worth a bar.
const MOMENT: Duration = Duration::from_millis(400);

/// The bars of all captures that are read at a time.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A reader that shows how far it has come.
pub(crate) struct Progress<R> {
    inner: R,
    name: String,
    length: Option<u64>,
    read: u64,
    drawing: Drawing,
}

enum Drawing {
    Never,
    From(Instant),
    Now(ProgressBar),
}

impl<R: Read> Progress<R> {
    /// Wraps `inner`; `length` is in bytes, where known.
    pub(crate) fn new(inner: R, name: &str, length: Option<u64>) -> Self {
        let drawing = if io::stderr().is_terminal() {
            Drawing::From(Instant::now() + MOMENT)
        } else {
            Drawing::Never
        };
        Self { inner, name: visible(name), length, read: 0, drawing }
    }

    fn advance(&mut self, bytes: usize) {
        self.read = self.read.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        match &self.drawing {
            Drawing::Never => {}
            Drawing::From(moment) if Instant::now() < *moment => {}
            Drawing::From(_) => self.drawing = Drawing::Now(self.bar()),
            Drawing::Now(bar) => bar.set_position(self.read),
        }
    }

    fn bar(&self) -> ProgressBar {
        let (bar, template) = match self.length {
            Some(length) => {
                (ProgressBar::new(length), "{prefix} {wide_bar} {bytes} of {total_bytes}, {eta}")
            }
            None => (ProgressBar::new_spinner(), "{prefix} {spinner} {bytes}"),
        };
        let style = ProgressStyle::with_template(template);
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let bar = BARS.add(bar);
        bar.set_prefix(self.name.clone());
        bar.set_position(self.read);
        bar
    }
}

impl<R: Read> Read for Progress<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.advance(bytes);
        Ok(bytes)
    }
}

impl<R> Drop for Progress<R> {
    fn drop(&mut self) {
        if let Drawing::Now(bar) = &self.drawing {
            bar.finish_and_clear();
        }
    }
}
