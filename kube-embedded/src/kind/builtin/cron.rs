//! `CronJobs`: defaults, and schedules that can be. Nothing runs them here.

use super::check::{not_negative, one_of};
use super::pod::check_spec;
use super::{Strategy, fill, pod_defaults};
use crate::schema::FieldError;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Cron;

pub(super) fn cron_job() -> Arc<dyn Strategy> {
    Arc::new(Cron)
}

impl Strategy for Cron {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        fill(spec, "concurrencyPolicy", "Allow");
        fill(spec, "suspend", false);
        fill(spec, "successfulJobsHistoryLimit", 3);
        fill(spec, "failedJobsHistoryLimit", 1);
        let template = &mut spec["jobTemplate"]["spec"]["template"];
        if template.is_object() {
            fill(template, "spec", json!({}));
            pod_defaults::template_spec(&mut template["spec"]);
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({});
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        let schedule = spec["schedule"].as_str().unwrap_or("");
        if schedule.is_empty() {
            errors.push(FieldError::required("spec.schedule", ""));
        } else if let Err(detail) = schedule::check(schedule) {
            errors.push(FieldError::invalid("spec.schedule", &spec["schedule"], detail));
        }
        if let Some(zone) = spec["timeZone"].as_str()
            && (zone.is_empty() || TimeZone::get(zone).is_err())
        {
            let detail = match zone {
                "" => "timeZone must be nil or non-empty string".to_owned(),
                zone => format!("unknown time zone {zone}"),
            };
            errors.push(FieldError::invalid("spec.timeZone", &spec["timeZone"], detail));
        }
        not_negative(object, "spec.startingDeadlineSeconds", &mut errors);
        let policies = &["Allow", "Forbid", "Replace"];
        one_of(object, "spec.concurrencyPolicy", policies, &mut errors);
        not_negative(object, "spec.successfulJobsHistoryLimit", &mut errors);
        not_negative(object, "spec.failedJobsHistoryLimit", &mut errors);
        let template = "spec.jobTemplate.spec.template.spec";
        let pod = &spec["jobTemplate"]["spec"]["template"]["spec"];
        check_spec(pod, template, &mut errors);
        if !matches!(pod["restartPolicy"].as_str(), Some("OnFailure" | "Never")) {
            let detail = "valid values: \"OnFailure\", \"Never\"";
            errors.push(FieldError::required(format!("{template}.restartPolicy"), detail));
        }
        errors
    }
}

/// Schedules as github.com/robfig/cron/v3 reads them, which the API server uses, and in its words.
mod schedule {
    const FIELDS: [(u32, u32, &[&str]); 5] = [
        (0, 59, &[]),
        (0, 23, &[]),
        (1, 31, &[]),
        (
            1,
            12,
            &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        ),
        (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    pub(super) fn check(text: &str) -> Result<(), String> {
        if let Some(word) = text.strip_prefix('@') {
            return descriptor(word, text);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() != FIELDS.len() {
            let found = fields.len();
            return Err(format!(
                "expected exactly 5 fields, found {found}: [{}]",
                fields.join(" ")
            ));
        }
        for (field, bounds) in fields.iter().zip(FIELDS) {
            for part in field.split(',') {
                range(part, bounds)?;
            }
        }
        Ok(())
    }

    fn descriptor(word: &str, text: &str) -> Result<(), String> {
        match word {
            "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly" => {
                Ok(())
            }
            word if word.starts_with("every ") => {
                let interval = word["every ".len()..].parse::<jiff::SignedDuration>();
                interval.map(drop).map_err(|_| {
                    format!(
                        "failed to parse duration {text}: time: invalid duration {:?}",
                        &word[6..]
                    )
                })
            }
            _ => Err(format!("unrecognized descriptor: {text}")),
        }
    }

    /// `*`, `5`, `1-5`, each with `/2` behind or without.
    fn range(part: &str, (least, most, names): (u32, u32, &[&str])) -> Result<(), String> {
        let (span, step) =
            part.split_once('/').map_or((part, None), |(span, step)| (span, Some(step)));
        let (start, end) = match span.split_once('-') {
            _ if matches!(span, "*" | "?") => (least, most),
            Some((start, end)) => (number(start, names)?, number(end, names)?),
            None => {
                let start = number(span, names)?;
                (start, if step.is_some() { most } else { start })
            }
        };
        match step.map(|step| number(step, &[])).transpose()? {
            _ if start < least => {
                Err(format!("beginning of range ({start}) below minimum ({least}): {part}"))
            }
            _ if end > most => Err(format!("end of range ({end}) above maximum ({most}): {part}")),
            _ if start > end => {
                Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"))
            }
            Some(0) => Err(format!("step of range should be a positive number: {part}")),
            _ => Ok(()),
        }
    }

    fn number(text: &str, names: &[&str]) -> Result<u32, String> {
        let first = u32::from(names.len() == 12);
        if let Some(at) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(u32::try_from(at).unwrap_or_default() + first);
        }
        text.parse().map_err(|_| {
            format!(
                "failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::schedule::check;

    #[test]
    fn a_schedule_is_read_as_the_api_server_reads_it() {
        let right = [
            "* * * * *",
            "*/5 0-6 1,15 jan-MAR mon",
            "0 0 ? * 0",
            "3/7 * * * *",
            "@daily",
            "@every 1h30m",
        ];
        for text in right {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for (text, expected) in [
            ("never", "expected exactly 5 fields, found 1: [never]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("@sometimes", "unrecognized descriptor: @sometimes"),
            (
                "x * * * *",
                "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax",
            ),
        ] {
            assert_eq!(check(text), Err(expected.to_owned()), "{text}");
        }
    }
}
