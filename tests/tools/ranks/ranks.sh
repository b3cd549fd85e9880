# shellcheck shell=bash
# Functions that the tests of nib-mpi share. A test has the arguments NIB NIB_MPI MPIEXEC DATA FOLDER, and more of its own
# behind them; it works in FOLDER.
set -euo pipefail
nib=$1 nib_mpi=$2 mpiexec=$3 data=$4 folder=$5
names=$data/names.txt
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
# Open MPI refuses to run as root, and more processes than cores, unless told, and binds each to one core.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none

faults=0
fault() { echo "$*" && faults=$((faults + 1)); }
has() { grep -qF -- "$2" "$1" || { fault "$1 has not: $2"; cat "$1"; }; }
finish() {
  echo "$faults faults"
  [[ $faults -eq 0 ]]
}

# A shell that is not interactive would let programs in the background ignore SIGINT.
on() {
  local ranks=$1
  shift
  exec env --default-signal=INT timeout --foreground -k 20 200 "$mpiexec" -n "$ranks" "$nib_mpi" "$@"
}
# trained FOLDER COMMAND...: one whole run, whose output is kept in FOLDER.out and FOLDER.err.
trained() {
  local out=$1 && shift
  ("$@" --out "$out") >"$out.out" 2>"$out.err" || fault "$out: $(cat "$out.err")"
}
# same_models A B: two runs ended with the same bytes.
same_models() {
  local file
  for file in model.safetensors best.safetensors; do
    [[ -e $1/$file || -e $2/$file ]] || continue
    cmp -s "$1/$file" "$2/$file" || fault "$2/$file is not $1/$file"
  done
}

# A run to be disturbed: a checkpoint for each step makes it last for seconds.
disturbed=(train "$names" --network "embedding 6, flatten, linear 24, batchnorm, tanh, linear" --input "symbols context=3"
  --batch 128 --segments 4 --steps 5000 --eval-every 500 --stats-every 500 --checkpoint-every 1 --threads 1)
undisturbed() { trained whole "$nib" "${disturbed[@]}" --checkpoint-every 5000; }
# resumed FOLDER RANKS: when no process of the run is left, ends it on other ranks.
resumed() {
  ended "$1"
  trained "$1" on "$2" "${disturbed[@]}" --checkpoint-every 5000 --resume
  same_models whole "$1"
}

# processes FOLDER [RANK]: those of the run in FOLDER that mpiexec has started.
processes() {
  local proc arguments variables
  for proc in /proc/[0-9]*; do
    [[ $proc/exe -ef $nib_mpi ]] || continue
    mapfile -d '' -t arguments <"$proc/cmdline"
    mapfile -d '' -t variables <"$proc/environ"
    [[ " ${arguments[*]} " == *" --out $1 "* ]] || continue
    [[ -z ${2-} || " ${variables[*]} " =~ \ (OMPI_COMM_WORLD_RANK|PMI_RANK)=$2\  ]] && echo "${proc#/proc/}"
  done 2>/dev/null || true
}
# recorded FOLDER STEPS: waits, for two minutes, until a run has recorded so many steps.
recorded() {
  local until=$((SECONDS + 120))
  while ((SECONDS < until)); do
    [[ -s $1/metrics.jsonl && $(grep -c '"type":"step"' "$1/metrics.jsonl") -ge $2 ]] && return
    sleep 0.02
  done
  fault "$1 has not recorded $2 steps"
}
# ended FOLDER: waits, for a minute, until the run has no process; mpiexec may end before they do.
ended() {
  local until=$((SECONDS + 60))
  while [[ -n $(processes "$1") ]]; do
    ((SECONDS < until)) || { fault "processes of $1 do not end: $(processes "$1" | paste -sd ' ')" && return; }
    sleep 0.2
  done
}
