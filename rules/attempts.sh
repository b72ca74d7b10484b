# A job's command with its log, and the log of each attempt. Snakemake removes a log before it tries a job again, so an
# attempt's log has a second name, which ends in .attempt_N.log and stays if the attempt fails. Its last line then says
# how long the attempt took: Snakemake's benchmarks know only the one that succeeded.

# logged LOG ATTEMPT COMMAND...: write all that a command prints into its log
logged() {
    local started=$SECONDS status=0
    begin_log "$1" "$2"
    "${@:3}" > "$1" 2>&1 || status=$?
    end_log "$1" "$2" "$started" "$status"
}

# shown LOG ATTEMPT COMMAND...: the same, and show what it prints on stdout at once
shown() {
    local started=$SECONDS status=0
    begin_log "$1" "$2"
    "${@:3}" 2>> "$1" | tee -a "$1" || status=$?
    end_log "$1" "$2" "$started" "$status"
}

begin_log() {
    [ "$2" -gt 1 ] || rm -f "${1%.log}".attempt_*.log
    : > "$1"
    ln -f "$1" "${1%.log}.attempt_$2.log" 2> /dev/null || : # some file systems have no links
}

end_log() {
    if [ "$4" -eq 0 ]; then
        rm -f "${1%.log}.attempt_$2.log"
        return
    fi
    echo "attempt $2 failed after $((SECONDS - $3)) s with exit code $4" >> "$1"
    return "$4"
}
