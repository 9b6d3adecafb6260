//! The query API's way to write input: a form in which `Filter.1.Value.2` is a place in nested objects and lists.

use serde_json::Value;
use url::form_urlencoded::Serializer;

/// A call as a form.
pub(super) fn written(operation: &str, version: &str, input: &Value) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", operation);
    form.append_pair("Version", version);
    append(&mut form, "", input);
    form.finish()
}

fn append(form: &mut Serializer<'_, String>, name: &str, value: &Value) {
    let within = |part: &str| {
        if name.is_empty() {
            part.to_owned()
        } else {
            format!("{name}.{part}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (field, value) in fields {
                append(form, &within(field), value);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                append(form, &within(&(position + 1).to_string()), value);
            }
        }
        Value::String(text) => drop(form.append_pair(name, text)),
        Value::Bool(_) | Value::Number(_) => drop(form.append_pair(name, &value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(input: &Value) -> Vec<String> {
        let form = written("Do", "2016-11-15", input);
        url::form_urlencoded::parse(form.as_bytes())
            .skip(2)
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn dots_are_objects_and_numbers_are_lists() {
        assert_eq!(
            written("DescribeVpcs", "2016-11-15", &Value::Null),
            "Action=DescribeVpcs&Version=2016-11-15"
        );
        assert_eq!(
            pairs(
                &json!({"Owner": ["self"], "Filter": [{"Name": "tag:a", "Value": ["x", "y z"]}]})
            ),
            [
                "Filter.1.Name=tag:a",
                "Filter.1.Value.1=x",
                "Filter.1.Value.2=y z",
                "Owner.1=self"
            ]
        );
        assert_eq!(
            pairs(
                &json!({"Filters": {"Filter": [{"Values": {"Value": ["x"]}}]}, "Force": true, "Max": 20, "No": null})
            ),
            ["Filters.Filter.1.Values.Value.1=x", "Force=true", "Max=20"]
        );
    }
}
