//! `--help`: examples that are taken, and one table of exit codes, in every command and in docs/commands.md.

use clap::Command;
use tagmend_cli::exit::Exit;
use tagmend_cli::help;
use tagmend_tests::text;

/// Every command that does something, by its words.
fn commands() -> Vec<(String, Command)> {
    fn below(command: &Command, above: &str, found: &mut Vec<(String, Command)>) {
        if !above.is_empty() && !command.has_subcommands() {
            found.push((above.to_owned(), command.clone()));
        }
        for command in command.get_subcommands() {
            below(command, format!("{above} {}", command.get_name()).trim_start(), found);
        }
    }
    let mut found = Vec::new();
    below(&help::command(), "", &mut found);
    found
}

#[test]
fn every_command_has_examples_that_are_taken_and_the_exit_codes() {
    assert!(commands().len() > 15);
    for (name, mut command) in commands() {
        let help = command.render_help().to_string();
        for exit in Exit::ALL {
            assert!(help.contains(&format!("{:>3}  {}", exit as u8, exit.meaning())), "{name}: {help}");
        }
        if ["completions", "man"].contains(&name.as_str()) {
            continue;
        }
        let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{name}: {help}"));
        let lines =
            examples.lines().map_while(|line| line.strip_prefix("  ")).filter(|line| !line.is_empty());
        let mut count = 0;
        for line in lines {
            // What is before a pipe, after `#` or `>`, is the shell's.
            let line = line.split(" | ").last().unwrap().split("    #").next().unwrap();
            let line = line.split(" > ").next().unwrap().trim();
            let words: Vec<String> = words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            tagmend_cli::parsed(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(words[1..].join(" ").starts_with(&name), "{name}: {line}");
            count += 1;
        }
        assert!(count > 0, "{name}");
    }
}

/// As a shell splits it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for sign in line.chars() {
        match sign {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            sign => words.last_mut().unwrap().push(sign),
        }
    }
    words
}

#[test]
fn the_document_has_the_same_table() {
    let document = text("docs/commands.md");
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| `{}` | {} |", *exit as u8, exit.meaning())).collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_version_says_the_commit_and_the_baseline() {
    let command = help::command();
    let said = command.render_long_version();
    assert_eq!(said, command.render_version(), "-V and --version say the same");
    let digest = {
        use tagmend_remedy::pinned::Pin;
        Pin::of(text("infra/baseline.json").as_bytes()).to_string()
    };
    assert!(said.contains(&digest), "{said}");
    assert!(said.contains("commit ") || said.contains("built outside of git"), "{said}");
}
