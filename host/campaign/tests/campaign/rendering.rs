//! Campaigns as text.

use crate::{loaded, one, yaml};
use neurotrain_campaign::{CampaignSource, dry_run, show};

#[test]
fn a_dry_run_shows_what_differs_what_is_skipped_and_the_warnings() {
    let text = "
name: small
description: Two trainers.
trainers: {bptt: {lr: 0.01}, stsf: {}}
models: [fc_snn, r_snn]
datasets: [MNIST]
seeds: [1, 2]
runtime: {epochs: 3, neurobench: false}
overrides: {dataset: {T: 5}}
experiments:
  longer: {trainer: bptt, model: fc_snn, dataset: MNIST, runtime: {epochs: 9}}
";
    let shown = dry_run(&loaded(&yaml(text)));
    let wanted = "\
Campaign `small` (test.yaml)
Two trainers.
8 runs of 4 experiments, 1 combination skipped
Runtime: epochs=3  batch_size=256  device=auto  dtype=f32  validation=0.1  protocol=honest  compat=recommended  profile=false  profile_batches=20  checkpoint_minutes=10.0  cost_table=auto  cache=auto  cache_bytes=8589934592
In every experiment: dataset.T=5  model.hidden_sizes=[256]

  experiment           trainer  model   data set  seeds
  bptt__fc_snn__MNIST  bptt     fc_snn  MNIST     1, 2
      trainer.lr=0.01
  bptt__r_snn__MNIST   bptt     r_snn   MNIST     1, 2
      trainer.lr=0.01
  stsf__fc_snn__MNIST  stsf     fc_snn  MNIST     1, 2
  longer               bptt     fc_snn  MNIST     1, 2
      runtime.epochs=9  trainer.lr=0.01

Skipped (1):
  `r_snn` is a network of type rec, and trainer `stsf` trains only: fc
      stsf r_snn: MNIST

Warnings (1):
  `neurobench` has no effect: the host measures accuracy, sparsity, operations and memory in every run (test.yaml:8 (runtime.neurobench))
";
    assert_eq!(shown, wanted);
}

#[test]
fn an_experiment_is_shown_with_every_origin() {
    let experiment = one(&CampaignSource::single("bptt", "fc_snn", "SHD")
        .set("trainer.lr={value: 0.01, type: float, min: 0.001, max: 0.1}")
        .env([("NEUROTRAIN_SET__dataset__T", "50")])
        .flag("--seed 7", "seed=7"));
    let wanted = "\
Experiment bptt__fc_snn__SHD__s7

runtime
  epochs              10           default
  batch_size          256          default
  device              auto         default
  dtype               f32          default
  threads             null         default
  validation          0.1          default
  protocol            honest       default
  compat              recommended  default
  data_dir            null         default
  profile             false        default
  profile_batches     20           default
  checkpoint_minutes  10.0         default
  cost_table          auto         default
  cache               auto         default
  cache_bytes         8589934592   default
  seed                7            --seed 7

trainer bptt
  lr         0.01     --set trainer.lr={value: 0.01, type: float, min: 0.001, max: 0.1}
  loss_type  ce_rate  default of trainer `bptt`
  grad_clip  null     default of trainer `bptt`

model fc_snn
  beta            0.9    default of model `fc_snn`
  threshold       1.0    default of model `fc_snn`
  out_integrator  false  default of model `fc_snn`
  hidden_sizes    [512]  section `SHD` of model `fc_snn`

dataset SHD
  T  50  NEUROTRAIN_SET__dataset__T
";
    assert_eq!(show(&experiment), wanted);
}
