"""What Optuna makes of a journal. The command comes as the first argument, its input as JSON on stdin."""

import json
import math
import sys
import warnings

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def load(path):
    return optuna.load_study(study_name="study", storage=JournalStorage(JournalFileBackend(path)))


def dump(path):
    study = load(path)
    return {
        "direction": study.direction.name,
        "best": study.best_trial.number,
        "attrs": study.user_attrs,
        "trials": [
            {
                "number": trial.number,
                "state": trial.state.name,
                "params": trial.params,
                "value": trial.value,
                "intermediate": {
                    str(step): value if math.isfinite(value) else repr(value)
                    for step, value in trial.intermediate_values.items()
                },
                "attrs": trial.user_attrs,
                "timed": [trial.datetime_start is not None, trial.datetime_complete is not None],
            }
            for trial in study.trials
        ],
    }


def suggest(trial):
    trial.suggest_float("lr", 1e-5, 0.1, log=True)
    trial.suggest_float("beta", 0.5, 1.0, step=0.125)
    trial.suggest_int("hidden", 32, 256, step=32)
    trial.suggest_int("width", 1, 100, log=True)
    trial.suggest_categorical("net", ["fc", "conv", None])


def extend(path):
    study = load(path)
    for value in [0.125, None]:
        trial = study.ask()
        suggest(trial)
        trial.set_user_attr("by", "optuna")
        trial.report(float("nan"), 1)
        trial.report(float("inf"), 2)
        if value is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, value)
    study.enqueue_trial({"lr": 0.0625, "net": None})
    return dump(path)


def many(path):
    study = load(path)
    for _ in range(15):
        trial = study.ask()
        suggest(trial)
        trial.report(0.5, 1)
        study.tell(trial, 0.25)
    return {}


def prune(task):
    pruner = getattr(optuna.pruners, task["pruner"])(**task["options"])
    study = optuna.create_study(study_name="study", direction=task["direction"], pruner=pruner)
    decisions = []
    for group in task["groups"]:
        running = [(study.ask(), curve) for curve in group]
        for at in range(len(group[0])):
            for pair in list(running):
                trial, curve = pair
                trial.report(float("nan") if curve[at] is None else curve[at], at + 1)
                is_pruned = bool(trial.should_prune())
                decisions.append(is_pruned)
                if is_pruned:
                    study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                    running.remove(pair)
        for trial, curve in running:
            study.tell(trial, curve[-1])
    return decisions


print(json.dumps(globals()[sys.argv[1]](json.load(sys.stdin))))
