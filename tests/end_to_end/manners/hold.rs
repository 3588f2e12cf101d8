//! `tagmend hold`.

use tagmend_cli::exit::Exit;

use super::Kept;

#[tokio::test]
async fn a_key_that_nobody_has_is_refused_but_by_force() {
    let kept = Kept::new();
    let (exit, said) = kept.error(&["hold", "--key", "Departmant"]).await;
    assert_eq!(exit, Exit::Error);
    assert_eq!(
        said,
        "nothing was held: neither the baseline nor the instance has a mapping of Departmant; did you mean Department?\n\
         --force holds it all the same, if it is gone on purpose"
    );
    // The instance alone has this one.
    let (_, out) = kept.run(&["hold", "--key", "legacy", "--by", "ann"]).await;
    assert!(out.starts_with("the mapping legacy is held"), "{out}");
    let (_, out) = kept.run(&["hold", "--key", "Gone", "--force", "--by", "ann"]).await;
    assert!(
        out.contains("\nthe mapping legacy is held") || out.starts_with("the mapping Gone is held"),
        "{out}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_stops_no_hold() {
    let kept = Kept::new();
    let (exit, out) =
        kept.run(&["hold", "--key", "Any", "--by", "ann", "--baseline", "no-such-file.json"]).await;
    assert_eq!((exit, out.starts_with("the mapping Any is held")), (Exit::Done, true), "{out}");
}

#[tokio::test]
async fn who_held_first_and_since_when_stays_and_show_says_it() {
    let kept = Kept::new();
    kept.run(&["hold", "--key", "Department", "--by", "ann", "--reason", "HR moves the field"]).await;
    kept.bend(|world| world["now"] = "2026-11-23T15:00:00Z".into());
    let again = ["hold", "--key", "department", "--by", "bob", "--reason", "another"];
    let (exit, out) = kept.run(&again).await;
    let held = "the mapping Department is held since 2026-11-23T12:00:00Z by ann: HR moves the field\n  \
                it stops: restoring this mapping; not: anything else\n";
    assert_eq!(
        (exit, out),
        (Exit::Done, format!("it was held already, and who held it first and since when stays\n{held}"))
    );
    let before = kept.world();
    assert_eq!(kept.run(&["hold", "--show"]).await, (Exit::Done, held.to_owned()));
    assert_eq!(kept.world(), before, "it only looks");
    // Where there was no reason, one may be added.
    kept.run(&["hold", "--by", "ann"]).await;
    let (_, out) = kept.run(&["hold", "--by", "bob", "--reason", "a weekend"]).await;
    assert!(out.contains("all writing is held since 2026-11-23T15:00:00Z by ann: a weekend\n"), "{out}");
}

#[tokio::test]
async fn a_plan_that_is_refused_says_who_holds_it_and_why() {
    let kept = Kept::new();
    kept.run(&["hold", "--key", "Department", "--by", "ann", "--reason", "HR moves the field"]).await;
    let (exit, out) = kept.heal().await;
    assert_eq!(exit, Exit::Planned);
    assert!(out.contains("not made: writing is on hold"), "{out}");
    assert!(
        out.contains(
            "the mapping Department is held since 2026-11-23T12:00:00Z by ann: HR moves the field\n"
        ),
        "{out}"
    );
    kept.run(&["resume", "--key", "DEPARTMENT"]).await;
    let (exit, out) = kept.heal().await;
    assert_eq!((exit, out.contains(" is held since ")), (Exit::Done, false), "{out}");
}
