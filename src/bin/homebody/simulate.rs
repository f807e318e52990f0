//! `homebody simulate`.

use clap::{Args, ValueEnum};
use homebody::error::Result;
use homebody::own::people::in_parallel;
use homebody::own::simulator::{Profile, Simulated, simulate};

use crate::{File, data};

/// What kind of histories.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    /// Browsing the web.
    Browsing,
    /// Places checked in at.
    Places,
    /// Listening to music.
    Listening,
}

/// Who is simulated.
#[derive(Args)]
pub(crate) struct People {
    /// How many people.
    #[arg(long, default_value_t = 60)]
    people: u64,
    /// What kind of histories.
    #[arg(long, value_enum, default_value = "browsing")]
    profile: Kind,
    /// For how many days.
    #[arg(long, default_value_t = 240)]
    days: u32,
    /// Seed of every random draw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Arguments of `simulate`.
#[derive(Args)]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    people: People,
    /// Where to write the log: a CSV file of `user_id,item,timestamp,title`.
    #[arg(long)]
    out: File,
}

impl People {
    /// All of them.
    pub(crate) fn simulated(&self) -> Vec<Simulated> {
        let profile = match self.profile {
            Kind::Browsing => Profile::browsing(),
            Kind::Places => Profile::places(),
            Kind::Listening => Profile::listening(),
        };
        let numbers: Vec<u64> = (0..self.people).collect();
        in_parallel(&numbers, |&person| simulate(&profile, self.seed, person, self.days))
    }
}

pub(crate) fn run(args: &SimulateArgs) -> Result<()> {
    let mut text = String::from("user_id,item,timestamp,title\n");
    for (number, person) in args.people.simulated().iter().enumerate() {
        for visit in &person.visits {
            let item = visit.item as usize;
            text += &format!("{},{},{},\"{}\"\n", number + 1, person.ids[item], visit.time as i64, person.titles[item]);
        }
    }
    data::write(&args.out, text.as_bytes())
}
