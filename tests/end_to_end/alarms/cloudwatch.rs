//! How CloudWatch evaluates an alarm.
//!
//! Source: "Configuring how CloudWatch alarms treat missing data" and "Alarm evaluation" in the CloudWatch user guide. No
//! page says how long the evaluation range is; in AWS's tables it is two periods longer than what is evaluated.

use serde_json::Value as Json;

/// So many periods more than it evaluates does an alarm look at, where data is missing.
const MORE: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TreatMissingData {
    Breaching,
    NotBreaching,
    Ignore,
    Missing,
}

/// An alarm, as the template has it.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    pub(super) metric: String,
    /// The function of the metric; none for metrics of AWS.
    pub(super) function: Option<String>,
    /// The kind of what is no denied call, where the metric has one.
    pub(super) kind: Option<String>,
    is_sum: bool,
    /// In minutes.
    pub(super) period: usize,
    pub(super) periods: usize,
    pub(super) to_alarm: usize,
    threshold: f64,
    is_below: bool,
    is_above: bool,
    pub(super) missing: TreatMissingData,
    /// What FILL puts in the place of what is missing.
    fill: Option<f64>,
}

impl Alarm {
    pub(super) fn read(alarm: &Json) -> Alarm {
        let text = |node: &Json| node.as_str().unwrap().to_owned();
        let count = |node: &Json| usize::try_from(node.as_u64().unwrap()).unwrap();
        let (metric, statistic, period, fill) = match alarm.get("Metrics").and_then(Json::as_array) {
            None => (alarm, &alarm["Statistic"], &alarm["Period"], None),
            Some(metrics) => {
                let stat = &metrics[1]["MetricStat"];
                assert_eq!(metrics[0]["Expression"], "FILL(heartbeat, 0)");
                (&stat["Metric"], &stat["Stat"], &stat["Period"], Some(0.0))
            }
        };
        let dimension = |name: &str| {
            let mut all = metric["Dimensions"].as_array().unwrap().iter();
            all.find(|dimension| dimension["Name"] == name).map(|dimension| text(&dimension["Value"]))
        };
        let periods = count(&alarm["EvaluationPeriods"]);
        Alarm {
            metric: text(&metric["MetricName"]),
            function: dimension("Function"),
            kind: dimension("Kind"),
            is_sum: match statistic.as_str().unwrap() {
                "Sum" => true,
                "Maximum" => false,
                other => panic!("teach the simulator {other}"),
            },
            period: count(period) / 60,
            periods,
            to_alarm: alarm.get("DatapointsToAlarm").map_or(periods, count),
            threshold: alarm["Threshold"].as_f64().unwrap(),
            is_below: match alarm["ComparisonOperator"].as_str().unwrap() {
                "LessThanThreshold" => true,
                "GreaterThanOrEqualToThreshold" | "GreaterThanThreshold" => false,
                other => panic!("teach the simulator {other}"),
            },
            is_above: alarm["ComparisonOperator"] == "GreaterThanThreshold",
            missing: match alarm["TreatMissingData"].as_str().unwrap() {
                "breaching" => TreatMissingData::Breaching,
                "notBreaching" => TreatMissingData::NotBreaching,
                "ignore" => TreatMissingData::Ignore,
                other => panic!("teach the simulator {other}"),
            },
            fill,
        }
    }

    /// The state after each minute, of a metric whose values are told with their minutes.
    pub(super) fn play(&self, data: &[(usize, f64)], minutes: usize) -> Vec<State> {
        let mut state = State::InsufficientData;
        let mut states = Vec::new();
        for now in 1..=minutes {
            let point = |age: usize| {
                let end = now.checked_sub(age * self.period)?;
                let within =
                    |(minute, _): &&(usize, f64)| end.saturating_sub(self.period) <= *minute && *minute < end;
                let values = data.iter().filter(within).map(|(_, value)| *value);
                values.reduce(|left, right| if self.is_sum { left + right } else { left.max(right) })
            };
            let points: Vec<Option<f64>> = (0..self.periods + MORE).rev().map(point).collect();
            state = self.evaluate(&points, state);
            states.push(state);
        }
        states
    }

    /// The next state, by the data points of the evaluation range, the oldest first.
    pub(super) fn evaluate(&self, points: &[Option<f64>], state: State) -> State {
        let is_empty = points.iter().all(Option::is_none);
        let filled = points.iter().map(|point| point.or(self.fill.filter(|_| !is_empty)));
        let breaching: Vec<Option<bool>> = filled
            .map(|point| {
                point.map(|value| match (self.is_below, self.is_above) {
                    (true, _) => value < self.threshold,
                    (_, true) => value > self.threshold,
                    _ => value >= self.threshold,
                })
            })
            .collect();
        let decide = |count: usize| if count >= self.to_alarm { State::Alarm } else { State::Ok };
        let real: Vec<bool> = breaching.iter().flatten().copied().collect();
        let count = |points: &[bool]| points.iter().filter(|point| **point).count();
        if real.len() >= self.periods {
            return decide(count(&real[real.len() - self.periods..]));
        }
        let to_fill = self.periods - real.len();
        match self.missing {
            TreatMissingData::Breaching => decide(count(&real) + to_fill),
            TreatMissingData::NotBreaching => decide(count(&real)),
            TreatMissingData::Missing if real.is_empty() => State::InsufficientData,
            TreatMissingData::Ignore if real.is_empty() => state,
            TreatMissingData::Missing | TreatMissingData::Ignore => {
                if count(&real) >= self.to_alarm || real.contains(&false) {
                    return decide(count(&real));
                }
                // All that is there breaches, and it is too little: a premature alarm, unless the oldest is old enough.
                let oldest = breaching.len() - breaching.iter().position(Option::is_some).unwrap();
                if oldest >= self.to_alarm && self.missing == TreatMissingData::Missing {
                    State::Alarm
                } else {
                    state
                }
            }
        }
    }
}

/// AWS's two tables: the data points, and the state by each way to treat what is missing.
#[test]
fn the_simulator_says_what_the_tables_of_aws_say() {
    use State::{Alarm as A, InsufficientData as I, Ok as O};
    // What stands for "retain current state" here.
    const KEEPS: State = State::InsufficientData;
    for (to_alarm, points, expected) in [
        (3, "0-X-X", [O, O, O, O]),
        (3, "0----", [O, O, O, O]),
        (3, "-----", [I, KEEPS, A, O]),
        (3, "0XX-X", [A, A, A, A]),
        (3, "--X--", [A, KEEPS, A, O]),
        (2, "0-X-X", [A, A, A, A]),
        (2, "00X0X", [A, A, A, A]),
        (2, "0-X--", [O, O, A, O]),
        (2, "----0", [O, O, A, O]),
        (2, "---X-", [A, KEEPS, A, O]),
    ] {
        let values: Vec<Option<f64>> = points
            .chars()
            .map(|point| match point {
                '0' => Some(0.0),
                'X' => Some(1.0),
                _ => None,
            })
            .collect();
        let ways = [
            TreatMissingData::Missing,
            TreatMissingData::Ignore,
            TreatMissingData::Breaching,
            TreatMissingData::NotBreaching,
        ];
        let states = ways.map(|missing| {
            let alarm = Alarm {
                kind: None,
                metric: String::new(),
                function: None,
                is_sum: false,
                period: 5,
                periods: 3,
                to_alarm,
                threshold: 1.0,
                is_below: false,
                is_above: false,
                missing,
                fill: None,
            };
            alarm.evaluate(&values, KEEPS)
        });
        assert_eq!(states, expected, "{points}, {to_alarm} of 3");
    }
}
