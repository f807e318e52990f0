//! What is held out, as the command line says it.

use clap::{Args, ValueEnum};
use homebody::catalogue::{Catalogue, ItemIndex};
use homebody::error::{Error, Result};
use homebody::history::{Log, SessionRule};
use homebody::sequences::{Case, Dated, Holdout};
use serde_json::{Value, json};

use crate::data::{self, Reading};
use crate::{File, titles};

/// What is held out, and what is filtered.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Protocol {
    /// Each user's last item is the target, the one before it the validation item (and part of the target's context); items the
    /// user has seen are left out of the ranking. Nothing that is held out is trained on, but other users' later events are.
    LeaveOneOut,
    /// Whole sessions are held out, and every prefix of one asks for the item after it; nothing is filtered. With --data alone, of every
    /// ten sessions the eighth (in order of time) is held out; with --train and --test, each line of --test is `context items, by
    /// blanks`, a tab, `target`. No event of a held-out session is trained on, but later sessions are.
    NextItem,
    /// The latest --test-fraction of all events is the test, and only what was before it is trained on; contexts go up to the target,
    /// nothing is filtered. Needs times. No event from after the cut is trained on.
    Temporal,
    /// Each person's own history is a closed world: of the later half, each visit is predicted from the person's earlier ones and the time, then
    /// learned, by an online mixture of experts and by each of them. Fewer than 100 test visits are too little to tell. See
    /// docs/own-history.md.
    OwnHistory,
}

/// What a session is.
#[derive(Clone, Copy, ValueEnum)]
enum Sessions {
    /// The log's own sessions, else a pause of 30 minutes starts a new one.
    Gap,
    /// One a user.
    User,
}

/// Arguments of whatever holds something out.
#[derive(Args)]
pub(crate) struct ProtocolArgs {
    /// What is held out, and what is filtered.
    #[arg(long, value_enum, default_value = "leave-one-out")]
    pub(crate) protocol: Protocol,
    /// The log.
    #[arg(long, num_args = 1..)]
    data: Vec<File>,
    /// Training sessions (next-item, instead of --data).
    #[arg(long, requires = "test", conflicts_with = "data")]
    train: Option<File>,
    /// Test cases (next-item, beside --train).
    #[arg(long, requires = "train")]
    test: Option<File>,
    /// Share of the events that are the test (temporal).
    #[arg(long, default_value_t = 0.2)]
    test_fraction: f64,
    /// Sessions of fewer events are left out (next-item with --data).
    #[arg(long, default_value_t = 2)]
    min_session: usize,
    /// What a session is; leave-one-out always takes users.
    #[arg(long, value_enum, default_value = "gap")]
    sessions: Sessions,
    /// What items are called: a table of item id, title and what else describes them, for content-knn and for trained models (--content).
    #[arg(long)]
    titles: Option<File>,
    /// Let trained models read what is written about the items, as they do in a browser: items that they never saw get vectors from it, and it
    /// takes part in the ranking as far as it tells something. `true` wherever there is anything, if left out.
    #[arg(long, num_args = 0..=1, default_missing_value = "true")]
    content: Option<bool>,
    #[command(flatten)]
    reading: Reading,
}

/// A split in terms of its catalogue.
pub(crate) struct Data {
    pub(crate) holdout: Holdout,
    pub(crate) catalogue: Catalogue,
    /// What is written about each item.
    pub(crate) texts: Vec<String>,
    /// Do trained models read it? `None`: where there is anything.
    pub(crate) content: Option<bool>,
    pub(crate) users: usize,
    /// Test lines that name an item nobody trained on.
    pub(crate) unknown: usize,
    pub(crate) filter_seen: bool,
}

impl Protocol {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Its rule, as the help says it.
    pub(crate) fn rule(self) -> String {
        let help = self.to_possible_value().and_then(|value| value.get_help().map(|help| format!("{help}.")));
        help.unwrap_or_default()
    }
}

impl ProtocolArgs {
    /// Reads the data and splits it, in terms of the catalogue of the model that was loaded, if one was.
    pub(crate) fn data(&self, loaded: Option<Catalogue>) -> Result<Data> {
        self.check()?;
        let log = self.log()?;
        let is_loaded = loaded.is_some();
        let catalogue = loaded.unwrap_or_else(|| Catalogue::from_log(&log));
        let dated = data::dated(&log, &catalogue)?;
        if is_loaded {
            tell_unknown(&log, &dated)?;
        }
        let (holdout, unknown) = self.split(dated, &catalogue)?;
        if holdout.split.test.is_empty() {
            return Err(self.nothing_to_ask());
        }
        Ok(Data {
            holdout,
            texts: titles::texts(&log, self.titles.as_ref(), &catalogue)?,
            content: self.content,
            catalogue,
            users: log.histories.len(),
            unknown,
            filter_seen: self.protocol == Protocol::LeaveOneOut,
        })
    }

    /// People's own histories: those with enough events.
    pub(crate) fn own(&self) -> Result<Log> {
        self.check()?;
        self.reading.own(&self.data)
    }

    fn log(&self) -> Result<Log> {
        let rule = match (self.protocol, self.sessions) {
            (Protocol::LeaveOneOut, _) | (_, Sessions::User) => SessionRule::User,
            (_, Sessions::Gap) => SessionRule::default(),
        };
        match &self.train {
            Some(train) => self.reading.log(std::slice::from_ref(train), rule),
            None => self.reading.log(&self.data, rule),
        }
    }

    fn split(&self, dated: Dated, catalogue: &Catalogue) -> Result<(Holdout, usize)> {
        let holdout = match (self.protocol, &self.test) {
            (Protocol::LeaveOneOut, _) => dated.leave_one_out(),
            (Protocol::OwnHistory, _) => {
                return Err(Error::Config {
                    name: "--protocol".into(),
                    value: "own-history".into(),
                    legal: "it holds nothing out for others to learn: use `homebody evaluate --protocol own-history`"
                        .into(),
                });
            }
            (Protocol::Temporal, _) => dated.temporal(self.test_fraction)?,
            (Protocol::NextItem, None) => dated.at_least(self.min_session).next_item(),
            (Protocol::NextItem, Some(test)) => {
                let (cases, unknown) = test_cases(test, catalogue)?;
                let mut holdout = Holdout::from(dated);
                holdout.split.test = cases;
                return Ok((holdout, unknown));
            }
        };
        Ok((holdout, 0))
    }

    fn check(&self) -> Result<()> {
        let wrong = |legal: &str| {
            Err(Error::Config { name: "--protocol".into(), value: self.protocol.name(), legal: legal.into() })
        };
        match (self.protocol, self.train.is_some(), self.data.is_empty()) {
            (Protocol::LeaveOneOut | Protocol::Temporal | Protocol::OwnHistory, true, _) => {
                wrong("give --data with it; only next-item takes --train and --test")
            }
            (Protocol::LeaveOneOut | Protocol::Temporal | Protocol::OwnHistory, false, true) => {
                wrong("give --data with it")
            }
            (Protocol::NextItem, false, true) => wrong("give --data with it, or --train and --test"),
            _ => Ok(()),
        }
    }

    fn nothing_to_ask(&self) -> Error {
        let needed = match (self.protocol, &self.test) {
            (Protocol::LeaveOneOut | Protocol::OwnHistory, _) => "a user with at least three events",
            (Protocol::NextItem, None) => "at least eight sessions of two events or more",
            (Protocol::NextItem, Some(_)) => "a test line whose items are known",
            (Protocol::Temporal, _) => "an event after the cut that is not the first of its session",
        };
        Error::TooLittle {
            what: "Evaluation".into(),
            needed: needed.into(),
            have: "none".into(),
            remedy: "Give more data".into(),
        }
    }

    /// What the report says about the data.
    pub(crate) fn described(&self, data: &Data) -> Value {
        let Data { holdout, catalogue, users, unknown, .. } = data;
        let files = self.data.iter().chain(&self.train).chain(&self.test);
        let names: Vec<_> = files.filter_map(|file| file.file_name()).map(|name| name.to_string_lossy()).collect();
        json!({
            "files": names, "items": catalogue.len(), "users": users,
            "sessions": holdout.known.sequences.sessions.len(), "events": holdout.known.sequences.events(),
            "cases": holdout.split.test.len() + unknown, "unknown": unknown,
        })
    }
}

/// Test lines as cases; those whose target, or whole context, is unknown are counted as misses.
fn test_cases(file: &File, catalogue: &Catalogue) -> Result<(Vec<Case>, usize)> {
    let bytes = data::decompressed(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let (mut cases, mut unknown) = (Vec::new(), 0);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Some((context, target)) = line.split_once('\t') else {
            return Err(Error::Format {
                what: format!("{}, line {}", file.display(), number + 1),
                cause: "no tab between context and target".into(),
                remedy: "Write context items by blanks, a tab, and the target".into(),
            });
        };
        let context: Vec<ItemIndex> = context.split_whitespace().filter_map(|id| catalogue.get(id)).collect();
        match catalogue.get(target.trim()) {
            Some(target) if !context.is_empty() => cases.push(Case::new(context, target)),
            _ => unknown += 1,
        }
    }
    Ok((cases, unknown))
}

/// Refuses a model of another catalogue; says what it does not know of its own.
fn tell_unknown(log: &Log, dated: &Dated) -> Result<()> {
    let events: usize = log.histories.iter().map(|history| history.events().count()).sum();
    let known = dated.sequences.events();
    if known == 0 {
        return Err(Error::Checkpoint {
            cause: "it knows no item of this data, so that it was trained on another catalogue".into(),
            remedy: "Load the model that was trained on this data, or leave --load out to train one".into(),
        });
    }
    if known < events {
        eprintln!(
            "note: the model does not know the items of {} of {events} events; they are left out",
            events - known
        );
    }
    Ok(())
}
