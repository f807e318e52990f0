//! `homebody simulate`.

use clap::{Args, ValueEnum};
use homebody::error::Result;
use homebody::own::people::in_parallel;
use homebody::own::simulator::{Profile, Simulated, SimulatedVisit, simulate};

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
    let simulated = args.people.simulated();
    for (number, person) in simulated.iter().enumerate() {
        for visit in &person.visits {
            let item = visit.item as usize;
            text += &format!("{},{},{},\"{}\"\n", number + 1, person.ids[item], visit.time as i64, person.titles[item]);
        }
    }
    data::write(&args.out, text.as_bytes())?;
    print_ceiling(&simulated);
    Ok(())
}

/// What the truth itself would reach on the later halves: no predictor does better, but by luck.
fn print_ceiling(people: &[Simulated]) {
    let mut told = [0.0; 3];
    for person in people {
        let test = &person.visits[person.visits.len() / 2..];
        let rank = |visit: &SimulatedVisit| visit.likeliest.iter().position(|&(item, _)| item == visit.item);
        let share =
            |of: &dyn Fn(usize) -> f64| test.iter().filter_map(rank).map(of).sum::<f64>() / test.len().max(1) as f64;
        told[0] += share(&|rank| f64::from(u8::from(rank < 5)));
        told[1] += share(&|_| 1.0);
        told[2] += share(&|rank| 1.0 / (rank + 1) as f64);
    }
    let [five, ten, reciprocal] = told.map(|sum| sum / people.len().max(1) as f64);
    println!("the best possible, means over people: HR@5 {five:.4}, HR@10 {ten:.4}, MRR@10 {reciprocal:.4}");
}
