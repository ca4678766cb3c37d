//! One watch event as bytes: an event and the form that was asked for in, a line out, written once for all watchers.

use crate::clock::Clock;
use crate::kind::Kind;
use crate::store::{Event, Stored};
use crate::table::TableForm;
use crate::verb::view_bytes;
use bytes::Bytes;
use serde_json::{Value, json};

/// What a watch event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
            Self::Bookmark => "BOOKMARK",
            Self::Error => "ERROR",
        }
    }
}

/// How objects are shown.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Whole,
    Metadata,
    Table(TableForm),
}

/// Writes the frames of one watch.
#[derive(Debug)]
pub(super) struct Framer {
    pub(super) form: Form,
    pub(super) clock: Clock,
    /// Whether the columns were told already.
    pub(super) told: bool,
}

fn line(what: What, object: &[u8]) -> Bytes {
    let name = what.name();
    let mut out = Vec::with_capacity(object.len() + name.len() + 24);
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
    Bytes::from(out)
}

/// The metadata of an object alone, as `PartialObjectMetadata`.
pub(crate) fn partial(metadata: &[u8]) -> Bytes {
    const HEAD: &[u8] =
        b"{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":";
    Bytes::from([HEAD, metadata, b"}"].concat())
}

/// The frame of an error, after which a watch ends.
pub(super) fn error(status: &Value) -> Bytes {
    line(What::Error, status.to_string().as_bytes())
}

impl Framer {
    /// An object that was there when the watch started.
    pub(super) fn initial(&mut self, kind: &Kind, stored: &Stored) -> Bytes {
        self.write(kind, What::Added, stored)
    }

    /// What `event` means to a watcher that saw `what` of it.
    pub(super) fn event(&mut self, kind: &Kind, what: What, event: &Event) -> Option<Bytes> {
        let shown = match what {
            What::Deleted => event.before.as_ref()?,
            _ => event.after.as_ref()?,
        };
        let write = |framer: &mut Self| {
            if shown.revision == event.revision {
                framer.write(kind, what, shown)
            } else {
                framer.write(kind, what, &shown.at(event.revision))
            }
        };
        let form = match self.form {
            Form::Whole => 0,
            Form::Metadata => 1,
            Form::Table(_) => return Some(write(self)),
        };
        if kind.conversion.is_some() {
            return Some(write(self));
        }
        let slot = &event.frames[what as usize % 3 * 2 + form];
        Some(slot.get_or_init(|| write(self)).clone())
    }

    fn write(&mut self, kind: &Kind, what: What, stored: &Stored) -> Bytes {
        match &self.form {
            Form::Whole => line(what, &view_bytes(kind, stored)),
            Form::Metadata => line(what, &partial(&stored.metadata())),
            Form::Table(form) => {
                let metadata = json!({"resourceVersion": stored.revision.to_string()});
                let value = crate::verb::view_value(kind, stored);
                let values = std::slice::from_ref(&value);
                let table = form.table(kind, values, &metadata, !self.told, self.clock.now());
                self.told = true;
                line(what, table.to_string().as_bytes())
            }
        }
    }

    /// A bookmark at `revision`; `end`: the initial objects are complete.
    pub(super) fn bookmark(&mut self, kind: &Kind, revision: u64, end: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        if end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let mut object =
            json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata});
        match &self.form {
            Form::Whole => {}
            Form::Metadata => {
                object["kind"] = "PartialObjectMetadata".into();
                object["apiVersion"] = "meta.k8s.io/v1".into();
            }
            Form::Table(form) => {
                let list = json!({"resourceVersion": revision.to_string()});
                let values = std::slice::from_ref(&object);
                let table = form.table(kind, values, &list, !self.told, self.clock.now());
                self.told = true;
                return line(What::Bookmark, table.to_string().as_bytes());
            }
        }
        line(What::Bookmark, object.to_string().as_bytes())
    }
}
