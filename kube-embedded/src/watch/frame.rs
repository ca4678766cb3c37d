//! One watch event as bytes: an event and the form that was asked for in, a line out. Objects are not encoded here: their bytes are those of the store.

use crate::clock::Clock;
use crate::kind::Kind;
use crate::store::{Event, Stored};
use crate::table::TableForm;
use crate::verb::{view_bytes, view_value};
use bytes::{Bytes, BytesMut};
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

/// Writes one line; the object comes in parts, so that nothing is put together twice.
fn line(out: &mut BytesMut, what: What, object: &[&[u8]]) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(what.name().as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    for part in object {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(b"}\n");
}

const PARTIAL: &[u8] =
    b"{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":";

/// The metadata of an object alone, as `PartialObjectMetadata`.
pub(crate) fn partial(metadata: &[u8]) -> Bytes {
    Bytes::from([PARTIAL, metadata, b"}"].concat())
}

/// The frame of an error, after which a watch ends.
pub(super) fn error(status: &Value) -> Bytes {
    let mut out = BytesMut::new();
    line(&mut out, What::Error, &[status.to_string().as_bytes()]);
    out.freeze()
}

impl Framer {
    /// An object that was there when the watch started.
    pub(super) fn initial(&mut self, out: &mut BytesMut, kind: &Kind, stored: &Stored) {
        self.write(out, kind, What::Added, stored);
    }

    /// What `event` means to a watcher that saw `what` of it.
    pub(super) fn event(&mut self, out: &mut BytesMut, kind: &Kind, what: What, event: &Event) {
        let shown = if what == What::Deleted { &event.before } else { &event.after };
        let Some(shown) = shown else { return };
        if shown.revision == event.revision {
            self.write(out, kind, what, shown);
        } else {
            self.write(out, kind, what, &shown.at(event.revision));
        }
    }

    fn write(&mut self, out: &mut BytesMut, kind: &Kind, what: What, stored: &Stored) {
        match &self.form {
            Form::Whole => line(out, what, &[&view_bytes(kind, stored)]),
            Form::Metadata => line(out, what, &[PARTIAL, &stored.metadata(), b"}"]),
            Form::Table(form) => {
                let metadata = json!({"resourceVersion": stored.revision.to_string()});
                let value = view_value(kind, stored);
                let values = std::slice::from_ref(&value);
                let table = form.table(kind, values, &metadata, !self.told, self.clock.now());
                self.told = true;
                line(out, what, &[table.to_string().as_bytes()]);
            }
        }
    }

    /// A bookmark at `revision`; `end`: the initial objects are complete.
    pub(super) fn bookmark(&mut self, out: &mut BytesMut, kind: &Kind, revision: u64, end: bool) {
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
                object = form.table(kind, values, &list, !self.told, self.clock.now());
                self.told = true;
            }
        }
        line(out, What::Bookmark, &[object.to_string().as_bytes()]);
    }
}
