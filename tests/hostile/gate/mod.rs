//! The gate: no damage makes a failing run pass, or one sure verdict another one.
//!
//! `HOSTILE_SEED=7 HOSTILE_RUNS=500000 cargo test --release --test hostile gate -- --nocapture` is
//! a long run. `HOSTILE_PROGRAM=2000` asks the program itself so often, `HOSTILE_UNIT=12` repeats
//! what a finding names, `HOSTILE_KEEP=DIR` writes the damaged files there.

mod ask;
mod compose;
mod damage;
mod file;
mod finding;
mod known;
mod packet;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ask::{Answer, Question, Selected, examine};
use compose::{Conversation, compose};
use damage::{Damaged, damage, without};
use file::File;
use finding::{Finding, Kind, Left, Most, write};
use known::{Known, attribute, logged};

use super::{Random, captures};

/// Damaged files made of one input.
const OF_ONE_INPUT: usize = 16;

#[test]
fn gate_no_damage_makes_a_failing_run_pass() {
    Run::new("HOSTILE_RUNS", 4_000, false).check();
}

/// The policy of a run is the program's own.
#[test]
fn gate_no_damage_makes_the_program_pass_a_failing_run() {
    Run::new("HOSTILE_PROGRAM", 64, true).check();
}

/// What is damaged: a recorded file, or one put together.
struct Input {
    name: String,
    /// To sort findings by.
    kind: String,
    file: File,
    known: Vec<Known>,
    keys: String,
}

struct Run {
    recorded: Vec<Input>,
    conversations: Vec<Conversation>,
    seed: u64,
    runs: u64,
    of_program: bool,
    done: AtomicU64,
    asked: AtomicU64,
    findings: Mutex<BTreeMap<String, Kind>>,
}

impl Run {
    fn new(variable: &str, fewest: u64, of_program: bool) -> Self {
        let (mut recorded, mut conversations) = (Vec::new(), Vec::new());
        for (path, bytes) in captures() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(mut file) = File::split(&bytes).filter(|file| file.records.len() <= 300)
            else {
                continue;
            };
            let expected = beside(&path, ".expected.json");
            let Some(logged) = logged(&expected) else { continue };
            let Some(known) = attribute(&mut file, &logged) else { continue };
            if known.is_empty() {
                continue;
            }
            let keys = std::fs::read_to_string(beside(&path, ".keys")).unwrap_or_default();
            // A derived file may hold the same handshake as another.
            let is_derived = std::fs::read_to_string(&expected).unwrap().contains("Derived from");
            if !is_derived {
                conversations.extend(Conversation::of(&name, &file, &known, &keys));
            }
            recorded.push(Input { kind: name.clone(), name, file, known, keys });
        }
        assert!(recorded.len() >= 150, "only {} captures", recorded.len());
        assert!(conversations.len() >= 80, "only {} conversations", conversations.len());
        Self {
            recorded,
            conversations,
            seed: from_environment("HOSTILE_SEED").unwrap_or(1),
            runs: from_environment(variable).unwrap_or(fewest),
            of_program,
            done: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            findings: Mutex::default(),
        }
    }

    #[expect(clippy::print_stderr, reason = "a long run is read by a person")]
    fn check(&self) {
        if let Some(unit) = from_environment("HOSTILE_UNIT") {
            self.unit(unit);
        } else {
            let next = AtomicU64::new(0);
            let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            std::thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(|| {
                        while self.done.load(Ordering::Relaxed) < self.runs {
                            self.unit(next.fetch_add(1, Ordering::Relaxed));
                        }
                    });
                }
            });
        }
        let findings = self.findings.lock().unwrap();
        let count: u64 = findings.values().map(|kind| kind.count).sum();
        eprintln!(
            "{} damaged captures, {} questions, seed {}: {count} findings of {} kinds",
            self.done.load(Ordering::Relaxed),
            self.asked.load(Ordering::Relaxed),
            self.seed,
            findings.len()
        );
        let mut kinds: Vec<_> = findings.iter().collect();
        kinds.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.count));
        let kept = std::env::var_os("HOSTILE_KEEP").map(PathBuf::from);
        let folder = kept.clone().unwrap_or_else(std::env::temp_dir);
        for (number, (kind, Kind { count, damages, example })) in kinds.iter().enumerate() {
            let mut damages: Vec<_> = damages.iter().collect();
            damages.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            damages.truncate(5);
            let stem = format!("{}-{number}", self.seed);
            let (path, keys) = example.write(&folder, &stem);
            let program = Answer::of_program(&example.options, &path, keys.as_deref());
            let verdicts: Vec<_> = program.verdicts.iter().map(|(.., one)| one).collect();
            eprintln!(
                "{count} x {kind} by {damages:?}\n    {}\n    the program: {} {verdicts:?} of {} {}{}",
                example.what,
                program.result,
                example.options.join(" "),
                keys.as_ref()
                    .map_or_else(String::new, |keys| format!("--keylog {} ", keys.display())),
                path.display(),
            );
            if kept.is_none() {
                [Some(path), keys]
                    .into_iter()
                    .flatten()
                    .for_each(|path| std::fs::remove_file(path).unwrap());
            }
        }
        assert_eq!(count, 0, "findings");
    }

    /// One input, damaged in many ways.
    fn unit(&self, unit: u64) {
        let mut random = Random(mixed(self.seed, unit));
        let composed;
        let input = if random.below(5) < 2 {
            &self.recorded[random.below(self.recorded.len())]
        } else {
            let made = compose(&self.conversations, &mut random);
            let (name, kind) = (made.name, made.kind);
            composed = Input { name, kind, file: made.file, known: made.known, keys: made.keys };
            &composed
        };
        let keys = if random.below(3) == 0 { "" } else { &input.keys };
        let whole = Damaged {
            bytes: input.file.bytes(),
            file: input.file.clone(),
            kinds: vec!["whole"],
            operations: Vec::new(),
        };
        let context = Context { unit, input, keys };
        self.judge(&context, &whole, &mut random);
        let packets = input.file.packets().len();
        // Now and then, each packet once.
        let each = packets <= 80 && !self.of_program && random.below(8) == 0;
        for number in 0..if each { packets } else { OF_ONE_INPUT } {
            let damaged =
                if each { without(&input.file, number) } else { damage(&input.file, &mut random) };
            self.judge(&context, &damaged, &mut random);
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn judge(&self, context: &Context<'_>, damaged: &Damaged, random: &mut Random) {
        let questions = Question::all(&context.input.known);
        if self.of_program {
            let question = &questions[random.below(questions.len())];
            let answer = context.of_program(question, damaged);
            self.weigh(context, damaged, question, &answer);
            return;
        }
        let seen = catch_unwind(AssertUnwindSafe(|| examine(&damaged.bytes, context.keys)));
        let Ok(evidence) = seen else {
            self.found(context, damaged, &questions[0], "panic", String::new());
            return;
        };
        for question in &questions {
            self.weigh(context, damaged, question, &question.of_library(&evidence));
        }
    }

    fn weigh(
        &self,
        context: &Context<'_>,
        damaged: &Damaged,
        question: &Question,
        answer: &Answer,
    ) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let known = &context.input.known;
        if answer.result == "crash" {
            self.found(context, damaged, question, "crash", String::new());
        }
        let stops_early = |owner: usize| {
            !damaged.file.records.iter().any(|one| one.owner == Some(owner) && one.is_late)
        };
        if answer.result == "pass" {
            let failing = known.iter().enumerate().filter(|(owner, one)| {
                question.is_about(one) == Some(true)
                    && one.fails(&question.expected, stops_early(*owner))
            });
            let left = failing.map(|(owner, _)| Left::of(owner, question, damaged));
            if let Some(left) = left.max().filter(|left| left.most > Most::Nothing) {
                let what = format!("false pass, left {:?}", left.most);
                let detail = format!("of connection {}: {}", left.owner, left.packets.join(", "));
                self.found(context, damaged, question, &what, detail);
            }
        }
        for (ends, frame, verdict) in &answer.verdicts {
            if matches!(verdict.as_str(), "inconclusive" | "not_selected") {
                continue;
            }
            let of_these =
                |one: &Known| one.endpoints.is_none_or(|own| BTreeSet::from(own) == *ends);
            let right: BTreeSet<_> = known
                .iter()
                .enumerate()
                .filter(|(_, one)| of_these(one))
                .flat_map(|(owner, one)| one.verdicts(&question.expected, stops_early(owner)))
                .collect();
            if !right.contains(verdict.as_str()) {
                let what = format!("wrong {verdict}");
                let detail = format!("not {right:?} at frame {frame}");
                self.found(context, damaged, question, &what, detail);
            }
        }
    }

    fn found(
        &self,
        context: &Context<'_>,
        damaged: &Damaged,
        question: &Question,
        what: &str,
        detail: String,
    ) {
        let selected = match question.selected {
            Selected::All | Selected::Server(_) => "not by name",
            Selected::Name(_) => "by name",
        };
        let is_hidden = damaged.kinds.contains(&"length bit");
        let behind = if is_hidden { ", behind a damaged length" } else { "" };
        let kind = format!("{what}{behind} | {} | {selected}", context.input.kind);
        let example = Finding {
            operations: damaged.kinds.len(),
            bytes: damaged.bytes.clone(),
            is_pcapng: damaged.file.is_pcapng,
            keys: context.keys.to_owned(),
            options: question.options(),
            what: format!(
                "HOSTILE_SEED={} HOSTILE_UNIT={}: {}, {} of key log: {}; {detail}",
                self.seed,
                context.unit,
                context.input.name,
                context.keys.len(),
                damaged.operations.join(", "),
            ),
        };
        let mut findings = self.findings.lock().unwrap();
        let damages = BTreeMap::new();
        let new = || Kind { count: 0, damages, example: example.clone() };
        let known = findings.entry(kind).or_insert_with(new);
        known.count += 1;
        *known.damages.entry(damaged.kinds.join("+")).or_default() += 1;
        if example.size() < known.example.size() {
            known.example = example;
        }
    }
}

/// What a finding is made of.
struct Context<'a> {
    unit: u64,
    input: &'a Input,
    keys: &'a str,
}

impl Context<'_> {
    fn of_program(&self, question: &Question, damaged: &Damaged) -> Answer {
        let thread = format!("{:?}", std::thread::current().id());
        let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
        let stem = format!("hostile-{}-{thread}", std::process::id());
        let folder = std::env::temp_dir();
        let (bytes, is_pcapng) = (&damaged.bytes, damaged.file.is_pcapng);
        let (path, keys) = write(&folder, &stem, bytes, is_pcapng, self.keys);
        let answer = Answer::of_program(&question.options(), &path, keys.as_deref());
        for path in [Some(path), keys].into_iter().flatten() {
            std::fs::remove_file(path).unwrap();
        }
        answer
    }
}

fn beside(capture: &Path, ending: &str) -> PathBuf {
    let name = capture.to_string_lossy();
    PathBuf::from(format!("{}{ending}", name.split(".pcap").next().unwrap()))
}

fn from_environment(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// A seed of its own for each input: splitmix64, never 0.
fn mixed(seed: u64, unit: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(unit + 1);
    mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) | 1
}
