#!/usr/bin/env bash
# Refusals of nib-mpi on several ranks, each told once, and its help.
# usage: refusals_test.sh NIB NIB_MPI MPIEXEC DATA FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/ranks.sh"

refused() {
  local code=0 expected=$1 sentence=$2 && shift 2
  (on 2 "$@") >refused.out 2>refused.err </dev/null || code=$?
  [[ $code -eq $expected ]] || fault "exit status $code, expected $expected: $*"
  has refused.err "$sentence"
  [[ $(grep -cF -- "$sentence" refused.err) -eq 1 ]] || fault "told more than once: $sentence"
  [[ ! -s refused.out ]] || fault "printed: $(cat refused.out)"
}
finished=("${disturbed[@]}" --steps 5 --eval-every 0)
trained finished on 2 "${finished[@]}"
refused 2 "segments is 1: expected 2 at least" train "$names" --out no --steps 3 --threads 1
refused 2 "--steps: 'x': expected a whole number" train "$names" --out no --steps x
refused 1 "nothing.txt" train nothing.txt --out no
refused 1 "finished holds a finished run of 5 steps" "${finished[@]}" --out finished
refused 2 "standard input reaches one rank only" train - --out no --segments 2
refused 2 "one process does this, and there are 2" eval finished/model.safetensors "$names"
[[ ! -e no ]] || fault "a refused run has a folder"

(on 2 train --help) >help.out 2>&1 || fault "--help failed"
[[ $(grep -c -- --rank-timeout help.out) -eq 1 ]] || fault "--help is not printed once"
! "$nib" train --help | grep -q -- --rank-timeout || fault "nib has --rank-timeout"
finish
