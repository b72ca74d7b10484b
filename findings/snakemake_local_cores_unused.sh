#!/usr/bin/env bash
# Snakemake: --local-cores limits nothing.
#
# Versions:  snakemake 9.27.1, snakemake-executor-plugin-slurm 2.8.0, Python 3.11
# Expected:  with a remote executor and `--local-cores 1`, local rules of one core run one after the other on the host:
#            "use at most N cores of the host machine in parallel", its help says.
# Seen:      three run at once. The value is read from the command line, and by nothing else.
# Matters:   a workflow that keeps to one core of a shared login node by this option takes many. A resource that each
#            local rule uses one of, with a limit of 1, keeps them apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  snakemake==9.27.1 snakemake-executor-plugin-slurm==2.8.0 snakemake-executor-plugin-slurm-jobstep==0.6.1 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
cat > Snakefile << 'END'
localrules: together, one,


rule together:
    input:
        expand("{number}.txt", number=range(3)),


rule one:
    output:
        "{number}.txt",
    resources:
        turn=1,
    shell:
        "date +%s%N > {output}; sleep 1; date +%s%N >> {output}"
END
most() {
  # Prints the largest number of these jobs that ran at a time, from their starts and ends.
  rm -f ./*.txt
  venv/bin/snakemake --executor slurm --slurm-init-seconds-before-status-checks 1 --jobs 8 --quiet all "$@" \
    2> errors || { cat errors; exit 1; }
  for file in ./*.txt; do sed '1s/$/ 1/; 2s/$/ -1/' "$file"; done | sort -n |
    awk '{ running += $2; if (running > most) most = running } END { print most }'
}
limited=$(most --local-cores 1)
apart=$(most --local-cores 1 --resources turn=1)
echo "local jobs of one core at a time: $limited with --local-cores 1, $apart with a resource as well"
[ "$limited" = 3 ] && [ "$apart" = 1 ] || { echo "no longer so"; exit 1; }
