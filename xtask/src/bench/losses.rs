//! Do the losses of both sides fall alike? Work is equal only where they do.

use serde_json::{Value, json};

/// Batches differ, and so does chance: losses may differ by this share of the first one, and by this share of the fall.
const OF_THE_FIRST: f64 = 0.01;
const OF_THE_FALL: f64 = 0.25;

/// The first losses and those of the last step that both sides tell of; `None` where there is no such step.
pub(super) fn compared(homebody: &Value, peer: &Value) -> Option<Value> {
    let (own, peers) = (curve(homebody)?, curve(peer)?);
    let at = |curve: &[(u64, f64)], step| curve.iter().find(|(at, _)| *at == step).map(|(_, loss)| *loss);
    let step = own.iter().map(|(step, _)| *step).filter(|step| at(&peers, *step).is_some()).max().filter(|&s| s > 1)?;
    let (own, peers) = ([at(&own, 1)?, at(&own, step)?], [at(&peers, 1)?, at(&peers, step)?]);
    let room = OF_THE_FIRST * peers[0];
    let fall = (own[0] - own[1]).max(peers[0] - peers[1]).max(0.0);
    let alike = (own[0] - peers[0]).abs() <= room && (own[1] - peers[1]).abs() <= room + OF_THE_FALL * fall;
    Some(json!({ "step": step, "homebody": own, "peer": peers, "alike": alike }))
}

/// For the table: empty where there are no losses to compare.
pub(super) fn verdict(losses: &Value) -> String {
    let Some(alike) = losses["alike"].as_bool() else { return String::new() };
    let side = |name: &str| {
        let loss = |at: usize| losses[name][at].as_f64().unwrap_or(f64::NAN);
        format!("{:.2} to {:.2}", loss(0), loss(1))
    };
    let word = if alike { "alike" } else { "NOT alike" };
    format!(", losses {word} by step {}: {} and {}", losses["step"], side("homebody"), side("peer"))
}

fn curve(side: &Value) -> Option<Vec<(u64, f64)>> {
    side["losses"].as_array()?.iter().map(|point| Some((point[0].as_u64()?, point[1].as_f64()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(losses: &[(u64, f64)]) -> Value {
        json!({ "losses": losses })
    }

    #[test]
    fn the_last_step_that_both_tell_of_is_compared() {
        let homebody = side(&[(1, 8.0), (3, 7.9), (24, 7.0)]);
        let close = compared(&homebody, &side(&[(1, 8.01), (24, 7.15), (48, 5.0)])).unwrap();
        assert_eq!((close["step"].as_u64(), close["alike"].as_bool()), (Some(24), Some(true)));
        assert!(verdict(&close).contains("alike by step 24: 8.00 to 7.00 and 8.01 to 7.15"));
        let far = compared(&homebody, &side(&[(1, 8.0), (24, 7.8)])).unwrap();
        assert!(verdict(&far).contains("NOT alike"), "{far}");
        let elsewhere = compared(&homebody, &side(&[(1, 6.0), (24, 7.0)])).unwrap();
        assert_eq!(elsewhere["alike"], false);
    }

    #[test]
    fn without_a_common_step_there_is_nothing_to_say() {
        assert_eq!(compared(&side(&[(1, 8.0)]), &side(&[(1, 8.0)])), None);
        assert_eq!(compared(&side(&[(1, 8.0)]), &json!({ "seconds": 3.0 })), None);
        assert_eq!(verdict(&Value::Null), "");
    }
}
