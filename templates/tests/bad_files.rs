//! What the author of a bad `.ebbtide.yml` reads.

use ebbtide_templates::read;
use insta::assert_snapshot;

/// The findings as they are shown, one per line.
fn findings(text: &str) -> String {
    let findings = read(".ebbtide.yml", text).expect_err("the file should have been refused");
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A file whose only stack has these lines too.
fn stack(lines: &str) -> String {
    format!("stacks:\n  app:\n    template: infra/app.yaml\n{lines}")
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = r#"
verison: 1
ttl: two days
drafts: yes
stacks:
  network:
    tempalte: infra/network.yaml
  app:
    template: ../app.yaml
    needs: [netwrok]
    capabilities: [CAPABILITY_IAMS]
    parameters:
      Commit: ${{ commit }}
      Broken: "a ${{ sha }} b ${{ region"
url: ${{ stacks.web.outputs.Url }}
health:
  - url: ftp://example.org
    status: 2000
    timeout: 2m
    within: 5
"#;
    assert_snapshot!(findings(text), @"
    .ebbtide.yml:2:1: `verison` is not a known key; did you mean `version`?
    .ebbtide.yml:3:6: `ttl` must be a duration, not the text `two days`; write a number with its unit, such as `90s`, `5m`, `48h` or `2days`
    .ebbtide.yml:4:9: `drafts` must be true or false, not the text `yes`
    .ebbtide.yml:6:3: `stacks.network.template` is missing; give the path of a CloudFormation template in this repository
    .ebbtide.yml:7:5: `tempalte` is not a known key in `stacks.network`; did you mean `template`?
    .ebbtide.yml:9:15: `stacks.app.template` must not lead out of the repository; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`
    .ebbtide.yml:10:13: `stacks.app.needs` names the stack `netwrok`, which is not in this file; did you mean `network`?
    .ebbtide.yml:11:20: `CAPABILITY_IAMS` is not a capability; did you mean `CAPABILITY_IAM`?
    .ebbtide.yml:13:15: `commit` can't be used in an expression; allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`
    .ebbtide.yml:14:31: `${{` is never closed; write `}}` after the name, as in `${{ sha }}`
    .ebbtide.yml:15:1: `url` names the stack `web`, which is not in this file; the stacks are: `app` and `network`
    .ebbtide.yml:17:10: `health.0.url` must be an http or https address; write something like `https://example.org` or `${{ stacks.app.outputs.Url }}`
    .ebbtide.yml:18:13: `health.0.status` can't be 2000; an HTTP status is 100 to 599
    .ebbtide.yml:19:14: `health.0.timeout` must be 1m at most
    .ebbtide.yml:20:13: `health.0.within` must be a duration, not the number `5`; write a number with its unit, such as `90s`, `5m`, `48h` or `2days`
    ");
}

#[test]
fn an_empty_file() {
    assert_snapshot!(findings(""), @".ebbtide.yml:1:1: the file is empty; name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`");
    assert_snapshot!(findings("# nothing but a comment\n"), @".ebbtide.yml:1:1: the file is empty; name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`");
    assert_snapshot!(findings("---\n"), @".ebbtide.yml:1:1: the file is empty; name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`");
}

#[test]
fn no_stacks() {
    assert_snapshot!(findings("version: 1\n"), @".ebbtide.yml:1:1: `stacks` is missing; name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`");
    assert_snapshot!(findings("stacks: {}\n"), @".ebbtide.yml:1:9: `stacks` is empty; name at least one stack, such as `stacks: {app: {template: infra/app.yaml}}`");
    assert_snapshot!(findings("stacks:\n"), @".ebbtide.yml:1:7: `stacks` must be a map of keys and values, not nothing");
    assert_snapshot!(findings("stacks: {app: }\n"), @".ebbtide.yml:1:13: `stacks.app` must be a map of keys and values, not nothing");
    assert_snapshot!(findings("stacks: {app: {}}\n"), @".ebbtide.yml:1:10: `stacks.app.template` is missing; give the path of a CloudFormation template in this repository");
}

#[test]
fn the_whole_file_is_something_else() {
    assert_snapshot!(findings("- app\n"), @".ebbtide.yml:1:1: the file must be a map of keys and values, not a list");
    assert_snapshot!(findings("hello\n"), @".ebbtide.yml:1:1: the file must be a map of keys and values, not the text `hello`");
    assert_snapshot!(findings("a: 1\n---\nb: 2\n"), @".ebbtide.yml:2:1: a second document begins here; keep one document in the file, without another `---`");
}

#[test]
fn text_that_is_not_yaml() {
    assert_snapshot!(findings("stacks: {app: [}\n"), @".ebbtide.yml:1:15: this is not YAML: mismatched bracket '[' closed by '}'");
    assert_snapshot!(findings("stacks:\n  app: \"open\n"), @".ebbtide.yml:3:1: this is not YAML: invalid indentation in multiline quoted scalar; is a quotation mark left open above?");
    assert_snapshot!(findings("stacks:\n\tapp:\n\t\ttemplate: infra/app.yaml\n"), @".ebbtide.yml:2:2: a tab stands where YAML wants spaces; indent with spaces");
    assert_snapshot!(findings("stacks:\n  app:\n\ttemplate: infra/app.yaml\n"), @".ebbtide.yml:3:2: a tab stands where YAML wants spaces; indent with spaces");
    assert_snapshot!(findings("stacks: @app\n"), @".ebbtide.yml:1:9: this is not YAML: unexpected character: `@'; put text that begins with a special character in quotes");
    assert_snapshot!(findings("stacks: app: template: x\n"), @".ebbtide.yml:1:12: this is not YAML: mapping values are not allowed in this context; put text that contains `: ` in quotes");
    assert_snapshot!(findings("stacks: *nowhere\n"), @".ebbtide.yml:1:9: `*` repeats a value, but none above has this name; put the text in quotes if it is meant to begin with `*`");
}

#[test]
fn keys() {
    assert_snapshot!(findings(&stack("    template: infra/other.yaml\n")), @".ebbtide.yml:4:5: `template` is given twice, first on line 3; keep one of the two");
    assert_snapshot!(findings(&stack("    [a, b]: c\n")), @".ebbtide.yml:4:5: a key must be text, not a list");
    assert_snapshot!(findings(&stack("    paramters: {A: b}\n    colour: red\n")), @"
    .ebbtide.yml:4:5: `paramters` is not a known key in `stacks.app`; did you mean `parameters`?
    .ebbtide.yml:5:5: `colour` is not a known key in `stacks.app`; known are: `template`, `needs`, `capabilities`, `parameters` and `tags`
    ");
    assert_snapshot!(findings(&stack("    parameters: {<<: {A: b}}\n")), @"
    .ebbtide.yml:4:18: `<<` can't be the name of a parameter; CloudFormation allows letters and digits only
    .ebbtide.yml:4:22: `stacks.app.parameters.<<` must be text, a number, true or false, not a map
    ");
}

#[test]
fn wrong_types() {
    let text = stack("    needs: network\n    parameters: [a]\n    tags: {a: [b]}\n")
        + "version: 2\nwait_for: build\nregion: [eu-west-1]\nurl: {}\noutputs: {Queue: 5}\nhealth: {url: x}\n";
    assert_snapshot!(findings(&text), @r#"
    .ebbtide.yml:4:12: `stacks.app.needs` must be a list, not the text `network`; write `needs: [one, two]`
    .ebbtide.yml:5:17: `stacks.app.parameters` must be a map of keys and values, not a list
    .ebbtide.yml:6:15: `stacks.app.tags.a` must be text, a number, true or false, not a list
    .ebbtide.yml:7:10: `version` 2 of this format is not known; write `version: 1`, or leave it out
    .ebbtide.yml:8:11: `wait_for` must be a list, not the text `build`; write `wait_for: [one, two]`
    .ebbtide.yml:9:9: `region` must be text, not a list
    .ebbtide.yml:10:6: `url` must be text, not a map
    .ebbtide.yml:11:18: `outputs.Queue` must be text, not the number `5`; put it in quotes if it is meant: "5"
    .ebbtide.yml:12:9: `health` must be a list, not a map; write `health: [{url: https://example.org/healthz}]`
    "#);
    assert_snapshot!(findings(&stack("    template: !Sub x\n").replacen("    template: infra/app.yaml\n", "", 1)), @".ebbtide.yml:3:20: the tag `!Sub` means nothing here; leave it out, or put the value in quotes if it is meant as text");
    assert_snapshot!(findings(&(stack("") + "drafts: \"true\"\nwait_for: [1, '']\nversion: one\n")), @r#"
    .ebbtide.yml:4:9: `drafts` must be true or false, not the text `true`; leave the quotes out
    .ebbtide.yml:5:12: `wait_for` must be text, not the number `1`; put it in quotes if it is meant: "1"
    .ebbtide.yml:5:15: `wait_for` is empty; leave the key out, or give it a value
    .ebbtide.yml:6:10: `version` must be a whole number, not the text `one`
    "#);
}

#[test]
fn durations() {
    let ttl = |text: &str| findings(&(stack("") + "ttl: " + text + "\n"));
    assert_snapshot!(ttl("48"), @".ebbtide.yml:4:6: `ttl` must be a duration, not the number `48`; write a number with its unit, such as `90s`, `5m`, `48h` or `2days`");
    assert_snapshot!(ttl("forever"), @".ebbtide.yml:4:6: `ttl` must be a duration, not the text `forever`; write a number with its unit, such as `90s`, `5m`, `48h` or `2days`");
    assert_snapshot!(ttl("0s"), @".ebbtide.yml:4:6: `ttl` must be longer than nothing");
    assert_snapshot!(ttl("-1h"), @".ebbtide.yml:4:6: `ttl` must be a duration, not the text `-1h`; write a number with its unit, such as `90s`, `5m`, `48h` or `2days`");
}

#[test]
fn template_paths() {
    let path = |text: &str| findings(&format!("stacks:\n  app:\n    template: {text}\n"));
    assert_snapshot!(path("/etc/passwd"), @".ebbtide.yml:3:15: `stacks.app.template` must be a path inside the repository; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
    assert_snapshot!(path("infra/../../x.yaml"), @".ebbtide.yml:3:15: `stacks.app.template` must not lead out of the repository; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
    assert_snapshot!(path("C:\\app.yaml"), @".ebbtide.yml:3:15: `stacks.app.template` must be a path inside the repository; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
    assert_snapshot!(path("https://example.org/app.yaml"), @".ebbtide.yml:3:15: `stacks.app.template` can't be an address; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
    assert_snapshot!(path("infra/"), @".ebbtide.yml:3:15: `stacks.app.template` names a folder; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
    assert_snapshot!(path("\"\""), @".ebbtide.yml:3:15: `stacks.app.template` is empty; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
    assert_snapshot!(path("infra/${{ region }}.yaml"), @".ebbtide.yml:3:15: `stacks.app.template` can't be an expression; write the path from the repository's top, with `/` between folders, such as `infra/app.yaml`");
}

#[test]
fn names() {
    let text = "stacks:\n  1app: {template: a.yaml}\n  my_app: {template: b.yaml}\n  \
                a-name-that-goes-on-for-far-more-than-41-characters: {template: c.yaml}\n\
                outputs: {\"The queue\": x}\n";
    assert_snapshot!(findings(text), @"
    .ebbtide.yml:2:3: `1app` can't be the name of a stack; begin with a letter; then letters, digits and dashes, 41 in all
    .ebbtide.yml:3:3: `my_app` can't be the name of a stack; begin with a letter; then letters, digits and dashes, 41 in all
    .ebbtide.yml:4:3: `a-name-that-goes-on-for-far-more-than-41-characters` can't be the name of a stack; begin with a letter; then letters, digits and dashes, 41 in all
    .ebbtide.yml:5:11: `The queue` can't be the name of an output; begin with a letter; then letters, digits and dashes, 41 in all
    ");
    assert_snapshot!(findings(&stack("    parameters: {Vpc-Id: x}\n    tags: {\"aws:x\": y}\n")), @"
    .ebbtide.yml:4:18: `Vpc-Id` can't be the name of a parameter; CloudFormation allows letters and digits only
    .ebbtide.yml:5:12: `aws:x` can't be the key of a tag; AWS allows 1 to 128 characters, not beginning with `aws:`
    ");
}

#[test]
fn needs() {
    let three = |a: &str, b: &str, c: &str| {
        let one = |name: &str, lines: &str| format!("  {name}:\n    template: x.yaml\n{lines}");
        findings(&format!(
            "stacks:\n{}{}{}",
            one("a", a),
            one("b", b),
            one("c", c)
        ))
    };
    assert_snapshot!(three("    needs: [a]\n", "", ""), @".ebbtide.yml:4:13: the stack `a` needs itself; take one name out of `needs`, or the `${{ stacks.… }}` part that implies it");
    assert_snapshot!(three("    needs: [b]\n", "    needs: [c]\n", "    needs: [b]\n"), @".ebbtide.yml:7:13: these stacks need each other in a circle: b -> c -> b; take one name out of `needs`, or the `${{ stacks.… }}` part that implies it");
    let implied = "    parameters: {X: \"${{ stacks.a.outputs.X }}\"}\n";
    assert_snapshot!(three("    needs: [c]\n", implied, "    needs: [b]\n"), @".ebbtide.yml:4:13: these stacks need each other in a circle: a -> c -> b -> a; take one name out of `needs`, or the `${{ stacks.… }}` part that implies it");
    assert_snapshot!(three("    needs: [d, aa]\n", "", ""), @"
    .ebbtide.yml:4:13: `stacks.a.needs` names the stack `d`, which is not in this file; the stacks are: `a`, `b` and `c`
    .ebbtide.yml:4:16: `stacks.a.needs` names the stack `aa`, which is not in this file; the stacks are: `a`, `b` and `c`
    ");
    let elsewhere = "    parameters: {X: \"${{ stacks.bb.outputs.X }}\"}\n";
    assert_snapshot!(three(elsewhere, "", ""), @".ebbtide.yml:4:18: `stacks.a.parameters.X` names the stack `bb`, which is not in this file; the stacks are: `a`, `b` and `c`");
}

#[test]
fn a_stack_with_a_mistake_is_still_known_to_the_others() {
    let text = "stacks:\n  a: [wrong]\n  b: {template: b.yaml, needs: [a]}\n";
    assert_snapshot!(findings(text), @".ebbtide.yml:2:6: `stacks.a` must be a map of keys and values, not a list");
}

#[test]
fn expressions() {
    let parameter =
        |text: &str| findings(&stack(&format!("    parameters:\n      Name: {text}\n")));
    assert_snapshot!(parameter("${{ }}"), @".ebbtide.yml:5:13: `${{ }}` names nothing; allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter("${{ pr.numbr }}"), @".ebbtide.yml:5:13: `pr.numbr` can't be used in an expression; did you mean `pr.number`? allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter("${{ secrets.TOKEN }}"), @".ebbtide.yml:5:13: `secrets.TOKEN` can't be used in an expression; allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter("${{ stacks.app }}"), @".ebbtide.yml:5:13: `stacks.app` does not name an output of a stack; write it as `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter("${{ stacks.app.outputs.A.B }}"), @".ebbtide.yml:5:13: `stacks.app.outputs.A.B` does not name an output of a stack; write it as `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter("x-${{ sha }-${{ region }}"), @".ebbtide.yml:5:15: `${{` is never closed; write `}}` after the name, as in `${{ sha }}`");
    assert_snapshot!(parameter("'quoted ${{ nope }}'"), @".ebbtide.yml:5:21: `nope` can't be used in an expression; allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter("[a, \"${{ nope }}\"]"), @".ebbtide.yml:5:18: `nope` can't be used in an expression; allowed are `sha`, `pr.number`, `environment.id`, `account.id`, `region` and `stacks.NAME.outputs.KEY`");
    assert_snapshot!(parameter(""), @r#".ebbtide.yml:5:11: `stacks.app.parameters.Name` has no value; write "" if the empty text is meant"#);
    assert_snapshot!(findings(&stack("    tags: {commit: \"${{ sha }}\"}\n")), @".ebbtide.yml:4:20: `stacks.app.tags.commit` is taken as it stands; `${{ … }}` is not filled in here, leave it out");
}

#[test]
fn addresses_and_regions() {
    assert_snapshot!(findings(&(stack("") + "url: example.org\nregion: Ireland\n")), @"
    .ebbtide.yml:4:6: `url` must be an http or https address; write something like `https://example.org` or `${{ stacks.app.outputs.Url }}`
    .ebbtide.yml:5:9: `region` can't be `Ireland`; write an AWS region such as `eu-west-1`
    ");
    assert_snapshot!(findings(&(stack("") + "url: \"https://\"\nhealth: [{status: 200}]\n")), @"
    .ebbtide.yml:4:6: `url` must be an http or https address; write something like `https://example.org` or `${{ stacks.app.outputs.Url }}`
    .ebbtide.yml:5:10: `health.0.url` is missing; say which address to ask
    ");
}

#[test]
fn too_much() {
    let many: Vec<String> = (0..21)
        .map(|n| format!("  s{n}: {{template: x.yaml}}\n"))
        .collect();
    let many = many.concat();
    assert_snapshot!(findings(&format!("stacks:\n{many}")), @".ebbtide.yml:2:3: `stacks` holds 21 entries, at most 20 are allowed");
    assert_snapshot!(findings(&"#".repeat(256 * 1024 + 1)), @".ebbtide.yml:1:1: the file has 262145 bytes, and at most 262144 are read");
    assert_snapshot!(findings(&"[".repeat(5000)), @".ebbtide.yml:1:256: more than 100 levels are nested here");
    let deep: Vec<String> = (0..200).map(|n| " ".repeat(n) + "a:\n").collect();
    let deep = deep.concat();
    assert_snapshot!(findings(&deep), @".ebbtide.yml:101:101: more than 100 levels are nested here");
}

#[test]
fn a_bomb_of_aliases_does_not_go_off() {
    let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for n in 1..10 {
        let row = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push(format!("a{n}: &a{n} [{row}]\n"));
    }
    assert_snapshot!(findings(&bomb.concat()), @".ebbtide.yml:5:9: the file holds more than 200000 values once its aliases are written out");
    assert_snapshot!(findings("stacks: &s {app: *s}\n"), @".ebbtide.yml:1:18: an alias stands inside the very value that it repeats");
}

#[test]
fn a_text_made_of_mistakes_costs_little() {
    let keys: Vec<String> = (0..20_000).map(|n| format!("k{n}: 1\n")).collect();
    let findings = read(".ebbtide.yml", &keys.concat()).unwrap_err();
    assert_eq!(findings.len(), 101);
    assert_snapshot!(findings[100], @".ebbtide.yml:100:1: there is more to mend from here on");
    let stacks: Vec<String> = (0..5_000)
        .map(|n| format!("  s{n}: {{needs: [s{}], template: x}}\n", n + 1))
        .collect();
    let text = format!(
        "url: \"{}\"\nstacks:\n{}",
        "${{stacks.x.outputs.y}}".repeat(2_000),
        stacks.concat()
    );
    assert!(read(".ebbtide.yml", &text).is_err());
}
