//! `infra/template.yaml` as CloudFormation would resolve it for one deployment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value as Json, json};

/// A template with its parameters, as they are given or by default.
#[derive(Clone, Debug)]
pub struct Template {
    source: Arc<Json>,
    parameters: BTreeMap<String, Json>,
    /// What attributes and references of resources stand for, as `Journal.Arn` and `Journal`.
    attributes: BTreeMap<String, String>,
}

impl Template {
    /// Reads a template of this text, deployed with these parameters.
    pub fn new(text: &str, given: &[(&str, Json)], attributes: &[(&str, &str)]) -> Template {
        let source = source(text);
        let mut parameters: BTreeMap<String, Json> = BTreeMap::new();
        for (name, parameter) in source["Parameters"].as_object().expect("a template has parameters") {
            let default = parameter.get("Default").cloned().unwrap_or(Json::Null);
            let is_list = parameter["Type"] == "CommaDelimitedList";
            let default = match (is_list, default.as_str()) {
                (true, Some("")) => json!([]),
                (true, Some(text)) => json!(text.split(',').collect::<Vec<_>>()),
                _ => default,
            };
            parameters.insert(name.clone(), default);
        }
        for (name, value) in given {
            assert!(parameters.contains_key(*name), "the template has no parameter {name}");
            parameters.insert((*name).to_owned(), value.clone());
        }
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Template { source, parameters, attributes: attributes.collect() }
    }

    /// The policies of the role that a function runs with: those in the role, and those attached to it.
    pub fn policies_of(&self, function: &str) -> Vec<Json> {
        let resources = self.source["Resources"].as_object().unwrap();
        let role = &resources[function]["Properties"]["Role"]["Fn::GetAtt"];
        let role = role.as_str().and_then(|path| path.strip_suffix(".Arn")).expect("a role of the template");
        self.policies_in(role)
    }

    /// The policies of a role.
    pub fn policies_in(&self, role: &str) -> Vec<Json> {
        let resources = self.source["Resources"].as_object().unwrap();
        let mut policies = Vec::new();
        let properties = self.resolve(&resources[role]["Properties"]).expect("a role");
        assert!(properties.get("ManagedPolicyArns").is_none(), "managed policies are not resolved here");
        for policy in properties["Policies"].as_array().unwrap() {
            policies.push(policy["PolicyDocument"].clone());
        }
        for resource in resources.values() {
            let attached = resource["Type"] == "AWS::IAM::RolePolicy"
                && resource["Properties"]["RoleName"] == json!({"Ref": role});
            let exists = resource.get("Condition").is_none_or(|name| self.condition(name.as_str().unwrap()));
            if attached && exists {
                let properties = self.resolve(&resource["Properties"]).expect("a policy");
                policies.push(properties["PolicyDocument"].clone());
            }
        }
        policies
    }

    /// The resources of a type, by name, as they are resolved.
    pub fn of_type(&self, kind: &str) -> BTreeMap<String, Json> {
        let resources = self.source["Resources"].as_object().unwrap().iter();
        let named = resources.filter(|(_, resource)| resource["Type"] == kind);
        named.map(|(name, resource)| (name.clone(), self.resolve(&resource["Properties"]).unwrap())).collect()
    }

    /// The policy of a resource.
    pub fn document_of(&self, resource: &str) -> Json {
        let properties = self.resolve(&self.source["Resources"][resource]["Properties"]);
        properties.expect("a resource")["PolicyDocument"].clone()
    }

    /// Whether a resource is deployed with these parameters.
    pub fn is_deployed(&self, resource: &str) -> bool {
        let condition = self.source["Resources"][resource].get("Condition").and_then(Json::as_str);
        condition.is_none_or(|condition| self.condition(condition))
    }

    fn condition(&self, name: &str) -> bool {
        self.resolve(&self.source["Conditions"][name]) == Some(json!(true))
    }

    /// None for `AWS::NoValue`.
    fn resolve(&self, node: &Json) -> Option<Json> {
        match node {
            Json::Object(fields) => match fields.iter().next() {
                Some((name, value)) if fields.len() == 1 && is_intrinsic(name) => self.call(name, value),
                _ => {
                    let resolved =
                        fields.iter().filter_map(|(name, value)| Some((name.clone(), self.resolve(value)?)));
                    Some(Json::Object(resolved.collect()))
                }
            },
            Json::Array(items) => Some(items.iter().filter_map(|item| self.resolve(item)).collect()),
            other => Some(other.clone()),
        }
    }

    fn call(&self, name: &str, value: &Json) -> Option<Json> {
        let items = || value.as_array().unwrap_or_else(|| panic!("{name} of {value}"));
        let resolved = |node: &Json| self.resolve(node).unwrap_or(Json::Null);
        Some(match name {
            "Ref" if value == "AWS::NoValue" => return None,
            "Ref" | "Fn::GetAtt" => self.named(value.as_str().unwrap()),
            "Condition" => json!(self.condition(value.as_str().unwrap())),
            "Fn::If" => {
                let chosen = if self.condition(items()[0].as_str().unwrap()) { 1 } else { 2 };
                return self.resolve(&items()[chosen]);
            }
            "Fn::Equals" => json!(resolved(&items()[0]) == resolved(&items()[1])),
            "Fn::Not" => json!(resolved(&items()[0]) == json!(false)),
            "Fn::Or" => json!(items().iter().any(|item| resolved(item) == json!(true))),
            "Fn::And" => json!(items().iter().all(|item| resolved(item) == json!(true))),
            "Fn::Join" => {
                let parts = resolved(&items()[1]);
                let parts: Vec<&str> =
                    parts.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
                json!(parts.join(items()[0].as_str().unwrap()))
            }
            "Fn::Split" => {
                let text = resolved(&items()[1]);
                json!(text.as_str().unwrap().split(items()[0].as_str().unwrap()).collect::<Vec<_>>())
            }
            "Fn::Select" => {
                let index = usize::try_from(items()[0].as_u64().unwrap()).unwrap();
                resolved(&items()[1])[index].clone()
            }
            "Fn::Sub" => match value {
                Json::String(text) => self.substitute(text, &Map::new()),
                _ => self.substitute(items()[0].as_str().unwrap(), items()[1].as_object().unwrap()),
            },
            other => panic!("teach this resolver {other}"),
        })
    }

    fn substitute(&self, text: &str, variables: &Map<String, Json>) -> Json {
        let Some((before, rest)) = text.split_once("${") else {
            return json!(text);
        };
        let (name, rest) = rest.split_once('}').expect("a closing brace");
        let value = match variables.get(name) {
            Some(value) => self.resolve(value).expect("a variable"),
            None => self.named(name),
        };
        let rest = self.substitute(rest, variables);
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        json!(format!("{before}{value}{}", rest.as_str().unwrap()))
    }

    fn named(&self, name: &str) -> Json {
        if let Some(value) = self.parameters.get(name) {
            return value.clone();
        }
        json!(match (name, self.attributes.get(name)) {
            (_, Some(value)) => value.clone(),
            ("AWS::Partition", None) => "aws".to_owned(),
            ("AWS::StackName", None) => "tagmend".to_owned(),
            ("AWS::Region", None) => "eu-west-1".to_owned(),
            ("AWS::AccountId", None) => "111122223333".to_owned(),
            // A resource that no test calls: nothing has this ARN.
            (other, None) => format!("arn:aws:none:::{other}"),
        })
    }
}

/// The template of this text, read once: every stage of a test has four roles, and YAML takes long without optimisation.
fn source(text: &str) -> Arc<Json> {
    static READ: Mutex<BTreeMap<String, Arc<Json>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap();
    if let Some(source) = read.get(text) {
        return source.clone();
    }
    let documents = Yaml::load_from_str(text).expect("the template is YAML");
    let source = Arc::new(plain(&documents[0]));
    read.insert(text.to_owned(), source.clone());
    source
}

fn is_intrinsic(name: &str) -> bool {
    matches!(name, "Ref" | "Condition") || name.starts_with("Fn::")
}

/// The template with every `!Name` in its long form.
fn plain(node: &Yaml<'_>) -> Json {
    match node {
        Yaml::Value(Scalar::Null) => Json::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Representation(text, ..) => json!(text),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, value)| (plain(key).as_str().unwrap().to_owned(), plain(value)))
                .collect(),
        ),
        Yaml::Tagged(tag, inner) => {
            let name = match tag.suffix.as_str() {
                name @ ("Ref" | "Condition") => name.to_owned(),
                name => format!("Fn::{name}"),
            };
            json!({ name: plain(inner) })
        }
        Yaml::Alias(_) | Yaml::BadValue => panic!("the template is not plain YAML"),
    }
}
