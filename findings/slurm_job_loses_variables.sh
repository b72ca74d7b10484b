#!/usr/bin/env bash
# Snakemake on Slurm: a rule's command does not see most variables whose names begin with SLURM_.
#
# Versions:  snakemake-executor-plugin-slurm-jobstep 0.6.1, snakemake 9.27.1, Python 3.11
# Expected:  a rule's command has the environment of its job, as a command in a script for sbatch has.
# Seen:      all variables that begin with SLURM_ are removed but for ten (the job's id, where it was submitted and some
#            more), among them SLURM_CONF and whatever a cluster defines itself, such as SLURM_TMPDIR. Other
#            names pass. (srun, here a stand-in, sets those of its own step again.)
# Matters:   where the node's disk is $SLURM_TMPDIR, a command finds it empty and writes to "/" or to the shared disk;
#            Slurm's programs in a job fall back to the usual place of slurm.conf.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  snakemake==9.27.1 snakemake-executor-plugin-slurm-jobstep==0.6.1 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
mkdir bin
cat > bin/srun << 'END'
#!/bin/sh
# Stands in for srun: runs the command, without its options, here.
while [ "${1#-}" != "$1" ]; do shift; done
exec "$@"
END
chmod +x bin/srun
cat > Snakefile << 'END'
rule seen:
    output:
        "seen.txt",
    shell:
        "env | grep -E '^(SLURM_|TMPDIR=)' | sort > {output}"
END
export PATH=$folder/bin:$folder/venv/bin:$PATH
export TMPDIR=$folder SLURM_JOB_ID=7 SLURM_SUBMIT_DIR=$folder SLURM_CONF=$folder/slurm.conf SLURM_TMPDIR=$folder
snakemake --executor slurm-jobstep --jobs 1 --quiet all 2> errors || { cat errors; exit 1; }
names=$(cut -d = -f 1 seen.txt | paste -s -d ' ')
echo "given: SLURM_CONF SLURM_JOB_ID SLURM_SUBMIT_DIR SLURM_TMPDIR TMPDIR; seen in the rule: $names"
[ "$names" = "SLURM_JOB_ID SLURM_SUBMIT_DIR TMPDIR" ] || { echo "no longer so"; exit 1; }
