#!/usr/bin/env bash
# Snakemake: a job's log and benchmark show its last attempt only.
#
# Versions:  snakemake 9.27.1, Python 3.11
# Expected:  log files survive a failure, as the documentation says, so a rule that appends to its log keeps the
#            messages of all attempts; and the benchmark's seconds are those that the job took.
# Seen:      the log is deleted before each further attempt, and the benchmark counts the attempt that succeeded.
# Matters:   with `retries`, the reason of the first failure is lost as soon as the second attempt begins. Jobs that are
#            given more memory or time after a failure look cheap: what the failed attempts took is nowhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  snakemake==9.27.1 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
cat > Snakefile << 'END'
rule flaky:
    output:
        "flaky.txt",
    log:
        "flaky.log",
    benchmark:
        "flaky.tsv"
    retries: 1
    resources:
        attempt=lambda wildcards, attempt: attempt,
    shell:
        "echo attempt {resources.attempt} | tee -a all.log >> {log}; "
        "[ {resources.attempt} = 2 ] || {{ sleep 2; exit 1; }}; touch {output}"
END
SECONDS=0
venv/bin/snakemake --cores 1 --quiet all 2> errors || { cat errors; exit 1; }
seconds=$(tail -n 1 flaky.tsv | cut -f 1)
echo "made: $(paste -s -d , all.log), in $SECONDS s or more; log: $(cat flaky.log); benchmark: $seconds s"
[ "$(wc -l < all.log)" = 2 ] && [ "$SECONDS" -ge 2 ] || { echo "the job was not tried twice"; exit 1; }
[ "$(cat flaky.log)" = "attempt 2" ] && [ "${seconds%.*}" -lt 2 ] || { echo "no longer so"; exit 1; }
