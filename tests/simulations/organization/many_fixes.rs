//! One run of watch, and more fixes than ever.

use super::*;

/// So many fixes of the last two days, half of a mapping and half of provisionings, and one run of watch.
fn many_fixes(organization: Organization, fixes: usize) -> Cost {
    let cloud = begin(organization);
    let baseline = baseline(organization);
    let mapping = baseline.mappings().next().unwrap();
    let tagmend_diagnosis::Owner::IdentityStore(source) = mapping.owner else { panic!("{mapping:?}") };
    let sets: Vec<String> = baseline.permission_sets().map(|(_, set)| set.arn.clone()).collect();
    let begins = virtual_time::now() - SignedDuration::from_hours(47);
    cloud.change(|world| {
        for index in 0..fixes {
            let seconds = i64::try_from(index * 46 * 3600 / fixes).unwrap();
            let time = begins + SignedDuration::from_secs(seconds) + SignedDuration::from_millis(1);
            let set = sets[index % sets.len().min(100)].rsplit('/').next().unwrap();
            let (thing, change) = match index % 2 {
                0 => (format!("restore_mapping/{}", mapping.key), json!({"source": source.expression()})),
                _ => (format!("provision/100000000001/{set}"), json!({"policy_digest": "sha256:none"})),
            };
            let id = format!("{}/{thing}", time.strftime("%Y%m%dT%H%M%S.%3fZ"));
            let fix = json!({"schema": 1, "id": id, "change": change, "verified": true});
            world.journal.objects.insert(format!("fixes/{id}.json"), fix);
        }
    });
    let clients = Clients::new(&clients(&cloud, Share::WATCH, 1));
    let recorder = Recorder::new(&clients, BUCKET);
    let watcher = Watcher::new(clients, BUCKET, Pace::hourly(Share::WATCH));
    let inspection = virtual_time::run(async {
        let deadline = Some(virtual_time::now() + SignedDuration::from_secs(900));
        let time = RunTime { clock: Clock::Told(virtual_time::now), deadline };
        watch(&baseline, &watcher, &recorder, "request", time).await.unwrap()
    });
    assert_eq!(inspection.errors, []);
    assert_eq!(inspection.fixes.len(), fixes, "each is told");
    assert!(
        !inspection.completeness.fixes_unread && inspection.is_covering(),
        "{:?}",
        inspection.completeness
    );
    let told = |standing: tagmend_diagnosis::standing::Standing| {
        inspection.fixes.iter().filter(|(_, told)| *told == standing).count()
    };
    use tagmend_diagnosis::standing::Standing;
    assert_eq!((told(Standing::Held), told(Standing::Undone)), (fixes.div_ceil(2), 0));
    let covered = &inspection.permission_sets;
    let note = format!(
        "{fixes} fixes, {} held, {} superseded; {} of {} permission sets, {} users; {} unread",
        told(Standing::Held),
        told(Standing::Superseded),
        covered.looked_at,
        covered.all.unwrap(),
        inspection.users.looked_at,
        inspection.completeness.unread(),
    );
    cost("one run of watch", &cloud, note)
}

#[test]
fn many_fixes_are_looked_at_in_one_run_within_its_time() {
    let (organization, fixes) = match std::env::var_os("ORGANIZATION") {
        None => ("accounts=30,permission-sets=60,users=150,seed=1", 100),
        Some(_) => ("accounts=300,permission-sets=3500,users=50000,seed=1", 10_000),
    };
    let cost = many_fixes(organization.parse().unwrap(), fixes);
    assert!(cost.seconds < 900.0, "{} seconds", cost.seconds);
    check(&cost, 2);
}
