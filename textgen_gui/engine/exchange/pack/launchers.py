"""What starts a run on another machine. All of it is meant to be read, and changed, before it is used."""

from dataclasses import dataclass
from shlex import quote

from ...core.model_forms import PackFor
from . import notebook


@dataclass(frozen=True, slots=True)
class Launcher:
    """Files of a pack by their names, and what its user does with it, a line each."""

    files: dict[str, str]
    steps: tuple[str, ...]


def launcher(destination: PackFor, folder: str, run: str) -> Launcher:
    """For a pack in the folder of this name."""
    train = {"set_up.sh": SET_UP, "train.sh": TRAIN.replace("@RUN@", quote(f"project/runs/{run}"))}
    home = f"textgen-gui fetch {quote(folder)}"
    steps: tuple[str, ...]
    match destination:
        case PackFor.SLURM:
            steps = (
                f"Copy the folder there: rsync -a {quote(folder)} CLUSTER:",
                f"There, once, where there is internet: cd {quote(folder)} && sh set_up.sh",
                "Look through job.slurm (time, cards), and start it: sbatch job.slurm",
                f"Copy it back, also while it trains: rsync -a CLUSTER:{quote(folder)}/ {quote(folder)}",
                f"Bring it home: {home}",
            )
            return Launcher({**train, "job.slurm": SLURM.replace("@NAME@", quote(run))}, steps)
        case PackFor.COLAB:
            steps = (
                f"Put the folder {folder} into “My Drive” of Google Drive.",
                "There, open train.ipynb with Colaboratory, choose a runtime with a graphics card, and run all.",
                "After a disconnect: run all again. It goes on from its last checkpoint.",
                f"Download the folder, and bring it home: {home}",
            )
            return Launcher({"train.ipynb": notebook.notebook(folder, run)}, steps)
        case PackFor.DOCKER:
            steps = (
                f"cd {quote(folder)} && docker build -t textgen-run .",
                'docker run --rm --gpus all -v "$PWD/project:/work/project" textgen-run',
                "Without a graphics card leave out --gpus all.",
                "docker stop -t 600 saves first; the same line again goes on.",
                f"Bring it home: {home}",
            )
            return Launcher({**train, "Dockerfile": DOCKER, ".dockerignore": "project\nenv\n"}, steps)


SET_UP = """\
#!/bin/sh
# Makes the environment in env/, once. The versions are those with which the run was begun.
set -e
cd "$(dirname "$0")"
[ -e env/ready ] && exit 0
rm -rf env
python3 -m venv env
env/bin/pip install -r requirements.txt
env/bin/pip install --no-deps ./*.whl
touch env/ready
"""
TRAIN = """\
#!/bin/sh
# Trains the run, or goes on with it. Asked to stop (TERM, INT or USR1), it saves first.
cd "$(dirname "$0")" || exit 1
[ -d env/bin ] && PATH="$PWD/env/bin:$PATH"
export HF_HUB_OFFLINE=1
setsid accelerate launch -m textgen_gui train @RUN@ "$@" &
training=$!
trap 'kill -TERM -$training' TERM INT USR1
wait $training
code=$?
while kill -0 -$training 2>/dev/null; do sleep 0.2; done
exit $code
"""
SLURM = """\
#!/bin/bash
#SBATCH --job-name=@NAME@
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --gres=gpu:1
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm.log
# Five minutes before its time is over it is asked to save, and is put into the queue again until it is done.
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")}" || exit 1
sh set_up.sh || exit 1
sh train.sh &
training=$!
asked=
trap 'asked=1; kill -TERM $training' USR1
wait $training
code=$?
while kill -0 $training 2>/dev/null; do wait $training; code=$?; done
if [ -n "$asked" ] && [ $code -ne 0 ]; then
    scontrol requeue "$SLURM_JOB_ID"
    exit 0
fi
exit $code
"""
DOCKER = """\
FROM python:3.11-slim
WORKDIR /work
COPY requirements.txt *.whl train.sh ./
RUN pip install --no-cache-dir -r requirements.txt && pip install --no-cache-dir --no-deps ./*.whl
CMD ["sh", "train.sh"]
"""
