//! `plugins`.

mod answer;
mod doctor;
mod list;
mod show;

pub(super) use answer::answer;
