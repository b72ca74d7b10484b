#!/usr/bin/env bash
# Snakemake: a quoted parameter that is empty is no word in the shell command.
#
# Versions:  snakemake 9.27.1, Python 3.11
# Expected:  `{params.title:q}` is always one word, as by `shlex.quote`, which makes '' of an empty text.
# Seen:      an empty text gives nothing at all, so the next word takes its place. An empty text in a list, beside
#            others, vanishes as well.
# Matters:   `--title {params.title:q} --force` with an empty title gives the title "--force", and no error;
#            `--title={params.title:q}` is right with every text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  snakemake==9.27.1 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
cat > Snakefile << 'END'
rule title:
    output:
        "{name}.txt",
    params:
        title=lambda wildcards: {"filled": "two words", "empty": "", "list": ["", "two words"]}[wildcards.name],
    shell:
        "printf '<%s>' --title {params.title:q} --force --title={params.title:q} > {output}"
END
venv/bin/snakemake --quiet all --cores 1 filled.txt empty.txt list.txt 2> errors || { cat errors; exit 1; }
shows() {
  echo "$1: $(cat "$1.txt")"
  [ "$(cat "$1.txt")" = "$2" ] || { echo "$1: no longer so"; exit 1; }
}
shows filled '<--title><two words><--force><--title=two words>'
shows empty '<--title><--force><--title=>'
shows list '<--title><two words><--force><--title=><two words>'
