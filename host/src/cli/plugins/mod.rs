//! `plugins`.

mod answer;
mod check;
mod doctor;
mod list;
mod show;

pub(super) use answer::answer;
