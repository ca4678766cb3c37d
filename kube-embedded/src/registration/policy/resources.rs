//! What a policy or a binding is for: `matchConstraints` in, its mistakes out.

use crate::admission::check_selector;
use crate::label::path_segment;
use crate::registration::rules::check_rule;
use crate::registration::text;
use crate::schema::FieldError;
use serde_json::Value;

/// The mistakes of `MatchResources`.
pub(super) fn check_resources(resources: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let policy = &resources["matchPolicy"];
    if !["Equivalent", "Exact"].contains(&text(policy)) {
        let field = format!("{at}.matchPolicy");
        errors.push(FieldError::not_supported(field, policy, ["Equivalent", "Exact"]));
    }
    for selector in ["namespaceSelector", "objectSelector"] {
        check_selector(&resources[selector], &format!("{at}.{selector}"), errors);
    }
    for member in ["resourceRules", "excludeResourceRules"] {
        for (index, rule) in resources[member].as_array().into_iter().flatten().enumerate() {
            let at = format!("{at}.{member}[{index}]");
            check_names(&rule["resourceNames"], &format!("{at}.resourceNames"), errors);
            check_rule(rule, &at, errors);
        }
    }
}

fn check_names(names: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let list = names.as_array().map_or(&[][..], Vec::as_slice);
    for (index, name) in list.iter().enumerate() {
        let field = format!("{at}[{index}]");
        if let Some(why) = path_segment(text(name)) {
            errors.push(FieldError::invalid(&field, name, why));
        }
        if list[..index].contains(name) {
            errors.push(FieldError::duplicate(field, name));
        }
    }
}
