#!/bin/sh
# Kills a job of this library again and again, by nothing but a shell: scripts/kill-loop.sh [KILLS]. Numbered lines are moved into a folder, the job copies what it accepts into folders of
# batches; in the end every number must be there once and in order. Needs what npm run build makes.
set -eu
kills=${1:-20}
cd "$(dirname "$0")/.."
folder=$(mktemp -d "${TMPDIR:-/tmp}/millrace-kill-loop-XXXXXX")
mkdir "$folder/in"
job=
feeder=
trap 'kill -9 $job $feeder 2>/dev/null || true; rm -rf "$folder"' EXIT

(
  i=0
  while [ ! -e "$folder/enough" ]; do
    i=$((i + 1))
    echo "f $i" >"$folder/next"
    mv "$folder/next" "$folder/in/$(printf %06d "$i")"
    echo "$i" >"$folder/count"
    sleep 0.02
  done
) &
feeder=$!

begin() {
  # Nobody listens at port 1: the job's receiver gets nothing.
  node test/processes/kill-job.mjs "$folder" 1 >"$folder/said" 2>&1 </dev/null &
  job=$!
}

accepted() {
  for batch in $(ls "$folder/out" 2>/dev/null | sort -t- -k2 -n); do
    if [ -e "$folder/out/$batch/_SUCCESS" ]; then cat "$folder/out/$batch"/part-*; fi
  done
}

n=0
while [ "$n" -lt "$kills" ]; do
  n=$((n + 1))
  begin
  sleep "$(awk -v n="$n$$" 'BEGIN { srand(n); printf "%.3f", 0.15 + rand() * 1.2 }')"
  kill -9 "$job" || { cat "$folder/said"; echo "the job ended by itself"; exit 1; }
  wait "$job" 2>/dev/null || true
done
touch "$folder/enough"
wait "$feeder"
count=$(cat "$folder/count")
begin
tries=0
while [ "$(accepted | wc -l)" -lt "$count" ] && [ "$tries" -lt 120 ]; do
  tries=$((tries + 1))
  sleep 0.5
done
kill -9 "$job" 2>/dev/null || true
wait "$job" 2>/dev/null || true
seq "$count" | sed 's/^/f /' >"$folder/expected"
accepted >"$folder/accepted"
if cmp "$folder/expected" "$folder/accepted"; then
  echo "kill loop: $kills kills, $count records, each once and in order"
else
  diff "$folder/expected" "$folder/accepted" | head
  exit 1
fi
