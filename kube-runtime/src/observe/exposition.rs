//! Numbers in, Prometheus' text format out.
//!
//! The format is version 0.0.4 of <https://prometheus.io/docs/instrumenting/exposition_formats>. It is written by hand:
//! a metrics crate would keep counters of its own, and ours are plain values of the stages.

use std::fmt::Write as _;

use super::Histogram;

/// What kind of number a family holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A page of metrics, family by family.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    text: String,
}

impl Exposition {
    /// Begins a family of numbers; what is written until the next one belongs to it.
    pub(crate) fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Samples<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        self.head(name, kind, help)
    }

    /// Begins a family of histograms.
    pub(crate) fn histograms(&mut self, name: &'static str, help: &str) -> Samples<'_> {
        self.head(name, "histogram", help)
    }

    /// Adds what somebody else wrote in the same format.
    pub(crate) fn append(&mut self, text: &str) {
        // OpenMetrics ends with such a line, and nothing may follow it there; here it is a comment.
        let text = text.trim_end().trim_end_matches("# EOF");
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn head(&mut self, name: &'static str, kind: &str, help: &str) -> Samples<'_> {
        _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Samples { text: &mut self.text, name }
    }
}

/// The samples of one family.
#[derive(Debug)]
pub(crate) struct Samples<'page> {
    text: &'page mut String,
    name: &'static str,
}

impl Samples<'_> {
    /// Writes one number.
    pub(crate) fn number(&mut self, labels: &[(&str, &str)], value: f64) {
        self.line("", labels, None, value);
    }

    /// Writes a number of things. Above 2^53 it is rounded.
    #[expect(clippy::cast_precision_loss, reason = "every number of the format is a float")]
    pub(crate) fn count(&mut self, labels: &[(&str, &str)], count: u64) {
        self.number(labels, count as f64);
    }

    /// Writes one histogram: its bounds, sum and count.
    #[expect(clippy::cast_precision_loss, reason = "every number of the format is a float")]
    pub(crate) fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        for (bound, count) in histogram.cumulative() {
            let bound = number(seconds(bound.as_nanos()));
            self.line("_bucket", labels, Some(&bound), count as f64);
        }
        let count = histogram.count() as f64;
        self.line("_bucket", labels, Some("+Inf"), count);
        self.line("_sum", labels, None, seconds(histogram.sum().as_nanos()));
        self.line("_count", labels, None, count);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], bound: Option<&str>, value: f64) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        let all = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
        let mut before = '{';
        for (name, value) in all {
            _ = write!(self.text, "{before}{name}=\"");
            escape(self.text, value);
            self.text.push('"');
            before = ',';
        }
        if before == ',' {
            self.text.push('}');
        }
        _ = writeln!(self.text, " {}", number(value));
    }
}

/// Divided, not multiplied by a billionth: so 10 ns are `1e-08` and no neighbour of it.
#[expect(clippy::cast_precision_loss, reason = "a hundred days in nanoseconds fit exactly")]
fn seconds(nanoseconds: u128) -> f64 {
    nanoseconds as f64 / 1e9
}

/// As Go prints it, so that a bound is the same label that controller-runtime gives it.
fn number(value: f64) -> String {
    if value.is_infinite() {
        return (if value > 0.0 { "+Inf" } else { "-Inf" }).to_owned();
    }
    let size = value.abs();
    if value == 0.0 || value.is_nan() || (1e-4..1e21).contains(&size) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_page_is_what_prometheus_reads() {
        let mut page = Exposition::default();
        let mut samples = page.family("depth", Kind::Gauge, "How deep.");
        samples.count(&[("name", "a\"b\\c\nd")], 3);
        samples.number(&[], 0.5);
        let mut histogram = Histogram::new(&[10, 1_000_000_000]);
        histogram.observe(Duration::from_millis(1500));
        histogram.observe(Duration::from_nanos(7));
        page.histograms("took_seconds", "How long.").histogram(&[("name", "x")], &histogram);
        page.append("# TYPE own counter\nown 1\n# EOF\n");
        let expected = r#"# HELP depth How deep.
# TYPE depth gauge
depth{name="a\"b\\c\nd"} 3
depth 0.5
# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{name="x",le="1e-08"} 1
took_seconds_bucket{name="x",le="1"} 1
took_seconds_bucket{name="x",le="+Inf"} 2
took_seconds_sum{name="x"} 1.500000007
took_seconds_count{name="x"} 2
# TYPE own counter
own 1
"#;
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let rows = [
            (0.0, "0"),
            (1e-8, "1e-08"),
            (0.000_25, "0.00025"),
            (0.005, "0.005"),
            (1000.0, "1000"),
            (1.5e-7, "1.5e-07"),
            (1e21, "1e+21"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, expected) in rows {
            assert_eq!(number(value), expected);
        }
    }
}
